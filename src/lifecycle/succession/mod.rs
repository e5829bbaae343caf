//! A school takes the place of another that closes or merges: its wallets, live bookings, commissions, people,
//! programmes and offers.
//!
//! [`preview`] shows everything that would go over, and gives a quote for it; [`succeed`] does it in the caller's
//! transaction, if the quote still holds: what is done is what was seen. The rules are in [`plan`]. What the school did
//! before stays its own, readable by its successor: statements, past bookings, allocations. Later refunds to its
//! wallets go to those of its successor ([`mod@crate::members::years::onward`]). A merger of two schools into a third
//! is two successions, one for each. Set-based: as many statements for one booking as for all.

pub mod plan;
mod sql;
mod verify;

use chrono::{DateTime, NaiveDate, Utc};

pub use plan::Clash;
pub use verify::verify;

use crate::members::successions;
pub use crate::members::successions::{Succession, get, list};

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{
    AccountId, BookingId, EventId, HubId, OfferId, PersonId, ProgrammeId, SchoolId, TicketId, TransactionId, TransferId,
};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::bookings;
use crate::credits::{adjustments, transfers};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::lifecycle::quote::Quote;
use crate::members::people::{self, Role};
use crate::members::schools::{self, School};
use crate::members::years;
use crate::messages::notices::{self, Kind, Notice};
use crate::programme::programmes::{self, admission::Admission};
use crate::programme::tickets;
use crate::support::commissions::{self, GoingOver};
use crate::support::{conversations, offers};

/// A wallet that goes over.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionWallet)]
pub struct Wallet {
    /// The wallet's account.
    pub account_id: AccountId,
    /// The wallet's academic year, which is open.
    pub year: AcademicYear,
    /// The wallet's kind.
    pub kind: WalletKind,
    /// The credits that go to the successor's wallet of the same year and kind.
    pub credits: Credits,
    /// The current balance of that wallet.
    pub successor_has: Credits,
}

/// A live booking that goes over: place, position on the waiting list and escrow stay as they are.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionBooking)]
pub struct LiveBooking {
    /// The booking's id.
    pub id: BookingId,
    /// The event that it is a place on.
    pub event_id: EventId,
    /// The event's title.
    pub event_title: Line,
    /// When the event starts.
    pub starts_at: DateTime<Utc>,
    /// The event's conditions for booking, with its limit for one school.
    #[serde(skip)]
    pub admission: Admission,
    /// The delegate; null where nobody is named yet.
    pub person_id: Option<PersonId>,
    /// The delegate's name.
    pub person_name: Option<Line>,
    /// Requested, waitlisted or confirmed.
    pub state: bookings::State,
    /// Whether it waits for a decision, which the successor's leads then make.
    pub undecided: bool,
    /// Until when a place is offered to it.
    pub offered_until: Option<DateTime<Utc>>,
    /// What the event holds for it.
    pub held: Credits,
    /// The booking's version.
    #[serde(skip)]
    pub version: i64,
}

/// A live booking of the successor on an event on which the school also has one.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Neighbour {
    /// The event.
    pub event_id: EventId,
    /// The delegate's name; none where nobody is named.
    pub person_name: Option<Line>,
}

/// A person who goes over.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionPerson)]
pub struct Member {
    /// The person's id.
    pub id: PersonId,
    /// The person's name.
    pub name: Line,
    /// Their role, which they keep.
    pub role: Role,
    /// When they were disabled, which they stay.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The version of the person's record.
    #[serde(skip)]
    pub version: i64,
}

/// A ticket that goes over with its person.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionTicket)]
pub struct HeldTicket {
    /// The ticket's id.
    pub id: TicketId,
    /// The name of the ticket type.
    pub type_name: Line,
    /// The name of the person who has it.
    pub person_name: Line,
    /// Issued or used.
    pub state: tickets::State,
    /// The ticket's version.
    #[serde(skip)]
    pub version: i64,
}

/// A programme that the successor then provides, and is paid for.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionProgramme)]
pub struct Provided {
    /// The programme's id.
    pub id: ProgrammeId,
    /// The programme's title.
    pub title: Line,
    /// The programme's version.
    #[serde(skip)]
    pub version: i64,
}

/// An offer, not closed, that is then the successor's.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuccessionOffer)]
pub struct Offered {
    /// The offer's id.
    pub id: OfferId,
    /// The offer's title.
    pub title: Line,
    /// Open or paused.
    pub status: offers::Status,
    /// The offer's version.
    #[serde(skip)]
    pub version: i64,
}

/// An unanswered gift that the school has offered, or is offered.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct OpenGift {
    /// The gift's id.
    pub id: TransferId,
    /// The giving school.
    pub from_school_id: SchoolId,
    /// The giving school's name.
    pub from_school_name: Line,
    /// The receiving school.
    pub to_school_id: SchoolId,
    /// The receiving school's name.
    pub to_school_name: Line,
    /// The year of both wallets.
    pub year: AcademicYear,
    /// The kind of both wallets.
    pub wallet: WalletKind,
    /// How many credits.
    pub amount: Credits,
}

impl OpenGift {
    /// Whether the gift is between the two schools, and so ends; otherwise the successor takes the school's part in it.
    pub fn ends(&self, school: SchoolId, successor: SchoolId) -> bool {
        [self.from_school_id, self.to_school_id].iter().all(|party| [school, successor].contains(party))
    }
}

/// Everything that goes over from a school to its successor.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The school whose place is taken.
    pub school: School,
    /// The school that takes its place.
    pub successor: School,
    /// The first day on which the school is not a member any more.
    pub effective_on: NaiveDate,
    /// The school's wallets of open years.
    pub wallets: Vec<Wallet>,
    /// The school's live bookings, in the order in which they were asked for.
    pub bookings: Vec<LiveBooking>,
    /// The people of the school.
    pub people: Vec<Member>,
    /// The tickets of those people.
    pub tickets: Vec<HeldTicket>,
    /// The programmes that the school provides.
    pub programmes: Vec<Provided>,
    /// The school's commissions that have not ended, as buyer or provider.
    pub commissions: Vec<GoingOver>,
    /// The offers of the school that are not closed.
    pub offers: Vec<Offered>,
    /// Unanswered gifts from or to the school.
    pub gifts: Vec<OpenGift>,
    /// How many proposed corrections of its wallets there are, which will then apply to the successor's.
    pub proposed_adjustments: i64,
    /// Clashes to look at afterwards. None of them prevents the succession.
    pub clashes: Vec<Clash>,
}

/// Why a school can't take the place of another.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such school in the hub.
    #[error("there is no such school")]
    Unknown,
    /// The successor is not in the hub.
    #[error("there is no such school in the hub")]
    UnknownSuccessor,
    /// The school would succeed itself.
    #[error("a school can't take its own place")]
    Itself,
    /// Another school already took the school's place.
    #[error("{successor} took its place before")]
    Twice {
        /// The school that already is its successor.
        successor: SchoolId,
    },
    /// The successor's own place was taken; where by this school, they would follow each other in a circle.
    #[error("another school took the place of the successor itself: it is {heir} now")]
    SuccessorSucceeded {
        /// The school that now stands in the successor's place.
        heir: SchoolId,
    },
    /// The successor is not a member any more by then.
    #[error("the successor left the hub on {left_on}")]
    SuccessorLeft {
        /// The day on which the successor left.
        left_on: NaiveDate,
    },
    /// A commission between the two has not ended.
    #[error("the commission {title} is between the two schools: complete or cancel it first")]
    Between {
        /// What it is about.
        title: Line,
    },
    /// The school can't leave on that day.
    #[error("{0}")]
    EffectiveOn(&'static str),
    /// What would be done now is no longer what the caller saw.
    #[error("something that goes over has changed since the preview: look at it again")]
    QuoteExpired,
    /// The academic year of that day takes no postings.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Everything that would go over, on a day or today; refused where [`succeed`] would be.
pub async fn preview(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
    effective_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<Preview, Error> {
    let today = london_date(now);
    let effective_on = effective_on.unwrap_or(today);
    let school = schools::get(tx, hub, school).await?.ok_or(Error::Unknown)?;
    let successor = schools::get(tx, hub, successor).await?.ok_or(Error::UnknownSuccessor)?;
    let heir = schools::successors(tx, hub).await?.of(successor.id);
    plan::require(&school, &successor, heir, effective_on, today)?;
    if let Some(year) = AcademicYear::of(effective_on).filter(|_| effective_on != today) {
        years::require_open(tx, hub, year).await?;
    }
    let pair = (school.id, successor.id);
    let bookings = sql::bookings(tx, hub, school.id).await?;
    let people = sql::people(tx, hub, school.id).await?;
    let theirs = sql::neighbours(tx, hub, pair).await?;
    let clashes = plan::clashes(&bookings, &theirs, &people, &sql::people(tx, hub, successor.id).await?);
    let commissions = commissions::going_over(tx, hub, pair).await?;
    if let Some(between) = commissions.iter().find(|commission| commission.between) {
        return Err(Error::Between { title: between.title.clone() });
    }
    Ok(Preview {
        commissions,
        wallets: sql::wallets(tx, hub, pair).await?,
        tickets: sql::tickets(tx, hub, school.id, today).await?,
        programmes: sql::programmes(tx, hub, school.id).await?,
        offers: sql::offers(tx, hub, school.id).await?,
        gifts: sql::gifts(tx, hub, school.id).await?,
        proposed_adjustments: sql::proposed(tx, hub, school.id).await?,
        school,
        successor,
        effective_on,
        bookings,
        people,
        clashes,
    })
}

/// Performs the succession, if the quote of the preview still holds. One transaction of the ledger moves every wallet
/// of the open years; places, their order on waiting lists and what events hold stay as they are.
pub async fn succeed(
    journal: &mut Journal,
    school: SchoolId,
    successor: SchoolId,
    effective_on: Option<NaiveDate>,
    reason: Line,
    quote: &Quote,
) -> Result<Succession, Error> {
    let (hub, now, actor, id) = (journal.hub(), journal.now(), journal.actor(), journal.new_id());
    let preview = preview(journal.tx(), hub, (school, successor), effective_on, now).await?;
    if preview.quote() != *quote {
        return Err(Error::QuoteExpired);
    }
    let leads = sql::leads(journal.tx(), hub, successor).await?;
    let mut succession = Succession {
        id,
        school_id: school,
        school_name: preview.school.details.name.clone(),
        successor_id: successor,
        successor_name: preview.successor.details.name.clone(),
        effective_on: preview.effective_on,
        reason,
        credits: preview.credits(),
        bookings: count(&preview.bookings),
        people: count(&preview.people),
        tickets: count(&preview.tickets),
        programmes: count(&preview.programmes),
        transaction_id: None,
        done_by: actor,
        done_at: now,
    };
    succession.transaction_id = move_wallets(journal, &succession, &preview).await?;
    let tx = journal.tx();
    let (pair, held) = ((school, successor), preview.tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>());
    bookings::pass_to_successor(tx, hub, pair).await?;
    people::pass_to_successor(tx, hub, pair, london_date(now)).await?;
    tickets::pass_to_successor(tx, hub, successor, &held).await?;
    programmes::pass_to_successor(tx, hub, pair).await?;
    commissions::pass_to_successor(tx, hub, pair).await?;
    offers::pass_to_successor(tx, hub, pair).await?;
    conversations::pass_to_successor(tx, hub, pair).await?;
    transfers::pass_to_successor(tx, hub, pair, actor, now).await?;
    adjustments::pass_to_successor(tx, hub, pair).await?;
    schools::succeed(journal, school, successor, preview.effective_on).await?;
    notices::tell(journal, &told(&preview, &leads)).await?;
    successions::record(journal, &succession).await?;
    Ok(succession)
}

impl Preview {
    /// The credits in the wallets that go over.
    pub fn credits(&self) -> Credits {
        self.wallets.iter().map(|wallet| wallet.credits).sum()
    }

    /// How many of the bookings are in this state.
    pub fn in_state(&self, state: bookings::State) -> i64 {
        count(&self.bookings.iter().filter(|booking| booking.state == state).collect::<Vec<_>>())
    }
}

/// Opens the successor's wallets, so that later refunds find them, and posts the balances of the school's.
async fn move_wallets(
    journal: &mut Journal,
    succession: &Succession,
    preview: &Preview,
) -> Result<Option<TransactionId>, Error> {
    let names: Vec<AccountName> = preview
        .wallets
        .iter()
        .map(|wallet| AccountName::Wallet(preview.successor.id, wallet.year, wallet.kind))
        .collect();
    let heirs = ledger::open_accounts(journal, &names).await?;
    let full = || preview.wallets.iter().zip(&heirs).filter(|(wallet, _)| wallet.credits > Credits::ZERO);
    if full().next().is_none() {
        return Ok(None);
    }
    let posting = Posting::new(
        TransactionKind::SchoolSucceeded,
        Source { kind: SourceKind::Succession, id: succession.id.0 },
        preview.effective_on,
        full().map(|(wallet, _)| (wallet.account_id, wallet.credits)),
        full().map(|(wallet, heir)| (*heir, wallet.credits)),
    )
    .map_err(ledger::Error::from)?;
    let posting = posting.with_memo(succession.reason.as_str()).on(succession.grounds());
    Ok(Some(ledger::post_one(journal, posting).await?))
}

/// Everyone of the school, and those who were leads of its successor before.
fn told(preview: &Preview, leads: &[(PersonId,)]) -> Vec<Notice> {
    let active = preview.people.iter().filter(|member| member.disabled_at.is_none());
    active
        .map(|member| Notice::new(member.id, Kind::SchoolSucceeded))
        .chain(leads.iter().map(|(lead,)| Notice::new(*lead, Kind::SchoolTakenOver)))
        .collect()
}

fn count<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
