//! Which fields others have changed since a form was opened.

use super::{Filled, LABEL};

impl Filled {
    /// The fields of which something else stands there now than was typed, each with the sign for its label, which the
    /// [shell](crate::web::pages::shell) puts there.
    pub(crate) fn differing(&self) -> Vec<(&str, String)> {
        let mut fields: Vec<&str> = self.now.keys().map(String::as_str).collect();
        fields.sort_unstable();
        fields.into_iter().map(|field| (field, format!("{LABEL}{field}{LABEL}"))).collect()
    }
}
