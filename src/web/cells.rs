//! What the columns of a table hold, as the specification says of their fields, and their cells in a workbook: real dates
//! and numbers, and texts that stay texts.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::table::{Column, Table, field, instant};
use crate::base::clock::london_time;
use crate::base::credits::Credits;
use crate::base::xlsx::{self, Cell};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What people wrote.
    Text,
    /// A word of a closed set.
    Word,
    /// An id.
    Id,
    /// Whole numbers.
    Whole,
    /// Decimal numbers: amounts, hours, days.
    Decimal,
    /// Days.
    Day,
    /// Instants, shown as the time of London.
    Instant,
    /// Yes or no.
    Truth,
}

impl Kind {
    /// How wide a column of it is, in digits.
    fn width(self) -> u8 {
        match self {
            Kind::Text | Kind::Word | Kind::Id => 26,
            Kind::Whole | Kind::Truth => 10,
            Kind::Decimal | Kind::Day => 12,
            Kind::Instant => 17,
        }
    }

    /// The cell of an item in a column of this kind. What does not look like its kind is a text.
    fn cell(self, item: &Value, column: &str) -> Cell {
        let text = match field(item, column) {
            None | Some(Value::Null) => return Cell::Empty,
            Some(Value::Bool(truth)) => return Cell::Truth(*truth),
            Some(Value::Number(number)) => {
                return number.as_i64().map_or_else(|| Cell::Decimal(number.to_string()), Cell::Whole);
            }
            Some(Value::String(text)) => text.as_str(),
            Some(other) => return Cell::text(other),
        };
        let typed = match self {
            Kind::Decimal => match Credits::stored(text) {
                Some(amount) => Some(Cell::Hundredths(amount.hundredths())),
                None => is_decimal(text).then(|| Cell::Decimal(text.to_owned())),
            },
            Kind::Day => text.parse::<NaiveDate>().ok().map(Cell::Day),
            Kind::Instant => text.parse().ok().map(|instant| Cell::Moment(london_time(instant))),
            // The name of the column says so where its schema does not.
            Kind::Text => instant(column, text).map(|instant| Cell::Moment(london_time(instant))),
            Kind::Word | Kind::Id | Kind::Whole | Kind::Truth => None,
        };
        typed.unwrap_or_else(|| Cell::text(text))
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.parse::<f64>().is_ok()
}

/// The columns of a workbook: of a table, with the names beside its ids.
pub(super) fn columns(columns: &[Column], kinds: &HashMap<&str, Kind>) -> Vec<xlsx::Column> {
    columns.iter().map(|column| xlsx::Column::new(&column.heading, kind(column, kinds).width())).collect()
}

/// The cells of items in these columns.
pub(super) fn rows(columns: &[Column], kinds: &HashMap<&str, Kind>, items: &[Value]) -> Vec<Vec<Cell>> {
    let cells = |item| columns.iter().map(|column| kind(column, kinds).cell(item, &column.name)).collect();
    items.iter().map(cells).collect()
}

/// What a column holds.
pub(super) fn kind(column: &Column, kinds: &HashMap<&str, Kind>) -> Kind {
    kinds.get(column.name.as_str()).copied().unwrap_or(Kind::Text)
}

/// What each column of a table holds, in their order, by the schema of its items.
pub(super) fn kinds<T: Table>() -> Vec<Kind> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    let schemas = schemas.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()));
    let schemas: HashMap<String, Value> = schemas.collect();
    let whole = serde_json::to_value(T::schema()).unwrap_or_default();
    let found = |column: &&str| within(&whole, column, &schemas).map_or(Kind::Text, |schema| of(schema, &schemas));
    T::COLUMNS.iter().map(found).collect()
}

/// The schema of a field, or of a field within one: `provider.name`.
fn within<'a>(schema: &'a Value, column: &str, schemas: &'a HashMap<String, Value>) -> Option<&'a Value> {
    property(schema, column, schemas).or_else(|| {
        let (first, rest) = column.split_once('.')?;
        within(property(schema, first, schemas)?, rest, schemas)
    })
}

fn property<'a>(schema: &'a Value, name: &str, schemas: &'a HashMap<String, Value>) -> Option<&'a Value> {
    let schema = named(schema, schemas);
    let own = schema.get("properties").and_then(|properties| properties.get(name));
    own.or_else(|| parts(schema).find_map(|part| property(part, name, schemas)))
}

/// The schema that a reference names.
fn named<'a>(schema: &'a Value, schemas: &'a HashMap<String, Value>) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    name.and_then(|name| schemas.get(name)).unwrap_or(schema)
}

/// The schemas of which it is made, or one of which fits.
fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|of| schema.get(of)?.as_array()).flatten()
}

/// Decimal numbers that are sent as texts, by the names of their schemas.
const DECIMALS: &[&str] = &["Credits", "Amount", "Pounds", "Hours", "Days", "Weight"];

fn of(schema: &Value, schemas: &HashMap<String, Value>) -> Kind {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    if name.is_some_and(|name| DECIMALS.contains(&name)) {
        return Kind::Decimal;
    }
    let schema = named(schema, schemas);
    let is = |kind: &str| match schema.get("type") {
        Some(Value::String(said)) => said == kind,
        Some(Value::Array(said)) => said.iter().any(|said| said == kind),
        _ => false,
    };
    match schema.get("format").and_then(Value::as_str) {
        Some("date") => return Kind::Day,
        Some("date-time") => return Kind::Instant,
        Some("uuid") => return Kind::Id,
        _ => {}
    }
    if schema.get("enum").is_some() {
        return Kind::Word;
    }
    if is("integer") {
        return Kind::Whole;
    }
    if is("boolean") {
        return Kind::Truth;
    }
    parts(schema).map(|part| of(part, schemas)).find(|kind| *kind != Kind::Text).unwrap_or(Kind::Text)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use serde_json::json;

    use super::*;
    use crate::credits::top_ups::TopUp;
    use crate::ledger::Account;

    #[test]
    fn columns_are_what_the_specification_says() {
        let kinds_of = |columns: &'static [&'static str], kinds: Vec<Kind>| -> HashMap<&'static str, Kind> {
            columns.iter().copied().zip(kinds).collect()
        };
        let account = kinds_of(Account::COLUMNS, kinds::<Account>());
        assert_eq!(
            (account["balance"], account["opened_at"], account["kind"]),
            (Kind::Decimal, Kind::Instant, Kind::Word)
        );
        let top_up = kinds_of(TopUp::COLUMNS, kinds::<TopUp>());
        assert_eq!((top_up["amount"], top_up["gbp"], top_up["sold_at"]), (Kind::Decimal, Kind::Decimal, Kind::Instant));
    }

    #[test]
    fn a_text_stays_one_whatever_it_looks_like() {
        let item = json!({ "name": "1.50", "n": 7, "credits": "-0.50", "days": "3.5", "at": "2027-07-01T12:30:59Z", "on": "2027-07-01", "yes": true, "none": null });
        let cell = |kind: Kind, column| kind.cell(&item, column);
        assert_eq!(cell(Kind::Text, "name"), Cell::text("1.50"));
        assert_eq!(cell(Kind::Whole, "n"), Cell::Whole(7));
        assert_eq!(cell(Kind::Decimal, "credits"), Cell::Hundredths(-50));
        assert_eq!(cell(Kind::Decimal, "days"), Cell::Decimal("3.5".to_owned()));
        let Cell::Moment(at) = cell(Kind::Instant, "at") else { panic!("{item}") };
        assert_eq!(at, "2027-07-01T13:30:59".parse::<NaiveDateTime>().unwrap(), "in London");
        assert_eq!(cell(Kind::Day, "on"), Cell::Day("2027-07-01".parse().unwrap()));
        assert_eq!((cell(Kind::Truth, "yes"), cell(Kind::Text, "none")), (Cell::Truth(true), Cell::Empty));
        assert_eq!(cell(Kind::Decimal, "name"), Cell::Hundredths(150));
        assert_eq!(cell(Kind::Day, "name"), Cell::text("1.50"));
    }
}
