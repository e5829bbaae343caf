//! What the hub writes to its people: a message to the leads, and a newsletter that waits to be looked at.

use super::{Desk, Error, line};
use crate::base::text::Prose;
use crate::booking::announcements::{self, NewAnnouncement, To};
use crate::news::{self, Settings, Weekday};

const SUBJECT: &str = "The year's credits are with you";

const WORDS: &str = "Dear {{name}},

{{school}} has its credits for the year. The conference and the Improving Teacher Programme are open for booking, and \
Lampton Academy has days of a specialist to offer.

What your teachers ask for waits under Approvals. It comes back by itself after five working days.";

/// Writes to the leads, and drafts the newsletter.
pub async fn write(desk: &Desk<'_>) -> Result<(), Error> {
    let mut journal = desk.journal("Amara").await?;
    let words = Prose::parse(WORDS).map_err(Error::Words)?;
    let message = NewAnnouncement::new(To::Leads(None), line(SUBJECT)?, words);
    let message = message.map_err(|flaws| Error::Words(flaws.into_iter().map(|flaw| flaw.detail).collect()))?;
    announcements::send(&mut journal, &message).await?;

    let now = journal.now();
    let weekly = |weekday| Settings { enabled: true, weekday, draft_days: 6, ..Settings::default() };
    let days = [Weekday::Friday].into_iter().chain(Weekday::ALL.iter().copied());
    if let Some(due) = days.map(weekly).find(|weekly| weekly.drafted(weekly.next(now)) <= now) {
        news::set(&mut journal, due).await?;
        news::go(&mut journal).await?;
    }
    journal.commit().await?;
    Ok(())
}
