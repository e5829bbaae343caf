//! The statement that counts what a record has.

use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId};

/// How much of a record goes over to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = MergeCounts)]
pub struct Counts {
    /// Bookings, in whatever state.
    pub bookings: i64,
    /// Certificates, with those that were withdrawn.
    pub certificates: i64,
    /// Evaluations.
    pub evaluations: i64,
    /// Tickets.
    pub tickets: i64,
    /// Notices.
    pub notices: i64,
    /// Messages in conversations.
    pub messages: i64,
    /// Sessions that they host.
    pub sessions: i64,
    /// Times for which they decide in the place of a school's lead, past ones included.
    pub deputations: i64,
}

/// How much a record has.
pub async fn counts(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Counts> {
    tx.query(
        "SELECT (SELECT COUNT(*) FROM bookings b WHERE b.hub_id = $1 AND b.person_id = $2) AS bookings,
                (SELECT COUNT(*) FROM certificates c WHERE c.hub_id = $1 AND c.person_id = $2) AS certificates,
                (SELECT COUNT(*) FROM bookings b JOIN evaluations v ON v.hub_id = b.hub_id AND v.booking_id = b.id
                 WHERE b.hub_id = $1 AND b.person_id = $2) AS evaluations,
                (SELECT COUNT(*) FROM tickets t WHERE t.hub_id = $1 AND t.person_id = $2) AS tickets,
                (SELECT COUNT(*) FROM notices n WHERE n.hub_id = $1 AND n.person_id = $2) AS notices,
                (SELECT COUNT(*) FROM conversation_messages m WHERE m.hub_id = $1 AND m.person_id = $2) AS messages,
                (SELECT COUNT(*) FROM sessions s WHERE s.hub_id = $1 AND s.host_id = $2) AS sessions,
                (SELECT COUNT(*) FROM deputies d WHERE d.hub_id = $1 AND d.person_id = $2) AS deputations",
    )
    .bind(hub)
    .bind(person)
    .one()
    .await
}
