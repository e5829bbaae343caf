//! What the address of a list asks for. What of it can't be taken is left out and said at the top of the page, with what was
//! typed: whoever mistypes a filter keeps the page and the rest of it.

use actix_web::{HttpMessage, HttpRequest};
use eserde::EDeserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::form::LABEL;
use crate::web::body;
use crate::web::call::Caller;
use crate::web::plain;
use crate::web::problem::{FieldError, Problem};
use crate::web::reply::read_cursor;

/// What was left out of an address: each field, with why.
#[derive(Default)]
struct LeftOut(Vec<(String, String)>);

/// What stands in the address of a list as `T`. What was left empty is not there, and what is none of its own is passed over.
pub(crate) fn asked_for<T: for<'de> EDeserialize<'de>>(caller: &Caller) -> Result<T, Problem> {
    let (taken, left_out) = lenient(sent(caller.request()))?;
    for error in left_out {
        leave_out(caller.request(), &error);
    }
    Ok(taken)
}

/// The place in a list of which a cursor tells; its beginning where there is none, or none that can be read.
pub(crate) fn place_after<T: DeserializeOwned>(caller: &Caller, cursor: Option<&str>) -> Option<T> {
    let read = read_cursor(cursor);
    let none = |problem: Problem| problem.errors().iter().for_each(|error| leave_out(caller.request(), error));
    read.map_err(none).ok().flatten()
}

/// What was left out of the address of this request, to be said on its page.
pub(super) fn left_out(request: &HttpRequest) -> Vec<(String, String)> {
    request.extensions().get::<LeftOut>().map_or_else(Vec::new, |LeftOut(all)| all.clone())
}

fn sent(request: &HttpRequest) -> Map<String, Value> {
    let sent = url::form_urlencoded::parse(request.query_string().as_bytes());
    let filled = sent.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
    let filled = filled.filter(|(_, value)| !value.is_empty() && !value.contains('\0'));
    filled.map(|(name, value)| (name, Value::from(value))).collect()
}

/// As much of the fields as can be taken, and what is wrong with the rest.
fn lenient<T: for<'de> EDeserialize<'de>>(mut fields: Map<String, Value>) -> Result<(T, Vec<FieldError>), Problem> {
    let problem = match body::parse_fields(fields.clone()) {
        Ok(taken) => return Ok((taken, Vec::new())),
        Err(problem) => problem,
    };
    for error in problem.errors() {
        fields.remove(error.pointer.trim_start_matches('/'));
    }
    let errors = problem.errors().to_vec();
    body::parse_fields(fields).map(|taken| (taken, errors))
}

fn leave_out(request: &HttpRequest, error: &FieldError) {
    let field = error.pointer.trim_start_matches('/');
    let why = plain::said(&error.detail);
    let why = match sent(request).get(field).and_then(Value::as_str) {
        _ if plain::begins_a_sentence(&why) => why,
        Some(typed) => format!("{LABEL}{field}{LABEL}: {why} (not “{}”)", typed.replace(LABEL, "")),
        None => format!("{LABEL}{field}{LABEL}: {why}"),
    };
    let mut extensions = request.extensions_mut();
    let mut all = extensions.remove::<LeftOut>().unwrap_or_default();
    all.0.push((field.replace(LABEL, ""), why));
    extensions.insert(all);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::Line;
    use crate::base::year::AcademicYear;

    #[derive(eserde::Deserialize)]
    struct Filter {
        text: Option<Line>,
        year: Option<AcademicYear>,
    }

    #[derive(Debug, eserde::Deserialize)]
    struct Needed {
        #[allow(dead_code)]
        year: AcademicYear,
    }

    fn fields(all: &[(&str, &str)]) -> Map<String, Value> {
        all.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    }

    #[test]
    fn what_can_be_taken_is_taken() {
        let (Filter { text, year }, wrong) =
            lenient(fields(&[("text", "hart"), ("year", "soon"), ("odd", "x")])).unwrap();
        assert_eq!((text.unwrap().as_str(), year.is_none()), ("hart", true));
        assert_eq!(wrong.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["year"]);
        let (Filter { year, .. }, wrong) = lenient(fields(&[("year", "2026/27")])).unwrap();
        assert!(year.is_some() && wrong.is_empty());
        assert!(lenient::<Needed>(fields(&[("year", "soon")])).is_err());
    }
}
