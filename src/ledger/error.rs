//! Why the ledger refuses a posting, a reversal or a look-up.

use super::posting::NotAPosting;
use super::reversal::Shortfall;
use crate::base::credits::Credits;
use crate::base::db;
use crate::base::ids::{AccountId, HubId, TransactionId};

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
        /// The account that is short of credits.
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
        /// What the hub would have issued, sold, paid for with tickets and added by hand.
        circulation: Credits,
    },
    /// There is no such transaction in the hub.
    #[error("there is no such transaction")]
    UnknownTransaction,
    /// The transaction is already reversed.
    #[error("the transaction has been reversed already, by {by}")]
    AlreadyReversed {
        /// The transaction that reversed it.
        by: TransactionId,
    },
    /// The transaction is itself a reversal, and stands.
    #[error("the transaction is itself a reversal, which stands")]
    ReversalOfReversal,
    /// The credits that it brought have since left the accounts.
    #[error("{} accounts have too few credits left to give back", .short.len())]
    Spent {
        /// All accounts that are short.
        short: Vec<Shortfall>,
    },
    /// The end of the hub's ledger does not have this service's mark: somebody else wrote it, or the keys were
    /// replaced.
    #[error(
        "the ledger of the hub {0} does not end as this service left it, and nothing is posted after that; run \
         hub-credits verify"
    )]
    NotOurs(HubId),
    /// Something was found that is impossible.
    #[error("this can't be: {0}")]
    Impossible(&'static str),
    /// The debits and credits are not a posting.
    #[error(transparent)]
    NotAPosting(#[from] NotAPosting),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}
