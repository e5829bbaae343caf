//! Whom the parts of a newsletter are for. A part for some of its readers stands between two lines:
//!
//! ```text
//! ::: leads, managers
//! Credits of 2026/27 lapse on 31 August.
//! :::
//! ```
//!
//! What stands outside such lines is for everybody. Within fenced code such a line is one of the code.

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

/// The fence of the code that is open, and the line that it is in.
#[derive(Default)]
struct Code {
    fence: Option<(char, usize)>,
    from: usize,
}

impl Code {
    /// What a line of this number is, where code can be around it.
    fn line(&mut self, number: usize, text: &str) -> Line {
        let told = text.trim_start();
        let mark = told.chars().next().filter(|mark| ['`', '~'].contains(mark));
        let length = told.chars().take_while(|c| Some(*c) == mark).count();
        let rest = told.get(length..).unwrap_or_default();
        match (self.fence, mark.filter(|_| length >= 3)) {
            (None, Some(mark)) if mark == '~' || !rest.contains('`') => {
                (self.fence, self.from) = (Some((mark, length)), number);
                Line::Says
            }
            (Some((open, least)), Some(mark)) if open == mark && length >= least && rest.trim().is_empty() => {
                self.fence = None;
                Line::Says
            }
            (Some(_), _) => Line::Says,
            (None, _) => line(text),
        }
    }
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
    let (mut open, mut code, mut in_code) = (None, Code::default(), false);
    for (number, said) in (1..).zip(text.lines()) {
        let what = code.line(number, said);
        // What is only a part because its code does not end would be read by everybody.
        in_code = code.fence.is_some() && (in_code || !matches!(line(said), Line::Says));
        match (what, open) {
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
    if in_code {
        return Some(format!("the code that begins with line {} has no end, and ::: is below it", code.from));
    }
    open.map(|from| format!("the part that begins with line {from} has no end: write ::: below it"))
}

/// What of a text is for these readers.
pub(super) fn of(text: &str, audience: Audience) -> String {
    let (mut said, mut for_them, mut code) = (String::with_capacity(text.len()), true, Code::default());
    for (number, part) in (1..).zip(text.lines()) {
        match code.line(number, part) {
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
            ("a\n```\n::: leads\nb\n:::", "the code that begins with line 2 has no end"),
        ] {
            assert!(flaw(text).is_some_and(|flaw| flaw.starts_with(said)), "{text:?}: {:?}", flaw(text));
        }
    }

    #[test]
    fn what_stands_in_code_is_no_part() {
        for text in ["```\n::: leads\n:::\n```\nb\n", "~~~~ x\n:::\n~~~\n~~~~\n"] {
            assert_eq!((flaw(text), of(text, Audience::Teacher).as_str()), (None, text));
        }
        let closed = "```\n:::\n```\n::: leads\nb\n:::\n";
        assert_eq!((flaw(closed), of(closed, Audience::Teacher).as_str()), (None, "```\n:::\n```\n"));
        assert_eq!(flaw("``` a `b` ```\n::: leads\n:::"), None, "code within a line");
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
