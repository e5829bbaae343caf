//! What is held on a person, as a page to read.

use chrono::NaiveDate;

use super::{Act, Held, words};
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
        Block::Text(format!("As of {}. Times are those of London.", day_in_words(on))),
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
        blocks.push(Block::Facts(facts.map(|(name, value)| (words::name(name), value)).to_vec()));
    }
    if let Some(sign_in) = &held.sign_in {
        blocks.push(Block::Heading("Signing in".to_owned()));
        let said = |set: bool| if set { "Yes" } else { "No" }.to_owned();
        let facts = [("password", said(sign_in.password)), ("app", said(sign_in.app))];
        blocks.push(Block::Facts(facts.map(|(name, value)| (words::name(name), value)).to_vec()));
        if !sign_in.sessions.is_empty() {
            let columns = ["Began", "By", "From", "With"].map(|heading| Column::of_words(heading, 3)).to_vec();
            let rows = sign_in.sessions.iter().map(|session| {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let means = words::value("means", &session.means.to_string().into());
                vec![words::moment(session.created_at), means, text(&session.address), text(&session.agent)]
            });
            blocks.push(Block::Table(Table { columns, rows: rows.collect() }));
        }
    }
    if !held.acts.is_empty() {
        blocks.push(Block::Heading("What they did to records of the hub".to_owned()));
        blocks.push(acts(&held.acts));
    }
    Sheet { title: format!("What is held on {name}"), foot: hub.to_string(), blocks, frame: None }
}

fn facts(row: &Object) -> Block {
    let told = row.0.iter().filter(|(name, value)| !value.is_null() && !words::is_for_programs(name));
    Block::Facts(told.map(|(name, value)| (words::name(name), words::value(name, value))).collect())
}

/// The rows under their columns, without ids; a column that is empty in every row is left out.
fn table(rows: &[Object]) -> Block {
    let names = rows.first().into_iter().flat_map(|row| row.0.keys()).filter(|name| !words::is_for_programs(name));
    let says = |row: &Object, name: &str| row.0.get(name).is_some_and(|value| !value.is_null());
    let names: Vec<&String> = names.filter(|name| rows.iter().any(|row| says(row, name))).collect();
    let columns = names.iter().map(|name| Column::of_words(&words::name(name), 3)).collect();
    let cell = |row: &Object, name: &str| row.0.get(name).map_or_else(String::new, |value| words::value(name, value));
    let cells = |row: &Object| names.iter().map(|name| cell(row, name)).collect();
    Block::Table(Table { columns, rows: rows.iter().map(cells).collect() })
}

fn acts(acts: &[Act]) -> Block {
    let columns = vec![
        Column::of_words("What", 6),
        Column::of_numbers("How often", 2),
        Column::of_words("First", 4),
        Column::of_words("Last", 4),
    ];
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(String::new, words::moment);
    let row = |act: &Act| vec![words::act(&act.act), act.times.to_string(), at(act.first_at), at(act.last_at)];
    Block::Table(Table { columns, rows: acts.iter().map(row).collect() })
}
