//! The directory: the offers that callers browse and search.
//!
//! Pages go by the offer's id, which is the order in which offers were made. Every filter is a [term](super::terms), so
//! a page is one range of the index `offer_terms_found`: that of the rarest of the terms asked for.

use chrono::NaiveDate;

use super::{Error, Kind, Offer, Sight, Status, completed, sql, terms};
use crate::base::days::Days;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, OfferId, PriorityId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::members::schools::Phase;
use crate::programme::programmes::{Flaw, Provider};

words!(/** The orders of the directory. */ Order {
    /// The newest first.
    Newest = "-created_at",
    /// The oldest first.
    Oldest = "created_at",
});

/// Filters and sorts the directory.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With all these words in their text.
    pub text: Option<Line>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// For this phase.
    pub phase: Option<Phase>,
    /// With all these words in their subject.
    pub subject: Option<Line>,
    /// Serving this priority.
    pub priority: Option<PriorityId>,
    /// Of this school or partner.
    pub provider: Option<Provider>,
    /// With all these words in their place.
    pub place: Option<Line>,
    /// In this status: open where it is none.
    pub status: Option<Status>,
    /// Available on this day.
    pub available_on: Option<NaiveDate>,
    /// With so many days left, or more, in an academic year.
    pub days_left: Option<(AcademicYear, Days)>,
    /// In this order: the newest first where it is none.
    pub order: Option<Order>,
}

/// The most words of each text of a search.
const MOST_WORDS: usize = 8;

/// The terms of a search: the first is the one looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) first: String,
    pub(super) others: Vec<String>,
}

impl Filter {
    /// The terms that an offer must have; an error names what can't be searched for.
    fn terms(&self) -> Result<Vec<String>, Error> {
        let mut flaws = Vec::new();
        let mut all: Vec<String> = Vec::new();
        let mut search = |field, text: Option<&Line>, term: fn(&str) -> String| {
            let words = text.map(|text| terms::asked(text.as_str())).unwrap_or_default();
            if words.len() > MOST_WORDS {
                flaws.push(Flaw::invalid(field, format!("must be at most {MOST_WORDS} words")));
            }
            all.extend(words.iter().map(|word| term(word)));
        };
        search("text", self.text.as_ref(), terms::of_text);
        search("subject", self.subject.as_ref(), terms::of_subject);
        search("place", self.place.as_ref(), terms::of_place);
        if !flaws.is_empty() {
            return Err(Error::Invalid(flaws));
        }
        all.extend(self.kind.map(terms::kind));
        all.extend(self.phase.map(terms::phase));
        all.extend(self.priority.map(terms::priority));
        all.extend(self.provider.map(terms::provider));
        all.extend(self.available_on.map(terms::month));
        all.extend(self.days_left.map(|(year, left)| terms::at_least(year, left)));
        if all.is_empty() {
            all.push(terms::ANY.to_owned());
        }
        Ok(all)
    }

    /// The filter as far as the caller sees: none where that is nothing.
    fn seen(&self, sight: Sight) -> Option<Filter> {
        let asked = self.clone();
        match (self.status.unwrap_or(Status::Open), sight) {
            (Status::Open, _) | (_, Sight::All) => Some(asked),
            (_, Sight::OpenAndOf(own)) => {
                let theirs = self.provider.is_none_or(|provider| provider == own);
                theirs.then_some(Filter { provider: Some(own), ..asked })
            }
            (_, Sight::Open) => None,
        }
    }
}

/// A page of the directory after an offer, as far as the caller sees.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    sight: Sight,
    filter: &Filter,
    after: Option<OfferId>,
    limit: i64,
) -> Result<Vec<Offer>, Error> {
    let Some(filter) = filter.seen(sight) else { return Ok(Vec::new()) };
    let status = filter.status.unwrap_or(Status::Open);
    let terms = rarest_first(tx, hub, status, filter.terms()?).await?;
    let ids = match filter.order.unwrap_or(Order::Newest) {
        Order::Newest => sql::directory::newest(tx, hub, status, &terms, &filter, after, limit).await?,
        Order::Oldest => sql::directory::oldest(tx, hub, status, &terms, &filter, after, limit).await?,
    };
    let ids: Vec<OfferId> = ids.into_iter().map(|(id,)| id).collect();
    let found = sql::of_ids(tx, hub, &ids).await?;
    let mut found = completed(tx, hub, found).await?;
    found.sort_by_key(|offer| ids.iter().position(|id| *id == offer.id));
    Ok(found)
}

/// The terms with the rarest first, as far as a bounded count tells.
async fn rarest_first(tx: &mut Tx, hub: HubId, status: Status, mut all: Vec<String>) -> Result<Terms, db::Error> {
    all.sort_unstable();
    all.dedup();
    if all.len() > 1 {
        let counts = sql::directory::counts(tx, hub, status, &all).await?;
        let count = |term: &String| counts.iter().find(|(of, _)| of == term).map_or(0, |(_, count)| *count);
        all.sort_by_key(count);
    }
    let mut all = all.into_iter();
    Ok(Terms { first: all.next().unwrap_or_else(|| terms::ANY.to_owned()), others: all.collect() })
}
