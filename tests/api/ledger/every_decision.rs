//! Any column of any record that decided how credits moved, and of any change that tells of it, altered behind the
//! service's back with the guards of the database taken away: the verification finds it. Which columns there are is asked
//! of the database; what need not be found is listed with its reason.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::json;

use crate::both_engines;
use crate::ledger::every_column::{Tampering, columns, key, others};
use crate::ledger::sources::posted_by_all;
use crate::support::{EventPlan, TestHub, World};

/// The records, and the changes.
const TABLES: [&str; 21] = [
    "allocations",
    "allocation_lines",
    "rolls",
    "bookings",
    "top_ups",
    "transfers",
    "adjustments",
    "year_closes",
    "year_close_lines",
    "successions",
    "settlements",
    "settlement_lines",
    "settlement_payments",
    "commissions",
    "commission_quotes",
    "commission_quote_milestones",
    "commission_milestones",
    "commission_funds",
    "commission_moves",
    "commission_disputes",
    "changes",
];

/// Rows that decided nothing: drafts, offers, proposals, and rolls that no allocation counts.
const UNDECIDED: &[(&str, &str)] = &[
    ("allocations", "state <> 'draft'"),
    ("allocation_lines", "allocation_id IN (SELECT id FROM allocations WHERE state <> 'draft')"),
    ("transfers", "state = 'accepted'"),
    ("adjustments", "state = 'posted'"),
    ("commissions", "agreed_at IS NOT NULL"),
    ("commission_quotes", "state = 'agreed'"),
    ("commission_quote_milestones", "quote_id IN (SELECT id FROM commission_quotes WHERE state = 'agreed')"),
    ("commission_milestones", "state IN ('accepted', 'resolved') OR (state = 'ended' AND settled > 0)"),
    ("commission_disputes", "resolved_at IS NOT NULL"),
];

/// What can be altered without being found, with the reason. No row of it may be without need.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("allocations", "version", "counts the changes for those who edit; nothing is decided by it"),
    ("bookings", "version", "counts the changes for those who edit; a succession counts it too"),
    ("bookings", "revised_at", "what calendars show"),
    ("commissions", "brief", "what somebody wrote, so that it can be erased"),
    ("commissions", "version", "counts the changes for those who edit; nothing is decided by it"),
    ("commissions", "ended_by", "that it is over follows from its milestones; who ended it is in the changes"),
    ("commissions", "ended_at", "that it is over follows from its milestones; when it ended is in the changes"),
    ("commissions", "ended_because", "what somebody wrote, so that it can be erased"),
    ("commission_milestones", "delivery_note", "what somebody wrote, so that it can be erased"),
    ("commission_milestones", "missing", "what somebody wrote, so that it can be erased"),
    ("commission_milestones", "answer_until", "it was answered: the time that there was for it decides nothing"),
    ("commission_milestones", "reminded_at", "when somebody was reminded decides nothing"),
    ("commission_milestones", "visit_due_on", "when visits are asked after decides nothing"),
    ("commission_disputes", "reason", "what somebody wrote, so that it can be erased"),
    ("commission_disputes", "buyer_case", "what somebody wrote, so that it can be erased"),
    ("commission_disputes", "provider_case", "what somebody wrote, so that it can be erased"),
    ("commission_disputes", "cases_until", "it is resolved: the time that there was for it decides nothing"),
];

/// Words of states and kinds, for columns in which a check of the database lets only some pass.
const WORDS: &[&str] = &[
    "approved",
    "reversed",
    "leave",
    "next_year",
    "floor",
    "cap",
    "requested",
    "waitlisted",
    "confirmed",
    "attended",
    "no_show",
    "cancelled",
    "declined",
    "expired",
    "offered",
    "accepted",
    "withdrawn",
    "posted",
    "proposed",
    "discarded",
    "wallet",
    "income",
    "lapsed",
    "refuse",
    "follow_the_rule",
    "2024/25",
    "agreed",
    "completed",
    "accepted",
    "resolved",
    "ended",
    "kept",
    "returned",
    "varied",
    "buyer",
    "provider",
];

/// How many of the values that fit a column are tried with more than one row of it.
const FEW: usize = 3;

/// A hub with something of every kind of source, bookings in every state that moves credits, and another hub.
async fn decided(world: &World) -> [TestHub; 2] {
    let hub = posted_by_all(world).await;
    let (_, lead, teacher) = hub.funded_school("Drayton Manor", "100").await;
    let event = hub.event(EventPlan { price: "33.33", ..EventPlan::default() }).await;
    let request = teacher.book(&event).await.created();
    assert_eq!(request["state"], "requested");
    lead.act(&request, "approve").await.ok();
    let late = hub.event(EventPlan { price: "10", ..EventPlan::default() }).await;
    let cancelled = lead.book(&late).await.created();
    world.pass(TimeDelta::days(50));
    lead.act(&cancelled, "cancel").await.ok();
    let waiver = json!({ "reason": "Illness", "amount": "3" });
    hub.manager().post(&format!("/v1/bookings/{}/waive", cancelled["id"].as_str().unwrap()), waiver).await.ok();
    hub.verified().await;
    let elsewhere = world.hub("East London").await;
    elsewhere.verified().await;
    [hub, elsewhere]
}

async fn any_column_that_decided_on_credits_is_found_when_it_is_changed(world: World) {
    let hubs = decided(&world).await;
    let mut keys = BTreeMap::new();
    for table in TABLES {
        keys.insert(table, key(&world, table).await);
    }
    let columns = columns(&world, &TABLES).await;
    let mut tampering = Tampering::begin(&world, &hubs).await;
    let (mut unfound, mut excused, mut changes) = (BTreeMap::new(), BTreeSet::new(), 0);
    let mut unchanged = Vec::new();
    for column in &columns {
        let (table, name, key) = (column.table, &column.name, &keys[column.table]);
        let decided = UNDECIDED.iter().find(|(of, _)| *of == table).map_or("TRUE", |(_, decided)| decided);
        let rows = tampering.rows(&format!("{table} WHERE {decided}")).await;
        assert!(rows > 0, "{table}");
        let words: &[&str] = if tampering.takes_any_word(column).await { &[] } else { WORDS };
        let (mut taken, mut refused) = (0, false);
        // All of them are tried with the first row, and a few of those that it can hold with the others.
        let mut literals = column.literals(words);
        for row in BTreeSet::from([0, rows / 2, rows - 1]) {
            let mut fitting = Vec::new();
            for other in others(column, world.engine(), &hubs[1].id).iter().chain(&literals) {
                let change = format!(
                    "UPDATE {table} SET {name} = {other}
                     WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {decided} ORDER BY {key} LIMIT 1 OFFSET {row})
                       AND {name} IS DISTINCT FROM {other}"
                );
                let found = tampering.found_after(&change).await;
                if found.is_some() && literals.contains(other) {
                    fitting.push(other.clone());
                }
                match found {
                    Some(true) => taken += 1,
                    Some(false) if EXCEPTIONS.iter().any(|(of, column, _)| (*of, *column) == (table, name)) => {
                        excused.insert((table, name.clone()));
                        taken += 1;
                    }
                    Some(false) => drop(unfound.entry((table, name.clone())).or_insert(change)),
                    // What the checks of the tables refuse, nobody can do.
                    None => refused |= tampering.refused,
                }
            }
            fitting.truncate(FEW);
            literals = fitting;
        }
        if taken == 0 && !refused && !unfound.contains_key(&(table, name.clone())) {
            unchanged.push(format!("{table}.{name}"));
        }
        changes += taken;
    }
    let said: Vec<String> =
        unfound.values().map(|change| change.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(said.is_empty(), "not found:\n{}", said.join("\n"));
    assert!(unchanged.is_empty(), "never changed: {unchanged:?}");
    assert_eq!(excused.len(), EXCEPTIONS.len(), "{excused:?}");
    assert!(changes > 500, "{changes} changes");
}

/// Records and changes that are gone, or changed places.
async fn any_record_that_decided_on_credits_is_found_when_it_is_gone(world: World) {
    let hubs = decided(&world).await;
    let mut tampering = Tampering::begin(&world, &hubs).await;
    let mut unfound = Vec::new();
    for table in TABLES {
        let key = key(&world, table).await;
        let decided = UNDECIDED.iter().find(|(of, _)| *of == table).map_or("TRUE", |(_, decided)| decided);
        let rows = tampering.rows(&format!("{table} WHERE {decided}")).await;
        for row in BTreeSet::from([0, rows / 2, rows - 1]) {
            let change = format!(
                "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {decided} ORDER BY {key} LIMIT 1 OFFSET {row})"
            );
            if tampering.found_after(&change).await == Some(false) {
                unfound.push(change);
            }
        }
    }
    // An allocation with all that is its own, two changes the other way round, and the last with the counter.
    let of_approved = "(SELECT id FROM allocations WHERE state = 'approved')";
    for statements in [
        vec![
            format!("DELETE FROM allocation_lines WHERE allocation_id IN {of_approved}"),
            format!("DELETE FROM allocations WHERE id IN {of_approved}"),
        ],
        vec![
            "UPDATE changes SET sequence = 1000000 WHERE sequence = 5".to_owned(),
            "UPDATE changes SET sequence = 5 WHERE sequence = 6".to_owned(),
            "UPDATE changes SET sequence = 6 WHERE sequence = 1000000".to_owned(),
        ],
        vec![
            "DELETE FROM changes WHERE sequence = (SELECT MAX(changes) FROM ledger_heads)".to_owned(),
            "UPDATE ledger_heads SET changes = changes - 1".to_owned(),
        ],
    ] {
        let last = statements.last().unwrap().clone();
        tampering.run("SAVEPOINT outer_one").await.unwrap();
        for statement in &statements[..statements.len() - 1] {
            assert!(tampering.run(statement).await.unwrap() > 0, "{statement}");
        }
        assert_eq!(tampering.found_after(&last).await, Some(true), "{statements:?}");
        tampering.run("ROLLBACK TO SAVEPOINT outer_one").await.unwrap();
    }
    assert!(unfound.is_empty(), "{}", unfound.join("\n"));
}

both_engines!(
    any_column_that_decided_on_credits_is_found_when_it_is_changed,
    any_record_that_decided_on_credits_is_found_when_it_is_gone
);
