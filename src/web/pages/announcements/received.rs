//! A message of the hub, as whoever looks at it got it.

use askama::Template;

use crate::base::text::Line;
use crate::booking::announcements::{self, Paragraph};
use crate::web::call::Call;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/messages/{id}", EVERYONE, show);
}

#[derive(Template)]
#[template(path = "pages/announcements/received.html")]
struct Received {
    shell: Shell,
    subject: String,
    by: String,
    when: String,
    event: Option<(String, String)>,
    paragraphs: Vec<Paragraph>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (hub, me, id) = (caller.hub(), caller.person.id, caller.id("id")?);
    let received = announcements::received(&mut caller.read().await?, hub, me, id).await?;
    let announcements::Received { announcement: sent, message } = received.ok_or_else(Problem::not_found)?;
    let view = Received {
        shell: Shell::of(&caller, message.subject.as_str(), "/notices").await?,
        by: sent.sent_by_name.as_ref().map_or("The hub", Line::as_str).to_owned(),
        when: words::moment(sent.sent_at),
        event: sent.event_id.zip(sent.event_title).map(|(id, title)| (format!("/events/{id}"), title.to_string())),
        paragraphs: message.paragraphs(),
        subject: message.subject,
    };
    page(&caller, &view).await
}
