//! A notice in words, with where it leads.

use askama::Template;
use chrono::{DateTime, Utc};

use super::words;
use crate::base::db::{self, Tx};
use crate::letters::{Facts, page_of, sentence};
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};

/// Something that somebody was told.
#[derive(Template)]
#[template(path = "pages/notice.html")]
pub(crate) struct Notice {
    sentence: String,
    when: String,
    /// Whether it is news: not read, and what it asks for is still to be done.
    unread: bool,
    link: Option<String>,
}

impl Notice {
    /// A notice that a person was told, as it stands now.
    pub(crate) async fn of(tx: &mut Tx, told: &Told, person: &Person, now: DateTime<Utc>) -> Result<Notice, db::Error> {
        let facts = Facts::of(tx, person, told).await?;
        // A request to all that was agreed with another is not theirs to see any more.
        let shown = told.kind != Kind::CommissionRequested || matches!(facts, Facts::Commission(_));
        Ok(Notice {
            link: page_of(told).filter(|_| shown),
            when: format!("{}, {}", words::short_day_of(told.told_at), words::time_of(told.told_at)),
            unread: told.read_at.is_none() && told.became.is_none() && !told.is_over(now),
            sentence: sentence(told, person, &facts, now),
        })
    }
}
