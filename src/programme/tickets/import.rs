//! Imports files of tickets into the hub, set-based: one read each of the types, the people and who has a ticket, and
//! multi-row writes of the tickets. Importing a file twice changes nothing the second time.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::file::{Field, Row};
use super::types::TicketType;
use super::{Error, Ticket, issued, school_of, sql};
use crate::base::csv_file::{self, Faults, Parsed, Reading};
use crate::base::ids::{PersonId, SchoolId, TicketTypeId};
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::members::people::{self, Person};
use crate::members::schools::Mode;
use crate::messages::notices;

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many rows the file has; the header and blank rows are not counted.
    pub rows: u64,
    /// How many tickets were issued.
    pub issued: u64,
    /// Rows of people who have, or had, a ticket of the type that was used or can still be.
    pub unchanged: u64,
    /// Everything that is wrong with the rows that were left out, in file order.
    pub bad: Faults,
    /// How the file was read, and what was left unread.
    pub reading: Reading<Field>,
}

/// Issues the tickets of a file that was read before the hub's lock was taken: of the type in each row, or all of the
/// type `of`. People are found by address, types by name. Someone who has a ticket of the type that was used or can
/// still be is not given another.
pub async fn import(
    journal: &mut Journal,
    file: &Parsed<Field, Row>,
    of: Option<TicketTypeId>,
    mode: Mode,
) -> Result<Imported, Error> {
    let today = journal.today();
    let types = types(journal, file, of).await?;
    let people = people_of(journal, file).await?;
    let mut imported =
        Imported { rows: file.rows, issued: 0, unchanged: 0, bad: Faults::default(), reading: file.reading.clone() };

    let mut wanted = Vec::new();
    for csv_file::Row { line, value } in &file.good {
        let faults_before = imported.bad.count();
        let mut fault = |field: Field, code, reason: String| {
            imported.bad.push(file.told(*line, field, code, &reason));
        };
        let of = types.get(&value.ticket_type);
        if let (None, Some(name)) = (of, &value.ticket_type) {
            let reason = format!("expected the name of a type of ticket of the hub, found {:?}", name.as_str());
            fault(Field::TicketType, "unknown_ticket_type", reason);
        }
        if value.valid_until.is_some_and(|last| last < today) {
            fault(Field::ValidUntil, "in_the_past", format!("expected a day from {today} on"));
        }
        let person = people.get(&value.email);
        let school = person.and_then(school_of);
        match (person, school) {
            (Some(_), Some(_)) => {}
            (Some(_), None) => {
                let reason = format!("expected someone of a school who is not disabled, found {}", value.email);
                fault(Field::Email, "not_of_a_school", reason);
            }
            (None, _) => {
                let reason = format!("expected the address of someone of the hub, found {}", value.email);
                fault(Field::Email, "unknown_person", reason);
            }
        }
        if imported.bad.count() == faults_before
            && let (Some(of), Some(person), Some(school)) = (of, person, school)
        {
            wanted.push((of, person, school, value.valid_until));
        }
    }
    imported.bad.append(file.bad.clone());
    if mode == Mode::All && !imported.bad.is_empty() {
        return Err(Error::BadRows { bad: imported.bad, rows: imported.rows });
    }

    (imported.issued, imported.unchanged) = issue(journal, wanted).await?;
    Ok(imported)
}

/// A ticket that a row asks for: its type, the person, their school, and its last day.
type Wanted<'w> = (&'w TicketType, &'w Person, SchoolId, Option<NaiveDate>);

/// Issues the tickets to those who have none of the type yet; how many, and to how many there was nothing to issue.
async fn issue(journal: &mut Journal, wanted: Vec<Wanted<'_>>) -> Result<(u64, u64), Error> {
    let (hub, asked) = (journal.hub(), wanted.len());
    let holders = holders(journal, wanted.iter().map(|(of, person, ..)| (of.id, person.id))).await?;
    let new = wanted.into_iter().filter(|(of, person, ..)| !holders.contains(&(of.id, person.id)));
    let tickets: Vec<Ticket> =
        new.map(|(of, person, school, valid_until)| issued(journal, of, (person, school), valid_until)).collect();
    sql::insert(journal.tx(), hub, &tickets).await?.exactly(tickets.len())?;
    tickets.iter().for_each(|ticket| journal.changed(ticket.was_issued()));
    notices::tell(journal, &tickets.iter().map(Ticket::told).collect::<Vec<_>>()).await?;
    let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    Ok((count(tickets.len()), count(asked - tickets.len())))
}

/// The types of the file by their names; the one for the whole file stands for rows without a name.
async fn types(
    journal: &mut Journal,
    file: &Parsed<Field, Row>,
    of: Option<TicketTypeId>,
) -> Result<HashMap<Option<Line>, TicketType>, Error> {
    let hub = journal.hub();
    if let Some(of) = of {
        let of = sql::get_type(journal.tx(), hub, of).await?.ok_or(Error::UnknownType)?;
        return Ok(HashMap::from([(None, of)]));
    }
    let mut names: Vec<Line> = file.good.iter().filter_map(|row| row.value.ticket_type.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let types = sql::types_by_names(journal.tx(), hub, &names).await?;
    Ok(types.into_iter().map(|of| (Some(of.terms.name.clone()), of)).collect())
}

async fn people_of(journal: &mut Journal, file: &Parsed<Field, Row>) -> Result<HashMap<Email, Person>, Error> {
    let hub = journal.hub();
    let mut emails: Vec<Email> = file.good.iter().map(|row| row.value.email.clone()).collect();
    emails.sort_unstable();
    emails.dedup();
    let people = people::by_emails(journal.tx(), hub, &emails).await?;
    Ok(people.into_iter().map(|person| (person.email.clone(), person)).collect())
}

async fn holders(
    journal: &mut Journal,
    wanted: impl Iterator<Item = (TicketTypeId, PersonId)>,
) -> Result<HashSet<(TicketTypeId, PersonId)>, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let wanted: Vec<_> = wanted.collect();
    Ok(sql::holders(journal.tx(), hub, today, &wanted).await?.into_iter().collect())
}
