//! How the ledger refuses.

use super::posting::NotAPosting;
use super::reversal::Shortfall;
use crate::credits::Credits;
use crate::db::{self, Contended};
use crate::ids::{AccountId, HubId, TransactionId};

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such hub.
    #[error("there is no such hub")]
    UnknownHub,
    /// There is no such account in the hub.
    #[error("there is no such account")]
    UnknownAccount(AccountId),
    /// An account with a floor would go below zero.
    #[error("the account has {short_by} credits too few")]
    InsufficientCredits {
        /// The account.
        account: AccountId,
        /// How much is missing.
        short_by: Credits,
    },
    /// The hub would have brought more credits into circulation than can be counted.
    #[error(
        "the hub would have {circulation} credits in circulation, of all years together; the most is {}",
        Credits::LARGEST
    )]
    TooLarge {
        /// What it would have issued, sold, paid for with tickets and added by hand.
        circulation: Credits,
    },
    /// There is no such transaction in the hub.
    #[error("there is no such transaction")]
    UnknownTransaction,
    /// It was reversed before.
    #[error("the transaction has been reversed already, by {by}")]
    AlreadyReversed {
        /// What reversed it.
        by: TransactionId,
    },
    /// It reverses another, and stands.
    #[error("the transaction is itself a reversal, which stands")]
    ReversalOfReversal,
    /// What it brought has left the accounts again.
    #[error("{} accounts have too few credits left to give back", .short.len())]
    Spent {
        /// All of those accounts.
        short: Vec<Shortfall>,
    },
    /// The end of the hub's ledger is not marked as this service's: somebody else wrote it, or its keys are others.
    #[error(
        "the ledger of the hub {0} does not end as this service left it, and nothing is posted after that; run \
         hub-credits verify"
    )]
    NotOurs(HubId),
    /// Something was met that can't be.
    #[error("this can't be: {0}")]
    Impossible(&'static str),
    /// The debits and credits are not a posting.
    #[error(transparent)]
    NotAPosting(#[from] NotAPosting),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        matches!(self, Error::Database(error) if error.contended())
    }
}
