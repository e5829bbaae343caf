//! Lists as files for spreadsheets: the whole list, fetched a page at a time, so that neither its rows nor a database
//! connection wait for the reader. CSV is sent as it comes; a workbook goes to a file first, since its end is needed to
//! read its beginning.

use std::collections::{HashMap, HashSet};

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::accept::SheetFile;
use super::call::{Call, Caller};
use super::cells::{self, Kind};
use super::files::{file_name, internal, workbook};
use super::paced::{paced, pieces_of};
use super::problem::{Answer, Code, Problem};
use super::reply;
use super::rows::Rows;
use super::spoken;
use super::table::{Column, Table, id, text, with_names};
use super::takeout;
use crate::base::clock::london_date;
use crate::base::text::capitalised;
use crate::base::xlsx::{self, Long};
use crate::reports::{Named, names};

/// How many rows are fetched at once.
const AT_ONCE: u8 = 200;

impl Call {
    /// The answer for a list whose handler answers `page` by page: as it is, or as a file for spreadsheets where that is
    /// asked for, which is the whole list unless `limit` or `after` was sent.
    pub(crate) async fn pages<Page: Future<Output = Answer> + 'static>(
        self,
        page: impl Fn(Call) -> Page + 'static,
    ) -> Answer {
        let Some(file) = self.wants_file() else { return page(self).await };
        let whole = self.parameter("limit").is_none() && self.parameter("after").is_none();
        let mut first = page(if whole { self.at(AT_ONCE, None) } else { self.clone() }).await?;
        let rows = first.extensions_mut().remove::<Rows>();
        let Some(mut rows) = rows else { return Ok(first) };
        if !whole {
            rows.next = None;
        }
        match file {
            SheetFile::Csv => self.into_csv(first, rows, page).await,
            SheetFile::Workbook => self.into_workbook(&first, rows, page).await,
        }
    }

    async fn into_csv<Page: Future<Output = Answer> + 'static>(
        self,
        mut first: HttpResponse,
        rows: Rows,
        page: impl Fn(Call) -> Page + 'static,
    ) -> Answer {
        let next = rows.next.clone();
        let begin = self.written(rows, true).await?;
        first.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        let Some(next) = next else { return Ok(first.set_body(begin).map_into_boxed_body()) };
        let follow = stream::unfold((self, page, Some(next)), |(call, page, next)| async move {
            let next = next?;
            let followed = match call.follow(&page, &next).await {
                Ok(rows) => {
                    let after = rows.next.clone();
                    call.written(rows, false).await.map(|text| (text, after))
                }
                Err(problem) => Err(problem),
            };
            match followed {
                Ok((text, after)) => Some((Ok(Bytes::from(text)), (call, page, after))),
                Err(problem) => Some((Err(cut_off(&problem)), (call, page, None))),
            }
        });
        let whole = stream::once(async move { Ok::<_, actix_web::Error>(Bytes::from(begin)) }).chain(follow);
        Ok(like(&first).streaming(Box::pin(paced(whole))))
    }

    async fn into_workbook<Page: Future<Output = Answer> + 'static>(
        self,
        first: &HttpResponse,
        rows: Rows,
        page: impl Fn(Call) -> Page + 'static,
    ) -> Answer {
        let next = rows.next.clone();
        let name = file_name(self.uri().path());
        let mut response = like(first);
        response.content_type(xlsx::MEDIA_TYPE).insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}-{}.xlsx\"", london_date(self.now())),
        ));
        let mut book = Book::begin(&self, &name, rows).await?;
        let Some(next) = next else {
            return Ok(response.streaming(Box::pin(paced(pieces_of(book.end().await?)))));
        };
        // The rest is fetched with the answer under way, and not in the time that a request has for its handler.
        let file = async move {
            let mut next = Some(next);
            while let Some(after) = next {
                let rows = self.follow(&page, &after).await?;
                next = rows.next.clone();
                book = book.add(&self, rows).await?;
            }
            book.end().await
        };
        let whole = stream::once(async move { file.await.map(pieces_of).map_err(|problem| cut_off(&problem)) });
        Ok(response.streaming(Box::pin(paced(whole.try_flatten()))))
    }

    /// The page after this cursor.
    async fn follow<Page: Future<Output = Answer>>(
        &self,
        page: &impl Fn(Call) -> Page,
        after: &str,
    ) -> Result<Rows, Problem> {
        let mut answer = page(self.at(AT_ONCE, Some(after))).await?;
        let rows = answer.extensions_mut().remove::<Rows>();
        rows.ok_or_else(|| Problem::new(Code::Internal, "a page of the list has no rows"))
    }

    /// The rows as lines of CSV, with names beside the ids.
    async fn written(&self, rows: Rows, header: bool) -> Result<String, Problem> {
        let (columns, items) = self.named(rows).await?;
        text(&columns, &items, header)
    }

    /// The columns and items of these rows, with names beside the ids, as whoever takes them out reads them.
    async fn named(&self, rows: Rows) -> Result<(Vec<Column>, Vec<serde_json::Value>), Problem> {
        let Rows { columns, kinds, mut items, .. } = rows;
        let (fields, people) = (columns, takeout::for_people(&self.request));
        let columns = heads(columns, people);
        for (wanted, kind) in [
            (Named::School, "school"),
            (Named::SchoolUrn, spoken::URN),
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
        if !people {
            return Ok((columns, items));
        }
        let kinds: HashMap<&str, Kind> = fields.iter().copied().zip(kinds()).collect();
        let columns = spoken::columns(columns, |column| cells::kind(column, &kinds));
        spoken::items(&columns, |column| cells::kind(column, &kinds), &mut items);
        Ok((columns, items))
    }
}

impl Caller {
    /// The answer for a table that is not a list, as a file for spreadsheets.
    pub(crate) async fn table<T: Table>(&self, file: SheetFile, items: &[T]) -> Answer {
        let (name, day) = (file_name(self.uri().path()), london_date(self.now()));
        let Rows { columns, kinds, mut items, .. } = Rows::of(items, None)?;
        let kinds: HashMap<&str, Kind> = columns.iter().copied().zip(kinds()).collect();
        let mut columns: Vec<Column> = columns.iter().map(|column| Column::plain(column)).collect();
        let people = takeout::for_people(self.request());
        if people {
            columns = spoken::columns(columns, |column| cells::kind(column, &kinds));
            spoken::items(&columns, |column| cells::kind(column, &kinds), &mut items);
        }
        if file == SheetFile::Csv {
            let mut answer = reply::csv_text(text(&columns, &items, true)?);
            if let Ok(called) = HeaderValue::from_str(&format!("attachment; filename=\"{name}-{day}.csv\"")) {
                answer.headers_mut().insert(header::CONTENT_DISPOSITION, called);
            }
            return Ok(answer);
        }
        let tab = if people { tab(&name, true) } else { "table".to_owned() };
        let (headings, rows) = (cells::columns(&columns, &kinds), cells::rows(&columns, &kinds, &items));
        let sheet = xlsx::Sheet { name: tab.into(), columns: headings, rows };
        let book = xlsx::Book { title: name.clone(), made_at: self.now(), sheets: vec![sheet] };
        workbook(book, &format!("{name}-{day}")).await
    }
}

/// The columns of a list, with names beside the ids, and for people the numbers of schools.
fn heads(columns: &'static [&'static str], people: bool) -> Vec<Column> {
    let all = with_names(columns);
    if people { spoken::with_urns(all) } else { all }
}

/// The name on the tab of a sheet, by that of its file: what is in it. There is room for 31 letters, a number after them
/// among these.
fn tab(file: &str, people: bool) -> String {
    let last: String = file.rsplit('-').next().unwrap_or("list").chars().take(25).collect();
    if people { capitalised(&last) } else { last }
}

/// A workbook on its way, which is written off the threads that serve.
struct Book {
    long: Long,
    kinds: HashMap<&'static str, Kind>,
}

impl Book {
    /// Begins a workbook with the rows of the first page.
    async fn begin(call: &Call, name: &str, rows: Rows) -> Result<Book, Problem> {
        let kinds: HashMap<&str, Kind> = rows.columns.iter().copied().zip((rows.kinds)()).collect();
        let people = takeout::for_people(&call.request);
        let mut columns = heads(rows.columns, people);
        if people {
            columns = spoken::columns(columns, |column| cells::kind(column, &kinds));
        }
        let headings = cells::columns(&columns, &kinds);
        let (tab, now) = (tab(name, people), call.now());
        let long = written(move || Long::begin(&tab, headings, now)).await?;
        Book { long, kinds }.add(call, rows).await
    }

    async fn add(self, call: &Call, rows: Rows) -> Result<Book, Problem> {
        let Book { mut long, kinds } = self;
        let (columns, items) = call.named(rows).await?;
        written(move || {
            long.add(&cells::rows(&columns, &kinds, &items))?;
            Ok(Book { long, kinds })
        })
        .await
    }

    async fn end(self) -> Result<std::fs::File, Problem> {
        written(move || self.long.end()).await
    }
}

/// What is written off the threads that serve.
async fn written<T: Send + 'static>(
    write: impl FnOnce() -> Result<T, xlsx::Error> + Send + 'static,
) -> Result<T, Problem> {
    match web::block(write).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(xlsx::Error::NoRoom(error))) => Err(Problem::no_room(&error)),
        Ok(Err(error)) => Err(internal(&error)),
        Err(error) => Err(internal(&error)),
    }
}

/// An answer with the headers of the first page, but for those that are about it alone: what follows is read later than
/// its tag.
fn like(first: &HttpResponse) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(first.status());
    for (name, value) in first.headers() {
        if ![header::LINK, header::ETAG].contains(name) {
            answer.append_header((name.clone(), value.clone()));
        }
    }
    answer
}

/// The end of an answer that is not whole, so that nobody takes it for the whole.
fn cut_off(problem: &Problem) -> actix_web::Error {
    tracing::error!(?problem, "a list could not be sent to its end");
    actix_web::error::ErrorInternalServerError("the list could not be sent to its end")
}
