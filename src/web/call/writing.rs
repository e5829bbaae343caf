//! What a caller writes: once for an `Idempotency-Key`, in one commit with its answer and its line of the audit.

use super::{Caller, entitled};
use crate::base::db::{self, Writes};
use crate::booking::bookings;
use crate::ledger::idempotency::{self, Keyed, Stored};
use crate::ledger::{Journal, audit};
use crate::members::api_keys::{self, Holder};
use crate::web::audited;
use crate::web::idempotency as http_idempotency;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

impl Caller {
    /// Performs a write: opens the hub's journal, runs the operation, stores the answer for the `Idempotency-Key` if
    /// one was sent, commits, answers. Retried where other transactions were in the way. An answer that must be [kept
    /// nowhere](crate::web::secret::KEPT_NOWHERE) is not stored. `body` is what was sent, to tell a repeat of a request
    /// from another request with the same key.
    pub(crate) async fn write(
        &self,
        body: &[u8],
        operation: impl AsyncFn(&mut Journal) -> Result<Reply, Problem>,
    ) -> Answer {
        let keyed = http_idempotency::keyed(&self.request, self.hub(), self.person.id, body)?;
        let _under_way = keyed.as_ref().map(|keyed| self.app.in_flight.begin(keyed)).transpose()?;
        let reply = db::retrying(async || self.attempt(keyed.as_ref(), &operation).await).await?;
        Ok(reply.into_response())
    }

    /// What a write would come to: done in a transaction that is given up. Nothing of it stays.
    pub(crate) async fn tried<T>(
        &self,
        operation: impl AsyncFn(&mut Journal) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        db::retrying(async || {
            let tx = self.app.db.write(self.hub()).await?;
            let person = Some(self.person.id);
            let mut journal = Journal::open_marked(tx, &self.app.marks, self.hub(), person, self.now()).await?;
            operation(&mut journal).await
        })
        .await
    }

    /// Performs a write that moves credits: [`Caller::write`], but 400 without an `Idempotency-Key`.
    pub(crate) async fn write_keyed(
        &self,
        body: &[u8],
        operation: impl AsyncFn(&mut Journal) -> Result<Reply, Problem>,
    ) -> Answer {
        if http_idempotency::key_of(&self.request)?.is_none() {
            return Err(http_idempotency::required());
        }
        self.write(body, operation).await
    }

    async fn attempt(
        &self,
        keyed: Option<&Keyed>,
        operation: &impl AsyncFn(&mut Journal) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let mut journal = Journal::open_marked(
            self.app.db.write(self.hub()).await?,
            &self.app.marks,
            self.hub(),
            Some(self.person.id),
            self.now(),
        )
        .await?;
        // Somebody who was disabled or signed out while this request waited for the hub can do nothing any more.
        let (who, now) = ((self.hub(), self.person.id), self.now());
        entitled(journal.tx(), &self.request, who, self.session, now).await?;
        if let Some(Holder { hub, key, .. }) = self.key {
            api_keys::holder(journal.tx(), hub, key, now).await??;
        }
        if let Some(keyed) = keyed
            && let Some(known) = idempotency::recall(journal.tx(), &[keyed]).await?.into_iter().next().flatten()
        {
            return http_idempotency::replay(known);
        }
        let reply = operation(&mut journal).await?;
        let record = audited::done(&self.request, &self.app.settings.proxies, &reply, self.now());
        let stored = Stored::from(reply);
        // A waiting list moves up in the same commit that lets a school pay.
        bookings::catch_up(&mut journal).await?;
        let (hub, now, mut writes) = (journal.hub(), journal.now(), Writes::default());
        audit::enter(journal.tx(), &mut writes, hub, &[record]);
        if let Some(keyed) = keyed {
            idempotency::forget(journal.tx(), hub, now).await?.any();
            idempotency::remember(journal.tx(), &mut writes, &[(keyed, &stored)], now);
        }
        journal.tx().together(writes).await?;
        journal.commit().await?;
        Ok(stored.into())
    }
}
