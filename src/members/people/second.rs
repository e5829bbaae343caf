//! The second person: who counts as one, and the settings that take two people to relax.
//!
//! A setting that asks for a second person is switched off by two: one asks, and it takes effect when another, who
//! counts as a second, sends the same change. Anyone entitled may make it stricter alone.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, Person, Role, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::base::text::Change;
use crate::ledger::Journal;
use crate::members::hubs::{self, Hub, Settings};
use crate::members::schools::{self, ApprovalRules};

/// For how many days somebody added by anyone but the operator does not count as a second person.
const NEW_DAYS: i64 = 7;

/// Who added somebody, where that was not the operator, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Added {
    pub(super) created_by: Option<PersonId>,
    pub(super) created_at: DateTime<Utc>,
}

impl Added {
    /// Who added them, and until when they are new, while they still are.
    fn lately_by(self, now: DateTime<Utc>) -> Option<(PersonId, DateTime<Utc>)> {
        let until = self.created_at + TimeDelta::days(NEW_DAYS);
        self.created_by.filter(|_| now < until).map(|by| (by, until))
    }
}

/// Whether somebody counts as another pair of eyes beside whoever acted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// They do.
    Now,
    /// They will from this instant on: they, or who acted first, were added lately.
    From(DateTime<Utc>),
    /// They never do: they acted first themselves.
    Never,
}

impl Counts {
    /// What one comes to who is new until an instant, and until another stands for, or is stood for by, who acted first.
    fn after(new_until: Option<DateTime<Utc>>, linked_until: Option<DateTime<Utc>>) -> Counts {
        new_until.max(linked_until).map_or(Counts::Now, Counts::From)
    }
}

/// Whether, or from when, the second counts as another pair of eyes beside the first. Nobody does beside themselves, nor
/// in the first week of an account that anyone but the operator added; and someone that new stands for whoever added them.
pub async fn counts(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    first: Option<PersonId>,
    second: PersonId,
) -> Result<Counts, db::Error> {
    // What somebody did under a record that was merged into another since, they did.
    let mut first = match first {
        Some(first) => Some(super::now_known_as(tx, hub, first).await?),
        None => None,
    };
    let new_until = lately_by(tx, hub, now, second).await?.map(|(_, until)| until);
    // Whoever is new stands for who added them until the first of those who stand between is new no more.
    let mut linked_until: Option<DateTime<Utc>> = None;
    while let Some(person) = first {
        if person == second {
            return Ok(linked_until.map_or(Counts::Never, |until| Counts::after(new_until, Some(until))));
        }
        let added = lately_by(tx, hub, now, person).await?;
        let until = added.map(|(_, until)| until);
        linked_until = linked_until.map_or(until, |linked| until.map_or(Some(linked), |until| Some(linked.min(until))));
        first = added.map(|(by, _)| by);
    }
    Ok(Counts::after(new_until, None))
}

/// Who added somebody, and until when they are new, while they still are.
async fn lately_by(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    id: PersonId,
) -> Result<Option<(PersonId, DateTime<Utc>)>, db::Error> {
    Ok(sql::second::added(tx, hub, id).await?.and_then(|added| added.lately_by(now)))
}

/// Whether the second [counts](counts) as another pair of eyes beside the first.
pub async fn is_second(
    journal: &mut Journal,
    first: Option<PersonId>,
    second: Option<PersonId>,
) -> Result<bool, db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let Some(second) = second else { return Ok(false) };
    Ok(counts(journal.tx(), hub, now, first, second).await? == Counts::Now)
}

/// The hub managers beside the one who acted first, each with whether they count as a second pair of eyes.
pub async fn other_managers(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    first: Option<PersonId>,
) -> Result<Vec<(Person, Counts)>, db::Error> {
    let mut others = Vec::new();
    for id in super::managers(tx, hub).await? {
        let counts = counts(tx, hub, now, first, id).await?;
        if counts != Counts::Never
            && let Some(person) = super::get(tx, hub, id).await?
        {
            others.push((person, counts));
        }
    }
    Ok(others)
}

/// A switch that asks for a second person while it is on, and who has asked to turn it off.
#[derive(Clone, Copy)]
struct Switch {
    strict: bool,
    is: bool,
    asked_by: Option<PersonId>,
}

impl Switch {
    /// The switch as the change leaves it: relaxed at once where the actor may do so alone, or where another has asked.
    async fn turned(self, journal: &mut Journal, to: Option<bool>, alone: bool) -> Result<Switch, Error> {
        let actor = journal.actor();
        match to {
            None => Ok(self),
            Some(to) if to == self.strict || to == self.is => Ok(Switch { is: to, asked_by: None, ..self }),
            Some(to) if alone => Ok(Switch { is: to, asked_by: None, ..self }),
            Some(to) => match self.asked_by.filter(|asked| Some(*asked) != actor) {
                None => Ok(Switch { asked_by: actor, ..self }),
                Some(first) if is_second(journal, Some(first), actor).await? => {
                    Ok(Switch { is: to, asked_by: None, ..self })
                }
                Some(_) => Err(Error::NotASecond),
            },
        }
    }
}

/// Changes the settings of the hub whose version the caller read. Switching four eyes off takes two hub managers.
pub async fn change_hub(
    journal: &mut Journal,
    version: i64,
    settings: Settings,
    four_eyes: Option<bool>,
) -> Result<Hub, Error> {
    let hub = journal.hub();
    let old = hubs::get(journal.tx(), hub).await?.ok_or(Error::Unknown)?;
    let switch = Switch { strict: true, is: old.four_eyes, asked_by: old.four_eyes_off_asked_by };
    let Switch { is, asked_by, .. } = switch.turned(journal, four_eyes, false).await?;
    let settings = Settings { four_eyes: is, four_eyes_off_asked_by: asked_by, ..settings };
    Ok(hubs::change(journal, version, settings).await?)
}

/// What may be changed of a school's rules of approval; what is left out stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct RulesChange {
    /// Whether deputies may approve what they asked for themselves.
    pub own_approval: Option<bool>,
    /// Whether a second person decides where a lead books for themselves.
    pub second_person: Option<bool>,
    /// How much each person may book in an academic year without approval.
    pub approval_limit: Change<Credits>,
    /// Above how many credits two people of the school must agree to a commission.
    pub commission_limit: Change<Credits>,
}

/// Changes the rules of a school whose version the caller read. The hub relaxes them alone; a lead alone lets people
/// approve their own requests only where there has been no other lead for a week, never removes the second person
/// alone, and never raises the limit above which a commission takes two.
pub async fn change_approval_rules(
    journal: &mut Journal,
    school: SchoolId,
    version: i64,
    change: RulesChange,
) -> Result<ApprovalRules, Error> {
    let (hub, now, actor) = (journal.hub(), journal.now(), journal.actor());
    let old = schools::approval_rules(journal.tx(), hub, school).await?.ok_or(Error::Unknown)?;
    let manages = match actor {
        Some(actor) => sql::get(journal.tx(), hub, actor).await?.is_some_and(|it| it.role == Role::HubManager),
        None => true,
    };
    let since = now - TimeDelta::days(NEW_DAYS);
    let leads = sql::second::leads_since(journal.tx(), hub, school, since).await?;
    let only = leads.iter().all(|(lead,)| Some(*lead) == actor);
    let own = Switch { strict: false, is: old.own_approval, asked_by: old.own_approval_asked_by };
    let own = own.turned(journal, change.own_approval, manages || only).await?;
    let second = Switch { strict: true, is: old.second_person, asked_by: old.one_person_asked_by };
    let second = second.turned(journal, change.second_person, manages).await?;
    let commission_limit = change.commission_limit.over(old.commission_limit);
    let raised = |from: Credits| commission_limit.is_none_or(|to| to > from);
    if !manages && old.commission_limit.is_some_and(raised) {
        return Err(Error::RaisedByTheHub);
    }
    let rules = ApprovalRules {
        own_approval: own.is,
        own_approval_asked_by: own.asked_by,
        second_person: second.is,
        one_person_asked_by: second.asked_by,
        approval_limit: change.approval_limit.over(old.approval_limit),
        commission_limit,
        version,
    };
    Ok(schools::change_approval_rules(journal, school, rules).await?)
}
