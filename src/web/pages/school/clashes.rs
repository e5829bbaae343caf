//! Why somebody gets no place, in words; with what they have at the same time, where it is that.

use crate::base::db::Tx;
use crate::booking::bookings::{self, Refusal};
use crate::web::call::Caller;
use crate::web::pages::words;
use crate::web::plain;
use crate::web::problem::Problem;

/// Why a place is refused to one person.
pub(super) async fn why(caller: &Caller, tx: &mut Tx, refusal: Refusal) -> Result<String, Problem> {
    let Refusal::Clash(other) = refusal else { return Ok(plain::said(Problem::from(refusal).detail())) };
    let other = bookings::get(tx, caller.hub(), other).await?;
    Ok(other.map_or_else(
        || "has something else at the same time".to_owned(),
        |other| {
            format!("has something else at the same time: {}, {}", other.event_title, words::moment(other.starts_at))
        },
    ))
}
