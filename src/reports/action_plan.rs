//! The Action Plan: what a year's programme was used for, by school and by priority. It only reads, in a handful of
//! statements however many bookings there are.

use std::collections::HashMap;

use crate::base::clock::london_midnight;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::hours::Hours;
use crate::base::ids::{EventId, HubId, PriorityId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::booking::evaluations::Summary;
use crate::members::hubs;

use super::sql::action_plan::{self as sql, Rated};

/// How a year's programme was used.
#[derive(Clone, Debug)]
pub struct ActionPlan {
    /// By school, in the order of their names: of those that are members, and those that used it.
    pub schools: Vec<OfSchool>,
    /// By priority, in the order of their names; what has none comes last.
    pub priorities: Vec<OfPriority>,
    /// All together.
    pub total: Used,
    /// Evaluations by fewer people than this are not summed up.
    pub smallest_group: i64,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Places that were booked, whether or not their delegates came.
    pub places: i64,
    /// Those of them that a ticket paid for.
    pub by_ticket: i64,
    /// Places that were attended, of events that are completed.
    pub attended: i64,
    /// How many people had such a place.
    pub people: i64,
    /// What schools have paid for places or hold for those that are booked; not what requests hold that wait.
    pub credits: Credits,
    /// The hours that registers count.
    pub hours: Hours,
}

/// What a school used.
#[derive(Clone, Debug)]
pub struct OfSchool {
    /// The school.
    pub id: SchoolId,
    /// Its Unique Reference Number.
    pub urn: Urn,
    /// Its name.
    pub name: Line,
    /// What it used.
    pub used: Used,
    /// What is left in its wallets of the year.
    pub left: Credits,
}

/// What was used of a priority.
#[derive(Clone, Debug)]
pub struct OfPriority {
    /// The priority; none of what has none.
    pub priority: Option<(PriorityId, Line)>,
    /// How many events were published for it.
    pub events: i64,
    /// How many schools had a place.
    pub schools: i64,
    /// What was used.
    pub used: Used,
    /// How many evaluations were given of those of its events whose evaluations are shown.
    pub evaluations: i64,
    /// Ten times the mean of these; none where there are none.
    pub tenths: Option<i64>,
}

/// How the programme of an academic year was used: of the events that began in it; hours by the day of each session.
pub async fn action_plan(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<ActionPlan, db::Error> {
    let smallest_group = hubs::get(tx, hub).await?.map_or(i64::MAX, |hub| hub.smallest_group);
    let end = year.last_day().succ_opt().unwrap_or(year.last_day());
    let span = (london_midnight(year.first_day()), london_midnight(end));
    let mut schools: HashMap<SchoolId, Used> = HashMap::new();
    let mut priorities: HashMap<Option<PriorityId>, OfPriority> = HashMap::new();
    let mut total = Used::default();
    for (priority, events) in sql::events(tx, hub, span).await? {
        of(&mut priorities, priority).events = events;
    }
    for row in sql::places(tx, hub, span).await? {
        let used = Used {
            places: row.places,
            by_ticket: row.by_ticket,
            attended: row.attended,
            credits: row.credits,
            ..Used::default()
        };
        let priority = of(&mut priorities, row.priority_id);
        priority.schools += i64::from(row.places > 0);
        for sum in [schools.entry(row.school_id).or_default(), &mut priority.used, &mut total] {
            sum.add(used);
        }
    }
    for (school, people) in sql::people_by_school(tx, hub, span).await? {
        schools.entry(school).or_default().people = people;
    }
    for (priority, people) in sql::people_by_priority(tx, hub, span).await? {
        of(&mut priorities, priority).used.people = people;
    }
    total.people = sql::people(tx, hub, span).await?;
    for row in sql::hours(tx, hub, span).await? {
        let once = row.mark.hours(row.minutes, Hours::between(row.starts_at, row.ends_at));
        let used = Used { hours: Hours::from_minutes(once.minutes() * row.times), ..Used::default() };
        let priority = of(&mut priorities, row.priority_id);
        for sum in [schools.entry(row.school_id).or_default(), &mut priority.used, &mut total] {
            sum.add(used);
        }
    }
    for (priority, given, tenths) in shown(&sql::ratings(tx, hub, span).await?, smallest_group) {
        let priority = of(&mut priorities, priority);
        (priority.evaluations, priority.tenths) = (given, Some(tenths));
    }
    let left: HashMap<SchoolId, Credits> = sql::left(tx, hub, year).await?.into_iter().collect();
    let mut of_schools = Vec::new();
    for (id, urn, name, member) in sql::schools(tx, hub).await? {
        let (used, left) = (schools.remove(&id), left.get(&id).copied().unwrap_or(Credits::ZERO));
        if member || used.is_some() || !left.is_zero() {
            of_schools.push(OfSchool { id, urn, name, used: used.unwrap_or_default(), left });
        }
    }
    let mut of_priorities = Vec::new();
    for (id, name) in sql::priorities(tx, hub).await? {
        let mut found = priorities.remove(&Some(id)).unwrap_or_else(OfPriority::none);
        found.priority = Some((id, name));
        of_priorities.push(found);
    }
    of_priorities.extend(priorities.remove(&None));
    Ok(ActionPlan { schools: of_schools, priorities: of_priorities, total, smallest_group })
}

fn of(priorities: &mut HashMap<Option<PriorityId>, OfPriority>, id: Option<PriorityId>) -> &mut OfPriority {
    priorities.entry(id).or_insert_with(OfPriority::none)
}

impl OfPriority {
    fn none() -> OfPriority {
        OfPriority { priority: None, events: 0, schools: 0, used: Used::default(), evaluations: 0, tenths: None }
    }
}

impl Used {
    /// Adds all but the people, of whom one may have several places.
    fn add(&mut self, other: Used) {
        self.places += other.places;
        self.by_ticket += other.by_ticket;
        self.attended += other.attended;
        self.credits = self.credits + other.credits;
        self.hours = self.hours + other.hours;
    }
}

/// How many evaluations there are of each priority, and ten times their mean: of the events of which these are shown
/// alone, so that a sum tells nothing of the others.
fn shown(rated: &[Rated], smallest_group: i64) -> Vec<(Option<PriorityId>, i64, i64)> {
    type Given = Vec<(i64, i64)>;
    let mut events: HashMap<(Option<PriorityId>, EventId), Given> = HashMap::new();
    for (priority, event, rating, given) in rated {
        events.entry((*priority, *event)).or_default().push((*rating, *given));
    }
    let mut sums: HashMap<Option<PriorityId>, (i64, i64)> = HashMap::new();
    for ((priority, _), given) in events {
        if let Some(ratings) = Summary::of(&given, smallest_group).shown {
            let (people, tenths) = sums.entry(priority).or_default();
            (*people, *tenths) = (*people + ratings.given, *tenths + ratings.given * ratings.tenths);
        }
    }
    let mean = |(priority, (people, tenths)): (_, (i64, i64))| (priority, people, (tenths * 2 + people) / (2 * people));
    sums.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_few_people_nothing_is_added() {
        let (one, two) = (EventId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        assert_eq!(shown(&[(None, one, 5, 4), (None, two, 1, 3)], 5), []);
        assert_eq!(shown(&[(None, one, 5, 5), (None, two, 1, 3)], 5), [(None, 5, 50)]);
        assert_eq!(shown(&[(None, one, 5, 5), (None, two, 4, 5)], 5), [(None, 10, 45)]);
    }
}
