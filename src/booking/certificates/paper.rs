//! A certificate as a printable sheet.

use super::{Certificate, Words};
use crate::base::clock::london_date;
use crate::base::colour::Colour;
use crate::base::pdf::{Block, Sheet};
use crate::base::said;
use crate::base::text::{counted, day_in_words as day};

/// The sheet of a certificate, which can be checked at the address, in the colour of the hub.
pub fn sheet(certificate: &Certificate, check_at: &str, colour: Colour) -> Sheet {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let words = &certificate.words;
    let Words { starts_on, ends_on, sessions, sessions_attended, hours, .. } = words;
    let days = if starts_on == ends_on { day(*starts_on) } else { format!("{} to {}", day(*starts_on), day(*ends_on)) };
    let on = |at| day(london_date(at));
    let issued = match certificate.reissued_at {
        None => on(certificate.issued_at),
        Some(again) => format!("{}, again {}", on(certificate.issued_at), on(again)),
    };
    let mut facts = vec![fact("Programme", words.programme_title.to_string())];
    facts.extend([
        fact("Dates", days),
        fact("Attended", format!("{sessions_attended} of {}, {}", counted(*sessions, "session"), said::hours(*hours))),
        fact("Given by", words.provider_name.to_string()),
        fact("Issued", issued),
        fact("Number", certificate.number.to_string()),
    ]);
    Sheet {
        title: format!("Certificate of attendance: {}", words.event_title),
        foot: format!("{} · {}", words.hub_name, certificate.number),
        blocks: vec![
            Block::Text(words.hub_name.to_string()),
            Block::Title("Certificate of attendance".to_owned()),
            Block::Rule,
            Block::Gap,
            Block::Text("This certifies that".to_owned()),
            Block::Large(words.person_name.to_string()),
            Block::Text(format!("of {} attended", words.school_name)),
            Block::Large(words.event_title.to_string()),
            Block::Gap,
            Block::Facts(facts),
            Block::Gap,
            Block::Link { label: "Anyone can check this certificate at".to_owned(), address: check_at.to_owned() },
        ],
        frame: Some(colour),
    }
}
