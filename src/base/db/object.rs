//! A row as JSON, whatever columns it has: for what is handed out as it lies in the tables.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Decode, FromRow, Row, Type, TypeInfo, ValueRef};
use uuid::Uuid;

/// A row by the names of its columns: ids, instants and days as text, numbers, words. Bytes that are no id are left out.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Object(pub Map<String, Value>);

/// The value of a column as `T`; null where there is none.
fn read<'r, R, T>(row: &'r R, at: usize) -> sqlx::Result<Value>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    T: Decode<'r, R::Database> + Type<R::Database> + serde::Serialize,
{
    let value: Option<T> = row.try_get(at)?;
    serde_json::to_value(value).map_err(|error| sqlx::Error::Decode(error.into()))
}

impl FromRow<'_, PgRow> for Object {
    fn from_row(row: &PgRow) -> sqlx::Result<Object> {
        let mut object = Map::new();
        for (at, column) in row.columns().iter().enumerate() {
            let value = match column.type_info().name() {
                "UUID" => read::<_, Uuid>(row, at)?,
                "TIMESTAMPTZ" => read::<_, DateTime<Utc>>(row, at)?,
                "DATE" => read::<_, NaiveDate>(row, at)?,
                "INT8" => read::<_, i64>(row, at)?,
                "INT4" => read::<_, i32>(row, at)?,
                "BOOL" => read::<_, bool>(row, at)?,
                "BYTEA" => continue,
                _ => read::<_, String>(row, at)?,
            };
            object.insert(column.name().to_owned(), value);
        }
        Ok(Object(object))
    }
}

impl FromRow<'_, SqliteRow> for Object {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Object> {
        let mut object = Map::new();
        for (at, column) in row.columns().iter().enumerate() {
            let raw = row.try_get_raw(at)?;
            let (null, stored) = (raw.is_null(), raw.type_info().name().to_owned());
            let value = match (null, stored.as_str(), column.type_info().name()) {
                (true, ..) => Value::Null,
                (_, _, "BOOLEAN") => read::<_, bool>(row, at)?,
                (_, "INTEGER", _) => read::<_, i64>(row, at)?,
                (_, "BLOB", _) => match row.try_get_unchecked::<Uuid, _>(at) {
                    Ok(id) => Value::String(id.to_string()),
                    Err(_) => continue,
                },
                _ => in_one_form(&row.try_get_unchecked::<String, _>(at)?),
            };
            object.insert(column.name().to_owned(), value);
        }
        Ok(Object(object))
    }
}

/// An instant as PostgreSQL's are written; any other text as it is.
fn in_one_form(text: &str) -> Value {
    let instant = text.len() >= 25 && text.as_bytes().get(10) == Some(&b'T');
    match DateTime::parse_from_rfc3339(text).ok().filter(|_| instant) {
        Some(at) => serde_json::to_value(at.with_timezone(&Utc)).unwrap_or_default(),
        None => Value::String(text.to_owned()),
    }
}
