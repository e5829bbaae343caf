//! Compares an allocation with what came before it: last year's, or another one that is named.

use super::sql;
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AllocationId, HubId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::members::schools::Phase;

words!(/** On which side of a comparison a school stands. */ Presence {
    /// In both allocations.
    Kept = "kept",
    /// Had nothing before.
    New = "new",
    /// Has nothing now.
    Gone = "gone",
});

/// What an allocation is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Everything given in a year: what is approved for it, with its adjustments.
    Year(AcademicYear),
    /// The lines of one allocation, of any year and in any state.
    Allocation(AllocationId),
    /// Nothing: there was no year before.
    Nothing,
}

/// One school of a comparison.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ComparisonLine {
    /// The school compared.
    pub school_id: SchoolId,
    /// The school's current URN.
    pub urn: Urn,
    /// The school's current name.
    pub name: Line,
    /// The school's current phase.
    pub phase: Phase,
    /// Pupils in the allocation; none where the school has no line.
    pub pupils: Option<i64>,
    /// Pupils in the earlier allocation; in the last, where there are several.
    pub pupils_before: Option<i64>,
    /// Credits that the school gets by the allocation.
    pub credits: Option<Credits>,
    /// Credits that the school had before.
    pub credits_before: Option<Credits>,
}

/// The totals of both sides over all schools.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct ComparisonTotal {
    /// How many schools the allocation has.
    pub schools: i64,
    /// How many schools the earlier allocation had.
    pub schools_before: i64,
    /// How many schools had nothing before.
    pub new: i64,
    /// How many schools have nothing now.
    pub gone: i64,
    /// Pupils in the allocation.
    pub pupils: i64,
    /// Pupils in the earlier allocation.
    pub pupils_before: i64,
    /// Credits in the allocation.
    pub credits: Credits,
    /// Credits in the earlier allocation.
    pub credits_before: Credits,
}

impl ComparisonLine {
    /// Whether the school is in both, or in only one of them.
    pub fn presence(&self) -> Presence {
        match (self.credits, self.credits_before) {
            (Some(_), None) => Presence::New,
            (None, Some(_)) => Presence::Gone,
            (Some(_), Some(_)) | (None, None) => Presence::Kept,
        }
    }
}

/// By how much `now` exceeds `before`, in per cent with two decimals, halves rounded away from zero; none where there
/// was nothing before.
pub fn percent_more(now: i64, before: i64) -> Option<String> {
    let (before, more) = (i128::from(before), i128::from(now) - i128::from(before));
    let whole = before.abs();
    if whole == 0 {
        return None;
    }
    let hundredths = (more.abs() * 20_000 + whole) / (whole * 2);
    let sign = if more < 0 && hundredths > 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100))
}

/// A page of the schools in either allocation in the order of their URNs, after one. One range of an index.
pub async fn comparison(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    against: Against,
    after: Option<Urn>,
    limit: i64,
) -> Result<Vec<ComparisonLine>, db::Error> {
    sql::comparison::lines(tx, hub, id, against, after, limit).await
}

/// The totals of both sides over all schools.
pub async fn comparison_total(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    against: Against,
) -> Result<ComparisonTotal, db::Error> {
    sql::comparison::total(tx, hub, id, against).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::percent_more;

    #[test]
    fn per_cent_are_rounded_away_from_zero_at_the_half() {
        for (now, before, percent) in [
            (110, 100, "10.00"),
            (100, 100, "0.00"),
            (0, 100, "-100.00"),
            (4, 3, "33.33"),
            (5, 3, "66.67"),
            (1, 3, "-66.67"),
            (80_001, 80_000, "0.00"),
            (80_004, 80_000, "0.01"),
            (79_996, 80_000, "-0.01"),
            (79_997, 80_000, "0.00"),
            (999_999_999_999, 1, "99999999999800.00"),
        ] {
            assert_eq!(percent_more(now, before).as_deref(), Some(percent), "{now} of {before}");
        }
        assert_eq!(percent_more(5, 0), None);
    }

    proptest! {
        #[test]
        fn per_cent_are_the_nearest(now in 0..=1_000_000_i64, before in 1..=1_000_000_i64) {
            let text = percent_more(now, before).unwrap();
            let hundredths: i64 = text.replace('.', "").parse().unwrap();
            prop_assert!(2 * ((now - before) * 10_000 - hundredths * before).abs() <= before, "{}", text);
        }
    }
}
