//! Every statement of the directory.

use uuid::Uuid;

use crate::base::db::{Query, Result, Tx};
use crate::base::ids::{HubId, OfferId};
use crate::support::offers::Status;
use crate::support::offers::directory::{Filter, Terms};

/// The most terms that a search asks for beside the one that is looked up: the words of three texts, and five more.
const OTHERS: usize = 29;

/// A page of the directory: the ids of a range of `offer_terms_found`, in its order. Only ids, and each filter asks by
/// itself for the one value that it compares: joined, PostgreSQL would read all the offers of the hub beside the range.
macro_rules! page {
    ($range:literal, $order:literal) => {
        concat!(
            "SELECT t.offer_id FROM offer_terms t
             WHERE t.hub_id = $1 AND t.status = $2 AND t.term = $3 AND ",
            $range,
            " AND CASE WHEN ($5 = 0 OR (SELECT COUNT(*) FROM offer_terms x
                                        WHERE x.hub_id = t.hub_id AND x.offer_id = t.offer_id
                                          AND x.term IN ($10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                                                         $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35,
                                                         $36, $37, $38)) = $5)
                         AND ($6 IS NULL OR (SELECT CASE WHEN o.available_from <= $6 AND o.available_to >= $6
                                                         THEN TRUE ELSE FALSE END
                                             FROM offers o WHERE o.hub_id = t.hub_id AND o.id = t.offer_id))
                         AND ($7 IS NULL OR (SELECT d.offered - d.agreed FROM offer_days d
                                             WHERE d.hub_id = t.hub_id AND d.offer_id = t.offer_id AND d.year = $7) >= $8)
                        THEN TRUE ELSE FALSE END
              ORDER BY ",
            $order,
            " LIMIT $9"
        )
    };
}

/// The directory read backwards.
const NEWEST: &str = page!("t.offer_id < $4", "t.offer_id DESC");

/// The directory read forwards.
const OLDEST: &str = page!("t.offer_id > $4", "t.offer_id");

/// How many offers of a status have each of these terms, up to 200: whatever is more common is as good as another.
pub(in crate::support::offers) async fn counts(
    tx: &mut Tx,
    hub: HubId,
    status: Status,
    terms: &[String],
) -> Result<Vec<(String, i64)>> {
    tx.batch_all::<3, _, _>(
        "WITH wanted (hub_id, status, term) AS (VALUES $rows)
         SELECT w.term, (SELECT COUNT(*) FROM (SELECT 1 FROM offer_terms t
                                               WHERE t.hub_id = w.hub_id AND t.status = w.status AND t.term = w.term
                                               LIMIT 200) c)
         FROM wanted w WHERE w.term IS NOT NULL",
        terms,
        |query, term| query.bind(hub).bind(status).bind(term.cloned()),
    )
    .await
}

pub(in crate::support::offers) async fn newest(
    tx: &mut Tx,
    hub: HubId,
    status: Status,
    terms: &Terms,
    filter: &Filter,
    before: Option<OfferId>,
    limit: i64,
) -> Result<Vec<(OfferId,)>> {
    let before = before.unwrap_or(OfferId(Uuid::max()));
    filtered(tx.query(NEWEST).bind(hub).bind(status), terms, filter, before, limit).all().await
}

pub(in crate::support::offers) async fn oldest(
    tx: &mut Tx,
    hub: HubId,
    status: Status,
    terms: &Terms,
    filter: &Filter,
    after: Option<OfferId>,
    limit: i64,
) -> Result<Vec<(OfferId,)>> {
    let after = after.unwrap_or(OfferId(Uuid::nil()));
    filtered(tx.query(OLDEST).bind(hub).bind(status), terms, filter, after, limit).all().await
}

/// Binds `$3` to `$38`, which both orders share.
fn filtered<'q>(query: Query<'q>, terms: &Terms, filter: &Filter, place: OfferId, limit: i64) -> Query<'q> {
    let others = i64::try_from(terms.others.len()).unwrap_or(i64::MAX);
    let query = query
        .bind(terms.first.clone())
        .bind(place)
        .bind(others)
        .bind(filter.available_on)
        .bind(filter.days_left.map(|(year, _)| year))
        .bind(filter.days_left.map(|(_, left)| left))
        .bind(limit);
    (0..OTHERS).fold(query, |query, at| query.bind(terms.others.get(at).cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    /// Whatever is searched for, a page reads one range of the index in its order and sorts nothing.
    #[tokio::test]
    async fn a_page_is_one_range_of_the_index() {
        for (statement, range) in [(NEWEST, "offer_id<?"), (OLDEST, "offer_id>?")] {
            let steps = plan(statement).await;
            let reads = |step: &&String| step.starts_with("SEARCH t ");
            let read = steps.iter().find(reads).unwrap_or_else(|| panic!("{steps:?}"));
            let whole = format!("offer_terms_found (hub_id=? AND status=? AND term=? AND {range})");
            assert!(read.contains(&whole), "{steps:?}");
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{steps:?}");
        }
    }
}
