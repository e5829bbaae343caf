//! Tables for spreadsheets: their columns, and their rows as CSV.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::problem::{Code, Problem};
use crate::base::clock::london_minute;
use crate::base::credits::Credits;
use crate::base::csv_file::{BYTE_ORDER_MARK, safe_cell};

/// A row of a table for spreadsheets: the columns of an item, and its cells, by the names that they have in JSON (`a.b`
/// for a field within a field).
pub(crate) trait Table: Serialize + ToSchema {
    /// The columns, in order.
    const COLUMNS: &'static [&'static str];
}

/// A column of a table.
pub(super) struct Column {
    pub(super) name: String,
    /// What stands above it.
    pub(super) heading: String,
    /// The column whose id it names.
    pub(super) of: &'static str,
    pub(super) names: Option<&'static str>,
}

impl Column {
    /// A column as it is, under its name.
    pub(super) fn plain(name: &'static str) -> Column {
        Column { name: name.to_owned(), heading: name.to_owned(), of: name, names: None }
    }

    /// Whether the item has the column: as a field, or as a name that was looked up.
    fn is_of(&self, item: &Value) -> bool {
        self.names.is_some() || field(item, &self.name).is_some()
    }
}

/// The columns of a table, with a name beside each id that has none.
pub(super) fn with_names(columns: &'static [&'static str]) -> Vec<Column> {
    let mut all = Vec::new();
    for column in columns {
        all.push(Column::plain(column));
        let Some((kind, name)) = named(column) else { continue };
        // The row is about the school itself.
        let own = *column == "school_id" && columns.contains(&"urn");
        if !own && !columns.contains(&name.as_str()) {
            all.push(Column { heading: name.clone(), name, of: column, names: Some(kind) });
        }
    }
    all
}

/// Which kind of thing a column's id is of, and the heading for its name.
fn named(column: &str) -> Option<(&'static str, String)> {
    const KINDS: [&str; 6] = ["school", "person", "partner", "event", "programme", "priority"];
    if let Some(base) = column.strip_suffix("_id") {
        let kind = KINDS.into_iter().find(|kind| base == *kind || base.ends_with(&format!("_{kind}")));
        let kind = kind.or(match base {
            "actor" | "host" => Some("person"),
            "successor" => Some("school"),
            _ => None,
        })?;
        let word = if ["event", "programme"].contains(&kind) { "title" } else { "name" };
        return Some((kind, format!("{base}_{word}")));
    }
    // A reversal is a transaction; everything else that was done was done by a person.
    let done_by = column.rsplit('.').next().unwrap_or(column);
    (done_by.ends_with("_by")
        && !["reversed_by", "names_by", "approve_by", "decide_by", "answer_by", "borne_by"].contains(&done_by))
    .then(|| ("person", format!("{column}_name")))
}

pub(super) fn id(item: &Value, column: &str) -> Option<Uuid> {
    field(item, column)?.as_str().and_then(|id| Uuid::parse_str(id).ok())
}

/// The item's field; null where null stands in place of what would have it.
pub(super) fn field<'a>(item: &'a Value, column: &str) -> Option<&'a Value> {
    let within = |value: &'a Value, field| if value.is_null() { Some(value) } else { value.get(field) };
    item.get(column).or_else(|| column.split('.').try_fold(item, within))
}

/// A whole CSV file of the rows as they are.
pub(super) fn table(columns: &'static [&'static str], items: &[Value]) -> Result<String, Problem> {
    text(&columns.iter().map(|column| Column::plain(column)).collect::<Vec<_>>(), items, true)
}

/// A whole CSV file of cells as they are, but for those that a spreadsheet would take for a formula.
pub(super) fn plain<'h>(
    headings: impl Iterator<Item = &'h str>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<String, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).map_err(|error| unwritten(&error));
    write(headings.map(safe_cell).collect())?;
    rows.into_iter().try_for_each(|cells| write(cells.iter().map(|cell| safe_cell(cell)).collect()))?;
    finished(writer).map(|text| format!("{BYTE_ORDER_MARK}{text}"))
}

pub(super) fn unwritten(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a table could not be written");
    Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
}

fn finished(writer: csv::Writer<Vec<u8>>) -> Result<String, Problem> {
    let bytes = writer.into_inner().map_err(|error| unwritten(&error))?;
    String::from_utf8(bytes).map_err(|error| unwritten(&error))
}

pub(super) fn text(columns: &[Column], items: &[Value], header: bool) -> Result<String, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(columns.iter().map(|column| &column.heading)).map_err(|error| unwritten(&error))?;
    }
    for item in items {
        debug_assert_eq!(
            columns.iter().find(|column| !column.is_of(item)).map(|column| &column.name),
            None,
            "no such field"
        );
        writer
            .write_record(columns.iter().map(|column| cell(item, &column.name)))
            .map_err(|error| unwritten(&error))?;
    }
    let text = finished(writer)?;
    Ok(if header { format!("{BYTE_ORDER_MARK}{text}") } else { text })
}

fn cell(item: &Value, column: &str) -> String {
    match field(item, column) {
        None | Some(Value::Null) => String::new(),
        // A negative amount begins like a formula, but is not one.
        Some(Value::String(text)) if Credits::stored(text).is_some() => text.clone(),
        Some(Value::String(text)) => instant(column, text).map_or_else(|| safe_cell(text), london_minute),
        Some(other) => other.to_string(),
    }
}

/// The instant in a cell of a column of instants.
pub(super) fn instant(column: &str, text: &str) -> Option<DateTime<Utc>> {
    let of_instants = ["_at", "_until", "approve_by"].iter().any(|end| column.ends_with(end));
    of_instants.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tables_are_safe_for_spreadsheets() {
        let rows = [
            json!({ "name": "=1+1", "credits": "-0.50", "school": { "name": "St Mary's, Acton" }, "sold_at": "2027-07-02T12:30:59.5Z" }),
            json!({ "name": "＠a", "credits": "1.00", "school": null, "sold_at": null }),
        ];
        let columns = &["name", "credits", "school.name", "sold_at"];
        assert_eq!(
            table(columns, &rows).unwrap(),
            "\u{feff}name,credits,school.name,sold_at\r\n'=1+1,-0.50,\"St Mary's, Acton\",2027-07-02 13:30\r\n'＠a,1.00,,\r\n"
        );
        assert_eq!(table(columns, &[]).unwrap(), "\u{feff}name,credits,school.name,sold_at\r\n");
    }

    #[test]
    fn ids_have_a_name_beside_them() {
        let names = |columns| with_names(columns).into_iter().map(|column| column.name).collect::<Vec<_>>();
        assert_eq!(
            names(&[
                "id",
                "to_school_id",
                "event_id",
                "actor_id",
                "host_id",
                "successor_id",
                "named_by",
                "reversed_by",
                "minimum.decide_by"
            ]),
            [
                "id",
                "to_school_id",
                "to_school_name",
                "event_id",
                "event_title",
                "actor_id",
                "actor_name",
                "host_id",
                "host_name",
                "successor_id",
                "successor_name",
                "named_by",
                "named_by_name",
                "reversed_by",
                "minimum.decide_by"
            ]
        );
        assert_eq!(names(&["school_id", "school_name"]), ["school_id", "school_name"]);
        assert_eq!(names(&["urn", "name", "school_id"]), ["urn", "name", "school_id"]);
        assert_eq!(names(&["name", "school_id"]), ["name", "school_id", "school_name"]);
    }
}
