//! What is held on a person, as a page to read.

use chrono::NaiveDate;
use serde_json::Value;

use super::{Act, Held};
use crate::base::db::Object;
use crate::base::pdf::{Block, Column, Sheet, Table};
use crate::base::text::{Line, day_in_words};

/// The page, as of a day.
pub fn sheet(held: &Held, hub: &Line, on: NaiveDate) -> Sheet {
    let name = &held.person.name;
    let mut blocks = vec![
        Block::Text(hub.to_string()),
        Block::Title("What is held on a person".to_owned()),
        Block::Large(name.to_string()),
        Block::Text(format!("As of {}. Times are in UTC.", day_in_words(on))),
        Block::Rule,
    ];
    for (section, rows) in &held.sections {
        match &rows[..] {
            [] => {}
            [only] => blocks.extend([Block::Heading(section.heading.to_owned()), facts(only)]),
            rows => blocks.extend([Block::Heading(section.heading.to_owned()), table(rows)]),
        }
    }
    if let Some(needs) = &held.needs {
        let said = |words: &Option<_>| words.as_ref().map_or_else(String::new, ToString::to_string);
        blocks.push(Block::Heading("Access and dietary needs".to_owned()));
        let facts = [("access", said(&needs.access)), ("dietary", said(&needs.dietary))];
        blocks.push(Block::Facts(facts.map(|(name, value)| (name.to_owned(), value)).to_vec()));
    }
    if let Some(sign_in) = &held.sign_in {
        blocks.push(Block::Heading("Signing in".to_owned()));
        let said = |set: bool| if set { "yes" } else { "no" }.to_owned();
        let facts = vec![("password".to_owned(), said(sign_in.password)), ("app".to_owned(), said(sign_in.app))];
        blocks.push(Block::Facts(facts));
        if !sign_in.sessions.is_empty() {
            let columns = ["Began", "By", "From", "With"].map(|heading| Column::of_words(heading, 3)).to_vec();
            let rows = sign_in.sessions.iter().map(|session| {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let began = session.created_at.format("%Y-%m-%d %H:%M").to_string();
                vec![began, session.means.to_string(), text(&session.address), text(&session.agent)]
            });
            blocks.push(Block::Table(Table { columns, rows: rows.collect() }));
        }
    }
    if !held.acts.is_empty() {
        blocks.push(Block::Heading("What they did to records of the hub".to_owned()));
        blocks.push(acts(&held.acts));
    }
    Sheet { title: format!("What is held on {name}"), foot: hub.to_string(), blocks }
}

fn in_words(name: &str) -> String {
    name.replace(['_', '.'], " ")
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn facts(row: &Object) -> Block {
    let said = row.0.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (in_words(name), said(value)));
    Block::Facts(said.collect())
}

/// The rows under their columns; one that is empty in every row is left out.
fn table(rows: &[Object]) -> Block {
    let names = rows.first().into_iter().flat_map(|row| row.0.keys());
    let names: Vec<&String> =
        names.filter(|name| rows.iter().any(|row| row.0.get(*name).is_some_and(|value| !value.is_null()))).collect();
    let columns = names.iter().map(|name| Column::of_words(&in_words(name), 3)).collect();
    let cells = |row: &Object| names.iter().map(|name| row.0.get(*name).map_or_else(String::new, said)).collect();
    Block::Table(Table { columns, rows: rows.iter().map(cells).collect() })
}

fn acts(acts: &[Act]) -> Block {
    let columns = vec![
        Column::of_words("What", 6),
        Column::of_numbers("How often", 2),
        Column::of_words("First", 4),
        Column::of_words("Last", 4),
    ];
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M").to_string())
    };
    let row = |act: &Act| vec![in_words(&act.act), act.times.to_string(), at(act.first_at), at(act.last_at)];
    Block::Table(Table { columns, rows: acts.iter().map(row).collect() })
}
