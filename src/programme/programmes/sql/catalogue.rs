//! Every statement of the catalogue.

use chrono::{DateTime, Utc};

use crate::base::db::{Query, Result, Tx};
use crate::base::ids::{EventId, HubId};
use crate::base::text::Line;
use crate::programme::programmes::catalogue::{Entry, Filter, Place, PlacesLeft, View};

/// Entries of the catalogue; goes on with the conditions.
macro_rules! entries {
    ($($where:expr),+ $(,)?) => {
        concat!(
            "SELECT e.id, e.title, e.state, e.year, e.programme_id, p.title AS programme_title, p.kind, p.phase, p.priority_id,
                    p.provider_kind, p.provider_school_id, p.provider_partner_id, COALESCE(s.name, q.name, h.name) AS provider_name,
                    e.capacity, e.held, e.waiting, e.price, e.opens_at, e.closes_at, e.policy, e.admission, e.minimum, e.decide_by, e.starts_at, e.ends_at, e.version,
                    (SELECT COUNT(*) FROM sessions t WHERE t.hub_id = e.hub_id AND t.event_id = e.id) AS sessions
             FROM events e
             JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
             JOIN hubs h ON h.id = e.hub_id
             LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.provider_school_id
             LEFT JOIN partners q ON q.hub_id = p.hub_id AND q.id = p.provider_partner_id
             WHERE e.hub_id = $1 AND ",
            $($where),+
        )
    };
}

/// A page of the catalogue: the events of a range of `events_by_start`, in its order. The filters stand in a CASE,
/// because PostgreSQL expects each of them to let next to nothing pass: it would read all programmes and sort all their
/// events, for each page.
macro_rules! page {
    ($range:literal, $order:literal) => {
        entries!(
            $range,
            "
               AND CASE WHEN ($2 IS NULL OR p.kind = $2)
                         AND ($3 IS NULL OR p.phase = $3)
                         AND ($4 IS NULL OR p.priority_id = $4)
                         AND ($5 IS NULL OR p.provider_kind = $5)
                         AND ($6 IS NULL OR p.provider_school_id = $6)
                         AND ($7 IS NULL OR p.provider_partner_id = $7)
                         AND ($8 IS NULL OR e.search LIKE $8 ESCAPE '\\')
                         AND ($9 IS NULL OR (e.held < e.capacity AND e.state IN ('draft', 'published')) = $9)
                         AND ($10 IS NULL OR e.state = $10)
                         AND ($11 IS NULL OR e.programme_id = $11)
                         AND ($12 OR e.state <> 'draft')
                         AND ($13 IS NULL OR p.provider_partner_id = $13)
                         AND ($14 IS NULL OR (e.minimum IS NOT NULL AND e.held < e.minimum AND e.state = 'published') = $14)
                        THEN TRUE ELSE FALSE END
             ORDER BY ",
            $order,
            " LIMIT $18"
        )
    };
}

/// The catalogue read forwards.
const SOONEST: &str = page!("(e.starts_at, e.id) > ($15, $16) AND e.starts_at < $17", "e.starts_at, e.id");

/// The catalogue read backwards.
const LATEST: &str = page!("(e.starts_at, e.id) < ($15, $16) AND e.starts_at >= $17", "e.starts_at DESC, e.id DESC");

pub(in crate::programme::programmes) async fn get(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Option<Entry>> {
    tx.query(entries!("e.id = $2")).bind(hub).bind(id).optional().await
}

pub(in crate::programme::programmes) async fn soonest(
    tx: &mut Tx,
    hub: HubId,
    view: View,
    filter: &Filter,
    after: Place,
    end: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let query = tx.query(SOONEST);
    filtered(query, hub, view, filter).bind(after.0).bind(after.1).bind(end).bind(limit).all().await
}

pub(in crate::programme::programmes) async fn latest(
    tx: &mut Tx,
    hub: HubId,
    view: View,
    filter: &Filter,
    first: DateTime<Utc>,
    before: Place,
    limit: i64,
) -> Result<Vec<Entry>> {
    let query = tx.query(LATEST);
    filtered(query, hub, view, filter).bind(before.0).bind(before.1).bind(first).bind(limit).all().await
}

/// Binds `$1` to `$14`, which both orders share.
fn filtered<'q>(query: Query<'q>, hub: HubId, view: View, filter: &Filter) -> Query<'q> {
    query
        .bind(hub)
        .bind(filter.kind)
        .bind(filter.phase)
        .bind(filter.priority)
        .bind(filter.provider)
        .bind(filter.provider_school)
        .bind(filter.provider_partner)
        .bind(filter.text.as_ref().map(Line::pattern))
        .bind(filter.places_left.map(|left| left == PlacesLeft::Yes))
        .bind(filter.state)
        .bind(filter.programme)
        .bind(view != View::Published)
        .bind(view.partner())
        .bind(filter.at_risk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    /// However deep a page is, both orders read one range of the index and sort nothing.
    #[tokio::test]
    async fn a_page_is_one_range_of_the_index() {
        for (statement, range) in [(SOONEST, "(starts_at,id)>(?,?)"), (LATEST, "(starts_at,id)<(?,?)")] {
            let steps = plan(statement).await;
            let reads = |step: &&String| step.starts_with("SEARCH e ");
            let read = steps.iter().find(reads).unwrap_or_else(|| panic!("{steps:?}"));
            assert!(read.contains("events_by_start (hub_id=? AND") && read.contains(range), "{steps:?}");
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{steps:?}");
        }
    }
}
