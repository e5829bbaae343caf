//! Top-ups: credits sold to a school for money, outside this system, by an invoice of the hub.
//!
//! A sale is posted at once, from the year's sales to the school's allocated wallet of that year, and named by the
//! reference of its invoice: no invoice sells twice, not even one whose sale was reversed, since a cancelled invoice is
//! never reissued under its number. A mistake is undone by reversing the transaction.

mod sql;
mod verify;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use verify::verify;

use crate::base::credits::{Amount, Credits};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId, TopUpId, TransactionId};
use crate::base::said;
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::credits::allocation::Pounds;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::members::people;
use crate::members::schools;
use crate::members::years;
use crate::messages::notices::{self, Kind, Notice};

words!(/** Where a sale stands. */ State {
    /// The credits are in the school's wallet.
    Sold = "sold",
    /// The sale was reversed.
    Reversed = "reversed",
});

/// Credits sold to a school.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct TopUp {
    /// The sale's id.
    pub id: TopUpId,
    /// The school that bought them.
    pub school_id: SchoolId,
    /// The school's current name.
    pub school_name: Line,
    /// The year of the allocated wallet that they went to.
    pub year: AcademicYear,
    /// How many credits were sold.
    pub amount: Credits,
    /// The reference of the invoice, unique in the hub.
    pub invoice_reference: Line,
    /// The price that the school pays.
    // Kept in pence.
    #[serde(rename = "gbp", serialize_with = "Pounds::of_pence")]
    #[schema(value_type = Option<Pounds>)]
    pub pence: Option<i64>,
    /// The state of the sale.
    pub state: State,
    /// The transaction that posted it.
    pub transaction_id: TransactionId,
    /// The transaction that reversed it.
    pub reversed_by: Option<TransactionId>,
    /// Who sold them.
    pub sold_by: Option<PersonId>,
    /// When they were sold.
    pub sold_at: DateTime<Utc>,
}

/// Credits to be sold.
#[derive(Clone, Debug)]
pub struct NewTopUp {
    /// The school that buys them.
    pub school: SchoolId,
    /// The year of the allocated wallet that they go to; the current one where none is given.
    pub year: Option<AcademicYear>,
    /// How many credits are sold.
    pub amount: Amount,
    /// The reference of the invoice.
    pub invoice_reference: Line,
    /// The price that the school pays.
    pub price: Option<Pounds>,
}

/// Filters a list of sales.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// To this school.
    pub school: Option<SchoolId>,
    /// For this year.
    pub year: Option<AcademicYear>,
    /// In this state.
    pub state: Option<State>,
}

/// Why credits can't be sold.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such school in the hub.
    #[error("there is no such school")]
    UnknownSchool,
    /// The school is not a member any more.
    #[error("the school has left the hub")]
    SchoolLeft,
    /// The invoice has already been used for a sale.
    #[error("credits have been sold by the invoice {reference} before")]
    InvoiceUsed {
        /// The reference of the invoice.
        reference: Line,
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

/// Sells credits to a school: posts them from the year's sales to its allocated wallet.
pub async fn sell(journal: &mut Journal, new: &NewTopUp) -> Result<TopUp, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let school = schools::get(journal.tx(), hub, new.school).await?.ok_or(Error::UnknownSchool)?;
    if school.has_left(today) {
        return Err(Error::SchoolLeft);
    }
    let year = years::asked_or_current(journal, new.year).await?;
    let (id, amount): (TopUpId, Credits) = (journal.new_id(), new.amount.credits());

    let names = [AccountName::Sales(year), AccountName::Wallet(school.id, year, WalletKind::Allocated)];
    let [sales, wallet] = ledger::open_each(journal, names).await?;
    let mut top_up = TopUp {
        id,
        school_id: school.id,
        school_name: school.details.name,
        year,
        amount,
        invoice_reference: new.invoice_reference.clone(),
        pence: new.price.map(Pounds::pence),
        state: State::Sold,
        transaction_id: TransactionId(Uuid::nil()),
        reversed_by: None,
        sold_by: journal.actor(),
        sold_at: journal.now(),
    };
    let posting = Posting::new(
        TransactionKind::TopUpSold,
        Source { kind: SourceKind::TopUp, id: id.0 },
        today,
        [(sales, amount)],
        [(wallet, amount)],
    )
    .map_err(ledger::Error::from)?;
    top_up.transaction_id = ledger::post_one(journal, posting.on(top_up.grounds())).await?;
    match sql::insert(journal.tx(), hub, &top_up).await {
        Err(db::Error::Unique(_)) => Err(Error::InvoiceUsed { reference: top_up.invoice_reference }),
        outcome => {
            outcome?.exactly(1)?;
            let change = Change::new(Changed::TopUpSold, id).school(school.id).year(year).after(top_up.state.as_str());
            journal.changed(change.moved(amount, top_up.transaction_id));
            let said = format!("{}, by invoice {}", said::credits(amount), top_up.invoice_reference);
            tell(journal, &top_up, Kind::CreditsBought, &said).await?;
            Ok(top_up)
        }
    }
}

/// Tells the leads of the school that the hub has reversed what a sale posted, and why.
pub(crate) async fn tell_reversed(journal: &mut Journal, id: TopUpId, reason: &Line) -> Result<(), db::Error> {
    let hub = journal.hub();
    let top_up = sql::get(journal.tx(), hub, id).await?.ok_or_else(db::Error::vanished)?;
    let (amount, invoice) = (said::credits(top_up.amount), &top_up.invoice_reference);
    let said = format!("{amount} less, since their sale by invoice {invoice} was taken back, because “{reason}”");
    tell(journal, &top_up, Kind::CreditsCorrected, &said).await
}

async fn tell(journal: &mut Journal, top_up: &TopUp, kind: Kind, said: &str) -> Result<(), db::Error> {
    let hub = journal.hub();
    let leads = people::leads(journal.tx(), hub, &[top_up.school_id]).await?;
    let (year, subject) = (Some(top_up.year), Line::beginning(said));
    let notice = |lead| Notice { year, subject: subject.clone(), ..Notice::new(lead, kind) };
    let told: Vec<Notice> = leads.into_iter().map(notice).collect();
    notices::tell(journal, &told).await
}

impl TopUp {
    /// The digest of what decided the move of credits.
    pub fn grounds(&self) -> Hash {
        Form::of("hub-credits/top-up/1")
            .id(self.id.0)
            .id(self.school_id.0)
            .words(self.year.to_string().as_str())
            .credits(self.amount)
            .words(self.invoice_reference.as_str())
            .number(self.pence)
            .id(self.sold_by.map(|person| person.0))
            .instant(self.sold_at)
            .hash()
    }
}

/// One sale of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: TopUpId) -> Result<Option<TopUp>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of sales, the oldest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<TopUpId>,
    limit: i64,
) -> Result<Vec<TopUp>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}
