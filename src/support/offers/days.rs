//! The days of an offer in an academic year: how many are offered, and how many of them are agreed.
//!
//! Whoever agrees or returns days holds the hub's lock, and the statement that does it asks again whether there are as
//! many: of two who agree to the last day at once, one has it.

use super::{Error, Status, sense, sql, terms};
use crate::base::days::Days;
use crate::base::db;
use crate::base::ids::OfferId;
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::programme::programmes::Flaw;

/// The days of an offer in an academic year.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct OfferDays {
    /// The offer.
    #[serde(skip)]
    pub offer_id: OfferId,
    /// The academic year.
    pub year: AcademicYear,
    /// How many days are offered.
    pub offered: Days,
    /// How many of them are agreed.
    pub agreed: Days,
    /// How many are left.
    #[sqlx(rename = "days_left")]
    pub left: Days,
}

/// Days to be offered in an academic year.
#[derive(Clone, Copy, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOfferDays)]
pub struct NewDays {
    /// The academic year, which is not over, and begins by the last day of the offer.
    pub year: AcademicYear,
    /// How many days are offered: whole or half ones.
    pub offered: Days,
}

/// Why days can't be agreed or returned.
#[derive(Debug, thiserror::Error)]
pub enum DaysRefusal {
    /// There is no such offer.
    #[error("there is no such offer")]
    Unknown,
    /// The offer is paused or closed.
    #[error("the offer is {status}")]
    OfferNotOpen {
        /// Where it stands.
        status: Status,
    },
    /// The offer has fewer days left in the year.
    #[error("the offer has {} left in {year}", .left.in_words())]
    TooFewDays {
        /// How many it has left.
        left: Days,
        /// The academic year.
        year: AcademicYear,
    },
    /// Fewer days than that are agreed in the year.
    #[error("only {} of {year} {} agreed", .agreed.in_words(), .agreed.are())]
    NotAgreed {
        /// How many are agreed.
        agreed: Days,
        /// The academic year.
        year: AcademicYear,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Says how many days are offered in an academic year: no fewer than are agreed.
pub async fn set_days(journal: &mut Journal, id: OfferId, new: NewDays) -> Result<OfferDays, Error> {
    let NewDays { year, offered } = new;
    let hub = journal.hub();
    let offer = super::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if offer.status == Status::Closed {
        return Err(Error::Closed);
    }
    if let Some(detail) = sense::of_year(year, journal.today(), offer.details.available_to) {
        return Err(Error::Invalid(vec![Flaw::invalid("year", detail)]));
    }
    let agreed = offer.days.iter().find(|days| days.year == year).map_or(Days::ZERO, |days| days.agreed);
    if offered < agreed {
        return Err(Error::DaysAgreed { agreed, year });
    }
    sql::set_days(journal.tx(), hub, id, new).await?.exactly(1)?;
    journal.changed(Change::new(Kind::OfferDaysOffered, id).year(year).count(offered.half_days()));
    Ok(reindexed(journal, id, offer.status, year).await?)
}

/// Takes days of an offer that is open, in an academic year: refused where fewer are left. For whoever agrees on a
/// commission, in the same transaction.
pub async fn agree_days(
    journal: &mut Journal,
    id: OfferId,
    year: AcademicYear,
    days: Days,
) -> Result<OfferDays, DaysRefusal> {
    let hub = journal.hub();
    let offer = super::get(journal.tx(), hub, id).await?.ok_or(DaysRefusal::Unknown)?;
    if offer.status != Status::Open {
        return Err(DaysRefusal::OfferNotOpen { status: offer.status });
    }
    if sql::agree(journal.tx(), hub, id, year, days).await?.none() {
        let left = sql::days_of(journal.tx(), hub, id, year).await?.map_or(Days::ZERO, |days| days.left);
        return Err(DaysRefusal::TooFewDays { left, year });
    }
    journal.changed(Change::new(Kind::OfferDaysAgreed, id).year(year).count(days.half_days()));
    Ok(reindexed(journal, id, offer.status, year).await?)
}

/// Gives back days that were agreed, wherever the offer stands by now: refused where fewer are agreed.
pub async fn return_days(
    journal: &mut Journal,
    id: OfferId,
    year: AcademicYear,
    days: Days,
) -> Result<OfferDays, DaysRefusal> {
    let hub = journal.hub();
    let offer = super::get(journal.tx(), hub, id).await?.ok_or(DaysRefusal::Unknown)?;
    if sql::give_back(journal.tx(), hub, id, year, days).await?.none() {
        let agreed = sql::days_of(journal.tx(), hub, id, year).await?.map_or(Days::ZERO, |days| days.agreed);
        return Err(DaysRefusal::NotAgreed { agreed, year });
    }
    journal.changed(Change::new(Kind::OfferDaysReturned, id).year(year).count(days.half_days()));
    Ok(reindexed(journal, id, offer.status, year).await?)
}

/// Writes anew by how many days left in a year the offer is found.
async fn reindexed(
    journal: &mut Journal,
    id: OfferId,
    status: Status,
    year: AcademicYear,
) -> Result<OfferDays, db::Error> {
    let hub = journal.hub();
    let now = sql::days_of(journal.tx(), hub, id, year).await?;
    let now =
        now.unwrap_or(OfferDays { offer_id: id, year, offered: Days::ZERO, agreed: Days::ZERO, left: Days::ZERO });
    sql::clear_days_terms(journal.tx(), hub, id, &terms::all_of_days(year)).await?.any();
    let terms = terms::of_days(year, now.left);
    sql::insert_terms(journal.tx(), hub, id, status, &terms).await?.exactly(terms.len())?;
    Ok(now)
}
