//! Words that people wrote to transactions: they can be erased, and the chain stays whole, since it seals only a digest of
//! them under a salt that goes with them.

use super::Journal;
use crate::base::db;
use crate::base::ids::PersonId;

/// Erases the memos of the transactions of a person's bookings: the reasons for which something was refunded to them.
/// Returns how many there were.
pub async fn erase_of_bookings(journal: &mut Journal, person: PersonId) -> Result<u64, db::Error> {
    let hub = journal.hub;
    let erased = journal
        .tx
        .query(
            "UPDATE transaction_memos SET salt = $3, memo = ''
             WHERE hub_id = $1 AND memo <> ''
               AND transaction_id IN (
                   SELECT t.id FROM bookings b
                   JOIN transactions t ON t.hub_id = b.hub_id AND t.source_id = b.id AND t.source_kind = 'booking'
                   WHERE b.hub_id = $1 AND b.person_id = $2)",
        )
        .bind(hub)
        .bind(person)
        .bind(Vec::<u8>::new())
        .run()
        .await?;
    Ok(erased.count())
}
