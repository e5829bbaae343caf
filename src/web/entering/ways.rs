//! The ways of signing in that the operator has switched on.

use crate::base::config::Way;
use crate::base::openid::Settings;
use crate::web::app::App;
use crate::web::problem::{Code, Problem};

/// Whether a way is switched on.
pub(crate) fn is_open(app: &App, way: Way) -> bool {
    app.settings.sign_in.contains(&way)
}

/// Refuses a way that is switched off.
pub(crate) fn open(app: &App, way: Way) -> Result<(), Problem> {
    if is_open(app, way) {
        return Ok(());
    }
    Err(Problem::new(Code::WaySwitchedOff, "the operator has switched off this way of signing in"))
}

/// The identity providers, where they are switched on.
pub(crate) fn providers(app: &App) -> impl Iterator<Item = &Settings> {
    let on = is_open(app, Way::Openid);
    app.openid.all().filter(move |_| on)
}
