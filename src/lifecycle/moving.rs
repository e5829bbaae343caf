//! Moving: somebody gets another role, or goes to another school or partner of the hub.
//!
//! Places that they have stay with the school that paid, whose leads are told and may let somebody else take them over;
//! what they book from then on their new school pays. Their requests and waiting-list entries at the old school end, and
//! what was held for them goes back: that school would decide on, and pay, a place for somebody who is none of its own.
//! They deputise for nobody there any more. Their CPD record, certificates and unused tickets go along.

use chrono::NaiveDate;

use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::base::seal::Form;
use crate::base::text::{Email, Line};
use crate::booking::bookings::{self, OpenBooking, State};
use crate::ledger::Journal;
use crate::ledger::audit::{self, Entry, Origin};
use crate::lifecycle::leaving;
use crate::lifecycle::quote::Quote;
use crate::members::logins;
use crate::members::partners;
use crate::members::people::{self, Person, Post, Role, addresses};
use crate::members::schools;
use crate::messages::notices::{self, Kind, Notice};
use crate::programme::tickets;

/// Why somebody can't move.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person's record does not allow it.
    #[error(transparent)]
    People(#[from] people::Error),
    /// Their bookings could not be ended.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// What would be done now is no longer what the caller saw.
    #[error("something has changed since the preview: look at it again")]
    QuoteExpired,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What a move would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The person as they are.
    pub person: Person,
    /// What they would be.
    pub post: Post,
    /// Requests and waiting-list entries that would end.
    pub ends: Vec<OpenBooking>,
    /// Places that would stay with the schools that paid.
    pub stays: Vec<OpenBooking>,
}

impl Preview {
    /// What would come back to the wallets of schools.
    pub fn returned(&self) -> Credits {
        self.ends.iter().fold(Credits::ZERO, |sum, booking| sum + booking.held)
    }

    /// Stands for all of it.
    pub fn quote(&self) -> Quote {
        let (role, school, partner) = self.post.parts();
        let form = Form::of("hub-credits/move/1")
            .id(self.person.id.0)
            .number(self.person.version)
            .words(role.as_str())
            .id(school.map(|school| school.0))
            .id(partner.map(|partner| partner.0));
        let bookings = self.ends.iter().chain(&self.stays);
        Quote::of(bookings.fold(form, |form, booking| form.id(booking.id.0).number(booking.version)))
    }
}

/// What giving a person this post would do; refused where [`appoint`] would be.
pub async fn preview(tx: &mut Tx, hub: HubId, id: PersonId, post: Post, today: NaiveDate) -> Result<Preview, Error> {
    let person = people::get(tx, hub, id).await?.ok_or(people::Error::Unknown)?;
    people::require_possible(tx, &person, post, today).await?;
    let (_, school, _) = post.parts();
    let open = bookings::open_of(tx, hub, id).await?.into_iter().filter(|booking| Some(booking.school_id) != school);
    let (stays, ends) = open.partition(|booking| booking.state == State::Confirmed);
    Ok(Preview { person, post, ends, stays })
}

/// Gives a person another post; where a quote is given, only if it still holds. To the post that they have it changes
/// nothing.
pub async fn appoint(journal: &mut Journal, id: PersonId, post: Post, quote: Option<&Quote>) -> Result<Person, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    if let Some(quote) = quote
        && preview(journal.tx(), hub, id, post, today).await?.quote() != *quote
    {
        return Err(Error::QuoteExpired);
    }
    let Some((before, after)) = people::appoint(journal, id, post).await? else {
        return Ok(people::get(journal.tx(), hub, id).await?.ok_or(people::Error::Unknown)?);
    };
    people::dismiss_deputies(journal, id).await?;
    if after.school_id != before.school_id {
        if let Some(school) = after.school_id {
            tickets::go_along(journal, id, school).await?;
        }
        let mut places = bookings::leave(journal, id).await?;
        places.retain(|place| Some(place.school_id) != after.school_id);
        leaving::tell_of_places(journal, &places, Kind::DelegateMoved).await?;
        tell_leads(journal, &after, before.school_id, Kind::PersonLeft).await?;
        tell_leads(journal, &after, after.school_id, Kind::PersonJoined).await?;
    }
    if journal.actor() != Some(id) {
        let subject = what_changed(journal.tx(), (&before, &after)).await?;
        notices::tell(journal, &[Notice { subject, ..Notice::new(id, Kind::RecordChanged) }]).await?;
    }
    Ok(after)
}

/// What of a record has changed, in words: the role, and the school or partner.
async fn what_changed(tx: &mut Tx, (before, after): (&Person, &Person)) -> Result<Option<Line>, db::Error> {
    let mut changed = Vec::new();
    if before.role != after.role {
        let role = match after.role {
            Role::HubManager => "hub manager",
            Role::HubViewer => "hub viewer",
            Role::SchoolLead => "CPD lead",
            Role::Teacher => "teacher",
            Role::Partner => "partner",
        };
        changed.push(format!("your role is {role} now"));
    }
    if let Some(school) = after.school_id.filter(|_| after.school_id != before.school_id)
        && let Some(school) = schools::get(tx, after.hub_id, school).await?
    {
        changed.push(format!("your school is {} now", school.details.name));
    }
    if let Some(partner) = after.partner_id.filter(|_| after.partner_id != before.partner_id)
        && let Some(partner) = partners::get(tx, after.hub_id, partner).await?
    {
        changed.push(format!("you are with {} now", partner.name));
    }
    Ok(Line::beginning(&changed.join(", and ")))
}

/// Tells the leads of a school of somebody who comes or goes.
async fn tell_leads(
    journal: &mut Journal,
    person: &Person,
    school: Option<SchoolId>,
    kind: Kind,
) -> Result<(), db::Error> {
    let Some(school) = school else { return Ok(()) };
    let (hub, actor) = (journal.hub(), journal.actor());
    let leads = people::leads(journal.tx(), hub, &[school]).await?;
    let told = leads.into_iter().filter(|lead| *lead != person.id && Some(*lead) != actor);
    let notices: Vec<Notice> = told.map(|lead| Notice { about: Some(person.id), ..Notice::new(lead, kind) }).collect();
    notices::tell(journal, &notices).await
}

/// Gives a person the new address that they have confirmed, with how they sign in, and tells them, at the old address too,
/// and the audit; their sessions end.
pub async fn readdress(journal: &mut Journal, id: PersonId, email: Email, origin: &Origin) -> Result<Person, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let before = people::get(journal.tx(), hub, id).await?.ok_or(people::Error::Unknown)?;
    let after = addresses::change(journal, id, email).await?;
    logins::moving::moved(journal.tx(), (hub, id), (&before.email, &after.email), now).await?;
    let (old, new) = (before.email.as_str(), after.email.as_str());
    let to_old = Line::beginning(&format!("letters go to {new}, and no longer to {old}"));
    let to_new = Line::beginning(&format!("letters come to {new} from now on"));
    let changed = |subject| Notice { subject, ..Notice::new(id, Kind::RecordChanged) };
    notices::tell_at(journal, &before.email, &changed(to_old)).await?;
    notices::tell(journal, &[changed(to_new)]).await?;
    let told = Entry::done("address_confirmed", id, origin.clone(), now).to_person(id);
    audit::note(journal.tx(), hub, &[told]).await?;
    Ok(after)
}
