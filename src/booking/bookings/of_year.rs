//! What of the events and their bookings holds credits of a year: its close waits for them.

use super::sql;
use crate::base::db::{Result, Tx};
use crate::members::years::{Held, HeldOf};

/// Events of the year with credits in their escrow, neither completed nor cancelled.
pub async fn events_open(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    sql::of_year::events(tx, of).await
}

/// Live bookings on events of other years, paid from wallets of the year.
pub async fn paid_for_other_years(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    sql::of_year::paid_for_other_years(tx, of).await
}

/// Places on events of the year that are offered to somebody on the waiting list.
pub async fn offers_open(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    sql::of_year::offers(tx, of).await
}
