//! What is decided about an allocation: approving or discarding a draft, adjusting and reversing what was approved, each
//! with what it will do.

use actix_web::HttpResponse;
use askama::Template;

use super::allocation::{Correction, Facts, corrections, found, name};
use super::said::{self, on_form};
use crate::base::credits::Credits;
use crate::base::ids::{AllocationId, SchoolId};
use crate::base::text::Line;
use crate::credits::allocation::{self, Allocation, AllocationLine, NewAdjustment, OnShortfall, State};
use crate::members::hubs;
use crate::members::people;
use crate::web::call::{Call, Caller};
use crate::web::pages::eyes::Eyes;
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/allocations/{id}/approve", MANAGER, approving);
    pages.post("/allocations/{id}/approve", MANAGER, approve);
    pages.get("/allocations/{id}/discard", MANAGER, discarding);
    pages.post("/allocations/{id}/discard", MANAGER, discard);
    pages.get("/allocations/{id}/adjust", MANAGER, adjusting);
    pages.post("/allocations/{id}/adjust", MANAGER, adjust);
    pages.get("/allocations/{id}/reverse", MANAGER, reversing);
    pages.post("/allocations/{id}/reverse", MANAGER, reverse);
}

/// A school that can't give back what it should.
struct Short {
    name: String,
    credits: String,
}

fn short(lines: &[AllocationLine], of: impl Fn(&AllocationLine) -> Credits) -> Vec<Short> {
    let found = lines.iter().filter(|line| of(line) > Credits::ZERO);
    found.map(|line| Short { name: line.name.to_string(), credits: words::credits(of(line)) }).collect()
}

#[derive(Template)]
#[template(path = "pages/year/approve.html")]
struct Approve {
    shell: Shell,
    filled: Filled,
    it: Facts,
    version: i64,
    credited: String,
    taken: Option<String>,
    issued: String,
    short: Vec<Short>,
    decided: bool,
    /// How many schools it moves credits for, and those of them that have no CPD lead who could be told.
    moved: usize,
    leadless: Vec<String>,
    /// Whether the caller may approve it.
    may: bool,
    four_eyes: bool,
    own: bool,
    /// From when the caller may, where not yet.
    from: Option<String>,
    drafter: String,
    others: Vec<(String, String)>,
    later: Vec<(String, String)>,
    address: String,
}

async fn approving(call: Call) -> Answer {
    approve_shown(&call.allow()?, Filled::default()).await
}

async fn approve_shown(caller: &Caller, filled: Filled) -> Answer {
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let it = found(caller, &mut tx).await?;
    if it.state != State::Draft {
        return Err(Problem::not_found());
    }
    let settings = hubs::get(&mut tx, hub).await?.ok_or_else(Problem::not_found)?;
    let lines = allocation::lines(&mut tx, hub, &it, None, 0, i64::MAX).await?;
    let told: Vec<&AllocationLine> = lines.iter().filter(|line| is_told(line)).collect();
    let schools: Vec<SchoolId> = told.iter().map(|line| line.school_id).collect();
    let led = people::led(&mut tx, hub, &schools).await?;
    let leadless = told.iter().filter(|line| !led.contains(&line.school_id)).map(|line| line.name.to_string());
    let drafter = name(&mut tx, hub, it.drafted_by).await?;
    let eyes = Eyes::on(caller, &mut tx, it.drafted_by).await?;
    let facts = Facts::of(&mut tx, hub, &it).await?;
    drop(tx);
    let address = format!("{}{}/approve", caller.public_url().trim_end_matches('/'), facts.path);
    let asked = |person: people::Person| (person.name.to_string(), mail(person.email.as_str(), &facts.title, &address));
    let (may, from, later) = (!settings.four_eyes || eyes.may(), eyes.from(), eyes.later());
    let own = eyes.mine == people::Counts::Never;
    let others = eyes.others.into_iter().map(asked).collect();
    let moved = lines.iter().map(AllocationLine::posted);
    let (more, less): (Vec<_>, Vec<_>) = moved.partition(|moved| *moved >= Credits::ZERO);
    let (more, less): (Credits, Credits) = (more.into_iter().sum(), less.into_iter().sum());
    let view = Approve {
        shell: Shell::of(caller, format!("Approve: {}", facts.title), "/allocations").await?,
        filled,
        version: it.version,
        credited: words::credits(more),
        taken: (less < Credits::ZERO).then(|| words::credits(-less)),
        issued: said::signed(more + less),
        short: short(&lines, |line| line.shortfall),
        decided: it.shortfalls.is_some(),
        moved: schools.len(),
        leadless: leadless.collect(),
        may,
        four_eyes: settings.four_eyes,
        own,
        from,
        drafter,
        others,
        later,
        address,
        it: facts,
    };
    page(caller, &view).await
}

/// Whether the leads of a school are told of it: where it moves credits for it, or should.
fn is_told(line: &AllocationLine) -> bool {
    line.posted() != Credits::ZERO || line.shortfall > Credits::ZERO
}

/// A letter to somebody, begun.
fn mail(to: &str, subject: &str, body: &str) -> String {
    let said =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    format!("mailto:{to}?subject={}&body={}", said(subject), said(body))
}

/// The version that was looked at.
#[derive(eserde::Deserialize)]
struct Seen {
    version: Whole,
}

async fn approve(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match approved(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            approve_shown(&caller, filled).await
        }
        done => done,
    }
}

async fn approved(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, Seen { version }) = (caller.id::<AllocationId>("id")?, form.read()?);
    caller
        .write_keyed(form.bytes(), async |journal| {
            allocation::approve(journal, id, version.0).await?;
            Ok(Reply::see(&format!("/allocations/{id}?done=allocation-approved")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/discard.html")]
struct Discard {
    shell: Shell,
    filled: Filled,
    it: Facts,
    version: i64,
}

async fn discarding(call: Call) -> Answer {
    discard_shown(&call.allow()?, Filled::default()).await
}

async fn discard_shown(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let it = found(caller, &mut tx).await?;
    if it.state != State::Draft {
        return Err(Problem::not_found());
    }
    let facts = Facts::of(&mut tx, caller.hub(), &it).await?;
    drop(tx);
    let shell = Shell::of(caller, "Discard a draft", "/allocations").await?;
    page(caller, &Discard { shell, filled, it: facts, version: it.version }).await
}

async fn discard(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match discarded(&caller, &form).await {
        Err(problem) => discard_shown(&caller, form.refused(&on_form(problem)?)).await,
        done => done,
    }
}

async fn discarded(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, Seen { version }) = (caller.id::<AllocationId>("id")?, form.read()?);
    caller
        .write(form.bytes(), async |journal| {
            allocation::discard(journal, id, version.0).await?;
            Ok(Reply::see("/allocations?done=allocation-discarded"))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/adjust.html")]
struct Adjust {
    shell: Shell,
    filled: Filled,
    it: Facts,
    version: i64,
    draft: bool,
    corrected: Vec<Correction>,
    choices: Vec<(&'static str, &'static str)>,
}

async fn adjusting(call: Call) -> Answer {
    let caller = call.allow()?;
    let it = found(&caller, &mut caller.read().await?).await?;
    let drafted = it.state == State::Draft;
    let pool = if drafted { it.pool.to_string() } else { String::new() };
    let shortfalls = it.shortfalls.filter(|_| drafted).map_or("", OnShortfall::as_str).to_owned();
    adjust_shown(&caller, Filled::with([("pool", pool), ("shortfalls", shortfalls)])).await
}

/// What an adjustment is made of: what was approved, or a draft that adjusts it and is computed again.
fn adjustable(it: &Allocation) -> bool {
    match it.state {
        State::Approved => true,
        State::Draft => it.adjusts.is_some(),
        State::Reversed => false,
    }
}

async fn adjust_shown(caller: &Caller, filled: Filled) -> Answer {
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let it = found(caller, &mut tx).await?;
    if !adjustable(&it) {
        return Err(Problem::not_found());
    }
    let corrected = corrections(&mut tx, hub, &it).await?;
    let facts = Facts::of(&mut tx, hub, &it).await?;
    drop(tx);
    let choices = OnShortfall::ALL.iter().map(|it| (it.as_str(), said::on_shortfall(*it)));
    let view = Adjust {
        shell: Shell::of(caller, format!("Adjust: {}", facts.title), "/allocations").await?,
        filled,
        it: facts,
        version: it.version,
        draft: it.state == State::Draft,
        corrected,
        choices: std::iter::once(("", "Decided later, where there are any")).chain(choices).collect(),
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct AdjustFields {
    version: Whole,
    pool: Option<Credits>,
    shortfalls: Option<OnShortfall>,
}

async fn adjust(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match adjusted(&caller, &form).await {
        Err(problem) => adjust_shown(&caller, form.refused(&on_form(problem)?)).await,
        done => done,
    }
}

async fn adjusted(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let id = caller.id::<AllocationId>("id")?;
    let AdjustFields { version, pool, shortfalls } = form.read()?;
    let new = NewAdjustment { pool, shortfalls };
    caller
        .write(form.bytes(), async |journal| {
            let old = allocation::get(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let drafted = match old.state {
                State::Draft => allocation::readjust(journal, id, version.0, new).await?,
                State::Approved | State::Reversed => allocation::adjust(journal, id, new).await?,
            };
            Ok(Reply::see(&format!("/allocations/{}?done=adjustment-drafted", drafted.id)))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/reverse.html")]
struct Reverse {
    shell: Shell,
    filled: Filled,
    it: Facts,
    version: i64,
    taken: String,
    given: Option<String>,
    schools: usize,
    short: Vec<Short>,
    later: Vec<(String, String)>,
}

async fn reversing(call: Call) -> Answer {
    reverse_shown(&call.allow()?, Filled::default()).await
}

async fn reverse_shown(caller: &Caller, filled: Filled) -> Answer {
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let it = found(caller, &mut tx).await?;
    if it.state != State::Approved {
        return Err(Problem::not_found());
    }
    let lines = allocation::lines(&mut tx, hub, &it, None, 0, i64::MAX).await?;
    let facts = Facts::of(&mut tx, hub, &it).await?;
    let mut all = allocation::list(&mut tx, hub, allocation::Filter::default(), None, i64::MAX).await?;
    drop(tx);
    let first = it.adjusts.unwrap_or(it.id);
    all.retain(|other| other.state == State::Approved && other.adjusts == Some(first) && other.nth > it.nth);
    let moved = lines.iter().map(AllocationLine::posted);
    let (more, less): (Vec<_>, Vec<_>) = moved.partition(|moved| *moved >= Credits::ZERO);
    let (more, less): (Credits, Credits) = (more.into_iter().sum(), less.into_iter().sum());
    let later = |it: &Allocation| (format!("/allocations/{}", it.id), super::allocations::title(it));
    let view = Reverse {
        shell: Shell::of(caller, format!("Reverse: {}", facts.title), "/allocations").await?,
        filled,
        version: it.version,
        taken: words::credits(more),
        given: (less < Credits::ZERO).then(|| words::credits(-less)),
        schools: lines.iter().filter(|line| line.posted() != Credits::ZERO).count(),
        short: short(&lines, AllocationLine::lacking_to_reverse),
        later: all.iter().map(later).collect(),
        it: facts,
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct ReverseFields {
    version: Whole,
    reason: Line,
}

async fn reverse(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match reversed(&caller, &form).await {
        Err(problem) => reverse_shown(&caller, form.refused(&on_form(problem)?)).await,
        done => done,
    }
}

async fn reversed(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, ReverseFields { version, reason }) = (caller.id::<AllocationId>("id")?, form.read()?);
    caller
        .write_keyed(form.bytes(), async |journal| {
            allocation::reverse(journal, id, version.0, &reason).await?;
            Ok(Reply::see(&format!("/allocations/{id}?done=allocation-reversed")))
        })
        .await
}
