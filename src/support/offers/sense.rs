//! Whether an offer makes sense: what is wrong with it, at its place.

use chrono::NaiveDate;

use super::{Details, Kind, MOST_MONTHS, NewDays};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PriorityId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::members::{partners, schools};
use crate::programme::programmes::{Flaw, Provider, priorities};
use crate::support::rate_card::{self, HIGHEST_RATE};

/// The most priorities that an offer may serve.
const MOST_PRIORITIES: usize = 20;

/// What is wrong with the details in themselves.
pub(super) fn of_details(kind: Kind, details: &Details) -> Vec<Flaw> {
    let mut flaws: Vec<Flaw> = of_one_kind(details)
        .into_iter()
        .filter(|(_, is_there, of)| *is_there && *of != kind)
        .map(|(field, _, of)| Flaw::invalid(field, format!("goes only with {of}")))
        .collect();
    if details.available_to < details.available_from {
        flaws.push(Flaw::invalid("/available_to", "must not be before available_from"));
    } else if details.available_from.checked_add_months(MOST_MONTHS).is_none_or(|most| details.available_to > most) {
        flaws.push(Flaw::invalid("/available_to", "must be at most five years after available_from"));
    }
    for (field, rate) in [("/full_day", details.full_day), ("/half_day", details.half_day)] {
        if rate.is_some_and(|rate| rate > HIGHEST_RATE) {
            flaws.push(Flaw::invalid(field, format!("must be at most {HIGHEST_RATE}")));
        }
    }
    if details.half_day.zip(details.full_day).is_some_and(|(half, full)| half > full) {
        flaws.push(Flaw::invalid("/half_day", "must be no more than full_day"));
    }
    flaws
}

/// The fields that go with one kind of offer only.
fn of_one_kind(details: &Details) -> [(&'static str, bool, Kind); 10] {
    [
        ("/specialist_kind", details.specialist_kind.is_some(), Kind::Expertise),
        ("/full_day", details.full_day.is_some(), Kind::Expertise),
        ("/half_day", details.half_day.is_some(), Kind::Expertise),
        ("/available_when", details.available_when.is_some(), Kind::Facility),
        ("/for_whom", details.for_whom.is_some(), Kind::Facility),
        ("/what_for", details.what_for.is_some(), Kind::Facility),
        ("/aims", details.aims.is_some(), Kind::Activity),
        ("/who_may_join", details.who_may_join.is_some(), Kind::Activity),
        ("/how_often", details.how_often.is_some(), Kind::Activity),
        ("/impact", details.impact.is_some(), Kind::Activity),
    ]
}

/// What is wrong with the days of a new offer: a year that is over, one that begins after its last day, or one said twice.
pub(super) fn of_days(days: &[NewDays], today: NaiveDate, last: NaiveDate) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (n, new) in days.iter().enumerate() {
        flaws.extend(of_year(new.year, today, last).map(|detail| Flaw::invalid(format!("/days/{n}/year"), detail)));
        if days[..n].iter().any(|earlier| earlier.year == new.year) {
            flaws.push(Flaw { code: "duplicate", ..Flaw::invalid(format!("/days/{n}/year"), "is said twice") });
        }
    }
    flaws
}

/// Why an offer with this last day can't have days in an academic year.
pub(super) fn of_year(year: AcademicYear, today: NaiveDate, last: NaiveDate) -> Option<String> {
    if year.last_day() < today {
        Some("is over".to_owned())
    } else if year.first_day() > last {
        Some(format!("begins after the last day of the offer, {last}"))
    } else {
        None
    }
}

/// A provider that is not in the hub, or has left it.
pub(super) async fn of_provider(
    tx: &mut Tx,
    hub: HubId,
    provider: Provider,
    today: NaiveDate,
) -> Result<Option<Flaw>, db::Error> {
    Ok(match provider {
        Provider::Hub => Some(Flaw::invalid("/provider", "must be a school or a partner")),
        Provider::School(school) => match schools::get(tx, hub, school).await? {
            None => Some(Flaw::unknown("/provider/school_id", "is not in the hub")),
            Some(school) if school.has_left(today) => {
                Some(Flaw { code: "left", ..Flaw::invalid("/provider/school_id", "is no member of the hub any more") })
            }
            Some(_) => None,
        },
        Provider::Partner(partner) => {
            let known = partners::get(tx, hub, partner).await?.is_some();
            (!known).then(|| Flaw::unknown("/provider/partner_id", "is not in the hub"))
        }
    })
}

/// Priorities that are not the hub's, or too many.
pub(super) async fn of_priorities(tx: &mut Tx, hub: HubId, ids: &[PriorityId]) -> Result<Vec<Flaw>, db::Error> {
    if ids.len() > MOST_PRIORITIES {
        return Ok(vec![Flaw::invalid("/priority_ids", format!("must be at most {MOST_PRIORITIES}"))]);
    }
    let mut flaws = Vec::new();
    for (n, id) in ids.iter().enumerate() {
        if priorities::get(tx, hub, *id).await?.is_none() {
            flaws.push(Flaw::unknown(format!("/priority_ids/{n}"), "is not a priority of the hub"));
        }
    }
    Ok(flaws)
}

/// A kind of specialist that is not on the rate card.
pub(super) async fn of_specialist(tx: &mut Tx, hub: HubId, kind: Option<&Line>) -> Result<Option<Flaw>, db::Error> {
    let Some(kind) = kind else { return Ok(None) };
    let known = rate_card::current(tx, hub).await?.rate(kind).is_some();
    Ok((!known).then(|| Flaw::unknown("/specialist_kind", "is not on the hub's rate card")))
}
