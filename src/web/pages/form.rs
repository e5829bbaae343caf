//! Forms as browsers send them: proved to be ours, parsed into the domain's types, kept as typed where they are refused.

use std::collections::HashMap;

use actix_web::dev::Payload;
use actix_web::http::Uri;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use eserde::EDeserialize;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::web::app::App;
use crate::web::body;
use crate::web::browser::{self, Shown};
use crate::web::idempotency::FormKey;
use crate::web::problem::{Code, FieldError, Problem};

/// Fields of every form, which are not its own.
const KEY: &str = "form_key";
const MARK: &str = "form_mark";

/// What was typed into a form.
#[derive(Clone, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    bytes: Vec<u8>,
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let read = body::read_all(request, payload, body::JSON_LIMIT);
        let request = request.clone();
        Box::pin(async move {
            if !typed {
                return Err(Problem::new(Code::UnsupportedMediaType, "the body must be a form"));
            }
            let bytes = read.await?;
            let fields: Vec<(String, String)> = url::form_urlencoded::parse(&bytes).into_owned().collect();
            let form = Form { fields, bytes };
            form.proved(&request)?;
            Ok(form)
        })
    }
}

impl Form {
    /// Takes the form if it is ours and was shown to whoever sends it. Its key makes a repeated sending do nothing more.
    fn proved(&self, request: &HttpRequest) -> Result<(), Problem> {
        let app = request.app_data::<web::Data<App>>();
        let app = app.ok_or_else(|| Problem::new(Code::Internal, "the service is not set up"))?;
        browser::from_our_pages(app, request)?;
        let (key, mark) = (self.text(KEY), self.text(MARK));
        let ours = Shown::before(request).is_some_and(|shown| shown.made(app, key, mark));
        if !ours {
            let detail = "this form has grown old, or you have signed in or out since: open the page again";
            return Err(Problem::new(Code::Forbidden, detail));
        }
        // The forms of a page share its key, and each does its own.
        let path = hex::encode(&Sha256::digest(request.path().as_bytes())[..8]);
        request.extensions_mut().insert(FormKey(format!("{key}.{path}")));
        Ok(())
    }

    /// What was typed into a field; nothing where it was not sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Whether a box was ticked, or a button pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// All that was ticked under one name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// What was sent, to tell a repeat of a form from another with the same key.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The fields as `T`, or every field that can't be taken. A field left empty is not there; one that is sent several
    /// times is a list, and so is one whose name ends with `[]`.
    pub(crate) fn read<T: for<'de> EDeserialize<'de>>(&self) -> Result<T, Problem> {
        let mut object = Map::new();
        for (name, value) in &self.fields {
            // A password is taken as it was typed.
            let value = if name.contains("password") { value.as_str() } else { value.trim() };
            if [KEY, MARK].contains(&name.as_str()) || value.is_empty() {
                continue;
            }
            if value.contains('\0') {
                return Err(Problem::field(name, "invalid", "must not hold a NUL character"));
            }
            let value = Value::from(value.replace("\r\n", "\n"));
            match (name.strip_suffix("[]"), object.get_mut(name)) {
                (Some(list), _) => {
                    let list = object.entry(list).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(list) = list {
                        list.push(value);
                    }
                }
                (None, Some(Value::Array(list))) => list.push(value),
                (None, Some(one)) => *one = Value::Array(vec![one.take(), value]),
                (None, None) => {
                    object.insert(name.clone(), value);
                }
            }
        }
        body::parse_fields(object)
    }

    /// The form as it is shown again, with why it was refused.
    pub(crate) fn refused(&self, problem: &Problem) -> Filled {
        let mut filled = Filled { detail: Some(problem.detail().to_owned()), ..Filled::default() };
        for (name, value) in &self.fields {
            filled.values.entry(name.clone()).or_default().push(value.clone());
        }
        filled.errors = problem.errors().to_vec();
        filled
    }
}

/// A whole number, as it is typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole(pub(crate) i64);

impl<'de> serde::Deserialize<'de> for Whole {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map(Whole).map_err(|_| serde::de::Error::custom("must be a whole number"))
    }
}

crate::base::db::types::reports_errors!(Whole);

/// What stands in the address of a page as `T`. What was left empty is not there, and what is none of its own is passed over.
pub(crate) fn query<T: for<'de> EDeserialize<'de>>(address: &Uri) -> Result<T, Problem> {
    let sent = url::form_urlencoded::parse(address.query().unwrap_or_default().as_bytes());
    let filled = sent.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
    let filled = filled.filter(|(_, value)| !value.is_empty() && !value.contains('\0'));
    body::parse_fields(filled.map(|(name, value)| (name, Value::from(value))).collect())
}

/// What a form shows in its fields, and what is wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Filled {
    values: HashMap<String, Vec<String>>,
    errors: Vec<FieldError>,
    detail: Option<String>,
}

impl Filled {
    /// A form with these values.
    pub(crate) fn with<V: Into<String>>(values: impl IntoIterator<Item = (&'static str, V)>) -> Filled {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), vec![value.into()])).collect();
        Filled { values, ..Filled::default() }
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// Whether this is what was chosen, or among what was ticked.
    pub(crate) fn chosen(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|values| values.iter().any(|chosen| chosen == value))
    }

    /// Why the form was refused as a whole, where no field is at fault.
    pub(crate) fn detail(&self) -> Option<&str> {
        self.detail.as_deref().filter(|_| self.errors.is_empty())
    }

    /// Whether the form was refused.
    pub(crate) fn refused(&self) -> bool {
        self.detail.is_some()
    }

    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| field_of(error) == name).map(|error| error.detail.as_str())
    }

    /// Every field that is at fault, with why.
    pub(crate) fn errors(&self) -> Vec<(&str, &str)> {
        self.errors.iter().map(|error| (field_of(error), error.detail.as_str())).collect()
    }
}

/// The field of the form that an error is about.
fn field_of(error: &FieldError) -> &str {
    error.pointer.trim_start_matches('/').split('/').next().unwrap_or_default()
}
