//! The arithmetic of a draft, without I/O: from what a hub manager asks for and the schools on roll to one line for
//! each school. Credits become whole steps on the way in and credits again on the way out.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Error;
use super::apportion::{Award, Bound, Impossible, Quota, Share, apportion};
use crate::base::credits::{Credits, stored};
use crate::base::db::types::text;
use crate::base::ids::SchoolId;
use crate::base::said;
use crate::base::year::AcademicYear;
use crate::members::hubs::{CREDIT_VALUES, Hub, NO_CREDIT_VALUE};
use crate::members::schools::{OnRoll, Phase};

/// An amount of money in pence, written as a decimal string of pounds: `"120000.00"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pounds(i64);

/// How much a pupil of one phase counts, in ten-thousandths: `"1.25"` is 12500; 0 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

/// An allocation as a hub manager asks for it.
#[derive(Clone, Debug)]
pub struct NewAllocation {
    /// The year whose wallets it fills.
    pub year: AcademicYear,
    /// The census whose rolls it uses.
    pub census_date: NaiveDate,
    /// The pool to divide.
    pub pool: Pool,
    /// The step: every school gets a multiple of it: 1, 0.50 or 0.01 credits; the hub's where none is given.
    pub step: Option<Credits>,
    /// The least a school gets.
    pub floor: Option<Credits>,
    /// The most a school gets.
    pub cap: Option<Credits>,
    /// How much pupils count by phase; 1 for phases that are not listed.
    pub phase_weights: Vec<PhaseWeight>,
    /// Whether a school that joins or leaves during the year only gets its share of whole months.
    pub prorate_by_months: bool,
}

/// The pool, given as credits or as funding.
#[derive(Clone, Copy, Debug)]
pub enum Pool {
    /// This many credits.
    Credits(Credits),
    /// As many credits as the returned share of the hub's funding pays for, rounded down to the step.
    Funding {
        /// The hub's funding, in pounds.
        gbp: Pounds,
        /// The percentage returned to the schools; the hub's where none is given.
        returned_share_percent: Option<u8>,
        /// What one credit is worth, in pence; the hub's where none is given.
        credit_value_pence: Option<u32>,
    },
}

impl NewAllocation {
    /// What is wrong with what is asked for, before the hub is looked at: the field, and what it must be.
    pub fn wrong(&self) -> Option<(&'static str, &'static str)> {
        if let Pool::Funding { returned_share_percent, credit_value_pence, .. } = self.pool {
            if returned_share_percent.is_some_and(|percent| percent > 100) {
                return Some(("/funding/returned_share_percent", "must be 0 to 100 percent"));
            }
            if credit_value_pence.is_some_and(|pence| !CREDIT_VALUES.contains(&pence)) {
                return Some(("/funding/credit_value_pence", NO_CREDIT_VALUE));
            }
        }
        let step = self.step.is_some_and(|step| ![100, 50, 1].contains(&step.hundredths()));
        step.then_some(("/step", "must be \"1.00\", \"0.50\" or \"0.01\""))
    }
}

/// How much pupils of a phase count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseWeight {
    /// The phase of school.
    pub phase: Phase,
    /// How much each pupil counts.
    pub weight: Weight,
}

/// The rules that an allocation was computed by, besides its pool and step; stored with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The funding that the pool came from, if it was not given in credits.
    pub funding: Option<Funding>,
    /// The least a school gets.
    #[serde(default, deserialize_with = "stored::optional")]
    pub floor: Option<Credits>,
    /// The most a school gets.
    #[serde(default, deserialize_with = "stored::optional")]
    pub cap: Option<Credits>,
    /// How much pupils count by phase.
    pub phase_weights: Vec<PhaseWeight>,
    /// Whether a school that joins or leaves during the year only gets its share of whole months.
    pub prorate_by_months: bool,
}

/// A pool from funding, with its arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funding {
    /// The hub's funding, in pounds.
    #[serde(deserialize_with = "Pounds::stored")]
    pub gbp: Pounds,
    /// The percentage that is returned to the schools.
    pub returned_share_percent: i64,
    /// What one credit is worth, in pence.
    pub credit_value_pence: i64,
}

/// A request that is consistent: its pool and limits are multiples of its step.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) pool: Credits,
    pub(super) step: Credits,
    pub(super) rules: Rules,
}

/// What one school gets, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DraftLine {
    pub(super) school: SchoolId,
    /// The URN as a number, which orders the lines.
    pub(super) urn: u32,
    pub(super) pupils: i64,
    /// The revision of the roll that is counted; none where there is none.
    pub(super) revision: Option<i64>,
    pub(super) weight: Weight,
    pub(super) months: i64,
    pub(super) quota: Quota,
    pub(super) rounded_down: Credits,
    pub(super) remainder_rank: Option<i64>,
    pub(super) bound: Option<Bound>,
    pub(super) credits: Credits,
    /// What the school was given before, by the allocation that this one adjusts.
    pub(super) was: Credits,
    /// What is deducted from it for shortfalls of earlier years.
    pub(super) deduction: Credits,
}

impl Pounds {
    /// Reads pounds as a caller wrote them: with the format and the bound of credits.
    pub fn parse(text: &str) -> Result<Pounds, String> {
        Credits::parse(text).map(|hundredths| Pounds(hundredths.hundredths())).map_err(|_| {
            let most = Credits::LARGEST;
            format!("must be pounds with at most two decimal places, such as \"120000.00\", and at most {most}")
        })
    }

    /// Reads stored JSON, which may hold more than a caller may send.
    fn stored<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Pounds, D::Error> {
        stored::one(deserializer).map(|hundredths| Pounds(hundredths.hundredths()))
    }

    /// Sends an amount that is kept in pence: for `#[serde(serialize_with)]`.
    pub fn of_pence<P, S>(pence: &P, serializer: S) -> Result<S::Ok, S::Error>
    where
        P: Copy + Into<Option<i64>>,
        S: serde::Serializer,
    {
        (*pence).into().map(Pounds::from_pence).serialize(serializer)
    }

    /// Pounds from their pence.
    pub const fn from_pence(pence: i64) -> Pounds {
        Pounds(pence)
    }

    /// The pounds in pence.
    pub const fn pence(self) -> i64 {
        self.0
    }

    /// The pounds with two decimals.
    pub fn as_str(self) -> String {
        Credits::from_hundredths(self.0).to_string()
    }
}

text!(Pounds);

impl Weight {
    /// The weight of phases that are not listed.
    pub const ONE: Weight = Weight(10_000);

    /// Reads 0 to 1000 with at most four decimals.
    pub fn parse(text: &str) -> Result<Weight, String> {
        let shaped = text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_digit());
        let number = shaped.then(|| Decimal::from_str_exact(text).ok()).flatten();
        number
            .filter(|number| number.scale() <= 4 && *number <= Decimal::ONE_THOUSAND)
            .and_then(|number| (number * Decimal::from(10_000)).to_u32())
            .map(Weight)
            .ok_or_else(|| "must be from 0 to 1000 with at most four decimal places, such as \"1.25\"".to_owned())
    }

    /// The shortest form of the weight: `1.25`.
    pub fn as_str(self) -> String {
        Decimal::new(i64::from(self.0), 4).normalize().to_string()
    }

    /// The weight in ten-thousandths, as it is stored.
    pub(super) fn ten_thousandths(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for Weight {
    type Error = std::num::TryFromIntError;

    fn try_from(ten_thousandths: i64) -> Result<Weight, Self::Error> {
        u32::try_from(ten_thousandths).map(Weight)
    }
}

text!(Weight);

impl TryFrom<String> for Rules {
    type Error = serde_json::Error;

    fn try_from(json: String) -> Result<Rules, serde_json::Error> {
        serde_json::from_str(&json)
    }
}

impl Funding {
    /// The returned share in credits, exactly.
    pub fn credits(&self) -> Quota {
        let returned = i128::from(self.gbp.0) * i128::from(self.returned_share_percent);
        Quota::ratio(returned, i128::from(self.credit_value_pence) * 100)
    }

    /// The arithmetic in words.
    pub fn arithmetic(&self, pool: Credits) -> String {
        let exact = self.credits();
        let (funding, value) = (said::pounds(self.gbp.0), said::pounds(self.credit_value_pence));
        let whole = said::number(exact.whole);
        let credits = match exact.numerator {
            0 => whole,
            _ => format!("{whole} {}/{}", exact.numerator, exact.denominator),
        };
        let told = format!("{funding} × {}% ÷ {value} a credit = {credits} credits", self.returned_share_percent);
        if exact.is_exactly(pool.hundredths()) {
            told
        } else {
            format!("{told}, rounded down to {}", said::amount(pool))
        }
    }

    /// The returned share in whole steps; none where it is too large.
    fn pool(&self, step: Credits) -> Option<Credits> {
        let steps = self.credits().times(100, i128::from(step.hundredths())).whole;
        let hundredths = i64::try_from(steps).ok()?.checked_mul(step.hundredths())?;
        Some(Credits::from_hundredths(hundredths)).filter(|pool| *pool <= Credits::LARGEST)
    }
}

/// The plan for a request, with the hub's defaults filled in, its pool found, and every amount a multiple of the step.
pub(super) fn plan(new: &NewAllocation, hub: &Hub) -> Result<Plan, Error> {
    let step = new.step.unwrap_or(hub.step);
    let not_a_multiple =
        |amount: Option<Credits>| amount.is_some_and(|amount| over_a_step(amount, step) != Credits::ZERO);
    if let Some(at) = twice(&new.phase_weights) {
        return Err(Error::WeighedTwice { at });
    }
    let (pool, funding) = match new.pool {
        Pool::Credits(pool) => (pool, None),
        Pool::Funding { gbp, returned_share_percent, credit_value_pence } => {
            let funding = Funding {
                gbp,
                returned_share_percent: returned_share_percent.map_or(hub.returned_share_percent, i64::from),
                credit_value_pence: credit_value_pence.map_or(hub.credit_value_pence, i64::from),
            };
            (funding.pool(step).ok_or(Error::PoolTooLarge)?, Some(funding))
        }
    };
    let rules = Rules {
        funding,
        floor: new.floor,
        cap: new.cap,
        phase_weights: new.phase_weights.clone(),
        prorate_by_months: new.prorate_by_months,
    };
    let plan = Plan { pool, step, rules };
    plan.check_pool()?;
    if not_a_multiple(new.floor) {
        return Err(Error::NotAMultiple { limit: Bound::Floor, step });
    }
    if not_a_multiple(new.cap) {
        return Err(Error::NotAMultiple { limit: Bound::Cap, step });
    }
    if let (Some(floor), Some(cap)) = (new.floor, new.cap)
        && cap < floor
    {
        return Err(Error::CapBelowFloor { by: floor - cap });
    }
    Ok(plan)
}

/// The index of the first phase that already has a weight.
fn twice(weights: &[PhaseWeight]) -> Option<usize> {
    (1..weights.len()).find(|at| {
        let (before, rest) = weights.split_at(*at);
        rest.first().is_some_and(|weight| before.iter().any(|earlier| earlier.phase == weight.phase))
    })
}

fn over_a_step(amount: Credits, step: Credits) -> Credits {
    Credits::from_hundredths(amount.hundredths().rem_euclid(step.hundredths()))
}

/// Divides the pool over the schools on roll: one line each, in the order of their URNs.
pub(super) fn divide(plan: &Plan, year: AcademicYear, mut schools: Vec<OnRoll>) -> Result<Vec<DraftLine>, Error> {
    if schools.is_empty() {
        return Err(Error::NoSchools);
    }
    schools.sort_by_cached_key(|school| school.urn.number());
    let missing: Vec<_> = schools
        .iter()
        .filter(|school| school.pupils.is_none())
        .map(|school| (school.urn.clone(), school.name.clone()))
        .collect();
    if !missing.is_empty() {
        return Err(Error::MissingRolls { schools: missing });
    }
    let steps = |amount: Credits| amount.hundredths() / plan.step.hundredths();
    let shares: Vec<Share<u32>> = schools
        .iter()
        .map(|school| Share {
            key: school.urn.number(),
            pupils: u32::try_from(school.pupils.unwrap_or(0)).unwrap_or(u32::MAX),
            weight: plan.rules.weight_of(school.phase).0,
            months: plan.rules.months_of(school, year),
            floor: plan.rules.floor.map_or(0, steps),
            cap: plan.rules.cap.map(steps),
        })
        .collect();
    let awards = apportion(steps(plan.pool), &shares).map_err(|impossible| refusal(impossible, plan.step))?;
    Ok(schools.iter().zip(awards).map(|(school, award)| plan.line(school, award)).collect())
}

impl Rules {
    fn weight_of(&self, phase: Phase) -> Weight {
        self.phase_weights.iter().find(|weight| weight.phase == phase).map_or(Weight::ONE, |weight| weight.weight)
    }

    fn months_of(&self, school: &OnRoll, year: AcademicYear) -> u8 {
        if self.prorate_by_months { year.whole_months(school.joined_on, school.left_on) } else { 12 }
    }
}

impl Plan {
    /// Refuses a pool of zero, and one that is not a multiple of the step.
    pub(super) fn check_pool(&self) -> Result<(), Error> {
        let &Plan { pool, step, .. } = self;
        if pool <= Credits::ZERO {
            return Err(Error::NoPool { funded: self.rules.funding.is_some() });
        }
        match over_a_step(pool, step) {
            Credits::ZERO => Ok(()),
            over => Err(Error::StepDoesNotDivide { step, over }),
        }
    }

    /// Turns an award in steps into a line in credits.
    fn line(&self, school: &OnRoll, award: Award<u32>) -> DraftLine {
        let credits = |steps: i64| Credits::from_hundredths(steps * self.step.hundredths());
        DraftLine {
            school: school.id,
            urn: award.key,
            pupils: i64::from(award.pupils),
            revision: school.revision,
            weight: Weight(award.weight),
            months: i64::from(award.months),
            quota: award.quota.times(i128::from(self.step.hundredths()), 100),
            rounded_down: credits(award.rounded_down),
            remainder_rank: award.remainder_rank.map(i64::from),
            bound: award.bound,
            credits: credits(award.units),
            was: Credits::ZERO,
            deduction: Credits::ZERO,
        }
    }
}

fn refusal(impossible: Impossible<u32>, step: Credits) -> Error {
    let credits = |steps: i64| Credits::from_hundredths(steps.saturating_mul(step.hundredths()));
    match impossible {
        Impossible::PoolNotPositive => Error::NoPool { funded: false },
        Impossible::NoPupils => Error::NoPupils,
        Impossible::CapBelowFloor { by, .. } => Error::CapBelowFloor { by: credits(by) },
        Impossible::FloorsOverPool { by } => Error::FloorsOverPool { by: credits(by) },
        Impossible::CapsUnderPool { by } => Error::CapsUnderPool { by: credits(by) },
        Impossible::OutOfRange { .. } | Impossible::DuplicateKey { .. } => Error::OutOfRange(impossible.to_string()),
    }
}

#[cfg(test)]
mod tests;
