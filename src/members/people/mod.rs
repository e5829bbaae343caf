//! People: everyone with a login, with a role and, for the roles of a school or partner, the school or partner.

pub mod addresses;
mod deciders;
mod deputies;
mod erased;
pub mod importing;
mod invited;
mod managers;
mod merged;
mod orders;
mod posts;
mod second;
mod sql;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

pub use deciders::{Deciders, deciders, led, who_may_provide};
pub use deputies::{Deputy, deputies, dismiss_deputies, dismiss_deputy, is_deputy, name_deputy};
pub use erased::{due_for_erasure, erase, erased_name};
pub use invited::{Invitation, invited, latest_invitation, uninvited};
pub use managers::name_manager;
pub use merged::{absorb, absorbed, now_known_as};
pub use orders::Order;
pub use posts::{appoint, require_possible};
pub use second::{Counts, RulesChange, change_approval_rules, change_hub, counts, is_second, other_managers};

use crate::base::db::types::words;
use crate::base::db::{self, Db, Tx};
use crate::base::ids::{HubId, PartnerId, PersonId, SchoolId};
use crate::base::text::{Email, Line};
use crate::base::{secret, sent};
use crate::ledger::Journal;
use crate::ledger::audit::{self, By, Entry, Origin};
use crate::ledger::changes::{Change, Kind};
use crate::members::hubs::{self, Hub};
use crate::members::schools;

words!(/** What a person may do in their hub. */ Role {
    /// Everything in the hub.
    HubManager = "hub_manager",
    /// Reads everything except access needs: board, governors, auditors.
    HubViewer = "hub_viewer",
    /// Their school's people, bookings, wallet, commissions and offers.
    SchoolLead = "school_lead",
    /// The catalogue and their own bookings.
    Teacher = "teacher",
    /// Their own programmes, events, registers and payable account.
    Partner = "partner",
});

words!(/** Whether somebody signs in. */ Standing {
    /// They have signed in.
    SignsIn = "signs_in",
    /// They have not signed in yet.
    NotSignedIn = "not_signed_in",
    /// They are disabled.
    Disabled = "disabled",
});

/// Someone with a login.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Person {
    /// The person's id.
    pub id: PersonId,
    /// The hub that the person belongs to.
    pub hub_id: HubId,
    /// The person's name.
    pub name: Line,
    /// The person's e-mail address, as it was typed.
    pub email: Email,
    /// The role, which decides what they may do.
    pub role: Role,
    /// Their school, for leads and teachers.
    pub school_id: Option<SchoolId>,
    /// Their organisation, for partners.
    pub partner_id: Option<PartnerId>,
    /// Whether every request of theirs is refused.
    // When they were disabled: that itself is not sent.
    #[serde(rename = "disabled", serialize_with = "sent::whether")]
    #[schema(value_type = bool)]
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether their name, address and words were erased, for good.
    // When that was is not sent.
    #[serde(rename = "erased", serialize_with = "sent::whether")]
    #[schema(value_type = bool)]
    pub erased_at: Option<DateTime<Utc>>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the person was added.
    pub created_at: DateTime<Utc>,
}

/// A person to be added.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The person's name.
    pub name: Line,
    /// The person's e-mail address.
    pub email: Email,
    /// The role, with the school or partner that it is for.
    pub post: Post,
}

/// A role with its school or partner: a lead or teacher without a school can't be constructed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// A hub manager.
    HubManager,
    /// A hub viewer.
    HubViewer,
    /// A lead of a school.
    SchoolLead(SchoolId),
    /// A teacher of a school.
    Teacher(SchoolId),
    /// Someone who works for a partner.
    Partner(PartnerId),
}

/// Filters a list of people.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this school.
    pub school: Option<SchoolId>,
    /// With this role.
    pub role: Option<Role>,
    /// With this text in their name, as [`crate::base::text::fold`] compares.
    pub text: Option<Line>,
    /// With this address.
    pub email: Option<Email>,
    /// Who stand so.
    pub standing: Option<Standing>,
}

/// Where somebody stands in an order of people: the role, the key of the name, the id.
pub type Place = (String, String, PersonId);

/// Why a person can't be added or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another school took the place of their school.
    #[error("another school took the place of that one: nobody new is of it")]
    SchoolSucceeded,
    /// Someone else in the hub has the address.
    #[error("someone in the hub has this e-mail address")]
    EmailTaken,
    /// The school or partner is not in the hub.
    #[error("there is no such school or partner in the hub")]
    UnknownEmployer,
    /// A deputy must be somebody of the school who is not disabled.
    #[error("there is no such person in the school")]
    UnknownDeputy,
    /// The deputation would be over before it begins.
    #[error("the last day must not be before the first, nor past")]
    DeputyOver,
    /// A hub must keep an active manager.
    #[error("this is the hub's last active manager: name another one first")]
    LastManager,
    /// Nobody has the address, and no name was given for a new person.
    #[error("is needed: the address does not say what the new person is called")]
    NameNeeded,
    /// A link for somebody who already signs in would let somebody else in as them.
    #[error("this person signs in already: they get in by their own means, or the operator lets them in")]
    SignsIn,
    /// A second person is needed, and the caller does not count as one.
    #[error("another must agree whose account was not made in the last week, unless the operator made it")]
    NotASecond,
    /// Who was erased does not come back.
    #[error("this person was erased: their record stays as it is")]
    Erased,
    /// The school is not a member of the hub any more.
    #[error("the school left the hub on {left_on}: nobody goes there any more")]
    SchoolLeft {
        /// The first day on which it was not a member.
        left_on: NaiveDate,
    },
    /// A limit above which two people agree is raised by the hub alone.
    #[error("the limit above which a commission takes two is raised or removed by the hub")]
    RaisedByTheHub,
    /// The school's record can't be written.
    #[error(transparent)]
    School(#[from] schools::Error),
    /// There is no such person for the caller.
    #[error("there is no such person")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the person has changed since they were read")]
    Stale,
    /// The hub can't be created.
    #[error(transparent)]
    Hub(#[from] hubs::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Post {
    /// The role with its school or partner; the error names the field that is missing or superfluous.
    pub fn new(
        role: Role,
        school: Option<SchoolId>,
        partner: Option<PartnerId>,
    ) -> Result<Post, (&'static str, &'static str)> {
        match (role, school, partner) {
            (Role::HubManager, None, None) => Ok(Post::HubManager),
            (Role::HubViewer, None, None) => Ok(Post::HubViewer),
            (Role::SchoolLead, Some(school), None) => Ok(Post::SchoolLead(school)),
            (Role::Teacher, Some(school), None) => Ok(Post::Teacher(school)),
            (Role::Partner, None, Some(partner)) => Ok(Post::Partner(partner)),
            (Role::SchoolLead | Role::Teacher, None, _) => Err(("school_id", "is needed for a lead or a teacher")),
            (Role::Partner, _, None) => Err(("partner_id", "is needed for someone of a partner")),
            (Role::Partner, Some(_), _) | (Role::HubManager | Role::HubViewer, Some(_), _) => {
                Err(("school_id", "goes only with a lead or a teacher"))
            }
            (_, _, Some(_)) => Err(("partner_id", "goes only with someone of a partner")),
        }
    }

    /// The post that a person has.
    pub fn of(person: &Person) -> Option<Post> {
        Post::new(person.role, person.school_id, person.partner_id).ok()
    }

    /// Its role, school and partner.
    pub fn parts(self) -> (Role, Option<SchoolId>, Option<PartnerId>) {
        match self {
            Post::HubManager => (Role::HubManager, None, None),
            Post::HubViewer => (Role::HubViewer, None, None),
            Post::SchoolLead(school) => (Role::SchoolLead, Some(school), None),
            Post::Teacher(school) => (Role::Teacher, Some(school), None),
            Post::Partner(partner) => (Role::Partner, None, Some(partner)),
        }
    }
}

/// Adds a person to the hub.
pub async fn create(journal: &mut Journal, new: NewPerson) -> Result<Person, Error> {
    let (role, school_id, partner_id) = new.post.parts();
    if let Some(school) = school_id {
        let hub = journal.hub();
        match schools::require_member(journal.tx(), hub, school).await {
            Err(schools::Error::Succeeded { .. }) => return Err(Error::SchoolSucceeded),
            Err(schools::Error::Database(error)) => return Err(error.into()),
            // A person who does not exist is found out by the database.
            Ok(_) | Err(_) => {}
        }
    }
    let person = Person {
        hub_id: journal.hub(),
        id: journal.new_id(),
        name: new.name,
        email: new.email,
        role,
        school_id,
        partner_id,
        disabled_at: None,
        erased_at: None,
        version: 1,
        created_at: journal.now(),
    };
    let by = journal.actor();
    match sql::importing::insert(journal.tx(), &[&person], by).await {
        Err(db::Error::Unique(_)) => Err(Error::EmailTaken),
        Err(db::Error::ForeignKey(_)) => Err(Error::UnknownEmployer),
        outcome => {
            outcome?.exactly(1)?;
            let change = Change::new(Kind::PersonCreated, person.id);
            journal.changed(change.school(person.school_id).partner(person.partner_id));
            Ok(person)
        }
    }
}

/// One person of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Option<Person>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of people in the order of the keys of their names, after a key.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<(String, PersonId)>,
    limit: i64,
) -> Result<Vec<Person>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}

/// A page of people in an order, behind a place in it. Of one role or one school, by role is by name.
pub async fn ordered(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    order: Order,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Person>, db::Error> {
    sql::ordered(tx, hub, filter, order, after.unwrap_or_else(|| order.beginning()), limit).await
}

/// The leads of these schools, in the order of their ids, without those who are disabled.
pub async fn leads(tx: &mut Tx, hub: HubId, schools: &[SchoolId]) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::leads(tx, hub, schools).await?.into_iter().map(|(id,)| id).collect())
}

/// The hub managers, in the order of their ids, without those who are disabled.
pub async fn managers(tx: &mut Tx, hub: HubId) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::deciders::managers(tx, hub).await?.into_iter().map(|(id,)| id).collect())
}

/// The people of a partner, in the order of their ids, without those who are disabled.
pub async fn of_partner(tx: &mut Tx, hub: HubId, partner: PartnerId) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::of_partner(tx, hub, partner).await?.into_iter().map(|(id,)| id).collect())
}

/// Everyone in the deployment with this address, at most one a hub: for the operator's command line.
pub async fn by_email(tx: &mut Tx, email: &Email) -> Result<Vec<Person>, db::Error> {
    sql::by_email(tx, email).await
}

/// The people of the hub with these addresses, in any order.
pub async fn by_emails(tx: &mut Tx, hub: HubId, emails: &[Email]) -> Result<Vec<Person>, db::Error> {
    sql::by_emails(tx, hub, emails).await
}

/// Renames a person whose version the caller read.
pub async fn rename(journal: &mut Journal, id: PersonId, version: i64, name: Line) -> Result<Person, Error> {
    let hub = journal.hub();
    if sql::get(journal.tx(), hub, id).await?.is_some_and(|person| person.erased_at.is_some()) {
        return Err(Error::Erased);
    }
    let renamed = sql::rename(journal.tx(), hub, id, version, name).await?.ok_or(Error::Stale)?;
    journal.changed(Change::new(Kind::PersonChanged, id));
    Ok(renamed)
}

/// Refuses every request of the person from now on; none where they were already disabled. The hub keeps an active
/// manager. For [`crate::lifecycle::leaving`], which ends what they have open.
pub async fn disable(journal: &mut Journal, id: PersonId) -> Result<Option<Person>, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let before = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if before.disabled_at.is_some() {
        return Ok(None);
    }
    require_another_manager(journal.tx(), &before).await?;
    let disabled = sql::disable(journal.tx(), hub, id, now).await?.ok_or(Error::Unknown)?;
    journal.changed(Change::new(Kind::PersonDisabled, id));
    Ok(Some(disabled))
}

/// Refuses to let the hub's last active manager go.
async fn require_another_manager(tx: &mut Tx, person: &Person) -> Result<(), Error> {
    if person.role != Role::HubManager || person.disabled_at.is_some() {
        return Ok(());
    }
    let managers = sql::deciders::managers(tx, person.hub_id).await?;
    if managers.iter().all(|(manager,)| *manager == person.id) { Err(Error::LastManager) } else { Ok(()) }
}

/// Enables a person who was disabled; doing it twice changes nothing. What ended when they were disabled stays ended.
pub async fn enable(journal: &mut Journal, id: PersonId) -> Result<Person, Error> {
    let hub = journal.hub();
    let before = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if before.erased_at.is_some() {
        return Err(Error::Erased);
    }
    if before.disabled_at.is_none() {
        return Ok(before);
    }
    let enabled = sql::enable(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    journal.changed(Change::new(Kind::PersonEnabled, id));
    Ok(enabled)
}

/// For how many days an invitation can be accepted.
pub const INVITATION_DAYS: i64 = 7;

/// Invites a person who has not signed in yet; see [`link`]. Whoever already signs in has their own way in: a link for
/// them is given only by the operator, never to a colleague.
pub async fn invite(journal: &mut Journal, person: PersonId) -> Result<String, Error> {
    let hub = journal.hub();
    if sql::second::signs_in(journal.tx(), hub, person).await? {
        return Err(Error::SignsIn);
    }
    if sql::get(journal.tx(), hub, person).await?.is_some_and(|person| person.erased_at.is_some()) {
        return Err(Error::Erased);
    }
    link(journal, person).await
}

/// Which of these people have signed in.
pub async fn signing_in(tx: &mut Tx, hub: HubId, people: &[PersonId]) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::importing::signing_in(tx, hub, people).await?.into_iter().map(|(id,)| id).collect())
}

/// The secret of a person's link that works once, for seven days. Only its digest is kept. Earlier links of the person
/// stop working.
async fn link(journal: &mut Journal, person: PersonId) -> Result<String, Error> {
    let secret = secret::new();
    let (hub, id, now, by) = (journal.hub(), journal.new_id(), journal.now(), journal.actor());
    sql::end_invitations(journal.tx(), hub, person, now).await?.any();
    sql::insert_invitation(
        journal.tx(),
        hub,
        id,
        person,
        &secret::digest(&secret),
        (by, now),
        now + TimeDelta::days(INVITATION_DAYS),
    )
    .await?
    .exactly(1)?;
    journal.changed(Change::new(Kind::PersonInvited, person));
    Ok(secret)
}

/// An invitation that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Whom it was for.
    pub person: Person,
    /// Whether the operator made it, not a colleague.
    pub by_operator: bool,
}

/// Accepts an invitation, once. One for somebody who is disabled is refused.
pub async fn accept(tx: &mut Tx, secret: &str, now: DateTime<Utc>) -> Result<Option<Accepted>, db::Error> {
    let Some((hub, person, by)) = sql::use_invitation(tx, &secret::digest(secret), now).await? else { return Ok(None) };
    sql::end_invitations(tx, hub, person, now).await?.any();
    let person = sql::get(tx, hub, person).await?.filter(|person| person.disabled_at.is_none());
    if let Some(person) = &person {
        signed_in(tx, hub, person.id, now).await?;
    }
    Ok(person.map(|person| Accepted { person, by_operator: by.is_none() }))
}

/// Records that a person was given a token: from then on a colleague's link for them is void.
pub async fn signed_in(tx: &mut Tx, hub: HubId, person: PersonId, now: DateTime<Utc>) -> Result<(), db::Error> {
    sql::second::signed_in(tx, hub, person, now).await?.any();
    Ok(())
}

/// Records that a person is not signed in by their address any more: a colleague's link lets them in again.
pub async fn let_out(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<(), db::Error> {
    sql::second::let_out(tx, hub, person).await?.any();
    Ok(())
}

/// The person an unused invitation is for, unless they are disabled, and until when it is valid.
pub async fn invitation(
    tx: &mut Tx,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Person, DateTime<Utc>)>, db::Error> {
    let Some((hub, person, until)) = sql::invitation(tx, &secret::digest(secret), now).await? else { return Ok(None) };
    let person = sql::get(tx, hub, person).await?.filter(|person| person.disabled_at.is_none());
    Ok(person.map(|person| (person, until)))
}

/// Founds a hub with its first manager, and commits: the hub and the secret of the manager's link.
pub async fn found_hub(
    db: &Db,
    name: Line,
    manager: Line,
    email: Email,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Hub, String), Error> {
    let mut journal = hubs::create(db, name, now).await?;
    let manager = create(&mut journal, NewPerson { name: manager, email, post: Post::HubManager }).await?;
    let secret = link(&mut journal, manager.id).await?;
    let hub = hubs::get(journal.tx(), manager.hub_id).await?.ok_or(Error::Unknown)?;
    let founded = Entry::done("hub_founded", By::default(), origin.clone(), now).to_person(manager.id);
    audit::note(journal.tx(), hub.id, &[founded]).await?;
    journal.commit().await.map_err(hubs::Error::from)?;
    Ok((hub, secret))
}

/// Makes everybody of a school people of its successor, and its current and future deputies those of the successor.
pub async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    pair: (SchoolId, SchoolId),
    today: NaiveDate,
) -> Result<(), db::Error> {
    sql::pass_to_successor(tx, hub, pair).await?.any();
    sql::deputies_to_successor(tx, hub, pair, today).await?.any();
    Ok(())
}
