//! What a hub looks like past the service: read from its tables, held against the model and against the laws.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::deal_look::Deals;
use crate::plan::YEARS;
use crate::state::{Instant, Model, Place, Purse, Wallet};
use crate::twin::Twin;

/// A row of the bookings.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct BookingRow {
    pub id: Uuid,
    pub event_id: Uuid,
    pub line: i64,
    pub person_id: Option<Uuid>,
    pub school_id: Uuid,
    pub ticket_id: Option<Uuid>,
    pub state: String,
    pub price: i64,
    pub held: i64,
    pub requested_by: Option<Uuid>,
    pub approved_at: Option<Instant>,
    pub passed_over_at: Option<Instant>,
    pub names_by: Option<NaiveDate>,
    pub offered_until: Option<Instant>,
    pub approve_by: Option<Instant>,
    pub moved_to: Option<Uuid>,
    pub version: i64,
}

/// A row of the events.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct EventRow {
    pub id: Uuid,
    pub state: String,
    pub capacity: i64,
    pub held: i64,
    pub waiting: i64,
    pub line: i64,
    pub price: i64,
    pub rescheduled_at: Option<Instant>,
    pub version: i64,
}

/// A row of the accounts.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct AccountRow {
    pub id: Uuid,
    pub kind: String,
    pub normal_side: String,
    pub floored: bool,
    pub year: Option<String>,
    pub wallet: Option<String>,
    pub school_id: Option<Uuid>,
    pub event_id: Option<Uuid>,
    pub commission_id: Option<Uuid>,
    pub balance: i64,
    pub position: i64,
}

/// All of a hub that commands change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub head: (i64, Vec<u8>),
    pub bookings: Vec<BookingRow>,
    pub events: Vec<EventRow>,
    pub accounts: Vec<AccountRow>,
    pub tickets: Vec<(Uuid, String, Option<Uuid>, i64)>,
    pub marks: Vec<(Uuid, Uuid, i64, String)>,
    pub deals: Deals,
    /// Transactions, entries, notices, answers that are remembered.
    pub counts: (i64, i64, i64, i64),
}

impl Twin {
    /// Looks at it, in one read.
    pub async fn look(&mut self) -> Look {
        let hub: Uuid = self.hub.id.parse().unwrap();
        let mut tx = self.hub.world.db().read_everywhere().await.unwrap();
        let head = tx.query("SELECT sequence, hash FROM ledger_heads WHERE hub_id = $1").bind(hub).one().await.unwrap();
        let bookings: Vec<BookingRow> = tx
            .query(
                "SELECT id, event_id, line, person_id, school_id, ticket_id, state, price, held, requested_by, approved_at,
                        passed_over_at, names_by, offered_until, approve_by, moved_to, version
                 FROM bookings WHERE hub_id = $1 ORDER BY event_id, line",
            )
            .bind(hub)
            .all()
            .await
            .unwrap();
        let events = tx
            .query(
                "SELECT id, state, capacity, held, waiting, line, price, rescheduled_at, version
                 FROM events WHERE hub_id = $1 ORDER BY id",
            )
            .bind(hub)
            .all()
            .await
            .unwrap();
        let accounts = tx
            .query(
                "SELECT id, kind, normal_side, floored, year, wallet, school_id, event_id, commission_id, balance, position
                 FROM accounts WHERE hub_id = $1 ORDER BY id",
            )
            .bind(hub)
            .all()
            .await
            .unwrap();
        let tickets = tx
            .query("SELECT id, state, booking_id, version FROM tickets WHERE hub_id = $1 ORDER BY id")
            .bind(hub)
            .all()
            .await
            .unwrap();
        let marks = tx
            .query(
                "SELECT booking_id, session_id, revision, mark FROM register_marks
                 WHERE hub_id = $1 ORDER BY booking_id, session_id, revision",
            )
            .bind(hub)
            .all()
            .await
            .unwrap();
        let counts = tx
            .query(
                "SELECT (SELECT COUNT(*) FROM transactions WHERE hub_id = $1),
                        (SELECT COUNT(*) FROM entries WHERE hub_id = $1),
                        (SELECT COUNT(*) FROM notices WHERE hub_id = $1),
                        (SELECT COUNT(*) FROM idempotency_keys WHERE hub_id = $1)",
            )
            .bind(hub)
            .one()
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        for row in &bookings {
            let place = Place { event: number(&self.events, row.event_id), line: row.line };
            self.bookings.insert(place, row.id.to_string());
        }
        let deals = Deals::of(&self.hub).await;
        Look { head, bookings, events, accounts, tickets, marks, deals, counts }
    }

    /// Holds what was seen against the model.
    pub fn compare(&self, look: &Look, model: &Model) {
        let id = |place: Place| self.bookings.get(&place).cloned().unwrap_or_else(|| format!("none: {place:?}"));
        let same = |ours: Option<String>, theirs: Option<Uuid>| ours == theirs.map(|id| id.to_string());
        assert_eq!(look.bookings.len(), model.bookings.len(), "how many bookings there are");
        assert_eq!(self.posted.len(), model.posted.len(), "how much was posted for the year");
        for row in &look.bookings {
            let place = Place { event: number(&self.events, row.event_id), line: row.line };
            let ours = model.bookings.get(&place).unwrap_or_else(|| panic!("{row:?} is not in the model"));
            let told = |what: &str| format!("{what} of {place:?}: {row:#?}\nmodel: {ours:#?}");
            assert_eq!(row.state, ours.state.as_str(), "{}", told("the state"));
            assert_eq!((row.price, row.held), (ours.price, ours.held()), "{}", told("price and what is held"));
            assert!(
                same(ours.person.map(|it| self.people[it].id().to_owned()), row.person_id),
                "{}",
                told("the delegate")
            );
            assert!(same(Some(self.schools[ours.school].id.clone()), Some(row.school_id)), "{}", told("the school"));
            assert!(same(ours.ticket.map(|it| self.tickets[it].clone()), row.ticket_id), "{}", told("the ticket"));
            assert!(same(ours.moved_to.map(id), row.moved_to), "{}", told("where it went"));
            assert!(same(Some(self.people[ours.asked_by].id().to_owned()), row.requested_by), "{}", told("who asked"));
            assert_eq!(row.approved_at.is_some(), ours.approved, "{}", told("whether it is approved"));
            assert_eq!(row.passed_over_at.is_some(), ours.passed_over, "{}", told("whether it was passed over"));
            assert_eq!(row.names_by, ours.names_by, "{}", told("when a name is due"));
            assert_eq!(row.offered_until, ours.offered_until, "{}", told("the offer"));
            if ours.state == crate::state::State::Requested {
                assert_eq!(row.approve_by, ours.approve_by, "{}", told("when it expires"));
            }
        }
        for row in &look.events {
            let at = number(&self.events, row.id);
            let ours = &model.events[at];
            let seen =
                (row.state.as_str(), row.capacity, row.held, row.waiting, row.line, row.price, row.rescheduled_at);
            let waiting = model.waiting(at).len() as i64;
            let held = model.holding(at);
            let expected = (ours.stage.as_str(), ours.capacity, held, waiting, ours.line, ours.price, ours.moved());
            assert_eq!(seen, expected, "event {at}: state, capacity, held, waiting, line, price, moved");
        }
        for (at, (ticket, ours)) in self.tickets.iter().zip(&model.tickets).enumerate() {
            let row = look.tickets.iter().find(|row| row.0.to_string() == *ticket).unwrap();
            let state = match (ours.revoked, ours.place) {
                (true, _) => "revoked",
                (false, Some(_)) => "used",
                (false, None) => "issued",
            };
            assert_eq!((row.1.as_str(), row.2.map(|id| id.to_string())), (state, ours.place.map(id)), "ticket {at}");
        }
        self.compare_deals(&look.deals, model);
        let mut seen: BTreeMap<Purse, i64> = BTreeMap::new();
        for account in &look.accounts {
            let credits = if account.normal_side == "debit" { -account.balance } else { account.balance };
            seen.insert(self.purse(account), credits);
        }
        seen.retain(|_, credits| *credits != 0);
        let ours: BTreeMap<Purse, i64> = model
            .purses
            .iter()
            .filter(|(_, credits)| **credits != 0)
            .map(|(purse, credits)| (*purse, *credits))
            .collect();
        assert_eq!(seen, ours, "what is on the accounts, and in the model");
    }

    fn purse(&self, account: &AccountRow) -> Purse {
        let year = || YEARS.iter().position(|year| Some(*year) == account.year.as_deref()).unwrap();
        match account.kind.as_str() {
            "issuance" => Purse::Issuance(year()),
            "wallet" => {
                let id = account.school_id.unwrap().to_string();
                let school = self.schools.iter().position(|school| school.id == id).unwrap();
                Purse::Wallet(Wallet { school, year: year(), earned: account.wallet.as_deref() == Some("earned") })
            }
            "escrow" if account.commission_id.is_some() => {
                let id = account.commission_id.unwrap().to_string();
                Purse::Held(self.deals.iter().position(|(deal, _)| *deal == id).unwrap())
            }
            "escrow" => Purse::Escrow(number(&self.events, account.event_id.unwrap())),
            "income" => Purse::Income(year()),
            "payable" => Purse::Payable,
            "settled" => Purse::Settled,
            "subsidy" => Purse::Subsidy(year()),
            "sales" => Purse::Sales(year()),
            "lapsed" => Purse::Lapsed(year()),
            "adjustment" => Purse::Adjustment(year()),
            other => panic!("the model knows no {other}"),
        }
    }
}

/// The number of an id in the model.
pub fn number(ids: &[String], id: Uuid) -> usize {
    let id = id.to_string();
    ids.iter().position(|known| *known == id).unwrap_or_else(|| panic!("{id} is not in the model"))
}
