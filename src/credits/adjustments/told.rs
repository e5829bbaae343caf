//! Who is told of a correction by hand, and what.

use super::{Adjustment, sql};
use crate::base::db;
use crate::base::ids::AdjustmentId;
use crate::base::said;
use crate::base::text::Line;
use crate::ledger::{Journal, Side};
use crate::members::people;
use crate::messages::notices::{self, Kind, Notice};

/// Tells those whose credits it corrects that the hub has reversed it, and why.
pub(crate) async fn tell_reversed(journal: &mut Journal, id: AdjustmentId, reason: &Line) -> Result<(), db::Error> {
    let hub = journal.hub();
    let adjustment = sql::get(journal.tx(), hub, id).await?.ok_or_else(db::Error::vanished)?;
    tell(journal, &adjustment, Some(reason)).await
}

/// Tells the leads of the school, or the people of the partner, how many credits they have more or less by it, or by its
/// reversal for a reason.
pub(super) async fn tell(
    journal: &mut Journal,
    adjustment: &Adjustment,
    reversed: Option<&Line>,
) -> Result<(), db::Error> {
    let hub = journal.hub();
    let (people, kind) = match (adjustment.school_id, adjustment.partner_id) {
        (Some(school), _) => (people::leads(journal.tx(), hub, &[school]).await?, Kind::CreditsCorrected),
        (_, Some(partner)) => (people::of_partner(journal.tx(), hub, partner).await?, Kind::EarningsCorrected),
        (None, None) => return Ok(()),
    };
    let (year, subject) = (Some(adjustment.year), Line::beginning(&said(adjustment, reversed)));
    let notice = |person| Notice { year, subject: subject.clone(), ..Notice::new(person, kind) };
    let told: Vec<Notice> = people.into_iter().map(notice).collect();
    notices::tell(journal, &told).await
}

/// What it gives or takes, and why; or what its reversal for a reason does.
fn said(adjustment: &Adjustment, reversed: Option<&Line>) -> String {
    let amount = said::credits(adjustment.amount);
    let more = if (adjustment.side == Side::Credit) == reversed.is_some() { "less" } else { "more" };
    match reversed {
        None => format!("{amount} {more}, since “{}”", adjustment.reason),
        Some(because) => {
            let corrected = &adjustment.reason;
            format!("{amount} {more}, since the correction “{corrected}” was taken back, because “{because}”")
        }
    }
}
