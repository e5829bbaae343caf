//! Imports files of people, set-based: who is new is added, whose name is another is renamed, and whose role or school is
//! another is told: that is a move, which touches what they have booked. Importing a file twice changes nothing the second
//! time.
//!
//! A file is decided on before anything is written, so that it can be previewed: [`plan`] reads, [`import`] writes what
//! it decided.

mod file;

use std::collections::HashMap;

use chrono::TimeDelta;

pub use file::{Field, Options, Row, people as read};

use super::{INVITATION_DAYS, Person, Post, Role, sql};
use crate::base::csv_file::{self, BadRow, Faults, MOST_FAULTS, Reading};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::base::secret;
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::partners;
use crate::members::schools::{self, Mode, School};

/// A whole file of people.
pub type File = csv_file::Parsed<Field, Row>;

/// Whose people a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's; those of schools without one in their row are of this one, where it is given.
    Hub(Option<SchoolId>),
    /// Leads and teachers of this school alone.
    School(SchoolId),
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has bad rows, and nothing of it was imported.
    #[error("nothing was imported: {} of {rows} rows can't be taken", bad.rows())]
    BadRows {
        /// What is wrong with them, in file order.
        bad: Faults,
        /// How many rows the file has.
        rows: u64,
    },
    /// The school that is given for the whole file is not in the hub.
    #[error("there is no such school in the hub")]
    UnknownSchool,
    /// A person could not be renamed.
    #[error(transparent)]
    People(#[from] super::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What a file asks to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many rows the file has; the header and blank rows are not counted.
    pub rows: u64,
    /// Those who are new, with their lines.
    pub created: Vec<(u64, Row, Post)>,
    /// Those whose name is another, with their lines.
    pub renamed: Vec<(u64, Person, Line)>,
    /// Those who are as the file says, with their lines.
    pub unchanged: Vec<(u64, Person)>,
    /// Addresses that had to be cleaned: the first thousand, in file order.
    pub cleaned: Vec<BadRow>,
    /// Everything that is wrong with the rows that are left out, in file order.
    pub bad: Faults,
    /// How the file was read, and what was left unread.
    pub reading: Reading<Field>,
}

/// A link that was made for somebody of a file.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The line of the file.
    pub line: u64,
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: Line,
    /// Their address.
    pub email: Email,
    /// The secret of the link, of which only the digest is kept.
    pub secret: String,
}

/// Decides on every row of a file that was read; nothing is written.
pub async fn plan(tx: &mut Tx, hub: HubId, file: &File, reach: Reach, today: chrono::NaiveDate) -> Result<Plan, Error> {
    let places = Places::of(tx, hub, today).await?;
    if let Reach::Hub(Some(school)) | Reach::School(school) = reach
        && !places.schools.contains_key(&school)
    {
        return Err(Error::UnknownSchool);
    }
    let emails: Vec<Email> = file.good.iter().map(|row| row.value.email.clone()).collect();
    let known: HashMap<String, Person> = super::by_emails(tx, hub, &emails)
        .await?
        .into_iter()
        .map(|person| (person.email.canonical(), person))
        .collect();
    let mut plan = Plan {
        rows: file.rows,
        created: Vec::new(),
        renamed: Vec::new(),
        unchanged: Vec::new(),
        cleaned: Vec::new(),
        bad: Faults::default(),
        reading: file.reading.clone(),
    };
    for csv_file::Row { line, value } in &file.good {
        let told = |(field, code, reason): Wrong| file.told(*line, field, code, &reason);
        if let Some(from) = &value.cleaned_from
            && plan.cleaned.len() < MOST_FAULTS
        {
            plan.cleaned.push(told((Field::Email, "cleaned", format!("{from:?} was read as {}", value.email))));
        }
        let post = match places.post(value, reach) {
            Ok(post) => post,
            Err(wrong) => {
                plan.bad.push(told(wrong));
                continue;
            }
        };
        match known.get(&value.email.canonical()) {
            None => plan.created.push((*line, value.clone(), post)),
            Some(person) => match standing(person, post, reach) {
                Err(wrong) => plan.bad.push(told(wrong)),
                Ok(()) if person.name == value.name => plan.unchanged.push((*line, person.clone())),
                Ok(()) => plan.renamed.push((*line, person.clone(), value.name.clone())),
            },
        }
    }
    plan.bad.append(file.bad.clone());
    Ok(plan)
}

/// A field that can't be taken: its code, and why.
type Wrong = (Field, &'static str, String);

/// Whether somebody who is there is where the file says.
fn standing(person: &Person, post: Post, reach: Reach) -> Result<(), Wrong> {
    if let Reach::School(own) = reach
        && person.school_id != Some(own)
    {
        return Err((Field::Email, "address_taken", "somebody else in the hub has this address".to_owned()));
    }
    if person.disabled_at.is_some() {
        let reason = "expected somebody who is not disabled: the hub enables them".to_owned();
        return Err((Field::Email, "disabled", reason));
    }
    let (role, school, _) = post.parts();
    if Post::of(person) == Some(post) {
        return Ok(());
    }
    if school.is_some() && person.school_id.is_some() && person.school_id != school {
        let reason = "they are at another school: move them, which says what becomes of their bookings".to_owned();
        return Err((Field::School, "other_school", reason));
    }
    let (is, said) = (file::said(person.role), file::said(role));
    let reason = format!("they are {is} there, not {said}: give them another role");
    Err((Field::Role, "other_role", reason))
}

/// The schools and partners of a hub, by what a file may call them.
struct Places {
    schools: HashMap<SchoolId, School>,
    by_urn: HashMap<String, SchoolId>,
    by_name: HashMap<String, Vec<SchoolId>>,
    partners: HashMap<String, crate::base::ids::PartnerId>,
    today: chrono::NaiveDate,
}

impl Places {
    async fn of(tx: &mut Tx, hub: HubId, today: chrono::NaiveDate) -> Result<Places, db::Error> {
        let schools = schools::every(tx, hub).await?;
        let mut by_name: HashMap<String, Vec<SchoolId>> = HashMap::new();
        for school in &schools {
            by_name.entry(school.details.name.key()).or_default().push(school.id);
        }
        let by_urn = schools.iter().map(|school| (school.details.urn.to_string(), school.id)).collect();
        let partners = partners::every(tx, hub).await?;
        Ok(Places {
            by_urn,
            by_name,
            schools: schools.into_iter().map(|school| (school.id, school)).collect(),
            partners: partners.into_iter().map(|partner| (partner.name.key(), partner.id)).collect(),
            today,
        })
    }

    /// The post that a row names, as far as the importer's rights reach.
    fn post(&self, row: &Row, reach: Reach) -> Result<Post, Wrong> {
        let of_school = matches!(row.role, Role::SchoolLead | Role::Teacher);
        let school = match (&row.school, reach) {
            (Some(said), Reach::Hub(_)) if of_school => Some(self.school(said)?),
            (Some(said), Reach::School(own)) => {
                let named = self.school(said).ok().filter(|named| *named == own);
                let reason = || format!("expected your own school, found {:?}", said.as_str());
                Some(named.ok_or_else(|| (Field::School, "other_school", reason()))?)
            }
            (Some(said), Reach::Hub(_)) => {
                let reason = format!("expected no school for a {}, found {:?}", file::said(row.role), said.as_str());
                return Err((Field::School, "no_school", reason));
            }
            (None, Reach::School(own)) => Some(own),
            (None, Reach::Hub(given)) => given.filter(|_| of_school),
        };
        let partner = match &row.partner {
            Some(said) if row.role == Role::Partner => {
                let reason = || format!("expected the name of a partner of the hub, found {:?}", said.as_str());
                let found = self.partners.get(&said.key()).copied();
                Some(found.ok_or_else(|| (Field::Partner, "unknown_partner", reason()))?)
            }
            _ => None,
        };
        if matches!(reach, Reach::School(_)) && !of_school {
            let reason = "expected Teacher or CPD lead: everybody else is the hub's".to_owned();
            return Err((Field::Role, "role_of_the_hub", reason));
        }
        Post::new(row.role, school, partner).map_err(|(field, reason)| {
            let field = if field == "partner_id" { Field::Partner } else { Field::School };
            (field, "empty", reason.to_owned())
        })
    }

    /// The school of a URN or a name.
    fn school(&self, said: &Line) -> Result<SchoolId, Wrong> {
        let named = || self.by_name.get(&said.key()).map_or(&[][..], Vec::as_slice);
        let by_id = || said.as_str().parse().ok().map(SchoolId).filter(|id| self.schools.contains_key(id));
        let found = match self.by_urn.get(said.as_str()).copied().or_else(by_id) {
            Some(found) => found,
            None => match named() {
                [only] => *only,
                [] => {
                    let reason = format!("expected the URN or name of a school of the hub, found {:?}", said.as_str());
                    return Err((Field::School, "unknown_school", reason));
                }
                several => {
                    let reason = format!("{} schools are called {:?}: give the URN", several.len(), said.as_str());
                    return Err((Field::School, "ambiguous_school", reason));
                }
            },
        };
        let school = self.schools.get(&found);
        let gone = school.is_some_and(|school| school.successor_id.is_some())
            || school.and_then(|school| school.details.left_on).is_some_and(|left| left <= self.today);
        if gone {
            let reason = format!("expected a school that is a member of the hub, {:?} is none any more", said.as_str());
            return Err((Field::School, "school_left", reason));
        }
        Ok(found)
    }
}

/// Writes what a plan says, all of it or nothing. Those whose names are others must be renamed by the caller, with their
/// certificates. With `invite`, whoever of the file has not signed in yet gets a link; earlier links of theirs end.
pub async fn import(journal: &mut Journal, plan: &Plan, mode: Mode, invite: bool) -> Result<Vec<Invited>, Error> {
    if mode == Mode::All && !plan.bad.is_empty() {
        return Err(Error::BadRows { bad: plan.bad.clone(), rows: plan.rows });
    }
    let created = create(journal, plan).await?;
    if !invite {
        return Ok(Vec::new());
    }
    let hub = journal.hub();
    let known = plan.unchanged.iter().map(|(line, person)| (*line, person));
    let renamed = plan.renamed.iter().map(|(line, person, _)| (*line, person));
    let known: Vec<(u64, &Person)> = known.chain(renamed).collect();
    let ids: Vec<PersonId> = known.iter().map(|(_, person)| person.id).collect();
    let signing_in = sql::importing::signing_in(journal.tx(), hub, &ids).await?;
    let not_in = known.into_iter().filter(|(_, person)| !signing_in.contains(&(person.id,)));
    let mut all: Vec<(u64, &Person)> = created.iter().map(|(line, person)| (*line, person)).chain(not_in).collect();
    all.sort_by_key(|(line, _)| *line);
    make_links(journal, &all).await
}

/// Adds those who are new; with the lines of the file.
async fn create(journal: &mut Journal, plan: &Plan) -> Result<Vec<(u64, Person)>, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let person = |row: &Row, post: &Post| {
        let (role, school_id, partner_id) = post.parts();
        Person {
            hub_id: hub,
            id: journal.new_id(),
            name: row.name.clone(),
            email: row.email.clone(),
            role,
            school_id,
            partner_id,
            disabled_at: None,
            erased_at: None,
            version: 1,
            created_at: now,
        }
    };
    let created: Vec<(u64, Person)> = plan.created.iter().map(|(line, row, post)| (*line, person(row, post))).collect();
    let new: Vec<&Person> = created.iter().map(|(_, person)| person).collect();
    sql::importing::insert(journal.tx(), &new, by).await?.exactly(new.len())?;
    for person in &new {
        let change = Change::new(Kind::PersonCreated, person.id);
        journal.changed(change.school(person.school_id).partner(person.partner_id));
    }
    Ok(created)
}

/// Makes a link for each of these people of a file, in place of the links that they have.
async fn make_links(journal: &mut Journal, people: &[(u64, &Person)]) -> Result<Vec<Invited>, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let invited: Vec<Invited> = people
        .iter()
        .map(|(line, person)| Invited {
            line: *line,
            person: person.id,
            name: person.name.clone(),
            email: person.email.clone(),
            secret: secret::new(),
        })
        .collect();
    let links: Vec<(uuid::Uuid, PersonId, [u8; 32])> =
        invited.iter().map(|invited| (journal.new_id(), invited.person, secret::digest(&invited.secret))).collect();
    let expires = now + TimeDelta::days(INVITATION_DAYS);
    sql::importing::end_invitations(journal.tx(), hub, &links, now).await?.any();
    sql::importing::invite(journal.tx(), hub, &links, (by, now), expires).await?.exactly(links.len())?;
    invited.iter().for_each(|invited| journal.changed(Change::new(Kind::PersonInvited, invited.person)));
    Ok(invited)
}
