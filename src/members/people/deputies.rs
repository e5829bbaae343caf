//! Deputies: people of a school who decide on requests in place of its lead for a period of days.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Error, sql};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{DeputyId, HubId, PersonId, SchoolId};
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// A period for which somebody decides on requests in place of a school's lead.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Deputy {
    /// The deputation's id.
    pub id: DeputyId,
    /// The school whose requests the deputy decides.
    pub school_id: SchoolId,
    /// The person who deputises.
    pub person_id: PersonId,
    /// The deputy's name.
    pub person_name: Line,
    /// The first day of the period, in London.
    pub starts_on: NaiveDate,
    /// The last day of the period.
    pub ends_on: NaiveDate,
    /// Who named the deputy.
    pub named_by: Option<PersonId>,
    /// When the deputy was named.
    pub named_at: DateTime<Utc>,
}

/// Names somebody of the school as a deputy; the last day must be neither past nor before the first.
pub async fn name_deputy(
    journal: &mut Journal,
    school_id: SchoolId,
    person: PersonId,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
) -> Result<Deputy, Error> {
    let (hub, id, now, actor) = (journal.hub(), journal.new_id(), journal.now(), journal.actor());
    if ends_on < starts_on || ends_on < london_date(now) {
        return Err(Error::DeputyOver);
    }
    let person = super::get(journal.tx(), hub, person).await?;
    let person = person.filter(|person| person.school_id == Some(school_id) && person.disabled_at.is_none());
    let person = person.ok_or(Error::UnknownDeputy)?;
    let deputy = Deputy {
        id,
        school_id,
        person_id: person.id,
        person_name: person.name,
        starts_on,
        ends_on,
        named_by: actor,
        named_at: now,
    };
    sql::insert_deputy(journal.tx(), hub, &deputy).await?.exactly(1)?;
    journal.changed(Change::new(Kind::DeputyNamed, id).school(school_id).person(deputy.person_id));
    Ok(deputy)
}

/// Ends a deputation.
pub async fn dismiss_deputy(journal: &mut Journal, school: SchoolId, id: DeputyId) -> Result<(), Error> {
    let hub = journal.hub();
    if sql::delete_deputy(journal.tx(), hub, school, id).await?.none() {
        return Err(Error::Unknown);
    }
    journal.changed(Change::new(Kind::DeputyDismissed, id).school(school));
    Ok(())
}

/// Ends what somebody deputises for today and later.
pub async fn dismiss_deputies(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let (hub, today) = (journal.hub(), journal.today());
    for (id, school) in sql::changing::dismiss(journal.tx(), hub, person, today).await? {
        journal.changed(Change::new(Kind::DeputyDismissed, id).school(school).person(person));
    }
    Ok(())
}

/// A page of a school's deputies, past, present and future, in the order in which they were named.
pub async fn deputies(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    after: Option<DeputyId>,
    limit: i64,
) -> Result<Vec<Deputy>, db::Error> {
    sql::deputies(tx, hub, school, after, limit).await
}

/// Whether the person is a deputy of the school on the day.
pub async fn is_deputy(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    person: PersonId,
    day: NaiveDate,
) -> Result<bool, db::Error> {
    sql::is_deputy(tx, hub, school, person, day).await
}
