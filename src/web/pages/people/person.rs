//! One person: who they are, what they have booked, and what can be done about them.

use askama::Template;

use super::invited::{Invited, Unreached, Went};
use super::shown::{Open, Who, here, school_name};
use crate::base::clock::london_date;
use crate::base::ids::PersonId;
use crate::booking::bookings;
use crate::members::hubs;
use crate::members::logins::{self, totp};
use crate::members::partners;
use crate::members::people::{self, Role, addresses};
use crate::reports::personal;
use crate::web::call::Call;
use crate::web::files;
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::{HUB_AND_LEADS, MANAGER};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/{id}", HUB_AND_LEADS, show);
    pages.get("/people/{id}/data", MANAGER, data);
}

#[derive(Template)]
#[template(path = "pages/people/person.html")]
struct Page {
    shell: Shell,
    who: Who,
    email: String,
    role: &'static str,
    school: Option<(String, String)>,
    partner: Option<String>,
    added: String,
    disabled: Option<String>,
    erased: bool,
    signed_in: bool,
    /// The latest invitation of who has not signed in.
    invited: Option<Invited>,
    /// For a manager: that letters do not reach them.
    unreached: Option<Unreached>,
    /// Whether the service sends e-mail.
    sends: bool,
    /// Whether their authenticator app is asked for.
    app: bool,
    deputy: bool,
    /// The address that they asked for, and until when its link works.
    asked_for: Option<(String, String)>,
    open: Vec<Open>,
    bookings: Option<String>,
    changes: bool,
    is_manager: bool,
    of_school: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (hub, now, mut tx) = (caller.hub(), caller.now(), caller.read().await?);
    let person = match seen::person(&caller, &mut tx).await {
        Ok(person) => person,
        Err(problem) => {
            let id: PersonId = caller.id("id")?;
            let kept = people::now_known_as(&mut tx, hub, id).await?;
            // What was kept of a record that was merged stands under another address.
            return if caller.sees_hub() && kept != id { Ok(see(&format!("/people/{kept}"))) } else { Err(problem) };
        }
    };
    let signed_in = !people::signing_in(&mut tx, hub, &[person.id]).await?.is_empty();
    let invited = if signed_in { None } else { Invited::of(&mut tx, &caller, &person).await? };
    let unreached = match caller.role() {
        Role::HubManager if person.disabled_at.is_none() => Unreached::of(&mut tx, &person).await?,
        _ => None,
    };
    let app = logins::find(&mut tx, &person.email).await?.is_some_and(|login| totp::is_on(&login));
    let pending = addresses::pending(&mut tx, hub, person.id, now).await?;
    let open = Open::all(&bookings::open_of(&mut tx, hub, person.id).await?);
    let school = school_name(&mut tx, hub, &person).await?;
    let deputy = match person.school_id {
        Some(school) => people::is_deputy(&mut tx, hub, school, person.id, london_date(now)).await?,
        None => false,
    };
    let partner = match person.partner_id {
        Some(partner) => partners::get(&mut tx, hub, partner).await?.map(|partner| partner.name.to_string()),
        None => None,
    };
    let who = Who::of(&mut tx, &caller, &person).await?;
    drop(tx);
    let shown = Page {
        shell: Shell::of(&caller, person.name.as_str(), here(&caller)).await?,
        who,
        email: person.email.to_string(),
        role: person.role.label(),
        school: person.school_id.zip(school).map(|(id, name)| (format!("/schools/{id}"), name)),
        partner,
        added: words::day_of(person.created_at),
        disabled: person.disabled_at.map(words::day_of),
        erased: person.erased_at.is_some(),
        signed_in,
        invited,
        unreached,
        sends: caller.app().postbox.takes(),
        app,
        deputy,
        asked_for: pending.map(|pending| (pending.email.to_string(), words::deadline(pending.expires_at))),
        open,
        bookings: person
            .school_id
            .map(|school| format!("/schools/{school}/bookings?person_id={}&state=all", person.id)),
        changes: caller.role() != Role::HubViewer && person.erased_at.is_none(),
        is_manager: person.role == Role::HubManager,
        of_school: matches!(person.role, Role::SchoolLead | Role::Teacher),
    };
    page(&caller, &shown).await
}

/// Everything that is held on somebody, made for paper.
async fn data(call: Call) -> Answer {
    let caller = call.allow()?;
    let (turn, id): (_, PersonId) = (caller.long_work()?, caller.id("id")?);
    let (mut tx, now) = (turn.db.read(caller.hub()).await?, caller.now());
    let held = personal::held(&mut tx, caller.vault(), (caller.hub(), id), now, false).await?;
    let held = held.ok_or_else(Problem::not_found)?;
    let hub = hubs::get(&mut tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    files::sheet_page(&personal::sheet(&held, &hub.name, london_date(now)))
}
