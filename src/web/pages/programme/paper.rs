//! What is printed for an event: the badges of its delegates, and the sheet that they sign at the door.

use askama::Template;

use super::head::{Head, way};
use super::register::{Tab, meant, of_path, tabs, turned};
use crate::base::ids::SessionId;
use crate::base::qr;
use crate::base::text::shortened;
use crate::booking::registers::{Code, Entry, by_name};
use crate::members::people::Role;
use crate::web::call::{Call, Caller};
use crate::web::files::internal;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/paper", EVERYONE, choose);
    pages.get("/events/{id}/badges", EVERYONE, badges);
    pages.get("/events/{id}/sign-in-sheet", EVERYONE, sheet);
}

/// How many delegates are on a page of the sheet that they sign.
const AT_ONCE: i64 = 200;
/// How many badges are on a page: three sheets of ten. A picture takes most of a kilobyte however it is compressed, and a page
/// has thirty.
const BADGES_AT_ONCE: i64 = 30;

/// How many characters of a title a badge has room for.
const ON_A_BADGE: usize = 80;

#[derive(eserde::Deserialize)]
struct Query {
    session: Option<SessionId>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/programme/paper.html")]
struct Paper {
    shell: Shell,
    head: Head,
    sessions: Vec<Tab>,
}

async fn choose(call: Call) -> Answer {
    let caller = call.allow()?;
    let (registers, head) = of_path(&caller, &mut caller.read().await?, "paper").await?;
    let here = meant(&registers.sessions, None, caller.now()).ok_or_else(Problem::not_found)?.id;
    let shell = Shell::of(&caller, "To print", way(caller.role())).await?;
    page(&caller, &Paper { shell, head, sessions: tabs(&registers.sessions, here) }).await
}

/// A badge.
struct Badge {
    name: String,
    school: String,
    /// The delegate's code as a picture, for those who give codes out.
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/programme/badges.html")]
struct Badges {
    shell: Shell,
    head: Head,
    /// The event's title, as far as a badge has room for it.
    title: String,
    badges: Vec<Badge>,
    unnamed: usize,
    next: Option<String>,
}

/// A page of those on the register of a session.
struct OnRegister {
    head: Head,
    tabs: Vec<Tab>,
    session: Tab,
    entries: Vec<Entry>,
    /// Where the next page begins.
    next: Option<String>,
}

async fn on_register(caller: &Caller, asked: &Query, at_once: i64) -> Result<OnRegister, Problem> {
    let mut tx = caller.read().await?;
    let (registers, head) = of_path(caller, &mut tx, "paper").await?;
    let session = meant(&registers.sessions, asked.session, caller.now()).ok_or_else(Problem::not_found)?;
    let (of, after) = ((registers.event.id, session.id), place_after(caller, asked.after.as_deref()));
    let mut entries = by_name::of_session(&mut tx, &caller.person, of, None, after, at_once + 1).await?;
    let next = turned(&mut entries, at_once, |last| last);
    let only = tabs(std::slice::from_ref(session), of.1).into_iter().next().ok_or_else(Problem::not_found)?;
    Ok(OnRegister { head, tabs: tabs(&registers.sessions, of.1), session: only, entries, next })
}

async fn badges(call: Call) -> Answer {
    let caller = call.allow()?;
    let OnRegister { head, entries, next, .. } = on_register(&caller, &asked_for(&caller)?, BADGES_AT_ONCE).await?;
    let (mut badges, mut unnamed) = (Vec::new(), 0);
    for entry in entries {
        let (Some(person), Some(name)) = (entry.person_id, entry.person_name) else {
            unnamed += 1;
            continue;
        };
        let code = match caller.role() {
            Role::HubManager => {
                let code = Code::issue(caller.keys(), caller.hub(), entry.booking_id, person);
                Some(picture(&code.map_err(|error| internal(&error))?.address(caller.public_url()))?)
            }
            Role::HubViewer | Role::SchoolLead | Role::Teacher | Role::Partner => None,
        };
        badges.push(Badge { name: name.as_str().to_owned(), school: entry.school_name.as_str().to_owned(), code });
    }
    let shell = Shell::of(&caller, "Badges", way(caller.role())).await?;
    let title = shortened(&head.title, ON_A_BADGE);
    page(&caller, &Badges { shell, head, title, badges, unnamed, next }).await
}

/// A QR code as it stands in a page: without the head of a file.
fn picture(text: &str) -> Result<String, Problem> {
    let file = qr::svg(text).map_err(|error| internal(&error))?;
    Ok(file.find("<svg").and_then(|at| file.get(at..)).unwrap_or_default().to_owned())
}

#[derive(Template)]
#[template(path = "pages/programme/sign_in_sheet.html")]
struct Sheet {
    shell: Shell,
    head: Head,
    tabs: Vec<Tab>,
    session: Tab,
    /// What opens the register of the session.
    code: String,
    rows: Vec<(String, String)>,
    next: Option<String>,
}

async fn sheet(call: Call) -> Answer {
    let caller = call.allow()?;
    let asked = asked_for(&caller)?;
    let OnRegister { head, tabs, session, entries, next } = on_register(&caller, &asked, AT_ONCE).await?;
    let address =
        format!("{}/events/{}/register?session={}", caller.public_url().trim_end_matches('/'), head.id, session.id);
    let row = |entry: Entry| {
        let name = entry.person_name.map_or(String::new(), |name| name.as_str().to_owned());
        (name, entry.school_name.as_str().to_owned())
    };
    let rows = entries.into_iter().map(row).collect();
    let shell = Shell::of(&caller, "Sign-in sheet", way(caller.role())).await?;
    page(&caller, &Sheet { shell, head, tabs, session, code: picture(&address)?, rows, next }).await
}
