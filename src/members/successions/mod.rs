//! The record of successions: which school took the place of which, and what went over. How it is done is in
//! [`crate::lifecycle::succession`].

mod sql;

use chrono::{DateTime, NaiveDate, Utc};

use super::schools;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId, PersonId, SchoolId, SuccessionId, TransactionId};
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::changes::{self, Change};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};

/// A completed succession.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Succession {
    /// The succession's id: the source of its transaction.
    pub id: SuccessionId,
    /// The school whose place was taken.
    pub school_id: SchoolId,
    /// The school's name.
    pub school_name: Line,
    /// The school that took its place.
    pub successor_id: SchoolId,
    /// The successor's name.
    pub successor_name: Line,
    /// The first day on which the school was not a member any more.
    pub effective_on: NaiveDate,
    /// Why it took place.
    pub reason: Line,
    /// The credits that went over from its wallets.
    pub credits: Credits,
    /// How many live bookings went over.
    pub bookings: i64,
    /// How many people went over.
    pub people: i64,
    /// How many tickets went over.
    pub tickets: i64,
    /// How many programmes went over.
    pub programmes: i64,
    /// The transaction that moved the credits; null where there were none.
    pub transaction_id: Option<TransactionId>,
    /// Who did it.
    pub done_by: Option<PersonId>,
    /// When it was done.
    pub done_at: DateTime<Utc>,
}

/// Credits in a wallet of a school whose place another took.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct LeftBehind {
    succession: SuccessionId,
    school_id: SchoolId,
    account_id: AccountId,
    year: AcademicYear,
    kind: WalletKind,
    credits: Credits,
}

impl Succession {
    /// The digest of what decided the move of credits. The reason is the memo.
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

    /// What the changes say of it: the school is the subject, and the successor the school concerned.
    pub fn change(&self) -> Change {
        Change::new(changes::Kind::SchoolSucceeded, self.school_id)
            .school(self.successor_id)
            .date(self.effective_on)
            .count(self.bookings)
            .moved(self.credits, self.transaction_id)
    }
}

/// Records a completed succession.
pub async fn record(journal: &mut Journal, succession: &Succession) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::insert(journal.tx(), hub, succession).await?.exactly(1)?;
    journal.changed(succession.change());
    Ok(())
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

/// Passes on credits that have reached wallets of schools whose place others took: their share of an allocation
/// approved later. Costs next to nothing where no school of the hub was succeeded.
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
