//! The form of every letter: in HTML with its styles inlined, and the same as text.

use askama::Template;

use super::{Error, Site, address_of, stop};
use crate::base::colour::Colour;
use crate::base::mail::{Attachment, Mail, Scheduling};
use crate::booking::announcements::Paragraph;
use crate::members::hubs::Hub;
use crate::members::people::Person;
use crate::messages::outbox::Letter;

/// What a letter says.
pub(super) struct Page {
    /// Its subject.
    pub(super) subject: String,
    /// Whether it begins with a greeting: what somebody wrote may have its own.
    pub(super) greets: bool,
    /// What happened: each a paragraph.
    pub(super) sentences: Vec<String>,
    /// What the hub wrote.
    pub(super) words: Vec<Paragraph>,
    /// What happened besides, each with the page that it leads to.
    pub(super) items: Vec<(String, String)>,
    /// What one needs to know, each with its label.
    pub(super) details: Vec<(String, String)>,
    /// Six digits to sign in.
    pub(super) code: Option<String>,
    /// The page that it leads to.
    pub(super) link: String,
    /// What one does there.
    pub(super) act: String,
    /// What is said after the link.
    pub(super) after: Vec<String>,
    /// What it says to a calendar program.
    pub(super) scheduling: Option<Scheduling>,
    /// What goes along.
    pub(super) attachments: Vec<Attachment>,
    /// Why one gets it.
    pub(super) footer: String,
    /// The word of the link that stops letters like it, where they can be stopped.
    pub(super) stop: Option<String>,
}

#[derive(Template)]
#[template(path = "letters/letter.html")]
struct Html<'a> {
    hub: &'a str,
    colour: Colour,
    name: &'a str,
    page: &'a Page,
    stop: Option<String>,
    choose: String,
}

#[derive(Template)]
#[template(path = "letters/letter.txt", escape = "none")]
struct Text<'a> {
    hub: &'a str,
    name: &'a str,
    page: &'a Page,
    stop: Option<String>,
    choose: String,
}

impl Page {
    /// The message to a person.
    pub(super) fn mail(&self, site: &Site, hub: &Hub, person: &Person, letter: &Letter) -> Result<Mail, Error> {
        let (name, hub_name, url) = (person.name.as_str(), hub.name.as_str(), &site.public_url);
        let stop = self.stop.as_ref().map(|word| format!("{url}/letters/stop/{word}"));
        let choose = format!("{url}/account/letters");
        let text = Text { hub: hub_name, name, page: self, stop: stop.clone(), choose: choose.clone() }.render()?;
        Ok(Mail {
            from_name: hub_name.to_owned(),
            to_name: name.to_owned(),
            to: address_of(letter, person),
            id: letter.id.to_string(),
            written_at: letter.written_at,
            subject: self.subject.clone(),
            text,
            html: Html { hub: hub_name, colour: hub.colour, name, page: self, stop, choose }.render()?,
            scheduling: self.scheduling.clone(),
            attachments: self.attachments.clone(),
            headers: self.stop.as_ref().map(|word| stop::headers(url, word)).unwrap_or_default(),
        })
    }
}
