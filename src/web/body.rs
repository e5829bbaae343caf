//! What comes in: bodies, queries and path ids, parsed once into the domain's types, with every invalid field reported
//! at once.

use std::fs::File;
use std::io::Write;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use eserde::EDeserialize;
use eserde::path::Segment;
use futures_util::future::LocalBoxFuture;
use futures_util::{Stream, StreamExt, stream};
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::app::App;
use super::objects::Strict;
use super::problem::{Code, FieldError, Problem};
use super::wrong_type::in_words;
use crate::base::db::types::words;
use crate::base::seal::Hash;
use crate::base::xlsx;

/// The largest JSON body accepted, in bytes.
pub(crate) const JSON_LIMIT: usize = 1024 * 1024;
/// The largest imported file accepted, in bytes.
pub(crate) const FILE_LIMIT: usize = 16 * 1024 * 1024;

/// A JSON body, read but not yet parsed: the caller is checked first.
pub(crate) struct Body<T> {
    bytes: Vec<u8>,
    of: PhantomData<T>,
}

impl<T: for<'de> EDeserialize<'de>> Body<T> {
    /// The body as `T`, or every invalid field.
    pub(crate) fn parse(&self) -> Result<T, Problem> {
        parse_json(&self.bytes)
    }

    /// The raw bytes, for the digest of an idempotency key.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = request.content_type().eq_ignore_ascii_case("application/json");
        let read = read_all(request, payload, JSON_LIMIT);
        Box::pin(async move {
            if !json {
                return Err(Problem::new(Code::UnsupportedMediaType, "the body must be application/json"));
            }
            Ok(Body { bytes: read.await?, of: PhantomData })
        })
    }
}

/// A JSON body that may be left out: then as an object without fields.
pub(crate) struct MaybeBody<T>(Body<T>);

impl<T: for<'de> EDeserialize<'de>> MaybeBody<T> {
    /// The body as `T`, or every invalid field.
    pub(crate) fn parse(&self) -> Result<T, Problem> {
        if self.0.bytes.is_empty() { parse_json(b"{}") } else { self.0.parse() }
    }

    /// The raw bytes, for the digest of an idempotency key.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl<T> FromRequest for MaybeBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = request.content_type().eq_ignore_ascii_case("application/json");
        let read = read_all(request, payload, JSON_LIMIT);
        Box::pin(async move {
            let bytes = read.await?;
            if !json && !bytes.is_empty() {
                return Err(Problem::new(Code::UnsupportedMediaType, "the body must be application/json"));
            }
            Ok(MaybeBody(Body { bytes, of: PhantomData }))
        })
    }
}

/// A CSV file or an Excel workbook sent as the body: as what it is, or as plain bytes, which is all that some clients can
/// send. What it is, its first bytes say.
/// It stays on disk: however many are sent at once, and however large they are, they do not fill memory.
pub(crate) struct CsvFile {
    pub(crate) file: File,
    /// The digest of the file's bytes.
    pub(crate) digest: Hash,
}

impl FromRequest for CsvFile {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let sent = request.content_type();
        let csv = ["text/csv", xlsx::MEDIA_TYPE, "application/octet-stream"]
            .iter()
            .any(|taken| sent.eq_ignore_ascii_case(taken));
        let read = read_to_disk(request, payload);
        let request = request.clone();
        Box::pin(async move {
            if !csv {
                return Err(Problem::new(
                    Code::UnsupportedMediaType,
                    "the body must be text/csv or an Excel workbook (.xlsx)",
                ));
            }
            let file = read.await?;
            // The rows of a file are in memory when it has its turn, which it keeps until the request is answered.
            if let Some(app) = request.app_data::<web::Data<App>>() {
                let turn = app.long.file().await?;
                request.extensions_mut().insert(turn);
            }
            Ok(file)
        })
    }
}

/// Reads the body into a file without a name.
fn read_to_disk(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<CsvFile, Problem>> + use<> {
    let (mut chunks, file) = (chunks(request, payload, FILE_LIMIT), tempfile::tempfile());
    async move {
        let mut file = file.map_err(|error| Problem::no_room(&error))?;
        let mut digest = Sha256::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            digest.update(&chunk);
            file.write_all(&chunk).map_err(|error| Problem::no_room(&error))?;
        }
        Ok(CsvFile { file, digest: digest.finalize().into() })
    }
}

pub(crate) fn read_all(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<Vec<u8>, Problem>> + use<> {
    let mut chunks = chunks(request, payload, limit);
    async move {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            bytes.extend_from_slice(&chunk?);
        }
        Ok(bytes.to_vec())
    }
}

/// What is sent, piece by piece, up to the limit.
fn chunks(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> Pin<Box<dyn Stream<Item = Result<Bytes, Problem>>>> {
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
    let too_large = move || Problem::new(Code::BodyTooLarge, format!("the body may have at most {limit} bytes"));
    if encoded {
        let problem = Problem::new(Code::UnsupportedMediaType, "the body must come without Content-Encoding");
        return Box::pin(stream::iter([Err(problem)]));
    }
    if announced.is_some_and(|length| length > limit) {
        return Box::pin(stream::iter([Err(too_large())]));
    }
    let mut read = 0;
    Box::pin(payload.take().map(move |chunk| {
        let chunk = chunk.map_err(|_| Problem::new(Code::InvalidRequest, "the body could not be read to its end"))?;
        read += chunk.len();
        if read > limit { Err(too_large()) } else { Ok(chunk) }
    }))
}

words!(/** Yes or no, in a query. */ Flag {
    /// Yes: switched on.
    True = "true",
    /// No: switched off.
    False = "false",
});

impl Flag {
    /// Whether the flag is `true`.
    pub(crate) fn is_true(self) -> bool {
        self == Flag::True
    }
}

/// An id in the path. Anything that is not an id gives 404.
pub(crate) fn path_id<T: From<Uuid>>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    Uuid::try_parse(text).map(T::from).map_err(|_| Problem::not_found())
}

/// Parses a query string, its parameters as text; unknown and repeated ones are refused.
pub(crate) fn parse_query<T: for<'de> EDeserialize<'de>>(query: &str) -> Result<T, Problem> {
    let mut fields = serde_json::Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if value.contains('\0') {
            return Err(Problem::field(&name, "invalid", "must not hold a NUL character"));
        }
        if fields.insert(name.to_string(), value.as_ref().into()).is_some() {
            return Err(Problem::field(&name, "duplicate_field", "is given twice"));
        }
    }
    parse_fields(fields)
}

/// Parses fields that were sent as text.
pub(crate) fn parse_fields<T: for<'de> EDeserialize<'de>>(
    fields: serde_json::Map<String, Value>,
) -> Result<T, Problem> {
    read(&Value::Object(fields).to_string(), "")
}

fn parse_json<T: for<'de> EDeserialize<'de>>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |detail: String| Problem::new(Code::MalformedJson, detail);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("the body is not UTF-8".to_owned()))?;
    if text.trim().is_empty() {
        return Err(malformed("the body is empty, and must be a JSON object".to_owned()));
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(error.to_string()))?;
    read(text, "/")
}

/// How often an unknown field is removed in order to read on.
const ROUNDS: usize = 20;

/// The text as `T`, or all its invalid fields; `root` is `/` for bodies, empty for parameters.
fn read<T: for<'de> EDeserialize<'de>>(text: &str, root: &str) -> Result<T, Problem> {
    let mut errors = match read_once(text, root) {
        Ok(value) => return Ok(value),
        Err(errors) => errors,
    };
    // The parser gives up an object at a field that is unknown or repeated, and loses its place in what follows. So the
    // field is reported and removed, and the rest read again.
    let mut rest: Value = serde_json::from_str(text).unwrap_or_default();
    let mut told: Vec<FieldError> = Vec::new();
    for _ in 0..ROUNDS {
        let odd = |error: &FieldError| matches!(error.code.as_str(), "unknown_field" | "duplicate_field");
        let news: Vec<FieldError> =
            errors.iter().filter(|error| odd(error) && !told.contains(error)).cloned().collect();
        if news.is_empty() {
            break;
        }
        news.iter().filter(|error| error.code == "unknown_field").for_each(|error| take_out(&mut rest, error));
        told.extend(news);
        errors = read_once::<T>(&rest.to_string(), root).err().unwrap_or_default();
    }
    errors.retain(|error| !told.contains(error));
    told.append(&mut errors);
    Err(Problem::invalid(told))
}

/// Removes the field that an error names.
fn take_out(value: &mut Value, error: &FieldError) {
    let (parent, field) = error.pointer.rsplit_once('/').unwrap_or(("", &error.pointer));
    if let Some(Value::Object(fields)) = value.pointer_mut(parent) {
        fields.remove(field);
    }
}

fn read_once<T: for<'de> EDeserialize<'de>>(text: &str, root: &str) -> Result<T, Vec<FieldError>> {
    eserde::json::from_str(text).map(|Strict(value)| value).map_err(|errors| {
        let mut errors: Vec<FieldError> = errors.iter().map(|error| field_error(error, root)).collect();
        leave_out_optional::<T>(text, root, &mut errors);
        errors
    })
}

/// Besides an invalid field the parser reports every absent one as missing, even optional ones. They are told apart by
/// reading again with null in their places, which only optional ones accept.
fn leave_out_optional<T: for<'de> EDeserialize<'de>>(text: &str, root: &str, errors: &mut Vec<FieldError>) {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return };
    for error in errors.iter().filter(|error| error.code == "missing") {
        let (parent, field) = error.pointer.rsplit_once('/').unwrap_or(("", &error.pointer));
        if let Some(Value::Object(fields)) = value.pointer_mut(parent) {
            fields.insert(field.to_owned(), Value::Null);
        }
    }
    let again = eserde::json::from_str::<Strict<T>>(&value.to_string()).err();
    let still: Vec<String> =
        again.iter().flat_map(|errors| errors.iter()).map(|error| field_error(error, root).pointer).collect();
    errors.retain(|error| error.code != "missing" || still.contains(&error.pointer));
}

/// One parse error with its location and a stable code; `root` is `/` for bodies, empty for parameters.
fn field_error(error: &eserde::DeserializationError, root: &str) -> FieldError {
    let message = error.message();
    let detail = message.split(" at line ").next().unwrap_or(message);
    let mut place: Vec<String> = error.path().into_iter().flat_map(|path| path.iter()).map(step).collect();
    let named = |prefix: &str| detail.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned);
    let (missing, unknown, double) = (named("missing field `"), named("unknown field `"), named("duplicate field `"));
    let code = match (&missing, &unknown, &double) {
        (Some(_), ..) => "missing",
        (_, Some(_), _) => "unknown_field",
        (.., Some(_)) => "duplicate_field",
        _ if detail.starts_with("invalid type") => "wrong_type",
        _ => "invalid",
    };
    if let Some(field) = missing.or(unknown).or(double)
        && place.last() != Some(&field)
    {
        place.push(field);
    }
    FieldError { pointer: format!("{root}{}", place.join("/")), code: code.to_owned(), detail: in_words(detail) }
}

fn step(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => index.to_string(),
        Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
        Segment::Enum { variant } => variant.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::credits::Credits;
    use crate::base::text::Line;

    #[derive(Debug, eserde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        price: Credits,
    }

    #[derive(Debug, eserde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        name: Line,
        #[allow(dead_code)]
        places: Option<u32>,
        #[allow(dead_code)]
        inner: Vec<Inner>,
    }

    fn errors(json: &str) -> Vec<(String, String)> {
        let problem = parse_json::<Sample>(json.as_bytes()).unwrap_err().answer(None);
        let body = actix_web::body::MessageBody::try_into_bytes(problem.into_body()).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let Some(errors) = body["errors"].as_array() else {
            return vec![(body["code"].as_str().unwrap().into(), String::new())];
        };
        errors
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap().into(), error["code"].as_str().unwrap().into()))
            .collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn every_wrong_field_is_reported() {
        assert_eq!(
            errors(r#"{"name": "", "places": "x", "inner": [{"price": "1"}, {"price": "1.234"}, {}]}"#),
            pairs(&[
                ("/name", "invalid"),
                ("/places", "wrong_type"),
                ("/inner/1/price", "invalid"),
                ("/inner/2/price", "missing")
            ])
        );
    }

    #[test]
    fn structures_are_objects_and_what_is_refused_is_read_to_its_end() {
        assert_eq!(errors(r#"["a", null, []]"#), pairs(&[("/", "wrong_type")]));
        assert_eq!(errors(r#"{"name": "a", "inner": [["1"], {"price": "1"}]}"#), pairs(&[("/inner/0", "wrong_type")]));
        for odd in ["[1, [2]]", "{\"a\": {\"b\": []}}", "true", "1.5", "1"] {
            let all = errors(&format!(
                r#"{{"name": {odd}, "places": "x", "inner": [{{"price": {odd}}}, {{"price": "1.234"}}]}}"#
            ));
            let price = if odd == "1" { None } else { Some(("/inner/0/price", "wrong_type")) };
            let others = [("/name", "wrong_type"), ("/places", "wrong_type")];
            let expected: Vec<_> = others.into_iter().chain(price).chain([("/inner/1/price", "invalid")]).collect();
            assert_eq!(all, pairs(&expected), "{odd}");
        }
    }

    #[test]
    fn what_may_be_absent_is_not_missing() {
        assert_eq!(errors(r#"{"name": ""}"#), pairs(&[("/name", "invalid"), ("/inner", "missing")]));
        assert_eq!(errors("{}"), pairs(&[("/name", "missing"), ("/inner", "missing")]));
    }

    #[test]
    fn unknown_and_doubled_fields_are_named() {
        assert_eq!(errors(r#"{"name": "a", "inner": [], "colour": 1}"#), pairs(&[("/colour", "unknown_field")]));
        assert_eq!(errors(r#"{"name": "a", "name": "b", "inner": []}"#), pairs(&[("/name", "duplicate_field")]));
        assert_eq!(
            errors(r#"{"name": "", "name": "b", "places": "x"}"#),
            pairs(&[("/name", "duplicate_field"), ("/places", "wrong_type"), ("/inner", "missing")])
        );
        let mut all = errors(
            r#"{"colour": 1, "name": "", "size": 2, "inner": [{"weight": 1}, {"price": 1.5, "weight": 1}], "places": -1}"#,
        );
        all.sort();
        assert_eq!(
            all,
            pairs(&[
                ("/colour", "unknown_field"),
                ("/inner/0/price", "missing"),
                ("/inner/0/weight", "unknown_field"),
                ("/inner/1/price", "wrong_type"),
                ("/inner/1/weight", "unknown_field"),
                ("/name", "invalid"),
                ("/places", "invalid"),
                ("/size", "unknown_field"),
            ])
        );
    }

    #[test]
    fn broken_json_is_malformed() {
        for broken in ["", "{", "{}x", "\u{feff}{}", "{\"a\":1,}"] {
            assert_eq!(errors(broken), pairs(&[("malformed_json", "")]), "{broken:?}");
        }
    }

    #[test]
    fn queries_refuse_unknown_and_doubled_parameters() {
        #[derive(Debug, eserde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Query {
            name: Option<Line>,
        }
        assert_eq!(parse_query::<Query>("name=a+b").unwrap().name.unwrap().as_str(), "a b");
        for wrong in ["nam=a", "name=a&name=b", "name=%00", "name="] {
            assert!(parse_query::<Query>(wrong).is_err(), "{wrong}");
        }
    }
}
