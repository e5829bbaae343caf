//! The outbox: what is to be sent as e-mail. A letter is written in the commit of what it tells of, and sent afterwards by
//! whichever instance takes it first.
//!
//! Whoever takes letters has them for [`LEASE`]: until then nobody else does. Each is sent at least once, and twice only
//! where an instance ended between the mail server's answer and [`mark`]; its id, by which the Message-ID is made, is the
//! same both times. Of what one person is told, the earlier letter goes first: a later one waits while an earlier is being
//! sent, or is to be tried again. What somebody asked for, such as a code to sign in, waits for nothing.

mod backoff;
mod secrets;
mod sql;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub use backoff::{GIVEN_UP_AFTER, Next, after_failure};
pub use secrets::{Error as SecretError, Postbox, Told};

use crate::base::db::types::words;
use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{ContactId, HubId, LetterId, NewsletterId, NoticeId, PersonId};
use crate::base::mail::CAME_BACK;
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::messages::kinds;

words!(/** What a letter is. */ Kind {
    /// It tells of a notice.
    Notice = "notice",
    /// It tells a calendar program of a session.
    CalendarInvitation = "calendar_invitation",
    /// A code and a link to sign in.
    SignInCode = "sign_in_code",
    /// A link to set a password.
    PasswordReset = "password_reset",
    /// A link by which somebody comes into the hub.
    Invitation = "invitation",
    /// A link that confirms a new address, sent to it.
    AddressConfirmation = "address_confirmation",
    /// An issue of the newsletter.
    Newsletter = "newsletter",
});

words!(/** What has become of a letter. */ State {
    /// It waits to be sent, or to be tried again.
    Waiting = "waiting",
    /// It waits for the daily digest.
    Gathered = "gathered",
    /// The mail server has taken it.
    Sent = "sent",
    /// It was not to be sent.
    Unwanted = "unwanted",
    /// It could not be sent.
    Dead = "dead",
});

/// For how long whoever takes letters has them.
pub const LEASE: Duration = Duration::from_secs(90);

/// For how many days letters are kept that were sent or given up.
const KEPT_DAYS: i64 = 90;

/// How many of them a round removes at once.
const AT_ONCE: i64 = 1000;

/// For how long letters wait where no mail server is set.
const UNSENDABLE_AFTER: TimeDelta = TimeDelta::hours(1);

/// A letter that was taken, to be sent now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Letter {
    /// The letter's id; of what tells of a notice, the notice's.
    pub id: LetterId,
    /// Whom it is for.
    pub person_id: Option<PersonId>,
    /// Where it goes, where that is not the person's address.
    pub address: Option<Email>,
    /// What it is.
    pub kind: Kind,
    /// The secret that it tells, sealed.
    pub sealed: Option<Vec<u8>>,
    /// The issue of the newsletter that it is.
    pub newsletter_id: Option<NewsletterId>,
    /// The contact outside the hub whom it is for.
    pub contact_id: Option<ContactId>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When it is given up.
    pub until: DateTime<Utc>,
    /// How often it was tried, this time included.
    pub tries: i64,
}

impl Kind {
    /// Whether such a letter tells a secret that is good for once.
    pub fn tells_a_secret(self) -> bool {
        match self {
            Kind::Notice | Kind::CalendarInvitation | Kind::Newsletter => false,
            Kind::SignInCode | Kind::PasswordReset | Kind::Invitation | Kind::AddressConfirmation => true,
        }
    }
}

/// What has become of a letter that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// The mail server has taken it.
    Sent,
    /// It is not to be sent.
    Unwanted(String),
    /// It waits until then, and goes with whatever else was gathered.
    Gathered(DateTime<Utc>),
    /// It is tried again then.
    Later(DateTime<Utc>, String),
    /// It can't be sent.
    Dead(String),
}

/// A letter as it is looked at.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Letter)]
pub struct View {
    /// The letter's id; of what tells of a notice, the notice's.
    pub id: LetterId,
    /// What it is.
    pub kind: Kind,
    /// What it tells, where it tells of a notice.
    pub notice_kind: Option<kinds::Kind>,
    /// The issue of the newsletter that it is, where it is one.
    pub newsletter_id: Option<NewsletterId>,
    /// The person whom it is for.
    pub person_id: Option<PersonId>,
    /// Their name, or that of the contact whom it is for.
    pub person_name: Option<Line>,
    /// The address that it goes to.
    pub address: Option<Email>,
    /// What has become of it.
    pub state: State,
    /// Why it was not sent, or not yet: the words of the mail server where it said any.
    pub reason: Option<String>,
    /// How often it was tried.
    pub tries: i64,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When it is tried next, where it waits.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was sent or given up.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Why a letter can't be sent again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such letter.
    #[error("there is no such letter")]
    Unknown,
    /// It is not one that could not be sent.
    #[error("only a letter that could not be sent is sent again")]
    NotDead,
    /// It told a secret, which is not kept.
    #[error("what it told was good for once and is not kept: a new one is asked for")]
    Secret,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Adds the letters of notices to what is written in this transaction.
pub(super) fn write(tx: &Tx, writes: &mut Writes, hub: HubId, notices: &[(NoticeId, PersonId)], now: DateTime<Utc>) {
    let letters: Vec<(LetterId, PersonId)> = notices.iter().map(|(id, person)| (LetterId(id.0), *person)).collect();
    sql::insert(tx, writes, hub, (Kind::Notice, &letters), (now, now + GIVEN_UP_AFTER));
}

/// Writes the letter of a notice to another address than its person's.
pub(super) async fn write_to(
    tx: &mut Tx,
    hub: HubId,
    (id, person): (NoticeId, PersonId),
    address: &Email,
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    sql::insert_to(tx, hub, (LetterId(id.0), person), address, (now, now + GIVEN_UP_AFTER)).await?.exactly(1)
}

/// Adds letters that tell calendar programs of sessions to what is written in this transaction.
pub fn invite(tx: &Tx, writes: &mut Writes, hub: HubId, letters: &[(LetterId, PersonId)], now: DateTime<Utc>) {
    sql::insert(tx, writes, hub, (Kind::CalendarInvitation, letters), (now, now + GIVEN_UP_AFTER));
}

/// Whom an issue of the newsletter is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// One of the hub's people.
    Person(PersonId),
    /// A contact outside, at this address.
    Contact(ContactId, Email),
}

/// Writes the letters of an issue of the newsletter. Who has one of it already can't be given another.
pub async fn write_newsletter(journal: &mut Journal, id: NewsletterId, to: &[Receiver]) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let letters: Vec<(LetterId, &Receiver)> = to.iter().map(|receiver| (journal.new_id(), receiver)).collect();
    sql::insert_newsletter(journal.tx(), hub, id, &letters, (now, now + GIVEN_UP_AFTER)).await?.exactly(to.len())
}

fn lease() -> TimeDelta {
    TimeDelta::from_std(LEASE).unwrap_or(TimeDelta::seconds(90))
}

/// The hubs with letters that are due.
pub async fn hubs_with_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<HubId>, db::Error> {
    Ok(sql::hubs_with_due(tx, now).await?.into_iter().map(|(hub,)| hub).collect())
}

/// Which of the letters that are due are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So many at most that go one by one.
    Single(usize),
    /// Those that were gathered for so many people at most: all of each person's.
    Gathered(usize),
}

/// Takes letters that are due, for whoever `by` is, in the order in which they were written. To be committed before any is
/// sent.
pub async fn take(tx: &mut Tx, hub: HubId, by: Uuid, due: Due, now: DateTime<Utc>) -> Result<Vec<Letter>, db::Error> {
    let mut taken = sql::take(tx, hub, by, due, (now, now + lease())).await?;
    taken.sort_by_key(|letter| letter.id);
    Ok(taken)
}

/// Records what has become of letters that `by` took, unless their lease has ended and somebody else has them. Secrets
/// are wiped of whatever is over.
pub async fn mark(
    tx: &mut Tx,
    hub: HubId,
    by: Uuid,
    became: &[(LetterId, Became)],
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    sql::mark(tx, hub, by, became, now).await?.any();
    Ok(())
}

/// What the reason of a letter begins with whose address the mail server itself did not know.
pub const NOBODY: &str = "nobody is at this address: ";

/// Whether the last letter to a person's own address came back because nobody is there. It ends when a later one went: to
/// another address, or since a manager had one sent again.
pub async fn is_nobody_there(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<bool, db::Error> {
    Ok(came_back_for_good(sql::last_ended(tx, hub, person).await?))
}

/// The same of a contact outside the hub.
pub async fn is_no_contact_there(tx: &mut Tx, hub: HubId, contact: ContactId) -> Result<bool, db::Error> {
    Ok(came_back_for_good(sql::last_ended_to_contact(tx, hub, contact).await?))
}

fn came_back_for_good(last: Option<(State, Option<String>)>) -> bool {
    let Some((State::Dead, Some(reason))) = last else { return false };
    // 5.1.1, 5.1.2 and so on: the address is wrong, whatever else may be right (RFC 3463).
    reason.starts_with(NOBODY) || reason.strip_prefix(CAME_BACK).is_some_and(|words| words.contains("5.1."))
}

/// Records that whoever got a letter complained of it: it arrived.
pub async fn was_complained_of(tx: &mut Tx, hub: HubId, id: LetterId, why: &str) -> Result<bool, db::Error> {
    Ok(sql::was_complained_of(tx, hub, id, why).await?.count() == 1)
}

/// To whom a letter went: a person, a contact outside, or neither.
pub async fn receiver_of(
    tx: &mut Tx,
    hub: HubId,
    id: LetterId,
) -> Result<(Option<PersonId>, Option<ContactId>), db::Error> {
    Ok(sql::receiver_of(tx, hub, id).await?.unwrap_or_default())
}

/// Records that a letter that was sent came back; returns whether it was one that had been.
pub async fn came_back(tx: &mut Tx, hub: HubId, id: LetterId, why: &str) -> Result<bool, db::Error> {
    Ok(sql::came_back(tx, hub, id, why).await?.count() == 1)
}

/// Removes letters that no instance without a mail server can send, and that none has tried.
pub async fn give_up_unsendable(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<(), db::Error> {
    sql::remove_untried(tx, hub, now - UNSENDABLE_AFTER).await?.any();
    Ok(())
}

/// The hubs with letters that [`give_up_unsendable`] removes.
pub async fn hubs_with_unsendable(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<HubId>, db::Error> {
    let untried = sql::hubs_with_untried(tx, now - UNSENDABLE_AFTER).await?;
    Ok(untried.into_iter().map(|(hub,)| hub).collect())
}

/// Which letters are looked for: all, where nothing is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Those {
    /// Those of which this has become.
    pub state: Option<State>,
    /// Those to this person.
    pub person: Option<PersonId>,
}

/// A page of the letters of a hub, the newest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    those: Those,
    before: Option<LetterId>,
    limit: i64,
) -> Result<Vec<View>, db::Error> {
    sql::list(tx, hub, those, before.unwrap_or(LetterId(Uuid::max())), limit).await
}

/// One letter.
pub async fn get(tx: &mut Tx, hub: HubId, id: LetterId) -> Result<Option<View>, db::Error> {
    sql::get(tx, hub, id).await
}

/// The last letter by which somebody was invited.
pub async fn last_invitation(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<View>, db::Error> {
    sql::unreached::last_invitation(tx, hub, person).await
}

/// The last letter to a person that could not be sent, where nothing has reached them since. What somebody asks for to get
/// in, they ask for again: it is none.
pub async fn unreached(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<View>, db::Error> {
    sql::unreached::last(tx, hub, person).await
}

/// How many people and contacts the last letters to them have not reached, as [`unreached`] says, without those who are
/// disabled.
pub async fn how_many_unreached(tx: &mut Tx, hub: HubId) -> Result<i64, db::Error> {
    sql::unreached::how_many(tx, hub, AT_ONCE).await
}

/// Has a letter that could not be sent tried again, for as long as a new one.
pub async fn send_again(journal: &mut Journal, id: LetterId) -> Result<View, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let letter = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if letter.state != State::Dead {
        return Err(Error::NotDead);
    }
    if letter.kind.tells_a_secret() {
        return Err(Error::Secret);
    }
    sql::send_again(journal.tx(), hub, id, (now, now + GIVEN_UP_AFTER)).await?.exactly(1)?;
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Hands the letters of one record of a person to another record of theirs; of a newsletter that both were sent, one stays.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget_doubles(journal.tx(), hub, (from, to)).await?.any();
    sql::hand_over(journal.tx(), hub, (from, to)).await?.any();
    Ok(())
}

/// Removes every letter to a person.
pub async fn forget_all_of(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget_all_of(journal.tx(), hub, person).await?.any();
    Ok(())
}

/// Removes every letter to a contact.
pub async fn forget_contact(journal: &mut Journal, contact: ContactId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget_contact(journal.tx(), hub, contact).await?.any();
    Ok(())
}

/// Whether there are letters that have been over for long.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(sql::outlived(tx, hub, now - TimeDelta::days(KEPT_DAYS)).await?.is_some())
}

/// Removes letters that have been over for long, some at a time; returns whether there may be more.
pub async fn purge(journal: &mut Journal) -> Result<bool, db::Error> {
    let (hub, before) = (journal.hub(), journal.now() - TimeDelta::days(KEPT_DAYS));
    let removed = sql::purge(journal.tx(), hub, before, AT_ONCE).await?;
    Ok(i64::try_from(removed.count()).is_ok_and(|removed| removed == AT_ONCE))
}
