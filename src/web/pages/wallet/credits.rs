//! The wallets of a school, what they hold for what, and the year month by month.

use askama::Template;

use super::labels::{crumb, here};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::text::counted;
use crate::base::year::AcademicYear;
use crate::credits::transfers::{self, Filter, State};
use crate::members::people::Role;
use crate::reports::{self, HeldFor, Month, WalletLine};
use crate::web::call::Call;
use crate::web::pages::chart::{Chart, Series, Shown};
use crate::web::pages::form::Filled;
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::asked_for;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::roles::HUB_AND_LEADS;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/credits", HUB_AND_LEADS, own);
    pages.get("/schools/{id}/credits", HUB_AND_LEADS, show);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    year: Option<AcademicYear>,
}

/// A wallet: a row of the table.
struct Row {
    year: String,
    wallet: &'static str,
    /// Until when it can be spent; none where its year is closed.
    until: Option<String>,
    came: String,
    available: String,
    held: String,
    spent: String,
    lapsed: String,
    /// What else came in and went out, in words.
    beside: Vec<String>,
}

/// What credits are held for.
struct Held {
    title: String,
    path: String,
    when: String,
    what: String,
    held: String,
    back: String,
}

#[derive(Template)]
#[template(path = "pages/wallet/credits.html")]
struct Page {
    shell: Shell,
    crumb: (String, String),
    path: String,
    year: String,
    available: String,
    held_all: String,
    spent: String,
    lapsed: String,
    expiry: Option<(String, String)>,
    offered: usize,
    rows: Vec<Row>,
    held: Vec<Held>,
    coming_back: String,
    filled: Filled,
    years: Vec<(String, String)>,
    chart: Chart,
    is_lead: bool,
}

async fn own(call: Call) -> Answer {
    let caller = call.allow()?;
    Ok(see(&caller.own_school().map_or("/schools".to_owned(), |school| format!("/schools/{school}/credits"))))
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (hub, now) = (caller.hub(), caller.now());
    let current = AcademicYear::of(london_date(now)).unwrap_or(AcademicYear::FIRST);
    let year = asked_for::<Query>(&caller)?.year.unwrap_or(current);
    let mut tx = caller.read().await?;
    let school = seen::school_past(&caller, &mut tx).await?;
    let view = reports::wallet(&mut tx, hub, school.id, now).await?;
    let months = reports::school_year(&mut tx, hub, school.id, year, now).await?;
    let offers = Filter { school: Some(school.id), state: Some(State::Offered), year: None };
    let offers = transfers::list(&mut tx, hub, offers, None, 100).await?;
    drop(tx);
    let mut years: Vec<AcademicYear> = view.wallets.iter().map(|line| line.year).chain([current, year]).collect();
    years.sort_unstable_by_key(|year| year.first_day());
    years.dedup();
    let of_year = || view.wallets.iter().filter(|line| line.year == year).map(|line| line.sums);
    let sum = |of: fn(&reports::Sums) -> Credits| words::credits(of_year().map(|sums| of(&sums)).sum());
    let path = format!("/schools/{}", school.id);
    let shown = Page {
        shell: Shell::of(&caller, "Credits", here(&caller)).await?,
        crumb: crumb(&school),
        year: year.to_string(),
        available: sum(|sums| sums.available),
        held_all: sum(|sums| sums.held),
        spent: sum(|sums| sums.spent),
        lapsed: sum(|sums| sums.lapsed),
        expiry: view.soonest_expiry.map(|it| (words::credits(it.credits), words::day(it.expires_on))),
        offered: offers.iter().filter(|gift| gift.to_school_id == school.id).count(),
        rows: view.wallets.iter().map(Row::of).collect(),
        coming_back: words::credits(view.total.coming_back),
        held: view.held.iter().map(Held::of).collect(),
        filled: Filled::with([("year", year.to_string())]),
        years: years.iter().rev().map(|year| (year.to_string(), year.to_string())).collect(),
        chart: chart(year, &months),
        is_lead: caller.role() == Role::SchoolLead,
        path,
    };
    page(&caller, &shown).await
}

fn chart(year: AcademicYear, months: &[Month]) -> Chart {
    let of = |name, of: fn(&Month) -> Credits| Series::of_credits(name, months.iter().map(of));
    let sum = |of: fn(&Month) -> Credits| words::credits(months.iter().map(of).sum());
    let moved =
        |month: &Month| [month.allocated, month.held, month.spent, month.lapsed].iter().any(|amount| !amount.is_zero());
    // All twelve months are there from the first: once something moved in the second half of the year, that is seen first.
    let far = months.iter().rposition(moved).is_some_and(|last| last >= 6);
    let chart = Chart::of(Shown {
        id: "year",
        title: format!("Credits of {year}, month by month"),
        desc: format!(
            "{} allocated, {} spent, {} held, {} lapsed over the year.",
            sum(|month| month.allocated),
            sum(|month| month.spent),
            sum(|month| month.held),
            sum(|month| month.lapsed),
        ),
        of: "Month",
        labels: months.iter().map(|month| month.first.format("%b %y").to_string()).collect(),
        series: vec![
            of("Allocated", |month| month.allocated),
            of("Held, by when it was paid", |month| month.held),
            of("Spent, by when it was paid", |month| month.spent),
            of("Lapsed", |month| month.lapsed),
        ],
        stacked: false,
    })
    .at_the_top();
    if far { chart.of_times() } else { chart }
}

impl Row {
    fn of(line: &WalletLine) -> Row {
        let sums = line.sums;
        let came = sums.allocated + sums.topped_up + sums.earned + sums.received + sums.adjusted + sums.carried_in;
        let beside = [
            ("allocated", sums.allocated),
            ("bought", sums.topped_up),
            ("earned", sums.earned),
            ("given by other schools", sums.received),
            ("corrected", sums.adjusted),
            ("carried in from the year before", sums.carried_in),
            ("given to other schools", sums.given),
            ("carried over to the next year", sums.carried_over),
        ];
        let beside = beside.into_iter().filter(|(_, amount)| !amount.is_zero());
        Row {
            year: line.year.to_string(),
            wallet: line.wallet.label(),
            until: line.expires_on.map(words::short_day),
            came: words::amount(came),
            available: words::amount(sums.available),
            held: words::amount(sums.held),
            spent: words::amount(sums.spent),
            lapsed: words::amount(sums.lapsed),
            beside: beside.map(|(what, amount)| format!("{} {what}", words::amount(amount))).collect(),
        }
    }
}

impl Held {
    fn of(held: &HeldFor) -> Held {
        let path = match (held.event_id, held.commission_id) {
            (Some(event), _) => format!("/events/{event}"),
            (None, Some(commission)) => format!("/support/commissions/{commission}"),
            (None, None) => "/support".to_owned(),
        };
        Held {
            title: held.title.to_string(),
            path,
            when: words::day_of(held.starts_at),
            what: match (held.event_id, held.bookings) {
                (None, _) => "Support".to_owned(),
                (Some(_), many) => counted(many, "place"),
            },
            held: words::amount(held.held),
            back: words::amount(held.coming_back),
        }
    }
}
