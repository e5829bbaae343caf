//! Every statement of the quotes.

use super::super::{Quote, QuoteState, Terms};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId, QuoteId};
use crate::base::text::Line;

/// Quotes with their provider's name; goes on with the conditions.
macro_rules! quotes {
    ($conditions:literal) => {
        concat!(
            "SELECT q.id, q.commission_id, q.number, q.varies, q.provider_school_id, q.provider_partner_id,
                    COALESCE(s.name, p.name) AS provider_name, q.specialist, q.note, q.valid_until, q.notice_days,
                    q.kept_percent, q.brokerage_share, q.brokerage_of, q.borne_by, q.price, q.state, q.quoted_by, q.quoted_at,
                    q.buyer_agreed_by, q.buyer_agreed_at, q.second_agreed_by, q.second_agreed_at, q.provider_agreed_by,
                    q.provider_agreed_at
             FROM commission_quotes q
             LEFT JOIN schools s ON s.hub_id = q.hub_id AND s.id = q.provider_school_id
             LEFT JOIN partners p ON p.hub_id = q.hub_id AND p.id = q.provider_partner_id
             WHERE q.hub_id = $1 AND q.commission_id = $2 ",
            $conditions
        )
    };
}

pub(in super::super) async fn of(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Quote>> {
    tx.query(quotes!("ORDER BY q.number")).bind(hub).bind(id).all().await
}

pub(in super::super) async fn offered(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Quote>> {
    tx.query(quotes!("AND q.state = 'offered' ORDER BY q.number")).bind(hub).bind(id).all().await
}

pub(in super::super) async fn get(tx: &mut Tx, hub: HubId, id: CommissionId, quote: QuoteId) -> Result<Option<Quote>> {
    tx.query(quotes!("AND q.id = $3")).bind(hub).bind(id).bind(quote).optional().await
}

/// The quote or variation that was agreed last.
pub(in super::super) async fn last_agreed(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Option<QuoteId>> {
    let found: Option<(QuoteId,)> = tx
        .query(
            "SELECT id FROM commission_quotes WHERE hub_id = $1 AND commission_id = $2 AND state = 'agreed'
             ORDER BY number DESC LIMIT 1",
        )
        .bind(hub)
        .bind(id)
        .optional()
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Who comes: as the last that was agreed says of it.
pub(in super::super) async fn specialist(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Option<Line>> {
    let found: Option<(Line,)> = tx
        .query(
            "SELECT specialist FROM commission_quotes
             WHERE hub_id = $1 AND commission_id = $2 AND state = 'agreed' AND specialist IS NOT NULL
             ORDER BY number DESC LIMIT 1",
        )
        .bind(hub)
        .bind(id)
        .optional()
        .await?;
    Ok(found.map(|(specialist,)| specialist))
}

/// The number of the last quote of a commission.
pub(in super::super) async fn last(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<i64> {
    let (last,): (i64,) = tx
        .query(
            "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM commission_quotes WHERE hub_id = $1 AND commission_id = $2",
        )
        .bind(hub)
        .bind(id)
        .one()
        .await?;
    Ok(last)
}

pub(in super::super) async fn terms(tx: &mut Tx, hub: HubId, quote: QuoteId) -> Result<Vec<Terms>> {
    tx.query(
        "SELECT number, title, done_when, due_on, half_days, day_rate, half_day_rate, price, reference
         FROM commission_quote_milestones WHERE hub_id = $1 AND quote_id = $2 ORDER BY number",
    )
    .bind(hub)
    .bind(quote)
    .all()
    .await
}

/// What the same provider offered before is superseded.
pub(in super::super) async fn supersede(tx: &mut Tx, hub: HubId, by: &Quote) -> Result<Changed> {
    tx.query(
        "UPDATE commission_quotes SET state = 'superseded'
         WHERE hub_id = $1 AND commission_id = $2 AND state = 'offered'
           AND (provider_school_id = $3 OR provider_partner_id = $4)",
    )
    .bind(hub)
    .bind(by.commission_id)
    .bind(by.provider_school_id)
    .bind(by.provider_partner_id)
    .run()
    .await
}

pub(in super::super) async fn insert(tx: &mut Tx, hub: HubId, new: &Quote) -> Result<Changed> {
    tx.query(
        "INSERT INTO commission_quotes (hub_id, id, commission_id, number, varies, provider_school_id, provider_partner_id,
             specialist, note, valid_until, notice_days, kept_percent, brokerage_share, brokerage_of, borne_by, price, state,
             quoted_by, quoted_at, buyer_agreed_by, buyer_agreed_at, provider_agreed_by, provider_agreed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.commission_id)
    .bind(new.number)
    .bind(new.varies)
    .bind(new.provider_school_id)
    .bind(new.provider_partner_id)
    .bind(new.specialist.clone())
    .bind(new.note.clone())
    .bind(new.valid_until)
    .bind(new.notice_days)
    .bind(new.kept_percent)
    .bind(new.brokerage_share)
    .bind(new.brokerage_of)
    .bind(new.borne_by)
    .bind(new.price)
    .bind(new.state)
    .bind(new.quoted_by)
    .bind(new.quoted_at)
    .bind(new.buyer_agreed_by)
    .bind(new.buyer_agreed_at)
    .bind(new.provider_agreed_by)
    .bind(new.provider_agreed_at)
    .run()
    .await
}

pub(in super::super) async fn insert_terms(
    tx: &mut Tx,
    hub: HubId,
    quote: QuoteId,
    terms: &[Terms],
) -> Result<Changed> {
    tx.rows::<11, _>(
        "INSERT INTO commission_quote_milestones (hub_id, quote_id, number, title, done_when, due_on, half_days, day_rate,
                                                  half_day_rate, price, reference) VALUES $rows",
        terms,
        |query, terms| {
            query
                .bind(hub)
                .bind(quote)
                .bind(terms.number)
                .bind(terms.title.clone())
                .bind(terms.done_when.clone())
                .bind(terms.due_on)
                .bind(terms.half_days)
                .bind(terms.day_rate)
                .bind(terms.half_day_rate)
                .bind(terms.price)
                .bind(terms.reference.clone())
        },
    )
    .await
}

/// A variation that waits for agreement is about the milestones that were open when it was proposed.
pub(in super::super) async fn lapse_variations(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Changed> {
    tx.query(
        "UPDATE commission_quotes SET state = 'superseded'
         WHERE hub_id = $1 AND commission_id = $2 AND state = 'offered' AND varies",
    )
    .bind(hub)
    .bind(id)
    .run()
    .await
}

/// Writes who agreed.
pub(in super::super) async fn sign(tx: &mut Tx, hub: HubId, quote: &Quote) -> Result<Changed> {
    tx.query(
        "UPDATE commission_quotes SET buyer_agreed_by = $3, buyer_agreed_at = $4, second_agreed_by = $5, second_agreed_at = $6,
             provider_agreed_by = $7, provider_agreed_at = $8
         WHERE hub_id = $1 AND id = $2 AND state = 'offered'",
    )
    .bind(hub)
    .bind(quote.id)
    .bind(quote.buyer_agreed_by)
    .bind(quote.buyer_agreed_at)
    .bind(quote.second_agreed_by)
    .bind(quote.second_agreed_at)
    .bind(quote.provider_agreed_by)
    .bind(quote.provider_agreed_at)
    .run()
    .await
}

pub(in super::super) async fn end(tx: &mut Tx, hub: HubId, quote: QuoteId, state: QuoteState) -> Result<Changed> {
    tx.query("UPDATE commission_quotes SET state = $3 WHERE hub_id = $1 AND id = $2 AND state = 'offered'")
        .bind(hub)
        .bind(quote)
        .bind(state)
        .run()
        .await
}
