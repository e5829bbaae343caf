//! The source as the tests of the house read it: without comments and tests, and its string literals.

use std::path::Path;
use std::sync::OnceLock;

/// One file of `src`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Below `src`.
    pub path: String,
    /// How many lines it has.
    pub lines: usize,
    /// Its code without comments, without the text of literals and without tests; lines as in the file.
    pub code: String,
    /// Its string literals outside tests.
    literals: Vec<String>,
}

/// Every file of `src` but those that hold only tests.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        read(&src, &src, &mut found);
        assert!(found.len() > 20, "the source is not where it should be");
        found
    })
}

fn read(src: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                read(src, &path, found);
            }
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let tested = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
            let (code, literals) = take_apart(&text[..tested]);
            let path = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
            found.push(Source { path, lines: text.lines().count(), code, literals });
        }
    }
}

impl Source {
    /// Its path as a module: `web::call`.
    pub fn module(&self) -> String {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.replace('/', "::")
    }

    /// Whether it is what others of its folder see: `mod.rs`, or the file beside the folder of its name.
    pub fn is_contract(&self) -> bool {
        let inside = format!("{}/", self.path.trim_end_matches("/mod.rs").trim_end_matches(".rs"));
        sources().iter().any(|other| other.path != self.path && other.path.starts_with(&inside))
    }

    /// The paths that it names from the root of the crate, and those from the modules around it, as from the root.
    pub fn paths(&self) -> Vec<String> {
        let mut named = Vec::new();
        for (place, _) in self.code.match_indices("::") {
            let before = &self.code[..place];
            let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            if before[..start].ends_with("::") {
                continue;
            }
            let (root, mut rest) = match &before[start..] {
                "crate" if !self.path.starts_with("cli/") && self.path != "main.rs" => {
                    (String::new(), &self.code[place..])
                }
                "hub_credits" => (String::new(), &self.code[place..]),
                "super" => (parent(&self.module()), &self.code[place..]),
                _ => continue,
            };
            let mut root = root;
            while let Some(up) = rest.strip_prefix("::super") {
                (root, rest) = (parent(&root), up);
            }
            walk(&root, rest, &mut named);
        }
        named
    }

    /// The functions with a body, each with its lines, from that with `fn` to that of the closing brace.
    pub fn functions(&self) -> Vec<(String, usize)> {
        functions(&self.code)
    }

    /// Its SQL, each statement on one line.
    pub fn statements(&self) -> Vec<String> {
        const VERBS: &[&str] = &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
        self.literals
            .iter()
            .map(|literal| literal.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|literal| VERBS.iter().any(|verb| literal.starts_with(verb)))
            .collect()
    }
}

fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (place, _) in code.match_indices("fn ") {
        let (before, after) = (&code[..place], &code[place + 3..]);
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let is_word = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if let Some(begin) = body(after).filter(|_| is_word && !name.is_empty()) {
            let end = begin + end_of_group(&after[begin..]);
            found.push((name, after[..end].matches('\n').count() + 1));
        }
    }
    found
}

/// Where the body of a function begins, behind its brace; none where it is only declared.
fn body(function: &str) -> Option<usize> {
    let mut depth = 0;
    for (place, c) in function.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 => return None,
            '{' if depth == 0 => return Some(place + 1),
            _ => {}
        }
    }
    None
}

fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or("", |(parent, _)| parent).to_owned()
}

/// Every path that begins with `root` and goes on with `rest`: `a`, `::{b::c, d}` → `a::b::c`, `a::d`.
fn walk(root: &str, rest: &str, named: &mut Vec<String>) {
    let Some(rest) = rest.strip_prefix("::") else {
        named.push(root.to_owned());
        return;
    };
    if let Some(group) = rest.strip_prefix('{') {
        for part in at_top_level(&group[..end_of_group(group)]) {
            walk(root, &format!("::{}", part.trim_start()), named);
        }
        return;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let path = if root.is_empty() { rest[..end].to_owned() } else { format!("{root}::{}", &rest[..end]) };
    walk(&path, &rest[end..], named);
}

/// Where the brace that is open closes.
fn end_of_group(group: &str) -> usize {
    let mut depth = 1;
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    group.len()
}

/// `a::{b, c}, d` → `a::{b, c}`, `d`.
fn at_top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[start..]);
    parts
}

/// The code without comments and literals, and the string literals. Two with the columns of a table between them, said
/// by a macro, are one statement.
fn take_apart(text: &str) -> (String, Vec<String>) {
    let (mut code, mut literals) = (String::new(), Vec::<String>::new());
    let mut end_of_last = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => {
                let end = end_of_string(rest);
                let literal = rest[1..end - 1].replace("\\\n", "");
                match literals.last_mut().filter(|_| is_columns(&code[end_of_last..])) {
                    Some(begun) => *begun = format!("{begun}*{literal}"),
                    None => literals.push(literal),
                }
                end_of_last = code.len();
                end
            }
            'r' if rest.starts_with("r\"") || rest.starts_with("r#\"") => {
                let close = if rest.starts_with("r#") { "\"#" } else { "\"" };
                let begin = rest.find('"').unwrap() + 1;
                let end = begin + rest[begin..].find(close).unwrap();
                literals.push(rest[begin..end].to_owned());
                end + close.len()
            }
            '\'' if rest[1..].starts_with('\\') => 4 + rest[3..].find('\'').unwrap(),
            '\'' if rest.chars().nth(2) == Some('\'') => 2 + rest[1..].chars().next().unwrap().len_utf8(),
            _ => {
                code.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        code.extend(rest[..length].chars().filter(|c| *c == '\n'));
        rest = &rest[length..];
    }
    (code, literals)
}

/// Whether the code between two literals is a macro without arguments, such as `, columns!(),`.
fn is_columns(between: &str) -> bool {
    let name = between.trim().strip_prefix(',').and_then(|rest| rest.strip_suffix("!(),"));
    name.is_some_and(|name| name.trim().chars().all(|c| c.is_alphanumeric() || c == '_'))
}

fn end_of_string(text: &str) -> usize {
    let mut escaped = true;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return place + 1,
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    text.len()
}

#[test]
fn literals_are_told_from_code() {
    let text = "let a = \"SELECT \\\"x\\\"\"; // \"no\"\nlet q = '\"'; let l: &'static str = r#\"WITH \"y\"\"#; let n = '\\n';\n";
    let (code, literals) = take_apart(text);
    assert_eq!(literals, ["SELECT \\\"x\\\"", "WITH \"y\""]);
    assert_eq!(code, "let a = ; \nlet q = ; let l: &'static str = ; let n = ;\n");
}

#[test]
fn a_function_is_measured_from_its_first_line_to_its_brace() {
    let text = "trait A {\n    fn a(&self);\n}\nconst fn b(\n    of: [u8; 2],\n) {\n    if c { fn d() {} }\n    \"}\";\n}\ntype E = fn (u8);\n";
    let (code, _) = take_apart(text);
    assert_eq!(functions(&code), [("b".to_owned(), 6), ("d".to_owned(), 1)]);
}

#[test]
fn a_statement_is_read_with_its_columns() {
    let (_, literals) = take_apart("tx.query(concat!(\"SELECT \", columns!(), \" FROM t\")).bind(a, \"b\")");
    assert_eq!(literals, ["SELECT * FROM t", "b"]);
}
