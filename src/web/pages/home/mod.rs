//! Home: what needs somebody now, what is next, what happened.

mod tasks;

use askama::Template;
use chrono::{DateTime, Utc};

use super::catalogue::bookable;
use super::labels::Labelled;
use super::places::{self, Coming};
use super::router::Pages;
use super::shell::{Shell, page};
use super::told::Notice;
use super::words;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::year::AcademicYear;
use crate::booking::bookings;
use crate::members::people::Role;
use crate::messages::notices;
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::events::State;
use crate::reports;
use crate::web::call::{Call, Caller};
use crate::web::problem::{Answer, Problem};
use crate::web::roles::EVERYONE;
use tasks::Task;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/", EVERYONE, home);
}

/// How many places, events and notices are shown.
const FEW: i64 = 5;

/// How many events are read for these: more than end on one day.
const TODAYS: i64 = 50;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    shell: Shell,
    takes_places: bool,
    /// Whether this is for a manager of a hub whose service sends no e-mail.
    sends_nothing: bool,
    tasks: Vec<Task>,
    /// What a lead's school has to spend, by academic year.
    balances: Vec<(String, String)>,
    coming: Vec<Coming>,
    events: Vec<Next>,
    notices: Vec<Notice>,
}

/// An event to come, for those who take no places.
struct Next {
    path: String,
    title: String,
    when: String,
    places: String,
}

async fn home(call: Call) -> Answer {
    let caller = call.allow()?;
    let takes_places = matches!(caller.role(), Role::SchoolLead | Role::Teacher);
    let (hub, me, now) = (caller.hub(), caller.person.id, caller.now());
    let mut tx = caller.read().await?;
    let mut own = if takes_places { bookings::live_of(&mut tx, hub, me, 200).await? } else { Vec::new() };
    own.retain(|view| view.ends_at > now);
    let tasks = tasks::of(&caller, &mut tx, &own).await?;
    own.truncate(usize::try_from(FEW).unwrap_or(usize::MAX));
    let coming = places::coming(&caller, &mut tx, own).await?;
    let events = if takes_places { Vec::new() } else { next(&caller, &mut tx).await? };
    let balances = balances(&caller, &mut tx).await?;
    let mut told = Vec::new();
    for one in notices::list(&mut tx, hub, me, false, None, FEW).await? {
        told.push(Notice::of(&mut tx, &one, &caller.person, caller.now()).await?);
    }
    drop(tx);
    let template = Home {
        shell: Shell::of(&caller, "Home", "/").await?,
        takes_places,
        sends_nothing: caller.role() == Role::HubManager && !caller.app().postbox.takes(),
        tasks,
        balances,
        coming,
        events: events.into_iter().map(|entry| Next::of(entry, caller.now())).collect(),
        notices: told,
    };
    page(&caller, &template).await
}

/// What the school of a lead has to spend in each year that can still be spent.
async fn balances(caller: &Caller, tx: &mut Tx) -> Result<Vec<(String, String)>, Problem> {
    let Some(school) = caller.own_school().filter(|_| caller.role() == Role::SchoolLead) else { return Ok(Vec::new()) };
    let wallet = reports::wallet(tx, caller.hub(), school, caller.now()).await?;
    let mut years: Vec<(AcademicYear, Credits)> = Vec::new();
    for line in wallet.wallets.iter().filter(|line| line.expires_on.is_some()) {
        match years.iter_mut().find(|(year, _)| *year == line.year) {
            Some((_, available)) => *available = *available + line.sums.available,
            None => years.push((line.year, line.sums.available)),
        }
    }
    Ok(years.into_iter().map(|(year, available)| (year.to_string(), words::credits(available))).collect())
}

/// The next events that the caller sees: the hub's, or a partner's own.
async fn next(caller: &Caller, tx: &mut Tx) -> Result<Vec<Entry>, Problem> {
    let filter = catalogue::Filter {
        from: Some(london_date(caller.now())),
        state: Some(State::Published),
        ..catalogue::Filter::default()
    };
    let mut next = catalogue::list(tx, caller.hub(), View::of(&caller.person), &filter, None, TODAYS).await?;
    // What is over since this morning is not to come.
    next.retain(|entry| entry.ends_at > caller.now());
    next.truncate(usize::try_from(FEW).unwrap_or(usize::MAX));
    Ok(next)
}

impl Next {
    fn of(entry: Entry, now: DateTime<Utc>) -> Next {
        Next {
            path: format!("/events/{}", entry.id),
            title: entry.title.as_str().to_owned(),
            when: words::held_at(entry.starts_at, entry.ends_at, entry.sessions),
            places: bookable(&entry, now).0,
        }
    }
}
