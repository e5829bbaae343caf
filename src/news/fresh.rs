//! What is new in the hub since an instant, as the newsletter tells it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::Error;
use super::sql::fresh as sql;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::hours::Hours;
use crate::base::ids::{EventId, HubId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::programme::programmes::sessions;
use crate::support::offers::directory::{self, Filter};
use crate::support::offers::{Offer, Sight};

/// The most events, programmes and offers that are told of each.
pub(super) const MOST: usize = 20;

/// How long before booking closes places are told of again.
const CLOSES_WITHIN: TimeDelta = TimeDelta::days(14);

/// How many days before the end of a year it is told of what is left of it.
const LAPSE_WITHIN: i64 = 60;

/// An event to come.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Coming {
    pub(super) id: EventId,
    pub(super) title: Line,
    pub(super) provider_name: Line,
    /// Who speaks, each once, in the order of the sessions.
    #[sqlx(skip)]
    pub(super) speakers: Vec<Line>,
}

/// A programme that was added and of which no event is told.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Added {
    pub(super) title: Line,
    pub(super) provider_name: Line,
}

/// What was achieved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Achieved {
    /// Places that were taken.
    pub(super) places: i64,
    /// Certificates that were issued, and to how many people.
    pub(super) certificates: i64,
    pub(super) people: i64,
    /// The hours that they certify.
    #[sqlx(rename = "minutes")]
    pub(super) hours: Hours,
}

/// All that is new.
#[derive(Clone, Debug, Default)]
pub(super) struct Fresh {
    /// Events that were published, and those of which booking closes soon, with places left.
    pub(super) events: Vec<Coming>,
    pub(super) closing: Vec<Coming>,
    pub(super) programmes: Vec<Added>,
    pub(super) offers: Vec<Offer>,
    pub(super) achieved: Achieved,
    /// Years that end soon, with their last day and what schools have left of them.
    pub(super) ending: Vec<(AcademicYear, NaiveDate, Credits)>,
    /// The day of which all this is true.
    pub(super) today: NaiveDate,
}

/// Reads what is new since an instant, as of `now`.
pub(super) async fn since(tx: &mut Tx, hub: HubId, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Fresh, Error> {
    let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
    let mut events = sql::published(tx, hub, (since, now), limit).await?;
    let mut closing = sql::closing(tx, hub, (since, now, now + CLOSES_WITHIN), limit).await?;
    for event in events.iter_mut().chain(&mut closing) {
        event.speakers = speakers(sessions::of_event(tx, hub, event.id).await?.into_iter().filter_map(|it| it.speaker));
    }
    let mut offers = directory::list(tx, hub, Sight::Open, &Filter::default(), None, limit).await?;
    offers.retain(|offer| offer.created_at > since);
    let today = london_date(now);
    let soon = |year: &AcademicYear| (0..=LAPSE_WITHIN).contains(&(year.last_day() - today).num_days());
    let left = sql::left_of_open_years(tx, hub).await?;
    Ok(Fresh {
        programmes: sql::programmes(tx, hub, since, limit).await?,
        achieved: sql::achieved(tx, hub, since).await?,
        ending: left
            .into_iter()
            .filter(|(year, _)| soon(year))
            .map(|(year, left)| (year, year.last_day(), left))
            .collect(),
        events,
        closing,
        offers,
        today,
    })
}

fn speakers(all: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut each = Vec::new();
    for speaker in all {
        if !each.contains(&speaker) {
            each.push(speaker);
        }
    }
    each
}
