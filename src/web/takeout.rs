//! Files that people take out of the pages: `/files/people.csv?text=hart` is the list that `/v1/people?text=hart` gives as
//! CSV, for whoever is signed in by their cookie, in the [words](super::spoken) of people; `.xlsx`, `.pdf` and `.html`, a
//! page for paper, likewise. What is refused comes as a page.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::{HttpMessage, HttpRequest, web};

use super::app::App;
use super::files::file_name;
use super::problem::Problem;
use crate::base::clock::london_date;
use crate::base::xlsx;

/// Where files are asked for.
const PLACE: &str = "/files/";

/// The endings, each with what its files are.
const KINDS: &[(&str, &str)] =
    &[("csv", "text/csv"), ("xlsx", xlsx::MEDIA_TYPE), ("pdf", "application/pdf"), (PAGE, "text/html")];

/// The ending of what is looked at, and not kept as a file.
const PAGE: &str = "html";

/// The page for paper that says the same as a PDF of the pages, by the PDF's address.
pub(super) fn on_paper(pdf: &Uri) -> Option<String> {
    let path = pdf.path().strip_suffix(".pdf")?.trim_start_matches(PLACE).trim_start_matches('/');
    let query = pdf.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{PLACE}{path}.{PAGE}{query}"))
}

/// A file that is taken out.
#[derive(Clone)]
struct Takeout {
    /// The address that was asked for.
    asked: Uri,
    ending: &'static str,
    media_type: &'static str,
}

/// Leads a request for a file to what the API answers. Whatever else is asked for stays as it is.
pub(super) fn lead(request: &mut ServiceRequest) {
    let looks = request.method() == Method::GET || request.method() == Method::HEAD;
    let found = request.path().strip_prefix(PLACE).and_then(|rest| rest.rsplit_once('.')).filter(|_| looks);
    let Some((list, wanted)) = found else { return };
    let Some((ending, media_type)) = KINDS.iter().copied().find(|(ending, _)| *ending == wanted) else { return };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(uri) = format!("/v1/{list}{query}").parse::<Uri>() else { return };
    let asked = request.uri().clone();
    request.extensions_mut().insert(Takeout { asked, ending, media_type });
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(media_type));
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// The address that was asked for, where a file is taken out.
pub(super) fn asked(request: &HttpRequest) -> Option<Uri> {
    request.extensions().get::<Takeout>().map(|takeout| takeout.asked.clone())
}

/// Whether what is asked for is a file for people, by a link of a page, and no answer of the API for a program.
pub(super) fn for_people(request: &HttpRequest) -> bool {
    asked(request).is_some() || !request.path().starts_with("/v1/")
}

/// Why what was answered is no file of the kind that was asked for, where it is none.
pub(super) fn is_none<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let takeout = response.request().extensions().get::<Takeout>().cloned()?;
    let answered = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let right = answered.split(';').next() == Some(takeout.media_type);
    (response.status().is_success() && !right).then(Problem::not_found)
}

/// Gives the file a name, where it has none.
pub(super) fn name<B>(response: &mut ServiceResponse<B>) {
    let takeout = response.request().extensions().get::<Takeout>().cloned();
    let unnamed = response.status().is_success() && !response.headers().contains_key(header::CONTENT_DISPOSITION);
    let (Some(takeout), true) = (takeout.filter(|takeout| takeout.ending != PAGE), unnamed) else { return };
    let day = response.request().app_data::<web::Data<App>>().map(|app| london_date(app.clock.now()));
    let day = day.map(|day| format!("-{day}")).unwrap_or_default();
    let name = format!("{}{day}.{}", file_name(response.request().path()), takeout.ending);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pdf_has_its_page_for_paper() {
        let page = |pdf: &'static str| on_paper(&Uri::from_static(pdf));
        assert_eq!(page("/files/me/cpd-record.pdf?year=1").as_deref(), Some("/files/me/cpd-record.html?year=1"));
        assert_eq!(page("/schools/1/statement.pdf").as_deref(), Some("/files/schools/1/statement.html"));
        assert_eq!(page("/files/people.csv"), None);
    }
}
