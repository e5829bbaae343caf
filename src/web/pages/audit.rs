//! The audit: who did what, when and from where.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::acts;
use super::form::{Filled, written};
use super::labels::{Labelled, labelled, options};
use super::router::Pages;
use super::shell::{Shell, page};
use super::whom::{self, Whom};
use super::words;
use crate::base::clock::{london_midnight, london_minute};
use crate::base::db::Tx;
use crate::base::ids::{HubId, PersonId};
use crate::base::text::{Day, Line};
use crate::ledger::audit::{self, Filter, Outcome, Record};
use crate::reports::{self, Named, Sight};
use crate::web::agent;
use crate::web::call::Call;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::{HUB, Roles};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/audit", HUB, list);
}

labelled!(Outcome {
    Done => "Done";
    Refused => "Refused", "warn";
    Failed => "Failed", "bad";
});

/// The address of a computer, as it is typed.
#[derive(Clone, Copy)]
struct Address(IpAddr);

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map(Address).map_err(|_| serde::de::Error::custom("must be an address such as 203.0.113.9"))
    }
}

crate::base::db::types::reports_errors!(Address);

/// What is looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    person_id: Option<PersonId>,
    /// A part of somebody's name, or their e-mail address.
    who: Option<Line>,
    act: Option<Line>,
    outcome: Option<Outcome>,
    address: Option<Address>,
    from: Option<Day>,
    until: Option<Day>,
    after: Option<String>,
}

/// A record as it is shown.
struct Row {
    when: String,
    act: String,
    /// The same in words, with the address of all that is like it.
    words: String,
    alike: String,
    target: String,
    detail: String,
    outcome: &'static str,
    tone: &'static str,
    /// Who did it, with the address of what they did.
    person: Option<(PersonId, String)>,
    by_key: bool,
    address: String,
    /// What their browser calls itself, in words and in full.
    program: String,
    agent: String,
}

#[derive(Template)]
#[template(path = "pages/audit.html")]
struct Audit {
    shell: Shell,
    filled: Filled,
    acts: Vec<(String, String)>,
    outcomes: Vec<(&'static str, &'static str)>,
    /// Those who are called as was typed, where that is not one: their pages of the audit, and their names.
    called: Option<Vec<(PersonId, String)>>,
    person: Option<String>,
    /// Whether these are records, and not those who could be meant.
    listed: bool,
    rows: Vec<Row>,
    query: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut query: Query = asked_for(&caller)?;
    let (before, limit) = (place_after::<(DateTime<Utc>, Uuid)>(&caller, query.after.as_deref()), Limit::default());
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let called = query.of_whom(&mut tx, hub).await?;
    let mut records = match called {
        Some(_) => Vec::new(),
        None => audit::list(&mut tx, hub, &query.filter(caller.now()), before, limit.and_one()).await?,
    };
    let next = next_page(&mut records, limit, caller.uri(), |last| (last.at, last.id));
    let people: HashSet<Uuid> =
        records.iter().filter_map(|record| record.person_id).chain(query.person_id).map(|id| id.0).collect();
    let names = reports::names(&mut tx, hub, Named::Person, people.into_iter().collect(), Sight::Hub).await?;
    drop(tx);
    let shell = Shell::of(&caller, "Audit", "/audit").await?;
    let person = query.person_id.map(|id| name(&names, id));
    let rows = records.into_iter().map(|record| Row::of(record, &names, &caller.app().roles)).collect();
    let (filled, outcomes) = (query.filled(), options::<Outcome>());
    let acts = acts::to_choose(&caller.app().roles, query.act.as_ref().map(Line::as_str));
    let (listed, query) = (called.is_none(), query.of_api());
    page(&caller, &Audit { shell, filled, acts, outcomes, called, person, listed, rows, query, next }).await
}

fn name(names: &HashMap<Uuid, String>, id: PersonId) -> String {
    names.get(&id.0).cloned().unwrap_or_else(|| "Somebody whose record was erased".to_owned())
}

impl Query {
    /// Looks for the person whose name or address was typed. Returns those who could be meant, where that is not one.
    async fn of_whom(&mut self, tx: &mut Tx, hub: HubId) -> Result<Option<Vec<(PersonId, String)>>, Problem> {
        let Some(who) = self.who.clone() else { return Ok(None) };
        match whom::called(tx, hub, who).await? {
            Whom::One(person, _) => {
                self.person_id = Some(person);
                Ok(None)
            }
            Whom::Several(found) => Ok(Some(found)),
        }
    }

    fn filter(&self, now: DateTime<Utc>) -> Filter {
        let (from, until) = self.span();
        Filter {
            person: self.person_id,
            address: self.address.map(|Address(address)| address),
            outcome: self.outcome,
            target: None,
            act: self.act.as_ref().map(|act| act.as_str().to_owned()),
            from: from.unwrap_or(DateTime::UNIX_EPOCH),
            until: until.unwrap_or_else(|| now + TimeDelta::days(1)),
        }
    }

    /// From the beginning of a day to the end of another, in London.
    fn span(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let until = self.until.and_then(|Day(day)| day.succ_opt());
        (self.from.map(|Day(day)| london_midnight(day)), until.map(london_midnight))
    }

    /// The same filters as the API takes them.
    fn of_api(&self) -> String {
        let (from, until) = self.span();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.person_id.map(|id| ("person_id", id.to_string())));
        query.extend_pairs(self.act.as_ref().map(|act| ("act", act.as_str())));
        query.extend_pairs(self.outcome.map(|outcome| ("outcome", outcome.as_str())));
        query.extend_pairs(self.address.map(|Address(address)| ("address", address.to_string())));
        query.extend_pairs(from.map(|from| ("from", from.format("%FT%TZ").to_string())));
        query.extend_pairs(until.map(|until| ("until", until.format("%FT%TZ").to_string())));
        query.finish()
    }

    fn filled(&self) -> Filled {
        let day = |day: Option<Day>| day.map_or_else(String::new, |Day(day)| day.to_string());
        let line = |line: &Option<Line>| line.as_ref().map_or_else(String::new, |line| line.as_str().to_owned());
        Filled::with([
            ("person_id", self.person_id.map_or_else(String::new, |id| id.to_string())),
            ("act", line(&self.act)),
            ("outcome", self.outcome.map_or("", Outcome::as_str).to_owned()),
            ("who", line(&self.who)),
            ("address", self.address.map_or_else(String::new, |Address(address)| address.to_string())),
            ("from", day(self.from)),
            ("until", day(self.until)),
        ])
    }
}

impl Row {
    fn of(record: Record, names: &HashMap<Uuid, String>, roles: &Roles) -> Row {
        let minute = london_minute(record.at);
        Row {
            when: format!("{}, {}", words::short_day_of(record.at), minute.split(' ').next_back().unwrap_or_default()),
            words: acts::in_words(roles, &record.act),
            alike: written([("act", Some(record.act.clone()))]),
            act: record.act,
            target: record.target.unwrap_or_default(),
            detail: record.detail.unwrap_or_default(),
            outcome: record.outcome.label(),
            tone: record.outcome.tone(),
            person: record.person_id.map(|id| (id, name(names, id))),
            by_key: record.key_id.is_some(),
            address: record.address.unwrap_or_default(),
            program: record.agent.as_deref().map(agent::in_words).unwrap_or_default(),
            agent: record.agent.unwrap_or_default(),
        }
    }
}
