//! A CPD record as a printable sheet.

use chrono::NaiveDate;

use super::{Record, Total};
use crate::base::clock::{london_date, london_last_day};
use crate::base::pdf::{Block, Column, Sheet, Table};
use crate::base::said;
use crate::base::text::{Line, counted, day_in_words as day};

/// The sheet of somebody's record, as of a day.
pub fn sheet(record: &Record, name: &Line, hub: &Line, on: NaiveDate) -> Sheet {
    let events = counted(record.events.len(), "event");
    let mut blocks = vec![
        Block::Text(hub.to_string()),
        Block::Title("CPD record".to_owned()),
        Block::Large(name.to_string()),
        Block::Text(format!("{} of {events}, as of {}", said::hours(record.hours), day(on))),
        Block::Rule,
    ];
    if !record.events.is_empty() {
        let priority = |of: &Option<(_, Line)>| of.as_ref().map_or("None".to_owned(), |(_, name)| name.to_string());
        blocks.extend(totals("Hours by academic year", "Academic year", &record.by_year, ToString::to_string));
        blocks.extend(totals("Hours by priority", "Priority", &record.by_priority, priority));
        blocks.extend(totals("Hours by programme", "Programme", &record.by_programme, |(_, title)| title.to_string()));
        blocks.push(Block::Heading("Events".to_owned()));
        blocks.push(attended(record));
    }
    Sheet { title: format!("CPD record of {name}"), foot: hub.to_string(), blocks, frame: None }
}

fn totals<K>(heading: &str, of: &str, totals: &[Total<K>], name: impl Fn(&K) -> String) -> [Block; 2] {
    let columns = vec![Column::of_words(of, 6), Column::of_numbers("Events", 1), Column::of_numbers("Hours", 1)];
    let row = |total: &Total<K>| vec![name(&total.of), total.events.to_string(), total.hours.to_string()];
    [Block::Heading(heading.to_owned()), Block::Table(Table { columns, rows: totals.iter().map(row).collect() })]
}

fn attended(record: &Record) -> Block {
    let columns = vec![
        Column::of_words("Dates", 4),
        Column::of_words("Event", 6),
        Column::of_words("Given by", 4),
        Column::of_words("Certificate", 5),
        Column::of_words("Year", 3),
        Column::of_numbers("Hours", 2),
    ];
    let parts = record.events.iter().flat_map(|attended| attended.by_year.iter().map(|part| (&attended.event, part)));
    let rows = parts.map(|(event, part)| {
        let (first, last) = (london_date(event.starts_at), london_last_day(event.ends_at));
        let dates = if first == last { day(first) } else { format!("{} to {}", day(first), day(last)) };
        vec![
            dates,
            event.event_title.to_string(),
            event.provider_name.to_string(),
            event.certificate_number.as_ref().map_or_else(String::new, ToString::to_string),
            part.year.to_string(),
            part.hours.to_string(),
        ]
    });
    Block::Table(Table { columns, rows: rows.collect() })
}
