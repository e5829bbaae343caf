//! Links that sign in by themselves, in a demonstration alone.

use actix_web::{HttpRequest, web};

use crate::web::app::App;
use crate::web::entering::demonstration;
use crate::web::entering::onward::enter;
use crate::web::pages::router::Pages;
use crate::web::problem::Answer;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/demo/{secret}", &[], sign_in);
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    enter(&app, &demonstration::sign_in(&app, &request, &secret).await?, "/")
}
