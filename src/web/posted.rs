//! Links that go to somebody's address, put into the outbox in the commit that made them. Where the service sends no
//! e-mail, whoever made the link passes it on.

use chrono::TimeDelta;

use super::call::Caller;
use super::links;
use super::problem::Problem;
use crate::base::ids::PersonId;
use crate::base::text::Email;
use crate::ledger::Journal;
use crate::members::people::{INVITATION_DAYS, addresses};
use crate::messages::outbox::{Kind, Told};

impl Caller {
    /// The links by which these people come into the hub, each with its secret.
    pub(crate) async fn post_invitations(
        &self,
        journal: &mut Journal,
        invited: &[(PersonId, &str)],
    ) -> Result<(), Problem> {
        let (hub, now) = (journal.hub(), journal.now());
        let expires_at = now + TimeDelta::days(INVITATION_DAYS);
        let told = |secret: &str| Told { link: links::invitation(self.public_url(), secret), code: None, expires_at };
        let letters: Vec<(PersonId, Option<Email>, Told)> =
            invited.iter().map(|(person, secret)| (*person, None, told(secret))).collect();
        Ok(self.app().postbox.put(journal.tx(), hub, Kind::Invitation, &letters, now).await?)
    }

    /// The link that confirms a new address, to that address.
    pub(crate) async fn post_address(
        &self,
        journal: &mut Journal,
        person: PersonId,
        (email, secret): (&Email, &str),
    ) -> Result<(), Problem> {
        let (hub, now) = (journal.hub(), journal.now());
        let expires_at = now + TimeDelta::days(addresses::LINK_DAYS);
        let told = Told { link: links::address(self.public_url(), secret), code: None, expires_at };
        let letter = [(person, Some(email.clone()), told)];
        Ok(self.app().postbox.put(journal.tx(), hub, Kind::AddressConfirmation, &letter, now).await?)
    }
}
