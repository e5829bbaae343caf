//! What time brings about of the newsletter: it is drafted, and sent.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Because, Error, Newsletter, Settings, State, as_it_stands, contacts, gather, gathered_since, settings,
    skip_because, sql, subject_of,
};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, NewsletterId};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::messages::outbox::{self, Receiver};

/// How many letters are written in one slice.
const AT_ONCE: i64 = 500;

/// How far back the first newsletter of a hub goes.
const FIRST: TimeDelta = TimeDelta::days(7);

/// What is to be done now.
enum Due {
    /// An issue is drafted, to be sent then.
    Draft(DateTime<Utc>),
    /// The time of an issue has come.
    Send(Box<Newsletter>),
    /// The time of the one after an issue has come before it was sent: it goes then instead.
    Late(Box<Newsletter>, DateTime<Utc>),
    /// More letters of an issue are written.
    GoOn(Box<Newsletter>),
}

async fn due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Option<Due>, db::Error> {
    let wanted = settings(tx, hub).await?;
    let open = sql::open(tx, hub).await?;
    match open.map(Box::new) {
        Some(open) if open.state == State::Sending => Ok(Some(Due::GoOn(open))),
        Some(draft) if !wanted.enabled || draft.send_at > now => Ok(None),
        // Where the service was down until the time of the next one had come, it is not sent as it is.
        Some(draft) if wanted.next(draft.send_at) <= now => Ok(Some(Due::Late(draft, wanted.next(now)))),
        Some(draft) => Ok(Some(Due::Send(draft))),
        None => drafted_now(tx, hub, wanted, now).await,
    }
}

/// The issue that is to be drafted, unless there was one for that time.
async fn drafted_now(tx: &mut Tx, hub: HubId, wanted: Settings, now: DateTime<Utc>) -> Result<Option<Due>, db::Error> {
    let send_at = wanted.next(now);
    if !wanted.enabled || wanted.drafted(send_at) > now || sql::any_from(tx, hub, send_at).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(Due::Draft(send_at)))
}

/// Whether [`go`] would do anything.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(due(tx, hub, now).await?.is_some())
}

/// Drafts the newsletter, or sends some of it; returns whether there may be more to do.
pub async fn go(journal: &mut Journal) -> Result<bool, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    match due(journal.tx(), hub, now).await? {
        None => Ok(false),
        Some(Due::Draft(send_at)) => draft(journal, send_at).await.map(|()| false),
        Some(Due::Late(draft, send_at)) => put_off(journal, *draft, send_at).await.map(|()| false),
        Some(Due::Send(draft)) => {
            let issue = as_it_stands(journal.tx(), hub, *draft, now).await?;
            if issue.is_empty() {
                skip_because(journal, issue.id, Because::Empty).await?;
                return Ok(false);
            }
            let said = (issue.subject_for(now), issue.markdown.clone());
            sql::begin_sending(journal.tx(), hub, issue.id, said).await?.exactly(1)?;
            write_some(journal, &issue).await
        }
        Some(Due::GoOn(issue)) => write_some(journal, &issue).await,
    }
}

/// Sends a draft now, instead of at its time; the round writes its letters.
pub async fn send_now(journal: &mut Journal, id: NewsletterId) -> Result<Newsletter, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let draft = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    match draft.state {
        State::Draft => {}
        State::Sending | State::Sent => return Ok(draft),
        State::Skipped => return Err(Error::NoDraft(draft.state)),
    }
    let issue = as_it_stands(journal.tx(), hub, draft, now).await?;
    if issue.is_empty() {
        return Err(Error::Empty);
    }
    // It keeps the time that it was to be sent at: so there is no other for that time.
    let said = (issue.subject_for(now), issue.markdown);
    sql::begin_sending(journal.tx(), hub, id, said).await?.exactly(1)?;
    let change = Change::new(Kind::NewsletterEdited, id);
    journal.changed(change.before(State::Draft.as_str()).after(State::Sending.as_str()));
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Leaves a draft for a later time, written anew unless somebody has edited it.
async fn put_off(journal: &mut Journal, draft: Newsletter, send_at: DateTime<Utc>) -> Result<(), Error> {
    let hub = journal.hub();
    if draft.edited_at.is_none() {
        gather(journal, draft.id).await?;
    }
    let subject = draft.subject_for(send_at);
    sql::postpone(journal.tx(), hub, draft.id, (subject, send_at)).await?.exactly(1)?;
    Ok(())
}

async fn draft(journal: &mut Journal, send_at: DateTime<Utc>) -> Result<(), Error> {
    let (hub, now, id) = (journal.hub(), journal.now(), journal.new_id());
    let since = sql::last_sent(journal.tx(), hub).await?.map_or(now - FIRST, |(gathered_at,)| gathered_at);
    let markdown = gathered_since(journal, since).await?;
    sql::insert(journal.tx(), hub, id, (subject_of(send_at), markdown), (since, now, send_at)).await?.exactly(1)?;
    journal.changed(Change::new(Kind::NewsletterDrafted, id));
    Ok(())
}

/// Writes the letters of the next of the hub's people; after the last of them, those of the contacts.
async fn write_some(journal: &mut Journal, issue: &Newsletter) -> Result<bool, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let people = sql::people_after(journal.tx(), hub, issue.reached, AT_ONCE).await?;
    let receivers: Vec<Receiver> = people.iter().map(|(person,)| Receiver::Person(*person)).collect();
    outbox::write_newsletter(journal, issue.id, &receivers).await?;
    if let Some((last,)) = people.last().filter(|_| i64::try_from(people.len()).is_ok_and(|many| many == AT_ONCE)) {
        sql::reach(journal.tx(), hub, issue.id, *last).await?.exactly(1)?;
        return Ok(true);
    }
    let outside = contacts::receivers(journal.tx(), hub).await?;
    outbox::write_newsletter(journal, issue.id, &outside).await?;
    sql::end_sending(journal.tx(), hub, issue.id, now).await?.exactly(1)?;
    journal.changed(Change::new(Kind::NewsletterSent, issue.id));
    Ok(false)
}
