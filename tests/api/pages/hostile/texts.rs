//! The texts, and what an answer may not have in it after they were typed.

use crate::support::{Element, Seen};

/// A sum that only a second template would do.
const SUM: &str = "62615533";

/// What is typed: each for another place that it could break out of.
pub(super) const HOSTILE: &[&str] = &[
    "</title></textarea></script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)><x-evil>",
    "\" autofocus onfocus=alert(1) x-evil=\"",
    "' onmouseover='alert(1)' x-evil='",
    "javascript:alert(1)//",
    "{{7919*7907}}${7919*7907}<!--<b x-evil>",
    "\u{202e}<b x-evil>\u{2028}\u{feff}",
    "=HYPERLINK(\"https://evil.example\")",
];

/// Elements that no page has.
const NEVER: &[&str] = &["iframe", "object", "embed", "base", "img", "x-evil", "math", "frame"];

/// Attributes whose value is followed or loaded.
const FOLLOWED: &[&str] = &["href", "src", "action", "formaction", "xlink:href", "data", "srcdoc", "poster"];

/// Looks whether an answer has anything in it that runs, or that its template did not write.
#[track_caller]
pub(super) fn looked_at(seen: &Seen, context: &str) {
    let header = |name: &str| seen.headers.get(name).map_or("", |value| value.to_str().unwrap());
    if seen.status == 303 {
        let to = header("location");
        assert!(to.starts_with('/') && !to.starts_with("//"), "{context}: it leads to {to}");
        return;
    }
    assert!(seen.status < 500, "{context}: {}", seen.text);
    if header("content-type").starts_with("text/csv") {
        return no_formula(&seen.text, context);
    }
    if !header("content-type").starts_with("text/html") {
        return;
    }
    kept_apart(seen, context);
    for element in &Element::of(&seen.text).within {
        at(element, context);
    }
    assert!(!seen.text.contains(SUM), "{context}: it was reckoned out");
}

/// No other site shows it in a frame, no script of its own runs on it, and no shared computer keeps it.
#[track_caller]
fn kept_apart(seen: &Seen, context: &str) {
    let header = |name: &str| seen.headers.get(name).map_or("", |value| value.to_str().unwrap());
    let policy = header("content-security-policy");
    for said in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(said), "{context}: {policy}");
    }
    assert!(policy.contains("form-action 'self'") || policy.contains("form-action 'none'"), "{context}: {policy}");
    // What is made to be printed has its style within it, and no script at all.
    assert!(!policy.contains("unsafe") || !policy.contains("script-src"), "{context}: {policy}");
    assert_eq!(header("cache-control"), "no-store", "{context}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{context}");
}

fn at(element: &Element, context: &str) {
    let name = element.name.as_str();
    let source = element.attribute("src").unwrap_or_default();
    assert!(!NEVER.contains(&name), "{context}: <{name}> {:?}", element.attributes);
    assert!(name != "script" || source.starts_with("/assets/"), "{context}: a script: {}", element.text);
    for (attribute, value) in &element.attributes {
        let runs = attribute.starts_with("on") || ["x-evil", "style", "srcdoc"].contains(&attribute.as_str());
        assert!(!runs, "{context}: <{name} {attribute}={value:?}>");
        if FOLLOWED.contains(&attribute.as_str()) && name != "link" {
            let value = value.trim().to_ascii_lowercase();
            let followed = ["javascript:", "data:", "vbscript:", "//", "\\"].iter().any(|way| value.starts_with(way));
            assert!(!followed, "{context}: <{name} {attribute}={value:?}>");
        }
    }
}

/// No cell that a program of sheets would reckon with.
#[track_caller]
fn no_formula(text: &str, context: &str) {
    for row in csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes()).records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with("=HYPERLINK"), "{context}: {cell}");
        }
    }
}

/// An answer of this type with this text in it, as a template would write it at that place.
fn written(place: &str, text: &str) -> Seen {
    let kind = if place.starts_with("row") { "text/csv" } else { "text/html; charset=utf-8" };
    let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    let headers = [
        ("content-type", kind),
        ("content-security-policy", policy),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    Seen { status: 200, headers: headers.into_iter().collect(), text: place.replace("TYPED", text) }
}

/// Where a template writes what was typed.
const PLACES: &[&str] = &[
    "<!doctype html><html><head><title>TYPED</title></head><body></body></html>",
    "<!doctype html><html><head><title>a</title></head><body><p>TYPED</p></body></html>",
    "<!doctype html><html><head><title>a</title></head><body><textarea>TYPED</textarea></body></html>",
    "<!doctype html><html><head><title>a</title></head><body><input value=\"TYPED\"></body></html>",
    "<!doctype html><html><head><title>a</title></head><body><input value='TYPED'></body></html>",
];

/// Whether an answer is found to be at fault.
fn is_found(seen: &Seen) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| looked_at(seen, "a trial"))).is_err()
}

#[test]
fn each_text_is_found_where_a_template_would_not_escape_it() {
    let link = "<!doctype html><html><head><title>a</title></head><body><a href=\"TYPED\">a</a></body></html>";
    for text in HOSTILE {
        let raw = PLACES.iter().chain([&link, &"row,TYPED\r\n"]).any(|place| is_found(&written(place, text)));
        let reckoned = text.contains("7919") && is_found(&written(PLACES[1], SUM));
        assert!(raw || reckoned, "{text} could stand anywhere");
        let escaped = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
        let escaped = escaped.replace('"', "&#34;").replace('\'', "&#39;");
        for place in PLACES {
            assert!(!is_found(&written(place, &escaped)), "{text} is found at {place}, though it is escaped");
        }
    }
}
