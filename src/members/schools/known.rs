//! Which school the URN of a file means: the one that had it on the day that the row is about.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::sql::identifiers::Holder;
use super::{Error, School, sql};
use crate::base::db::Tx;
use crate::base::ids::HubId;
use crate::base::text::Urn;

/// The schools that have or had the URNs of a file.
pub(super) struct Known(HashMap<Urn, Vec<Holder>>);

/// The school that a URN means.
pub(super) enum Found<'k> {
    /// The school that had it on the day.
    School(&'k School),
    /// No school had it on that day: the reason says which one did or does.
    Another(String),
    /// No school ever had it.
    Nobody,
}

impl Known {
    /// Reads the holders of these URNs, in one statement.
    pub(super) async fn of(tx: &mut Tx, hub: HubId, urns: impl Iterator<Item = &Urn>) -> Result<Known, Error> {
        let mut urns: Vec<Urn> = urns.cloned().collect();
        urns.sort_unstable();
        urns.dedup();
        let mut known: HashMap<Urn, Vec<Holder>> = HashMap::with_capacity(urns.len());
        for holder in sql::identifiers::holders(tx, hub, &urns).await? {
            known.entry(holder.known_as.clone()).or_default().push(holder);
        }
        Ok(Known(known))
    }

    /// The school that had the URN on the first of the days on which any school had it.
    pub(super) fn on(&self, urn: &Urn, days: &[NaiveDate]) -> Found<'_> {
        let Some(holders) = self.0.get(urn) else { return Found::Nobody };
        let held = |day: &NaiveDate| holders.iter().find(|holder| holder.spell.holds_on(*day));
        match (days.iter().find_map(held), holders.first()) {
            (Some(holder), _) => Found::School(&holder.school),
            (None, Some(holder)) => Found::Another(not_then(holder, days.first().copied().unwrap_or_default())),
            (None, None) => Found::Nobody,
        }
    }
}

fn not_then(holder: &Holder, day: NaiveDate) -> String {
    let (urn, name, now) = (&holder.known_as, &holder.school.details.name, &holder.school.details.urn);
    let spell = match (holder.spell.valid_from, holder.spell.valid_until) {
        (Some(from), Some(until)) => format!("from {from} until {until}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => "always".to_owned(),
    };
    let after = if now == urn { String::new() } else { format!("; its URN now is {now}") };
    format!("expected the URN that a school of the hub had on {day}, found {urn}, which was {name}'s {spell}{after}")
}
