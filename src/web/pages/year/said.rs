//! What these pages call things, and which refusals a form shows.

use actix_web::http::StatusCode;
use chrono::NaiveDate;

use crate::base::credits::Credits;
use crate::base::year::AcademicYear;
use crate::credits::allocation::{Bound, OnShortfall, State as AllocationState};
use crate::credits::transfers::Transfer;
use crate::ledger::WalletKind;
use crate::lifecycle::year_close::{Hold, HoldKind, Obstacle};
use crate::members::schools::{Field, Membership, Phase, Scheme, School};
use crate::members::years::State as YearState;
use crate::members::years::carry::Carry;
use crate::web::pages::labels::Labelled;
use crate::web::pages::words;
use crate::web::problem::Problem;

/// A refusal that belongs on the form that was refused; any other is answered as it is.
pub(super) fn on_form(problem: Problem) -> Result<Problem, Problem> {
    match problem.code().status() {
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::INTERNAL_SERVER_ERROR => Err(problem),
        _ => Ok(problem),
    }
}

/// A year as it stands in a path: `2026-27`.
pub(super) fn in_path(year: AcademicYear) -> String {
    year.to_string().replace('/', "-")
}

/// An amount, with a sign where it is a difference: `+12`, `−3.50`, `0`.
pub(super) fn signed(amount: Credits) -> String {
    match amount {
        Credits::ZERO => "0".to_owned(),
        more if more > Credits::ZERO => format!("+{}", words::amount(more)),
        less => format!("−{}", words::amount(-less)),
    }
}

pub(super) fn membership(membership: Membership) -> &'static str {
    match membership {
        Membership::Full => "Full member",
        Membership::Participant => "Participant",
    }
}

/// Every membership, for a list to choose from.
pub(super) fn memberships() -> Vec<(&'static str, &'static str)> {
    Membership::ALL.iter().map(|it| (it.as_str(), membership(*it))).collect()
}

pub(super) fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Urn => "URN",
        Scheme::Ukprn => "UKPRN",
        Scheme::Laestab => "LAESTAB",
    }
}

/// Whether a school is a member on a day, in words, with what a tag's colour says of it.
pub(super) fn standing(school: &School, today: NaiveDate) -> (String, &'static str) {
    let details = &school.details;
    match (school.successor_id, details.left_on, details.joined_on) {
        (Some(_), ..) => ("Another school took its place".to_owned(), ""),
        (None, Some(left), _) if left <= today => (format!("Left on {}", words::short_day(left)), ""),
        (None, Some(left), _) => (format!("Leaves on {}", words::short_day(left)), "warn"),
        (None, None, Some(joined)) if joined > today => (format!("Joins on {}", words::short_day(joined)), "warn"),
        _ => ("Member".to_owned(), "good"),
    }
}

pub(super) fn field(field: Field) -> &'static str {
    match field {
        Field::Urn => "URN",
        Field::Name => "Name",
        Field::Phase => "Phase",
        Field::EstablishmentType => "Type of establishment",
        Field::LocalAuthority => "Local authority",
        Field::Membership => "Membership",
        Field::JoinedOn => "Joined on",
        Field::Pupils => "Pupils",
        Field::CensusDate => "Census date",
        Field::Status => "Open or closed",
        Field::ClosedOn => "Left on",
    }
}

/// A value of a field of a school as people read it.
pub(super) fn value(field: Field, value: &str) -> String {
    let read = match field {
        Field::Phase => Phase::parse(value).ok().map(|phase| phase.label().to_owned()),
        Field::Membership => Membership::parse(value).ok().map(|it| membership(it).to_owned()),
        Field::JoinedOn | Field::ClosedOn => value.parse().ok().map(words::short_day),
        _ => None,
    };
    match read {
        Some(read) => read,
        None if value.is_empty() => "nothing".to_owned(),
        None => value.to_owned(),
    }
}

pub(super) fn year_state(state: YearState) -> (&'static str, &'static str) {
    match state {
        YearState::Open => ("Open", "good"),
        YearState::Closed => ("Closed", ""),
    }
}

pub(super) fn allocation_state(state: AllocationState) -> (&'static str, &'static str) {
    match state {
        AllocationState::Draft => ("Draft", "warn"),
        AllocationState::Approved => ("Approved", "good"),
        AllocationState::Reversed => ("Reversed", "bad"),
    }
}

pub(super) fn wallet(kind: WalletKind) -> &'static str {
    match kind {
        WalletKind::Allocated => "Allocated",
        WalletKind::Earned => "Earned",
    }
}

pub(super) fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Floor => "the least a school gets",
        Bound::Cap => "the most a school gets",
    }
}

pub(super) fn on_shortfall(choice: OnShortfall) -> &'static str {
    match choice {
        OnShortfall::Leave => "The schools keep them",
        OnShortfall::NextYear => "They are taken from the next allocation of a later year",
    }
}

pub(super) fn hold(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Booking => "Booking on an event of another year",
        HoldKind::Event => "Event, neither completed nor called off",
        HoldKind::Gift => "Gift, which ends at the close",
        HoldKind::Offer => "Place offered to somebody who waits",
        HoldKind::Commission => "Support that is agreed",
    }
}

/// What of a year is still open, in words: `2 things still hold 45 credits`, `1 gift is unanswered`.
pub(super) fn still_open(holds: &[Hold]) -> Vec<String> {
    let (held, others): (Vec<&Hold>, Vec<&Hold>) = holds.iter().partition(|hold| !hold.credits.is_zero());
    let credits = words::credits(held.iter().map(|hold| hold.credits).sum());
    let gifts = others.iter().filter(|hold| hold.kind == HoldKind::Gift).count();
    [
        (held.len(), format!("thing still holds {credits}"), format!("things still hold {credits}")),
        (gifts, "gift is unanswered".to_owned(), "gifts are unanswered".to_owned()),
        (others.len() - gifts, "offer of a place is open".to_owned(), "offers of places are open".to_owned()),
    ]
    .into_iter()
    .filter(|(many, ..)| *many > 0)
    .map(|(many, one, several)| format!("{} {}", words::number(many), if many == 1 { one } else { several }))
    .collect()
}

/// An unanswered gift, in words.
pub(super) fn unanswered(gift: &Transfer) -> String {
    let (amount, from, to) = (words::credits(gift.amount), &gift.from_school_name, &gift.to_school_name);
    format!("An unanswered gift of {amount}, from {from} to {to}")
}

pub(super) fn obstacle(obstacle: Obstacle, year: AcademicYear, next: AcademicYear) -> String {
    match obstacle {
        Obstacle::YearNotOver => format!("It can be closed from {} on.", words::day(year.last_day())),
        Obstacle::EarlierYearOpen => "An earlier year is still open: close that first.".to_owned(),
        Obstacle::NextYearNotOpen => {
            format!("{next} is not open, and credits are carried over to it: open it first.")
        }
        Obstacle::OpenHolds => {
            "Not everything of the year is settled: settle it, or let it follow the rule.".to_owned()
        }
    }
}

/// A rule of carrying over, in words: `all of it`, `at most 10% of the year’s allocation`.
pub(super) fn carry(carry: Carry) -> String {
    match carry {
        Carry::All => "all of it".to_owned(),
        Carry::None => "nothing".to_owned(),
        Carry::Percent(percent) => format!("at most {percent}% of the school’s allocation for the year"),
        Carry::Credits(credits) => format!("at most {}", words::credits(credits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::Line;

    #[test]
    fn what_is_open_is_counted_as_one_says_it() {
        let hold = |kind, credits: &str| Hold {
            kind,
            id: uuid::Uuid::nil(),
            event_id: None,
            title: Line::parse("Ddôl").unwrap(),
            school_id: None,
            credits: Credits::parse(credits).unwrap(),
        };
        assert_eq!(still_open(&[hold(HoldKind::Gift, "0")]), ["1 gift is unanswered"]);
        let many = [
            hold(HoldKind::Event, "20"),
            hold(HoldKind::Commission, "2.5"),
            hold(HoldKind::Gift, "0"),
            hold(HoldKind::Gift, "0"),
            hold(HoldKind::Offer, "0"),
        ];
        let said = ["2 things still hold 22.50 credits", "2 gifts are unanswered", "1 offer of a place is open"];
        assert_eq!(still_open(&many), said);
        assert!(still_open(&[]).is_empty());
    }

    #[test]
    fn amounts_are_said_with_their_sign() {
        let amount = |text: &str| Credits::parse(text).unwrap();
        assert_eq!(signed(amount("12")), "+12");
        assert_eq!(signed(-amount("3.5")), "−3.50");
        assert_eq!(signed(Credits::ZERO), "0");
    }
}
