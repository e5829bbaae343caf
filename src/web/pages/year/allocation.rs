//! One allocation: what every school gets and why, beside last year, and what can be done with it.

use std::collections::HashMap;

use askama::Template;

use super::allocations::title;
use super::said;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AllocationId, HubId, PersonId, SchoolId};
use crate::base::text::{Urn, counted};
use crate::credits::allocation::{
    self, Against, Allocation, AllocationLine, ComparisonLine, State, Weight, percent_more,
};
use crate::members::people;
use crate::web::call::{Call, Caller};
use crate::web::pages::eyes;
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, cursor, next_address};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/allocations/{id}", HUB, one);
}

#[derive(eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

/// A school in the allocation, or in last year's alone.
struct Row {
    path: String,
    name: String,
    line: Option<Line>,
    pupils_before: String,
    credits_before: String,
    difference: String,
    percent: Option<String>,
}

/// What a school gets, and why.
struct Line {
    pupils: String,
    share: String,
    exact: String,
    why: String,
    credits: String,
    was: String,
    moves: String,
    short: Option<String>,
}

/// A roll that was corrected since.
pub(super) struct Correction {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) counted: String,
    pub(super) pupils: String,
}

/// An allocation as its pages show it.
pub(super) struct Facts {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) year: String,
    pub(super) census: String,
    pub(super) pool: String,
    pub(super) arithmetic: Option<String>,
    pub(super) step: String,
    pub(super) floor: Option<String>,
    pub(super) cap: Option<String>,
    pub(super) weights: Vec<(&'static str, String)>,
    pub(super) prorated: bool,
    pub(super) schools: i64,
    /// In words: `18,481 pupils`.
    pub(super) pupils: String,
    pub(super) pupils_number: String,
    /// What all schools get together.
    pub(super) given: String,
    pub(super) adjusts: Option<String>,
    pub(super) was: String,
    pub(super) deducted: Option<String>,
    pub(super) shortfalls: Option<&'static str>,
    pub(super) short: Option<String>,
    pub(super) issued: String,
    pub(super) drafted: String,
    pub(super) approved: Option<String>,
    pub(super) reversed: Option<(String, String)>,
}

impl Facts {
    /// With the names of those who made it, which are asked for.
    pub(super) async fn of(tx: &mut Tx, hub: HubId, it: &Allocation) -> Result<Facts, db::Error> {
        let (state, tone) = said::allocation_state(it.state);
        let by = async |tx: &mut Tx, who: Option<PersonId>| name(tx, hub, who).await;
        let drafted = format!("{} by {}", words::day_of(it.drafted_at), by(tx, it.drafted_by).await?);
        let approved = match it.approved_at {
            Some(at) => Some(format!("{} by {}", words::day_of(at), by(tx, it.approved_by).await?)),
            None => None,
        };
        let reversed = match it.reversed_at {
            Some(at) => {
                let who = by(tx, it.reversed_by).await?;
                let why = it.reversed_because.as_ref().map_or_else(String::new, ToString::to_string);
                Some((format!("{} by {who}", words::day_of(at)), why))
            }
            None => None,
        };
        let some = |amount: Credits| (amount != Credits::ZERO).then(|| words::credits(amount));
        let weight = |of: &allocation::PhaseWeight| (of.phase.label(), of.weight.as_str());
        Ok(Facts {
            path: format!("/allocations/{}", it.id),
            title: title(it),
            state,
            tone,
            year: it.year.to_string(),
            census: words::day(it.census_date),
            pool: words::credits(it.pool),
            arithmetic: it.rules.funding.map(|funding| funding.arithmetic(it.pool)),
            step: words::credits(it.step),
            floor: it.rules.floor.map(words::credits),
            cap: it.rules.cap.map(words::credits),
            weights: it.rules.phase_weights.iter().map(weight).collect(),
            prorated: it.rules.prorate_by_months,
            schools: it.schools,
            pupils: counted(it.pupils, "pupil"),
            pupils_number: words::number(it.pupils),
            given: words::amount(it.pool),
            adjusts: it.adjusts.map(|first| format!("/allocations/{first}")),
            was: words::credits(it.was),
            deducted: some(it.deducted),
            shortfalls: it.shortfalls.map(said::on_shortfall),
            short: some(it.short),
            issued: words::credits(it.issued()),
            drafted,
            approved,
            reversed,
        })
    }
}

/// What somebody is called; the operator, where nobody of the hub did it.
pub(super) async fn name(tx: &mut Tx, hub: HubId, who: Option<PersonId>) -> Result<String, db::Error> {
    let found = match who {
        Some(id) => people::get(tx, hub, id).await?,
        None => None,
    };
    Ok(found.map_or_else(|| "whoever runs the service".to_owned(), |person| person.name.to_string()))
}

/// The allocation of the path.
pub(super) async fn found(caller: &Caller, tx: &mut Tx) -> Result<Allocation, Problem> {
    let id = caller.id::<AllocationId>("id")?;
    allocation::get(tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)
}

/// The corrected rolls of an approved allocation.
pub(super) async fn corrections(tx: &mut Tx, hub: HubId, it: &Allocation) -> Result<Vec<Correction>, db::Error> {
    let found = allocation::corrected_since(tx, hub, it.id, 200).await?;
    let correction = |it: allocation::CorrectedRoll| Correction {
        path: format!("/schools/{}/manage", it.school_id),
        name: it.name.to_string(),
        counted: words::number(it.counted),
        pupils: words::number(it.pupils),
    };
    Ok(found.into_iter().map(correction).collect())
}

#[derive(Template)]
#[template(path = "pages/year/allocation.html")]
struct One {
    shell: Shell,
    it: Facts,
    draft: bool,
    /// Whether the caller may approve it.
    may: bool,
    approved: bool,
    adjusts: bool,
    before: Option<String>,
    total_before: String,
    difference: String,
    percent: Option<String>,
    new: i64,
    gone: i64,
    corrected: Vec<Correction>,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn one(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let after: Option<(Urn, i64)> = place_after::<(String, i64)>(&caller, after.as_deref())
        .and_then(|(urn, line)| Urn::parse(&urn).ok().map(|urn| (urn, line)));
    let (mut tx, hub, limit) = (caller.read().await?, caller.hub(), Limit::default());
    let it = found(&caller, &mut tx).await?;
    // An adjustment stands beside what it adjusts, an allocation beside the year before.
    let against = match it.adjusts {
        Some(first) => Against::Allocation(first),
        None => it.year.before().map_or(Against::Nothing, Against::Year),
    };
    let total = allocation::comparison_total(&mut tx, hub, it.id, against).await?;
    let urn = after.as_ref().map(|(urn, _)| urn.clone());
    let mut compared = allocation::comparison(&mut tx, hub, it.id, against, urn, limit.and_one()).await?;
    let more = limit.cut(&mut compared);
    let (mut lines, last) = lines(&mut tx, hub, &it, &compared, after.map_or(0, |(_, line)| line)).await?;
    let facts = Facts::of(&mut tx, hub, &it).await?;
    let corrected = if it.state == State::Approved { corrections(&mut tx, hub, &it).await? } else { Vec::new() };
    let may = eyes::to_approve(&caller, &mut tx, it.drafted_by).await? == people::Counts::Now;
    drop(tx);
    let next = compared.last().filter(|_| more).and_then(|line| cursor(&(line.urn.as_str(), last)));
    let before = match against {
        Against::Year(year) if total.schools_before > 0 => Some(year.to_string()),
        Against::Allocation(_) => Some("before the adjustment".to_owned()),
        Against::Year(_) | Against::Nothing => None,
    };
    let row = |compared: ComparisonLine| {
        let line = lines.remove(&compared.school_id).map(|line| Line::of(&line, &it));
        Row::of(compared, line)
    };
    let view = One {
        shell: Shell::of(&caller, facts.title.clone(), "/allocations").await?,
        draft: it.state == State::Draft,
        may,
        approved: it.state == State::Approved,
        adjusts: it.adjusts.is_some(),
        before,
        total_before: words::amount(total.credits_before),
        difference: said::signed(total.credits - total.credits_before),
        percent: percent_more(total.credits.hundredths(), total.credits_before.hundredths()),
        new: total.new,
        gone: total.gone,
        corrected,
        rows: compared.into_iter().map(row).collect(),
        next: next.map(|next| next_address(caller.uri(), &next)),
        it: facts,
    };
    page(&caller, &view).await
}

/// The lines of the schools that are compared, and the number of the last: those of a page follow each other, unless a
/// school has got another number since.
async fn lines(
    tx: &mut Tx,
    hub: HubId,
    it: &Allocation,
    compared: &[ComparisonLine],
    after: i64,
) -> Result<(HashMap<SchoolId, AllocationLine>, i64), db::Error> {
    let with_line: Vec<SchoolId> =
        compared.iter().filter(|line| line.credits.is_some()).map(|line| line.school_id).collect();
    let many = i64::try_from(with_line.len()).unwrap_or(i64::MAX);
    let page = allocation::lines(tx, hub, it, None, after, many).await?;
    let last = page.last().map_or(after, |line| line.line);
    let mut lines: HashMap<SchoolId, AllocationLine> = page.into_iter().map(|line| (line.school_id, line)).collect();
    for school in with_line {
        if !lines.contains_key(&school) {
            let one = allocation::lines(tx, hub, it, Some(school), 0, 1).await?;
            lines.extend(one.into_iter().map(|line| (line.school_id, line)));
        }
    }
    Ok((lines, last))
}

impl Line {
    fn of(line: &AllocationLine, of: &Allocation) -> Line {
        let short = line.shortfall != Credits::ZERO;
        Line {
            pupils: words::number(line.pupils),
            share: line.quota.in_words(),
            exact: line.quota.to_string(),
            why: why(line, of),
            credits: words::amount(line.credits),
            was: words::amount(line.was),
            moves: said::signed(line.posted()),
            short: short.then(|| words::amount(line.shortfall)),
        }
    }
}

/// How the credits of a line follow from its share: `rounded down to 152`, `one more than 152: remainder 4th largest`.
pub(super) fn why(line: &AllocationLine, of: &Allocation) -> String {
    let mut told = match (line.bound, line.remainder_rank) {
        (Some(bound), _) => said::bound(bound).to_owned(),
        (None, Some(rank)) if line.credits > line.rounded_down => {
            format!(
                "{} and {} for its remainder, the {}",
                words::amount(line.rounded_down),
                words::amount(of.step),
                nth(rank)
            )
        }
        (None, _) if line.quota.is_exactly(line.rounded_down.hundredths()) => "exactly".to_owned(),
        (None, _) => "rounded down".to_owned(),
    };
    if line.weight != Weight::ONE {
        told = format!("each pupil counts {}; {told}", line.weight);
    }
    if of.rules.prorate_by_months && line.months != 12 {
        told = format!("{} of 12 months; {told}", line.months);
    }
    if line.deduction != Credits::ZERO {
        told = format!("{told}; {} less for an earlier year", words::amount(line.deduction));
    }
    told
}

/// A rank by size: `largest`, `2nd largest`.
fn nth(rank: i64) -> String {
    let ending = match (rank % 10, rank % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    if rank == 1 { "largest".to_owned() } else { format!("{rank}{ending} largest") }
}

impl Row {
    fn of(it: ComparisonLine, line: Option<Line>) -> Row {
        let (now, before) = (it.credits.unwrap_or_default(), it.credits_before.unwrap_or_default());
        Row {
            path: format!("/schools/{}", it.school_id),
            name: it.name.to_string(),
            line,
            pupils_before: it.pupils_before.map_or_else(String::new, words::number),
            credits_before: it.credits_before.map_or_else(String::new, words::amount),
            difference: said::signed(now - before),
            percent: percent_more(now.hundredths(), before.hundredths()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::nth;

    #[test]
    fn ranks_are_said_as_people_do() {
        for (rank, said) in
            [(1, "largest"), (2, "2nd largest"), (3, "3rd largest"), (11, "11th largest"), (21, "21st largest")]
        {
            assert_eq!(nth(rank), said);
        }
    }
}
