//! The first hour of a service: its first hub and manager, by the link that `serve` prints where there is no database.

use actix_web::{HttpRequest, web};
use askama::Template;
use sha2::{Digest, Sha256};

use super::said::on_form;
use crate::base::config::Way;
use crate::base::db::{self, Db};
use crate::base::text::{Email, Line};
use crate::members::hubs;
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, Begun, Entry, Means};
use crate::members::people;
use crate::web::app::App;
use crate::web::call::origin;
use crate::web::entering::again::or_before;
use crate::web::entering::onward::enter;
use crate::web::entering::{self, ways};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::problem::{Answer, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/set-up/{secret}", &[], show);
    pages.post("/set-up/{secret}", &[], found);
}

/// Where whoever has founded the hub goes on.
const FOUNDED: &str = "/set-up?done=founded";

#[derive(Template)]
#[template(path = "pages/year/found.html")]
struct Found {
    shell: Shell,
    filled: Filled,
    secret: String,
    /// Whether the hub has its name, and its manager is asked for.
    named: bool,
}

async fn show(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    require(&app, *app.founding.lock().await, &secret).await?;
    shown(&app, &request, &secret, Filled::default(), false)
}

fn shown(app: &App, request: &HttpRequest, secret: &str, filled: Filled, named: bool) -> Answer {
    let title = if named { "Who manages it?" } else { "What is your hub called?" };
    let shell = Shell::for_anyone(app, request, title);
    let view = Found { shell, filled, secret: secret.to_owned(), named };
    open_page(app, request, &view.shell, &view)
}

/// Refuses any other secret, and this one once there is a hub.
async fn require(app: &App, open: Option<[u8; 32]>, secret: &str) -> Result<(), Problem> {
    let given: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    if open != Some(given) {
        return Err(Problem::not_found());
    }
    ways::open(app, Way::Password)?;
    if hubs::any(&app.db, &app.settings.database).await? { Err(Problem::not_found()) } else { Ok(()) }
}

#[derive(eserde::Deserialize)]
struct Name {
    hub_name: Line,
}

#[derive(eserde::Deserialize)]
struct Manager {
    hub_name: Line,
    name: Line,
    email: Email,
    password: Password,
}

async fn found(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>, form: Form) -> Answer {
    // Whoever founds the hub holds it: of two who press the button, one does.
    let mut open = app.founding.lock().await;
    if let Err(problem) = require(&app, *open, &secret).await {
        return enter(&app, &or_before(&app, &request, Err(problem)).await?, FOUNDED);
    }
    if !form.has("email") {
        return match form.read::<Name>() {
            Ok(Name { hub_name }) => {
                shown(&app, &request, &secret, Filled::with([("hub_name", hub_name.as_str())]), true)
            }
            Err(problem) => shown(&app, &request, &secret, form.refused(&problem), false),
        };
    }
    match founded(&app, &request, &form).await {
        Ok(begun) => {
            *open = None;
            enter(&app, &begun, FOUNDED)
        }
        Err(problem) => {
            let problem = on_form(problem)?;
            shown(&app, &request, &secret, form.refused(&problem), true)
        }
    }
}

/// Makes the database, the hub in it, and its manager, who signs in. Of several processes, one does at a time.
async fn founded(app: &App, request: &HttpRequest, form: &Form) -> Result<Begun, Problem> {
    let read = form.read().map_err(|problem| problem.without_values_of(&["password"]));
    let Manager { hub_name, name, email, password } = read?;
    let local = email.as_str().split('@').next().unwrap_or_default().to_owned();
    let names = [name.as_str().to_owned(), email.as_str().to_owned(), local, hub_name.as_str().to_owned()];
    passwords::judge(&password, &names)?;
    let hash = app.hashing.turn().await?.hash(password.as_str()).await?;
    let made = Db::made(&app.settings.database, 1).await?;
    let alone = made.alone().await?;
    let begun = first(app, request, (hub_name, name, email), &hash).await;
    alone.end().await?;
    made.close().await;
    begun
}

/// Founds the hub, unless another process was first, and signs its manager in.
async fn first(
    app: &App,
    request: &HttpRequest,
    (hub_name, name, email): (Line, Line, Email),
    hash: &str,
) -> Result<Begun, Problem> {
    if hubs::any(&app.db, &app.settings.database).await? {
        return Err(Problem::not_found());
    }
    let (origin, now) = (origin(app, request), app.clock.now());
    let (hub, link) = people::found_hub(&app.db, hub_name, name, email, &origin, now).await?;
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let accepted = people::accept(&mut tx, &link, now).await?.ok_or_else(Problem::not_found)?;
        let login = logins::of_address(&mut tx, &accepted.person.email, now).await?;
        logins::prove(&mut tx, &login, false, now).await?;
        passwords::set(&mut tx, &login, hash, now, None).await?;
        let login = logins::of_address(&mut tx, &accepted.person.email, now).await?;
        let entry = Entry::from(Means::Operator).into_hub(Some(hub.id));
        let begun = entering::begin(app, &mut tx, request, &login, entry).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await
}
