//! Who takes part in the demonstration. The schools are real; the people are invented, and so are their
//! addresses, in domains that can't exist.

use std::collections::HashMap;

use super::{Error, line};
use crate::base::ids::{PartnerId, PersonId, SchoolId};
use crate::base::text::{Email, Urn};
use crate::booking::bookings::{Actor, Reach};
use crate::ledger::Journal;
use crate::members::people::{self, NewPerson, Person, Post};
use crate::members::schools;

/// The hub's first manager.
pub const MANAGER: (&str, &str) = ("Amara Osei", "amara.osei@hub.example");
/// A member of the board.
pub const VIEWER: (&str, &str) = ("Gwen Pritchard", "gwen.pritchard@hub.example");
/// A person of the partner.
pub const PARTNER: (&str, &str) = ("Tomasz Wilk", "tomasz.wilk@partner.example");
/// The name of the partner.
pub const PARTNER_NAME: &str = "Example Leadership Trust";
/// The lead whose token is printed.
pub const LEAD: (&str, &str) = ("Ravi Menon", "ravi.menon@lampton.example");
/// The lead of another school whose token is printed.
pub const SECOND_LEAD: (&str, &str) = ("Siobhan Kelly", "siobhan.kelly@brentside.example");
/// The teacher whose token is printed.
pub const TEACHER: (&str, &str) = ("Noor Aziz", "noor.aziz@lampton.example");
/// The school that gives the programme, and whose people tokens are printed for.
pub const LAMPTON: &str = "136341";
/// The school whose statement is printed.
pub const CHISWICK: &str = "137907";

struct School {
    urn: &'static str,
    lead: (&'static str, &'static str),
    teachers: &'static [(&'static str, &'static str)],
}

const SCHOOLS: [School; 6] = [
    School {
        urn: LAMPTON,
        lead: LEAD,
        teachers: &[
            ("Ella Hart", "ella.hart@lampton.example"),
            TEACHER,
            ("Ben Adeyemi", "ben.adeyemi@lampton.example"),
        ],
    },
    School {
        urn: "101939",
        lead: SECOND_LEAD,
        teachers: &[("Leo Marsh", "leo.marsh@brentside.example"), ("Hana Sato", "hana.sato@brentside.example")],
    },
    School {
        urn: CHISWICK,
        lead: ("Peter Dunmore", "peter.dunmore@chiswick.example"),
        teachers: &[("Zadie Clarke", "zadie.clarke@chiswick.example"), ("Omar Haddad", "omar.haddad@chiswick.example")],
    },
    School {
        urn: "138983",
        lead: ("Ines Duarte", "ines.duarte@belmore.example"),
        teachers: &[("Kofi Mensah", "kofi.mensah@belmore.example")],
    },
    School {
        urn: "102520",
        lead: ("Martha Quill", "martha.quill@beavers.example"),
        teachers: &[("Jun Park", "jun.park@beavers.example")],
    },
    School {
        urn: "139869",
        lead: ("Dev Chandra", "dev.chandra@norwoodgreen.example"),
        teachers: &[("Alice Penrose", "alice.penrose@norwoodgreen.example")],
    },
];

/// Everyone, by first name, which no two share.
pub struct Cast(HashMap<String, Person>);

/// Adds everyone to a hub that has its schools, its manager and its partner.
pub async fn add_people(journal: &mut Journal, partner: PartnerId) -> Result<(), Error> {
    let mut posts = vec![(VIEWER, Post::HubViewer), (PARTNER, Post::Partner(partner))];
    let hub = journal.hub();
    for School { urn, lead, teachers } in SCHOOLS {
        let urn = Urn::parse(urn).map_err(Error::Words)?;
        let school = schools::by_urn(journal.tx(), hub, &urn).await?.ok_or_else(|| Error::missing(&urn))?;
        posts.push((lead, Post::SchoolLead(school.id)));
        posts.extend(teachers.iter().map(|teacher| (*teacher, Post::Teacher(school.id))));
    }
    for ((name, email), post) in posts {
        let (name, email) = (line(name)?, Email::parse(email).map_err(Error::Words)?);
        people::create(journal, NewPerson { name, email, post }).await?;
    }
    Ok(())
}

impl Cast {
    /// Everyone in the hub.
    pub async fn of(journal: &mut Journal) -> Result<Cast, Error> {
        let hub = journal.hub();
        let everyone = people::list(journal.tx(), hub, &people::Filter::default(), None, 200).await?;
        let first = |person: &Person| person.name.as_str().split(' ').next().unwrap_or_default().to_owned();
        Ok(Cast(everyone.into_iter().map(|person| (first(&person), person)).collect()))
    }

    /// The id of the person with this first name.
    pub fn id(&self, first_name: &str) -> Result<PersonId, Error> {
        Ok(self.person(first_name)?.id)
    }

    /// The school of the person with this first name.
    pub fn school(&self, first_name: &str) -> Result<SchoolId, Error> {
        self.person(first_name)?.school_id.ok_or_else(|| Error::missing(first_name))
    }

    /// The person with this first name as an actor, with the reach of their role.
    pub fn actor(&self, first_name: &str) -> Result<Actor, Error> {
        let person = self.person(first_name)?;
        let reach = match (person.role, person.school_id) {
            (people::Role::HubManager, _) => Reach::Hub,
            (people::Role::SchoolLead, Some(school)) => Reach::School(school),
            _ => Reach::Own,
        };
        Ok(Actor { person: Some(person.id), reach })
    }

    fn person(&self, first_name: &str) -> Result<&Person, Error> {
        self.0.get(first_name).ok_or_else(|| Error::missing(first_name))
    }
}
