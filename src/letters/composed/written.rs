//! The letter of what the hub wrote to delegates or leads: in the manager's words, as the preview showed them.

use super::page::Page;
use super::{Error, Site, details, link_of, stop_of, why};
use crate::base::db::Tx;
use crate::booking::announcements::{self, Announcement};
use crate::members::hubs::Hub;
use crate::members::people::Person;
use crate::messages::choices::Topic;
use crate::messages::notices::Told;

/// What such a letter says; none of a notice that tells of something else.
pub(super) async fn page(
    tx: &mut Tx,
    site: &Site,
    hub: &Hub,
    person: &Person,
    told: &Told,
) -> Result<Option<Page>, Error> {
    let Some(id) = told.announcement_id else { return Ok(None) };
    let Some(received) = announcements::received(tx, hub.id, person.id, id).await? else { return Ok(None) };
    Ok(Some(Page {
        words: received.message.paragraphs(),
        greets: !received.message.greets(),
        subject: received.message.subject,
        sentences: vec![from(hub, &received.announcement)],
        items: Vec::new(),
        details: Vec::new(),
        code: None,
        link: link_of(site, told),
        act: details::act(told.kind).to_owned(),
        after: Vec::new(),
        scheduling: None,
        attachments: Vec::new(),
        footer: why(hub),
        stop: stop_of(site, person, Topic::of(told.kind))?,
    }))
}

/// Who writes to whom.
fn from(hub: &Hub, announcement: &Announcement) -> String {
    let sender = announcement.sent_by_name.as_ref().unwrap_or(&hub.name);
    announcements::said_above(sender, announcement.event_title.as_ref())
}
