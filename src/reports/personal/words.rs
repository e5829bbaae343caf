//! What is held on a person in the words that people use: names of fields, and values by what they look like.

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::base::clock::{london_date, london_time};
use crate::base::text::{capitalised, day_in_words};

/// Whether a field is left out for people: an id, or what only programs read. The file has all of it.
pub(super) fn is_for_programs(name: &str) -> bool {
    name == "id" || name.ends_with("_id")
}

/// The name of a field, or of what was done: `requested_at` is `Requested`.
pub(super) fn name(field: &str) -> String {
    let said = match field {
        "email" => "E-mail address",
        "created_at" => "Added",
        "signed_in_at" => "Last signed in",
        "starts_at" | "starts_on" => "Begins",
        "ends_at" | "ends_on" => "Ends",
        "expires_at" => "Valid until",
        "told_at" => "When",
        "due_at" => "To be done by",
        "at" => "When",
        "act" => "What was done",
        "outcome" => "How it ended",
        "target" => "To what",
        "agent" => "With",
        "address" => "From",
        "held" => "Credits held or paid",
        "price" => "Price in credits",
        "way" => "How it was marked",
        "memo" | "reason" => "Reason",
        "route" => "Request",
        "person_name" => "Name",
        "school_name" => "School",
        "provider_name" => "Given by",
        "event_title" => "Event",
        "programme_title" => "Programme",
        "means" => "By",
        "access" => "Access",
        "dietary" => "Diet",
        "app" => "A code of an app is asked for",
        "password" => "A password is set",
        other => return words(other.strip_suffix("_at").or(other.strip_suffix("_on")).unwrap_or(other)),
    };
    said.to_owned()
}

/// What somebody did to records of the hub, by the column that names them: `bookings.approved_by`.
pub(super) fn act(column: &str) -> String {
    let (of, done) = column.split_once('.').unwrap_or(("", column));
    let done = done.strip_suffix("_by").or(done.strip_suffix("_id")).unwrap_or(done);
    format!("{}: {}", words(of), done.replace('_', " "))
}

/// A value: an instant in London, a day in words, yes or no, and a word of ours as people say it.
pub(super) fn value(field: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => said(field, text),
        other => other.to_string(),
    }
}

/// An instant as people say it, in London: `2 March 2027, 1.30pm`.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    let time = london_time(at).time();
    let (afternoon, hour) = time.hour12();
    let half = if afternoon { "pm" } else { "am" };
    let said = match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (_, 0) => format!("{hour}{half}"),
        (_, minute) => format!("{hour}.{minute:02}{half}"),
    };
    format!("{}, {said}", day_in_words(london_date(at)))
}

/// An instant by which something is to be done: what is due at midnight is due at the end of the day before.
fn deadline(at: DateTime<Utc>) -> String {
    let midnight = london_time(at).time().num_seconds_from_midnight() == 0;
    match london_date(at).pred_opt().filter(|_| midnight) {
        Some(before) => format!("the end of {}", day_in_words(before)),
        None => moment(at),
    }
}

/// Whether a field has an instant by which something is to be done.
fn is_deadline(field: &str) -> bool {
    ["due_at", "expires_at"].contains(&field) || field.ends_with("_until") || field.ends_with("_by")
}

fn said(field: &str, text: &str) -> String {
    const OURS: [&str; 9] = ["role", "state", "mark", "way", "kind", "scope", "outcome", "means", "act"];
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return if is_deadline(field) { deadline(at) } else { moment(at) };
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return day_in_words(day);
    }
    match (field, text) {
        ("role", "school_lead") => "CPD lead".to_owned(),
        ("state", "no_show") => "Did not come".to_owned(),
        ("target", path) => without_ids(path),
        ("state", "waitlisted") => "On the waiting list".to_owned(),
        (field, word) if OURS.contains(&field) && !word.contains([' ', '/']) => words(word),
        _ => text.to_owned(),
    }
}

/// A path without the ids in it, which tell people nothing.
fn without_ids(path: &str) -> String {
    let part = |part: &str| if Uuid::try_parse(part).is_ok() { "…".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Words of the code as a beginning of a sentence: `ticket_type` is `Ticket type`.
fn words(word: &str) -> String {
    capitalised(&word.replace(['_', '.'], " "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_held_is_said_as_people_say_it() {
        for (field, held, told) in [
            ("requested_at", json!("2027-07-02T12:30:59Z"), "2 July 2027, 1.30pm"),
            ("issued_at", json!("2026-12-01T09:00:00Z"), "1 December 2026, 9am"),
            ("issued_at", json!("2026-12-01T12:00:00Z"), "1 December 2026, midday"),
            ("due_at", json!("2026-12-15T00:00:00Z"), "the end of 14 December 2026"),
            ("due_at", json!("2027-07-02T12:30:59Z"), "2 July 2027, 1.30pm"),
            ("starts_on", json!("2026-12-01"), "1 December 2026"),
            ("role", json!("school_lead"), "CPD lead"),
            ("state", json!("confirmed"), "Confirmed"),
            ("name", json!("zoe_smith"), "zoe_smith"),
            ("act", json!("GET /account/data"), "GET /account/data"),
            ("target", json!("/v1/people/01990000-0000-7000-8000-000000000000/data"), "/v1/people/…/data"),
            ("app", json!(true), "Yes"),
            ("note", json!(null), ""),
        ] {
            assert_eq!(value(field, &held), told, "{field}");
        }
        for (field, said) in
            [("requested_at", "Requested"), ("ticket_type", "Ticket type"), ("email", "E-mail address")]
        {
            assert_eq!(name(field), said);
        }
        assert_eq!(act("bookings.approved_by"), "Bookings: approved");
        assert_eq!(act("register_marks.marked_by"), "Register marks: marked");
        assert!(is_for_programs("booking_id") && is_for_programs("id") && !is_for_programs("event"));
    }
}
