//! Lists as spreadsheets read them: the whole list, fetched a page at a time and sent as it comes, so that neither its
//! rows nor a connection of the database wait for whoever reads it.

use std::collections::{HashMap, HashSet};

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use uuid::Uuid;

use super::call::Call;
use super::paced::paced;
use super::problem::{Answer, Code, Problem};
use crate::clock::london_minute;
use crate::credits::Credits;
use crate::csv_file::{BYTE_ORDER_MARK, safe_cell};
use crate::reports::{Named, names};

/// A page of a list as its handler leaves it, to be written as CSV.
pub(super) struct Rows {
    pub(super) columns: &'static [&'static str],
    pub(super) items: Vec<Value>,
    /// Where the next page begins; none after the last.
    pub(super) next: Option<String>,
}

/// How many rows are fetched at once.
const AT_ONCE: u8 = 200;

impl Call {
    /// The answer of a list whose handler answers `page` by page: as it is, or as CSV where that is asked for, which is
    /// the whole list unless `limit` or `after` were sent.
    pub(crate) async fn pages<Page: Future<Output = Answer> + 'static>(
        self,
        page: impl Fn(Call) -> Page + 'static,
    ) -> Answer {
        if !self.wants_csv() {
            return page(self).await;
        }
        let whole = self.parameter("limit").is_none() && self.parameter("after").is_none();
        let mut first = page(if whole { self.at(AT_ONCE, None) } else { self.clone() }).await?;
        let rows = first.extensions_mut().remove::<Rows>();
        let Some(rows) = rows else { return Ok(first) };
        let next = rows.next.clone().filter(|_| whole);
        let begin = self.written(rows, true).await?;
        first.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/csv; charset=utf-8"));
        let Some(next) = next else { return Ok(first.set_body(begin).map_into_boxed_body()) };
        // What follows is read later than the tag.
        first.headers_mut().remove(header::ETAG);
        let follow = stream::unfold((self, page, Some(next)), |(call, page, next)| async move {
            let next = next?;
            match call.follow(&page, &next).await {
                Ok((text, after)) => Some((Ok(Bytes::from(text)), (call, page, after))),
                Err(problem) => {
                    tracing::error!(?problem, "a list could not be sent to its end");
                    let cut = actix_web::error::ErrorInternalServerError("the list could not be sent to its end");
                    Some((Err(cut), (call, page, None)))
                }
            }
        });
        let whole = stream::once(async move { Ok::<_, actix_web::Error>(Bytes::from(begin)) }).chain(follow);
        let mut answer = HttpResponse::build(first.status());
        for (name, value) in first.headers() {
            if name != header::LINK {
                answer.append_header((name.clone(), value.clone()));
            }
        }
        Ok(answer.streaming(Box::pin(paced(whole))))
    }

    /// The page after that cursor, and the cursor of the one that follows.
    async fn follow<Page: Future<Output = Answer>>(
        &self,
        page: &impl Fn(Call) -> Page,
        after: &str,
    ) -> Result<(String, Option<String>), Problem> {
        let mut answer = page(self.at(AT_ONCE, Some(after))).await?;
        let rows = answer.extensions_mut().remove::<Rows>();
        let rows = rows.ok_or_else(|| Problem::new(Code::Internal, "a page of the list has no rows"))?;
        let next = rows.next.clone();
        Ok((self.written(rows, false).await?, next))
    }

    /// The rows as lines of CSV, with the names of whatever they give only the ids of.
    async fn written(&self, rows: Rows, header: bool) -> Result<String, Problem> {
        let Rows { columns, mut items, .. } = rows;
        let columns = with_names(columns);
        for (wanted, kind) in [
            (Named::School, "school"),
            (Named::Person, "person"),
            (Named::Partner, "partner"),
            (Named::Event, "event"),
            (Named::Programme, "programme"),
            (Named::Priority, "priority"),
        ] {
            let of_kind = || columns.iter().filter(|column| column.names == Some(kind));
            let ids: HashSet<Uuid> =
                items.iter().flat_map(|item| of_kind().filter_map(|column| id(item, column.of))).collect();
            if ids.is_empty() {
                continue;
            }
            let Some((mut tx, hub, sees)) = self.reading().await? else { continue };
            let found: HashMap<Uuid, String> = names(&mut tx, hub, wanted, ids.into_iter().collect(), sees).await?;
            for item in &mut items {
                for column in of_kind() {
                    let name = id(item, column.of).and_then(|id| found.get(&id)).cloned();
                    item[column.name.as_str()] = name.map_or(Value::Null, Value::String);
                }
            }
        }
        text(&columns, &items, header)
    }
}

/// A column of a table.
struct Column {
    name: String,
    /// The column whose id it names.
    of: &'static str,
    names: Option<&'static str>,
}

/// The columns of a table with a name beside each id that has none.
fn with_names(columns: &'static [&'static str]) -> Vec<Column> {
    let mut all = Vec::new();
    for column in columns {
        all.push(Column { name: (*column).to_owned(), of: column, names: None });
        let Some((kind, name)) = named(column) else { continue };
        // The row is of the school itself.
        let own = *column == "school_id" && columns.contains(&"urn");
        if !own && !columns.contains(&name.as_str()) {
            all.push(Column { name, of: column, names: Some(kind) });
        }
    }
    all
}

/// Whose id a column has, and what the column of the name is called.
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
    // A reversal is a transaction; everything else that was done was done by somebody.
    let done_by = column.rsplit('.').next().unwrap_or(column);
    (done_by.ends_with("_by") && !["reversed_by", "names_by", "approve_by", "decide_by"].contains(&done_by))
        .then(|| ("person", format!("{column}_name")))
}

fn id(item: &Value, column: &str) -> Option<Uuid> {
    field(item, column)?.as_str().and_then(|id| Uuid::parse_str(id).ok())
}

fn field<'a>(item: &'a Value, column: &str) -> Option<&'a Value> {
    item.get(column).or_else(|| column.split('.').try_fold(item, |value, field| value.get(field)))
}

/// A CSV file of the rows as they are, whole.
pub(super) fn table(columns: &'static [&'static str], items: &[Value]) -> Result<String, Problem> {
    let columns: Vec<Column> =
        columns.iter().map(|column| Column { name: (*column).to_owned(), of: column, names: None }).collect();
    text(&columns, items, true)
}

fn text(columns: &[Column], items: &[Value], header: bool) -> Result<String, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a table could not be written");
        Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
    };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(columns.iter().map(|column| &column.name)).map_err(|error| failed(&error))?;
    }
    for item in items {
        writer.write_record(columns.iter().map(|column| cell(item, &column.name))).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    Ok(if header { format!("{BYTE_ORDER_MARK}{text}") } else { text })
}

fn cell(item: &Value, column: &str) -> String {
    match field(item, column) {
        None | Some(Value::Null) => String::new(),
        // A negative amount begins like a formula, and is none.
        Some(Value::String(text)) if Credits::stored(text).is_some() => text.clone(),
        Some(Value::String(text)) => instant(column, text).map_or_else(|| safe_cell(text), london_minute),
        Some(other) => other.to_string(),
    }
}

/// The instant that a column of instants holds.
fn instant(column: &str, text: &str) -> Option<DateTime<Utc>> {
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
