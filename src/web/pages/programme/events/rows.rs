//! The sessions of a form: rows that are typed, or laid out by a pattern.

use std::collections::HashMap;

use chrono::{NaiveDate, Timelike};

use super::flaws::Wrong;
use super::pattern::{Every, Pattern};
use crate::base::text::{Day, Email, Line, Link};
use crate::members::people::Person;
use crate::programme::programmes::sessions::{NewSession, Session};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::programme::typed::{at, day_and_time, time};
use crate::web::problem::{FieldError, Problem};

/// The most sessions of an event.
const MOST: usize = 50;

/// The parts of a row.
const PARTS: &[&str] = &["date", "starts", "ends", "title", "place", "online_url", "speaker", "host"];

/// A session as the form shows it.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) number: usize,
    pub(super) date: String,
    pub(super) starts: String,
    pub(super) ends: String,
    pub(super) title: String,
    pub(super) place: String,
    pub(super) online_url: String,
    pub(super) speaker: String,
    pub(super) host: String,
    pub(super) errors: Vec<String>,
}

/// How many rows the form has.
pub(super) fn count(filled: &Filled) -> usize {
    filled.value("rows").parse().unwrap_or(0).min(MOST)
}

/// The rows of a form, as they are shown.
pub(super) fn rows(filled: &Filled) -> Vec<Row> {
    let all = filled.errors();
    let row = |number: usize| {
        let name = format!("s{number}");
        let value = |part: &str| filled.value(&format!("{name}_{part}")).to_owned();
        let errors = all.iter().filter(|(field, _)| *field == name).map(|(_, detail)| (*detail).to_owned());
        Row {
            number: number + 1,
            date: value("date"),
            starts: value("starts"),
            ends: value("ends"),
            title: value("title"),
            place: value("place"),
            online_url: value("online_url"),
            speaker: value("speaker"),
            host: value("host"),
            errors: errors.collect(),
            name,
        }
    };
    (0..count(filled)).map(row).collect()
}

/// The form of one session as it is; its host is given by their address.
pub(super) fn filled(session: &Session, host: String) -> Filled {
    let (date, starts) = day_and_time(session.starts_at);
    let (_, ends) = day_and_time(session.ends_at);
    let line = |line: &Option<Line>| line.as_ref().map_or(String::new(), |line| line.as_str().to_owned());
    let mut filled = Filled::default();
    for (part, value) in [
        ("date", date),
        ("starts", starts),
        ("ends", ends),
        ("title", session.title.as_str().to_owned()),
        ("place", line(&session.place)),
        ("online_url", session.online_url.as_ref().map_or(String::new(), |link| link.as_str().to_owned())),
        ("speaker", line(&session.speaker)),
        ("host", host),
    ] {
        filled.put(format!("s0_{part}"), value);
    }
    filled.put("rows", "1");
    filled.put("version", session.version.to_string());
    filled
}

/// A session as it was typed, with the row that it stands in.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) row: usize,
    pub(super) session: NewSession,
    pub(super) host: Option<Email>,
}

/// The sessions that were typed; rows that are empty are none. A session without a title has that of the event.
pub(super) fn read(form: &Form, title: Option<&Line>, wrong: &mut Wrong) -> Vec<Typed> {
    let filled = form.typed();
    (0..count(&filled)).filter_map(|row| read_row(form, row, title, wrong)).collect()
}

fn read_row(form: &Form, row: usize, title: Option<&Line>, wrong: &mut Wrong) -> Option<Typed> {
    let name = format!("s{row}");
    let text = |part: &str| form.text(&format!("{name}_{part}")).trim().to_owned();
    if PARTS.iter().all(|part| text(part).is_empty()) {
        return None;
    }
    let before = wrong.count();
    let mut tell = |what: &str, detail: &str| wrong.field(&name, &format!("Session {}: {what} {detail}", row + 1));
    let line = |part: &str| Some(text(part)).filter(|text| !text.is_empty()).map(|text| Line::parse(&text)).transpose();
    let mut said = |part: &str, what: &str| match line(part) {
        Ok(line) => line,
        Err(detail) => {
            tell(what, &detail);
            None
        }
    };
    let (own, place, speaker) =
        (said("title", "the title"), said("place", "the place"), said("speaker", "the speaker"));
    let online_url =
        Some(text("online_url")).filter(|link| !link.is_empty()).map(|link| Link::parse(&link)).transpose();
    let online_url = online_url.unwrap_or_else(|detail| {
        tell("the link", &detail);
        None
    });
    let host = Some(text("host")).filter(|host| !host.is_empty()).map(|host| Email::parse(&host)).transpose();
    let host = host.unwrap_or_else(|detail| {
        tell("who keeps the register", &detail.to_string());
        None
    });
    let day = Day::parse(&text("date")).map_err(|_| tell("the day", "is missing"));
    let starts = time(&text("starts")).map_err(|_| tell("the start", "is missing"));
    let ends = time(&text("ends")).map_err(|_| tell("the end", "is missing"));
    let (Ok(day), Ok(starts), Ok(ends)) = (day, starts, ends) else { return None };
    let starts_at = at(day.0, starts).map_err(|detail| tell("the start:", detail));
    // What ends at midnight, or in the small hours, ends on the next day.
    let last = if ends <= starts && ends.hour() < 6 { day.0.succ_opt().unwrap_or(day.0) } else { day.0 };
    let ends_at = at(last, ends).map_err(|detail| tell("the end:", detail));
    let title = own.or_else(|| title.cloned()).or_else(|| Line::parse("Session").ok());
    let (Ok(starts_at), Ok(ends_at), Some(title)) = (starts_at, ends_at, title) else { return None };
    if wrong.count() > before {
        return None;
    }
    let session = NewSession { title, starts_at, ends_at, place, online_url, speaker, host_id: None };
    Some(Typed { row, session, host })
}

/// Gives the sessions their hosts, from the people of the addresses.
pub(super) fn with_hosts(typed: &mut [Typed], people: &HashMap<Email, Person>, wrong: &mut Wrong) {
    for Typed { row, session, host } in typed {
        let Some(host) = host else { continue };
        session.host_id = people.get(&*host).map(|person| person.id);
        if session.host_id.is_none() {
            let detail = format!("Session {}: nobody of the hub has the address {host}", *row + 1);
            wrong.field(&format!("s{row}"), &detail);
        }
    }
}

/// What the programme refused of sessions, at their rows; of one session alone, at the first.
pub(super) fn at_rows(problem: &Problem, typed: &[Typed]) -> Problem {
    let errors = problem.errors().iter().map(|error| {
        let parts: Vec<&str> = error.pointer.trim_start_matches('/').split('/').collect();
        let (row, field) = match parts.as_slice() {
            ["sessions", n, field] => (n.parse().ok().and_then(|n: usize| typed.get(n)).map(|it| it.row), *field),
            ["sessions"] => (Some(0), ""),
            ["starts_at" | "ends_at" | "place" | "online_url" | "title" | "speaker" | "host_id"]
                if typed.len() == 1 =>
            {
                (Some(0), parts.first().copied().unwrap_or_default())
            }
            _ => return error.clone(),
        };
        let row = row.unwrap_or_default();
        let detail = format!("Session {}: {}", row + 1, in_words(field, &error.detail));
        FieldError { pointer: format!("s{row}"), detail, code: error.code.clone() }
    });
    Problem::new(problem.code(), problem.detail()).with_errors(errors.collect())
}

/// What is wrong with a field of a session, as people call it.
fn in_words(field: &str, detail: &str) -> String {
    let detail = detail.replace("starts_at", "the start").replace("ends_at", "the end").replace("online_url", "a link");
    let whole = detail.starts_with("a session") || detail.starts_with("booking");
    match field {
        _ if whole => detail,
        "starts_at" => format!("the start {detail}"),
        "ends_at" => format!("the end {detail}"),
        "host_id" => format!("who keeps the register {detail}"),
        _ => detail,
    }
}

/// The fields of the form with its sessions laid out by the pattern that was typed, in place of the rows there were.
pub(super) fn laid_out(form: &Form, wrong: &mut Wrong) -> Option<Vec<(String, String)>> {
    let text = |name: &str| form.text(name).trim();
    let first = Day::parse(text("pattern_first")).map_err(|_| wrong.field("pattern_first", "say the first day")).ok();
    for (name, detail) in [("pattern_starts", "say when it starts"), ("pattern_ends", "say when it ends")] {
        if time(text(name)).is_err() {
            wrong.field(name, detail);
        }
    }
    let times = text("pattern_times").parse::<usize>().ok().filter(|times| (1..=MOST).contains(times));
    if times.is_none() {
        wrong.field("pattern_times", "must be 1 to 50");
    }
    let pattern = Pattern {
        first: first?.0,
        every: Every::parse(text("pattern_every")).unwrap_or(Every::Week),
        times: times?,
        breaks: breaks(form, wrong),
        bank_holidays: form.has("pattern_holidays"),
    };
    if wrong.count() > 0 {
        return None;
    }
    let days = pattern.days();
    if days.len() < pattern.times {
        wrong.field("pattern_first", "too few days are left of that pattern");
        return None;
    }
    let mut fields = form.pairs();
    fields.retain(|(name, _)| !is_of_row(name) && name != "rows");
    for (row, day) in days.iter().enumerate() {
        fields.push((format!("s{row}_date"), day.to_string()));
        for part in ["starts", "ends", "place", "online_url", "speaker", "host"] {
            fields.push((format!("s{row}_{part}"), text(&format!("pattern_{part}")).to_owned()));
        }
        if days.len() > 1 {
            fields.push((format!("s{row}_title"), format!("Session {}", row + 1)));
        }
    }
    fields.push(("rows".to_owned(), days.len().to_string()));
    Some(fields)
}

fn breaks(form: &Form, wrong: &mut Wrong) -> Vec<(NaiveDate, NaiveDate)> {
    let mut breaks = Vec::new();
    for n in 0..2 {
        let (from, to) = (format!("break{n}_from"), format!("break{n}_to"));
        let day = |name: &str| Some(form.text(name).trim()).filter(|text| !text.is_empty()).map(Day::parse).transpose();
        match (day(&from), day(&to)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(from)), Ok(to)) => breaks.push((from.0, to.unwrap_or(from).0)),
            (Ok(None), _) | (Err(_), _) => wrong.field(&from, "say when the break begins"),
            (_, Err(_)) => wrong.field(&to, "must be a day"),
        }
    }
    breaks
}

/// The form with more empty rows.
pub(super) fn with_more(form: &Form) -> Filled {
    let before = form.typed();
    let mut filled = Filled::default();
    for (name, value) in form.pairs().into_iter().filter(|(name, _)| name != "rows") {
        filled.put(name, value);
    }
    filled.put("rows", (count(&before) + 3).min(MOST).to_string());
    filled
}

/// Whether a field is of a row: `s3_date`.
fn is_of_row(name: &str) -> bool {
    let rest = name.strip_prefix('s').and_then(|rest| rest.split_once('_'));
    rest.is_some_and(|(number, part)| number.parse::<usize>().is_ok() && PARTS.contains(&part))
}

/// Whether the form has no session in its rows.
pub(super) fn none_typed(form: &Form) -> bool {
    !form.pairs().iter().any(|(name, value)| is_of_row(name) && !value.trim().is_empty())
}
