//! Whom the parts of a newsletter are for. A part for some of its readers stands between two lines:
//!
//! ```text
//! ::: leads, managers
//! Credits of 2026/27 lapse on 31 August.
//! :::
//! ```
//!
//! What stands outside such lines is for everybody.

use crate::base::db::types::words;
use crate::members::people::Role;

words!(/** Whom a newsletter is read by. */ Audience {
    /// Teachers.
    Teacher = "teacher",
    /// The leads of schools.
    Lead = "lead",
    /// The hub's managers and viewers.
    Manager = "manager",
    /// Contacts outside the hub, and partners.
    Contact = "contact",
});

impl Audience {
    /// Those of a role.
    pub fn of(role: Role) -> Audience {
        match role {
            Role::HubManager | Role::HubViewer => Audience::Manager,
            Role::SchoolLead => Audience::Lead,
            Role::Teacher => Audience::Teacher,
            Role::Partner => Audience::Contact,
        }
    }

    fn named(word: &str) -> Option<Audience> {
        Audience::parse(word.strip_suffix('s').unwrap_or(word)).ok()
    }
}

/// What a line is, in a text of parts.
enum Line {
    /// It begins a part for these.
    Begins(Vec<Audience>),
    /// It ends the part that is open.
    Ends,
    /// It names somebody who is no reader.
    Strange(String),
    /// It belongs to what is said.
    Says,
}

fn line(text: &str) -> Line {
    let Some(named) = text.trim().strip_prefix(":::") else { return Line::Says };
    let words = named.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let words: Vec<String> = words.filter(|word| !["", "for", "and"].contains(&word.as_str())).collect();
    if words.is_empty() {
        return Line::Ends;
    }
    let read: Result<Vec<Audience>, String> =
        words.into_iter().map(|word| Audience::named(&word).ok_or(word)).collect();
    read.map_or_else(Line::Strange, Line::Begins)
}

/// What is wrong with the parts of a text, if anything.
pub(super) fn flaw(text: &str) -> Option<String> {
    let mut open = None;
    for (number, said) in (1..).zip(text.lines()) {
        match (line(said), open) {
            (Line::Says, _) => {}
            (Line::Strange(word), _) => {
                let whom = "teachers, leads, managers or contacts";
                return Some(format!("line {number} begins a part for “{word}”: a part is for {whom}"));
            }
            (Line::Begins(_), Some(from)) => {
                return Some(format!(
                    "line {number} begins a part, and the one of line {from} has no end: write ::: below it"
                ));
            }
            (Line::Begins(_), None) => open = Some(number),
            (Line::Ends, None) => return Some(format!("line {number} ends a part, and none is open")),
            (Line::Ends, Some(_)) => open = None,
        }
    }
    open.map(|from| format!("the part that begins with line {from} has no end: write ::: below it"))
}

/// What of a text is for these readers.
pub(super) fn of(text: &str, audience: Audience) -> String {
    let (mut said, mut for_them) = (String::with_capacity(text.len()), true);
    for part in text.lines() {
        match line(part) {
            Line::Begins(whom) => for_them = whom.contains(&audience),
            Line::Ends => for_them = true,
            Line::Strange(_) | Line::Says if for_them => {
                said.push_str(part);
                said.push('\n');
            }
            Line::Strange(_) | Line::Says => {}
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "All\n\n::: for leads and managers\nCredits\n:::\n\n:::Contact\nWelcome\n:::\nEnd\n";

    #[test]
    fn each_reads_what_is_for_them() {
        let lines = |audience| {
            let said = of(TEXT, audience);
            said.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(lines(Audience::Teacher), "All End");
        assert_eq!(lines(Audience::Lead), "All Credits End");
        assert_eq!(lines(Audience::Manager), "All Credits End");
        assert_eq!(lines(Audience::Contact), "All Welcome End");
        assert_eq!(flaw(TEXT), None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, said) in [
            ("a\n::: governors\nb\n:::", "line 2 begins a part for “governors”"),
            ("::: leads\n::: teachers\n:::", "line 2 begins a part, and the one of line 1 has no end"),
            ("a\n:::", "line 2 ends a part, and none is open"),
            ("::: leads\na", "the part that begins with line 1 has no end"),
        ] {
            assert!(flaw(text).is_some_and(|flaw| flaw.starts_with(said)), "{text:?}: {:?}", flaw(text));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_for_everybody_is_read_by_everybody(text in "[a-z \n#*-]{0,80}") {
            for audience in Audience::ALL {
                let said = of(&text, *audience);
                prop_assert_eq!(said.trim_end(), text.trim_end());
            }
        }
    }
}
