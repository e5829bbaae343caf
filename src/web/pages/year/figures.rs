//! The year in figures: credits, places, and what to look at.

use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::years::{BESIDES, Told, figures, told};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::text::{self, counted};
use crate::base::year::AcademicYear;
use crate::booking::bookings::{self, Undecided};
use crate::booking::registers::{self, ToComplete};
use crate::credits::allocation::{self, State};
use crate::members::people::Role;
use crate::members::years::{self, Year};
use crate::messages::outbox;
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::events;
use crate::reports::{self, MonthFigures, YearFigures};
use crate::support::commissions::Reach;
use crate::support::commissions::disputes::{self, Unresolved};
use crate::web::call::{Call, Caller};
use crate::web::pages::chart::{Chart, Series, Shown};
use crate::web::pages::form::Filled;
use crate::web::pages::list_query::asked_for;
use crate::web::pages::programme::drafts;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/hub", HUB, show);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    year: Option<AcademicYear>,
}

/// How many of each are named.
const NAMED: i64 = 10;

/// An approval is about to expire where this much time is left.
const SOON: TimeDelta = TimeDelta::hours(48);

struct Risk {
    path: String,
    title: String,
    when: String,
    has: String,
    decide: String,
    late: bool,
}

struct Expiring {
    path: String,
    who: String,
    what: String,
    until: String,
    /// Whether only the hub can decide.
    by_hub: bool,
}

/// What waits for the hub: what it is, and what is to be done about it.
struct Waits {
    path: String,
    title: String,
    more: String,
    what: String,
}

struct Filling {
    path: String,
    title: String,
    when: String,
    taken: i64,
    capacity: i64,
    waiting: i64,
}

#[derive(Template)]
#[template(path = "pages/year/hub.html")]
struct Hub {
    shell: Shell,
    filled: Filled,
    years: Vec<(String, String)>,
    year: String,
    before: Option<String>,
    figures: Vec<Told>,
    allocated: String,
    /// What came into its wallets besides, each that there is: with it, what came in is what was spent, is held, is left,
    /// lapsed or was carried over.
    besides: Vec<(&'static str, String)>,
    spent: String,
    held: String,
    available: String,
    /// What is left, as the head of a sentence: `1 credit is`, `575 credits are`.
    unspent: String,
    lapses: Option<String>,
    lapses_soon: bool,
    lapsed: Option<String>,
    carried_over: Option<String>,
    /// How many events there are with how many places, in words.
    events: String,
    /// How many of these are taken, in words.
    filled_places: String,
    waiting: i64,
    percent: i64,
    months: Option<Chart>,
    fill: Option<Chart>,
    filling: Vec<Filling>,
    drafts: Vec<(String, String)>,
    to_publish: Vec<(String, String, String)>,
    risks: Vec<Risk>,
    expiring: Vec<Expiring>,
    waits: Vec<Waits>,
    unbooked: Vec<(String, String, String)>,
    unbooked_more: bool,
    begun: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let (mut tx, hub, today) = (caller.read().await?, caller.hub(), london_date(caller.now()));
    let mut all = years::list(&mut tx, hub, None, 200).await?;
    let Some(year) = query.year.or_else(|| usual(&all, today)) else {
        drop(tx);
        return nothing_yet(&caller).await;
    };
    if all.iter().all(|known| known.year != year) {
        return Err(Problem::not_found());
    }
    let (now, before) = figures(&mut tx, hub, year, today).await?;
    let of = |at_risk, limit| {
        (
            catalogue::Filter {
                at_risk,
                from: Some(today),
                state: Some(events::State::Published),
                ..catalogue::Filter::default()
            },
            limit,
        )
    };
    let (filter, limit) = of(Some(true), NAMED);
    let risks = catalogue::list(&mut tx, hub, View::All, &filter, None, limit).await?;
    let (filter, limit) = of(None, NAMED);
    let mut soon = catalogue::list(&mut tx, hub, View::All, &filter, None, limit).await?;
    // What is over since this morning is not to come.
    soon.retain(|entry| entry.ends_at > caller.now());
    let waits = waits(&caller, &mut tx).await?;
    let undecided = bookings::undecided(&mut tx, hub, None, None, NAMED).await?;
    let ours = bookings::left_to_hub(&mut tx, hub, &undecided, today).await?;
    let filter = allocation::Filter { state: Some(State::Draft), ..allocation::Filter::default() };
    let drafts = allocation::list(&mut tx, hub, filter, None, NAMED).await?;
    let to_publish = drafts::of_partners(&caller, &mut tx).await?;
    let mut unbooked = reports::schools_without_bookings(&mut tx, hub, year, today, NAMED + 1).await?;
    drop(tx);
    let more = unbooked.len() > 10;
    unbooked.truncate(10);
    all.reverse();
    let open = all.iter().any(|known| known.year == year && known.state == years::State::Open);
    let left = now.sums.available > Credits::ZERO && open;
    let last_day = year.last_day();
    let until = caller.now() + SOON;
    let is_ours = |it: &&Undecided| ours.contains(&it.view.booking.id);
    let soon_over = |it: &&Undecided| it.view.booking.approve_by.is_some_and(|by| by <= until);
    let expiring = undecided.iter().filter(|it| is_ours(it) || soon_over(it));
    let view = Hub {
        shell: Shell::of(&caller, format!("The year {year} in figures"), "/hub").await?,
        filled: Filled::with([("year", year.to_string())]),
        years: all.iter().map(|it| (it.year.to_string(), it.year.to_string())).collect(),
        year: year.to_string(),
        figures: told(&now, before.as_ref().map(|(_, figures)| figures)),
        before: before.map(|(year, _)| year.to_string()),
        allocated: words::credits(now.sums.allocated),
        besides: besides(&now),
        spent: words::credits(now.sums.spent),
        held: words::credits(now.sums.held),
        available: words::credits(now.sums.available),
        unspent: format!(
            "{} {}",
            words::credits(now.sums.available),
            if words::amount(now.sums.available) == "1" { "is" } else { "are" }
        ),
        lapses: left.then(|| words::day(last_day)),
        lapses_soon: last_day - today <= TimeDelta::days(92),
        lapsed: (now.sums.lapsed > Credits::ZERO).then(|| words::credits(now.sums.lapsed)),
        carried_over: (now.sums.carried_over > Credits::ZERO).then(|| words::credits(now.sums.carried_over)),
        events: format!(
            "{} with {}; {} taken",
            counted(now.booked.events, "event"),
            counted(now.booked.places, "place"),
            words::number(now.booked.taken)
        ),
        filled_places: format!("{} of {}", words::number(now.booked.taken), words::number(now.booked.places)),
        waiting: now.booked.waiting,
        percent: percent(now.booked.taken, now.booked.places),
        months: Some(months(&now, year)),
        fill: fill(&soon),
        filling: soon.iter().map(Filling::of).collect(),
        drafts: drafts.iter().map(|it| (format!("/allocations/{}", it.id), super::allocations::title(it))).collect(),
        to_publish,
        risks: risks.iter().map(|it| Risk::of(it, today)).collect(),
        expiring: expiring.map(|it| Expiring::of(it, is_ours(&it))).collect(),
        waits,
        unbooked: unbooked
            .into_iter()
            .map(|it| (format!("/schools/{}", it.id), it.name, words::amount(it.available)))
            .collect(),
        unbooked_more: more,
        begun: true,
    };
    page(&caller, &view).await
}

/// The disputes that have not ended, the events that are over and not completed, and for a manager whom letters do not reach.
async fn waits(caller: &Caller, tx: &mut Tx) -> Result<Vec<Waits>, Problem> {
    let (hub, now) = (caller.hub(), caller.now());
    let disputed = disputes::unresolved(tx, hub, Reach::Hub, NAMED).await?;
    let over = registers::to_complete(tx, hub, now, NAMED).await?;
    let unreached = match caller.role() {
        Role::HubManager => outbox::how_many_unreached(tx, hub).await?,
        _ => 0,
    };
    let disputed = disputed.iter().map(|dispute| Waits::of_dispute(dispute, now));
    let letters = (unreached > 0).then(|| Waits::of_letters(unreached));
    Ok(disputed.chain(over.iter().map(Waits::of_event)).chain(letters).collect())
}

/// The year that is shown where none is asked for: this one, or the latest that there is.
fn usual(all: &[Year], today: NaiveDate) -> Option<AcademicYear> {
    let now = AcademicYear::of(today);
    let this = all.iter().find(|known| Some(known.year) == now);
    this.or_else(|| all.last()).map(|known| known.year)
}

/// A hub without a year has no figures.
async fn nothing_yet(caller: &Caller) -> Answer {
    let view = Hub {
        shell: Shell::of(caller, "The year in figures", "/hub").await?,
        filled: Filled::default(),
        years: Vec::new(),
        year: String::new(),
        before: None,
        figures: Vec::new(),
        allocated: String::new(),
        besides: Vec::new(),
        spent: String::new(),
        held: String::new(),
        available: String::new(),
        unspent: String::new(),
        lapses: None,
        lapses_soon: false,
        lapsed: None,
        carried_over: None,
        events: String::new(),
        filled_places: String::new(),
        waiting: 0,
        percent: 0,
        months: None,
        fill: None,
        filling: Vec::new(),
        drafts: Vec::new(),
        to_publish: Vec::new(),
        risks: Vec::new(),
        expiring: Vec::new(),
        waits: Vec::new(),
        unbooked: Vec::new(),
        unbooked_more: false,
        begun: false,
    };
    page(caller, &view).await
}

/// What came into the wallets of a year besides what was allocated, each that there is. Between its schools nothing is won or
/// lost.
fn besides(of: &YearFigures) -> Vec<(&'static str, String)> {
    let received = of.sums.received - of.sums.given;
    let all = BESIDES.map(|(what, figure)| (what, figure(of)));
    let all = all.into_iter().chain([("Received from other schools, less what was given", received)]);
    all.filter(|(_, amount)| !amount.is_zero()).map(|(what, amount)| (what, words::credits(amount))).collect()
}

fn percent(part: i64, whole: i64) -> i64 {
    if whole == 0 { 0 } else { part * 100 / whole }
}

/// What became of the year's credits, month by month.
fn months(of: &YearFigures, year: AcademicYear) -> Chart {
    let name = |month: &MonthFigures| month.month.first_day().format("%B");
    let most = of.months.iter().max_by_key(|month| month.spent).filter(|month| month.spent > Credits::ZERO);
    let desc = match most {
        Some(month) => format!("Most was spent in {}: {}.", name(month), words::credits(month.spent)),
        None => "Nothing has been spent yet.".to_owned(),
    };
    let row = |name, figure: fn(&MonthFigures) -> Credits| Series::of_credits(name, of.months.iter().map(figure));
    let series = vec![
        row("Allocated", |month| month.allocated),
        row("Spent", |month| month.spent),
        row("Held at its end", |month| month.held),
        row("Lapsed", |month| month.lapsed),
    ];
    let labels = of.months.iter().map(|month| month.month.first_day().format("%b").to_string()).collect();
    let title = format!("Credits allocated, spent, held and lapsed, month by month in {year}");
    Chart::of(Shown { id: "months", title, desc, of: "Month", labels, series, stacked: false }).of_times()
}

/// How full the next events are.
fn fill(soon: &[Entry]) -> Option<Chart> {
    if soon.is_empty() {
        return None;
    }
    let taken = soon.iter().map(|it| it.held);
    let free = soon.iter().map(|it| (it.capacity - it.held).max(0));
    let full = soon.iter().filter(|it| it.held >= it.capacity).count();
    let desc =
        format!("{full} of the next {} {} full.", counted(soon.len(), "event"), if full == 1 { "is" } else { "are" });
    let series = vec![Series::of_numbers("Places taken", taken), Series::of_numbers("Places left", free)];
    let labels = soon.iter().map(|it| london_date(it.starts_at).format("%-d %b").to_string());
    let title = "Places of the next events".to_owned();
    let heads = soon.iter().map(|it| format!("{}, {}", it.title, words::short_day_of(it.starts_at)));
    let labels = labels.collect();
    let chart = Chart::of(Shown { id: "fill", title, desc, of: "Event", labels, series, stacked: true });
    Some(chart.with_heads(heads))
}

impl Waits {
    fn of_dispute(it: &Unresolved, now: DateTime<Utc>) -> Waits {
        Waits {
            path: format!("/support/commissions/{}", it.commission_id),
            title: it.title.to_string(),
            more: it.milestone.to_string(),
            what: if it.is_heard(now) {
                "Disputed, to be decided".to_owned()
            } else {
                format!("Disputed, cases until {}", words::deadline(it.cases_until))
            },
        }
    }

    fn of_letters(people: i64) -> Waits {
        Waits {
            path: "/letters?state=dead".to_owned(),
            title: format!("Letters to {}", text::people(people)),
            more: "Refused by the mail server, or come back".to_owned(),
            what: "Did not arrive".to_owned(),
        }
    }

    fn of_event(it: &ToComplete) -> Waits {
        Waits {
            path: format!("/events/{}/manage", it.event_id),
            title: it.event_title.to_string(),
            more: format!("Ended on {}", words::moment(it.ended_at)),
            what: "Over, to be completed".to_owned(),
        }
    }
}

impl Filling {
    fn of(it: &Entry) -> Filling {
        Filling {
            path: format!("/events/{}", it.id),
            title: it.title.to_string(),
            when: words::held(it.starts_at, it.ends_at, it.sessions),
            taken: it.held,
            capacity: it.capacity,
            waiting: it.waiting,
        }
    }
}

impl Risk {
    fn of(it: &Entry, today: NaiveDate) -> Risk {
        let needs = it.minimum.map_or_else(String::new, |minimum| format!(" of the {minimum} that it needs"));
        Risk {
            path: format!("/events/{}", it.id),
            title: it.title.to_string(),
            when: words::held(it.starts_at, it.ends_at, it.sessions),
            has: format!("{}{needs}", counted(it.held, "delegate")),
            decide: it.decide_by.map_or_else(
                || "no day set to decide".to_owned(),
                |day| format!("decide by {}", words::short_day(day)),
            ),
            late: it.decide_by.is_some_and(|day| day.num_days_from_ce() - today.num_days_from_ce() <= 7),
        }
    }
}

impl Expiring {
    fn of(it: &Undecided, by_hub: bool) -> Expiring {
        let view = &it.view;
        Expiring {
            path: format!("/places/{}", view.booking.id),
            who: format!("{}, {}", view.delegate(), view.school_name),
            what: view.event_title.to_string(),
            until: view.booking.approve_by.map_or_else(String::new, words::deadline),
            by_hub,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn nothing_of_nothing_is_nothing() {
        assert_eq!((percent(0, 0), percent(1, 3), percent(5, 5)), (0, 33, 100));
    }
}
