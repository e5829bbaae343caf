//! What support and settlements look like past the service, held against the model.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::deals::{Deal, Side};
use crate::look::AccountRow;
use crate::state::{Instant, Model};
use crate::support::TestHub;
use crate::twin::Twin;

/// A row of the commissions.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct DealRow {
    pub id: Uuid,
    pub state: String,
    pub buyer_id: Uuid,
    pub provider_school_id: Option<Uuid>,
    pub provider_partner_id: Option<Uuid>,
    pub answer_by: NaiveDate,
    pub brokerage_share: i64,
    pub brokerage_of: i64,
    pub borne_by: String,
    pub notice_days: i64,
    pub kept_percent: i64,
    pub committed: i64,
    pub settled: i64,
    pub held: i64,
}

/// A row of the milestones.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct PartRow {
    pub commission_id: Uuid,
    pub number: i64,
    pub state: String,
    pub price: i64,
    pub claimed: Option<i64>,
    pub settled: i64,
    pub answer_until: Option<Instant>,
}

/// A row of the quotes.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct QuoteRow {
    pub commission_id: Uuid,
    pub number: i64,
    pub state: String,
    pub price: i64,
    pub buyer_agreed_by: Option<Uuid>,
    pub second_agreed_by: Option<Uuid>,
    pub provider_agreed_by: Option<Uuid>,
}

/// A statement with what is paid of it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct StatementRow {
    pub id: Uuid,
    pub number: i64,
    pub credits: i64,
    pub pence: i64,
    pub cancelled: bool,
    pub paid: i64,
    pub paid_pence: i64,
    pub lines: i64,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deals {
    pub deals: Vec<DealRow>,
    pub parts: Vec<PartRow>,
    pub quotes: Vec<QuoteRow>,
    pub statements: Vec<StatementRow>,
}

impl Deals {
    /// As it is now.
    pub async fn of(hub: &TestHub) -> Deals {
        let id: Uuid = hub.id.parse().unwrap();
        let mut tx = hub.world.db().read_everywhere().await.unwrap();
        let deals: Vec<DealRow> = tx
            .query(
                "SELECT id, state, buyer_id, provider_school_id, provider_partner_id, answer_by, brokerage_share, brokerage_of,
                        borne_by, notice_days, kept_percent, committed, settled, held
                 FROM commissions WHERE hub_id = $1 ORDER BY id",
            )
            .bind(id)
            .all()
            .await
            .unwrap();
        if deals.is_empty() {
            let statements = statements(&mut tx, id).await;
            tx.rollback().await.unwrap();
            return Deals { statements, ..Deals::default() };
        }
        let parts = tx
            .query(
                "SELECT commission_id, number, state, price, claimed, settled, answer_until
                 FROM commission_milestones WHERE hub_id = $1 ORDER BY commission_id, number",
            )
            .bind(id)
            .all()
            .await
            .unwrap();
        let quotes = tx
            .query(
                "SELECT commission_id, number, state, price, buyer_agreed_by, second_agreed_by, provider_agreed_by
                 FROM commission_quotes WHERE hub_id = $1 ORDER BY commission_id, number",
            )
            .bind(id)
            .all()
            .await
            .unwrap();
        let statements = statements(&mut tx, id).await;
        tx.rollback().await.unwrap();
        Deals { deals, parts, quotes, statements }
    }

    /// An escrow holds what the milestones cost that are not settled, with the hub's share.
    pub fn are_lawful(&self, accounts: &[AccountRow]) {
        for deal in &self.deals {
            let parts = || self.parts.iter().filter(|part| part.commission_id == deal.id);
            let pending = parts().filter(|part| ["open", "delivered", "disputed"].contains(&&*part.state));
            let unpaid: i64 = pending.map(|part| part.price).sum();
            let settled: i64 = parts().map(|part| part.settled).sum();
            assert_eq!((deal.settled, deal.committed), (settled, settled + unpaid), "{deal:?}");
            let share = |price: i64| {
                let exact = price as f64 * deal.brokerage_share as f64 / deal.brokerage_of as f64;
                // A half is the provider's.
                (exact - 0.5).ceil() as i64
            };
            let more = if deal.borne_by == "buyer" { share(settled + unpaid) - share(settled) } else { 0 };
            let escrow = accounts.iter().find(|it| it.kind == "escrow" && it.commission_id == Some(deal.id));
            let held = escrow.map_or(0, |escrow| escrow.balance);
            assert_eq!((held, deal.held), (unpaid + more, unpaid + more), "the escrow of {deal:?}");
        }
        let numbers: Vec<i64> = self.statements.iter().map(|statement| statement.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<i64>>(), "statements are numbered without gaps");
        let stated: i64 = self.statements.iter().filter(|it| !it.cancelled).map(|it| it.lines).sum();
        let credits: i64 = self.statements.iter().filter(|it| !it.cancelled).map(|it| it.credits).sum();
        assert_eq!(stated, credits, "the lines come to their statements");
    }
}

async fn statements(tx: &mut hub_credits::base::db::Tx, hub: Uuid) -> Vec<StatementRow> {
    tx.query(
        "SELECT s.id, s.number, s.credits, s.pence, s.cancelled_at IS NOT NULL AS cancelled,
                CAST(COALESCE((SELECT SUM(l.credits) FROM settlement_lines l
                               WHERE l.hub_id = s.hub_id AND l.settlement_id = s.id AND l.live), 0) AS BIGINT) AS lines,
                CAST(COALESCE(SUM(p.credits), 0) AS BIGINT) AS paid, CAST(COALESCE(SUM(p.pence), 0) AS BIGINT) AS paid_pence
         FROM settlements s
         LEFT JOIN settlement_payments p ON p.hub_id = s.hub_id AND p.settlement_id = s.id
              AND NOT EXISTS (SELECT 1 FROM transactions r WHERE r.hub_id = p.hub_id AND r.reverses = p.transaction_id)
         WHERE s.hub_id = $1 GROUP BY s.hub_id, s.id, s.number, s.credits, s.pence, s.cancelled_at ORDER BY s.number",
    )
    .bind(hub)
    .all()
    .await
    .unwrap()
}

impl Twin {
    /// Holds what was seen of support and settlements against the model.
    pub fn compare_deals(&self, seen: &Deals, model: &Model) {
        assert_eq!(seen.deals.len(), model.deals.len(), "how many commissions there are");
        for (ours, (id, _)) in model.deals.iter().zip(&self.deals) {
            let id: Uuid = id.parse().unwrap();
            let row = seen.deals.iter().find(|row| row.id == id).unwrap();
            self.compare_deal(row, ours);
            let parts: Vec<_> = seen.parts.iter().filter(|part| part.commission_id == id).collect();
            assert_eq!(parts.len(), ours.parts.len(), "how many milestones there are: {parts:?}, {ours:#?}");
            for (row, part) in parts.into_iter().zip(&ours.parts) {
                let theirs = (row.state.as_str(), row.price, row.claimed, row.settled);
                let mine = (part.state.as_str(), part.term.price.all(), part.claimed, part.settled);
                assert_eq!(theirs, mine, "state, price, claimed, settled: {row:?}");
                if row.state == "delivered" {
                    assert_eq!(row.answer_until, part.answer_until, "when silence accepts: {row:?}");
                }
            }
            let quotes: Vec<_> = seen.quotes.iter().filter(|quote| quote.commission_id == id).collect();
            assert_eq!(quotes.len(), ours.quotes.len(), "how many quotes there are");
            for (row, quote) in quotes.into_iter().zip(&ours.quotes) {
                let person = |by: Option<usize>| by.map(|by| self.people[by].id().parse::<Uuid>().unwrap());
                assert_eq!((row.state.as_str(), row.price), (quote.state.as_str(), quote.what.price()), "{row:?}");
                let signed = [row.buyer_agreed_by, row.second_agreed_by, row.provider_agreed_by];
                assert_eq!(signed, [quote.buyer, quote.second, quote.provided].map(person), "who agreed: {row:?}");
            }
        }
        assert_eq!(seen.statements.len(), model.statements.len(), "how many statements there are");
        for (at, row) in seen.statements.iter().enumerate() {
            let (ours, (paid, pence)) = (&model.statements[at], model.paid(at));
            let theirs = (row.credits, row.pence, row.cancelled, row.paid, row.paid_pence);
            assert_eq!(theirs, (ours.credits, ours.pence, ours.cancelled, paid, pence), "statement {}", row.number);
        }
    }

    fn compare_deal(&self, row: &DealRow, ours: &Deal) {
        let school =
            |id: Option<Uuid>| self.schools.iter().position(|it| Some(it.id.clone()) == id.map(|id| id.to_string()));
        let provider = match (row.provider_school_id, row.provider_partner_id) {
            (_, Some(_)) => Some(Side::Partner),
            (id, None) => school(id).map(Side::School),
        };
        let theirs = (row.state.as_str(), school(Some(row.buyer_id)), provider, row.answer_by);
        assert_eq!(theirs, (ours.state.as_str(), Some(ours.buyer), ours.provider, ours.answer_by), "{row:?}");
        assert_eq!((row.committed, row.settled, row.held), (ours.committed, ours.settled, ours.held()), "{row:?}");
        let card = (row.brokerage_share, row.brokerage_of, row.borne_by == "buyer");
        assert_eq!(card, (ours.card.share, ours.card.of, ours.card.buyer_bears), "{row:?}");
        assert_eq!((row.notice_days, row.kept_percent), (ours.notice, ours.kept), "{row:?}");
    }
}
