//! Every statement of what the sides tell each other.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::talk::{Question, Review, Visit};
use super::super::{Commission, Provider};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId, PartnerId, QuestionId, SchoolId, VisitId};

/// Whether a provider was asked, has asked, or has quoted.
pub(in super::super) async fn is_known(
    tx: &mut Tx,
    hub: HubId,
    commission: &Commission,
    provider: Provider,
) -> Result<bool> {
    if commission.provider() == Some(provider) {
        return Ok(true);
    }
    let (school, partner) = (provider.school(), provider.partner());
    let (known,): (bool,) = tx
        .query(
            "SELECT EXISTS (SELECT 1 FROM commission_questions
                            WHERE hub_id = $1 AND commission_id = $2 AND (provider_school_id = $3 OR provider_partner_id = $4))
                 OR EXISTS (SELECT 1 FROM commission_quotes
                            WHERE hub_id = $1 AND commission_id = $2 AND (provider_school_id = $3 OR provider_partner_id = $4))",
        )
        .bind(hub)
        .bind(commission.id)
        .bind(school)
        .bind(partner)
        .one()
        .await?;
    Ok(known)
}

pub(in super::super) async fn insert_question(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    new: &Question,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO commission_questions (hub_id, id, commission_id, provider_school_id, provider_partner_id, side, text,
                                           written_by, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(id)
    .bind(new.provider_school_id)
    .bind(new.provider_partner_id)
    .bind(new.side)
    .bind(new.text.clone())
    .bind(new.written_by)
    .bind(new.written_at)
    .run()
    .await
}

pub(in super::super) async fn questions(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    (all, school, partner): (bool, Option<SchoolId>, Option<PartnerId>),
    after: Option<QuestionId>,
    limit: i64,
) -> Result<Vec<Question>> {
    tx.query(
        "SELECT id, provider_school_id, provider_partner_id, side, text, written_by, written_at FROM commission_questions
         WHERE hub_id = $1 AND commission_id = $2 AND id > $3
           AND ($4 = TRUE OR provider_school_id = $5 OR provider_partner_id = $6)
         ORDER BY id LIMIT $7",
    )
    .bind(hub)
    .bind(id)
    .bind(after.unwrap_or(QuestionId(Uuid::nil())))
    .bind(all)
    .bind(school)
    .bind(partner)
    .bind(limit)
    .all()
    .await
}

/// The questions and answers that were written at an instant.
pub(in super::super) async fn questions_at(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    at: DateTime<Utc>,
) -> Result<Vec<Question>> {
    tx.query(
        "SELECT id, provider_school_id, provider_partner_id, side, text, written_by, written_at FROM commission_questions
         WHERE hub_id = $1 AND commission_id = $2 AND written_at = $3 ORDER BY id",
    )
    .bind(hub)
    .bind(id)
    .bind(at)
    .all()
    .await
}

/// The visits that were recorded at an instant.
pub(in super::super) async fn visits_at(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    at: DateTime<Utc>,
) -> Result<Vec<Visit>> {
    tx.query(
        "SELECT id, number, visited_on, minutes, who, done, next_step, link, late, recorded_by, recorded_at
         FROM commission_visits WHERE hub_id = $1 AND commission_id = $2 AND recorded_at = $3 ORDER BY id",
    )
    .bind(hub)
    .bind(id)
    .bind(at)
    .all()
    .await
}

pub(in super::super) async fn insert_visit(tx: &mut Tx, hub: HubId, id: CommissionId, new: &Visit) -> Result<Changed> {
    tx.query(
        "INSERT INTO commission_visits (hub_id, id, commission_id, number, visited_on, minutes, who, done, next_step, link,
                                        late, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(id)
    .bind(new.milestone)
    .bind(new.visited_on)
    .bind(new.minutes)
    .bind(new.who.clone())
    .bind(new.done.clone())
    .bind(new.next_step.clone())
    .bind(new.link.clone())
    .bind(new.late)
    .bind(new.recorded_by)
    .bind(new.recorded_at)
    .run()
    .await
}

pub(in super::super) async fn visits(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    after: Option<VisitId>,
    limit: i64,
) -> Result<Vec<Visit>> {
    tx.query(
        "SELECT id, number, visited_on, minutes, who, done, next_step, link, late, recorded_by, recorded_at
         FROM commission_visits WHERE hub_id = $1 AND commission_id = $2 AND id > $3 ORDER BY id LIMIT $4",
    )
    .bind(hub)
    .bind(id)
    .bind(after.unwrap_or(VisitId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

pub(in super::super) async fn save_review(tx: &mut Tx, hub: HubId, id: CommissionId, new: &Review) -> Result<Changed> {
    tx.query(
        "INSERT INTO commission_reviews (hub_id, commission_id, side, impact, rating, written_by, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (hub_id, commission_id, side)
         DO UPDATE SET impact = excluded.impact, rating = excluded.rating, written_by = excluded.written_by,
                       written_at = excluded.written_at",
    )
    .bind(hub)
    .bind(id)
    .bind(new.side)
    .bind(new.impact.clone())
    .bind(new.rating)
    .bind(new.written_by)
    .bind(new.written_at)
    .run()
    .await
}

pub(in super::super) async fn reviews(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Review>> {
    tx.query(
        "SELECT side, impact, rating, written_by, written_at FROM commission_reviews
         WHERE hub_id = $1 AND commission_id = $2 ORDER BY side",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}
