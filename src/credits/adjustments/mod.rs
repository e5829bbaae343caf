//! Adjustments: corrections by hand, each with its reason.
//!
//! An adjustment moves credits between the year's adjustment account and one other: a school's wallet, a partner's
//! payable, the hub's income, the subsidy of tickets, or what lapsed. Never an escrow, which is what its bookings hold;
//! and neither issuance, sales nor settled, which are undone by reversing what was issued, sold or paid.
//!
//! A mistake in a year that has since closed is corrected in an open one: the adjustment names what it corrects
//! (`corrects`), and itself belongs to a year that takes postings. Its business date may be in the past, but not in a
//! closed year, and never in the future.
//!
//! ```text
//!   proposed ─▶ posted ─ ─ ▶ reversed
//!      └─ discarded
//! ```
//!
//! It is posted at once, unless the hub asks for four eyes: then it is proposed, and another hub manager posts it.
//! Otherwise one person who can give a school credits by hand could get around the second pair of eyes on allocations.

mod sql;
mod told;
mod verify;

use chrono::{DateTime, NaiveDate, Utc};

pub(crate) use told::tell_reversed;
pub use verify::verify;

use crate::base::credits::{Amount, Credits};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AdjustmentId, HubId, PartnerId, PersonId, SchoolId, TransactionId};
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, AccountName, Journal, Posting, Side, Source, SourceKind, TransactionKind, WalletKind};
use crate::members::hubs;
use crate::members::partners;
use crate::members::people;
use crate::members::schools::{self, School};
use crate::members::years;

words!(/** The kinds of account that are corrected by hand. */ Adjustable {
    /// A school's wallet of the year.
    Wallet = "wallet",
    /// The hub's income of the year.
    Income = "income",
    /// What a partner is owed: its payable account.
    Payable = "payable",
    /// The year's subsidy: what tickets paid for.
    Subsidy = "subsidy",
    /// The year's lapsed credits.
    Lapsed = "lapsed",
});

words!(/** Where an adjustment stands. */ State {
    /// Waits for another hub manager; nothing has moved.
    Proposed = "proposed",
    /// Posted: it has moved credits.
    Posted = "posted",
    /// Discarded while it was proposed.
    Discarded = "discarded",
    /// Reversed.
    Reversed = "reversed",
});

/// The account that is corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A school's wallet of the year.
    Wallet(SchoolId, WalletKind),
    /// The hub's income of the year.
    Income,
    /// What a partner is owed: its payable account.
    Payable(PartnerId),
    /// The year's subsidy: what tickets paid for.
    Subsidy,
    /// The year's lapsed credits.
    Lapsed,
}

/// What an account that is to be corrected needs, or must not have: where it is, in a word, and in words.
pub type Misfit = (&'static str, &'static str, &'static str);

impl Target {
    /// The account of this kind and owner; every field that is missing or superfluous, where it is none. A wallet is the
    /// allocated one, where no kind is given.
    pub fn of(
        account: Adjustable,
        school: Option<SchoolId>,
        wallet: Option<WalletKind>,
        partner: Option<PartnerId>,
    ) -> Result<Target, Vec<Misfit>> {
        let (of_wallet, of_partner) = (account == Adjustable::Wallet, account == Adjustable::Payable);
        let fields = [
            ("school_id", school.is_some(), of_wallet, "goes only with a wallet"),
            ("wallet", wallet.is_some() || of_wallet, of_wallet, "goes only with a wallet"),
            ("partner_id", partner.is_some(), of_partner, "goes only with what a partner is owed"),
        ];
        let misfit = |(field, sent, due, only): (&'static str, bool, bool, &'static str)| {
            let (code, detail) = if due { ("missing", "is needed for this account") } else { ("invalid", only) };
            (sent != due).then_some((field, code, detail))
        };
        let misfits: Vec<Misfit> = fields.into_iter().filter_map(misfit).collect();
        match (account, school, partner) {
            _ if !misfits.is_empty() => Err(misfits),
            (Adjustable::Wallet, Some(school), _) => {
                Ok(Target::Wallet(school, wallet.unwrap_or(WalletKind::Allocated)))
            }
            (Adjustable::Payable, _, Some(partner)) => Ok(Target::Payable(partner)),
            (Adjustable::Income, ..) => Ok(Target::Income),
            (Adjustable::Subsidy, ..) => Ok(Target::Subsidy),
            (Adjustable::Lapsed, ..) => Ok(Target::Lapsed),
            (Adjustable::Wallet | Adjustable::Payable, ..) => Err(misfits),
        }
    }

    /// The name of the account in a year.
    pub fn account(self, year: AcademicYear) -> AccountName {
        match self {
            Target::Wallet(school, wallet) => AccountName::Wallet(school, year, wallet),
            Target::Payable(partner) => AccountName::Payable(partner),
            Target::Income => AccountName::Income(year),
            Target::Subsidy => AccountName::Subsidy(year),
            Target::Lapsed => AccountName::Lapsed(year),
        }
    }
}

/// A correction by hand.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Adjustment {
    /// The adjustment's id.
    pub id: AdjustmentId,
    /// The year whose adjustment account it is posted against.
    pub year: AcademicYear,
    /// The kind of account that is corrected.
    pub account: Adjustable,
    /// The school, where the account is a wallet.
    pub school_id: Option<SchoolId>,
    /// The school's current name.
    pub school_name: Option<Line>,
    /// The kind of wallet.
    pub wallet: Option<WalletKind>,
    /// The partner, where the account is a payable.
    pub partner_id: Option<PartnerId>,
    /// The partner's current name.
    pub partner_name: Option<Line>,
    /// The side of that account; the adjustment account is posted on the other.
    pub side: Side,
    /// How many credits.
    pub amount: Credits,
    /// Why the credits are corrected.
    pub reason: Line,
    /// The business date; the day on which it is posted, where none was given.
    pub effective_on: Option<NaiveDate>,
    /// The transaction that it corrects.
    pub corrects: Option<TransactionId>,
    /// The state of the adjustment.
    pub state: State,
    /// The transaction that posted it.
    pub transaction_id: Option<TransactionId>,
    /// The transaction that reversed it.
    pub reversed_by: Option<TransactionId>,
    /// Who proposed it.
    pub proposed_by: Option<PersonId>,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
    /// Who posted or discarded it.
    pub decided_by: Option<PersonId>,
    /// When it was posted or discarded.
    pub decided_at: Option<DateTime<Utc>>,
}

/// A correction to be made.
#[derive(Clone, Debug)]
pub struct NewAdjustment {
    /// The academic year; the current one where none is given.
    pub year: Option<AcademicYear>,
    /// The account to correct.
    pub target: Target,
    /// The side of that account: debit or credit.
    pub side: Side,
    /// How many credits.
    pub amount: Amount,
    /// Why the credits are corrected.
    pub reason: Line,
    /// The business date; the day on which it is posted, where none is given.
    pub effective_on: Option<NaiveDate>,
    /// The transaction that it corrects.
    pub corrects: Option<TransactionId>,
}

/// Filters a list of adjustments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this school's wallets.
    pub school: Option<SchoolId>,
    /// Of this year.
    pub year: Option<AcademicYear>,
    /// In this state.
    pub state: Option<State>,
}

/// Why a correction can't be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such adjustment in the hub.
    #[error("there is no such adjustment")]
    Unknown,
    /// There is no such school in the hub.
    #[error("there is no such school")]
    UnknownSchool,
    /// Another school took the place of this one, and its wallets.
    #[error("another school took the place of {school}: correct its wallet")]
    Succeeded {
        /// The school's name.
        school: Line,
    },
    /// There is no such partner in the hub.
    #[error("there is no such partner")]
    UnknownPartner,
    /// There is no such transaction to correct.
    #[error("there is no such transaction")]
    UnknownCorrected,
    /// The business date lies in a year that takes no postings.
    #[error("lies in a year that is closed or has not been opened: correct it today, and name what it corrects")]
    InClosedYear,
    /// Whoever proposed the adjustment may not also post it.
    #[error(
        "another hub manager than the one who proposed it must post it, whose account was not made in the last week, \
         unless the operator made it: whoever runs the service can name one with hub-credits manager"
    )]
    FourEyes,
    /// The adjustment can't go from its state to the one asked for.
    #[error("an adjustment that is {from} can't become {to}")]
    InvalidTransition {
        /// The state it is in.
        from: State,
        /// The state asked for.
        to: State,
    },
    /// The account would go below zero.
    #[error("{whose} is short by {short_by} credits")]
    TooFew {
        /// The account and its owner, in words.
        whose: String,
        /// How many credits are missing.
        short_by: Credits,
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

/// Corrects an account by hand: posts the adjustment, or proposes it where the hub asks for four eyes.
pub async fn adjust(journal: &mut Journal, new: &NewAdjustment) -> Result<Adjustment, Error> {
    let hub = journal.hub();
    let day = business_date(journal, new.effective_on).await?;
    let mut adjustment = propose(journal, new).await?;
    let four_eyes = hubs::get(journal.tx(), hub).await?.ok_or(ledger::Error::UnknownHub)?.four_eyes;
    if !four_eyes {
        adjustment = post(journal, adjustment, day).await?;
    }
    sql::insert(journal.tx(), hub, &adjustment).await?.exactly(1)?;
    journal.changed(adjustment.change());
    if adjustment.state == State::Posted {
        told::tell(journal, &adjustment, None).await?;
    }
    Ok(adjustment)
}

/// Posts an adjustment that another hub manager proposed.
pub async fn approve(journal: &mut Journal, id: AdjustmentId) -> Result<Adjustment, Error> {
    let adjustment = require_proposed(journal, id, State::Posted).await?;
    let (hub, actor) = (journal.hub(), journal.actor());
    if !people::is_second(journal, adjustment.proposed_by, actor).await? {
        return Err(Error::FourEyes);
    }
    if let Some(school) = adjustment.school_id {
        require_unsucceeded(journal, school).await?;
    }
    years::require_open(journal.tx(), hub, adjustment.year).await?;
    let day = business_date(journal, adjustment.effective_on).await?;
    let adjustment = post(journal, adjustment, day).await?;
    sql::decide(journal.tx(), hub, &adjustment).await?.exactly(1)?;
    journal.changed(adjustment.change().before(State::Proposed.as_str()));
    told::tell(journal, &adjustment, None).await?;
    Ok(adjustment)
}

/// Discards a proposed adjustment; whoever proposed it may do so too.
pub async fn discard(journal: &mut Journal, id: AdjustmentId) -> Result<Adjustment, Error> {
    let adjustment = require_proposed(journal, id, State::Discarded).await?;
    let (hub, decided_by, decided_at) = (journal.hub(), journal.actor(), Some(journal.now()));
    let adjustment = Adjustment { state: State::Discarded, decided_by, decided_at, ..adjustment };
    sql::decide(journal.tx(), hub, &adjustment).await?.exactly(1)?;
    journal.changed(adjustment.change().before(State::Proposed.as_str()));
    Ok(adjustment)
}

impl Adjustment {
    /// The digest of what decided the move of credits, for an adjustment that was posted. The reason is the memo.
    pub fn grounds(&self) -> Hash {
        Form::of("hub-credits/adjustment/1")
            .id(self.id.0)
            .words(self.year.to_string().as_str())
            .words(self.account.as_str())
            .id(self.school_id.map(|school| school.0))
            .words(self.wallet.map(|wallet| wallet.as_str()))
            .id(self.partner_id.map(|partner| partner.0))
            .words(self.side.as_str())
            .credits(self.amount)
            .day(self.effective_on)
            .id(self.corrects.map(|corrected| corrected.0))
            .id(self.proposed_by.map(|person| person.0))
            .instant(self.proposed_at)
            .id(self.decided_by.map(|person| person.0))
            .instant(self.decided_at)
            .hash()
    }

    /// The change that the adjustment's state is.
    fn change(&self) -> Change {
        let kind = match self.state {
            State::Proposed => Changed::AdjustmentProposed,
            State::Posted => Changed::AdjustmentPosted,
            State::Discarded => Changed::AdjustmentDiscarded,
            State::Reversed => Changed::AdjustmentReversed,
        };
        let change = Change::new(kind, self.id).school(self.school_id).partner(self.partner_id).year(self.year);
        change.after(self.state.as_str()).moved(self.amount, self.transaction_id)
    }
}

/// One adjustment of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: AdjustmentId) -> Result<Option<Adjustment>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of adjustments, the oldest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<AdjustmentId>,
    limit: i64,
) -> Result<Vec<Adjustment>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}

/// The adjustment as it is asked for, once school, partner and corrected transaction are found.
async fn propose(journal: &mut Journal, new: &NewAdjustment) -> Result<Adjustment, Error> {
    let hub = journal.hub();
    let (mut school, mut partner) = (None, None);
    match new.target {
        Target::Wallet(id, _) => {
            school = Some(require_unsucceeded(journal, id).await?);
        }
        Target::Payable(id) => {
            partner = Some(partners::get(journal.tx(), hub, id).await?.ok_or(Error::UnknownPartner)?);
        }
        Target::Income | Target::Subsidy | Target::Lapsed => {}
    }
    if let Some(corrected) = new.corrects {
        ledger::transaction(journal.tx(), hub, corrected).await?.ok_or(Error::UnknownCorrected)?;
    }
    let (account, wallet) = match new.target {
        Target::Wallet(_, wallet) => (Adjustable::Wallet, Some(wallet)),
        Target::Income => (Adjustable::Income, None),
        Target::Payable(_) => (Adjustable::Payable, None),
        Target::Subsidy => (Adjustable::Subsidy, None),
        Target::Lapsed => (Adjustable::Lapsed, None),
    };
    Ok(Adjustment {
        id: journal.new_id(),
        year: years::asked_or_current(journal, new.year).await?,
        account,
        school_id: school.as_ref().map(|school| school.id),
        school_name: school.map(|school| school.details.name),
        wallet,
        partner_id: partner.as_ref().map(|partner| partner.id),
        partner_name: partner.map(|partner| partner.name),
        side: new.side,
        amount: new.amount.credits(),
        reason: new.reason.clone(),
        effective_on: new.effective_on,
        corrects: new.corrects,
        state: State::Proposed,
        transaction_id: None,
        reversed_by: None,
        proposed_by: journal.actor(),
        proposed_at: journal.now(),
        decided_by: None,
        decided_at: None,
    })
}

/// The school, if its wallets are still its own.
async fn require_unsucceeded(journal: &mut Journal, id: SchoolId) -> Result<School, Error> {
    let hub = journal.hub();
    let school = schools::get(journal.tx(), hub, id).await?.ok_or(Error::UnknownSchool)?;
    match school.successor_id {
        Some(_) => Err(Error::Succeeded { school: school.details.name }),
        None => Ok(school),
    }
}

/// The business date: a given one must not be in the future and must be in an open year.
async fn business_date(journal: &mut Journal, asked: Option<NaiveDate>) -> Result<NaiveDate, Error> {
    match years::business_date(journal, asked).await {
        Err(years::Error::NotOpen { .. } | years::Error::Closed { .. }) => Err(Error::InClosedYear),
        day => Ok(day?),
    }
}

/// The adjustment, if it still waits for a decision.
async fn require_proposed(journal: &mut Journal, id: AdjustmentId, to: State) -> Result<Adjustment, Error> {
    let hub = journal.hub();
    let adjustment = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    match adjustment.state {
        State::Proposed => Ok(adjustment),
        from @ (State::Posted | State::Discarded | State::Reversed) => Err(Error::InvalidTransition { from, to }),
    }
}

/// Posts the adjustment, with the reason as memo.
async fn post(journal: &mut Journal, adjustment: Adjustment, day: NaiveDate) -> Result<Adjustment, Error> {
    let year = adjustment.year;
    let corrected = match (adjustment.account, adjustment.school_id, adjustment.wallet, adjustment.partner_id) {
        (Adjustable::Wallet, Some(school), Some(wallet), _) => AccountName::Wallet(school, year, wallet),
        (Adjustable::Payable, _, _, Some(partner)) => AccountName::Payable(partner),
        (Adjustable::Wallet, ..) => return Err(Error::UnknownSchool),
        (Adjustable::Payable, ..) => return Err(Error::UnknownPartner),
        (Adjustable::Income, ..) => AccountName::Income(year),
        (Adjustable::Subsidy, ..) => AccountName::Subsidy(year),
        (Adjustable::Lapsed, ..) => AccountName::Lapsed(year),
    };
    let accounts = ledger::open_each(journal, [corrected, AccountName::Adjustment(year)]).await?;
    let [corrected, against] = accounts.map(|account| [(account, adjustment.amount)]);
    let source = Source { kind: SourceKind::Adjustment, id: adjustment.id.0 };
    let kind = TransactionKind::AdjustmentPosted;
    let posting = match adjustment.side {
        Side::Debit => Posting::new(kind, source, day, corrected, against),
        Side::Credit => Posting::new(kind, source, day, against, corrected),
    }
    .map_err(ledger::Error::from)?;
    let (decided_by, decided_at) = (journal.actor(), Some(journal.now()));
    let adjustment = Adjustment { decided_by, decided_at, ..adjustment };
    let posting = posting.with_memo(adjustment.reason.as_str()).on(adjustment.grounds());
    let posted = ledger::post_one(journal, posting).await;
    let posted = posted.map_err(|error| match error {
        ledger::Error::InsufficientCredits { short_by, .. } => Error::TooFew { whose: whose(&adjustment), short_by },
        other => other.into(),
    })?;
    Ok(Adjustment { state: State::Posted, transaction_id: Some(posted), ..adjustment })
}

fn whose(adjustment: &Adjustment) -> String {
    let owner = adjustment.school_name.as_ref().or(adjustment.partner_name.as_ref());
    match owner {
        Some(owner) => format!("the {} of {owner}", adjustment.account),
        None => format!("the {} of {}", adjustment.account, adjustment.year),
    }
}

/// Makes the corrections that are proposed for a school's wallets its successor's.
pub async fn pass_to_successor(tx: &mut Tx, hub: HubId, pair: (SchoolId, SchoolId)) -> Result<(), db::Error> {
    sql::pass_to_successor(tx, hub, pair).await?.any();
    Ok(())
}
