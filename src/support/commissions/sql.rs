//! Every statement of the commissions.

pub(super) mod disputes;
pub(super) mod due;
pub(super) mod heirs;
pub(super) mod milestones;
pub(super) mod money;
pub(super) mod quotes;
pub(super) mod talk;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Commission, Filter, Party, Reach, Refusal};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId, SchoolId};
use crate::base::year::AcademicYear;

/// The columns of a commission, with the names of its sides.
macro_rules! columns {
    () => {
        "c.id, c.title, c.brief, c.state, c.buyer_id, b.name AS buyer_name, c.provider_school_id, c.provider_partner_id,
         COALESCE(s.name, p.name) AS provider_name, c.is_open, c.offer_id, c.priority_id, c.budget, c.answer_by, c.year,
         c.brokerage_share, c.brokerage_of, c.borne_by, c.notice_days, c.kept_percent, c.committed, c.settled, c.held,
         c.requested_by, c.requested_at, c.agreed_at, c.ended_by, c.ended_at, c.ended_because, c.version"
    };
}

/// Commissions with the names of their sides; goes on with the conditions.
macro_rules! commissions {
    ($conditions:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            "
             FROM commissions c
             JOIN schools b ON b.hub_id = c.hub_id AND b.id = c.buyer_id
             LEFT JOIN schools s ON s.hub_id = c.hub_id AND s.id = c.provider_school_id
             LEFT JOIN partners p ON p.hub_id = c.hub_id AND p.id = c.provider_partner_id
             WHERE c.hub_id = $1 ",
            $conditions
        )
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, new: &Commission) -> Result<Changed> {
    tx.query(
        "INSERT INTO commissions (hub_id, id, buyer_id, provider_school_id, provider_partner_id, offer_id, priority_id, title,
                                  brief, budget, answer_by, is_open, state, year, brokerage_share, brokerage_of, borne_by,
                                  notice_days, kept_percent, committed, settled, held, requested_by, requested_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.buyer_id)
    .bind(new.provider_school_id)
    .bind(new.provider_partner_id)
    .bind(new.offer_id)
    .bind(new.priority_id)
    .bind(new.title.clone())
    .bind(new.brief.clone())
    .bind(new.budget)
    .bind(new.answer_by)
    .bind(new.is_open)
    .bind(new.state)
    .bind(new.year)
    .bind(new.brokerage_share)
    .bind(new.brokerage_of)
    .bind(new.borne_by)
    .bind(new.notice_days)
    .bind(new.kept_percent)
    .bind(new.committed)
    .bind(new.settled)
    .bind(new.held)
    .bind(new.requested_by)
    .bind(new.requested_at)
    .bind(new.version)
    .run()
    .await
}

/// Writes what can change of a commission, and raises its version.
pub(super) async fn update(tx: &mut Tx, hub: HubId, commission: &mut Commission) -> std::result::Result<(), Refusal> {
    tx.query(
        "UPDATE commissions SET provider_school_id = $4, provider_partner_id = $5, state = $6, year = $7, brokerage_share = $8,
             brokerage_of = $9, borne_by = $10, notice_days = $11, kept_percent = $12, committed = $13, settled = $14,
             held = $15, agreed_at = $16, ended_by = $17, ended_at = $18, ended_because = $19, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3",
    )
    .bind(hub)
    .bind(commission.id)
    .bind(commission.version)
    .bind(commission.provider_school_id)
    .bind(commission.provider_partner_id)
    .bind(commission.state)
    .bind(commission.year)
    .bind(commission.brokerage_share)
    .bind(commission.brokerage_of)
    .bind(commission.borne_by)
    .bind(commission.notice_days)
    .bind(commission.kept_percent)
    .bind(commission.committed)
    .bind(commission.settled)
    .bind(commission.held)
    .bind(commission.agreed_at)
    .bind(commission.ended_by)
    .bind(commission.ended_at)
    .bind(commission.ended_because.clone())
    .run()
    .await?
    .exactly(1)?;
    commission.version += 1;
    Ok(())
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Option<Commission>> {
    tx.query(commissions!("AND c.id = $2")).bind(hub).bind(id).optional().await
}

/// The filters of a page of one range.
macro_rules! filtered {
    () => {
        "($5 IS NULL OR state = $5) AND ($6 IS NULL OR priority_id = $6) AND ($8 IS NULL OR is_open = $8)
               AND ($9 IS NULL OR buyer_id = $9 OR provider_school_id = $9)
               AND ($10 IS NULL OR provider_partner_id = $10)
             ORDER BY id LIMIT $12"
    };
}

/// One range of the primary key.
const ALL: &str = commissions!(
    "AND ($2 IS NULL OR c.priority_id = $2) AND ($3 IS NULL OR c.is_open = $3) AND c.id > $4 ORDER BY c.id LIMIT $5"
);

/// One range of the index by state.
const ALL_IN_STATE: &str = commissions!(
    "AND c.state = $6 AND ($2 IS NULL OR c.priority_id = $2) AND ($3 IS NULL OR c.is_open = $3) AND c.id > $4
     ORDER BY c.id LIMIT $5"
);

/// A page of one range of each index: what they buy, what they provide, and what is open to all. What one of them shows
/// already is left out of the others; none is read further than the page. That nobody provides yet is asked of both columns
/// at once: asked of each, SQLite would go through all commissions without that provider.
const OF_ONE: &str = concat!(
    "WITH seen AS MATERIALIZED (
         SELECT id FROM (
             SELECT id FROM commissions WHERE hub_id = $1 AND buyer_id = $2 AND id > $3 AND $7 <> 'provider' AND ",
    filtered!(),
    ") buys
         UNION ALL SELECT id FROM (
             SELECT id FROM commissions WHERE hub_id = $1 AND provider_school_id = $2 AND id > $3 AND $7 <> 'buyer' AND ",
    filtered!(),
    ") provides
         UNION ALL SELECT id FROM (
             SELECT id FROM commissions WHERE hub_id = $1 AND provider_partner_id = $4 AND id > $3 AND $7 <> 'buyer' AND ",
    filtered!(),
    ") provides_as_partner
         UNION ALL SELECT id FROM (
             SELECT id FROM commissions
             WHERE hub_id = $1 AND is_open AND state IN ('requested', 'quoted') AND id > $3 AND $11
               AND ($2 IS NULL OR buyer_id <> $2) AND COALESCE(provider_school_id, provider_partner_id) IS NULL AND ",
    filtered!(),
    ") asked_of_all
     )
     SELECT ",
    columns!(),
    "
     FROM seen CROSS JOIN commissions c
     JOIN schools b ON b.hub_id = c.hub_id AND b.id = c.buyer_id
     LEFT JOIN schools s ON s.hub_id = c.hub_id AND s.id = c.provider_school_id
     LEFT JOIN partners p ON p.hub_id = c.hub_id AND p.id = c.provider_partner_id
     WHERE c.hub_id = $1 AND c.id = seen.id
     ORDER BY seen.id LIMIT $12"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    reach: Reach,
    filter: Filter,
    after: Option<CommissionId>,
    limit: i64,
) -> Result<Vec<Commission>> {
    let after = after.unwrap_or(CommissionId(Uuid::nil()));
    let Filter { state, party, school, partner, open, priority } = filter;
    let with = (school, partner);
    let (school, partner) = match reach {
        Reach::Hub if (None, None) == (school, partner) => return all(tx, hub, filter, after, limit).await,
        Reach::Hub => (school, partner.filter(|_| school.is_none())),
        Reach::School(school) => (Some(school), None),
        Reach::Partner(partner) => (None, Some(partner)),
    };
    let of_all = reach != Reach::Hub && party.is_none();
    let one = tx.query(OF_ONE).bind(hub).bind(school).bind(after).bind(partner).bind(state).bind(priority);
    let one = one.bind(party.map_or("", Party::as_str)).bind(open).bind(with.0).bind(with.1).bind(of_all);
    one.bind(limit).all().await
}

/// A page of the hub's commissions, of whichever schools and partners.
async fn all(tx: &mut Tx, hub: HubId, filter: Filter, after: CommissionId, limit: i64) -> Result<Vec<Commission>> {
    let statement = if filter.state.is_some() { ALL_IN_STATE } else { ALL };
    let all = tx.query(statement).bind(hub).bind(filter.priority).bind(filter.open).bind(after).bind(limit);
    match filter.state {
        Some(state) => all.bind(state).all().await,
        None => all.all().await,
    }
}

/// A page of the commissions that were asked for before an instant and not agreed, or have a milestone that was due before
/// today, or is disputed.
pub(super) async fn stuck(
    tx: &mut Tx,
    hub: HubId,
    (asked_before, today): (DateTime<Utc>, NaiveDate),
    after: Option<CommissionId>,
    limit: i64,
) -> Result<Vec<Commission>> {
    tx.query(commissions!(
        "AND c.id > $4
           AND ((c.state IN ('requested', 'quoted') AND c.requested_at < $2)
                OR EXISTS (SELECT 1 FROM commission_milestones m
                           WHERE m.hub_id = c.hub_id AND m.commission_id = c.id
                             AND (m.state = 'disputed' OR (m.state = 'open' AND m.due_on < $3))))
         ORDER BY c.id LIMIT $5"
    ))
    .bind(hub)
    .bind(asked_before)
    .bind(today)
    .bind(after.unwrap_or(CommissionId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

pub(super) async fn in_words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT c.id, c.title FROM wanted w JOIN commissions c ON c.hub_id = w.hub_id AND c.id = w.id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// A page of the commissions that were agreed.
pub(super) async fn agreed(
    tx: &mut Tx,
    hub: HubId,
    after: Option<CommissionId>,
    limit: i64,
) -> Result<Vec<Commission>> {
    tx.query(commissions!("AND c.agreed_at IS NOT NULL AND c.id > $2 ORDER BY c.id LIMIT $3"))
        .bind(hub)
        .bind(after.unwrap_or(CommissionId(Uuid::nil())))
        .bind(limit)
        .all()
        .await
}

/// The commissions for which a school's credits are held.
pub(super) async fn held_for(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Commission>> {
    tx.query(commissions!("AND c.buyer_id = $2 AND c.held > 0 ORDER BY c.id")).bind(hub).bind(school).all().await
}

/// A page of the commissions that hold credits, of which wallets of the year paid some.
pub(super) async fn paid_in_year(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    after: Option<CommissionId>,
) -> Result<Vec<Commission>> {
    tx.query(commissions!(
        "AND c.held > 0 AND c.id > $3
           AND EXISTS (SELECT 1 FROM commission_funds f JOIN accounts a ON a.hub_id = f.hub_id AND a.id = f.account_id
                       WHERE f.hub_id = c.hub_id AND f.commission_id = c.id AND a.year = $2)
         ORDER BY c.id LIMIT 200"
    ))
    .bind(hub)
    .bind(year)
    .bind(after.unwrap_or(CommissionId(Uuid::nil())))
    .all()
    .await
}

/// The commissions of a school, as buyer or provider, that have not ended.
pub(super) async fn open_of_school(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Commission>> {
    tx.query(commissions!(
        "AND (c.buyer_id = $2 OR c.provider_school_id = $2)
           AND (c.state IN ('requested', 'quoted', 'agreed') OR c.held > 0) ORDER BY c.id"
    ))
    .bind(hub)
    .bind(school)
    .all()
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    /// Each of the four is one range of its index in the order of the page, and nothing of it is sorted.
    #[tokio::test]
    async fn a_page_of_one_reads_one_range_of_each_index() {
        let steps = plan(OF_ONE).await;
        for range in [
            "commissions_by_buyer (hub_id=? AND buyer_id=? AND id>?)",
            "commissions_by_provider_school (hub_id=? AND provider_school_id=? AND id>?)",
            "commissions_by_provider_partner (hub_id=? AND provider_partner_id=? AND id>?)",
            "commissions_open (hub_id=? AND id>?)",
        ] {
            assert_eq!(steps.iter().filter(|step| step.contains(range)).count(), 1, "{range}: {steps:#?}");
        }
        assert!(!steps.iter().any(|step| step.starts_with("SCAN commissions")), "{steps:#?}");
    }
}
