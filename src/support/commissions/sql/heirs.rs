//! Every statement that puts a successor in a school's place.

use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, SchoolId};

/// In this order: of the hub, the school and its successor.
const STATEMENTS: [&str; 6] = [
    // Where both have a quote that waits for agreement, or one quoted for what the other asks for, a quote is withdrawn.
    "UPDATE commission_quotes SET state = 'withdrawn'
         WHERE hub_id = $1 AND state = 'offered'
           AND ((provider_school_id = $2 AND commission_id IN
                    (SELECT commission_id FROM commission_quotes
                     WHERE hub_id = $1 AND provider_school_id = $3 AND state = 'offered'
                     UNION SELECT id FROM commissions WHERE hub_id = $1 AND buyer_id = $3))
                OR (provider_school_id = $3 AND commission_id IN
                    (SELECT id FROM commissions WHERE hub_id = $1 AND buyer_id = $2)))",
    // A request whose last quote was withdrawn waits for quotes again.
    "UPDATE commissions SET state = 'requested', version = version + 1
         WHERE hub_id = $1 AND state = 'quoted' AND buyer_id IN ($2, $3)
           AND id NOT IN (SELECT commission_id FROM commission_quotes WHERE hub_id = $1 AND state = 'offered')",
    "UPDATE commission_quotes SET provider_school_id = $3
         WHERE hub_id = $1 AND provider_school_id = $2
           AND commission_id NOT IN (SELECT id FROM commissions WHERE hub_id = $1 AND buyer_id = $3)",
    "UPDATE commission_questions SET provider_school_id = $3
         WHERE hub_id = $1 AND provider_school_id = $2
           AND commission_id NOT IN (SELECT id FROM commissions WHERE hub_id = $1 AND buyer_id = $3)",
    "UPDATE commissions SET buyer_id = $3, version = version + 1
         WHERE hub_id = $1 AND buyer_id = $2 AND (provider_school_id IS NULL OR provider_school_id <> $3)",
    "UPDATE commissions SET provider_school_id = $3, version = version + 1
         WHERE hub_id = $1 AND provider_school_id = $2 AND buyer_id <> $3",
];

/// Puts the successor in the school's place, as buyer, provider, and where it quoted or asked.
pub(in super::super) async fn pass(tx: &mut Tx, hub: HubId, (school, successor): (SchoolId, SchoolId)) -> Result<()> {
    for statement in STATEMENTS {
        tx.query(statement).bind(hub).bind(school).bind(successor).run().await?.any();
    }
    Ok(())
}
