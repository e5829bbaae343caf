//! Lists as CSV for spreadsheets: the whole list, fetched a page at a time and sent as it comes, so that neither its
//! rows nor a database connection wait for the reader.

use std::collections::{HashMap, HashSet};

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::{StreamExt, stream};
use uuid::Uuid;

use super::call::Call;
use super::paced::paced;
use super::problem::{Answer, Code, Problem};
use super::table::{Rows, id, text, with_names};
use crate::reports::{Named, names};

/// How many rows are fetched at once.
const AT_ONCE: u8 = 200;

impl Call {
    /// The answer for a list whose handler answers `page` by page: as it is, or as CSV where that is asked for, which
    /// is the whole list unless `limit` or `after` was sent.
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

    /// The page after this cursor, and the cursor of the next one.
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

    /// The rows as lines of CSV, with names beside the ids.
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
                    item[column.name.as_str()] = name.map_or(serde_json::Value::Null, serde_json::Value::String);
                }
            }
        }
        text(&columns, &items, header)
    }
}
