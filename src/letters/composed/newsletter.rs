//! The letter of an issue of the newsletter: what of it is for its reader.

use askama::Template;
use chrono::{DateTime, Utc};

use super::stop::{self, Stops};
use super::{Composed, Error, GONE, LEFT, NOBODY_THERE, NOT_WANTED, Site, receiver, school_has_left, waits};
use crate::base::colour::Colour;
use crate::base::db::Tx;
use crate::base::mail::Mail;
use crate::base::text::{Email, Line};
use crate::members::hubs::Hub;
use crate::messages::choices::{self, Fate, Topic};
use crate::messages::outbox::{self, Letter};
use crate::news::{self, Audience, Says, contacts};

/// Whom it is for.
struct Reader {
    name: Line,
    email: Email,
    audience: Audience,
    /// What the link in it stops.
    stops: Stops,
}

#[derive(Template)]
#[template(path = "letters/newsletter.html")]
struct Html<'a> {
    hub: &'a str,
    colour: Colour,
    says: &'a Says,
    /// Its page, for those who sign in.
    page: Option<String>,
    stop: &'a str,
    choose: Option<String>,
}

#[derive(Template)]
#[template(path = "letters/newsletter.txt", escape = "none")]
struct Text<'a> {
    hub: &'a str,
    says: &'a Says,
    page: Option<String>,
    stop: &'a str,
    choose: Option<String>,
}

/// Composes the letter, as of `now`.
pub(super) async fn compose(
    tx: &mut Tx,
    site: &Site,
    hub: &Hub,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<Composed, Error> {
    let Some(id) = letter.newsletter_id else { return Ok(Composed::Lost("no newsletter is named")) };
    let Some(issue) = news::get(tx, hub.id, id).await? else { return Ok(Composed::Unwanted(GONE)) };
    let reader = match reader(tx, hub, letter, now).await? {
        Ok(reader) => reader,
        Err(otherwise) => return Ok(otherwise),
    };
    let says = issue.says(reader.audience, &site.public_url);
    if says.html.is_empty() {
        return Ok(Composed::Unwanted("nothing in it is for them"));
    }
    let (word, url) = (stop::word(&site.vault, hub.id, reader.stops)?, &site.public_url);
    let stop = format!("{url}/letters/stop/{word}");
    let signs_in = matches!(reader.stops, Stops::Topic(..));
    let of_service = |path: String| signs_in.then(|| format!("{url}{path}"));
    let (page, choose) = (of_service(format!("/newsletters/{id}")), of_service("/account/letters".to_owned()));
    let name = hub.name.as_str();
    let text = Text { hub: name, says: &says, page: page.clone(), stop: &stop, choose: choose.clone() }.render()?;
    let html = Html { hub: name, colour: hub.colour, says: &says, page, stop: &stop, choose }.render()?;
    Ok(Composed::Mail(Box::new(Mail {
        from_name: name.to_owned(),
        to_name: reader.name.as_str().to_owned(),
        to: reader.email,
        id: letter.id.to_string(),
        written_at: letter.written_at,
        subject: says.subject.as_str().to_owned(),
        text,
        html,
        scheduling: None,
        attachments: Vec::new(),
        headers: stop::headers(url, &word),
    })))
}

/// Whom the letter is for; or what else becomes of it.
async fn reader(
    tx: &mut Tx,
    hub: &Hub,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<Result<Reader, Composed>, Error> {
    if let Some(id) = letter.person_id {
        let person = match receiver(tx, hub, id).await? {
            Ok(person) => person,
            Err(why) => return Ok(Err(Composed::Unwanted(why))),
        };
        if school_has_left(tx, &person, now).await? {
            return Ok(Err(Composed::Unwanted(LEFT)));
        }
        if outbox::is_nobody_there(tx, hub.id, id).await? {
            return Ok(Err(Composed::Unwanted(NOBODY_THERE)));
        }
        let chosen = choices::of(tx, hub.id, id).await?;
        let (name, email, audience) = (person.name, person.email, Audience::of(person.role));
        return Ok(match chosen.fate_alone(Topic::Newsletter, letter.written_at, now) {
            Fate::Now => Ok(Reader { name, email, audience, stops: Stops::Topic(id, Topic::Newsletter) }),
            Fate::Gathered(at) => Err(Composed::Later(at, waits(chosen.way(Topic::Newsletter)))),
            Fate::Refused => Err(Composed::Unwanted(NOT_WANTED)),
        });
    }
    let Some(id) = letter.contact_id else { return Ok(Err(Composed::Lost("nobody is named whom it is for"))) };
    if outbox::is_no_contact_there(tx, hub.id, id).await? {
        return Ok(Err(Composed::Unwanted(NOBODY_THERE)));
    }
    Ok(match contacts::get(tx, hub.id, id).await? {
        None => Err(Composed::Unwanted("they are no contact of the hub any more")),
        Some(contact) if contact.stopped_at.is_some() => Err(Composed::Unwanted("they have stopped it")),
        Some(contacts::Contact { name, email, .. }) => {
            Ok(Reader { name, email, audience: Audience::Contact, stops: Stops::Newsletter(id) })
        }
    })
}
