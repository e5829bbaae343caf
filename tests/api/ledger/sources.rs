//! Every transaction has its reason and every reason its transaction. Whoever can write to the database posts something
//! well-formed, sealed onto the chain as the service would, or changes, removes or makes up the record of a posting:
//! the verification finds it, for every kind of source.

use chrono::TimeDelta;
use hub_credits::base::credits::Credits;
use hub_credits::base::db::Tx;
use hub_credits::base::ids::{CommissionId, EventId, HubId, PartnerId, SchoolId};
use hub_credits::base::year::AcademicYear;
use hub_credits::ledger::{self, AccountName, Posting, Source, SourceKind, TransactionKind, WalletKind};
use hub_credits::reports;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::both_engines;
use crate::lifecycle::succession::succeed;
use crate::support::{Deal, Engine, EventPlan, School, TestHub, World, at, new_adjustment, new_quote};

/// Two schools with credits, a partner that is owed some, and an event that holds some.
struct Scene {
    hub: TestHub,
    schools: [School; 2],
    partner: String,
    event: String,
}

impl Scene {
    async fn new(world: &World, name: &str) -> Scene {
        let hub = world.hub(name).await;
        let (lampton, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let (heston, ..) = hub.funded_school("Heston School", "50").await;
        hub.year("2027/28").await;
        let (partner, _) = hub.partner("Language Line").await;
        let owed = json!({ "account": "payable", "partner_id": partner, "side": "credit", "amount": "60", "reason": "As agreed" });
        hub.manager().post("/v1/adjustments", owed).await.created();
        let event = hub.event(EventPlan::default()).await;
        lead.book(&event).await.created();
        hub.verified().await;
        Scene { hub, schools: [lampton, heston], partner, event }
    }

    fn wallet(&self, school: usize, year: &str, kind: WalletKind) -> AccountName {
        let school = SchoolId(self.schools[school].id.parse().unwrap());
        AccountName::Wallet(school, AcademicYear::parse(year).unwrap(), kind)
    }

    /// Posts one credit past the service, from nothing that anybody did; the answer is what the verification finds.
    async fn forge(&self, kind: TransactionKind, source: SourceKind, from: AccountName, to: AccountName) -> Value {
        let mut journal = self.hub.journal().await;
        let source = Source { kind: source, id: journal.new_id() };
        let [from, to] = ledger::open_each(&mut journal, [from, to]).await.unwrap();
        let (day, amount) = (journal.today(), Credits::parse("1").unwrap());
        let posting = Posting::new(kind, source, day, [(from, amount)], [(to, amount)]).unwrap();
        ledger::post(&mut journal, &[posting]).await.unwrap();
        let sequence = journal.sequence();
        journal.commit().await.unwrap();
        let found = self.hub.manager().get("/v1/ledger/verification").await.ok();
        assert_eq!(found["verified"], false, "{kind} of {}: {found}", source.kind);
        let difference = &found["difference"];
        assert_eq!(difference["transaction"], json!(sequence), "{difference}");
        assert_ne!(difference["expected"], difference["found"]);
        difference.clone()
    }

    /// A posting of a kind of source as the service makes them, but for its reason, and what is found.
    async fn without_a_record(&self, source: SourceKind) -> (Value, &'static str) {
        let year = AcademicYear::parse("2026/27").unwrap();
        let wallet = |school, kind| self.wallet(school, "2026/27", kind);
        let (ours, theirs) = (wallet(0, WalletKind::Allocated), wallet(1, WalletKind::Allocated));
        let escrow = AccountName::EventEscrow(EventId(self.event.parse().unwrap()));
        let partner = PartnerId(self.partner.parse().unwrap());
        let (kind, from, to, what) = match source {
            SourceKind::Allocation => {
                let what = "the ledger posted an allocation that is not there, or that does not say so";
                (TransactionKind::AllocationApproved, AccountName::Issuance(year), ours, what)
            }
            SourceKind::Booking => {
                (TransactionKind::BookingPaid, ours, escrow, "the ledger posted a booking that is not there")
            }
            SourceKind::Event => {
                let what = "the ledger paid for an event that is not there, or not completed";
                (TransactionKind::EventSettled, escrow, AccountName::Income(year), what)
            }
            SourceKind::TopUp => {
                let what = "the ledger posted a top-up that is not there";
                (TransactionKind::TopUpSold, AccountName::Sales(year), ours, what)
            }
            SourceKind::Transfer => {
                (TransactionKind::CreditsGiven, ours, theirs, "the ledger posted a transfer that was not accepted")
            }
            SourceKind::Adjustment => {
                let what = "the ledger posted an adjustment that is not there";
                (TransactionKind::AdjustmentPosted, AccountName::Adjustment(year), ours, what)
            }
            SourceKind::Settlement => {
                let what = "the ledger posted a payment to a partner that is not there";
                (TransactionKind::PartnerSettled, AccountName::Payable(partner), AccountName::Settled(partner), what)
            }
            SourceKind::YearClose => {
                let what = "the ledger posted a close of a year that is not there, or undid one that stands";
                (TransactionKind::YearClosed, ours, self.wallet(0, "2027/28", WalletKind::Allocated), what)
            }
            SourceKind::Succession => {
                (TransactionKind::SchoolSucceeded, ours, theirs, "the ledger posted a succession that is not there")
            }
            SourceKind::Commission => {
                let escrow = AccountName::CommissionEscrow(CommissionId(uuid::Uuid::from_u128(1)));
                (
                    TransactionKind::CommissionAgreed,
                    ours,
                    escrow,
                    "the ledger posted for a commission what is not recorded",
                )
            }
        };
        (self.forge(kind, source, from, to).await, what)
    }
}

/// A hub in which something of each kind of source was posted, and something that waits to be; with no guards.
async fn posted_of_all(world: &World) -> (TestHub, Tx) {
    let hub = posted_by_all(world).await;
    let mut tx = world.db().write_everywhere().await.unwrap();
    let unguard: &[&str] = match world.engine() {
        Engine::Sqlite => &["PRAGMA defer_foreign_keys = ON", "DROP TRIGGER transactions_no_delete"],
        Engine::Postgres => &["SET LOCAL session_replication_role = replica"],
    };
    for statement in unguard {
        run(&mut tx, statement).await;
    }
    (hub, tx)
}

/// A hub in which something of each kind of source was posted, and something that waits to be.
pub async fn posted_by_all(world: &World) -> TestHub {
    let hub = world.hub("West London").await;
    let manager = hub.manager();
    hub.open_year("2025/26").await;
    let schools = hub.three_schools().await;
    let [abbey, bourne, cole] = &schools[..] else { panic!("three schools") };
    hub.fund_wallet(bourne, "2025/26", WalletKind::Allocated, "10").await;
    let rule = json!({ "carry": "4" });
    manager.post("/v1/years/2025-26/close", rule).await.created();
    hub.allocate(json!({ "pool": "600" })).await;
    hub.draft(json!({ "pool": "300" })).await;
    let (lead, other) = (hub.lead(abbey).await, hub.lead(bourne).await);
    let (ann, ben) = (hub.teacher(abbey).await, hub.teacher(bourne).await);
    let gift = lead.give(bourne, "30").await.created();
    other.answer(&gift, "accept").await.ok();
    lead.give(bourne, "3").await.created();
    manager.post("/v1/adjustments", new_adjustment(abbey, "credit", "5", json!({}))).await.created();
    hub.top_up(cole, "5").await;
    hub.settle("Language Line", "60", "20").await;
    commissioned(&Deal {
        buyer: abbey.clone(),
        buying: lead.clone(),
        provider: bourne.clone(),
        providing: other.clone(),
    })
    .await;
    succeed(&hub, cole, abbey).await;
    let early = hub.event(EventPlan::of(1, "10")).await;
    let later = hub.event(EventPlan { starts_in: TimeDelta::weeks(20), ..EventPlan::of(1, "20") }).await;
    for event in [&early, &later] {
        assert_eq!(lead.book_for(event, &ann).await.created()["state"], "confirmed");
    }
    assert_eq!(other.book_for(&later, &ben).await.created()["state"], "waitlisted");
    world.pass(TimeDelta::weeks(9));
    manager.post(&format!("/v1/events/{early}/complete?unmarked=present"), None).await.ok();
    hub.verified().await;
    hub
}

/// A commission with a brokerage, of which a milestone was accepted in part, one resolved by a split, one varied away,
/// one is delivered, and one is disputed; and another that was cancelled too late.
async fn commissioned(deal: &Deal) {
    let terms = json!({ "notice_days": 60, "kept_percent": 50, "specialist": "Ann", "note": "By train" });
    let first = json!({ "title": "First", "due_on": "2026-12-01", "days": "2", "day_rate": "7", "reference": "R1", "done_when": "All have seen it" });
    let commission = deal.agreed_on(json!([first, at("5"), at("6"), at("3"), at("2")]), terms.clone()).await;
    deal.pay(&commission, 1, json!({ "days": "1.5", "note": "One half day is left" })).await;
    let reason = json!({ "reason": "Only half was done" });
    deal.buying.milestone(&commission, 2, "dispute", reason.clone()).await.created();
    for side in [&deal.buying, &deal.providing] {
        side.milestone(&commission, 2, "offer-split", json!({ "to_provider": "2.5" })).await.ok();
    }
    deal.providing.milestone(&commission, 3, "deliver", json!({})).await.ok();
    deal.providing.milestone(&commission, 4, "dispute", reason).await.created();
    let varied = deal.buying.commission(&commission, "quote", new_quote(json!([at("1.5")]))).await.created();
    deal.providing.agree(&commission, &varied).await.ok();
    let soon = json!({ "title": "Soon", "due_on": "2026-12-01", "price": "4" });
    let cancelled = deal.agreed_on(json!([soon]), json!({ "notice_days": 60, "kept_percent": 50 })).await;
    deal.buying.commission(&cancelled, "cancel", json!({ "reason": "We are closed" })).await.ok();
}

async fn run(tx: &mut Tx, sql: &str) -> u64 {
    let query = AssertSqlSafe(sql.to_owned());
    let done: Result<u64, sqlx::Error> = match tx {
        Tx::Postgres(tx) => sqlx::query(query).execute(&mut **tx).await.map(|done| done.rows_affected()),
        Tx::Sqlite(tx) => sqlx::query(query).execute(&mut **tx).await.map(|done| done.rows_affected()),
    };
    done.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What is done to the records of a kind, each as its statements, and what is found then.
fn tampered(kind: SourceKind, new_id: &str) -> Vec<(Vec<String>, &'static str)> {
    let one = |sql: &str, what| (vec![sql.replace("NEW", new_id)], what);
    match kind {
        SourceKind::Allocation => vec![
            one(
                "UPDATE allocation_lines SET credits = credits + 100 WHERE line = 1 AND credits > 9900 AND allocation_id IN (SELECT id FROM allocations WHERE state = 'approved')",
                "the lines of an allocation do not sum to its pool",
            ),
            one(
                "DELETE FROM allocations WHERE state = 'approved'",
                "the ledger posted an allocation that is not there, or that does not say so",
            ),
            one(
                "UPDATE allocations SET state = 'approved', approved_at = drafted_at WHERE state = 'draft'",
                "a line of an allocation differs from what the ledger moved for it",
            ),
        ],
        SourceKind::Booking => vec![
            one(
                "UPDATE bookings SET price = price + 100 WHERE state = 'attended'",
                "a booking was paid another price than it says, or has a place that was not paid for",
            ),
            one("DELETE FROM bookings WHERE state = 'attended'", "the ledger posted a booking that is not there"),
            (
                vec![
                    "UPDATE events SET capacity = 2, held = 2, waiting = 0 WHERE waiting = 1".to_owned(),
                    "UPDATE bookings SET state = 'confirmed' WHERE state = 'waitlisted'".to_owned(),
                ],
                "a booking was paid another price than it says, or has a place that was not paid for",
            ),
            one(
                "UPDATE bookings SET school_id = (SELECT id FROM schools WHERE name = 'B') WHERE state = 'attended'",
                "a booking was paid from, or to, an account that is not its school's or its event's",
            ),
        ],
        SourceKind::Event => vec![
            one(
                "UPDATE events SET payee_id = (SELECT id FROM accounts WHERE kind = 'lapsed' LIMIT 1) WHERE state = 'completed'",
                "an event was paid from, or to, an account that is not its own or its provider's",
            ),
            one(
                "DELETE FROM events WHERE state = 'completed'",
                "the ledger paid for an event that is not there, or not completed",
            ),
            one(
                "UPDATE events SET payee_id = (SELECT id FROM accounts WHERE kind = 'income' LIMIT 1) WHERE state = 'published'",
                "an event was paid for twice, or names an account that was not paid",
            ),
        ],
        SourceKind::TopUp => vec![
            one(
                "UPDATE top_ups SET amount = amount + 100 WHERE amount = 500",
                "a top-up differs from what the ledger posted for it",
            ),
            one("DELETE FROM top_ups WHERE amount = 500", "the ledger posted a top-up that is not there"),
            one(
                "UPDATE top_ups SET transaction_id = NEW WHERE amount = 500",
                "a top-up differs from what the ledger posted for it",
            ),
            one(
                "UPDATE top_ups SET school_id = (SELECT id FROM schools WHERE name = 'A') WHERE amount = 500",
                "a top-up differs from what the ledger posted for it",
            ),
            one(
                "UPDATE top_ups SET year = '2025/26' WHERE amount = 500",
                "a top-up differs from what the ledger posted for it",
            ),
        ],
        SourceKind::Transfer => vec![
            one(
                "UPDATE transfers SET amount = amount + 100 WHERE state = 'accepted'",
                "a transfer differs from what the ledger posted for it",
            ),
            one("DELETE FROM transfers WHERE state = 'accepted'", "the ledger posted a transfer that was not accepted"),
            one(
                "UPDATE transfers SET state = 'accepted', transaction_id = NEW, decided_at = offered_at WHERE state = 'offered'",
                "a transfer differs from what the ledger posted for it",
            ),
        ],
        SourceKind::Adjustment => vec![
            one(
                "UPDATE adjustments SET amount = amount + 100 WHERE account = 'wallet'",
                "an adjustment differs from what the ledger posted for it",
            ),
            one(
                "DELETE FROM adjustments WHERE account = 'wallet'",
                "the ledger posted an adjustment that is not there",
            ),
            one(
                "UPDATE adjustments SET transaction_id = NEW WHERE account = 'wallet'",
                "an adjustment differs from what the ledger posted for it",
            ),
        ],
        SourceKind::Settlement => vec![
            one(
                "UPDATE settlement_payments SET credits = credits + 100",
                "a payment to a partner differs from what the ledger posted for it",
            ),
            one("DELETE FROM settlement_payments", "the ledger posted a payment to a partner that is not there"),
            one(
                "UPDATE settlement_payments SET transaction_id = NEW",
                "a payment to a partner differs from what the ledger posted for it",
            ),
            one("DELETE FROM settlement_lines", "the credits of a statement are not the sum of its lines"),
            one("UPDATE settlements SET pence = pence + 1", "the pounds of a statement are not the sum of its lines"),
            one("UPDATE settlements SET number = number + 1", "the numbers of the statements have a gap"),
            one(
                "UPDATE settlements SET cancelled_at = stated_at, cancelled_because = 'x'",
                "of a statement more is paid than is on it, or some though it was cancelled",
            ),
        ],
        SourceKind::YearClose => vec![
            one(
                "UPDATE year_closes SET carried = carried + 100, lapsed = lapsed - 100",
                "something else lapsed at the close of a year than it says",
            ),
            one(
                "DELETE FROM year_closes",
                "the ledger posted a close of a year that is not there, or undid one that stands",
            ),
            one(
                "UPDATE year_closes SET transaction_id = NEW",
                "the ledger posted a close of a year that is not there, or undid one that stands",
            ),
        ],
        SourceKind::Commission => vec![
            one(
                "UPDATE commission_moves SET credits = credits + 100 WHERE kind = 'agreed' AND commission_id = (SELECT id FROM commissions ORDER BY id LIMIT 1)",
                "what moved for a commission differs from what the ledger posted",
            ),
            one(
                "DELETE FROM commission_moves WHERE kind = 'accepted'",
                "the ledger posted for a commission what is not recorded",
            ),
            one(
                "UPDATE commission_moves SET transaction_id = NEW WHERE kind = 'accepted'",
                "what moved for a commission differs from what the ledger posted",
            ),
            one(
                "UPDATE commissions SET held = held + 1 WHERE state = 'agreed'",
                "a commission's escrow is not what is held for it",
            ),
            one(
                "UPDATE commission_milestones SET settled = settled + 1 WHERE state = 'accepted'",
                "what a commission has settled is not what its milestones have",
            ),
            one(
                "UPDATE commission_milestones SET price = price + 1 WHERE state = 'delivered'",
                "what a commission has committed is not what its milestones cost",
            ),
            one(
                "UPDATE commission_milestones SET due_on = '2030-01-01' WHERE state = 'resolved'",
                "a milestone is not as it was agreed",
            ),
            one(
                "UPDATE commission_funds SET paid = paid + 1 WHERE commission_id = (SELECT id FROM commissions ORDER BY id LIMIT 1)",
                "what a wallet paid for a commission is not what the ledger posted",
            ),
        ],
        SourceKind::Succession => vec![
            one("UPDATE successions SET credits = credits + 100", "a succession moved something else than it says"),
            one("DELETE FROM successions", "the ledger posted a succession that is not there"),
            one("UPDATE successions SET transaction_id = NEW", "a succession moved something else than it says"),
            one(
                "UPDATE successions SET successor_id = (SELECT id FROM schools WHERE name = 'B')",
                "a succession moved credits that were not the school's, or not all, or not to its successor",
            ),
        ],
    }
}

both_engines!(
    credits_from_nothing_are_found_for_every_kind_of_source,
    a_posting_from_what_can_not_post_it_is_found,
    a_record_that_is_gone_changed_or_made_up_is_found_for_every_kind_of_source
);

async fn credits_from_nothing_are_found_for_every_kind_of_source(world: World) {
    for source in SourceKind::ALL {
        let scene = Scene::new(&world, &format!("Hub of {source}")).await;
        let (found, what) = scene.without_a_record(*source).await;
        assert_eq!(found["what"], what, "{found}");
    }
}

async fn a_posting_from_what_can_not_post_it_is_found(world: World) {
    let year = AcademicYear::parse("2026/27").unwrap();
    let scene = Scene::new(&world, "West London").await;
    let (from, to) = (AccountName::Issuance(year), scene.wallet(0, "2026/27", WalletKind::Allocated));
    let found = scene.forge(TransactionKind::AllocationApproved, SourceKind::Event, from, to).await;
    assert_eq!((&found["expected"], &found["found"]), (&json!("allocation"), &json!("event")), "{found}");
    let scene = Scene::new(&world, "East London").await;
    let to = scene.wallet(0, "2026/27", WalletKind::Earned);
    let found = scene.forge(TransactionKind::AllocationApproved, SourceKind::Allocation, from, to).await;
    assert_eq!(found["what"], "a transaction moves what one of its kind does not", "{found}");
    let scene = Scene::new(&world, "North London").await;
    let to = scene.wallet(0, "2026/27", WalletKind::Allocated);
    let found = scene.forge(TransactionKind::Reversed, SourceKind::Allocation, from, to).await;
    assert_eq!(
        (&found["expected"], &found["found"]),
        (&json!("it reverses one"), &json!("it reverses none")),
        "{found}"
    );
}

async fn a_record_that_is_gone_changed_or_made_up_is_found_for_every_kind_of_source(world: World) {
    let (hub, mut tx) = posted_of_all(&world).await;
    let id = HubId(hub.id.parse().unwrap());
    let new_id = match world.engine() {
        Engine::Sqlite => "x'01990000000070008000000000000000'",
        Engine::Postgres => "CAST('01990000-0000-7000-8000-000000000000' AS UUID)",
    };
    let mut wrong = Vec::new();
    for (statements, what) in SourceKind::ALL.iter().flat_map(|kind| tampered(*kind, new_id)) {
        run(&mut tx, "SAVEPOINT before").await;
        for statement in &statements {
            assert_eq!(run(&mut tx, statement).await, 1, "{statement}");
        }
        let found = reports::verify(&mut tx, id, None, |_| ()).await.unwrap().difference;
        if found.as_ref().is_none_or(|found| found.what != what || found.expected == found.found) {
            wrong.push(format!("{statements:?}: {found:?}"));
        }
        run(&mut tx, "ROLLBACK TO SAVEPOINT before").await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(reports::verify(&mut tx, id, None, |_| ()).await.unwrap().difference, None);
}
