//! What was gathered for somebody, in one letter; what carries something to use goes by itself beside it.

use chrono::{DateTime, Utc};

use super::page::Page;
use super::{Error, GONE, NOBODY_THERE, NOT_WANTED, Site, attached, link_of, of_notice, receiver, stale, stop_of, why};
use crate::base::db::Tx;
use crate::base::ids::{LetterId, NoticeId, PersonId};
use crate::base::mail::Mail;
use crate::base::text::counted;
use crate::letters::facts::Facts;
use crate::letters::sentence::sentence;
use crate::members::hubs::Hub;
use crate::members::people::Person;
use crate::messages::choices::{self, Fate, Topic};
use crate::messages::notices::{self, Told};
use crate::messages::outbox::{self, Letter};

/// What the letters that were gathered for a person came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The letters that are to be sent, each with those that are in it.
    pub mails: Vec<(Mail, Vec<LetterId>)>,
    /// Those that are not to be sent, and why.
    pub unwanted: Vec<(LetterId, &'static str)>,
}

/// Composes the letters of what was gathered for a person, as of `now`.
pub async fn digest(
    tx: &mut Tx,
    site: &Site,
    hub: &Hub,
    (id, letters): (PersonId, &[Letter]),
    now: DateTime<Utc>,
) -> Result<Digest, Error> {
    let person = match receiver(tx, hub, id).await? {
        Ok(person) => person,
        Err(why) => {
            let unwanted = letters.iter().map(|letter| (letter.id, why)).collect();
            return Ok(Digest { mails: Vec::new(), unwanted });
        }
    };
    if outbox::is_nobody_there(tx, hub.id, id).await? {
        let unwanted = letters.iter().map(|letter| (letter.id, NOBODY_THERE)).collect();
        return Ok(Digest { mails: Vec::new(), unwanted });
    }
    let chosen = choices::of(tx, hub.id, id).await?;
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    for letter in letters {
        let Some(told) = notices::get(tx, hub.id, id, NoticeId(letter.id.0)).await? else {
            unwanted.push((letter.id, GONE));
            continue;
        };
        let refused = chosen.fate(Topic::of(told.kind), told.due_at, now) == Fate::Refused;
        match stale::why(tx, &person, &told, now).await?.or(refused.then_some(NOT_WANTED)) {
            Some(why) => unwanted.push((letter.id, why)),
            None => wanted.push((letter, told)),
        }
    }
    let mut mails = Vec::new();
    let (alone, wanted): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|(_, told)| attached::is_to_be_used(told.kind));
    for (letter, told) in alone {
        let page = of_notice(tx, site, (hub, &person), &told, now).await?;
        mails.push((page.mail(site, hub, &person, letter)?, vec![letter.id]));
    }
    if let Some((last, told)) = wanted.last() {
        let page = match wanted.len() {
            1 => of_notice(tx, site, (hub, &person), told, now).await?,
            _ => {
                let mut items = Vec::new();
                for (_, told) in &wanted {
                    let facts = Facts::of(tx, &person, told).await?;
                    items.push((sentence(told, &person, &facts, now), link_of(site, told)));
                }
                together(site, (hub, &person), wanted.iter().map(|(_, told)| told), items)?
            }
        };
        mails.push((page.mail(site, hub, &person, last)?, wanted.iter().map(|(letter, _)| letter.id).collect()));
    }
    Ok(Digest { mails, unwanted })
}

/// Several notices, each a line that leads to its page. It can be stopped by one click where all are of one topic.
fn together<'a>(
    site: &Site,
    (hub, person): (&Hub, &Person),
    all: impl Iterator<Item = &'a Told>,
    items: Vec<(String, String)>,
) -> Result<Page, Error> {
    let mut topics: Vec<Topic> = all.map(|told| Topic::of(told.kind)).collect();
    let count = topics.len();
    topics.dedup();
    let stop = match topics.as_slice() {
        [topic] => stop_of(site, person, *topic)?,
        _ => None,
    };
    Ok(Page {
        subject: format!("{} from {}", counted(count, "notice"), hub.name),
        greets: true,
        sentences: vec!["This happened since the last letter:".to_owned()],
        words: Vec::new(),
        items,
        details: Vec::new(),
        code: None,
        link: format!("{}/notices", site.public_url),
        act: "See all notices".to_owned(),
        after: Vec::new(),
        scheduling: None,
        attachments: Vec::new(),
        footer: why(hub),
        stop,
    })
}
