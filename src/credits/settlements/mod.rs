//! Settlements: what the hub pays its partners, outside this system, for the credits that they have earned.
//!
//! A statement freezes what a partner has earned up to a day and was on no earlier statement: each posting to what the
//! partner is owed, with what it was for and the value that a credit had on the day it was earned. Statements are
//! numbered without gaps. What is corrected later is on the next one. A payment moves credits from what is owed to what
//! was paid; a statement can be paid in parts, and cancelled as long as nothing of it is paid. A payment that the bank
//! returned is undone by reversing its transaction.

pub mod paper;
mod sql;
mod stating;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod verify;
pub mod workbook;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

pub use stating::{make, preview};
pub use verify::verify;

use crate::base::credits::{Amount, Credits};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PartnerId, PaymentId, PersonId, SettlementId, TransactionId};
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::credits::allocation::Pounds;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind};
use crate::members::people;
use crate::messages::notices::{self, Kind as Told, Notice};

words!(/** Where a statement stands. */ State {
    /// Nothing of it is paid.
    Stated = "stated",
    /// A part of it is paid.
    PartPaid = "part_paid",
    /// All of it is paid.
    Paid = "paid",
    /// It was cancelled: what was on it is on a later one.
    Cancelled = "cancelled",
});

words!(/** Where a payment stands. */ PaymentState {
    /// It was made.
    Paid = "paid",
    /// Its transaction was reversed: what it paid is owed again.
    Reversed = "reversed",
});

/// A statement of what a partner has earned.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Settlement {
    /// The statement's id.
    pub id: SettlementId,
    /// The partner who is paid.
    pub partner_id: PartnerId,
    /// The partner's current name.
    pub partner_name: Line,
    /// The statement's number: in its hub without gaps.
    pub number: i64,
    /// The last day of what is on it.
    pub up_to: NaiveDate,
    /// Where it stands.
    pub state: State,
    /// The credits that were earned.
    pub credits: Credits,
    /// What they are worth: the sum of the lines.
    #[serde(rename = "gbp", serialize_with = "Pounds::of_pence")]
    #[schema(value_type = Pounds)]
    pub pence: i64,
    /// How many of the credits are paid.
    pub credits_paid: Credits,
    /// What was paid for them.
    #[serde(rename = "gbp_paid", serialize_with = "Pounds::of_pence")]
    #[schema(value_type = Pounds)]
    pub pence_paid: i64,
    /// Who made the statement.
    pub stated_by: Option<PersonId>,
    /// When it was made.
    pub stated_at: DateTime<Utc>,
    /// Who cancelled it.
    pub cancelled_by: Option<PersonId>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why it was cancelled.
    pub cancelled_because: Option<Line>,
}

/// A line of a statement: a posting to what the partner is owed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SettlementLine)]
pub struct SettledLine {
    /// The hub's gap-free number of the transaction.
    pub sequence: i64,
    /// The transaction that posted it.
    pub transaction_id: TransactionId,
    /// The day it was earned; of a correction, the day of what is corrected.
    pub earned_on: NaiveDate,
    /// What it was for: the title of the event, or of the commission with its milestone and the partner's reference,
    /// or the reason of a correction.
    pub what_for: String,
    /// The credits; negative where they went back.
    pub credits: Credits,
    /// What one credit was worth on the day it was earned, in pence: the last value that was set on that day.
    pub credit_value_pence: i64,
    /// What the line is worth: the credits by that value, rounded to the penny, half a penny away from zero.
    #[serde(rename = "gbp", serialize_with = "Pounds::of_pence")]
    #[schema(value_type = String, pattern = r"^-?[0-9]{1,10}\.[0-9]{2}$", example = "1050.00")]
    pub pence: i64,
}

/// A payment of a statement, or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SettlementPayment)]
pub struct Payment {
    /// The payment's id.
    pub id: PaymentId,
    /// The statement that was paid.
    pub settlement_id: SettlementId,
    /// The credits that were paid for.
    pub credits: Credits,
    /// What was paid.
    #[serde(rename = "gbp", serialize_with = "Pounds::of_pence")]
    #[schema(value_type = Pounds)]
    pub pence: i64,
    /// The day on which the bank paid.
    pub paid_on: NaiveDate,
    /// The bank's reference.
    pub bank_reference: Line,
    /// Where the payment stands.
    pub state: PaymentState,
    /// The transaction that posted it.
    pub transaction_id: TransactionId,
    /// The transaction that reversed it.
    pub reversed_by: Option<TransactionId>,
    /// Who recorded the payment.
    pub paid_by: Option<PersonId>,
    /// When it was recorded.
    pub paid_at: DateTime<Utc>,
}

/// A payment to be recorded.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSettlementPayment)]
pub struct NewPayment {
    /// How many of the credits are paid for: all that are not paid yet, where it is not sent.
    pub credits: Option<Amount>,
    /// The day on which the bank paid: today, where it is not sent.
    pub paid_on: Option<crate::base::text::Day>,
    /// The bank's reference.
    pub bank_reference: Line,
}

/// Filters a list of statements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// In this state.
    pub state: Option<State>,
}

/// Why a statement can't be made, paid or cancelled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such statement.
    #[error("there is no such statement")]
    Unknown,
    /// There is no such partner.
    #[error("there is no such partner")]
    UnknownPartner,
    /// It would not be of what was shown before.
    #[error("this has changed since it was shown: look at it again")]
    NotAsShown,
    /// The last day has not come yet.
    #[error("must be today, {today}, or before: what will be earned is not known yet")]
    InFuture {
        /// Today.
        today: NaiveDate,
    },
    /// Nothing is left to be paid for.
    #[error(
        "what the partner has earned up to {up_to} and is on no statement yet comes, with corrections, to {credits} \
         credits worth {gbp} pounds: there is nothing to be paid"
    )]
    NothingEarned {
        /// The last day.
        up_to: NaiveDate,
        /// What it comes to.
        credits: Credits,
        /// What that is worth.
        gbp: Pounds,
    },
    /// What was earned is worth more than can be written.
    #[error("what was earned comes to more pounds than can be paid on one statement: choose an earlier day")]
    TooLarge,
    /// The statement was cancelled.
    #[error("the statement was cancelled")]
    Cancelled,
    /// All of the statement is paid.
    #[error("all of the statement is paid")]
    AlreadyPaid,
    /// A part of the statement is paid.
    #[error("of the statement {paid} credits are paid: reverse the payments first")]
    PartPaid {
        /// How many credits are paid.
        paid: Credits,
    },
    /// More than what is left of the statement.
    #[error("only {left} credits of the statement are not paid yet")]
    TooMuch {
        /// What is left.
        left: Credits,
    },
    /// Corrections after the statement left less to be paid than is on it.
    #[error(
        "corrections since the statement left {owed} credits that the partner is owed: pay no more; the rest can be paid \
         once the partner has earned more, or at once: reverse what was paid of the statement, cancel it, and make it \
         again with the corrections on it"
    )]
    Corrected {
        /// What is owed still.
        owed: Credits,
    },
    /// The reference names another payment of the statement.
    #[error("a payment of the statement has the reference {reference} already")]
    ReferenceUsed {
        /// The bank's reference.
        reference: Line,
    },
    /// The bank can't have paid on that day.
    #[error("must be from {from}, the last day of the statement, to {today}, today")]
    PaidOn {
        /// The last day of the statement.
        from: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Records that the bank paid a statement, or a part of it.
pub async fn pay(journal: &mut Journal, id: SettlementId, new: &NewPayment) -> Result<Payment, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let settlement = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let paid_on = new.paid_on.map_or(today, |day| day.0);
    if !(settlement.up_to..=today).contains(&paid_on) {
        return Err(Error::PaidOn { from: settlement.up_to, today });
    }
    let left = match settlement.state {
        State::Cancelled => return Err(Error::Cancelled),
        State::Paid => return Err(Error::AlreadyPaid),
        State::Stated | State::PartPaid => settlement.credits - settlement.credits_paid,
    };
    let credits = new.credits.map_or(left, |amount| amount.credits());
    if credits > left {
        return Err(Error::TooMuch { left });
    }
    if sql::has_reference(journal.tx(), hub, id, &new.bank_reference).await? {
        return Err(Error::ReferenceUsed { reference: new.bank_reference.clone() });
    }
    let names = [AccountName::Payable(settlement.partner_id), AccountName::Settled(settlement.partner_id)];
    let [owed, paid] = ledger::open_each(journal, names).await?;
    let mut payment = Payment {
        id: journal.new_id(),
        settlement_id: id,
        credits,
        pence: settlement.due_for(credits),
        paid_on,
        bank_reference: new.bank_reference.clone(),
        state: PaymentState::Paid,
        transaction_id: TransactionId(Uuid::nil()),
        reversed_by: None,
        paid_by: journal.actor(),
        paid_at: journal.now(),
    };
    let grounds = payment.grounds(&settlement, &mut sql::Lines::of(journal.tx(), hub, id)).await?;
    let source = Source { kind: SourceKind::Settlement, id: payment.id.0 };
    let posting = Posting::new(TransactionKind::PartnerSettled, source, paid_on, [(owed, credits)], [(paid, credits)])
        .map_err(ledger::Error::from)?
        .with_memo(payment.bank_reference.as_str())
        .on(grounds);
    payment.transaction_id = match ledger::post_one(journal, posting).await {
        Err(ledger::Error::InsufficientCredits { short_by, .. }) => {
            return Err(Error::Corrected { owed: credits - short_by });
        }
        outcome => outcome?,
    };
    sql::insert_payment(journal.tx(), hub, &payment).await?.exactly(1)?;
    let change = Change::new(Changed::SettlementPaid, payment.id.0).after(PaymentState::Paid.as_str());
    journal.changed(change.moved(credits, payment.transaction_id));
    tell(journal, settlement.partner_id, id, Told::SettlementPaid).await?;
    Ok(payment)
}

/// Cancels a statement of which nothing is paid: what was on it can be stated again.
pub async fn cancel(journal: &mut Journal, id: SettlementId, because: &Line) -> Result<Settlement, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let settlement = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    match settlement.state {
        State::Stated => {}
        State::Cancelled => return Err(Error::Cancelled),
        State::PartPaid | State::Paid => return Err(Error::PartPaid { paid: settlement.credits_paid }),
    }
    sql::cancel(journal.tx(), hub, id, (by, now, because)).await?.exactly(1)?;
    sql::release(journal.tx(), hub, id).await?.any();
    let change = Change::new(Changed::SettlementCancelled, id.0);
    journal.changed(change.before(State::Stated.as_str()).after(State::Cancelled.as_str()));
    tell(journal, settlement.partner_id, id, Told::SettlementCancelled).await?;
    get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Tells the partner's people.
async fn tell(journal: &mut Journal, partner: PartnerId, id: SettlementId, kind: Told) -> Result<(), db::Error> {
    let hub = journal.hub();
    let people = people::of_partner(journal.tx(), hub, partner).await?;
    let notice = |person| Notice { settlement: Some(id), ..Notice::new(person, kind) };
    notices::tell(journal, &people.into_iter().map(notice).collect::<Vec<_>>()).await
}

impl Settlement {
    /// What is to be paid in pence for so many of the credits that are left: in proportion, so that the parts come to the
    /// whole.
    pub fn due_for(&self, credits: Credits) -> i64 {
        let paid_then = i128::from((self.credits_paid + credits).hundredths());
        let whole = i128::from(self.credits.hundredths()).max(1);
        let due = (i128::from(self.pence) * paid_then * 2 + whole) / (whole * 2);
        i64::try_from(due).unwrap_or(i64::MAX).saturating_sub(self.pence_paid).max(0)
    }
}

impl Payment {
    /// The digest of what decided the move of credits: the payment, its statement, and every line of it.
    async fn grounds(&self, of: &Settlement, lines: &mut sql::Lines<'_>) -> Result<Hash, db::Error> {
        let mut form = Form::of("hub-credits/settlement-payment/1")
            .id(self.id.0)
            .credits(self.credits)
            .number(self.pence)
            .day(self.paid_on)
            .words(self.bank_reference.as_str())
            .id(self.paid_by.map(|person| person.0))
            .instant(self.paid_at)
            .id(of.id.0)
            .id(of.partner_id.0)
            .number(of.number)
            .day(of.up_to)
            .credits(of.credits)
            .number(of.pence)
            .id(of.stated_by.map(|person| person.0))
            .instant(of.stated_at);
        while let Some(some) = lines.next().await? {
            for line in some {
                form = form
                    .number(line.sequence)
                    .day(line.earned_on)
                    .words(line.what_for.as_str())
                    .credits(line.credits)
                    .number(line.credit_value_pence)
                    .number(line.pence);
            }
        }
        Ok(form.hash())
    }
}

/// Tells the partner that a payment of theirs was taken back.
pub async fn tell_reversed(journal: &mut Journal, payment: PaymentId) -> Result<(), db::Error> {
    let hub = journal.hub();
    let Some(payment) = sql::payment(journal.tx(), hub, payment).await? else { return Ok(()) };
    let Some(of) = get(journal.tx(), hub, payment.settlement_id).await? else { return Ok(()) };
    tell(journal, of.partner_id, of.id, Told::SettlementPaymentReversed).await
}

/// The digest of what decided a payment, from its records as they are now.
pub async fn grounds(tx: &mut Tx, hub: HubId, id: PaymentId) -> Result<Option<Hash>, db::Error> {
    let Some(payment) = sql::payment(tx, hub, id).await? else { return Ok(None) };
    let Some(settlement) = get(tx, hub, payment.settlement_id).await? else { return Ok(None) };
    Ok(Some(payment.grounds(&settlement, &mut sql::Lines::of(tx, hub, settlement.id)).await?))
}

/// One statement.
pub async fn get(tx: &mut Tx, hub: HubId, id: SettlementId) -> Result<Option<Settlement>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of statements, the oldest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<SettlementId>,
    limit: i64,
) -> Result<Vec<Settlement>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}

/// A page of the lines of a statement, in the order of their postings.
pub async fn lines(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<SettledLine>, db::Error> {
    sql::lines(tx, hub, id, after.unwrap_or_default(), limit).await
}

/// The lines of a statement, all or the first of so many, and whether there are more.
pub async fn all_lines(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    most: Option<usize>,
) -> Result<(Vec<SettledLine>, bool), db::Error> {
    let (mut all, mut lines) = (Vec::new(), sql::Lines::of(tx, hub, id));
    while most.is_none_or(|most| all.len() <= most)
        && let Some(some) = lines.next().await?
    {
        all.extend(some);
    }
    let more = most.is_some_and(|most| all.len() > most);
    all.truncate(most.unwrap_or(usize::MAX));
    Ok((all, more))
}

/// A page of the payments of a statement, the oldest first.
pub async fn payments(
    tx: &mut Tx,
    hub: HubId,
    id: SettlementId,
    after: Option<PaymentId>,
    limit: i64,
) -> Result<Vec<Payment>, db::Error> {
    sql::payments(tx, hub, id, after, limit).await
}

/// What each of these payments was for, in words: its statement's number and the bank's reference.
pub async fn in_words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, db::Error> {
    let words =
        |(id, number, reference): (Uuid, i64, Line)| (id, format!("Payment of statement {number}: {reference}"));
    Ok(sql::in_words(tx, hub, ids).await?.into_iter().map(words).collect())
}
