//! Every statement of the settlements. Whether a payment was reversed is read from the ledger.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Filter, Payment, SettledLine, Settlement};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AccountId, HubId, PartnerId, PaymentId, PersonId, SettlementId};
use crate::base::text::Line;

/// How many lines are read at once where all are.
const AT_ONCE: i64 = 2000;

/// The postings to an account of what is owed, up to a day, that are on no live statement: those that earned or
/// corrected, not those that paid. A correction has the value of the day of what it corrects.
macro_rules! moved {
    () => {
        "SELECT e.hub_id, e.sequence, COALESCE(v.title, j.reason, m.title || ': ' || k.title || COALESCE(' (' || k.reference || ')', ''), t.kind) AS what_for,
                CASE e.side WHEN 'credit' THEN e.amount ELSE -e.amount END AS credits,
                COALESCE(CASE WHEN v.id IS NOT NULL THEN
                             (SELECT MIN(s.effective_on) FROM transactions s
                              WHERE s.hub_id = t.hub_id AND s.source_id = v.id AND s.kind = 'event_settled') END,
                         r.effective_on, o.effective_on, t.effective_on) AS earned_on
         FROM entries e
         JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
                            AND t.effective_on <= $3 AND t.source_kind <> 'settlement'
         LEFT JOIN events v ON t.source_kind = 'event' AND v.hub_id = t.hub_id AND v.id = t.source_id
         LEFT JOIN adjustments j ON t.source_kind = 'adjustment' AND j.hub_id = t.hub_id AND j.id = t.source_id
         LEFT JOIN commissions m ON t.source_kind = 'commission' AND m.hub_id = t.hub_id AND m.id = t.source_id
         LEFT JOIN commission_moves w ON w.hub_id = m.hub_id AND w.transaction_id = t.id
         LEFT JOIN commission_milestones k ON k.hub_id = w.hub_id AND k.commission_id = m.id AND k.number = w.number
         LEFT JOIN transactions r ON r.hub_id = t.hub_id AND r.id = t.reverses
         LEFT JOIN transactions o ON o.hub_id = j.hub_id AND o.id = j.corrects
         WHERE e.hub_id = $1 AND e.account_id = $2
           AND NOT EXISTS (SELECT 1 FROM settlement_lines l
                           WHERE l.hub_id = e.hub_id AND l.sequence = e.sequence AND l.live)"
    };
}

/// The same with their value: that of each day is looked up once, so that a long statement asks little of each posting.
macro_rules! earned {
    () => {
        concat!(
            "WITH moved AS MATERIALIZED (",
            moved!(),
            "), days AS MATERIALIZED (
             SELECT d.earned_on,
                    COALESCE((SELECT v.pence FROM credit_values v
                              WHERE v.hub_id = $1 AND v.valid_from <= d.earned_on ORDER BY v.valid_from DESC LIMIT 1),
                             (SELECT v.pence FROM credit_values v WHERE v.hub_id = $1 ORDER BY v.valid_from LIMIT 1)) AS value
             FROM (SELECT DISTINCT earned_on FROM moved) d
         ), earned AS (
             SELECT c.hub_id, c.sequence, c.earned_on, c.what_for, c.credits, d.value,
                    (c.credits * d.value + CASE WHEN c.credits < 0 THEN -50 ELSE 50 END) / 100 AS pence
             FROM moved c JOIN days d ON d.earned_on = c.earned_on
         ) "
        )
    };
}

/// Where a statement stands.
macro_rules! state {
    () => {
        "CASE WHEN s.cancelled_at IS NOT NULL THEN 'cancelled' WHEN m.credits IS NULL THEN 'stated'
              WHEN m.credits < s.credits THEN 'part_paid' ELSE 'paid' END"
    };
}

/// The columns of a statement with its partner's name, and what is paid of it.
macro_rules! columns {
    () => {
        concat!(
            "s.id, s.partner_id, p.name AS partner_name, s.number, s.up_to, s.credits, s.pence,
             CAST(COALESCE(m.credits, 0) AS BIGINT) AS credits_paid, CAST(COALESCE(m.pence, 0) AS BIGINT) AS pence_paid, ",
            state!(),
            " AS state, s.stated_by, s.stated_at, s.cancelled_by, s.cancelled_at, s.cancelled_because"
        )
    };
}

/// Where those columns come from.
macro_rules! settlements {
    () => {
        "settlements s
         JOIN partners p ON p.hub_id = s.hub_id AND p.id = s.partner_id
         LEFT JOIN (SELECT y.hub_id, y.settlement_id, SUM(y.credits) AS credits, SUM(y.pence) AS pence
                    FROM settlement_payments y
                    WHERE y.hub_id = $1
                      AND NOT EXISTS (SELECT 1 FROM transactions r WHERE r.hub_id = y.hub_id AND r.reverses = y.transaction_id)
                    GROUP BY y.hub_id, y.settlement_id) m ON m.hub_id = s.hub_id AND m.settlement_id = s.id"
    };
}

/// A payment, and whether it was reversed.
macro_rules! payments {
    () => {
        "y.id, y.settlement_id, y.credits, y.pence, y.paid_on, y.bank_reference, y.transaction_id, y.paid_by, y.paid_at,
                r.id AS reversed_by, CASE WHEN r.id IS NULL THEN 'paid' ELSE 'reversed' END AS state
         FROM settlement_payments y
         LEFT JOIN transactions r ON r.hub_id = y.hub_id AND r.reverses = y.transaction_id"
    };
}

/// A statement to be written.
pub(super) struct New {
    pub(super) id: SettlementId,
    pub(super) partner: PartnerId,
    pub(super) number: i64,
    pub(super) up_to: NaiveDate,
    pub(super) credits: Credits,
    pub(super) pence: i64,
    pub(super) stated_by: Option<PersonId>,
    pub(super) stated_at: DateTime<Utc>,
}

/// The credits that were earned and are on no statement, and what they are worth in pence.
pub(super) async fn earned(tx: &mut Tx, hub: HubId, owed: AccountId, up_to: NaiveDate) -> Result<(Credits, i64)> {
    tx.query(concat!(
        earned!(),
        "SELECT CAST(COALESCE(SUM(w.credits), 0) AS BIGINT), CAST(COALESCE(SUM(w.pence), 0) AS BIGINT)
         FROM earned w WHERE w.hub_id = $1"
    ))
    .bind(hub)
    .bind(owed)
    .bind(up_to)
    .one()
    .await
}

/// Writes the same as the lines of a statement.
pub(super) async fn freeze(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    owed: AccountId,
    up_to: NaiveDate,
) -> Result<Changed> {
    tx.query(concat!(
        earned!(),
        "INSERT INTO settlement_lines (hub_id, settlement_id, sequence, live, earned_on, what_for, credits, credit_value_pence, pence)
         SELECT $1, $4, w.sequence, TRUE, w.earned_on, w.what_for, w.credits, w.value, w.pence FROM earned w WHERE w.hub_id = $1"
    ))
    .bind(hub)
    .bind(owed)
    .bind(up_to)
    .bind(id)
    .run()
    .await
}

pub(super) async fn last_number(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let (number,): (i64,) = tx
        .query("SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM settlements WHERE hub_id = $1")
        .bind(hub)
        .one()
        .await?;
    Ok(number)
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, new: &New) -> Result<Changed> {
    tx.query(
        "INSERT INTO settlements (hub_id, id, partner_id, number, up_to, credits, pence, stated_by, stated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.partner)
    .bind(new.number)
    .bind(new.up_to)
    .bind(new.credits)
    .bind(new.pence)
    .bind(new.stated_by)
    .bind(new.stated_at)
    .run()
    .await
}

pub(super) async fn cancel(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    (by, at, because): (Option<PersonId>, DateTime<Utc>, &Line),
) -> Result<Changed> {
    tx.query(
        "UPDATE settlements SET cancelled_by = $3, cancelled_at = $4, cancelled_because = $5
         WHERE hub_id = $1 AND id = $2 AND cancelled_at IS NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(by)
    .bind(at)
    .bind(because.clone())
    .run()
    .await
}

/// Makes the lines of a cancelled statement free for another.
pub(super) async fn release(tx: &mut Tx, hub: HubId, id: SettlementId) -> Result<Changed> {
    tx.query("UPDATE settlement_lines SET live = FALSE WHERE hub_id = $1 AND settlement_id = $2")
        .bind(hub)
        .bind(id)
        .run()
        .await
}

pub(super) async fn insert_payment(tx: &mut Tx, hub: HubId, payment: &Payment) -> Result<Changed> {
    tx.query(
        "INSERT INTO settlement_payments (hub_id, id, settlement_id, credits, pence, paid_on, bank_reference, transaction_id, paid_by, paid_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(hub)
    .bind(payment.id)
    .bind(payment.settlement_id)
    .bind(payment.credits)
    .bind(payment.pence)
    .bind(payment.paid_on)
    .bind(payment.bank_reference.clone())
    .bind(payment.transaction_id)
    .bind(payment.paid_by)
    .bind(payment.paid_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: SettlementId) -> Result<Option<Settlement>> {
    tx.query(concat!("SELECT ", columns!(), " FROM ", settlements!(), " WHERE s.hub_id = $1 AND s.id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// One range of the primary key.
const ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM ",
    settlements!(),
    " WHERE s.hub_id = $1 AND s.id > $2 AND ($3 IS NULL OR $3 = ",
    state!(),
    ") ORDER BY s.id LIMIT $4"
);

/// One range of `settlements_by_partner`.
const OF_PARTNER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM ",
    settlements!(),
    " WHERE s.hub_id = $1 AND s.partner_id = $5 AND s.id > $2 AND ($3 IS NULL OR $3 = ",
    state!(),
    ") ORDER BY s.id LIMIT $4"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    Filter { partner, state }: Filter,
    after: Option<SettlementId>,
    limit: i64,
) -> Result<Vec<Settlement>> {
    let query = tx.query(if partner.is_some() { OF_PARTNER } else { ALL });
    let query = query.bind(hub).bind(after.unwrap_or(SettlementId(Uuid::nil()))).bind(state).bind(limit);
    match partner {
        Some(partner) => query.bind(partner).all().await,
        None => query.all().await,
    }
}

pub(super) async fn lines(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    after: i64,
    limit: i64,
) -> Result<Vec<SettledLine>> {
    tx.query(
        "SELECT l.sequence, t.id AS transaction_id, l.earned_on, l.what_for, l.credits, l.credit_value_pence, l.pence
         FROM settlement_lines l
         JOIN transactions t ON t.hub_id = l.hub_id AND t.sequence = l.sequence
         WHERE l.hub_id = $1 AND l.settlement_id = $2 AND l.sequence > $3
         ORDER BY l.sequence LIMIT $4",
    )
    .bind(hub)
    .bind(id)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// All lines of a statement, some thousand at a time.
pub(super) struct Lines<'t> {
    tx: &'t mut Tx,
    hub: HubId,
    id: SettlementId,
    after: Option<i64>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(tx: &'t mut Tx, hub: HubId, id: SettlementId) -> Lines<'t> {
        Lines { tx, hub, id, after: Some(0) }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Vec<SettledLine>>> {
        let Some(after) = self.after else { return Ok(None) };
        let some = lines(self.tx, self.hub, self.id, after, AT_ONCE).await?;
        self.after = some.last().map(|line| line.sequence);
        Ok(self.after.is_some().then_some(some))
    }
}

pub(super) async fn payment(tx: &mut Tx, hub: HubId, id: PaymentId) -> Result<Option<Payment>> {
    tx.query(concat!("SELECT ", payments!(), " WHERE y.hub_id = $1 AND y.id = $2")).bind(hub).bind(id).optional().await
}

pub(super) async fn payments(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    after: Option<PaymentId>,
    limit: i64,
) -> Result<Vec<Payment>> {
    tx.query(concat!(
        "SELECT ",
        payments!(),
        " WHERE y.hub_id = $1 AND y.settlement_id = $2 AND y.id > $3 ORDER BY y.id LIMIT $4"
    ))
    .bind(hub)
    .bind(id)
    .bind(after.unwrap_or(PaymentId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

/// Whether a payment of the statement that was not reversed has the reference.
pub(super) async fn has_reference(tx: &mut Tx, hub: HubId, id: SettlementId, reference: &Line) -> Result<bool> {
    let found: Option<(i64,)> = tx
        .query(
            "SELECT CAST(1 AS BIGINT) FROM settlement_payments y
             WHERE y.hub_id = $1 AND y.settlement_id = $2 AND y.bank_reference = $3
               AND NOT EXISTS (SELECT 1 FROM transactions r WHERE r.hub_id = y.hub_id AND r.reverses = y.transaction_id)
             LIMIT 1",
        )
        .bind(hub)
        .bind(id)
        .bind(reference.clone())
        .optional()
        .await?;
    Ok(found.is_some())
}

pub(super) async fn in_words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, i64, Line)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT y.id, s.number, y.bank_reference
         FROM wanted w
         JOIN settlement_payments y ON y.hub_id = w.hub_id AND y.id = w.id
         JOIN settlements s ON s.hub_id = y.hub_id AND s.id = y.settlement_id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}
