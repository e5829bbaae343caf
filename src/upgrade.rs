//! What an upgrade brings up to date beside the schema: the keys of names that were written before there were any, since
//! only the service can fold them. Made after the migrations, before anything is served.

use std::collections::HashSet;

use uuid::Uuid;

use crate::db::{Db, Result, Tx};
use crate::text::fold::searchable;
use crate::text::{Email, Line};

type Named = (Uuid, Uuid, Line);
type Searched = (Uuid, Uuid, String);

/// Gives every name, address and text its key that has none, and commits. Where nothing is missing it only looks.
pub async fn names(db: &Db) -> Result<()> {
    if !anything_missing(&mut db.read().await?).await? {
        return Ok(());
    }
    let mut tx = db.write().await?;
    for (unkeyed, keyed) in NAMES {
        let names: Vec<Named> = tx.query(unkeyed).all().await?;
        tx.rows::<3, _>(keyed, &names, |query, (hub, id, name)| query.bind(*hub).bind(*id).bind(name.key()))
            .await?
            .exactly(names.len())?;
    }
    addresses(&mut tx).await?;
    for (unfolded, folded) in TEXTS {
        let texts: Vec<Searched> = tx.query(unfolded).all().await?;
        let mut whole: Vec<Searched> = Vec::new();
        for (hub, id, text) in texts {
            match whole.last_mut() {
                Some(last) if (last.0, last.1) == (hub, id) => {
                    last.2.push('\n');
                    last.2.push_str(&text);
                }
                _ => whole.push((hub, id, text)),
            }
        }
        tx.rows::<3, _>(folded, &whole, |query, (hub, id, text)| query.bind(*hub).bind(*id).bind(searchable(text)))
            .await?
            .exactly(whole.len())?;
    }
    tx.commit().await
}

/// Two addresses of before may be one now: the first keeps it, and the others are known by what was typed.
async fn addresses(tx: &mut Tx) -> Result<()> {
    let unkeyed: Vec<(Uuid, Uuid, Email)> = tx.query(UNKEYED_ADDRESSES).all().await?;
    let mut taken: HashSet<(Uuid, String)> = unkeyed
        .iter()
        .filter(|(_, _, email)| email.canonical() == email.as_str())
        .map(|(hub, _, email)| (*hub, email.canonical()))
        .collect();
    let keyed: Vec<Searched> = unkeyed
        .into_iter()
        .map(|(hub, id, email)| {
            let canonical = email.canonical();
            let own = canonical == email.as_str() || taken.insert((hub, canonical.clone()));
            (hub, id, if own { canonical } else { email.as_str().to_owned() })
        })
        .collect();
    tx.rows::<3, _>(KEYED_ADDRESSES, &keyed, |query, (hub, id, key)| query.bind(*hub).bind(*id).bind(key.clone()))
        .await?
        .exactly(keyed.len())
}

async fn anything_missing(tx: &mut Tx) -> Result<bool> {
    let (missing,): (bool,) = tx
        .query(
            "SELECT EXISTS (SELECT 1 FROM schools WHERE name_key IS NULL)
                 OR EXISTS (SELECT 1 FROM people WHERE name_key IS NULL OR email_key IS NULL)
                 OR EXISTS (SELECT 1 FROM partners WHERE name_key IS NULL)
                 OR EXISTS (SELECT 1 FROM priorities WHERE name_key IS NULL)
                 OR EXISTS (SELECT 1 FROM programmes WHERE search = '')
                 OR EXISTS (SELECT 1 FROM events WHERE search = '')",
        )
        .one()
        .await?;
    Ok(missing)
}

const UNKEYED_ADDRESSES: &str = "SELECT hub_id, id, email FROM people WHERE email_key IS NULL ORDER BY hub_id, id";

const KEYED_ADDRESSES: &str = "WITH new (hub_id, id, new_key) AS (VALUES $rows)
     UPDATE people SET email_key = new_key FROM new WHERE people.hub_id = new.hub_id AND people.id = new.id";

/// The names without a key of each table, and the statement that writes them.
const NAMES: [(&str, &str); 4] = [
    (
        "SELECT hub_id, id, name FROM schools WHERE name_key IS NULL",
        "WITH new (hub_id, id, new_key) AS (VALUES $rows)
         UPDATE schools SET name_key = new_key FROM new WHERE schools.hub_id = new.hub_id AND schools.id = new.id",
    ),
    (
        "SELECT hub_id, id, name FROM people WHERE name_key IS NULL",
        "WITH new (hub_id, id, new_key) AS (VALUES $rows)
         UPDATE people SET name_key = new_key FROM new WHERE people.hub_id = new.hub_id AND people.id = new.id",
    ),
    (
        "SELECT hub_id, id, name FROM partners WHERE name_key IS NULL",
        "WITH new (hub_id, id, new_key) AS (VALUES $rows)
         UPDATE partners SET name_key = new_key FROM new WHERE partners.hub_id = new.hub_id AND partners.id = new.id",
    ),
    (
        "SELECT hub_id, id, name FROM priorities WHERE name_key IS NULL",
        "WITH new (hub_id, id, new_key) AS (VALUES $rows)
         UPDATE priorities SET name_key = new_key FROM new
         WHERE priorities.hub_id = new.hub_id AND priorities.id = new.id",
    ),
];

/// What the text filters look through, in pieces where it has several, and the statement that writes it.
const TEXTS: [(&str, &str); 2] = [
    (
        "SELECT hub_id, id, title || '
' || description FROM programmes WHERE search = ''",
        "WITH new (hub_id, id, new_search) AS (VALUES $rows)
         UPDATE programmes SET search = new_search FROM new
         WHERE programmes.hub_id = new.hub_id AND programmes.id = new.id",
    ),
    (
        "SELECT e.hub_id, e.id, e.title || '
' || p.title || '
' || p.description AS text
         FROM events e JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         WHERE e.search = ''
         UNION ALL
         SELECT s.hub_id, s.event_id, s.title || '
' || COALESCE(s.speaker, '')
         FROM sessions s JOIN events e ON e.hub_id = s.hub_id AND e.id = s.event_id
         WHERE e.search = ''
         ORDER BY 1, 2",
        "WITH new (hub_id, id, new_search) AS (VALUES $rows)
         UPDATE events SET search = new_search FROM new WHERE events.hub_id = new.hub_id AND events.id = new.id",
    ),
];
