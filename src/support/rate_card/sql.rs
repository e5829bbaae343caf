//! Every statement of the rate card.

use chrono::{DateTime, Utc};

use super::{BorneBy, NewRate, Rate};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::HubId;

/// A card without its lines.
#[derive(sqlx::FromRow)]
pub(super) struct Card {
    pub(super) brokerage_share: Option<Credits>,
    pub(super) brokerage_of: Option<Credits>,
    pub(super) borne_by: BorneBy,
    pub(super) version: i64,
    pub(super) changed_at: DateTime<Utc>,
}

pub(super) async fn card(tx: &mut Tx, hub: HubId) -> Result<Option<Card>> {
    tx.query("SELECT brokerage_share, brokerage_of, borne_by, version, changed_at FROM rate_cards WHERE hub_id = $1")
        .bind(hub)
        .optional()
        .await
}

pub(super) async fn lines(tx: &mut Tx, hub: HubId) -> Result<Vec<Rate>> {
    tx.query("SELECT kind, full_day, half_day FROM rate_card_lines WHERE hub_id = $1 ORDER BY place")
        .bind(hub)
        .all()
        .await
}

pub(super) async fn set(tx: &mut Tx, hub: HubId, card: &Card) -> Result<Changed> {
    tx.query(
        "INSERT INTO rate_cards (hub_id, brokerage_share, brokerage_of, borne_by, version, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (hub_id) DO UPDATE
         SET brokerage_share = excluded.brokerage_share, brokerage_of = excluded.brokerage_of,
             borne_by = excluded.borne_by, version = excluded.version, changed_at = excluded.changed_at",
    )
    .bind(hub)
    .bind(card.brokerage_share)
    .bind(card.brokerage_of)
    .bind(card.borne_by)
    .bind(card.version)
    .bind(card.changed_at)
    .run()
    .await
}

pub(super) async fn clear(tx: &mut Tx, hub: HubId) -> Result<Changed> {
    tx.query("DELETE FROM rate_card_lines WHERE hub_id = $1").bind(hub).run().await
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, lines: &[NewRate]) -> Result<Changed> {
    let lines: Vec<(i64, &NewRate)> = (0..).zip(lines).collect();
    tx.rows::<6, _>(
        "INSERT INTO rate_card_lines (hub_id, kind_key, place, kind, full_day, half_day) VALUES $rows",
        &lines,
        |query, (place, line)| {
            query
                .bind(hub)
                .bind(line.specialist_kind.key())
                .bind(*place)
                .bind(line.specialist_kind.clone())
                .bind(line.full_day.credits())
                .bind(line.half_day.credits())
        },
    )
    .await
}
