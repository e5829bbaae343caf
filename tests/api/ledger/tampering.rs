//! What someone with the database in their hands changes behind the service's back is refused by the
//! database, and where they take its guards away too, the verification names it.

use hub_credits::base::db::{Db, Error};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::both_engines;
use crate::support::{Engine, School, TestHub};

/// Runs a statement, past the service.
async fn run(hub: &TestHub, sql: &str) -> Result<u64, Error> {
    let sql = AssertSqlSafe(sql.to_owned());
    Ok(match hub.world.db() {
        Db::Postgres(pool) => sqlx::query(sql).execute(&**pool).await?.rows_affected(),
        Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await?.rows_affected(),
    })
}

/// Takes the guards of the journal away, and changes exactly one row.
async fn tamper(hub: &TestHub, sql: &str) {
    let unguard: &[&str] = match hub.world.engine() {
        Engine::Sqlite => &[
            "DROP TRIGGER IF EXISTS transactions_no_update",
            "DROP TRIGGER IF EXISTS transactions_no_delete",
            "DROP TRIGGER IF EXISTS entries_no_update",
            "DROP TRIGGER IF EXISTS entries_no_delete",
        ],
        Engine::Postgres => {
            &["ALTER TABLE transactions DISABLE TRIGGER ALL", "ALTER TABLE entries DISABLE TRIGGER ALL"]
        }
    };
    for guard in unguard {
        run(hub, guard).await.unwrap();
    }
    assert_eq!(run(hub, sql).await.unwrap(), 1, "{sql}");
}

/// The London West schools with three allocations posted.
async fn three_allocations(hub: &TestHub) -> Vec<School> {
    let schools = hub.london_west().await;
    for pool in ["500", "700", "900"] {
        hub.allocate(json!({ "pool": pool })).await;
    }
    hub.verified().await;
    schools
}

/// What the verification finds after a change.
async fn found_after(hub: &TestHub, sql: &str) -> Value {
    tamper(hub, sql).await;
    let found = hub.manager().get("/v1/ledger/verification").await.ok();
    assert_eq!(found["verified"], false, "{found}");
    found["difference"].clone()
}

/// One tampering, and what the verification must say: in words, of which transaction, of which account.
macro_rules! found {
    ($hub:ident, $sql:expr, $what:literal, $transaction:expr, $subject:expr) => {{
        let schools = three_allocations(&$hub).await;
        let wallet = format!("wallet:2026/27:allocated:{}", schools[0].id);
        let sql = $sql.replace("WALLET", &format!("(SELECT id FROM accounts WHERE code = '{wallet}')"));
        let difference = found_after(&$hub, &sql).await;
        let transaction: Option<i64> = $transaction;
        let subject: Option<&str> = $subject;
        let subject = subject.map(|subject| subject.replace("WALLET", &wallet));
        assert_eq!(
            (&difference["what"], &difference["transaction"], &difference["subject"]),
            (&json!($what), &json!(transaction), &json!(subject)),
            "{difference}"
        );
        assert_ne!(difference["expected"], difference["found"]);
    }};
}

both_engines!(
    the_journal_refuses_to_be_changed,
    a_balance_below_the_floor_is_refused_by_the_database,
    a_changed_amount_is_found,
    a_changed_balance_of_an_entry_is_found,
    a_changed_balance_of_an_account_is_found,
    a_changed_count_of_entries_is_found,
    a_floor_that_was_taken_away_is_found,
    a_wallet_below_zero_is_found,
    a_changed_side_is_found,
    a_gap_in_the_positions_is_found,
    a_changed_hash_is_found,
    a_changed_date_is_found,
    a_changed_actor_is_found,
    a_transaction_that_is_gone_is_found,
    a_last_transaction_that_is_gone_is_found,
    a_changed_head_is_found,
    a_memo_that_was_slipped_in_is_found
);

async fn the_journal_refuses_to_be_changed(hub: TestHub) {
    three_allocations(&hub).await;
    for sql in [
        "UPDATE entries SET amount = amount + 1",
        "UPDATE entries SET side = 'debit' WHERE position = 99",
        "DELETE FROM entries",
        "UPDATE transactions SET effective_on = '2020-01-01'",
        "DELETE FROM transactions WHERE sequence = 3",
    ] {
        // A guard of SQLite looks at rows: where there is none to change, nothing is changed.
        match run(&hub, sql).await {
            Err(error) => assert!(error.to_string().contains("append-only"), "{sql}: {error}"),
            Ok(rows) => assert!(rows == 0 && sql.contains("99"), "{sql} changed {rows}"),
        }
    }
    hub.verified().await;
}

async fn a_balance_below_the_floor_is_refused_by_the_database(hub: TestHub) {
    three_allocations(&hub).await;
    let refused = run(&hub, "UPDATE accounts SET balance = -1 WHERE kind = 'wallet'").await.unwrap_err();
    assert!(matches!(refused, Error::Check(_)), "{refused}");
}

async fn a_changed_amount_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE entries SET amount = amount + 1 WHERE sequence = 2 AND account_id = WALLET",
        "a balance differs from its entries",
        Some(2),
        Some("WALLET")
    );
}

async fn a_changed_balance_of_an_entry_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE entries SET balance_after = balance_after + 1 WHERE sequence = 3 AND account_id = WALLET",
        "a balance differs from its entries",
        Some(3),
        Some("WALLET")
    );
}

async fn a_changed_balance_of_an_account_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE accounts SET balance = balance + 1 WHERE id = WALLET",
        "an account's balance differs from its entries",
        None,
        Some("WALLET")
    );
}

async fn a_changed_count_of_entries_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE accounts SET position = position + 1 WHERE id = WALLET",
        "an account's balance differs from its entries",
        None,
        Some("WALLET")
    );
}

async fn a_floor_that_was_taken_away_is_found(hub: TestHub) {
    found!(
        hub,
        if hub.world.engine() == Engine::Sqlite {
            "UPDATE accounts SET floored = 0 WHERE id = WALLET"
        } else {
            "UPDATE accounts SET floored = false WHERE id = WALLET"
        },
        "an account's side or floor is not its kind's",
        None,
        Some("WALLET")
    );
}

async fn a_wallet_below_zero_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE entries SET side = 'debit', balance_after = -amount WHERE sequence = 1 AND account_id = WALLET",
        "an account is below its floor",
        Some(1),
        Some("WALLET")
    );
}

async fn a_changed_side_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE entries SET side = 'debit', balance_after = balance_after - 2 * amount WHERE sequence = 3 AND account_id = WALLET",
        "debits and credits differ",
        Some(3),
        None
    );
}

async fn a_gap_in_the_positions_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE entries SET position = 7 WHERE sequence = 3 AND account_id = WALLET",
        "the positions of an account have a gap",
        Some(3),
        Some("WALLET")
    );
}

async fn a_changed_hash_is_found(hub: TestHub) {
    found!(
        hub,
        if hub.world.engine() == Engine::Sqlite {
            "UPDATE transactions SET hash = zeroblob(32) WHERE sequence = 2"
        } else {
            "UPDATE transactions SET hash = decode(repeat('00', 32), 'hex') WHERE sequence = 2"
        },
        "the hash does not seal the transaction",
        Some(2),
        None
    );
}

async fn a_changed_date_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE transactions SET effective_on = '2026-09-01' WHERE sequence = 2",
        "the hash does not seal the transaction",
        Some(2),
        None
    );
}

async fn a_changed_actor_is_found(hub: TestHub) {
    found!(
        hub,
        "UPDATE transactions SET actor_id = NULL WHERE sequence = 3",
        "the hash does not seal the transaction",
        Some(3),
        None
    );
}

async fn a_transaction_that_is_gone_is_found(hub: TestHub) {
    found!(
        hub,
        "DELETE FROM transactions WHERE sequence = 2",
        "an entry has no transaction",
        Some(2),
        Some("issuance:2026/27")
    );
}

async fn a_last_transaction_that_is_gone_is_found(hub: TestHub) {
    three_allocations(&hub).await;
    let difference = found_after(&hub, "DELETE FROM transactions WHERE sequence = 3").await;
    assert_eq!((&difference["what"], &difference["transaction"]), (&json!("an entry has no transaction"), &json!(3)));
    // With its entries too, the end of the chain does not fit.
    run(&hub, "DELETE FROM entries WHERE sequence = 3").await.unwrap();
    let found = hub.manager().get("/v1/ledger/verification").await.ok();
    assert_eq!(found["difference"]["what"], "the head is not the last transaction");
}

async fn a_changed_head_is_found(hub: TestHub) {
    found!(hub, "UPDATE ledger_heads SET sequence = 9", "the head is not the last transaction", Some(3), None);
}

async fn a_memo_that_was_slipped_in_is_found(hub: TestHub) {
    three_allocations(&hub).await;
    let salt = if hub.world.engine() == Engine::Sqlite { "x'00'" } else { "'\\x00'::bytea" };
    let difference = found_after(
        &hub,
        &format!(
            "INSERT INTO transaction_memos (hub_id, transaction_id, salt, memo)
             SELECT hub_id, id, {salt}, 'a word in season' FROM transactions WHERE sequence = 2"
        ),
    )
    .await;
    assert_eq!(
        (&difference["what"], &difference["transaction"]),
        (&json!("the memo is not the one that was sealed"), &json!(2))
    );
}
