//! Evaluations: what those who attended thought of an event: one rating and comment each.
//!
//! Whoever gave one can change it for [`CHANGEABLE_DAYS`] days. Nobody else learns whose an evaluation is: an event's
//! are summed up ([`mod@summary`]), and comments are listed in random order, without names or ratings. For groups
//! smaller than the hub's smallest group nothing is shown.

mod sql;
mod summary;

use chrono::{DateTime, TimeDelta, Utc};

use crate::base::db::types::reports_errors;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId};
use crate::base::text::{Change, Line, Prose};
use crate::booking::certificates;
use crate::ledger::Journal;
use crate::ledger::changes;
use crate::members::hubs;
use crate::messages::notices::{self, Notice};

pub use summary::{Ratings, Summary};

/// For how many days an evaluation can be changed after it was given.
pub const CHANGEABLE_DAYS: i64 = 14;

/// For how many days after an event its evaluation is asked for.
pub const ASKED_DAYS: i64 = 60;

/// A rating from 1, poor, to 5, excellent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Rating(i64);

impl Rating {
    /// A rating of 1 to 5.
    pub fn new(rating: i64) -> Result<Rating, String> {
        if (1..=5).contains(&rating) {
            Ok(Rating(rating))
        } else {
            Err("must be a whole number from 1 to 5".to_owned())
        }
    }
}

impl<'de> serde::Deserialize<'de> for Rating {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rating = <i64 as serde::Deserialize>::deserialize(deserializer)?;
        Rating::new(rating).map_err(serde::de::Error::custom)
    }
}

reports_errors!(Rating);

/// What a delegate thought of an event.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Evaluation {
    /// The delegate's booking.
    pub booking_id: BookingId,
    /// The event that is evaluated.
    pub event_id: EventId,
    /// The rating, from 1, poor, to 5, excellent.
    pub rating: Rating,
    /// The comment, in the delegate's own words.
    pub comment: Option<Prose>,
    /// When the evaluation was given.
    pub given_at: DateTime<Utc>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
}

impl Evaluation {
    /// Until when it can be changed.
    pub fn changeable_until(&self) -> DateTime<Utc> {
        self.given_at + TimeDelta::days(CHANGEABLE_DAYS)
    }
}

/// Why an evaluation can't be given or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such booking, or it is not the caller's, or it has no evaluation.
    #[error("there is nothing with this id")]
    Unknown,
    /// The delegate did not attend, or the register is not settled.
    #[error("only those who attended evaluate an event, once it is completed")]
    NotAttended,
    /// The booking already has an evaluation.
    #[error("the event has been evaluated; the evaluation can be changed")]
    GivenAlready,
    /// It was changed since it was read.
    #[error("the evaluation has changed since it was read")]
    Stale,
    /// It is too late to change it.
    #[error("the evaluation could be changed until {0}")]
    Settled(DateTime<Utc>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Gives the evaluation of the delegate's own booking; a certificate that waited for it is issued.
pub async fn give(
    journal: &mut Journal,
    booking: BookingId,
    delegate: PersonId,
    rating: Rating,
    comment: Option<Prose>,
) -> Result<Evaluation, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let (event, attended) = sql::booking(journal.tx(), hub, booking, delegate).await?.ok_or(Error::Unknown)?;
    if !attended {
        return Err(Error::NotAttended);
    }
    let evaluation = Evaluation {
        booking_id: booking,
        event_id: event,
        rating,
        comment: comment.filter(said),
        given_at: now,
        version: 1,
    };
    let place = hex::encode(rand::random::<[u8; 16]>());
    match sql::insert(journal.tx(), hub, &evaluation, place).await {
        Err(db::Error::Unique(_)) => return Err(Error::GivenAlready),
        outcome => outcome?.exactly(1)?,
    }
    journal.changed(changes::Change::new(changes::Kind::EventEvaluationGiven, event).anonymous());
    certificates::settle(journal, event, Some(booking)).await?;
    Ok(evaluation)
}

/// Changes an evaluation whose version its delegate read; what is left out stays.
pub async fn change(
    journal: &mut Journal,
    booking: BookingId,
    delegate: PersonId,
    version: i64,
    rating: Option<Rating>,
    comment: Change<Prose>,
) -> Result<Evaluation, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut evaluation = sql::get(journal.tx(), hub, booking, delegate).await?.ok_or(Error::Unknown)?;
    if evaluation.version != version {
        return Err(Error::Stale);
    }
    if now >= evaluation.changeable_until() {
        return Err(Error::Settled(evaluation.changeable_until()));
    }
    evaluation.rating = rating.unwrap_or(evaluation.rating);
    evaluation.comment = comment.over(evaluation.comment).filter(said);
    let changed = sql::update(journal.tx(), hub, &evaluation).await?.ok_or(Error::Stale)?;
    journal.changed(changes::Change::new(changes::Kind::EventEvaluationChanged, evaluation.event_id).anonymous());
    Ok(changed)
}

/// The evaluation of the delegate's own booking.
pub async fn get(
    tx: &mut Tx,
    hub: HubId,
    booking: BookingId,
    delegate: PersonId,
) -> Result<Option<Evaluation>, db::Error> {
    sql::get(tx, hub, booking, delegate).await
}

/// An event that somebody attended and has not evaluated.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ToGive {
    /// The delegate's booking.
    pub booking_id: BookingId,
    /// The event's title.
    pub event_title: Line,
    /// When its last session ended.
    pub ends_at: DateTime<Utc>,
    /// Whether the certificate waits for it.
    pub required: bool,
}

/// The events that somebody attended and has not evaluated, the last first: those that were over no longer ago than
/// [`ASKED_DAYS`] days, and all whose certificates wait for it.
pub async fn to_give(
    tx: &mut Tx,
    hub: HubId,
    delegate: PersonId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ToGive>, db::Error> {
    sql::to_give(tx, hub, delegate, now - TimeDelta::days(ASKED_DAYS), limit).await
}

/// Asks those who attended a completed event, once, for the evaluations that their certificates wait for.
pub async fn ask(journal: &mut Journal, event: EventId) -> Result<(), db::Error> {
    let hub = journal.hub();
    let to_ask = sql::to_ask(journal.tx(), hub, event).await?;
    let notice = |(booking, delegate)| Notice {
        event: Some(event),
        booking: Some(booking),
        ..Notice::new(delegate, notices::Kind::EvaluationAsked)
    };
    let told: Vec<Notice> = to_ask.into_iter().map(notice).collect();
    notices::tell(journal, &told).await
}

/// The evaluations of an event, summed up.
pub async fn summary(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Summary, db::Error> {
    let smallest_group = hubs::get(tx, hub).await?.map_or(i64::MAX, |hub| hub.smallest_group);
    Ok(Summary::of(&sql::counts(tx, hub, event).await?, smallest_group))
}

/// A page of the comments on an event, each with its position; none where too few people evaluated it.
pub async fn comments(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<(String, Prose)>, db::Error> {
    if summary(tx, hub, event).await?.shown.is_none() {
        return Ok(Vec::new());
    }
    sql::comments(tx, hub, event, after.unwrap_or_default(), limit).await
}

/// Whether certificates of the event wait for their delegates' evaluations.
pub async fn required(tx: &mut Tx, hub: HubId, event: EventId) -> Result<bool, db::Error> {
    sql::required(tx, hub, event).await
}

/// Sets whether certificates of the event wait for evaluations; those that were issued stay.
pub async fn require(journal: &mut Journal, event: EventId, required: bool) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::require(journal.tx(), hub, event, required).await?.any();
    journal.changed(changes::Change::new(changes::Kind::EventChanged, event));
    Ok(())
}

/// Whether the comment says anything.
fn said(comment: &Prose) -> bool {
    !comment.as_str().trim().is_empty()
}

/// Takes the comments of a delegate away; their ratings count on. Returns how many there were.
pub async fn erase_comments(journal: &mut Journal, delegate: PersonId) -> Result<u64, db::Error> {
    let hub = journal.hub();
    Ok(sql::erase_comments(journal.tx(), hub, delegate).await?.count())
}
