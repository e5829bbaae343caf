//! What only managers do to one school: its details and numbers, its rolls, and its leaving the hub.

use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;

use super::said::{self, on_form};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::SchoolId;
use crate::base::text::{Day, Line, Urn};
use crate::booking::bookings;
use crate::members::people;
use crate::members::schools::{self, Details, MOST_PUPILS, Membership, NewIdentifier, Phase, Recorded, Scheme, School};
use crate::reports;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/manage", HUB, manage);
    pages.get("/schools/{id}/manage/details", MANAGER, details);
    pages.post("/schools/{id}/manage/details", MANAGER, change);
    pages.get("/schools/{id}/manage/numbers", MANAGER, numbers);
    pages.post("/schools/{id}/manage/numbers", MANAGER, give_number);
    pages.get("/schools/{id}/manage/rolls", MANAGER, roll);
    pages.post("/schools/{id}/manage/rolls", MANAGER, record);
    pages.get("/schools/{id}/manage/leaving", MANAGER, leaving);
    pages.post("/schools/{id}/manage/leaving", MANAGER, leave);
}

/// How many rolls and numbers the page shows; the files have them all.
const SHOWN: i64 = 100;

struct Number {
    scheme: &'static str,
    value: String,
    from: String,
    until: String,
    now: bool,
}

struct Counted {
    day: String,
    pupils: String,
    revision: i64,
    recorded: String,
    counts: bool,
}

#[derive(Template)]
#[template(path = "pages/year/school.html")]
struct Manage {
    shell: Shell,
    id: SchoolId,
    name: String,
    urn: String,
    phase: &'static str,
    kind: String,
    authority: String,
    membership: &'static str,
    standing: String,
    tone: &'static str,
    joined: String,
    left: Option<String>,
    successor: Option<(String, String)>,
    numbers: Vec<Number>,
    rolls: Vec<Counted>,
}

/// The school of the path.
async fn found(caller: &Caller, tx: &mut Tx) -> Result<School, Problem> {
    schools::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)
}

async fn manage(call: Call) -> Answer {
    let caller = call.allow()?;
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let school = found(&caller, &mut tx).await?;
    let numbers = schools::identifiers(&mut tx, hub, school.id, None, SHOWN).await?;
    let rolls = schools::rolls(&mut tx, hub, school.id, None, SHOWN).await?;
    let successor = match school.successor_id {
        Some(id) => schools::get(&mut tx, hub, id).await?,
        None => None,
    };
    drop(tx);
    let today = london_date(caller.now());
    let (standing, tone) = said::standing(&school, today);
    let or_none = |line: Option<Line>| line.map_or_else(|| "Not recorded".to_owned(), |line| line.to_string());
    let shell = Shell::of(&caller, format!("Manage {}", school.details.name), "/schools").await?;
    let details = school.details;
    let view = Manage {
        shell,
        id: school.id,
        name: details.name.to_string(),
        urn: details.urn.to_string(),
        phase: details.phase.label(),
        kind: or_none(details.establishment_type),
        authority: or_none(details.local_authority),
        membership: said::membership(details.membership),
        standing,
        tone,
        joined: details.joined_on.map_or_else(|| "From the beginning".to_owned(), words::day),
        left: details.left_on.map(words::day),
        successor: successor.map(|it| (format!("/schools/{}", it.id), it.details.name.to_string())),
        numbers: numbers.into_iter().map(|it| Number::of(&it, today)).collect(),
        rolls: counted(rolls),
    };
    page(&caller, &view).await
}

impl Number {
    fn of(number: &schools::Identifier, today: NaiveDate) -> Number {
        let spell = number.spell;
        Number {
            scheme: said::scheme(number.scheme),
            value: number.value.to_string(),
            from: spell.valid_from.map_or_else(|| "the beginning".to_owned(), words::short_day),
            until: spell.valid_until.map_or_else(String::new, words::short_day),
            now: spell.holds_on(today),
        }
    }
}

/// The rolls as they are shown, of which the newest of each census counts.
fn counted(rolls: Vec<schools::Roll>) -> Vec<Counted> {
    let mut last = None;
    let row = |roll: schools::Roll| Counted {
        day: words::short_day(roll.census_date),
        pupils: words::number(roll.pupils),
        revision: roll.revision,
        recorded: words::short_day_of(roll.recorded_at),
        counts: last.replace(roll.census_date) != Some(roll.census_date),
    };
    rolls.into_iter().map(row).collect()
}

/// A form about one school.
struct About {
    id: SchoolId,
    name: String,
}

impl About {
    fn of(school: &School) -> About {
        About { id: school.id, name: school.details.name.to_string() }
    }
}

#[derive(Template)]
#[template(path = "pages/year/school_details.html")]
struct EditDetails {
    shell: Shell,
    filled: Filled,
    school: About,
    phases: Vec<(&'static str, &'static str)>,
    memberships: Vec<(&'static str, &'static str)>,
}

async fn details(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = found(&caller, &mut caller.read().await?).await?;
    details_shown(&caller, &school, details_of(&school)).await
}

/// The details as they are, in the form.
fn details_of(school: &School) -> Filled {
    let text = |line: &Option<Line>| line.as_ref().map_or_else(String::new, ToString::to_string);
    let it = &school.details;
    Filled::with([
        ("version", school.version.to_string()),
        ("name", it.name.to_string()),
        ("urn", it.urn.to_string()),
        ("phase", it.phase.to_string()),
        ("membership", it.membership.to_string()),
        ("joined_on", it.joined_on.map_or_else(String::new, |day| day.to_string())),
        ("establishment_type", text(&it.establishment_type)),
        ("local_authority", text(&it.local_authority)),
    ])
}

async fn details_shown(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let shell = Shell::of(caller, format!("Details of {}", school.details.name), "/schools").await?;
    let (phases, memberships) = (options::<Phase>(), said::memberships());
    page(caller, &EditDetails { shell, filled, school: About::of(school), phases, memberships }).await
}

#[derive(eserde::Deserialize)]
struct DetailFields {
    version: Whole,
    urn: Urn,
    name: Line,
    phase: Phase,
    establishment_type: Option<Line>,
    local_authority: Option<Line>,
    membership: Membership,
    joined_on: Option<Day>,
}

async fn change(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match changed(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            let school = found(&caller, &mut caller.read().await?).await?;
            details_shown(&caller, &school, filled.beside(details_of(&school))).await
        }
        done => done,
    }
}

async fn changed(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, fields) = (caller.id("id")?, form.read::<DetailFields>()?);
    caller
        .write(form.bytes(), async |journal| {
            let old = schools::get(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let details = Details {
                urn: fields.urn.clone(),
                name: fields.name.clone(),
                phase: fields.phase,
                establishment_type: fields.establishment_type.clone(),
                local_authority: fields.local_authority.clone(),
                membership: fields.membership,
                joined_on: fields.joined_on.map(|day| day.0),
                left_on: old.details.left_on,
            };
            schools::change(journal, id, fields.version.0, details).await?;
            Ok(Reply::see(&format!("/schools/{id}/manage?done=school-changed")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/school_number.html")]
struct GiveNumber {
    shell: Shell,
    filled: Filled,
    school: About,
    schemes: Vec<(&'static str, &'static str)>,
}

async fn numbers(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = found(&caller, &mut caller.read().await?).await?;
    number_shown(&caller, &school, Filled::default()).await
}

async fn number_shown(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let shell = Shell::of(caller, format!("A new number of {}", school.details.name), "/schools").await?;
    let schemes = Scheme::ALL.iter().map(|it| (it.as_str(), said::scheme(*it))).collect();
    page(caller, &GiveNumber { shell, filled, school: About::of(school), schemes }).await
}

#[derive(eserde::Deserialize)]
struct NumberFields {
    scheme: Scheme,
    value: Line,
    from: Option<Day>,
}

async fn give_number(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match number_given(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            let school = found(&caller, &mut caller.read().await?).await?;
            number_shown(&caller, &school, filled).await
        }
        done => done,
    }
}

async fn number_given(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, NumberFields { scheme, value, from }) = (caller.id::<SchoolId>("id")?, form.read()?);
    let new = NewIdentifier::new(scheme, value, from.map(|day| day.0))
        .map_err(|reason| Problem::field("/value", "invalid", reason))?;
    caller
        .write(form.bytes(), async |journal| {
            schools::identify(journal, id, &new).await?;
            Ok(Reply::see(&format!("/schools/{id}/manage?done=number-given")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/school_roll.html")]
struct RecordRoll {
    shell: Shell,
    filled: Filled,
    school: About,
    rolls: Vec<Counted>,
}

async fn roll(call: Call) -> Answer {
    let caller = call.allow()?;
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let school = found(&caller, &mut tx).await?;
    let newest = schools::rolls(&mut tx, hub, school.id, None, 1).await?.pop();
    drop(tx);
    let day = newest.map_or_else(String::new, |roll| roll.census_date.to_string());
    roll_shown(&caller, &school, Filled::with([("census_date", day)])).await
}

async fn roll_shown(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let rolls = schools::rolls(&mut caller.read().await?, caller.hub(), school.id, None, 10).await?;
    let shell = Shell::of(caller, format!("Pupils on roll at {}", school.details.name), "/schools").await?;
    page(caller, &RecordRoll { shell, filled, school: About::of(school), rolls: counted(rolls) }).await
}

#[derive(eserde::Deserialize)]
struct RollFields {
    census_date: Day,
    pupils: Whole,
}

async fn record(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match recorded(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            let school = found(&caller, &mut caller.read().await?).await?;
            roll_shown(&caller, &school, filled).await
        }
        done => done,
    }
}

async fn recorded(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, RollFields { census_date, pupils }) = (caller.id::<SchoolId>("id")?, form.read()?);
    let pupils = u32::try_from(pupils.0).ok().filter(|pupils| *pupils <= MOST_PUPILS);
    let wrong = || Problem::field("/pupils", "invalid", format!("must be a whole number from 0 to {MOST_PUPILS}"));
    let pupils = pupils.ok_or_else(wrong)?;
    caller
        .write(form.bytes(), async |journal| {
            let done = match schools::record_roll(journal, id, census_date.0, pupils).await? {
                Recorded::New(_) => "roll-recorded",
                Recorded::Unchanged(_) => "roll-unchanged",
            };
            Ok(Reply::see(&format!("/schools/{id}/manage?done={done}")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/school_leaving.html")]
struct Leaving {
    shell: Shell,
    filled: Filled,
    school: About,
    left: Option<String>,
    available: String,
    held: String,
    bookings: usize,
    people: usize,
}

async fn leaving(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = found(&caller, &mut caller.read().await?).await?;
    leaving_shown(&caller, &school, leaving_of(&school)).await
}

/// The day on which the school leaves as it is, in the form.
fn leaving_of(school: &School) -> Filled {
    let day = school.details.left_on.map_or_else(String::new, |day| day.to_string());
    Filled::with([("version", school.version.to_string()), ("left_on", day)])
}

async fn leaving_shown(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let wallet = reports::wallet(&mut tx, hub, school.id, caller.now()).await?;
    let live = bookings::holds(&mut tx, hub, school.id).await?.len();
    let of = people::Filter { school: Some(school.id), ..people::Filter::default() };
    let people = people::list(&mut tx, hub, &of, None, 1000).await?;
    drop(tx);
    let view = Leaving {
        shell: Shell::of(caller, format!("{} leaves the hub", school.details.name), "/schools").await?,
        filled,
        school: About::of(school),
        left: school.details.left_on.map(words::day),
        available: words::credits(wallet.total.available),
        held: words::credits(Ord::max(wallet.total.held, Credits::ZERO)),
        bookings: live,
        people: people.iter().filter(|person| person.disabled_at.is_none()).count(),
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct LeavingFields {
    version: Whole,
    left_on: Option<Day>,
}

async fn leave(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match left(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            let school = found(&caller, &mut caller.read().await?).await?;
            leaving_shown(&caller, &school, filled.beside(leaving_of(&school))).await
        }
        done => done,
    }
}

async fn left(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, LeavingFields { version, left_on }) = (caller.id("id")?, form.read()?);
    caller
        .write(form.bytes(), async |journal| {
            let old = schools::get(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let details = Details { left_on: left_on.map(|day| day.0), ..old.details };
            schools::change(journal, id, version.0, details).await?;
            let done = if left_on.is_some() { "school-leaves" } else { "school-stays" };
            Ok(Reply::see(&format!("/schools/{id}/manage?done={done}")))
        })
        .await
}
