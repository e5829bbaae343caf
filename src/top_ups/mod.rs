//! Top-ups: credits sold to a school for money, outside this system, by an invoice of the hub.
//!
//! A sale is posted at once, from the year's sales to the school's allocated wallet of that year, and named by the
//! reference of its invoice: no invoice sells twice, not even one whose sale was reversed, since an invoice that was
//! cancelled is not sent again under its number. A mistake is undone by reversing the transaction.

mod sql;
mod verify;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use verify::verify;

use crate::allocation::Pounds;
use crate::changes::{Change, Kind as Changed};
use crate::credits::{Amount, Credits};
use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::ids::{HubId, PersonId, SchoolId, TopUpId, TransactionId};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::schools;
use crate::seal::{Form, Hash};
use crate::text::Line;
use crate::year::AcademicYear;
use crate::years;

words!(/** Where a sale stands. */ State {
    /// The credits are in the wallet.
    Sold = "sold",
    /// They were taken back.
    Reversed = "reversed",
});

/// Credits sold to a school.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TopUp {
    /// The sale.
    pub id: TopUpId,
    /// The school that bought them.
    pub school_id: SchoolId,
    /// Its name now.
    pub school_name: Line,
    /// The year whose allocated wallet they went to.
    pub year: AcademicYear,
    /// How many.
    pub amount: Credits,
    /// The invoice that they were sold by, unique in the hub.
    pub invoice_reference: Line,
    /// What the school pays, in pence.
    pub pence: Option<i64>,
    /// Where the sale stands.
    pub state: State,
    /// What posted it.
    pub transaction_id: TransactionId,
    /// What reversed it.
    pub reversed_by: Option<TransactionId>,
    /// Who sold them.
    pub sold_by: Option<PersonId>,
    /// When.
    pub sold_at: DateTime<Utc>,
}

/// Credits to be sold.
#[derive(Clone, Debug)]
pub struct NewTopUp {
    /// The school that buys them.
    pub school: SchoolId,
    /// The year whose allocated wallet they go to; today's where nothing is said.
    pub year: Option<AcademicYear>,
    /// How many.
    pub amount: Amount,
    /// The invoice that they are sold by.
    pub invoice_reference: Line,
    /// What the school pays.
    pub price: Option<Pounds>,
}

/// Which sales.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// To this school.
    pub school: Option<SchoolId>,
    /// For this year.
    pub year: Option<AcademicYear>,
    /// That stand here.
    pub state: Option<State>,
}

/// Why credits can't be sold so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such school in the hub.
    #[error("there is no such school")]
    UnknownSchool,
    /// The school is not a member any more.
    #[error("the school has left the hub")]
    SchoolLeft,
    /// The invoice has sold credits before.
    #[error("credits have been sold by the invoice {reference} before")]
    InvoiceUsed {
        /// The invoice.
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

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Year(error) => error.contended(),
            Error::Ledger(error) => error.contended(),
            Error::Database(error) => error.contended(),
            Error::UnknownSchool | Error::SchoolLeft | Error::InvoiceUsed { .. } => false,
        }
    }
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
            Ok(top_up)
        }
    }
}

impl TopUp {
    /// The digest of what decided that credits moved.
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
