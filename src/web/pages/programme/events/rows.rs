//! The sessions of a form: rows that are typed, or were laid out.

use std::collections::HashMap;

use chrono::{NaiveDate, Timelike};

use super::flaws::Wrong;
use crate::base::text::{Day, Email, Line, Link};
use crate::members::people::Person;
use crate::programme::programmes::sessions::{NewSession, Session};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::programme::typed::{at, day_and_time, time};
use crate::web::problem::{FieldError, Problem};

/// The most sessions of an event.
pub(super) const MOST: usize = 50;

/// The parts of a row.
const PARTS: &[&str] = &["date", "starts", "ends", "title", "place", "online_url", "speaker", "host"];

/// A session as the form shows it: the names of its fields.
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
    /// Whether there is anything in the fields that few fill in, or wrong with them.
    pub(super) more: bool,
}

/// How many rows the form has.
pub(super) fn count(filled: &Filled) -> usize {
    filled.value("rows").parse().unwrap_or(0).min(MOST)
}

/// The rows of a form, as they are shown.
pub(super) fn rows(filled: &Filled) -> Vec<Row> {
    let row = |number: usize| {
        let name = format!("s{number}");
        let field = |part: &str| format!("{name}_{part}");
        let told = |part: &&str| !filled.value(&field(part)).is_empty() || filled.error(&field(part)).is_some();
        Row {
            number: number + 1,
            date: field("date"),
            starts: field("starts"),
            ends: field("ends"),
            title: field("title"),
            place: field("place"),
            online_url: field("online_url"),
            speaker: field("speaker"),
            host: field("host"),
            more: ["online_url", "speaker", "host"].iter().any(told),
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

/// The sessions that were typed; rows that are empty are none. An only session without a title has that of the event, one of
/// several its number.
pub(super) fn read(form: &Form, title: Option<&Line>, wrong: &mut Wrong) -> Vec<Typed> {
    let filled = form.typed();
    let typed: Vec<usize> = (0..count(&filled)).filter(|row| !is_blank(form, *row)).collect();
    let one = typed.len() == 1;
    let of = |at: usize| if one { title.cloned() } else { numbered(at + 1) };
    typed.into_iter().enumerate().filter_map(|(at, row)| read_row(form, (row, one), of(at), wrong)).collect()
}

/// What a session is called that has no title of its own beside others.
pub(super) fn numbered(number: usize) -> Option<Line> {
    Line::parse(&format!("Session {number}")).ok()
}

/// Whether nothing was typed in a row.
fn is_blank(form: &Form, row: usize) -> bool {
    PARTS.iter().all(|part| form.text(&format!("s{row}_{part}")).trim().is_empty())
}

fn read_row(form: &Form, (row, one): (usize, bool), title: Option<Line>, wrong: &mut Wrong) -> Option<Typed> {
    let text = |part: &str| form.text(&format!("s{row}_{part}")).trim().to_owned();
    let before = wrong.count();
    let mut tell = |part: &str, detail: &str| wrong.field(&format!("s{row}_{part}"), &said(row, one, part, detail));
    let line = |part: &str| Some(text(part)).filter(|text| !text.is_empty()).map(|text| Line::parse(&text)).transpose();
    let mut kept = |part: &str| line(part).map_err(|detail| tell(part, &detail)).ok().flatten();
    let (own, place, speaker) = (kept("title"), kept("place"), kept("speaker"));
    let link = Some(text("online_url")).filter(|link| !link.is_empty()).map(|link| Link::parse(&link)).transpose();
    let online_url = link.map_err(|detail| tell("online_url", &detail)).ok().flatten();
    let host = Some(text("host")).filter(|host| !host.is_empty()).map(|host| Email::parse(&host)).transpose();
    let host = host.map_err(|detail| tell("host", &detail.to_string())).ok().flatten();
    let day = day(&text("date")).map_err(|detail| tell("date", detail));
    let starts = filled_in(&text("starts")).and_then(time).map_err(|detail| tell("starts", detail));
    let ends = filled_in(&text("ends")).and_then(time).map_err(|detail| tell("ends", detail));
    let (Ok(day), Ok(starts), Ok(ends)) = (day, starts, ends) else { return None };
    let starts_at = at(day, starts).map_err(|detail| tell("starts", detail));
    // What ends at midnight, or in the small hours, ends on the next day.
    let last = if ends <= starts && ends.hour() < 6 { day.succ_opt().unwrap_or(day) } else { day };
    let ends_at = at(last, ends).map_err(|detail| tell("ends", detail));
    let title = own.or(title).or_else(|| Line::parse("Session").ok());
    let (Ok(starts_at), Ok(ends_at), Some(title)) = (starts_at, ends_at, title) else { return None };
    if wrong.count() > before {
        return None;
    }
    let session = NewSession { title, starts_at, ends_at, place, online_url, speaker, host_id: None };
    Some(Typed { row, session, host })
}

/// A day as it was typed.
pub(super) fn day(typed: &str) -> Result<NaiveDate, &'static str> {
    Day::parse(filled_in(typed)?).map(|Day(day)| day).map_err(|_| NO_DATE)
}

/// What is said of what is no date, such as 31 June.
pub(super) const NO_DATE: &str = "is not a date: write it as 2027-03-02";

/// What was typed, or that nothing was.
fn filled_in(typed: &str) -> Result<&str, &'static str> {
    Some(typed).filter(|typed| !typed.is_empty()).ok_or("is missing")
}

/// What is said of a field of a session: of one of several, also of which.
fn said(row: usize, one: bool, part: &str, detail: &str) -> String {
    let whole = detail.starts_with("a session") || detail.starts_with("booking") || detail.starts_with("clocks");
    let what = match part {
        _ if whole => "",
        "date" => "the day ",
        "starts" => "the start ",
        "ends" => "the end ",
        "title" => "the title ",
        "place" => "the place ",
        "online_url" => "the link ",
        "speaker" => "the speaker ",
        "host" => "who keeps the register ",
        _ => "",
    };
    if one { detail.to_owned() } else { format!("Session {}: {what}{detail}", row + 1) }
}

/// Says of a session of which nothing was typed what it needs.
pub(super) fn nothing_typed(wrong: &mut Wrong) {
    for part in ["date", "starts", "ends"] {
        wrong.field(&format!("s0_{part}"), "is missing");
    }
}

/// Gives the sessions their hosts, from the people of the addresses.
pub(super) fn with_hosts(typed: &mut [Typed], people: &HashMap<Email, Person>, wrong: &mut Wrong) {
    let one = typed.len() == 1;
    for Typed { row, session, host } in typed {
        let Some(host) = host else { continue };
        session.host_id = people.get(&*host).map(|person| person.id);
        if session.host_id.is_none() {
            let detail = format!("nobody of the hub has the address {host}");
            let detail = if one { detail } else { format!("Session {}: {detail}", *row + 1) };
            wrong.field(&format!("s{row}_host"), &detail);
        }
    }
}

/// What the programme refused of sessions, at their fields; of one session alone, at those of the first.
pub(super) fn at_rows(problem: &Problem, typed: &[Typed]) -> Problem {
    let one = typed.len() == 1;
    let errors = problem.errors().iter().map(|error| {
        let parts: Vec<&str> = error.pointer.trim_start_matches('/').split('/').collect();
        let (row, field) = match parts.as_slice() {
            ["sessions", n, field] => (n.parse().ok().and_then(|n: usize| typed.get(n)).map(|it| it.row), *field),
            ["sessions"] if one => (Some(0), ""),
            [field] if one && part(field).is_some() => (Some(0), *field),
            _ => return error.clone(),
        };
        let (row, part) = (row.unwrap_or_default(), part(field).unwrap_or("date"));
        let detail = said(row, one, part, &in_words(&error.detail));
        FieldError { pointer: format!("s{row}_{part}"), detail, code: error.code.clone() }
    });
    Problem::new(problem.code(), problem.detail()).with_errors(errors.collect())
}

/// The part of a row that a field of a session stands in.
fn part(field: &str) -> Option<&'static str> {
    let part = match field {
        "starts_at" => "starts",
        "ends_at" => "ends",
        "host_id" => "host",
        _ => field,
    };
    PARTS.iter().find(|known| **known == part).copied()
}

/// What is wrong with a session, as people call its fields.
fn in_words(detail: &str) -> String {
    detail.replace("starts_at", "the start").replace("ends_at", "the end").replace("online_url", "a link")
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
pub(super) fn is_of_row(name: &str) -> bool {
    let rest = name.strip_prefix('s').and_then(|rest| rest.split_once('_'));
    rest.is_some_and(|(number, part)| number.parse::<usize>().is_ok() && PARTS.contains(&part))
}

/// Whether the form has no session in its rows.
pub(super) fn none_typed(form: &Form) -> bool {
    !form.pairs().iter().any(|(name, value)| is_of_row(name) && !value.trim().is_empty())
}
