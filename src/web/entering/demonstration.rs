//! Links that sign in by themselves, in a demonstration alone.

use actix_web::HttpRequest;

use crate::base::db;
use crate::members::logins::{self, Begun, Entry, Means};
use crate::web::app::App;
use crate::web::problem::Problem;

/// Signs in whom the link is for.
pub(crate) async fn sign_in(app: &App, request: &HttpRequest, secret: &str) -> Result<Begun, Problem> {
    let known = app.settings.demonstration.iter().find(|known| known.secret == secret);
    let email = &known.ok_or_else(Problem::not_found)?.email;
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let login = logins::of_address(&mut tx, email, app.clock.now()).await?;
        let entry = Entry { second_factor: true, ..Entry::from(Means::Operator) };
        let begun = super::begin(app, &mut tx, request, &login, entry).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await
}
