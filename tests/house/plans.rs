//! What SQLite, which plans without having seen the data, makes of the statements on the journal.

use hub_credits::base::db::Tx;

use crate::source::sources;
use crate::support::{Engine, World, run};

/// A transaction, a source or an account is looked up: nothing walks all that a hub has posted to find it.
#[test]
fn no_statement_walks_all_the_entries_of_a_hub() {
    run(Engine::Sqlite, look_up);
}

async fn look_up(world: World) {
    let mut tx = world.db().read_everywhere().await.unwrap();
    let (mut seen, mut walks) = (0, Vec::new());
    for source in sources() {
        for statement in source.statements() {
            let Some(alias) = alias_of_entries(&statement).filter(|_| !statement.starts_with("INSERT")) else {
                continue;
            };
            seen += 1;
            for step in plan(&mut tx, &statement).await {
                let of_entries =
                    [" USING PRIMARY KEY (hub_id=?)", " USING INDEX sqlite_autoindex_entries_2 (hub_id=?)"];
                let walked = of_entries.iter().any(|range| step.starts_with(&format!("SEARCH {alias}{range}")));
                if walked || step == format!("SCAN {alias}") {
                    walks.push(format!("{}: {step}: {statement}", source.path));
                }
            }
        }
    }
    assert!(seen > 20, "only {seen} statements read entries");
    assert!(walks.is_empty(), "{}", walks.join("\n"));
}

/// What a statement calls the entries, where it reads them.
fn alias_of_entries(statement: &str) -> Option<&str> {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let at = words.windows(2).position(|pair| ["FROM", "JOIN"].contains(&pair[0]) && pair[1] == "entries")?;
    let next = words.get(at + 2).copied().unwrap_or("WHERE");
    Some(if ["WHERE", "ON", "ORDER", "JOIN"].contains(&next) { "entries" } else { next })
}

async fn plan(tx: &mut Tx, statement: &str) -> Vec<String> {
    let columns = statement.split_once('(').map_or(1, |(_, rest)| rest.split(')').next().unwrap().split(',').count());
    let row = format!("({})", vec!["?"; columns].join(", "));
    let explain: &'static str = format!("EXPLAIN QUERY PLAN {}", statement.replace("$rows", &row)).leak();
    let steps: Vec<(i64, i64, i64, String)> = tx.query(explain).all().await.unwrap();
    steps.into_iter().map(|(.., step)| step).collect()
}
