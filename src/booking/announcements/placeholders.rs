//! Placeholders: `{{name}}` in what a manager writes stands for what is each receiver's own.

use super::Audience;
use crate::base::braced::{Part, parts, said_again};
use crate::base::db::types::words;

words!(/** What stands for each receiver's own. */ Placeholder {
    /// The receiver's name.
    Name = "name",
    /// The receiver's school; a delegate's is the one whose place it is.
    School = "school",
    /// The title of the event.
    Event = "event",
    /// The days of the event's sessions.
    Date = "date",
    /// When they begin.
    Time = "time",
    /// Where they are.
    Place = "place",
});

/// Why something between braces stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// There is no such placeholder.
    #[error("{{{{{0}}}}} is no placeholder: there are {1}")]
    Unknown(String, String),
    /// It is about an event, and leads are not written to about one.
    #[error("{{{{{0}}}}} has no meaning for CPD leads: it is about an event")]
    OfAnEvent(Placeholder),
    /// It does not end.
    #[error("{{{{ must be followed by }}}}: {{{{name}}}}")]
    Open,
}

/// What the placeholders stand for, for one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Their name.
    pub name: String,
    /// Their school.
    pub school: String,
    /// The event, where it is about one.
    pub event: Option<OfEvent>,
}

/// What the placeholders of an event stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfEvent {
    /// Its title.
    pub title: String,
    /// The days of its sessions.
    pub date: String,
    /// When they begin; where that differs, each with its day.
    pub time: String,
    /// Where they are; where that differs, each with its day.
    pub place: String,
}

impl Placeholder {
    /// Those that have a meaning for an audience.
    pub fn known_to(audience: Audience) -> impl Iterator<Item = Placeholder> {
        Placeholder::ALL.iter().copied().filter(move |known| audience == Audience::Delegates || !known.is_of_event())
    }

    fn is_of_event(self) -> bool {
        match self {
            Placeholder::Name | Placeholder::School => false,
            Placeholder::Event | Placeholder::Date | Placeholder::Time | Placeholder::Place => true,
        }
    }

    fn value(self, facts: &Facts) -> Option<&str> {
        let event = facts.event.as_ref();
        match self {
            Placeholder::Name => Some(&facts.name),
            Placeholder::School => Some(&facts.school),
            Placeholder::Event => event.map(|event| event.title.as_str()),
            Placeholder::Date => event.map(|event| event.date.as_str()),
            Placeholder::Time => event.map(|event| event.time.as_str()),
            Placeholder::Place => event.map(|event| event.place.as_str()),
        }
    }
}

/// All the placeholders of an audience as they are typed, for a hint: `{{name}}, {{school}}`.
pub fn listed(audience: Audience) -> String {
    Placeholder::known_to(audience).map(|known| format!("{{{{{known}}}}}")).collect::<Vec<_>>().join(", ")
}

/// Whether every placeholder of a text has a meaning for an audience.
pub fn check(text: &str, audience: Audience) -> Result<(), Wrong> {
    for part in parts(text) {
        match part {
            Part::Plain(_) => {}
            Part::Open(_) => return Err(Wrong::Open),
            Part::Braced(_, name) => {
                let known = Placeholder::parse(name).map_err(|_| Wrong::Unknown(said_again(name), listed(audience)))?;
                if audience == Audience::Leads && known.is_of_event() {
                    return Err(Wrong::OfAnEvent(known));
                }
            }
        }
    }
    Ok(())
}

/// The text with what its placeholders stand for. What is filled in is not looked through again, and what stands for
/// nothing stays as it was typed.
pub fn fill(text: &str, facts: &Facts) -> String {
    let filled = |part: Part<'_>| match part {
        Part::Plain(plain) | Part::Open(plain) => plain.to_owned(),
        Part::Braced(whole, name) => {
            let known = Placeholder::parse(name).ok();
            known.and_then(|known| known.value(facts)).unwrap_or(whole).to_owned()
        }
    };
    parts(text).into_iter().map(filled).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(name: &str) -> Facts {
        let event = OfEvent {
            title: "Spring conference".to_owned(),
            date: "2 March 2027".to_owned(),
            time: "9am".to_owned(),
            place: "Lampton Academy".to_owned(),
        };
        Facts { name: name.to_owned(), school: "Chiswick School".to_owned(), event: Some(event) }
    }

    #[test]
    fn placeholders_stand_for_what_is_the_receivers_own() {
        let text = "Dear {{name}} of {{ school }}: {{event}} on {{date}}, {{time}}, at {{place}}. {{name}}";
        assert_eq!(check(text, Audience::Delegates), Ok(()));
        assert_eq!(
            fill(text, &facts("Ella")),
            "Dear Ella of Chiswick School: Spring conference on 2 March 2027, 9am, at Lampton Academy. Ella"
        );
    }

    #[test]
    fn what_stands_for_nothing_is_refused_by_its_name() {
        let said = |text: &str, audience| check(text, audience).unwrap_err().to_string();
        assert_eq!(said("a {{nmae}}", Audience::Leads), "{{nmae}} is no placeholder: there are {{name}}, {{school}}");
        assert!(said("{{Name}}", Audience::Delegates).starts_with("{{Name}} is no placeholder: there are {{name}}"));
        assert_eq!(
            said("{{name}} {{event}}", Audience::Leads),
            "{{event}} has no meaning for CPD leads: it is about an event"
        );
        assert_eq!(said("{{name", Audience::Leads), "{{ must be followed by }}: {{name}}");
        assert!(said(&format!("{{{{{}}}}}", "x".repeat(500)), Audience::Leads).len() < 120);
        for fine in ["", "{name}", "}} {", "a { b } c"] {
            assert_eq!(check(fine, Audience::Leads), Ok(()), "{fine}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        assert_eq!(fill("{{name}}, {{school}}", &facts("{{school}}")), "{{school}}, Chiswick School");
        let of_no_event = Facts { event: None, ..facts("Ella") };
        assert_eq!(fill("{{event}} {{odd}} {{", &of_no_event), "{{event}} {{odd}} {{");
    }

    proptest! {
        #[test]
        fn a_text_without_placeholders_stays_as_it_is(text in "[^{]{0,80}") {
            prop_assert_eq!(check(&text, Audience::Leads), Ok(()));
            prop_assert_eq!(fill(&text, &facts("Ella")), text);
        }

        #[test]
        fn any_text_is_looked_through(text in r"[{}a-z \n]{0,60}") {
            if check(&text, Audience::Delegates).is_ok() {
                prop_assert!(!parts(&text).iter().any(|part| matches!(part, Part::Open(_))));
            }
            fill(&text, &facts("Ella"));
        }
    }
}
