//! What goes out: records with their ETag, pages with their cursor, rows for spreadsheets.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::problem::{Answer, Code, Problem};
use super::rows::Rows;
use super::table;
pub(crate) use super::table::Table;
use crate::base::text::Line;
use crate::ledger::idempotency::Stored;

/// A successful answer, in a form that can be stored for an `Idempotency-Key` and repeated.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    /// 200 with a record.
    pub(crate) fn ok<T: Serialize>(record: &T) -> Result<Reply, Problem> {
        let body = serde_json::to_string(record).map_err(|error| {
            tracing::error!(%error, "an answer could not be written");
            Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
        })?;
        Ok(Reply { status: StatusCode::OK, headers: Vec::new(), body })
    }

    /// 201 with a new record and its location.
    pub(crate) fn created<T: Serialize>(location: String, record: &T) -> Result<Reply, Problem> {
        let mut reply = Reply::ok(record)?;
        reply.status = StatusCode::CREATED;
        reply.headers.push(("location".to_owned(), location));
        Ok(reply)
    }

    /// 202: it was taken, and more is to be done elsewhere.
    pub(crate) fn accepted() -> Reply {
        Reply { status: StatusCode::ACCEPTED, headers: Vec::new(), body: String::new() }
    }

    /// 204: there is nothing to send.
    pub(crate) fn nothing() -> Reply {
        Reply { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: String::new() }
    }

    /// 303: a form of a page did what it says, and this page says so.
    pub(crate) fn see(path: &str) -> Reply {
        let headers = vec![("location".to_owned(), path.to_owned())];
        Reply { status: StatusCode::SEE_OTHER, headers, body: String::new() }
    }

    /// Adds the ETag of the record's version.
    pub(crate) fn with_version(mut self, version: i64) -> Reply {
        self.headers.push(("etag".to_owned(), etag(version)));
        self
    }

    /// The HTTP response.
    pub(crate) fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        if self.body.is_empty() {
            return response.finish();
        }
        response.content_type("application/json").body(self.body)
    }
}

impl From<Stored> for Reply {
    fn from(stored: Stored) -> Self {
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
        Reply { status, headers: stored.headers, body: stored.body }
    }
}

impl From<Reply> for Stored {
    fn from(reply: Reply) -> Self {
        Stored { status: reply.status.as_u16(), headers: reply.headers, body: reply.body }
    }
}

/// The ETag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T: ToSchema> {
    /// The items, in the order of the list.
    pub(crate) items: Vec<T>,
    /// Send it as `after` for the next page; null at the end.
    pub(crate) next: Option<String>,
}

/// A cursor of a list: opaque to callers.
pub(crate) fn cursor<T: Serialize>(key: &T) -> Option<String> {
    serde_json::to_vec(key).ok().map(hex::encode)
}

/// The key that a cursor stands for.
pub(crate) fn read_cursor<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    hex::decode(cursor).ok().and_then(|key| serde_json::from_slice(&key).ok()).map(Some).ok_or_else(no_such_page)
}

/// The refusal of a cursor that no page of the list gave.
pub(crate) fn no_such_page() -> Problem {
    Problem::field("after", "invalid", "must be the `next` of a page of this list")
}

/// Which page of a list without filters.
#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The most items on the page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl PageQuery {
    /// The key after which the page begins, and its limit.
    pub(crate) fn read<K: DeserializeOwned>(self) -> Result<(Option<K>, Limit), Problem> {
        Ok((read_cursor(self.after.as_deref())?, self.limit.unwrap_or_default()))
    }
}

/// Which page of a list of names.
#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NamesQuery {
    /// With this in their name; capitals, accents, apostrophes and full stops make no difference.
    pub(crate) text: Option<Line>,
    /// The most items on the page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl NamesQuery {
    /// The key after which the page begins, and its limit.
    pub(crate) fn read<K: DeserializeOwned>(&self) -> Result<(Option<(String, K)>, Limit), Problem> {
        Ok((read_cursor(self.after.as_deref())?, self.limit.unwrap_or_default()))
    }
}

/// How many items a page has: 1 to 200, or 50 where it is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(i64);

impl Default for Limit {
    fn default() -> Self {
        Limit(50)
    }
}

impl Limit {
    fn parse(text: &str) -> Result<Limit, String> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let limit = digits.then(|| text.parse().ok()).flatten();
        limit
            .filter(|limit| (1..=200).contains(limit))
            .map(Limit)
            .ok_or_else(|| "must be a whole number from 1 to 200".to_owned())
    }

    /// The most items on the page.
    pub(crate) fn whole(self) -> i64 {
        self.0
    }

    /// One more than the page has, which shows whether another page follows.
    pub(crate) fn and_one(self) -> i64 {
        self.0 + 1
    }

    /// Removes what is beyond the page; the cursor of the page after it, which begins after the key of the last row.
    pub(crate) fn turn<R, K: Serialize>(self, rows: &mut Vec<R>, key: impl Fn(&R) -> K) -> Option<String> {
        let more = self.cut(rows);
        rows.last().filter(|_| more).and_then(|last| cursor(&key(last)))
    }

    /// Removes what is beyond the page; returns whether there was anything.
    pub(crate) fn cut<R>(self, rows: &mut Vec<R>) -> bool {
        let more = rows.len() > self.size();
        rows.truncate(self.size());
        more
    }

    /// How many items a page has at most.
    pub(crate) fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(200)
    }
}

impl<'de> serde::Deserialize<'de> for Limit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Limit::parse(&text).map_err(serde::de::Error::custom)
    }
}

crate::base::db::types::reports_errors!(Limit);

/// The answer for a list: `rows` has one more than the page where another follows; `key` is what the next page begins
/// after; where a file for spreadsheets was asked for, its rows, for [`super::call::Call::pages`] to write.
pub(crate) fn list<R, K: Serialize, T: Table>(
    mut rows: Vec<R>,
    limit: Limit,
    as_rows: bool,
    uri: &actix_web::http::Uri,
    key: impl Fn(&R) -> K,
    item: impl Fn(R) -> T,
) -> Answer {
    let next = limit.turn(&mut rows, key);
    let items: Vec<T> = rows.into_iter().map(item).collect();
    listed(items, next, as_rows, uri)
}

/// The answer for a list of which the page and the cursor of the next are known.
pub(crate) fn listed<T: Table>(
    items: Vec<T>,
    next: Option<String>,
    as_rows: bool,
    uri: &actix_web::http::Uri,
) -> Answer {
    let mut response = HttpResponse::Ok();
    if let Some(next) = &next {
        response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", next_address(uri, next))));
    }
    response.insert_header((header::VARY, "Accept"));
    if as_rows {
        let mut answer = response.finish();
        answer.extensions_mut().insert(Rows::of(&items, next)?);
        return Ok(answer);
    }
    let page = Reply::ok(&Page { items, next })?;
    Ok(response.content_type("application/json").body(page.body))
}

/// The answer for a table that is not a list, as CSV.
pub(crate) fn csv<T: Table>(items: &[T]) -> Answer {
    let Rows { columns, items, .. } = Rows::of(items, None)?;
    Ok(csv_text(table::table(columns, &items)?))
}

/// The answer with a whole CSV file.
pub(super) fn csv_text(text: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept")).content_type("text/csv; charset=utf-8").body(text)
}

/// Removes what is beyond a page; the address of the page after it.
pub(crate) fn next_page<R, K: Serialize>(
    rows: &mut Vec<R>,
    limit: Limit,
    uri: &actix_web::http::Uri,
    key: impl Fn(&R) -> K,
) -> Option<String> {
    limit.turn(rows, key).map(|next| next_address(uri, &next))
}

pub(crate) fn next_address(uri: &actix_web::http::Uri, next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "after"),
    );
    query.append_pair("after", next);
    format!("{}?{}", uri.path(), query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        let text = cursor(&("a", 1)).unwrap();
        assert_eq!(read_cursor::<(String, i64)>(Some(&text)).unwrap(), Some(("a".to_owned(), 1)));
        assert!(read_cursor::<(String, i64)>(Some("zz")).is_err());
        assert!(read_cursor::<i64>(Some(&text)).is_err());
    }

    #[test]
    fn limits_are_from_one_to_two_hundred() {
        assert_eq!(Limit::parse("200"), Ok(Limit(200)));
        for wrong in ["0", "201", "-1", "+5", "", "1.5", "99999999999999999999"] {
            assert!(Limit::parse(wrong).is_err(), "{wrong}");
        }
    }
}
