//! Lists in a form: `milestones/1/title` is a field of the second row of one.

use serde_json::{Map, Value};

/// The most rows of a list in a form.
const MOST_ROWS: usize = 200;

/// The row that a field stands in, as it is called on the page: `Part 2`; none where it stands in no list.
pub(super) fn named(field: &str) -> Option<String> {
    let (list, rest) = field.split_once('/')?;
    let (row, _) = rest.split_once('/')?;
    let row: usize = row.parse().ok()?;
    let of = match list {
        "milestones" => "Part",
        "columns" => "Column",
        _ => "Line",
    };
    Some(format!("{of} {}", row.checked_add(1)?))
}

/// Puts a value where the parts of its name say: a number is the place in a list.
pub(super) fn put(at: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    if let Some(place) = first.parse::<usize>().ok().filter(|place| *place < MOST_ROWS) {
        if !at.is_array() {
            *at = Value::Array(Vec::new());
        }
        if let Value::Array(list) = at {
            while list.len() <= place {
                list.push(Value::Object(Map::new()));
            }
            if let Some(row) = list.get_mut(place) {
                put(row, rest, value);
            }
        }
    } else {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        if let Value::Object(fields) = at {
            put(fields.entry(*first).or_insert(Value::Null), rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_names() {
        assert_eq!(named("milestones/1/due_on").as_deref(), Some("Part 2"));
        assert_eq!(named("lines/0/full_day").as_deref(), Some("Line 1"));
        assert_eq!(named("title"), None);
        assert_eq!(named("milestones/x/title"), None);
    }
}
