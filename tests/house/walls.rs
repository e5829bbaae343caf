//! The walls between hubs: every table has one, and few places work without.

use std::collections::BTreeSet;

use crate::source::sources;
use crate::support::{Engine, World, run};

/// Where a transaction is of no hub, with the reason.
const EVERYWHERE: &[(&str, &str)] = &[
    ("base/db/migrate.rs", "the schema is of the deployment"),
    ("base/db/mod.rs", "they are made there"),
    ("base/db/ready.rs", "whether a write is taken is asked of no hub"),
    ("cli/checks.rs", "all hubs are verified, or one is found by its name"),
    ("cli/demo.rs", "the demonstration is found by its name"),
    ("cli/hub.rs", "a hub is found by its name, or by an address"),
    ("cli/import.rs", "a hub is found by its name"),
    ("cli/journal.rs", "a hub is found by its name"),
    ("deliveries.rs", "which webhooks of all hubs are due"),
    ("ledger/checkpoints/keeper.rs", "the ends of all ledgers are signed"),
    ("cli/people.rs", "a hub is found by its name"),
    ("cli/seals.rs", "what the key of the service seals is sealed anew in all hubs"),
    ("members/hubs/journal.rs", "whether the name is another hub's"),
    ("members/hubs/mod.rs", "whether there is any hub"),
    ("members/logins/mod.rs", "what has ended of the sign-ins is removed"),
    ("members/logins/sql.rs", "a login opens every hub that its address is in"),
    ("members/logins/sql/moving.rs", "a login lives as long as its address is in any hub"),
    ("members/logins/totp.rs", "the secrets of apps are of logins, which are of no hub"),
    ("members/openid/mod.rs", "sign-ins that are over are forgotten"),
    ("rounds.rs", "the list of the hubs"),
    ("sending/mod.rs", "which hubs have letters to be sent"),
    ("sending/returned.rs", "a report finds its letter, and so the hub"),
    ("web/api/booking/calendars.rs", "a secret finds its person, and so the hub"),
    ("web/api/booking/certificates.rs", "a number finds its certificate, and so the hub"),
    ("web/api/members/hub.rs", "the operator's list of hubs"),
    ("web/api/members/sign_in/sessions.rs", "whoever signs in is found in all hubs"),
    ("web/browser.rs", "a session is of a login, which is of no hub"),
    ("web/entering/addresses.rs", "a secret finds the new address, and so the hub"),
    ("web/entering/again.rs", "a session is of a login, which is of no hub"),
    ("web/entering/codes.rs", "whoever signs in is found in all hubs"),
    ("web/entering/demonstration.rs", "whoever signs in is found in all hubs"),
    ("web/entering/hubs.rs", "a session opens all hubs of its login"),
    ("web/entering/invitations.rs", "a secret finds its invitation, and so the hub"),
    ("web/entering/mod.rs", "whoever signs in is found in all hubs"),
    ("web/entering/openid.rs", "whoever signs in is found in all hubs"),
    ("web/entering/own_password.rs", "tries are counted of an address, in all hubs"),
    ("web/entering/password.rs", "whoever signs in is found in all hubs"),
    ("web/entering/proved.rs", "whoever signs in is found in all hubs"),
    ("web/entering/resets.rs", "whoever signs in is found in all hubs"),
    ("web/entering/sessions.rs", "a session is of a login, which is of no hub"),
    ("web/pages/year/found.rs", "whoever founds the first hub signs in"),
    ("web/key_proof.rs", "a key finds its hub"),
    ("web/pages/anyone/certificates.rs", "a number finds its certificate, and so the hub"),
];

#[test]
fn few_transactions_are_of_no_hub() {
    let found: BTreeSet<&str> = sources()
        .iter()
        .filter(|source| source.code.contains("_everywhere("))
        .map(|source| source.path.as_str())
        .collect();
    let listed: BTreeSet<&str> = EVERYWHERE.iter().map(|(path, _)| *path).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:?}, no more: {gone:?}");
}

#[test]
fn every_table_has_its_wall() {
    run(Engine::Postgres, walls);
}

async fn walls(world: World) {
    let mut tx = world.db().read_everywhere().await.unwrap();
    let bare: Vec<(String,)> = tx
        .query(
            "SELECT CAST(c.relname AS TEXT) FROM pg_class c
             WHERE c.relnamespace = CAST('public' AS regnamespace) AND c.relkind IN ('r', 'p')
               AND (c.relname = 'hubs' OR EXISTS (SELECT 1 FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attname = 'hub_id' AND a.attnotnull AND NOT a.attisdropped))
               AND NOT (c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))",
        )
        .all()
        .await
        .unwrap();
    assert!(bare.is_empty(), "without a wall: {bare:?}");
    let (walled,): (i64,) = tx.query("SELECT count(*) FROM pg_policy").one().await.unwrap();
    assert!(walled > 50, "{walled}");
    // The policies are the same, whichever migration made the table: one condition, for reading and for writing.
    let conditions: Vec<(String, i64)> = tx
        .query(
            "SELECT pg_get_expr(polqual, polrelid), count(*) FROM pg_policy
             WHERE polpermissive AND polcmd = '*' AND polwithcheck IS NULL GROUP BY 1 ORDER BY 2",
        )
        .all()
        .await
        .unwrap();
    let conditions: Vec<(&str, i64)> = conditions.iter().map(|(text, count)| (text.as_str(), *count)).collect();
    let said = |column: &str| format!("COALESCE(({column} = current_hub()), false)");
    assert_eq!(conditions, [(said("id").as_str(), 1), (said("hub_id").as_str(), walled - 1)]);
}
