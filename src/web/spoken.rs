//! How a file that people take out of a page says what a list of the API has: its headings and words as people say them,
//! and its ids last. The API's own files keep the names of its fields, which programs rely on.

use serde_json::Value;

use super::cells::Kind;
use super::table::{Column, field};
use crate::base::text::capitalised;

/// Columns whose name says too little, or says it as a program would.
const HEADINGS: &[(&str, &str)] = &[
    ("act", "What was done"),
    ("actor_name", "Done by"),
    ("by_ticket", "Places by ticket"),
    ("effective_on", "Date"),
    ("gbp", "Pounds"),
    ("gbp_paid", "Pounds paid"),
    ("id", "Id"),
    ("left", "Credits left"),
    ("memo", "Note"),
    ("notice_kind", "About"),
    ("provider.kind", "Kind of provider"),
    ("quota", "Exact share, as a fraction"),
    ("quota_decimal", "Exact share"),
    ("recorded_at", "Recorded"),
    ("revoked_because", "Taken back because"),
    ("sequence", "Number"),
    ("source_kind", "Comes from"),
    ("what_for", "For what"),
];

/// Columns that are called otherwise where another is beside them: of tickets, and of what registers add up to.
const BESIDE: &[(&str, &str, &str)] = &[
    ("revoked_because", "revoked_at", "Taken back at"),
    ("unmarked", "attended", "Enough"),
    ("unmarked", "partial", "In part"),
    ("unmarked", "present", "Attended"),
    ("unmarked", "unmarked", "Not marked"),
];

/// Words that people say otherwise.
const WORDS: &[(&str, &str)] = &[
    ("all_through", "All-through"),
    ("cpd_programme", "CPD programme"),
    ("laestab", "LAESTAB"),
    ("meet_the_expert", "Meet the Expert"),
    ("no_show", "Did not attend"),
    ("openid", "With another account"),
    ("partial", "In part"),
    ("present", "Attended"),
    ("revoked", "Taken back"),
    ("school_lead", "CPD lead"),
    ("sixteen_plus", "16 plus"),
    ("ukprn", "UKPRN"),
    ("urn", "URN"),
    // What transactions of the ledger do, and what they come from.
    ("adjustment", "Correction by hand"),
    ("adjustment_posted", "Correction by hand"),
    ("allocation_adjusted", "Correction of an allocation"),
    ("allocation_approved", "Allocation"),
    ("booking_paid", "Place paid for"),
    ("booking_refunded", "Place refunded"),
    ("booking_waived", "Place refunded by the hub’s decision"),
    ("commission", "Support"),
    ("commission_agreed", "Support agreed"),
    ("commission_returned", "Support refunded"),
    ("credits_given", "Gift to another school"),
    ("event_settled", "Event completed, provider paid"),
    ("milestone_paid", "Support paid for"),
    ("partner_settled", "Partner paid"),
    ("school_succeeded", "School taken over by another"),
    ("settlement", "Payment of a partner"),
    ("settlement_returned", "Payment of a provider taken back"),
    ("succession", "School taken over by another"),
    ("top_up", "Credits sold"),
    ("top_up_sold", "Credits sold"),
    ("transfer", "Gift to another school"),
    ("year_close", "Close of a year"),
    ("year_reopened", "Year opened again"),
];

/// What stands in a column beside a school's id: its Unique Reference Number.
pub(super) const URN: &str = "urn";

/// The columns with the number of each school beside its name, where the rows are not about the school itself.
pub(super) fn with_urns(columns: Vec<Column>) -> Vec<Column> {
    let own = columns.iter().any(|column| column.name == URN);
    let urn = |column: &Column| {
        let base = column.name.strip_suffix("school_id").filter(|_| !own && column.names.is_none())?;
        let name = format!("{base}school_urn");
        Some(Column { heading: name.clone(), name, of: column.of, names: Some(URN) })
    };
    columns.into_iter().flat_map(|column| [urn(&column), Some(column)].into_iter().flatten()).collect()
}

/// The columns under headings as people say them, the ids last.
pub(super) fn columns(columns: Vec<Column>, kind: impl Fn(&Column) -> Kind) -> Vec<Column> {
    let named: Vec<&str> = columns.iter().filter(|column| column.names.is_some()).map(|column| column.of).collect();
    let is_id = |column: &Column| kind(column) == Kind::Id || (column.names.is_none() && named.contains(&column.of));
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    let called = |column: &Column| {
        let beside = BESIDE.iter().find(|(other, name, _)| column.name == *name && has(other));
        beside.map_or_else(|| heading(&column.name, is_id(column)), |(.., heading)| (*heading).to_owned())
    };
    let headings: Vec<String> = columns.iter().map(called).collect();
    // Where two would be called alike, each is called in full.
    let alike = |heading: &String| headings.iter().filter(|other| *other == heading).count() > 1;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for (column, heading) in columns.into_iter().zip(&headings) {
        let heading = if alike(heading) { words(&column.name) } else { heading.clone() };
        let of = if is_id(&column) { &mut last } else { &mut first };
        of.push(Column { heading, ..column });
    }
    first.append(&mut last);
    first
}

/// What stands in these columns, in words.
pub(super) fn items(columns: &[Column], kind: impl Fn(&Column) -> Kind, items: &mut [Value]) {
    for (column, kind) in columns.iter().map(|column| (column, kind(column))) {
        for item in items.iter_mut() {
            let said = field(item, &column.name).and_then(|value| said(kind, value));
            if let Some(said) = said {
                item[column.name.as_str()] = Value::String(said);
            }
        }
    }
}

/// A value in words; none where it stays as it is.
fn said(kind: Kind, value: &Value) -> Option<String> {
    match value {
        Value::Bool(truth) => Some(if *truth { "Yes" } else { "No" }.to_owned()),
        Value::String(one) if kind == Kind::Word => Some(word(one)),
        Value::Array(all) => {
            let each = all.iter().map(|one| said(kind, one).or_else(|| one.as_str().map(str::to_owned)));
            each.collect::<Option<Vec<String>>>().map(|all| all.join(", "))
        }
        _ => None,
    }
}

/// A word of the API as people say it: `event_published` is `Event published`.
pub(super) fn word(word: &str) -> String {
    let known = WORDS.iter().find(|(api, _)| *api == word);
    known.map_or_else(|| words(word), |(_, said)| (*said).to_owned())
}

/// What a column is called: `school_name` is the `School`, and `school_id` the `School id`.
fn heading(name: &str, is_id: bool) -> String {
    if let Some((_, heading)) = HEADINGS.iter().find(|(known, _)| *known == name) {
        return (*heading).to_owned();
    }
    if is_id && !name.ends_with("id") {
        return format!("{} (id)", words(name));
    }
    let thing = ["_name", "_title", ".name", ".title"].iter().find_map(|end| name.strip_suffix(end));
    words(thing.unwrap_or(name))
}

/// A name of the API as words: `provider.school_id` is `Provider school id`.
fn words(name: &str) -> String {
    let all = name.split(['_', '.']).map(|part| match part {
        "urn" => "URN",
        "cpd" => "CPD",
        "url" => "link",
        other => other,
    });
    capitalised(&all.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::web::table::with_names;

    fn kind(column: &Column) -> Kind {
        match column.name.as_str() {
            "id" | "school_id" => Kind::Id,
            "role" | "phases" => Kind::Word,
            _ => Kind::Text,
        }
    }

    #[test]
    fn headings_are_said_and_ids_come_last() {
        let all = with_names(&["id", "role", "partner_id", "provider.kind", "named_by", "school_id", "kept_at"]);
        let said = columns(with_urns(all), kind).into_iter().map(|column| column.heading).collect::<Vec<_>>();
        let first = ["Role", "Partner", "Kind of provider", "Named by", "School URN", "School", "Kept at"];
        assert_eq!(said, [&first[..], &["Id", "Partner id", "Named by (id)", "School id"]].concat());
    }

    #[test]
    fn columns_are_called_by_what_is_beside_them() {
        let headings = |names: &'static [&'static str]| {
            columns(with_names(names), kind).into_iter().map(|column| column.heading).collect::<Vec<_>>()
        };
        assert_eq!(headings(&["revoked_at", "revoked_because"]), ["Taken back at", "Taken back because"]);
        assert_eq!(headings(&["revoked_at", "revoked_by"]), ["Revoked at", "Revoked by", "Revoked by (id)"]);
        assert_eq!(headings(&["present", "unmarked", "attended"]), ["Attended", "Not marked", "Enough"]);
    }

    #[test]
    fn words_of_sets_are_said_and_what_people_typed_is_not_touched() {
        let all = columns(with_names(&["role", "phases", "name", "open", "none"]), kind);
        let item = json!({ "role": "school_lead", "phases": ["all_through", "primary"], "name": "sixth_form", "open": true, "none": null });
        let mut said = [item];
        items(&all, kind, &mut said);
        let item = json!({ "role": "CPD lead", "phases": "All-through, Primary", "name": "sixth_form", "open": "Yes", "none": null });
        assert_eq!(said, [item]);
    }
}
