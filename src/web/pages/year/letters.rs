//! The letters by which schools are told of an allocation: made for paper, one school a sheet, each with its arithmetic.

use std::collections::HashMap;

use askama::Template;

use super::allocation::found;
use super::allocations::title;
use super::said;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::SchoolId;
use crate::credits::allocation::{self, Against, Allocation, AllocationLine, State, Weight};
use crate::members::{hubs, people};
use crate::web::call::Call;
use crate::web::pages::form::Whole;
use crate::web::pages::list_query::asked_for;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/allocations/{id}/letters", HUB, letters);
}

#[derive(eserde::Deserialize)]
struct Query {
    school_id: Option<SchoolId>,
    from: Option<Whole>,
}

/// How many letters are on a page: as many as are quickly there on a phone, and printed at once.
const AT_ONCE: usize = 100;

struct Letter {
    school: String,
    urn: String,
    credits: String,
    pupils: String,
    share: String,
    rounding: String,
    weight: Option<String>,
    months: Option<i64>,
    deduction: Option<String>,
    before: Option<(String, String)>,
    moves: Option<(String, String)>,
    short: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/year/letters.html")]
struct Letters {
    shell: Shell,
    path: String,
    title: String,
    today: String,
    year: String,
    year_before: Option<String>,
    last_day: String,
    census: String,
    pool: String,
    pupils: String,
    schools: i64,
    weighted: bool,
    prorated: bool,
    arithmetic: Option<String>,
    pounds_a_credit: String,
    manager: String,
    /// Where the manager is written to.
    email: Option<String>,
    /// Where people sign in.
    address: String,
    letters: Vec<Letter>,
    one: bool,
    /// How many letters there are, and which of them are here.
    all: usize,
    first: usize,
    last: usize,
    /// The pages before and after this one.
    before: Option<String>,
    next: Option<String>,
}

async fn letters(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, from } = asked_for(&caller)?;
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let it = found(&caller, &mut tx).await?;
    if it.state != State::Approved {
        return Err(Problem::not_found());
    }
    let settings = hubs::get(&mut tx, hub).await?.ok_or_else(Problem::not_found)?;
    let mut lines = allocation::lines(&mut tx, hub, &it, school_id, 0, i64::MAX).await?;
    let against = it.year.before().filter(|_| it.adjusts.is_none());
    let before: HashMap<SchoolId, Credits> = match against {
        Some(year) => {
            let all = allocation::comparison(&mut tx, hub, it.id, Against::Year(year), None, i64::MAX).await?;
            all.into_iter().filter_map(|line| Some((line.school_id, line.credits_before?))).collect()
        }
        None => HashMap::new(),
    };
    let manager = super::allocation::name(&mut tx, hub, it.approved_by).await?;
    let email = match it.approved_by {
        Some(id) => people::get(&mut tx, hub, id).await?.map(|person| person.email.to_string()),
        None => None,
    };
    drop(tx);
    lines.sort_by_key(|line| line.name.key());
    let (all, path) = (lines.len(), format!("/allocations/{}", it.id));
    let first = from.and_then(|from| usize::try_from(from.0).ok()).map_or(0, |from| from.saturating_sub(1));
    let lines: Vec<AllocationLine> = lines.into_iter().skip(first).take(AT_ONCE).collect();
    let last = first + lines.len();
    let page_from = |from: usize| format!("{path}/letters?from={from}");
    let view = Letters {
        shell: Shell::of(&caller, format!("Letters: {}", title(&it)), "/allocations").await?,
        all,
        first: first + 1,
        last,
        before: (first > 0).then(|| page_from(first.saturating_sub(AT_ONCE) + 1)),
        next: (last < all).then(|| page_from(last + 1)),
        path,
        title: title(&it),
        today: words::day(london_date(caller.now())),
        year: it.year.to_string(),
        year_before: against.filter(|_| !before.is_empty()).map(|year| year.to_string()),
        last_day: words::day(it.year.last_day()),
        census: words::day(it.census_date),
        pool: words::credits(it.pool),
        pupils: words::number(it.pupils),
        schools: it.schools,
        weighted: !it.rules.phase_weights.is_empty(),
        prorated: it.rules.prorate_by_months,
        arithmetic: it.rules.funding.map(|funding| funding.arithmetic(it.pool)),
        pounds_a_credit: words::pounds(settings.credit_value_pence),
        manager,
        email,
        address: caller.public_url().trim_end_matches('/').to_owned(),
        one: school_id.is_some(),
        letters: lines.iter().map(|line| Letter::of(line, &it, before.get(&line.school_id).copied())).collect(),
    };
    page(&caller, &view).await
}

impl Letter {
    fn of(line: &AllocationLine, of: &Allocation, before: Option<Credits>) -> Letter {
        let some = |amount: Credits| (amount != Credits::ZERO).then(|| words::credits(amount));
        Letter {
            school: line.name.to_string(),
            urn: line.urn.to_string(),
            credits: words::credits(line.credits),
            pupils: words::number(line.pupils),
            share: line.quota.in_words(),
            rounding: super::allocation::why(line, of),
            weight: (line.weight != Weight::ONE).then(|| line.weight.to_string()),
            months: (of.rules.prorate_by_months && line.months != 12).then_some(line.months),
            deduction: some(line.deduction),
            before: before.map(|before| (words::credits(before), said::signed(line.credits - before))),
            moves: of.adjusts.map(|_| (words::credits(line.was), said::signed(line.posted()))),
            short: some(line.shortfall),
        }
    }
}
