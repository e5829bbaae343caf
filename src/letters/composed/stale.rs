//! What is not worth a letter any more when its turn comes.

use chrono::{DateTime, Utc};

use super::Error;
use crate::base::db::Tx;
use crate::base::ids::HubId;
use crate::booking::bookings::{self, State};
use crate::messages::notices::{Kind, Told};

/// Why a notice is not to be sent, where it is not.
pub(super) async fn why(
    tx: &mut Tx,
    hub: HubId,
    told: &Told,
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, Error> {
    if let Some(why) = of_itself(told, now) {
        return Ok(Some(why));
    }
    let Some(booking) = told.booking_id.filter(|_| needs_a_request(told.kind)) else { return Ok(None) };
    let view = bookings::get(tx, hub, booking).await?;
    let waits = |view: &bookings::View| {
        matches!(view.booking.state, State::Requested | State::Waitlisted) && view.booking.approved_at.is_none()
    };
    let decided = view.is_none_or(|view| !waits(&view));
    Ok(decided.then_some("it was decided already"))
}

/// Why, as far as the notice says it itself.
fn of_itself(told: &Told, now: DateTime<Utc>) -> Option<&'static str> {
    if told.read_at.is_some() {
        return Some("they have read it on the pages");
    }
    let over = told.due_at.is_some_and(|due| due <= now);
    (over && is_to_be_done(told.kind)).then_some("the time for it is over")
}

/// Whether it asks for something that can't be done after its time.
fn is_to_be_done(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Offered
            | Kind::ApprovalWaiting
            | Kind::ApprovalDue
            | Kind::NamesDue
            | Kind::MilestoneDelivered
            | Kind::MilestoneAnswerDue
    )
}

fn needs_a_request(kind: Kind) -> bool {
    matches!(kind, Kind::ApprovalWaiting | Kind::ApprovalDue)
}
