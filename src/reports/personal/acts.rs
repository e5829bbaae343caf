//! What a person did to records of the hub: of every column that names who did something, how often it names them, and
//! when first and last. The records themselves are the hub's and the schools'.

use chrono::{DateTime, Utc};

use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId};

/// How often somebody did something.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Act)]
pub struct Act {
    /// What was done, as the column of a table that names who did it: `bookings.approved_by`.
    pub act: String,
    /// How often.
    pub times: i64,
    /// When first; null where no time is kept.
    pub first_at: Option<DateTime<Utc>>,
    /// When last.
    pub last_at: Option<DateTime<Utc>>,
}

/// The columns that name whoever did something.
pub const ACTS: &[&str] = &[
    "adjustments.decided_by",
    "adjustments.proposed_by",
    "allocations.approved_by",
    "allocations.drafted_by",
    "allocations.reversed_by",
    "announcements.sent_by",
    "api_keys.created_by",
    "api_keys.revoked_by",
    "bookings.approved_by",
    "bookings.ended_by",
    "bookings.requested_by",
    "called_off_sessions.called_off_by",
    "changes.actor_id",
    "commission_disputes.buyer_would_pay_by",
    "commission_disputes.provider_would_take_by",
    "commission_disputes.raised_by",
    "commission_disputes.resolved_by",
    "commission_milestones.answered_by",
    "commission_milestones.delivered_by",
    "commission_moves.decided_by",
    "commission_questions.written_by",
    "commission_quotes.buyer_agreed_by",
    "commission_quotes.provider_agreed_by",
    "commission_quotes.quoted_by",
    "commission_quotes.second_agreed_by",
    "commission_reviews.written_by",
    "commission_visits.recorded_by",
    "commissions.ended_by",
    "commissions.requested_by",
    "deputies.named_by",
    "events.cancelled_by",
    "events.completed_by",
    "hubs.four_eyes_off_asked_by",
    "invitations.created_by",
    "merged_people.merged_by",
    "newsletter_contacts.added_by",
    "newsletters.edited_by",
    "people.created_by",
    "register_marks.marked_by",
    "rolls.recorded_by",
    "school_identifiers.recorded_by",
    "schools.one_person_asked_by",
    "schools.own_approval_asked_by",
    "settlement_payments.paid_by",
    "settlements.cancelled_by",
    "settlements.stated_by",
    "successions.done_by",
    "tickets.issued_by",
    "tickets.revoked_by",
    "top_ups.sold_by",
    "transactions.actor_id",
    "transfers.decided_by",
    "transfers.offered_by",
    "webhooks.created_by",
    "year_closes.closed_by",
    "year_closes.reopened_by",
];

/// What the person did, of everything that they did at all.
pub(super) async fn of_person(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<Act>> {
    let acts: Vec<Act> = tx.query(COUNTED).bind(hub).bind(person).all().await?;
    Ok(acts.into_iter().filter(|act| act.times > 0).collect())
}

const COUNTED: &str = "SELECT 'school_identifiers.recorded_by' AS act, COUNT(*) AS times, MIN(recorded_at) AS first_at, MAX(recorded_at) AS last_at FROM school_identifiers WHERE hub_id = $1 AND recorded_by = $2
     UNION ALL
     SELECT 'rolls.recorded_by', COUNT(*), MIN(recorded_at), MAX(recorded_at) FROM rolls WHERE hub_id = $1 AND recorded_by = $2
     UNION ALL
     SELECT 'successions.done_by', COUNT(*), MIN(done_at), MAX(done_at) FROM successions WHERE hub_id = $1 AND done_by = $2
     UNION ALL
     SELECT 'people.created_by', COUNT(*), MIN(created_at), MAX(created_at) FROM people WHERE hub_id = $1 AND created_by = $2
     UNION ALL
     SELECT 'invitations.created_by', COUNT(*), MIN(created_at), MAX(created_at) FROM invitations WHERE hub_id = $1 AND created_by = $2
     UNION ALL
     SELECT 'api_keys.created_by', COUNT(*), MIN(created_at), MAX(created_at) FROM api_keys WHERE hub_id = $1 AND created_by = $2
     UNION ALL
     SELECT 'api_keys.revoked_by', COUNT(*), MIN(revoked_at), MAX(revoked_at) FROM api_keys WHERE hub_id = $1 AND revoked_by = $2
     UNION ALL
     SELECT 'webhooks.created_by', COUNT(*), MIN(created_at), MAX(created_at) FROM webhooks WHERE hub_id = $1 AND created_by = $2
     UNION ALL
     SELECT 'newsletter_contacts.added_by', COUNT(*), MIN(added_at), MAX(added_at) FROM newsletter_contacts WHERE hub_id = $1 AND added_by = $2
     UNION ALL
     SELECT 'newsletters.edited_by', COUNT(*), MIN(edited_at), MAX(edited_at) FROM newsletters WHERE hub_id = $1 AND edited_by = $2
     UNION ALL
     SELECT 'deputies.named_by', COUNT(*), MIN(named_at), MAX(named_at) FROM deputies WHERE hub_id = $1 AND named_by = $2
     UNION ALL
     SELECT 'merged_people.merged_by', COUNT(*), MIN(merged_at), MAX(merged_at) FROM merged_people WHERE hub_id = $1 AND merged_by = $2
     UNION ALL
     SELECT 'allocations.drafted_by', COUNT(*), MIN(drafted_at), MAX(drafted_at) FROM allocations WHERE hub_id = $1 AND drafted_by = $2
     UNION ALL
     SELECT 'allocations.approved_by', COUNT(*), MIN(approved_at), MAX(approved_at) FROM allocations WHERE hub_id = $1 AND approved_by = $2
     UNION ALL
     SELECT 'allocations.reversed_by', COUNT(*), MIN(reversed_at), MAX(reversed_at) FROM allocations WHERE hub_id = $1 AND reversed_by = $2
     UNION ALL
     SELECT 'top_ups.sold_by', COUNT(*), MIN(sold_at), MAX(sold_at) FROM top_ups WHERE hub_id = $1 AND sold_by = $2
     UNION ALL
     SELECT 'transfers.offered_by', COUNT(*), MIN(offered_at), MAX(offered_at) FROM transfers WHERE hub_id = $1 AND offered_by = $2
     UNION ALL
     SELECT 'transfers.decided_by', COUNT(*), MIN(decided_at), MAX(decided_at) FROM transfers WHERE hub_id = $1 AND decided_by = $2
     UNION ALL
     SELECT 'adjustments.proposed_by', COUNT(*), MIN(proposed_at), MAX(proposed_at) FROM adjustments WHERE hub_id = $1 AND proposed_by = $2
     UNION ALL
     SELECT 'adjustments.decided_by', COUNT(*), MIN(decided_at), MAX(decided_at) FROM adjustments WHERE hub_id = $1 AND decided_by = $2
     UNION ALL
     SELECT 'settlements.stated_by', COUNT(*), MIN(stated_at), MAX(stated_at) FROM settlements WHERE hub_id = $1 AND stated_by = $2
     UNION ALL
     SELECT 'settlements.cancelled_by', COUNT(*), MIN(cancelled_at), MAX(cancelled_at) FROM settlements WHERE hub_id = $1 AND cancelled_by = $2
     UNION ALL
     SELECT 'settlement_payments.paid_by', COUNT(*), MIN(paid_at), MAX(paid_at) FROM settlement_payments WHERE hub_id = $1 AND paid_by = $2
     UNION ALL
     SELECT 'year_closes.closed_by', COUNT(*), MIN(closed_at), MAX(closed_at) FROM year_closes WHERE hub_id = $1 AND closed_by = $2
     UNION ALL
     SELECT 'year_closes.reopened_by', COUNT(*), MIN(reopened_at), MAX(reopened_at) FROM year_closes WHERE hub_id = $1 AND reopened_by = $2
     UNION ALL
     SELECT 'events.completed_by', COUNT(*), MIN(completed_at), MAX(completed_at) FROM events WHERE hub_id = $1 AND completed_by = $2
     UNION ALL
     SELECT 'events.cancelled_by', COUNT(*), MIN(cancelled_at), MAX(cancelled_at) FROM events WHERE hub_id = $1 AND cancelled_by = $2
     UNION ALL
     SELECT 'called_off_sessions.called_off_by', COUNT(*), MIN(called_off_at), MAX(called_off_at) FROM called_off_sessions WHERE hub_id = $1 AND called_off_by = $2
     UNION ALL
     SELECT 'tickets.issued_by', COUNT(*), MIN(issued_at), MAX(issued_at) FROM tickets WHERE hub_id = $1 AND issued_by = $2
     UNION ALL
     SELECT 'tickets.revoked_by', COUNT(*), MIN(revoked_at), MAX(revoked_at) FROM tickets WHERE hub_id = $1 AND revoked_by = $2
     UNION ALL
     SELECT 'bookings.requested_by', COUNT(*), MIN(requested_at), MAX(requested_at) FROM bookings WHERE hub_id = $1 AND requested_by = $2
     UNION ALL
     SELECT 'bookings.approved_by', COUNT(*), MIN(approved_at), MAX(approved_at) FROM bookings WHERE hub_id = $1 AND approved_by = $2
     UNION ALL
     SELECT 'bookings.ended_by', COUNT(*), MIN(ended_at), MAX(ended_at) FROM bookings WHERE hub_id = $1 AND ended_by = $2
     UNION ALL
     SELECT 'register_marks.marked_by', COUNT(*), MIN(marked_at), MAX(marked_at) FROM register_marks WHERE hub_id = $1 AND marked_by = $2
     UNION ALL
     SELECT 'commissions.requested_by', COUNT(*), MIN(requested_at), MAX(requested_at) FROM commissions WHERE hub_id = $1 AND requested_by = $2
     UNION ALL
     SELECT 'commissions.ended_by', COUNT(*), MIN(ended_at), MAX(ended_at) FROM commissions WHERE hub_id = $1 AND ended_by = $2
     UNION ALL
     SELECT 'commission_quotes.quoted_by', COUNT(*), MIN(quoted_at), MAX(quoted_at) FROM commission_quotes WHERE hub_id = $1 AND quoted_by = $2
     UNION ALL
     SELECT 'commission_quotes.buyer_agreed_by', COUNT(*), MIN(buyer_agreed_at), MAX(buyer_agreed_at) FROM commission_quotes WHERE hub_id = $1 AND buyer_agreed_by = $2
     UNION ALL
     SELECT 'commission_quotes.second_agreed_by', COUNT(*), MIN(second_agreed_at), MAX(second_agreed_at) FROM commission_quotes WHERE hub_id = $1 AND second_agreed_by = $2
     UNION ALL
     SELECT 'commission_quotes.provider_agreed_by', COUNT(*), MIN(provider_agreed_at), MAX(provider_agreed_at) FROM commission_quotes WHERE hub_id = $1 AND provider_agreed_by = $2
     UNION ALL
     SELECT 'commission_milestones.delivered_by', COUNT(*), MIN(delivered_at), MAX(delivered_at) FROM commission_milestones WHERE hub_id = $1 AND delivered_by = $2
     UNION ALL
     SELECT 'commission_milestones.answered_by', COUNT(*), MIN(answered_at), MAX(answered_at) FROM commission_milestones WHERE hub_id = $1 AND answered_by = $2
     UNION ALL
     SELECT 'commission_disputes.raised_by', COUNT(*), MIN(raised_at), MAX(raised_at) FROM commission_disputes WHERE hub_id = $1 AND raised_by = $2
     UNION ALL
     SELECT 'commission_disputes.resolved_by', COUNT(*), MIN(resolved_at), MAX(resolved_at) FROM commission_disputes WHERE hub_id = $1 AND resolved_by = $2
     UNION ALL
     SELECT 'commission_moves.decided_by', COUNT(*), MIN(decided_at), MAX(decided_at) FROM commission_moves WHERE hub_id = $1 AND decided_by = $2
     UNION ALL
     SELECT 'commission_visits.recorded_by', COUNT(*), MIN(recorded_at), MAX(recorded_at) FROM commission_visits WHERE hub_id = $1 AND recorded_by = $2
     UNION ALL
     SELECT 'commission_questions.written_by', COUNT(*), MIN(written_at), MAX(written_at) FROM commission_questions WHERE hub_id = $1 AND written_by = $2
     UNION ALL
     SELECT 'commission_reviews.written_by', COUNT(*), MIN(written_at), MAX(written_at) FROM commission_reviews WHERE hub_id = $1 AND written_by = $2
     UNION ALL
     SELECT 'transactions.actor_id', COUNT(*), MIN(recorded_at), MAX(recorded_at) FROM transactions WHERE hub_id = $1 AND actor_id = $2
     UNION ALL
     SELECT 'changes.actor_id', COUNT(*), MIN(recorded_at), MAX(recorded_at) FROM changes WHERE hub_id = $1 AND actor_id = $2
     UNION ALL
     SELECT 'announcements.sent_by', COUNT(*), MIN(sent_at), MAX(sent_at) FROM announcements WHERE hub_id = $1 AND sent_by = $2
     UNION ALL
     SELECT 'hubs.four_eyes_off_asked_by', COUNT(*), CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ) FROM hubs WHERE id = $1 AND four_eyes_off_asked_by = $2
     UNION ALL
     SELECT 'schools.own_approval_asked_by', COUNT(*), CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ) FROM schools WHERE hub_id = $1 AND own_approval_asked_by = $2
     UNION ALL
     SELECT 'schools.one_person_asked_by', COUNT(*), CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ) FROM schools WHERE hub_id = $1 AND one_person_asked_by = $2
     UNION ALL
     SELECT 'commission_disputes.buyer_would_pay_by', COUNT(*), CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ) FROM commission_disputes WHERE hub_id = $1 AND buyer_would_pay_by = $2
     UNION ALL
     SELECT 'commission_disputes.provider_would_take_by', COUNT(*), CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ) FROM commission_disputes WHERE hub_id = $1 AND provider_would_take_by = $2";
