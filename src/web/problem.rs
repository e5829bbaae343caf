//! Problems: refusals and failures as RFC 9457 `application/problem+json`, all in one format.

use std::io;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::codes;
pub use super::codes::Code;
use crate::base::csv_file::{BadRow, Faults};
use crate::base::db::{self, Contended};

/// An answer, or the problem in its place.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// One invalid field, parameter or row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: a JSON pointer into the body (`/sessions/0/ends_at`), the name of a parameter, or a line of a file.
    pub pointer: String,
    /// What is wrong, as a stable code.
    #[schema(example = "missing")]
    pub code: String,
    /// What is wrong, in words.
    pub detail: String,
}

/// The faults in rows of a file, each with its line and column; the first thousand.
pub(crate) fn row_errors(bad: &[BadRow]) -> Vec<FieldError> {
    let place = |row: &BadRow| match row.column.as_str() {
        "" => format!("line {}", row.line),
        column => format!("line {}, column {column:?}", row.line),
    };
    bad.iter()
        .map(|row| FieldError { pointer: place(row), code: row.code.to_owned(), detail: row.reason.clone() })
        .collect()
}

/// A refusal or failure.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(header::HeaderName, String)>,
    contended: bool,
}

/// The body of a problem.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// The page about the code on this service: what it means and what to do.
    #[serde(rename = "type")]
    #[schema(example = "/problems/event_not_open")]
    kind: String,
    /// What the code means.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time.
    detail: &'a str,
    /// The code, which does not change.
    code: Code,
    /// The id of the request, as in the header `X-Request-Id`, for the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    /// Every invalid field, not only the first.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    /// A problem with this code.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Problem {
        Problem { code, detail: detail.into(), errors: Vec::new(), headers: Vec::new(), contended: false }
    }

    /// Not found, or not visible to the caller: the two can't be told apart.
    pub(crate) fn not_found() -> Problem {
        Problem::new(Code::NotFound, "nothing with this id")
    }

    /// The invalid fields of a request.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Problem {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.pointer, only.detail),
            _ => format!("{} fields can't be taken", errors.len()),
        };
        Problem { errors, ..Problem::new(Code::InvalidRequest, detail) }
    }

    /// One invalid field of a request.
    pub(crate) fn field(pointer: &str, code: &str, detail: impl Into<String>) -> Problem {
        Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), code: code.to_owned(), detail: detail.into() }])
    }

    /// A refusal with a code of its own, caused by one field.
    pub(crate) fn caused_by(code: Code, pointer: &str, word: &str, detail: String) -> Problem {
        let error = FieldError { pointer: pointer.to_owned(), code: word.to_owned(), detail: detail.clone() };
        Problem::new(code, detail).with_errors(vec![error])
    }

    /// The bad rows of a file, of which nothing was imported.
    pub(crate) fn rows(detail: String, bad: &Faults) -> Problem {
        let first = if bad.count() > bad.first().len() { "; the first 1000 are listed" } else { "" };
        Problem::new(Code::InvalidFile, format!("{detail}{first}")).with_errors(row_errors(bad.first()))
    }

    /// The refusal of fields that don't fit each other: each with its code and why.
    pub(crate) fn misfits(misfits: &[(&str, &str, &str)]) -> Problem {
        let error = |(field, code, detail): &(&str, &str, &str)| FieldError {
            pointer: format!("/{field}"),
            code: (*code).to_owned(),
            detail: (*detail).to_owned(),
        };
        Problem::invalid(misfits.iter().map(error).collect())
    }

    /// A file that was sent could not be kept on disk, or read there again.
    pub(crate) fn no_room(error: &io::Error) -> Problem {
        tracing::error!(%error, "a file that was sent could not be kept while it is taken in");
        Problem::new(Code::Unavailable, "there is no room for a file now").with_header(header::RETRY_AFTER, "60")
    }

    /// Adds every bad row or field.
    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Problem {
        self.errors = errors;
        self
    }

    /// Removes all values that were sent: only where something is wrong remains.
    pub(crate) fn without_values(mut self) -> Problem {
        if !self.errors.is_empty() {
            self.detail = "some fields can't be taken".to_owned();
        }
        for error in &mut self.errors {
            error.detail = "can't be taken".to_owned();
        }
        self
    }

    /// Removes what was sent in these fields from the words about them.
    pub(crate) fn without_values_of(mut self, fields: &[&str]) -> Problem {
        let of = |pointer: &str| fields.contains(&pointer.trim_start_matches('/'));
        for error in self.errors.iter_mut().filter(|error| of(&error.pointer)) {
            error.detail = "can't be taken".to_owned();
        }
        self
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: impl Into<String>) -> Problem {
        self.headers.push((name, value.into()));
        self
    }

    /// The code of the problem.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// What happened this time.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The fields that are at fault.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Adds the headers that go with it.
    pub(crate) fn stamp(&self, response: &mut HttpResponseBuilder) {
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
    }

    /// The answer, with the id of the request if it is known.
    pub(crate) fn answer(&self, request_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        self.stamp(&mut response);
        response.content_type("application/problem+json");
        let body = ProblemBody {
            kind: codes::page_of(self.code),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
        };
        response.body(serde_json::to_string(&body).unwrap_or_default())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer(None)
    }
}

impl Contended for Problem {
    fn contended(&self) -> bool {
        self.contended
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable(_) => {
                tracing::error!(%error, "the database is unavailable");
                Problem::new(Code::Unavailable, "the database can't be reached now; try again later")
                    .with_header(header::RETRY_AFTER, "2")
            }
            db::Error::Contended(_) => {
                let problem = Problem::new(Code::Unavailable, "others were in the way; try again")
                    .with_header(header::RETRY_AFTER, "1");
                Problem { contended: true, ..problem }
            }
            db::Error::Unusable(_) => {
                tracing::error!(%error, "the database can't be used");
                Problem::new(Code::Unavailable, error.to_string()).with_header(header::RETRY_AFTER, "2")
            }
            db::Error::Unique(_)
            | db::Error::Check(_)
            | db::Error::ForeignKey(_)
            | db::Error::Miscounted { .. }
            | db::Error::Failed(_) => {
                tracing::error!(%error, "the database failed");
                Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
            }
        }
    }
}
