//! Sending: each instance takes letters from the outbox, composes them, hands them to the mail server, and records what has
//! become of them. Nothing is held open while the mail server is awaited.

mod batch;
mod gathered;
mod returned;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

pub use returned::take_back;

use crate::base::auth::Keys;
use crate::base::clock::{Clock, new_id};
use crate::base::config::Settings;
use crate::base::db::{self, Db};
use crate::base::mail::{Server, Wrong};
use crate::base::pdf::Fonts;
use crate::base::vault::Vault;
use crate::ledger;
use crate::letters::{self, Site};
use crate::messages::{choices, outbox};

/// Why letters were not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They could not be composed.
    #[error(transparent)]
    Letters(#[from] letters::Error),
    /// What somebody wants to be sent could not be changed.
    #[error(transparent)]
    Choices(#[from] choices::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// How long the outbox is left alone when nothing is due.
const IDLE: Duration = Duration::from_secs(1);

/// How long the mail server is left alone when it takes nothing.
const AWAY: Duration = Duration::from_secs(20);

/// What one going over the outbox came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Went {
    /// How many letters were taken from the outbox.
    pub taken: usize,
    /// How many of them the mail server took.
    pub sent: usize,
    /// Whether it takes none now.
    pub away: bool,
}

/// Whoever sends letters, in one instance of the service.
pub struct Sender {
    db: Db,
    site: Site,
    /// The mail server; none where letters are not sent.
    server: Option<Server>,
    clock: Clock,
    /// By what this sender is told from others.
    id: Uuid,
}

impl Sender {
    /// The sender of an instance with these settings, which sets what is attached in these fonts.
    pub fn new(db: &Db, clock: Clock, keys: &Keys, settings: &Settings, fonts: Arc<Fonts>) -> Result<Sender, Wrong> {
        let from = settings.mail.as_ref().map(|mail| mail.from.email.to_string()).unwrap_or_default();
        let (public_url, vault) = (settings.public_url.clone(), Vault::new(keys));
        Ok(Sender {
            db: db.clone(),
            site: Site { public_url, from, vault, keys: keys.clone(), fonts },
            server: settings.mail.as_ref().map(Server::new).transpose()?,
            id: new_id(clock.now()),
            clock,
        })
    }

    /// Sends what is due, again and again, until `stopped` is done: what it is sending then, it sends to the end.
    pub async fn go_on(&self, stopped: impl Future<Output = ()>) {
        let mut stopped = std::pin::pin!(stopped);
        loop {
            let pause = match self.go().await {
                Ok(Went { away: true, .. }) => AWAY,
                Ok(_) => IDLE,
                Err(error) => {
                    tracing::error!(%error, "letters were not sent; they are tried again");
                    AWAY
                }
            };
            tokio::select! {
                () = &mut stopped => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends all that is due, until nothing is or the mail server takes nothing. Where the service has none, removes what
    /// nobody can send.
    pub async fn go(&self) -> Result<Went, Error> {
        let Some(server) = &self.server else {
            self.give_up_unsendable().await?;
            return Ok(Went::default());
        };
        let mut went = Went::default();
        loop {
            let now = self.clock.now();
            let hubs = outbox::hubs_with_due(&mut self.db.read_everywhere().await?, now).await?;
            let before = went.taken;
            // In turns, so that no hub's many letters hold up another's few.
            for hub in &hubs {
                let (batch, gathered) = (self.send_some(server, *hub).await?, self.send_gathered(server, *hub).await?);
                went.taken += batch.taken + gathered.taken;
                went.sent += batch.sent + gathered.sent;
                if batch.away || gathered.away {
                    return Ok(Went { away: true, ..went });
                }
            }
            if went.taken == before {
                return Ok(went);
            }
        }
    }

    async fn give_up_unsendable(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let hubs = outbox::hubs_with_unsendable(&mut self.db.read_everywhere().await?, now).await?;
        for hub in hubs {
            let mut tx = self.db.write(hub).await?;
            outbox::give_up_unsendable(&mut tx, hub, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
