//! Types of ticket: which programmes they cover, how long they are valid, and when a cancelled place gives the ticket
//! back.

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::Serialize;

use super::{Error, sql};
use crate::base::db::types::{stored_text, words};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PriorityId, ProgrammeId, TicketTypeId};
use crate::base::text::{Change, Line};
use crate::ledger::Journal;
use crate::ledger::changes;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::policy::{Basis, Policy, Tier};
use crate::programme::programmes::{self, Flaw, Kind, priorities};

/// A type of ticket.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct TicketType {
    /// The id of the ticket type.
    pub id: TicketTypeId,
    /// The terms of the type.
    #[sqlx(flatten)]
    #[serde(flatten)]
    #[schema(inline)]
    pub terms: Terms,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the type was added.
    pub created_at: DateTime<Utc>,
}

/// The terms that a type sets for its tickets.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Terms {
    /// The type's name, unique in the hub.
    pub name: Line,
    /// The programmes on which a ticket pays for a place.
    pub covers: Coverage,
    /// For how many months after its issue a ticket can book a place; null for ever.
    pub valid_months: Option<i64>,
    /// Whether cancelling gives the ticket back.
    #[schema(value_type = TicketReturn)]
    pub returns: Returns,
    /// Whether a teacher's booking by ticket is a request to their lead, like any other booking of theirs.
    pub needs_approval: bool,
}

/// What may be changed of a type; what is left out stays. Tickets already issued keep their last day and their return
/// rule; what they cover, and whether they need approval, follows the type.
#[derive(Clone, Debug, Default)]
pub struct TypeChange {
    /// The type's new name.
    pub name: Option<Line>,
    /// The programmes that the type is to cover.
    pub covers: Option<Coverage>,
    /// For how many months a ticket is valid.
    pub valid_months: Change<i64>,
    /// Whether cancelling gives the ticket back.
    pub returns: Option<Returns>,
    /// Whether a lead must approve.
    pub needs_approval: Option<bool>,
}

/// The most months for which a ticket may be valid.
pub const MOST_MONTHS: i64 = 120;
/// The most programmes, or priorities, that a type may name.
pub const MOST_NAMED: usize = 200;

/// The programmes that a ticket covers: those that are listed, and those that are of one of the kinds and serve one of
/// the priorities, where there are kinds or priorities; if one of these two lists is empty, only the other is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Programmes covered individually.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub programme_ids: Vec<ProgrammeId>,
    /// The kinds of programme covered.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// The priorities covered: lines of the Hub Action Plan.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub priority_ids: Vec<PriorityId>,
}

/// What decides whether a programme is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The programme's id.
    pub programme: ProgrammeId,
    /// The programme's kind.
    pub kind: Kind,
    /// The priority that the programme serves.
    pub priority: Option<PriorityId>,
}

impl Covered {
    /// What decides it of an event in the catalogue.
    pub fn of(entry: &Entry) -> Covered {
        Covered { programme: entry.programme_id, kind: entry.kind, priority: entry.priority_id }
    }
}

impl Coverage {
    /// Whether the programme is covered.
    pub fn covers(&self, of: Covered) -> bool {
        let fits = (self.kinds.is_empty() || self.kinds.contains(&of.kind))
            && (self.priority_ids.is_empty() || of.priority.is_some_and(|id| self.priority_ids.contains(&id)));
        let asks = !self.kinds.is_empty() || !self.priority_ids.is_empty();
        self.programme_ids.contains(&of.programme) || (asks && fits)
    }

    /// Reads the text of [`Coverage::as_str`].
    pub fn parse(text: &str) -> Result<Coverage, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The coverage as JSON: what is stored.
    pub fn as_str(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn sorted(mut self) -> Coverage {
        self.programme_ids.sort_unstable();
        self.programme_ids.dedup();
        self.kinds.sort_unstable();
        self.kinds.dedup();
        self.priority_ids.sort_unstable();
        self.priority_ids.dedup();
        self
    }
}

stored_text!(Coverage);

/// Whether cancelling a confirmed place gives the ticket back. A booking that was never confirmed, or that others ended
/// (declined, expired, cancelled by the hub), always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(into = "TicketReturn")]
pub enum Returns {
    /// Until the event begins.
    Always,
    /// Never: the ticket is used up.
    Never,
    /// While at least this many days are left before the first session.
    DaysBefore(u16),
}

words!(/** The rules of return. */ ReturnRule {
    /// Until the event begins.
    Always = "always",
    /// While days are left before the first session.
    DaysBefore = "days_before",
    /// Never: the ticket is used up.
    Never = "never",
});

/// Whether cancelling a confirmed place gives the ticket back. A request, a waiting-list entry, and a booking that
/// others ended (declined, expired, cancelled by the hub) always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketReturn {
    /// When a cancelled place gives the ticket back.
    pub rule: ReturnRule,
    /// With `days_before`: at least this many whole days before the first session.
    #[schema(minimum = 0, maximum = 65535)]
    pub days: Option<u16>,
}

impl From<Returns> for TicketReturn {
    fn from(returns: Returns) -> Self {
        let (rule, days) = match returns {
            Returns::Always => (ReturnRule::Always, None),
            Returns::Never => (ReturnRule::Never, None),
            Returns::DaysBefore(days) => (ReturnRule::DaysBefore, Some(days)),
        };
        TicketReturn { rule, days }
    }
}

impl TicketReturn {
    /// The rule, with days where it needs them and only there.
    pub fn checked(self) -> Result<Returns, &'static str> {
        match (self.rule, self.days) {
            (ReturnRule::Always, None) => Ok(Returns::Always),
            (ReturnRule::Never, None) => Ok(Returns::Never),
            (ReturnRule::DaysBefore, Some(days)) => Ok(Returns::DaysBefore(days)),
            (ReturnRule::DaysBefore, None) => Err("is needed for days_before"),
            (ReturnRule::Always | ReturnRule::Never, Some(_)) => Err("goes only with days_before"),
        }
    }
}

impl Returns {
    /// The rule as the cancellation policy of a booking by ticket, in place of the event's: either all is refunded to
    /// the hub, and the ticket goes back to its person, or nothing.
    pub fn policy(self) -> Policy {
        let all_until = |days| vec![Tier::percent(days, 100)];
        let tiers = match self {
            Returns::Always => all_until(0),
            Returns::Never => Vec::new(),
            Returns::DaysBefore(days) => all_until(days),
        };
        Policy::new(Basis::CalendarDays, tiers).unwrap_or_default()
    }

    /// Reads the text of [`Returns::as_str`].
    pub fn parse(text: &str) -> Result<Returns, String> {
        match (text, text.strip_prefix("days_before:").map(str::parse)) {
            ("always", _) => Ok(Returns::Always),
            ("never", _) => Ok(Returns::Never),
            (_, Some(Ok(days))) => Ok(Returns::DaysBefore(days)),
            _ => Err("must be always, never or days_before:N".to_owned()),
        }
    }

    /// The rule as text, as it is stored.
    pub fn as_str(self) -> String {
        match self {
            Returns::Always => "always".to_owned(),
            Returns::Never => "never".to_owned(),
            Returns::DaysBefore(days) => format!("days_before:{days}"),
        }
    }
}

stored_text!(Returns);

impl Terms {
    /// The last day of a ticket issued on `day`.
    pub fn valid_until(&self, day: NaiveDate) -> Option<NaiveDate> {
        day.checked_add_months(Months::new(u32::try_from(self.valid_months?).ok()?))
    }

    async fn flaws(&self, tx: &mut Tx, hub: HubId) -> Result<Vec<Flaw>, db::Error> {
        let (mut flaws, covers) = (Vec::new(), &self.covers);
        if self.valid_months.is_some_and(|months| !(1..=MOST_MONTHS).contains(&months)) {
            flaws.push(Flaw::invalid("/valid_months", format!("must be 1 to {MOST_MONTHS}")));
        }
        if *covers == Coverage::default() {
            flaws.push(Flaw::invalid("/covers", "must name a programme, a kind or a priority"));
        }
        for (named, field) in
            [(covers.programme_ids.len(), "programme_ids"), (covers.priority_ids.len(), "priority_ids")]
        {
            if named > MOST_NAMED {
                flaws.push(Flaw::invalid(format!("/covers/{field}"), format!("must be at most {MOST_NAMED}")));
                return Ok(flaws);
            }
        }
        for (n, id) in covers.programme_ids.iter().enumerate() {
            if programmes::get(tx, hub, *id).await?.is_none() {
                flaws.push(Flaw::unknown(format!("/covers/programme_ids/{n}"), "is not a programme of the hub"));
            }
        }
        for (n, id) in covers.priority_ids.iter().enumerate() {
            if priorities::get(tx, hub, *id).await?.is_none() {
                flaws.push(Flaw::unknown(format!("/covers/priority_ids/{n}"), "is not a priority of the hub"));
            }
        }
        Ok(flaws)
    }
}

/// Adds a type of ticket to the hub.
pub async fn create_type(journal: &mut Journal, terms: Terms) -> Result<TicketType, Error> {
    let hub = journal.hub();
    let flaws = terms.flaws(journal.tx(), hub).await?;
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    let terms = Terms { covers: terms.covers.sorted(), ..terms };
    let added = TicketType { id: journal.new_id(), terms, version: 1, created_at: journal.now() };
    match sql::insert_type(journal.tx(), hub, &added).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        outcome => {
            outcome?.exactly(1)?;
            journal.changed(changes::Change::new(changes::Kind::TicketTypeCreated, added.id));
            Ok(added)
        }
    }
}

/// One type of ticket of the hub.
pub async fn get_type(tx: &mut Tx, hub: HubId, id: TicketTypeId) -> Result<Option<TicketType>, db::Error> {
    sql::get_type(tx, hub, id).await
}

/// A page of types in the order of their ids.
pub async fn list_types(
    tx: &mut Tx,
    hub: HubId,
    after: Option<TicketTypeId>,
    limit: i64,
) -> Result<Vec<TicketType>, db::Error> {
    sql::list_types(tx, hub, after, limit).await
}

/// Changes a type whose version the caller read.
pub async fn change_type(
    journal: &mut Journal,
    id: TicketTypeId,
    version: i64,
    change: TypeChange,
) -> Result<TicketType, Error> {
    let hub = journal.hub();
    let old = sql::get_type(journal.tx(), hub, id).await?.ok_or(Error::UnknownType)?;
    if old.version != version {
        return Err(Error::Stale);
    }
    let terms = Terms {
        name: change.name.unwrap_or(old.terms.name),
        covers: change.covers.unwrap_or(old.terms.covers),
        valid_months: change.valid_months.over(old.terms.valid_months),
        returns: change.returns.unwrap_or(old.terms.returns),
        needs_approval: change.needs_approval.unwrap_or(old.terms.needs_approval),
    };
    let flaws = terms.flaws(journal.tx(), hub).await?;
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    let changed = TicketType { terms: Terms { covers: terms.covers.sorted(), ..terms }, version: version + 1, ..old };
    match sql::update_type(journal.tx(), hub, &changed).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        outcome => {
            outcome?.exactly(1)?;
            journal.changed(changes::Change::new(changes::Kind::TicketTypeChanged, id));
            Ok(changed)
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::programme::programmes::policy::Refund;

    fn programme(n: u128, kind: Kind, priority: Option<u128>) -> Covered {
        Covered {
            programme: ProgrammeId(Uuid::from_u128(n)),
            kind,
            priority: priority.map(|n| PriorityId(Uuid::from_u128(n))),
        }
    }

    fn coverage(programmes: &[u128], kinds: &[Kind], priorities: &[u128]) -> Coverage {
        Coverage {
            programme_ids: programmes.iter().map(|n| ProgrammeId(Uuid::from_u128(*n))).collect(),
            kinds: kinds.to_vec(),
            priority_ids: priorities.iter().map(|n| PriorityId(Uuid::from_u128(*n))).collect(),
        }
    }

    #[test]
    fn a_programme_is_covered_by_name_or_by_kind_and_priority() {
        let (course, conference) = (Kind::CpdProgramme, Kind::Conference);
        let teaching_courses = coverage(&[9], &[course], &[1]);
        assert!(teaching_courses.covers(programme(2, course, Some(1))));
        assert!(teaching_courses.covers(programme(9, conference, None)), "by name, whatever it is");
        assert!(!teaching_courses.covers(programme(2, conference, Some(1))));
        assert!(!teaching_courses.covers(programme(2, course, Some(2))));
        assert!(!teaching_courses.covers(programme(2, course, None)));
        assert!(coverage(&[], &[course], &[]).covers(programme(2, course, None)));
        assert!(coverage(&[], &[], &[1]).covers(programme(2, conference, Some(1))));
        assert!(!coverage(&[9], &[], &[]).covers(programme(2, course, Some(1))), "a name asks for nothing else");
        assert!(!Coverage::default().covers(programme(2, course, Some(1))));
    }

    #[test]
    fn coverage_and_rules_come_back_from_their_text() {
        let covers = coverage(&[9, 2], &[Kind::Conference], &[1]);
        assert_eq!(Coverage::parse(&covers.as_str()).unwrap(), covers);
        for rule in [Returns::Always, Returns::Never, Returns::DaysBefore(0), Returns::DaysBefore(14)] {
            assert_eq!(Returns::parse(&rule.as_str()), Ok(rule));
        }
        for wrong in ["", "sometimes", "days_before", "days_before:", "days_before:-1", "days_before:70000"] {
            assert!(Returns::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_comes_back_or_nothing() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let whole = |rule: Returns, today| rule.policy().tier(day(today), day("2027-07-15")).map(|tier| tier.refund);
        let all = Some(Refund::Percent(100));
        assert_eq!(
            (whole(Returns::DaysBefore(14), "2027-07-01"), whole(Returns::DaysBefore(14), "2027-07-02")),
            (all, None)
        );
        assert_eq!((whole(Returns::Always, "2027-07-15"), whole(Returns::Never, "2027-01-01")), (all, None));
    }

    #[test]
    fn a_ticket_holds_for_months_from_its_day() {
        let terms = |months| Terms {
            name: Line::parse("Fabulinus Ticket").unwrap(),
            covers: Coverage::default(),
            valid_months: months,
            returns: Returns::Always,
            needs_approval: true,
        };
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(terms(Some(12)).valid_until(day("2026-10-05")), Some(day("2027-10-05")));
        assert_eq!(terms(Some(1)).valid_until(day("2027-01-31")), Some(day("2027-02-28")));
        assert_eq!(terms(None).valid_until(day("2027-01-31")), None);
    }
}
