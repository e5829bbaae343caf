//! A school takes the place of another that closes or merges: its wallets, live bookings, people and programmes.
//!
//! [`preview`] shows all that would go over, and gives a quote for it; [`succeed`] does it in the caller's
//! transaction, where the quote still holds: what is done is what was seen. The rules are in [`plan`]. What the
//! school did before stays its own, to be read by its successor: statements, past bookings, allocations. What comes
//! back to its wallets later goes to those of its successor ([`mod@crate::years::onward`]). Two schools that become one
//! are two successions, one for each. Set-based: as many statements for one booking as for all.

pub mod plan;
mod sql;
mod verify;

use chrono::{DateTime, NaiveDate, Utc};

pub use plan::{Clash, Quote};
pub use verify::verify;

use crate::changes::{self, Change};
use crate::clock::london_date;
use crate::credits::Credits;
use crate::db::{self, Contended, Tx};
use crate::ids::{
    AccountId, BookingId, EventId, HubId, PersonId, ProgrammeId, SchoolId, SuccessionId, TicketId, TransactionId,
    TransferId,
};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::notices::{self, Kind, Notice};
use crate::people::Role;
use crate::programmes::admission::Admission;
use crate::schools::{self, School};
use crate::seal::{Form, Hash};
use crate::text::Line;
use crate::year::AcademicYear;
use crate::{bookings, tickets, years};

/// A wallet of an open year.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Wallet {
    /// The account.
    pub account_id: AccountId,
    /// Its year.
    pub year: AcademicYear,
    /// Its kind.
    pub kind: WalletKind,
    /// What is on it, and goes to the successor's wallet of the same year and kind.
    pub credits: Credits,
    /// What the successor's has now.
    pub successor_has: Credits,
}

/// A live booking of the school.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct LiveBooking {
    /// The booking.
    pub id: BookingId,
    /// Its event.
    pub event_id: EventId,
    /// The event's title.
    pub event_title: Line,
    /// When the event starts.
    pub starts_at: DateTime<Utc>,
    /// Who comes to it, and how many of a school.
    pub admission: Admission,
    /// The delegate; none where nobody is named.
    pub person_id: Option<PersonId>,
    /// Their name.
    pub person_name: Option<Line>,
    /// Requested, waitlisted or confirmed.
    pub state: bookings::State,
    /// Whether the school has yet to decide on it.
    pub undecided: bool,
    /// Until when a place is on offer to it.
    pub offered_until: Option<DateTime<Utc>>,
    /// What of it is in the event's escrow, and stays there.
    pub held: Credits,
    /// Its version.
    pub version: i64,
}

/// A live booking of the successor on an event on which the school has one too.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Neighbour {
    /// The event.
    pub event_id: EventId,
    /// The delegate's name; none where nobody is named.
    pub person_name: Option<Line>,
}

/// Somebody of the school.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Member {
    /// The person.
    pub id: PersonId,
    /// Their name.
    pub name: Line,
    /// Lead or teacher, which they stay.
    pub role: Role,
    /// Since when they are disabled, which they stay.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Their version.
    pub version: i64,
}

/// A ticket of somebody of the school that can be used, or that a live booking has.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct HeldTicket {
    /// The ticket.
    pub id: TicketId,
    /// The name of its type.
    pub type_name: Line,
    /// Its person's name.
    pub person_name: Line,
    /// Issued or used.
    pub state: tickets::State,
    /// Its version.
    pub version: i64,
}

/// A programme that the school provides.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Provided {
    /// The programme.
    pub id: ProgrammeId,
    /// Its title.
    pub title: Line,
    /// Its version.
    pub version: i64,
}

/// A gift that the school has offered, or is offered, and that nobody has answered.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct OpenGift {
    /// The gift.
    pub id: TransferId,
    /// Who offers it.
    pub from_school_id: SchoolId,
    /// Its name.
    pub from_school_name: Line,
    /// Who is offered it.
    pub to_school_id: SchoolId,
    /// Its name.
    pub to_school_name: Line,
    /// The year of both wallets.
    pub year: AcademicYear,
    /// The kind of both wallets.
    pub wallet: WalletKind,
    /// How many credits.
    pub amount: Credits,
}

impl OpenGift {
    /// Whether it is between the two, and ends; otherwise the successor gives or is given it.
    pub fn ends(&self, school: SchoolId, successor: SchoolId) -> bool {
        [self.from_school_id, self.to_school_id].iter().all(|party| [school, successor].contains(party))
    }
}

/// All that goes over from a school to its successor.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The school.
    pub school: School,
    /// Its successor.
    pub successor: School,
    /// The first day on which the school is not a member any more.
    pub effective_on: NaiveDate,
    /// Its wallets of open years.
    pub wallets: Vec<Wallet>,
    /// Its live bookings, in the order in which they were asked for.
    pub bookings: Vec<LiveBooking>,
    /// Its people.
    pub people: Vec<Member>,
    /// Their tickets.
    pub tickets: Vec<HeldTicket>,
    /// What it provides.
    pub programmes: Vec<Provided>,
    /// Gifts that nobody has answered.
    pub gifts: Vec<OpenGift>,
    /// How many corrections of its wallets are proposed, which the successor's are for then.
    pub proposed_adjustments: i64,
    /// What will be odd afterwards. None of it prevents anything.
    pub clashes: Vec<Clash>,
}

/// A succession, done.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Succession {
    /// The succession.
    pub id: SuccessionId,
    /// The school whose place was taken.
    pub school_id: SchoolId,
    /// Its name.
    pub school_name: Line,
    /// The school that took it.
    pub successor_id: SchoolId,
    /// Its name.
    pub successor_name: Line,
    /// The first day on which the school was not a member any more.
    pub effective_on: NaiveDate,
    /// Why.
    pub reason: Line,
    /// What went over of wallets.
    pub credits: Credits,
    /// How many live bookings.
    pub bookings: i64,
    /// How many people.
    pub people: i64,
    /// How many tickets.
    pub tickets: i64,
    /// How many programmes.
    pub programmes: i64,
    /// The transaction that moved the credits; none where there were none.
    pub transaction_id: Option<TransactionId>,
    /// Who did it.
    pub done_by: Option<PersonId>,
    /// When.
    pub done_at: DateTime<Utc>,
}

/// What is on a wallet of a school whose place another took.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct LeftBehind {
    succession: SuccessionId,
    school_id: SchoolId,
    account_id: AccountId,
    year: AcademicYear,
    kind: WalletKind,
    credits: Credits,
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
    /// It would take its own place.
    #[error("a school can't take its own place")]
    Itself,
    /// Another took its place before.
    #[error("{successor} took its place before")]
    Twice {
        /// Which.
        successor: SchoolId,
    },
    /// The place of the successor was taken itself: where by the school, they would follow each other in a circle.
    #[error("another school took the place of the successor itself: it is {heir} now")]
    SuccessorSucceeded {
        /// Who stands in its place now.
        heir: SchoolId,
    },
    /// The successor is no member by then.
    #[error("the successor left the hub on {left_on}")]
    SuccessorLeft {
        /// When.
        left_on: NaiveDate,
    },
    /// The school can't leave on that day.
    #[error("{0}")]
    EffectiveOn(&'static str),
    /// What the caller saw is not what would be done now.
    #[error("something that goes over has changed since the preview: look at it again")]
    QuoteExpired,
    /// The year of the day takes no postings.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Year(error) => error.contended(),
            Error::Ledger(error) => error.contended(),
            Error::Database(error) => error.contended(),
            Error::Unknown
            | Error::UnknownSuccessor
            | Error::Itself
            | Error::Twice { .. }
            | Error::SuccessorSucceeded { .. }
            | Error::SuccessorLeft { .. }
            | Error::EffectiveOn(_)
            | Error::QuoteExpired => false,
        }
    }
}

/// All that would go over, on a day or today; refused as [`succeed`] would.
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
    Ok(Preview {
        wallets: sql::wallets(tx, hub, pair).await?,
        tickets: sql::tickets(tx, hub, school.id, today).await?,
        programmes: sql::programmes(tx, hub, school.id).await?,
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

/// Does it, where the quote of the preview still holds. One transaction of the ledger moves every wallet of the open
/// years; places, their order in the line and what their events hold stay as they are.
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
    sql::move_bookings(tx, hub, (school, successor)).await?.any();
    sql::move_people(tx, hub, (school, successor)).await?.any();
    sql::move_deputies(tx, hub, (school, successor), london_date(now)).await?.any();
    sql::move_tickets(tx, hub, successor, &preview.tickets).await?.exactly(preview.tickets.len())?;
    sql::move_programmes(tx, hub, (school, successor)).await?.any();
    sql::end_gifts(tx, hub, (school, successor), actor, now).await?.any();
    sql::move_gifts(tx, hub, (school, successor)).await?.any();
    sql::move_adjustments(tx, hub, (school, successor)).await?.any();
    schools::succeed(journal, school, successor, preview.effective_on).await?;
    sql::insert(journal.tx(), hub, &succession).await?.exactly(1)?;
    notices::tell(journal, &told(&preview, &leads)).await?;
    journal.changed(succession.change());
    Ok(succession)
}

/// Passes on what has come to wallets of schools whose place others took: their share of an allocation that is approved
/// after. As good as no statement where no school of the hub was succeeded.
pub async fn pass_on(journal: &mut Journal) -> Result<(), ledger::Error> {
    let hub = journal.hub();
    let left = sql::left_behind(journal.tx(), hub).await?;
    if left.is_empty() {
        return Ok(());
    }
    let (today, successors) = (journal.today(), schools::successors(journal.tx(), hub).await?);
    let heir = |left: &LeftBehind| AccountName::Wallet(successors.of(left.school_id), left.year, left.kind);
    let heirs = ledger::open_accounts(journal, &left.iter().map(heir).collect::<Vec<_>>()).await?;
    let mut postings = Vec::with_capacity(left.len());
    for (left, heir) in left.iter().zip(heirs) {
        let of = sql::get(journal.tx(), hub, left.succession).await?;
        let of = of.ok_or(ledger::Error::Impossible("a school was succeeded without a succession"))?;
        let source = Source { kind: SourceKind::Succession, id: left.succession.0 };
        let (from, to) = ((left.account_id, left.credits), (heir, left.credits));
        postings.push(Posting::new(TransactionKind::SchoolSucceeded, source, today, [from], [to])?.on(of.grounds()));
    }
    ledger::post(journal, &postings).await.map(drop)
}

/// One succession of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: SuccessionId) -> Result<Option<Succession>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of successions in the order in which they were done; those of one successor where it is given.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    successor: Option<SchoolId>,
    after: Option<SuccessionId>,
    limit: i64,
) -> Result<Vec<Succession>, db::Error> {
    sql::list(tx, hub, successor, after, limit).await
}

impl Preview {
    /// What goes over of wallets.
    pub fn credits(&self) -> Credits {
        self.wallets.iter().map(|wallet| wallet.credits).sum()
    }

    /// How many of the bookings are in this state.
    pub fn in_state(&self, state: bookings::State) -> i64 {
        count(&self.bookings.iter().filter(|booking| booking.state == state).collect::<Vec<_>>())
    }
}

impl Succession {
    /// The digest of what decided that credits moved. The reason is the memo.
    pub fn grounds(&self) -> Hash {
        Form::of("hub-credits/succession/1")
            .id(self.id.0)
            .id(self.school_id.0)
            .id(self.successor_id.0)
            .day(self.effective_on)
            .credits(self.credits)
            .number(self.bookings)
            .number(self.people)
            .number(self.tickets)
            .number(self.programmes)
            .id(self.done_by.map(|person| person.0))
            .instant(self.done_at)
            .hash()
    }

    /// What the feed says of it: the school is the subject, and the successor the school that it is about.
    fn change(&self) -> Change {
        Change::new(changes::Kind::SchoolSucceeded, self.school_id)
            .school(self.successor_id)
            .date(self.effective_on)
            .count(self.bookings)
            .moved(self.credits, self.transaction_id)
    }
}

/// Opens the successor's wallets, so that what comes back later finds them, and posts what is on the school's.
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

/// Everyone of the school, and the leads of its successor as they were before.
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
