//! A person gets another role, or goes to another school: chosen, looked at, done.

use actix_web::http::Uri;
use askama::Template;

use super::choices::{self, Choices};
use super::shown::{Open, Who, here, roles};
use crate::base::clock::london_date;
use crate::base::ids::{PartnerId, SchoolId};
use crate::lifecycle::moving::{self, Preview};
use crate::lifecycle::quote::Quote;
use crate::members::partners;
use crate::members::people::{Person, Post, Role};
use crate::members::schools;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, asked, query};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::posts;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{MANAGER, MANAGER_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/{id}/move", MANAGER, show_move);
    pages.post("/people/{id}/move", MANAGER, do_move);
    pages.get("/people/{id}/role", MANAGER_AND_LEADS, show_role);
    pages.post("/people/{id}/role", MANAGER_AND_LEADS, do_role);
}

/// What is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    School,
    Role,
}

impl Of {
    fn word(self) -> &'static str {
        match self {
            Of::School => "move",
            Of::Role => "role",
        }
    }
}

/// What is chosen, as it stands in the address or in the form.
#[derive(Default, eserde::Deserialize)]
struct Choice {
    role: Option<Role>,
    school_id: Option<SchoolId>,
    partner_id: Option<PartnerId>,
}

#[derive(eserde::Deserialize)]
struct Fields {
    role: Role,
    school_id: Option<SchoolId>,
    partner_id: Option<PartnerId>,
    quote: Quote,
}

#[derive(Template)]
#[template(path = "pages/people/move.html")]
struct Move {
    shell: Shell,
    filled: Filled,
    who: Who,
    action: String,
    moves: bool,
    now: String,
    roles: Vec<(&'static str, &'static str)>,
    schools: Choices,
    partners: Choices,
}

#[derive(Template)]
#[template(path = "pages/people/move_preview.html")]
struct Look {
    shell: Shell,
    who: Who,
    action: String,
    moves: bool,
    becomes: String,
    same: bool,
    fields: Vec<(&'static str, String)>,
    ends: Vec<Open>,
    returned: String,
    stays: Vec<Open>,
}

async fn show_move(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Of::School).await
}

async fn show_role(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Of::Role).await
}

async fn do_move(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    go(&caller, Of::School, &sent).await
}

async fn do_role(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    go(&caller, Of::Role, &sent).await
}

async fn show(caller: &Caller, of: Of) -> Answer {
    let person = seen::person(caller, &mut caller.read().await?).await?;
    if caller.uri().query().is_none_or(|sent| !sent.contains("role=")) {
        return choose(caller, &person, of, Filled::default()).await;
    }
    match previewed(caller, &person, of, caller.uri()).await {
        Ok(preview) => look(caller, &person, of, preview).await,
        Err(problem) => choose(caller, &person, of, asked(caller.uri()).again(problem)?).await,
    }
}

async fn previewed(caller: &Caller, person: &Person, of: Of, address: &Uri) -> Result<Preview, Problem> {
    let choice: Choice = query(address)?;
    let post = post(caller, person, of, &choice)?;
    let mut tx = caller.read().await?;
    Ok(moving::preview(&mut tx, caller.hub(), person.id, post, london_date(caller.now())).await?)
}

/// The post that was chosen, if the caller may give it.
fn post(caller: &Caller, person: &Person, of: Of, choice: &Choice) -> Result<Post, Problem> {
    let role = choice.role.unwrap_or(person.role);
    let of_school = matches!(role, Role::SchoolLead | Role::Teacher);
    match of {
        Of::School => {
            let missing = || Problem::field("/school_id", "missing", "Choose the school that they go to");
            let school = choice.school_id.ok_or_else(missing)?;
            posts::at_school(person, school, choice.role).map_err(posts::WrongField::of_body)
        }
        Of::Role => {
            // Fields that do not go with the role are in the form all the same.
            let (school, partner) = (choice.school_id.filter(|_| of_school), choice.partner_id);
            let partner = partner.filter(|_| role == Role::Partner);
            let post = posts::with_role(person, role, school, partner).map_err(posts::WrongField::of_body)?;
            posts::may_appoint(caller, post)?;
            Ok(post)
        }
    }
}

async fn go(caller: &Caller, of: Of, sent: &Form) -> Answer {
    match gone(caller, of, sent).await {
        Err(problem) => {
            let person = seen::person(caller, &mut caller.read().await?).await?;
            choose(caller, &person, of, sent.again(problem)?).await
        }
        answer => answer,
    }
}

async fn gone(caller: &Caller, of: Of, sent: &Form) -> Answer {
    let Fields { role, school_id, partner_id, quote } = sent.read()?;
    let choice = Choice { role: Some(role), school_id, partner_id };
    caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(caller, journal.tx()).await?;
            let post = post(caller, &person, of, &choice)?;
            let person = moving::appoint(journal, person.id, post, Some(&quote)).await?;
            let done = if of == Of::School { "person-moved" } else { "role-changed" };
            Ok(Reply::see(&format!("/people/{}?done={done}", person.id)))
        })
        .await
}

async fn choose(caller: &Caller, person: &Person, of: Of, filled: Filled) -> Answer {
    let (mut tx, today) = (caller.read().await?, london_date(caller.now()));
    let (schools, partners) = match (of, caller.sees_hub()) {
        (_, false) => (Vec::new(), Vec::new()),
        (Of::School, true) => (choices::schools(&mut tx, caller.hub(), today, "Choose a school").await?, Vec::new()),
        (Of::Role, true) => (
            choices::schools(&mut tx, caller.hub(), today, "None, or where they are").await?,
            choices::partners(&mut tx, caller.hub(), "None, or where they are").await?,
        ),
    };
    let who = Who::of(&mut tx, caller, person).await?;
    let now = in_words(&mut tx, caller, Post::of(person)).await?;
    drop(tx);
    let mut roles = roles(caller);
    if of == Of::School {
        roles.retain(|(role, _)| [Role::SchoolLead.as_str(), Role::Teacher.as_str()].contains(role));
    }
    let moves = of == Of::School;
    let title = if moves { format!("Move {}", person.name) } else { format!("Role of {}", person.name) };
    let shown = Move {
        shell: Shell::of(caller, title, here(caller)).await?,
        filled: filled.or("role", person.role.as_str()),
        action: format!("{}/{}", who.path, of.word()),
        who,
        moves,
        now,
        roles,
        schools,
        partners,
    };
    page(caller, &shown).await
}

async fn look(caller: &Caller, person: &Person, of: Of, preview: Preview) -> Answer {
    let mut tx = caller.read().await?;
    let who = Who::of(&mut tx, caller, person).await?;
    let becomes = in_words(&mut tx, caller, Some(preview.post)).await?;
    drop(tx);
    let (role, school, partner) = preview.post.parts();
    let mut fields = vec![("role", role.to_string()), ("quote", preview.quote().as_str().to_owned())];
    fields.extend(school.map(|school| ("school_id", school.to_string())));
    fields.extend(partner.map(|partner| ("partner_id", partner.to_string())));
    let look = Look {
        shell: Shell::of(caller, format!("What changes for {}", person.name), here(caller)).await?,
        action: format!("{}/{}", who.path, of.word()),
        who,
        moves: of == Of::School,
        becomes,
        same: Post::of(person) == Some(preview.post),
        fields,
        returned: words::credits(preview.returned()),
        ends: Open::all(&preview.ends),
        stays: Open::all(&preview.stays),
    };
    page(caller, &look).await
}

/// A post as a page says it: `CPD lead at Acton High`.
async fn in_words(tx: &mut crate::base::db::Tx, caller: &Caller, post: Option<Post>) -> Result<String, Problem> {
    let Some(post) = post else { return Ok(String::new()) };
    let (role, school, partner) = post.parts();
    let at = match (school, partner) {
        (Some(school), _) => schools::get(tx, caller.hub(), school).await?.map(|school| school.details.name),
        (None, Some(partner)) => partners::get(tx, caller.hub(), partner).await?.map(|partner| partner.name),
        (None, None) => None,
    };
    Ok(at.map_or_else(|| role.label().to_owned(), |at| format!("{} at {at}", role.label())))
}
