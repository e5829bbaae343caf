//! Transfers: credits that one school gives to another, for nothing.
//!
//! ```text
//!              the receiving lead takes them
//!   offered ──────────────────────────────────▶ accepted ─ ─ ▶ reversed, by the hub
//!     │ └─ declined, by the receiving lead
//!     └─ withdrawn, by the giving lead
//! ```
//!
//! A gift goes from one wallet to the receiver's wallet of the **same year and kind**, so that credits can't be
//! refreshed by passing them round: what would lapse still lapses, whoever holds it.
//!
//! **The credits move on acceptance, in one posting; an offer holds nothing.** Otherwise an offer that nobody answers
//! would lock up credits for months, and would need an account of its own, a deadline and a scheduled job; and the
//! journal would tell of movements that never happened. So the balance is checked twice: at the offer, since nobody
//! should promise what they do not have, and again at acceptance, since the giver may have spent it meanwhile. Whoever
//! accepts is then told that there is too little, and the offer stands until it is accepted, declined or withdrawn.

mod sql;
mod verify;

use chrono::{DateTime, Utc};

pub use verify::verify;

use crate::base::credits::{Amount, Credits};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId, TransactionId, TransferId};
use crate::base::said;
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::members::people;
use crate::members::schools::{self, School};
use crate::members::years::{self, Held, HeldOf};
use crate::messages::notices::{self, Kind, Notice};

words!(/** Where a gift stands. */ State {
    /// Offered: the receiving lead has not answered; nothing has moved.
    Offered = "offered",
    /// Accepted: the credits are in the receiver's wallet.
    Accepted = "accepted",
    /// Declined by the receiving school.
    Declined = "declined",
    /// Withdrawn by the giving school.
    Withdrawn = "withdrawn",
    /// Reversed: the hub returned the credits to the giver.
    Reversed = "reversed",
});

/// A gift of credits from school to school.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Transfer {
    /// The gift's id.
    pub id: TransferId,
    /// The school that gives.
    pub from_school_id: SchoolId,
    /// The giving school's current name.
    pub from_school_name: Line,
    /// The school that receives.
    pub to_school_id: SchoolId,
    /// The receiving school's current name.
    pub to_school_name: Line,
    /// The year of both wallets.
    pub year: AcademicYear,
    /// The kind of both wallets.
    pub wallet: WalletKind,
    /// How many credits.
    pub amount: Credits,
    /// The giver's message.
    pub message: Option<Line>,
    /// The state of the gift.
    pub state: State,
    /// The transaction that posted it.
    pub transaction_id: Option<TransactionId>,
    /// The transaction that reversed it.
    pub reversed_by: Option<TransactionId>,
    /// Who offered it.
    pub offered_by: Option<PersonId>,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// Who accepted, declined or withdrew it.
    pub decided_by: Option<PersonId>,
    /// When it was accepted, declined or withdrawn.
    pub decided_at: Option<DateTime<Utc>>,
}

/// Credits to be given.
#[derive(Clone, Debug)]
pub struct NewTransfer {
    /// The school that receives.
    pub to: SchoolId,
    /// The year of the wallet; the current one where none is given.
    pub year: Option<AcademicYear>,
    /// The kind of the wallet.
    pub wallet: WalletKind,
    /// How many credits.
    pub amount: Amount,
    /// The giver's message.
    pub message: Option<Line>,
}

/// Filters a list of gifts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// From or to this school.
    pub school: Option<SchoolId>,
    /// Of this year.
    pub year: Option<AcademicYear>,
    /// In this state.
    pub state: Option<State>,
}

/// Why credits can't be given.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such gift for the school.
    #[error("there is no such transfer")]
    Unknown,
    /// There is no such school in the hub.
    #[error("there is no such school")]
    UnknownSchool,
    /// The receiver is not a member any more.
    #[error("the school has left the hub")]
    SchoolLeft,
    /// The school would give to itself.
    #[error("a school can't give credits to itself")]
    ToItself,
    /// The other of the two schools must decide this.
    #[error("only the {} school can do this", if *.giver { "giving" } else { "receiving" })]
    TheOthers {
        /// Whether the other school is the giver.
        giver: bool,
    },
    /// The gift can't go from its state to the one asked for.
    #[error("a transfer that is {from} can't become {to}")]
    InvalidTransition {
        /// The state it is in.
        from: State,
        /// The state asked for.
        to: State,
    },
    /// The giver has less than it offers.
    #[error("the {wallet} wallet of {year} has {balance} credits, {short_by} too few")]
    TooFew {
        /// The kind of wallet.
        wallet: WalletKind,
        /// The wallet's academic year.
        year: AcademicYear,
        /// What the wallet holds.
        balance: Credits,
        /// How many credits are missing.
        short_by: Credits,
    },
    /// The giver has spent the credits since the offer: how many it has left is not for the receiver to know.
    #[error("{giver} has too few credits left in the wallet that it offered them from")]
    SpentSince {
        /// The giver's name.
        giver: Line,
    },
    /// The year is not open.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Offers credits of the school `from` to another. Nothing moves; the receiving leads are told.
pub async fn offer(journal: &mut Journal, from: SchoolId, new: &NewTransfer) -> Result<Transfer, Error> {
    if from == new.to {
        return Err(Error::ToItself);
    }
    let (hub, today) = (journal.hub(), journal.today());
    let giver = schools::get(journal.tx(), hub, from).await?.ok_or(Error::Unknown)?;
    let receiver = schools::get(journal.tx(), hub, new.to).await?.ok_or(Error::UnknownSchool)?;
    if receiver.has_left(today) {
        return Err(Error::SchoolLeft);
    }
    let year = years::asked_or_current(journal, new.year).await?;
    let (wallet, amount) = (new.wallet, new.amount.credits());
    let purse = ledger::account_named(journal.tx(), hub, AccountName::Wallet(from, year, wallet)).await?;
    let balance = purse.map_or(Credits::ZERO, |purse| purse.balance);
    if balance < amount {
        return Err(Error::TooFew { wallet, year, balance, short_by: amount - balance });
    }
    let transfer = offered(journal, (giver, receiver), year, new);
    sql::insert(journal.tx(), hub, &transfer).await?.exactly(1)?;
    journal.changed(transfer.change(Changed::TransferOffered));
    tell(journal, &transfer, Kind::GiftOffered).await?;
    Ok(transfer)
}

fn offered(journal: &Journal, (giver, receiver): (School, School), year: AcademicYear, new: &NewTransfer) -> Transfer {
    Transfer {
        id: journal.new_id(),
        from_school_id: giver.id,
        from_school_name: giver.details.name,
        to_school_id: receiver.id,
        to_school_name: receiver.details.name,
        year,
        wallet: new.wallet,
        amount: new.amount.credits(),
        message: new.message.clone(),
        state: State::Offered,
        transaction_id: None,
        reversed_by: None,
        offered_by: journal.actor(),
        offered_at: journal.now(),
        decided_by: None,
        decided_at: None,
    }
}

/// Accepts a gift for the school `to`, which receives it: posts it from wallet to wallet.
pub async fn accept(journal: &mut Journal, to: SchoolId, id: TransferId) -> Result<Transfer, Error> {
    let transfer = require_offer(journal, id, Party::Receiver(to), State::Accepted).await?;
    let (hub, today) = (journal.hub(), journal.today());
    let receiver = schools::get(journal.tx(), hub, to).await?.ok_or(Error::Unknown)?;
    if receiver.has_left(today) {
        return Err(Error::SchoolLeft);
    }
    years::require_open(journal.tx(), hub, transfer.year).await?;
    let wallet = |school| AccountName::Wallet(school, transfer.year, transfer.wallet);
    let names = [wallet(transfer.from_school_id), wallet(transfer.to_school_id)];
    let [giver, receiver] = ledger::open_each(journal, names).await?;
    let posting = Posting::new(
        TransactionKind::CreditsGiven,
        Source { kind: SourceKind::Transfer, id: id.0 },
        today,
        [(giver, transfer.amount)],
        [(receiver, transfer.amount)],
    )
    .map_err(ledger::Error::from)?;
    let posting = match &transfer.message {
        Some(message) => posting.with_memo(message.as_str()),
        None => posting,
    };
    let (decided_by, decided_at) = (journal.actor(), Some(journal.now()));
    let posting = posting.on(Transfer { decided_by, decided_at, ..transfer.clone() }.grounds());
    let posted = ledger::post_one(journal, posting).await.map_err(|error| match error {
        ledger::Error::InsufficientCredits { .. } => Error::SpentSince { giver: transfer.from_school_name.clone() },
        other => other.into(),
    })?;
    decide(journal, Transfer { transaction_id: Some(posted), ..transfer }, State::Accepted).await
}

/// Declines a gift for the school `to`, which would have received it.
pub async fn decline(journal: &mut Journal, to: SchoolId, id: TransferId) -> Result<Transfer, Error> {
    let transfer = require_offer(journal, id, Party::Receiver(to), State::Declined).await?;
    decide(journal, transfer, State::Declined).await
}

/// Withdraws an offer of the school `from`.
pub async fn withdraw(journal: &mut Journal, from: SchoolId, id: TransferId) -> Result<Transfer, Error> {
    let transfer = require_offer(journal, id, Party::Giver(from), State::Withdrawn).await?;
    decide(journal, transfer, State::Withdrawn).await
}

/// Tells both schools that the hub has reversed what a gift posted: each how many credits it has more or less by it, and
/// why.
pub(crate) async fn tell_reversed(journal: &mut Journal, id: TransferId, reason: &Line) -> Result<(), db::Error> {
    let (hub, actor) = (journal.hub(), journal.actor());
    let Some(gift) = sql::get(journal.tx(), hub, id).await? else { return Ok(()) };
    let mut notices = Vec::new();
    for (school, more) in [(gift.from_school_id, "more"), (gift.to_school_id, "less")] {
        let said = format!("your school has {} {more}, because “{reason}”", said::credits(gift.amount));
        let (transfer, year, subject) = (Some(gift.id), Some(gift.year), Line::beginning(&said));
        let leads = people::leads(journal.tx(), hub, &[school]).await?.into_iter().filter(|lead| Some(*lead) != actor);
        let notice =
            |lead| Notice { transfer, year, subject: subject.clone(), ..Notice::new(lead, Kind::GiftReversed) };
        notices.extend(leads.map(notice));
    }
    notices::tell(journal, &notices).await
}

impl Transfer {
    /// The digest of what decided the move of credits, for an accepted gift. The giver's message is the memo.
    pub fn grounds(&self) -> Hash {
        Form::of("hub-credits/transfer/1")
            .id(self.id.0)
            .id(self.from_school_id.0)
            .id(self.to_school_id.0)
            .words(self.year.to_string().as_str())
            .words(self.wallet.as_str())
            .credits(self.amount)
            .id(self.offered_by.map(|person| person.0))
            .instant(self.offered_at)
            .id(self.decided_by.map(|person| person.0))
            .instant(self.decided_at)
            .hash()
    }

    /// A change of the gift; the school concerned is the receiver.
    fn change(&self, kind: Changed) -> Change {
        Change::new(kind, self.id).school(self.to_school_id).year(self.year).after(self.state.as_str())
    }
}

/// One gift of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: TransferId) -> Result<Option<Transfer>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of gifts, the oldest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<TransferId>,
    limit: i64,
) -> Result<Vec<Transfer>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}

/// Which of the two schools acts.
#[derive(Clone, Copy)]
enum Party {
    Giver(SchoolId),
    Receiver(SchoolId),
}

/// The gift, if it still is an offer that this party decides. A gift of other schools does not exist for this one.
async fn require_offer(journal: &mut Journal, id: TransferId, party: Party, to: State) -> Result<Transfer, Error> {
    let hub = journal.hub();
    let transfer = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let (school, decides, giver) = match party {
        Party::Giver(school) => (school, transfer.from_school_id, true),
        Party::Receiver(school) => (school, transfer.to_school_id, false),
    };
    if ![transfer.from_school_id, transfer.to_school_id].contains(&school) {
        return Err(Error::Unknown);
    }
    if school != decides {
        return Err(Error::TheOthers { giver });
    }
    match transfer.state {
        State::Offered => Ok(transfer),
        from @ (State::Accepted | State::Declined | State::Withdrawn | State::Reversed) => {
            Err(Error::InvalidTransition { from, to })
        }
    }
}

async fn decide(journal: &mut Journal, transfer: Transfer, state: State) -> Result<Transfer, Error> {
    let (hub, decided_by, decided_at) = (journal.hub(), journal.actor(), Some(journal.now()));
    let transfer = Transfer { state, decided_by, decided_at, ..transfer };
    sql::decide(journal.tx(), hub, &transfer).await?.exactly(1)?;
    let (notice, change) = match state {
        State::Offered => (Kind::GiftOffered, Changed::TransferOffered),
        State::Accepted => (Kind::GiftAccepted, Changed::TransferAccepted),
        State::Declined => (Kind::GiftDeclined, Changed::TransferDeclined),
        State::Withdrawn => (Kind::GiftWithdrawn, Changed::TransferWithdrawn),
        State::Reversed => (Kind::GiftReversed, Changed::TransferReversed),
    };
    let change = transfer.change(change).before(State::Offered.as_str());
    journal.changed(change.moved(transfer.amount, transfer.transaction_id));
    tell(journal, &transfer, notice).await?;
    Ok(transfer)
}

/// Tells the leads of both schools, except the one who acted.
async fn tell(journal: &mut Journal, transfer: &Transfer, kind: Kind) -> Result<(), db::Error> {
    let (hub, actor) = (journal.hub(), journal.actor());
    let leads = people::leads(journal.tx(), hub, &[transfer.from_school_id, transfer.to_school_id]).await?;
    let notices: Vec<Notice> = leads
        .into_iter()
        .filter(|lead| Some(*lead) != actor)
        .map(|person| Notice { transfer: Some(transfer.id), ..Notice::new(person, kind) })
        .collect();
    notices::tell(journal, &notices).await
}

/// Gifts from wallets of the year that the receiver has not answered. They hold nothing, and can't be accepted any more
/// once the year is closed.
pub async fn unanswered(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>, db::Error> {
    sql::unanswered(tx, of).await
}

/// Makes the unanswered gifts from a school or to it its successor's; those between the two end.
pub async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    pair: (SchoolId, SchoolId),
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    sql::end_between(tx, hub, pair, by, now).await?.any();
    sql::pass_to_successor(tx, hub, pair).await?.any();
    Ok(())
}
