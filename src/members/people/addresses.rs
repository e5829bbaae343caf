//! New addresses: somebody asks for one, and it is theirs once they have opened a link that is sent to it.
//!
//! Whoever asks is told nothing of who has an address: that it is taken is found out by its owner alone, who opens the
//! link.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, Person, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::secret;
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::messages::notices::{self, Kind as Told, Notice};

/// For how many days the link to a new address works.
pub const LINK_DAYS: i64 = 7;

/// A new address that waits to be confirmed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Pending {
    /// The new address.
    pub email: Email,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
}

/// Asks for a new address, in place of one that was asked for before, and tells whoever has the one that there is: it may
/// be that somebody else asks. Returns the secret of the link that confirms it, of which only the digest is kept.
pub async fn ask(journal: &mut Journal, id: PersonId, email: &Email) -> Result<String, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let person = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if person.erased_at.is_some() {
        return Err(Error::Erased);
    }
    let secret = secret::new();
    let expires = now + TimeDelta::days(LINK_DAYS);
    sql::changing::ask(journal.tx(), hub, id, (email, &secret::digest(&secret)), (now, expires)).await?.exactly(1)?;
    let subject = Line::beginning(email.as_str());
    let asked = Notice { subject, due_at: Some(expires), ..Notice::new(id, Told::RecordChanged) };
    notices::tell_at(journal, &person.email, &asked).await?;
    Ok(secret)
}

/// The new address that somebody has asked for and not confirmed yet.
pub async fn pending(tx: &mut Tx, hub: HubId, id: PersonId, now: DateTime<Utc>) -> Result<Option<Pending>, db::Error> {
    Ok(sql::changing::pending(tx, hub, id).await?.filter(|pending| now < pending.expires_at))
}

/// The hub, the person and the new address that a link confirms; none where it does not work, or they are disabled.
pub async fn confirmed_by(
    tx: &mut Tx,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<(HubId, PersonId, Email)>, db::Error> {
    sql::changing::confirmed_by(tx, &secret::digest(secret), now).await
}

/// Gives a person another address: in all its forms, it must be nobody else's in the hub. Their links end, and an address
/// that they asked for.
pub async fn change(journal: &mut Journal, id: PersonId, email: Email) -> Result<Person, Error> {
    let hub = journal.hub();
    let before = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if before.erased_at.is_some() {
        return Err(Error::Erased);
    }
    match sql::changing::readdress(journal.tx(), hub, id, &email).await {
        Err(db::Error::Unique(_)) => Err(Error::EmailTaken),
        outcome => {
            let changed = outcome?.ok_or(Error::Unknown)?;
            let now = journal.now();
            sql::changing::forget_address(journal.tx(), hub, id).await?.any();
            sql::end_invitations(journal.tx(), hub, id, now).await?.any();
            journal.changed(Change::new(Kind::PersonAddressChanged, id));
            Ok(changed)
        }
    }
}

/// Corrects the address of somebody who has not signed in yet; who has is asked to confirm it.
pub async fn correct(journal: &mut Journal, id: PersonId, email: Email) -> Result<Person, Error> {
    let hub = journal.hub();
    if sql::second::signs_in(journal.tx(), hub, id).await? {
        return Err(Error::SignsIn);
    }
    change(journal, id, email).await
}

/// Whether there are links that have run out.
pub async fn any_outlived(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(sql::changing::outlived(tx, hub, now).await?.is_some())
}

/// Forgets addresses that were not confirmed in time.
pub async fn purge(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::changing::purge(journal.tx(), hub, now).await?.any();
    Ok(())
}
