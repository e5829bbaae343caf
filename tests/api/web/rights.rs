//! `docs/rights.md`: who may what, as one table, made of the specification.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::support::{Operation, operations};

/// The columns, each with the role whose they are.
const COLUMNS: [(&str, &str); 6] = [
    ("manager", "hub_manager"),
    ("viewer", "hub_viewer"),
    ("lead", "school_lead"),
    ("teacher", "teacher"),
    ("partner", "partner"),
    ("operator", "operator"),
];

const HEAD: &str = "\
# Who may what

Made of the specification (`UPDATE_RIGHTS=1 cargo test --test api the_table_of_rights`); a test compares it, and another
tries every line with every role on records of their own, of another school and of another hub.

A role that may do something may do it to what it sees: the hub's people to everything in their hub, leads and teachers to
what is their school's, partners to what is theirs. What they do not see answers 404. `anyone` needs no token; where an
operation names scopes, an API key needs one of them too.
";

fn table() -> String {
    let mut tags: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in operations() {
        tags.entry(operation.description["tags"][0].as_str().unwrap()).or_default().push(operation);
    }
    let mut text = HEAD.to_owned();
    for (tag, operations) in tags {
        let _ = write!(text, "\n## {tag}\n\n| operation | what it does |");
        for (column, _) in COLUMNS {
            let _ = write!(text, " {column} |");
        }
        text.push_str(" API key |\n|---|---|---|---|---|---|---|---|---|\n");
        for operation in operations {
            let summary = operation.description["summary"].as_str().unwrap_or_default();
            let _ = write!(text, "| `{} {}` | {summary} |", operation.method, operation.path);
            let roles = operation.roles();
            for (_, role) in COLUMNS {
                let may = match (operation.is_public(), roles.contains(&role)) {
                    (true, _) => "anyone",
                    (false, true) => "yes",
                    (false, false) => "",
                };
                let _ = write!(text, " {may} |");
            }
            let scopes = operation.description["x-scopes"].as_array().into_iter().flatten();
            let scopes: Vec<&str> = scopes.filter_map(serde_json::Value::as_str).collect();
            let _ = writeln!(text, " {} |", scopes.join(", "));
        }
    }
    text
}

#[test]
fn the_table_of_rights_is_what_the_specification_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rights.md");
    let said = table();
    if std::env::var("UPDATE_RIGHTS").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &said).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = kept.lines().zip(said.lines()).position(|(kept, said)| kept != said);
    assert!(
        kept == said,
        "docs/rights.md differs from the specification (first at line {differs:?}): UPDATE_RIGHTS=1 cargo test --test api \
         the_table_of_rights"
    );
}
