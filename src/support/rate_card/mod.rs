//! The rate card: what the hub suggests that each kind of specialist is paid, and what the hub keeps of a commission.
//!
//! It has one state, the current one. A commission copies what was in force when it was agreed, so a later change
//! touches nothing that was agreed.

mod sql;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::base::credits::{Amount, Credits};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// The most kinds of specialist that a card may have.
pub const MOST_LINES: usize = 100;
/// The highest rate of a day.
pub const HIGHEST_RATE: Credits = Credits::from_hundredths(100_000_000);

words!(/** Who bears what the hub keeps of a commission. */ BorneBy {
    /// The provider: it is paid so much less.
    Provider = "provider",
    /// The buyer: it pays so much more.
    Buyer = "buyer",
});

/// The hub's rate card.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RateCard {
    /// The kinds of specialist, in the hub's own order.
    pub lines: Vec<Rate>,
    /// What the hub keeps of a commission; null for nothing.
    pub brokerage: Option<Brokerage>,
    /// Who bears what the hub keeps.
    pub borne_by: BorneBy,
    /// When the card was last changed; null where the hub never set it.
    pub changed_at: Option<DateTime<Utc>>,
    /// Rises with every change; 0 where the hub never set it.
    #[serde(skip)]
    pub version: i64,
}

/// What a kind of specialist is paid, unless an offer says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Rate {
    /// The kind of specialist, unique on the card.
    #[sqlx(rename = "kind")]
    pub specialist_kind: Line,
    /// The credits for a full day.
    pub full_day: Credits,
    /// The credits for half a day.
    pub half_day: Credits,
}

/// The hub's part of what a commission costs, as a fraction: `share` of each `of` credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Brokerage {
    /// How many credits the hub keeps: fewer than `of`.
    pub share: Credits,
    /// Of how many credits.
    pub of: Credits,
}

/// A rate card to be set.
#[derive(Clone, Debug)]
pub struct NewRateCard {
    /// The kinds of specialist.
    pub lines: Vec<NewRate>,
    /// What the hub keeps; a share of zero is nothing.
    pub brokerage: Option<Brokerage>,
    /// Who bears it.
    pub borne_by: BorneBy,
}

/// A line of a rate card to be set.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRate)]
pub struct NewRate {
    /// The kind of specialist, unique on the card; capitals and accents make no difference.
    pub specialist_kind: Line,
    /// The credits for a full day: 1000000 at most.
    pub full_day: Amount,
    /// The credits for half a day: no more than for a full one.
    pub half_day: Amount,
}

/// Why a rate card can't be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many lines.
    #[error("must be at most {MOST_LINES} kinds of specialist")]
    TooMany,
    /// Two lines have one name.
    #[error("is on the card already, at /lines/{first}")]
    Twice {
        /// The line with the same name, from 0.
        first: usize,
        /// The later one.
        at: usize,
    },
    /// The rate of a full day is beyond the bound.
    #[error("must be at most {HIGHEST_RATE}")]
    TooHigh {
        /// Which line, from 0.
        at: usize,
    },
    /// Half a day would cost more than a full one.
    #[error("must be no more than a full day: {full_day}")]
    HalfOverFull {
        /// Which line, from 0.
        at: usize,
        /// The rate of its full day.
        full_day: Credits,
    },
    /// The share is not less than the whole.
    #[error("must be less than what it is a share of: {of}")]
    ShareOverWhole {
        /// Of how many credits.
        of: Credits,
    },
    /// The card was changed since it was read.
    #[error("the rate card has changed since it was read")]
    Stale,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl RateCard {
    /// The line of a kind of specialist, by its name as [`crate::base::text::fold`] compares.
    pub fn rate(&self, kind: &Line) -> Option<&Rate> {
        let key = kind.key();
        self.lines.iter().find(|rate| rate.specialist_kind.key() == key)
    }
}

impl NewRateCard {
    fn check(&self) -> Result<(), Error> {
        if self.lines.len() > MOST_LINES {
            return Err(Error::TooMany);
        }
        let keys: Vec<String> = self.lines.iter().map(|line| line.specialist_kind.key()).collect();
        let mut met = HashSet::new();
        for (at, (line, key)) in self.lines.iter().zip(&keys).enumerate() {
            if !met.insert(key) {
                let first = keys.iter().position(|earlier| earlier == key).unwrap_or_default();
                return Err(Error::Twice { first, at });
            }
            let (full_day, half_day) = (line.full_day.credits(), line.half_day.credits());
            if full_day > HIGHEST_RATE {
                return Err(Error::TooHigh { at });
            }
            if half_day > full_day {
                return Err(Error::HalfOverFull { at, full_day });
            }
        }
        match self.brokerage {
            Some(Brokerage { share, of }) if share >= of => Err(Error::ShareOverWhole { of }),
            _ => Ok(()),
        }
    }
}

/// The hub's rate card: empty, without brokerage, until the hub sets one.
pub async fn current(tx: &mut Tx, hub: HubId) -> Result<RateCard, db::Error> {
    let Some(card) = sql::card(tx, hub).await? else {
        return Ok(RateCard {
            lines: Vec::new(),
            brokerage: None,
            borne_by: BorneBy::Provider,
            changed_at: None,
            version: 0,
        });
    };
    let brokerage = card.brokerage_share.zip(card.brokerage_of).map(|(share, of)| Brokerage { share, of });
    Ok(RateCard {
        lines: sql::lines(tx, hub).await?,
        brokerage,
        borne_by: card.borne_by,
        changed_at: Some(card.changed_at),
        version: card.version,
    })
}

/// Sets the hub's rate card, of the version that the caller read.
pub async fn set(journal: &mut Journal, version: i64, new: &NewRateCard) -> Result<RateCard, Error> {
    new.check()?;
    let (hub, now) = (journal.hub(), journal.now());
    if current(journal.tx(), hub).await?.version != version {
        return Err(Error::Stale);
    }
    let brokerage = new.brokerage.filter(|brokerage| !brokerage.share.is_zero());
    let card = sql::Card {
        brokerage_share: brokerage.map(|brokerage| brokerage.share),
        brokerage_of: brokerage.map(|brokerage| brokerage.of),
        borne_by: new.borne_by,
        version: version + 1,
        changed_at: now,
    };
    sql::set(journal.tx(), hub, &card).await?.exactly(1)?;
    sql::clear(journal.tx(), hub).await?.any();
    sql::insert(journal.tx(), hub, &new.lines).await?.exactly(new.lines.len())?;
    journal.changed(Change::new(Kind::RateCardChanged, hub));
    Ok(current(journal.tx(), hub).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, full_day: i64, half_day: i64) -> NewRate {
        let amount = |hundredths| Amount::new(Credits::from_hundredths(hundredths)).unwrap();
        NewRate { specialist_kind: Line::parse(kind).unwrap(), full_day: amount(full_day), half_day: amount(half_day) }
    }

    fn card(lines: Vec<NewRate>, share: i64, of: i64) -> NewRateCard {
        let [share, of] = [share, of].map(Credits::from_hundredths);
        NewRateCard { lines, brokerage: Some(Brokerage { share, of }), borne_by: BorneBy::Buyer }
    }

    #[test]
    fn a_card_makes_sense() {
        assert!(card(vec![line("SLE", 350, 200), line("NLE", 500, 500)], 50, 350).check().is_ok());
        assert!(card(vec![], 0, 1).check().is_ok(), "a share of nothing is none");
        let twice = card(vec![line("Élan", 1, 1), line("NLE", 1, 1), line("elan", 1, 1)], 0, 1);
        assert!(matches!(twice.check(), Err(Error::Twice { first: 0, at: 2 })));
        assert!(matches!(card(vec![line("SLE", 1, 2)], 0, 1).check(), Err(Error::HalfOverFull { at: 0, .. })));
        let high = HIGHEST_RATE.hundredths() + 1;
        assert!(matches!(card(vec![line("SLE", high, 1)], 0, 1).check(), Err(Error::TooHigh { at: 0 })));
        for (share, of) in [(1, 1), (2, 1), (0, 0)] {
            assert!(matches!(card(vec![], share, of).check(), Err(Error::ShareOverWhole { .. })));
        }
        let many = (0..=MOST_LINES).map(|n| line(&format!("Kind {n}"), 1, 1)).collect();
        assert!(matches!(card(many, 0, 1).check(), Err(Error::TooMany)));
    }
}
