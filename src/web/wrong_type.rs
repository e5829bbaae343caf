//! What the parser says about a field or its value, reworded for whoever sent it, since the parser speaks of the program
//! and its types.

/// `invalid type: string "x", expected u32` becomes `expected a whole number, found "x"`, and ``missing field `x` `` becomes
/// `is needed`, since the field is named beside it; anything else stays as it is.
pub(super) fn in_words(said: &str) -> String {
    if said.starts_with("missing field `") {
        return "is needed".to_owned();
    }
    if said.starts_with("duplicate field `") {
        return "is given twice".to_owned();
    }
    if let Some((_, rest)) = said.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, ")) {
        return format!("is not known here: {rest}");
    }
    let faults = ["invalid type: ", "invalid value: "];
    let told =
        faults.iter().find_map(|fault| said.strip_prefix(fault)).and_then(|told| told.rsplit_once(", expected "));
    match told {
        Some((found, wanted)) => format!("expected {}, found {}", expected(wanted), the_found(found)),
        None => said.to_owned(),
    }
}

/// A type of the program, as JSON and the specification call it.
fn expected(wanted: &str) -> &str {
    match wanted {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        "f32" | "f64" => "a number",
        "a string" | "str" | "string" | "a borrowed string" | "a character" => "text",
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "an object",
        "unit" => "null",
        _ if wanted.starts_with("struct ") => "an object",
        _ if wanted.starts_with("tuple ") || wanted.starts_with("a tuple") => "an array",
        // Whatever is left describes itself; a type that does not is one of several kinds.
        _ if ["enum ", "newtype ", "option", "variant "].iter().any(|kind| wanted.starts_with(kind)) => "another value",
        _ => wanted,
    }
}

/// What was found, as it was sent: in full where it is short.
fn the_found(found: &str) -> String {
    let bare = |kind: &str| found.strip_prefix(kind).map(|value| value.trim_matches('`').to_owned());
    let text = |kind: &str| found.strip_prefix(kind).map(shortened);
    match found {
        "sequence" => "an array".to_owned(),
        "map" => "an object".to_owned(),
        "null" | "unit value" | "Option value" => "null".to_owned(),
        _ => ["integer ", "floating point ", "boolean ", "character "]
            .iter()
            .find_map(|kind| bare(kind))
            .or_else(|| text("string "))
            .unwrap_or_else(|| shortened(found)),
    }
}

/// At most 60 characters of the text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_of_the_program_is_named() {
        for (said, told) in [
            (
                "invalid type: string \"x, expected y\", expected u16",
                "expected a whole number from 0 to 65535, found \"x, expected y\"",
            ),
            ("invalid value: integer `-1`, expected u64", "expected a whole number from 0, found -1"),
            ("invalid type: map, expected a string", "expected text, found an object"),
            ("invalid type: floating point `1.5`, expected i64", "expected a whole number, found 1.5"),
            ("invalid type: null, expected struct NewEvent with 3 elements", "expected an object, found null"),
            ("invalid type: boolean `true`, expected a sequence", "expected an array, found true"),
            ("invalid type: sequence, expected an object", "expected an object, found an array"),
            ("missing field `with`", "is needed"),
            ("duplicate field `name`", "is given twice"),
            ("unknown field `colour`, expected `name` or `size`", "is not known here: expected `name` or `size`"),
            ("unknown field `colour`, there are no fields", "is not known here: there are no fields"),
            ("must not be empty", "must not be empty"),
        ] {
            assert_eq!(in_words(said), told);
        }
        let long = format!("invalid type: string \"{}\", expected a boolean", "x".repeat(100));
        assert_eq!(in_words(&long).chars().count(), "expected true or false, found ".len() + 61);
    }
}
