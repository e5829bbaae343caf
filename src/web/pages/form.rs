//! Forms as browsers send them: proved to be ours, parsed into the domain's types, kept as typed where they are refused.

mod differing;
mod rows;

use std::collections::{BTreeSet, HashMap};

use actix_web::dev::Payload;
use actix_web::http::Uri;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use eserde::EDeserialize;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::amounts;
use crate::base::text::capitalised;
use crate::web::app::App;
use crate::web::body;
use crate::web::browser::{self, Shown};
use crate::web::entering::again;
use crate::web::idempotency::FormKey;
use crate::web::plain;
use crate::web::problem::{Code, FieldError, Problem};
use crate::web::resend::{GROWN_OLD, OfAnother};

/// Fields of every form, which are not its own.
const KEY: &str = "form_key";
const MARK: &str = "form_mark";

/// Stands around the name of a field whose label is to be said: no text that is typed has it.
pub(super) const LABEL: char = '\u{1}';

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
            let form = Form::of(fields, bytes);
            form.proved(&request)?;
            Ok(form)
        })
    }
}

impl Form {
    /// A form of these fields, sent as these bytes. It must be [proved](Form::proved) before it is used.
    pub(super) fn of(fields: Vec<(String, String)>, bytes: Vec<u8>) -> Form {
        Form { fields, bytes }
    }

    /// Takes the form if it is ours and was shown to whoever sends it. Its key makes a repeated sending do nothing more.
    pub(super) fn proved(&self, request: &HttpRequest) -> Result<(), Problem> {
        let app = request.app_data::<web::Data<App>>();
        let app = app.ok_or_else(|| Problem::new(Code::Internal, "the service is not set up"))?;
        browser::from_our_pages(app, request)?;
        let (key, mark) = (self.text(KEY), self.text(MARK));
        let Some(shown) = Shown::all_before(request).into_iter().find(|shown| shown.made(app, key, mark)) else {
            request.extensions_mut().insert(OfAnother);
            return Err(Problem::new(Code::Forbidden, GROWN_OLD));
        };
        if let Some(session) = shown.begins(app, key, request.path()) {
            request.extensions_mut().insert(again::OfForm(session));
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
    #[allow(dead_code, reason = "for forms of rooms that tick several at once")]
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Every field of its own, in order.
    pub(crate) fn sent(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = |name: &str| ![KEY, MARK].contains(&name);
        self.fields.iter().filter(move |(name, _)| own(name)).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What was sent, to tell a repeat of a form from another with the same key.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The form with what was chosen of several sorts, `school:ID`, as a field of its sort.
    pub(crate) fn with_choice(&self, name: &str, sorts: &[(&str, &str)]) -> Form {
        let mut form = self.clone();
        if let Some((sort, id)) = self.text(name).split_once(':')
            && let Some((_, field)) = sorts.iter().find(|(known, _)| *known == sort)
        {
            form.fields.push(((*field).to_owned(), id.to_owned()));
        }
        form
    }

    /// The form without a field.
    pub(crate) fn without(mut self, name: &str) -> Form {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    /// The form without the rows of a list in which nothing was typed: `milestones/1/title` is a field of its second row.
    pub(crate) fn without_blank_rows(&self, list: &str) -> Form {
        let row = |name: &str| {
            let (of, rest) = name.split_once('/')?;
            let (row, field) = rest.split_once('/')?;
            (of == list).then(|| row.parse::<u16>().ok().map(|row| (row, field.to_owned()))).flatten()
        };
        let typed = self.fields.iter().filter(|(_, value)| !value.trim().is_empty());
        let rows: BTreeSet<u16> = typed.filter_map(|(name, _)| row(name)).map(|(row, _)| row).collect();
        let places: HashMap<u16, usize> = rows.into_iter().enumerate().map(|(place, row)| (row, place)).collect();
        let renamed = |(name, value): &(String, String)| match row(name) {
            None => Some((name.clone(), value.clone())),
            Some((row, field)) => places.get(&row).map(|place| (format!("{list}/{place}/{field}"), value.clone())),
        };
        Form { fields: self.fields.iter().filter_map(renamed).collect(), bytes: self.bytes.clone() }
    }

    /// How many rows of a list it has.
    pub(crate) fn rows(&self, list: &str) -> usize {
        let row = |name: &str| name.strip_prefix(list)?.strip_prefix('/')?.split('/').next()?.parse::<usize>().ok();
        self.fields.iter().filter_map(|(name, _)| row(name)).max().map_or(0, |last| last + 1)
    }

    /// The fields as `T`, or every field that can't be taken. A field left empty is not there; one that is sent several
    /// times is a list, and so is one whose name ends with `[]`. `milestones/0/title` stands in the first row of a list.
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
            let value = Value::from(if amounts::typed_into(name) {
                amounts::plain(value)
            } else {
                value.replace("\r\n", "\n")
            });
            if let Some((list, within)) = name.split_once('/') {
                let path: Vec<&str> = within.split('/').take(2).collect();
                rows::put(object.entry(list).or_insert(Value::Null), &path, value);
                continue;
            }
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

    /// The form as it is shown again, with nothing wrong.
    pub(crate) fn typed(&self) -> Filled {
        let mut filled = Filled::default();
        for (name, value) in &self.fields {
            filled.values.entry(name.clone()).or_default().push(value.replace(LABEL, ""));
        }
        filled
    }

    /// The form as it is shown again, with why it was refused, whatever that is: where the page itself has looked.
    pub(crate) fn refused(&self, problem: &Problem) -> Filled {
        self.typed().because(problem)
    }

    /// The form as it is shown again where what was asked is refused: the one way in which a page answers that. What is not
    /// about the form is passed on, and has a page of its own.
    pub(crate) fn again(&self, problem: Problem) -> Result<Filled, Problem> {
        if mendable(&problem) { Ok(self.refused(&problem)) } else { Err(problem) }
    }

    /// All that was typed, for a page that asks whether it is meant.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let own = |(name, _): &&(String, String)| ![KEY, MARK].contains(&name.as_str());
        self.fields.iter().filter(own).cloned().collect()
    }
}

/// A whole number, as a form sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// These as the query of an address, without those that are not asked for: `text=hart&role=teacher`.
pub(crate) fn written<'n>(asked: impl IntoIterator<Item = (&'n str, Option<String>)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked.into_iter().filter_map(|(name, value)| Some((name, value?))));
    query.finish()
}

/// What stands in the address of a page, as a form that is shown again with what is wrong with it.
pub(crate) fn asked(address: &Uri) -> Form {
    let sent = url::form_urlencoded::parse(address.query().unwrap_or_default().as_bytes());
    Form::of(sent.into_owned().collect(), Vec::new())
}

/// Whether a refusal is shown with the form that was sent, as it was typed. Others are pages of their own.
fn mendable(problem: &Problem) -> bool {
    const OWN_PAGES: &[Code] = &[
        Code::NotFound,
        Code::Unauthorized,
        Code::TokenExpired,
        Code::SessionEnded,
        Code::PersonDisabled,
        Code::TotpNeeded,
        Code::Internal,
    ];
    !OWN_PAGES.contains(&problem.code())
}

/// What is said to whoever sends a form about what has changed since it was opened.
const OVERTAKEN: &str = "This has been changed since you opened the form. What stands there now is said at each field that \
                         differs. Send the form again to save it as you typed it.";

/// What is typed of a field, to be compared: without its empty values, and its lines ended alike.
fn said(values: Option<&Vec<String>>) -> Vec<String> {
    let all = values.into_iter().flatten().map(|value| value.replace("\r\n", "\n").trim().to_owned());
    all.filter(|value| !value.is_empty()).collect()
}

/// What a form shows in its fields, and what is wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Filled {
    values: HashMap<String, Vec<String>>,
    errors: Vec<FieldError>,
    detail: Option<String>,
    /// Whether it was refused because others, or the same form, changed what it is about.
    overtaken: bool,
    /// What stands there now in the fields that differ.
    now: HashMap<String, Vec<String>>,
}

impl Filled {
    /// A form with these values.
    pub(crate) fn with<V: Into<String>>(values: impl IntoIterator<Item = (&'static str, V)>) -> Filled {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), vec![value.into()])).collect();
        Filled { values, ..Filled::default() }
    }

    /// The same form with a value where none was typed.
    pub(crate) fn or(mut self, name: &str, value: impl Into<String>) -> Filled {
        self.values.entry(name.to_owned()).or_insert_with(|| vec![value.into()]);
        self
    }

    /// The same with these values of one more field.
    pub(crate) fn and(mut self, name: impl Into<String>, values: Vec<String>) -> Filled {
        self.values.insert(name.into(), values);
        self
    }

    /// What stands in these fields as the query of an address, without those that are empty: `?year=2026%2F27`.
    pub(crate) fn query(&self, names: &[&str]) -> String {
        let mut written = url::form_urlencoded::Serializer::new(String::new());
        written.extend_pairs(names.iter().map(|name| (*name, self.value(name))).filter(|(_, value)| !value.is_empty()));
        let written = written.finish();
        if written.is_empty() { written } else { format!("?{written}") }
    }

    /// Adds a value to a field.
    pub(crate) fn put(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.entry(name.into()).or_default().push(value.into());
    }

    /// The same values, refused for this.
    pub(crate) fn because(mut self, problem: &Problem) -> Filled {
        self.detail = Some(capitalised(&plain::said(problem.detail())));
        self.overtaken = [Code::Stale, Code::IdempotencyKeyReused].contains(&problem.code());
        let said = |error: &FieldError| FieldError { detail: plain::said(&error.detail), ..error.clone() };
        self.errors = problem.errors().iter().map(said).collect();
        self
    }

    /// The same beside what stands there now, where it was refused because that has changed since: with its version, so that
    /// the next sending saves what was typed.
    pub(crate) fn beside(mut self, now: Filled) -> Filled {
        if !self.overtaken {
            return self;
        }
        self.detail = Some(OVERTAKEN.to_owned());
        for (name, values) in now.values {
            if name == "version" {
                self.values.insert(name, values);
            } else if said(self.values.get(&name)) != said(Some(&values)) {
                self.now.insert(name, values);
            }
        }
        self
    }

    /// What stands in a field now, where others have changed it and something else was typed.
    pub(crate) fn now(&self, name: &str) -> Option<&str> {
        self.now.get(name).map(|values| values.first().map_or("", String::as_str))
    }

    /// Whether this is what others have chosen meanwhile.
    pub(crate) fn is_now(&self, name: &str, value: &str) -> bool {
        self.now(name) == Some(value)
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

    /// Whether something was refused by this word, `missing_roll`.
    pub(crate) fn refused_by(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| self.field_of(error) == name).map(|error| error.detail.as_str())
    }

    /// Every field that is at fault, with why.
    pub(crate) fn errors(&self) -> Vec<(&str, &str)> {
        self.errors.iter().map(|error| (self.field_of(error), error.detail.as_str())).collect()
    }

    /// What stands in the summary of what is wrong: each field that is at fault, and why. Where the reason is no sentence of
    /// its own, a sign before it stands for the label of the field, which the [shell](super::shell) puts there.
    pub(crate) fn summary(&self) -> Vec<(&str, String)> {
        let of = |(field, said): (&str, &str)| {
            let said =
                if plain::begins_a_sentence(said) { said.to_owned() } else { format!("{LABEL}{field}{LABEL}: {said}") };
            match rows::named(field) {
                Some(row) => format!("{row}: {said}"),
                None => said,
            }
        };
        self.errors().into_iter().map(|error| (error.0, of(error))).collect()
    }

    /// The field of the form that an error is about.
    fn field_of<'e>(&self, error: &'e FieldError) -> &'e str {
        let pointer = error.pointer.trim_start_matches('/');
        let whole = Some(pointer).filter(|pointer| self.values.contains_key(*pointer));
        whole.or_else(|| pointer.split('/').next()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::Line;

    #[derive(eserde::Deserialize)]
    struct Part {
        title: Line,
        number: Option<Whole>,
    }

    #[derive(eserde::Deserialize)]
    struct Parts {
        parts: Vec<Part>,
    }

    fn form(fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Form { fields, bytes: Vec::new() }
    }

    #[test]
    fn rows_of_a_list_are_read_without_the_blank_ones() {
        let typed = form(&[
            ("parts/0/title", " "),
            ("parts/1/title", "One"),
            ("parts/1/number", "7"),
            ("parts/3/title", "Two"),
            ("parts/3/number", ""),
            ("other", "x"),
        ]);
        let form = typed.without_blank_rows("parts");
        assert_eq!((form.rows("parts"), form.text("parts/1/title"), form.text("other")), (2, "Two", "x"));
        let Parts { parts } = form.read().unwrap();
        assert_eq!(parts.iter().map(|part| part.title.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
        assert_eq!(parts.iter().map(|part| part.number.map(|it| it.0)).collect::<Vec<_>>(), [Some(7), None]);
        let problem = Problem::field("/parts/1/title", "invalid", "must be another");
        let shown = form.refused(&problem);
        assert_eq!(shown.error("parts/1/title"), Some("must be another"));
        assert_eq!(Filled::with([("a", "1 2"), ("b", "")]).query(&["a", "b"]), "?a=1+2");
    }

    #[test]
    fn what_others_changed_is_said_beside_what_was_typed() {
        let typed = form(&[("version", "1"), ("name", "Mine"), ("text", "a\r\nb"), ("sent", "yes")]);
        let now =
            Filled::with([("version", "2"), ("name", "Theirs"), ("text", "a\nb"), ("ticked", "yes"), ("off", "")]);
        let shown = typed.refused(&Problem::new(Code::Stale, "x")).beside(now.clone());
        assert_eq!((shown.value("version"), shown.value("name"), shown.now("name")), ("2", "Mine", Some("Theirs")));
        assert_eq!((shown.now("text"), shown.now("ticked"), shown.now("off")), (None, Some("yes"), None));
        assert!(shown.detail().is_some_and(|detail| detail.starts_with("This has been changed")));
        let other = typed.refused(&Problem::new(Code::Duplicate, "x")).beside(now);
        assert_eq!((other.value("version"), other.now("name"), other.detail()), ("1", None, Some("X")));
    }

    #[test]
    fn a_long_name_is_no_deep_tree() {
        let name = format!("parts{}", "/0".repeat(100_000));
        assert!(form(&[(&name, "x")]).read::<Parts>().is_err());
    }
}
