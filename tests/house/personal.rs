//! Every column that can name a person is handed out with what is held on them, or excused with a reason; and every
//! foreign key onto people is one that merging knows.

use std::collections::BTreeSet;

use hub_credits::base::db::Tx;
use hub_credits::reports::personal::{ACTS, EXCUSED, OF_SIGN_IN, SECTIONS};

use crate::both_engines;
use crate::support::{Engine, World};

/// What a column of ids may name besides a person, by its name.
const OF_OTHER_THINGS: &[&str] = &[
    "id",
    "hub_id",
    "school_id",
    "partner_id",
    "event_id",
    "programme_id",
    "priority_id",
    "session_id",
    "booking_id",
    "ticket_id",
    "type_id",
    "account_id",
    "transaction_id",
    "allocation_id",
    "transfer_id",
    "settlement_id",
    "commission_id",
    "conversation_id",
    "announcement_id",
    "offer_id",
    "webhook_id",
    "delivery_id",
    "newsletter_id",
    // Whom a newsletter goes to outside the hub.
    "contact_id",
    // Up to whom a newsletter was sent, while it is being sent.
    "reached",
    // Whose turn it is to send is a random one.
    "turn",
    "quote_id",
    "close_id",
    "adjustment_id",
    "source_id",
    "successor_id",
    "provider_school_id",
    "provider_partner_id",
    "asking_school_id",
    "buyer_id",
    "from_school_id",
    "to_school_id",
    "lapsed_account_id",
    "next_account_id",
    "payee_id",
    "moved_to",
    "reversal_id",
    "reverses",
    "adjusts",
    "corrects",
    "login_id",
    "key_id",
    "lease_id",
    "letter_id",
];

/// Whose ids are people's.
fn names_a_person(table: &str, column: &str) -> bool {
    let by_name = ["person_id", "host_id", "actor_id", "about_id"].contains(&column) || column.ends_with("_by");
    by_name || (table, column) == ("people", "id") || (table, column) == ("merged_people", "old_id")
}

/// Every column of ids, and every table.
async fn ids(tx: &mut Tx, engine: Engine) -> Vec<(String, String)> {
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type = 'UUID'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
             WHERE table_schema = 'public' AND data_type = 'uuid'"
        }
    };
    tx.query(sql).all().await.unwrap()
}

both_engines!(whatever_names_a_person_is_handed_out_or_excused, merging_knows_every_foreign_key_onto_people);

async fn whatever_names_a_person_is_handed_out_or_excused(world: World) {
    let mut tx = world.db().read_everywhere().await.unwrap();
    let found = ids(&mut tx, world.engine()).await;
    assert!(found.len() > 150, "{}", found.len());
    let (mut people, mut unknown) = (BTreeSet::new(), Vec::new());
    for (table, column) in &found {
        if names_a_person(table, column) {
            people.insert(format!("{table}.{column}"));
        } else if !OF_OTHER_THINGS.contains(&column.as_str()) {
            unknown.push(format!("{table}.{column}"));
        }
    }
    assert!(unknown.is_empty(), "do these name people? {unknown:?}");
    let handed_out = SECTIONS.iter().flat_map(|section| section.names.iter().copied());
    let excused = EXCUSED.iter().map(|(column, _)| *column);
    let known: BTreeSet<String> = handed_out.chain(ACTS.iter().copied()).chain(excused).map(str::to_owned).collect();
    let missing: Vec<_> = people.difference(&known).collect();
    assert!(missing.is_empty(), "what is held on a person lacks {missing:?}: add a section, an act, or a reason");
    let gone: Vec<_> = known.difference(&people).collect();
    assert!(gone.is_empty(), "no table has {gone:?}");
    assert!(EXCUSED.iter().chain(OF_SIGN_IN).all(|(_, reason)| reason.len() > 15));
    // Whatever hangs on a login is known too.
    let of_logins = found.iter().filter(|(_, column)| column == "login_id").map(|(table, _)| table.as_str());
    let known: BTreeSet<&str> = OF_SIGN_IN.iter().map(|(table, _)| *table).collect();
    let missing: Vec<_> = of_logins.filter(|table| !known.contains(table)).collect();
    assert!(missing.is_empty(), "what is held on whoever signs in lacks {missing:?}");
}

/// The tables whose rows merging hands on, ends, or removes with the absorbed record.
const KNOWN_TO_MERGING: &[&str] = &[
    "address_changes",
    "api_keys",
    "calendar_invitations",
    "calendar_links",
    "certificates",
    "conversation_messages",
    "deputies",
    "handed_on",
    "invitations",
    "letter_choices",
    "letter_quiet_hours",
    "letters",
    "merged_people",
    "needs",
    "notices",
    "saved_filters",
    "tickets",
];

async fn merging_knows_every_foreign_key_onto_people(world: World) {
    let sql = match world.engine() {
        Engine::Sqlite => {
            "SELECT DISTINCT t.name FROM sqlite_master t, pragma_foreign_key_list(t.name) f
             WHERE t.type = 'table' AND f.\"table\" = 'people'"
        }
        Engine::Postgres => {
            "SELECT DISTINCT CAST(t.relname AS TEXT) FROM pg_constraint c
             JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
             WHERE c.contype = 'f' AND r.relname = 'people'"
        }
    };
    let rows: Vec<(String,)> = world.db().read_everywhere().await.unwrap().query(sql).all().await.unwrap();
    let found: BTreeSet<&str> = rows.iter().map(|(table,)| table.as_str()).collect();
    assert_eq!(found, KNOWN_TO_MERGING.iter().copied().collect(), "what becomes of it when two records are merged?");
}
