//! Signing in with an identity provider: the way there. The way back is the provider's one address of the service, which
//! leads to a page again.

use actix_web::http::header;
use actix_web::{HttpRequest, web};

use crate::web::app::App;
use crate::web::browser;
use crate::web::entering::onward::{next_of, via};
use crate::web::entering::openid;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::see;
use crate::web::problem::{Answer, Code};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in/with/{provider}", &[], begin);
}

async fn begin(app: web::Data<App>, request: HttpRequest, provider: web::Path<String>) -> Answer {
    let next = next_of(request.query_string());
    match openid::begin(&app, &request, &provider, None).await {
        Ok(asked) => {
            let mut response = see(&asked.to);
            browser::add(&mut response, &openid::of_page(&app, &asked, &next))?;
            let known = header::HeaderValue::try_from(asked.cookie.as_str()).ok();
            known.into_iter().for_each(|known| response.headers_mut().append(header::SET_COOKIE, known));
            Ok(response)
        }
        Err(problem) if problem.code() == Code::NotFound => Err(problem),
        Err(problem) => Ok(see(&via(&format!("/sign-in?failed={}", problem.code()), &next))),
    }
}
