//! The desk's answers as JSON: the outcome of each command.

use crate::booking::bookings::{Outcome, What};
use crate::ledger::idempotency::Stored;
use crate::web::api::booking::bookings::BookingBody;
use crate::web::api::booking::cancellation::CancellationBody;
use crate::web::api::booking::groups;
use crate::web::reply::Reply;

/// The answer for a command that was performed.
pub(crate) fn render(what: &What, outcome: &Outcome) -> Stored {
    if let What::Group(group) = what {
        return groups::render(group, outcome);
    }
    let Some(view) = outcome.booking.clone() else { return Reply::nothing().into() };
    let (id, version, held) = (view.booking.id, view.booking.version, view.booking.held);
    let body = BookingBody::from(view);
    let reply = match what {
        What::Book { .. } | What::BookByTicket { .. } | What::Transfer { .. } => {
            Reply::created(format!("/v1/bookings/{id}"), &body)
        }
        What::Approve(_)
        | What::Decline { .. }
        | What::Group(_)
        | What::Name { .. }
        | What::Substitute { .. }
        | What::Release(_)
        | What::AcceptOffer(_)
        | What::DeclineOffer(_)
        | What::LapseOffer(_)
        | What::Expire(_)
        | What::Leave(_)
        | What::Fill(_)
        | What::Complete(_)
        | What::Correct(_)
        | What::Rescheduled(..)
        | What::SessionCalledOff { .. }
        | What::CallOff { .. } => Reply::ok(&body),
        What::Waive { .. } => {
            Reply::ok(&CancellationBody { booking: body, refund: outcome.refund, kept: held, dry_run: false })
        }
        What::Cancel { dry_run, .. } => {
            let kept = if *dry_run { held - outcome.refund } else { held };
            Reply::ok(&CancellationBody { booking: body, refund: outcome.refund, kept, dry_run: *dry_run })
        }
    };
    reply.map_or_else(|_| Reply::nothing(), |reply| reply.with_version(version)).into()
}
