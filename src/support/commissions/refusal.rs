//! Why something can't be done to a commission.

use chrono::{DateTime, NaiveDate, Utc};

use super::transitions::NotAllowed;
use super::{Party, QuoteState};
use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::db;
use crate::base::text::Prose;
use crate::base::year::AcademicYear;
use crate::ledger;
use crate::members::years;
use crate::support::offers::DaysRefusal;

/// Why something can't be done to a commission.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such commission, quote or milestone for them.
    #[error("there is no such commission")]
    Unknown,
    /// A field can't be taken.
    #[error("{detail}")]
    Field {
        /// Where it stands in the request.
        pointer: String,
        /// What is wrong, in a word.
        code: &'static str,
        /// What is wrong, in words.
        detail: String,
    },
    /// Its state does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It is for the other side to do.
    #[error("only the {by} does this")]
    NotTheirs {
        /// Who does it.
        by: Party,
    },
    /// It is for the two sides to do.
    #[error("only the two schools, or the school and the partner, do this")]
    NotOneOfThem,
    /// It is their own request.
    #[error("it is your own school's request: another quotes for it")]
    OwnRequest,
    /// They acted for the other side already.
    #[error("you agreed to it, or delivered it, for the other side: somebody else must do this")]
    BothSides,
    /// The buyer's second person is the first, or too close to them.
    #[error(
        "it is over your school's limit of {limit} credits: another person of the school must agree as well, \
         whose account was not made in the last week, unless the operator made it"
    )]
    NotASecond {
        /// The school's limit.
        limit: Credits,
    },
    /// Their side has agreed.
    #[error("your side has agreed to it already")]
    AlreadyAgreed,
    /// It is not the provider's latest, or waits for agreement no more.
    #[error("the quote is {state}: only the latest that is offered can be agreed or ended")]
    QuoteOver {
        /// Where it stands.
        state: QuoteState,
    },
    /// It was valid until an earlier day.
    #[error("the quote was valid until {until}: the provider can quote again")]
    QuoteExpired {
        /// The last day on which it could be agreed.
        until: NaiveDate,
    },
    /// What was shown before does not hold any more.
    #[error("this has changed since it was shown: look at it again")]
    NotAsShown,
    /// The buyer has too few credits in the year in which it is agreed.
    #[error("{}", too_few(*.short_by, *.year, .others))]
    InsufficientCredits {
        /// How many are missing.
        short_by: Credits,
        /// The year whose wallets pay.
        year: AcademicYear,
        /// What the school has of other years.
        others: Vec<(AcademicYear, Credits)>,
    },
    /// The same, as the provider is told.
    #[error("the buyer has too few credits for it now")]
    BuyerShort,
    /// More was delivered than was agreed.
    #[error("no more than {} of the milestone was agreed", .most.in_words())]
    TooManyDays {
        /// What was agreed.
        most: Days,
    },
    /// The parts of a split are not the milestone.
    #[error(
        "what is paid and what goes back must come to {price} credits, the price of the milestone; they come to {sum}"
    )]
    SplitDoesNotSum {
        /// The price of the milestone.
        price: Credits,
        /// What the parts come to.
        sum: Credits,
    },
    /// A side spoke too late.
    #[error("cases were to be stated by {until}: what is said later is not heard")]
    CasesClosed {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The hub decides too early.
    #[error("both sides have until {until} to state their case, and not both have")]
    CasesOpen {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The offer has too few days, or is not open.
    #[error(transparent)]
    Days(#[from] DaysRefusal),
    /// The day's year takes no postings.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Refusal {
    /// A field that can't be taken.
    pub(super) fn field(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Refusal {
        Refusal::Field { pointer: pointer.into(), code, detail: detail.into() }
    }

    /// Refuses text of which nothing is seen.
    pub(super) fn of_blank(pointer: &str, text: &Prose) -> Result<(), Refusal> {
        if text.is_blank() { Err(Refusal::field(pointer, "empty", "must not be empty")) } else { Ok(()) }
    }
}

fn too_few(short_by: Credits, year: AcademicYear, others: &[(AcademicYear, Credits)]) -> String {
    let mut words = format!("the school is short by {short_by} credits in {year}, the year in which it is agreed");
    for (other, credits) in others {
        words.push_str(&format!("; its {credits} credits of {other} can't pay for it"));
    }
    words
}
