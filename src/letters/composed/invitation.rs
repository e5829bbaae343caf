//! Invitations for calendars: one session each, for people to read and for their calendar program to take in.

use chrono::{DateTime, Utc};

use super::page::Page;
use super::{Composed, Error, NOT_WANTED, Site, address_of, stop_of, waits};
use crate::base::db::Tx;
use crate::base::mail::{Attachment, Scheduling, in_ascii};
use crate::base::said;
use crate::booking::calendars::{Addressee, Message};
use crate::booking::scheduling::{self, Invitation};
use crate::members::hubs::Hub;
use crate::members::people::Person;
use crate::messages::choices::{self, Fate, Topic};
use crate::messages::outbox::Letter;

/// The letter of an invitation; or what becomes of it instead.
pub(super) async fn of(
    tx: &mut Tx,
    site: &Site,
    hub: &Hub,
    person: &Person,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<Result<Page, Composed>, Error> {
    let Some(told) = scheduling::told_by(tx, hub.id, person.id, letter.id).await? else {
        return Ok(Err(Composed::Unwanted("a later letter says what has become of it")));
    };
    if told.ends_at <= now {
        return Ok(Err(Composed::Unwanted("the session is over")));
    }
    let chosen = choices::of(tx, hub.id, person.id).await?;
    match chosen.fate(Topic::Calendar, None, now) {
        Fate::Now => Ok(Ok(page(site, hub, person, letter, &told)?)),
        // Of several in one letter, calendar programs take in the first.
        Fate::Gathered(at) => Ok(Err(Composed::Later(at, waits(chosen.way(Topic::Calendar))))),
        Fate::Refused => Ok(Err(Composed::Unwanted(NOT_WANTED))),
    }
}

fn page(site: &Site, hub: &Hub, person: &Person, letter: &Letter, told: &Invitation) -> Result<Page, Error> {
    let title = &told.wording.title;
    let (subject, sentence, after) = if told.invited {
        (
            format!("{title}: for your calendar"),
            format!("You have a place on {title}."),
            "Most calendar programs take it in by themselves; others do when you open the attached file.",
        )
    } else {
        (
            format!("{title}: no longer in your calendar"),
            format!("You have no place on {title} any more, or it does not take place."),
            "Most calendar programs take it away by themselves; others do when you open the attached file.",
        )
    };
    let mut details = vec![("When".to_owned(), said::span(told.starts_at, told.ends_at))];
    details.extend(told.wording.place.iter().map(|place| ("Where".to_owned(), place.clone())));
    details.extend(told.wording.url.iter().map(|url| ("Join".to_owned(), url.clone())));
    let calendar = calendar(site, hub, person, letter, told);
    let file = Attachment {
        name: "invite.ics".to_owned(),
        media_type: "application/ics",
        bytes: calendar.clone().into_bytes(),
    };
    Ok(Page {
        subject,
        greets: true,
        sentences: vec![sentence],
        words: Vec::new(),
        items: Vec::new(),
        details,
        code: None,
        link: format!("{}/events/{}", site.public_url, told.event_id),
        act: "See the event".to_owned(),
        after: vec![after.to_owned()],
        scheduling: Some(Scheduling { method: told.method().as_str(), calendar }),
        attachments: vec![file],
        footer: format!("You are sent this because you chose to have your places at {} in your calendar.", hub.name),
        stop: stop_of(site, person, Topic::Calendar)?,
    })
}

/// What the calendar program is told. The hub invites, from the address that the letter comes from.
fn calendar(site: &Site, hub: &Hub, person: &Person, letter: &Letter, told: &Invitation) -> String {
    let address = in_ascii(&address_of(letter, person));
    let message = Message {
        method: told.method(),
        session: told.session_id,
        sequence: told.sequence,
        told_at: told.told_at,
        starts_at: told.starts_at,
        ends_at: told.ends_at,
        wording: &told.wording,
        organizer: Addressee { name: hub.name.as_str(), address: &site.from },
        attendee: Addressee { name: person.name.as_str(), address: &address },
    };
    message.text()
}
