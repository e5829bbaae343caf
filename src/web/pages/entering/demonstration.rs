//! Links that sign in by themselves, in a demonstration alone.

use actix_web::{HttpRequest, web};

use super::sign_in::enter;
use crate::base::db;
use crate::members::logins::{self, Entry, Means};
use crate::web::app::App;
use crate::web::entering;
use crate::web::pages::router::Pages;
use crate::web::problem::{Answer, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/demo/{secret}", &[], sign_in);
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    let known = app.settings.demonstration.iter().find(|(known, _)| *known == *secret);
    let (_, email) = known.ok_or_else(Problem::not_found)?;
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let login = logins::of_address(&mut tx, email, app.clock.now()).await?;
        let entry = Entry { second_factor: true, ..Entry::from(Means::Operator) };
        let begun = entering::begin(&app, &mut tx, &request, &login, entry).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await?;
    enter(&app, &begun, "/")
}
