//! The page of every code of a problem, which a problem's `type` links to: what it means and what to do about it.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::headers;
use super::problem::{Answer, Code, Problem};

/// The pages: `/problems/{code}` is a problem's `type`, `/problems` lists them all.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/problems", web::get().to(all)).route("/problems/{code}", web::get().to(one));
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    title: &'static str,
    code: Code,
    status: u16,
    advice: &'static str,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct Index {
    codes: Vec<Page>,
}

fn page(code: Code) -> Page {
    Page { title: code.title(), code, status: code.status().as_u16(), advice: code.advice() }
}

async fn one(code: web::Path<String>) -> Answer {
    let code = Code::parse(&code).map_err(|_| Problem::new(Code::NotFound, "no problem has this code"))?;
    html(&page(code))
}

async fn all() -> Answer {
    html(&Index { codes: Code::ALL.iter().copied().map(page).collect() })
}

fn html(page: &impl Template) -> Answer {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be made");
        Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
    })?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    response.insert_header((header::CONTENT_SECURITY_POLICY, headers::PAGE));
    Ok(response.content_type("text/html; charset=utf-8").body(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::codes::page_of;

    #[test]
    fn every_code_has_a_page_that_says_what_it_means_and_what_to_do() {
        let index = Index { codes: Code::ALL.iter().copied().map(page).collect() }.render().unwrap();
        for code in Code::ALL {
            assert!(code.advice().ends_with('.'), "{code}");
            let page = page(*code).render().unwrap();
            assert!(page.contains(code.as_str()) && page.contains("What to do"), "{page}");
            assert!(index.contains(&format!("href=\"{}\"", page_of(*code))), "{code}");
        }
    }
}
