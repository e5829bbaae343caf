//! What goes out as a whole file: sheets as PDF or as a page to print, and workbooks for spreadsheets.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::headers;
use super::problem::{Answer, Code, Problem};
use crate::base::pdf::{self, Block, Fonts, Sheet};
use crate::base::xlsx::{self, Book};

/// The answer for a sheet, as a PDF file of this name, written off the threads that serve.
pub(crate) async fn pdf(sheet: Sheet, name: &str, fonts: Arc<Fonts>) -> Answer {
    let written = web::block(move || sheet.write(&fonts)).await;
    let file = match written {
        Ok(Ok(file)) => file,
        Ok(Err(error @ pdf::Error::NoFont { .. })) => {
            let advice = "; whoever runs the service can give it a folder of fonts";
            return Err(Problem::new(Code::NoFont, format!("{error}{advice}")));
        }
        Ok(Err(error)) => return Err(internal(&error)),
        Err(error) => return Err(internal(&error)),
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}.pdf\"")));
    Ok(response.content_type("application/pdf").body(file))
}

/// The answer for a workbook, as a file of this name, written off the threads that serve.
pub(crate) async fn workbook(book: Book, name: &str) -> Answer {
    let file = match web::block(move || book.write()).await {
        Ok(Ok(file)) => file,
        Ok(Err(xlsx::Error::NoRoom(error))) => return Err(Problem::no_room(&error)),
        Ok(Err(error)) => return Err(internal(&error)),
        Err(error) => return Err(internal(&error)),
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.xlsx\"")));
    Ok(response.content_type(xlsx::MEDIA_TYPE).body(file))
}

/// A sheet as a page. What people wrote is escaped by the template.
#[derive(Template)]
#[template(path = "sheet.html")]
struct Page<'a> {
    sheet: &'a Sheet,
    /// For each block the heading that it stands under.
    headings: Vec<&'a str>,
}

/// The answer for a sheet, as a page to print.
pub(crate) fn sheet_page(sheet: &Sheet) -> Answer {
    page(&Page { sheet, headings: sheet.headings() })
}

/// The answer for a page to print.
pub(crate) fn page(page: &impl Template) -> Answer {
    let page = page.render().map_err(|error| internal(&error))?;
    let mut response = HttpResponse::Ok();
    let style = page.split_once("<style>").and_then(|(_, after)| Some(after.split_once("</style>")?.0));
    let policy = headers::of_paper(&Sha256::digest(style.unwrap_or_default()));
    response.insert_header((header::VARY, "Accept")).insert_header((header::CONTENT_SECURITY_POLICY, policy));
    Ok(response.content_type("text/html; charset=utf-8").body(page))
}

/// What a file is called in which this path is taken out, without its ending: `schools-statement`.
pub(crate) fn file_name(path: &str) -> String {
    let path = path.trim_end_matches(".csv").trim_end_matches(".xlsx");
    let words =
        path.trim_start_matches("/v1").split('/').filter(|part| !part.is_empty() && Uuid::parse_str(part).is_err());
    let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    words.map(|word| word.chars().map(kept).collect::<String>()).collect::<Vec<_>>().join("-")
}

pub(crate) fn internal(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a file could not be written");
    Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_after_what_is_in_them() {
        assert_eq!(file_name("/v1/people"), "people");
        assert_eq!(file_name("/reports/schools.xlsx"), "reports-schools");
        assert_eq!(file_name("/v1/schools/01990000-0000-7000-8000-000000000000/statement"), "schools-statement");
        assert_eq!(file_name("/v1/years/2026-27/close/lines"), "years-2026-27-close-lines");
        assert_eq!(file_name("/v1/\"x\r\n"), "-x--");
    }
}
