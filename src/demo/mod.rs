//! The demonstration: a hub of real schools that has allocated a year, met, published events and filled one of them. It is
//! made by the service's own operations, and told in tables.
//!
//! The schools and their pupils are those of `lwa-members-2014.csv`, which contains public sector
//! information licensed under the Open Government Licence v3.0. The people are invented.

mod calendar;
mod cast;
mod commission;
mod meeting;
mod news;
mod offer;
mod support;
pub mod table;
mod told;

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::clock::{Clock, london_date};
use crate::base::db::{self, Db, Tx};
use crate::base::ids::{BookingId, HubId, PersonId, TicketId};
use crate::base::text::{Email, Line, Urn};
use crate::base::year::AcademicYear;
use crate::booking::bookings::{self, Outcome, Refusal, What};
use crate::booking::{announcements, evaluations, organising, registers};
use crate::credits::allocation;
use crate::ledger::audit::Origin;
use crate::ledger::{self, Journal, Marks};
use crate::members::hubs::{self, Hub};
use crate::members::partners;
use crate::members::people::{self, Role};
use crate::members::schools::{self, Field, Mode, Options};
use crate::members::years;
use crate::programme::programmes;
use crate::programme::tickets;
use crate::support::{commissions, offers, rate_card};
use calendar::Days;
use cast::Cast;
use offer::Offer;

pub use told::tell;

/// The demonstration's hub.
pub const HUB: &str = "London West Hub";

/// The hub's schools, as they were imported.
const SCHOOLS: &[u8] = include_bytes!("lwa-members-2014.csv");

/// The census at which the pupils were counted.
const CENSUS: Option<NaiveDate> = NaiveDate::from_ymd_opt(2023, 1, 19);

/// Why the demonstration can't be made or told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the demonstration made itself is missing.
    #[error("the demonstration has no {0}")]
    Missing(String),
    /// One of its own texts is invalid.
    #[error("the demonstration says {0}")]
    Words(String),
    /// A booking of the story was refused.
    #[error("a booking of the demonstration was refused: {0}")]
    Refused(#[from] Refusal),
    /// A module refused.
    #[error(transparent)]
    Hub(#[from] hubs::Error),
    /// A module refused.
    #[error(transparent)]
    People(#[from] people::Error),
    /// A module refused.
    #[error(transparent)]
    Partners(#[from] partners::Error),
    /// A module refused.
    #[error(transparent)]
    Schools(#[from] schools::Error),
    /// A module refused.
    #[error(transparent)]
    Years(#[from] years::Error),
    /// A module refused.
    #[error(transparent)]
    Allocation(#[from] allocation::Error),
    /// A module refused.
    #[error(transparent)]
    Programmes(#[from] programmes::Error),
    /// A module refused.
    #[error(transparent)]
    Organising(#[from] organising::Error),
    /// A module refused.
    #[error(transparent)]
    RateCard(#[from] rate_card::Error),
    /// A module refused.
    #[error(transparent)]
    Offers(#[from] offers::Error),
    /// A module refused.
    #[error(transparent)]
    Commissions(#[from] commissions::Refusal),
    /// A module refused.
    #[error(transparent)]
    Tickets(#[from] tickets::Error),
    /// A module refused.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// A module refused.
    #[error(transparent)]
    Registers(#[from] registers::Error),
    /// A module refused.
    #[error(transparent)]
    Evaluations(#[from] evaluations::Error),
    /// A module refused.
    #[error(transparent)]
    Announcements(#[from] announcements::Error),
    /// A module refused.
    #[error(transparent)]
    News(#[from] crate::news::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Error {
    fn missing(what: impl ToString) -> Error {
        Error::Missing(what.to_string())
    }
}

/// What a database holds, from the demonstration's point of view.
#[derive(Clone, Debug)]
pub enum Holding {
    /// No hub at all.
    Nothing,
    /// A complete demonstration, and nothing else.
    Demonstration(Box<Hub>),
    /// An unfinished demonstration, and nothing else.
    Unfinished,
    /// Other hubs.
    Others,
}

/// How many steps [`build`] reports.
pub const STEPS: u64 = 29;

/// What the database holds, from the demonstration's point of view.
pub async fn holding(tx: &mut Tx) -> Result<Holding, Error> {
    let hubs = hubs::list(tx, None, 2).await?;
    let [hub] = hubs.as_slice() else {
        return Ok(if hubs.is_empty() { Holding::Nothing } else { Holding::Others });
    };
    let manager = Email::parse(cast::MANAGER.1).map_err(Error::Words)?;
    if hub.name.as_str() != HUB || people::by_email(tx, &manager).await?.is_empty() {
        return Ok(Holding::Others);
    }
    // The cancellation is the story's last chapter.
    let cancelled = bookings::Filter { state: Some(bookings::State::Cancelled), ..bookings::Filter::default() };
    let told = bookings::list(tx, hub.id, cancelled, None, 1).await?;
    Ok(if told.is_empty() { Holding::Unfinished } else { Holding::Demonstration(Box::new(hub.clone())) })
}

/// Makes the demonstration in a migrated database without hubs. `step` is told what is done next.
pub async fn build(db: &Db, marks: &Marks, clock: &Clock, mut step: impl FnMut(&'static str)) -> Result<Hub, Error> {
    let days = calendar::days(london_date(clock.now())).ok_or_else(|| Error::missing("days to come"))?;
    let email = Email::parse(cast::MANAGER.1).map_err(Error::Words)?;
    step("founding the hub");
    let (hub, _) =
        people::found_hub(db, line(HUB)?, line(cast::MANAGER.0)?, email.clone(), &Origin::default(), clock.now())
            .await?;
    let manager =
        people::by_email(&mut db.read(hub.id).await?, &email).await?.pop().ok_or_else(|| Error::missing(&email))?;
    let by_manager = async || open(db, marks, hub.id, manager.id, clock.now()).await;

    step("importing the schools");
    let mut journal = by_manager().await?;
    let hub = settle(&mut journal, &hub).await?;
    let columns = [(Field::EstablishmentType, "school_type"), (Field::LocalAuthority, "la_name")];
    let mapping = columns.map(|(field, column)| (field, column.to_owned())).to_vec();
    schools::import_schools(&mut journal, SCHOOLS, &Options { mapping, census_date: CENSUS }, Mode::All).await?;
    let partner = partners::create(&mut journal, line(cast::PARTNER_NAME)?).await?.id;
    cast::add_people(&mut journal, partner).await?;
    journal.commit().await?;

    step("allocating the year");
    let mut journal = by_manager().await?;
    open_years(&mut journal, &days).await?;
    let draft = allocation::draft(&mut journal, &example_allocation(days.year)?).await?;
    allocation::approve(&mut journal, draft.id, draft.version).await?;
    journal.commit().await?;

    step("publishing the events");
    let mut journal = by_manager().await?;
    let lampton = Urn::parse(cast::LAMPTON).map_err(Error::Words)?;
    let school = schools::by_urn(journal.tx(), hub.id, &lampton).await?.ok_or_else(|| Error::missing(&lampton))?;
    let offer = offer::publish(&mut journal, &days, school.id, partner).await?;
    let cast = Cast::of(&mut journal).await?;
    let ticket = offer::fabulinus_ticket(&mut journal, offer.teaching, cast.id("Jun")?).await?;
    support::set_rate_card(&mut journal).await?;
    support::make_offers(&mut journal, days.year, (school.id, partner), offer.teaching).await?;
    journal.commit().await?;

    let desk = Desk { db, marks, clock, hub: hub.id, cast: &cast };
    step("commissioning support");
    commission::commission(&desk, days.year).await?;
    step("meeting");
    meeting::meet(&desk).await?;
    step("writing to the schools");
    news::write(&desk).await?;
    book(&desk, &offer, ticket, step).await?;
    Ok(hub)
}

/// Sets the hub up: ten pounds a credit, whole credits, half of the funding returned.
async fn settle(journal: &mut Journal, hub: &Hub) -> Result<Hub, Error> {
    let settings = hubs::Settings { credit_value_pence: 1000, ..hubs::Settings::of_a_new_hub(hub.name.clone()) };
    Ok(hubs::change(journal, hub.version, settings).await?)
}

/// Opens the current academic year, and the one of the events.
async fn open_years(journal: &mut Journal, days: &Days) -> Result<(), Error> {
    let now = AcademicYear::of(journal.today()).unwrap_or(days.year);
    years::open(journal, now).await?;
    if days.year != now {
        years::open(journal, days.year).await?;
    }
    Ok(())
}

/// An example allocation: half of £120,000 is returned, at £10 a credit.
fn example_allocation(year: AcademicYear) -> Result<allocation::NewAllocation, Error> {
    Ok(allocation::NewAllocation {
        year,
        census_date: CENSUS.ok_or_else(|| Error::missing("census"))?,
        pool: allocation::Pool::Funding {
            gbp: allocation::Pounds::parse("120000").map_err(Error::Words)?,
            returned_share_percent: None,
            credit_value_pence: None,
        },
        step: None,
        floor: None,
        cap: None,
        phase_weights: Vec::new(),
        prorate_by_months: false,
    })
}

/// The story: leads book, teachers ask and leads approve, the hub pays for one place by ticket, until the session with
/// the expert is full and two wait; then someone cancels, and the first on the waiting list moves up in the same
/// transaction.
async fn book(
    desk: &Desk<'_>,
    offer: &Offer,
    ticket: TicketId,
    mut step: impl FnMut(&'static str),
) -> Result<(), Error> {
    let Offer { conference, programme, expert, teaching: _ } = *offer;
    step("booking places");
    for (lead, delegate) in
        [("Ravi", "Ravi"), ("Siobhan", "Siobhan"), ("Siobhan", "Hana"), ("Peter", "Peter"), ("Ines", "Ines")]
    {
        desk.book(lead, conference, delegate).await?;
        step("booking places");
    }
    for (teacher, lead) in [("Ben", "Ravi"), ("Hana", "Siobhan")] {
        let asked = desk.book(teacher, programme, teacher).await?;
        step("booking places");
        desk.act(lead, What::Approve(asked)).await?;
        step("booking places");
    }
    desk.book("Omar", programme, "Omar").await?;
    step("booking places");
    let (event, delegate, allow_clash) = (programme, desk.cast.id("Jun")?, false);
    desk.act("Martha", What::BookByTicket { event, delegate, allow_clash, ticket }).await?;
    step("booking places");
    let asked = desk.book("Kofi", programme, "Kofi").await?;
    let reason = Some(line("The Year 11 mock examinations are in that week")?);
    desk.act("Ines", What::Decline { booking: asked, reason }).await?;
    step("booking places");

    desk.book("Ravi", expert, "Ella").await?;
    step("booking places");
    let asked = desk.book("Leo", expert, "Leo").await?;
    desk.act("Siobhan", What::Approve(asked)).await?;
    step("booking places");
    let zadie = desk.book("Peter", expert, "Zadie").await?;
    step("booking places");
    let asked = desk.book("Kofi", expert, "Kofi").await?;
    desk.act("Ines", What::Approve(asked)).await?;
    step("booking places");
    desk.book("Martha", expert, "Jun").await?;
    step("booking places");
    let waits = desk.book("Alice", expert, "Alice").await?;
    desk.act("Dev", What::Approve(waits)).await?;
    step("booking places");
    desk.book("Noor", expert, "Noor").await?;
    step("cancelling a place");
    desk.act("Peter", What::Cancel { booking: zadie, dry_run: false, quote: None }).await?;
    Ok(())
}

/// Makes the bookings of the story, each in a transaction of its own.
struct Desk<'a> {
    db: &'a Db,
    marks: &'a Marks,
    clock: &'a Clock,
    hub: HubId,
    cast: &'a Cast,
}

impl Desk<'_> {
    async fn book(&self, who: &str, event: crate::base::ids::EventId, delegate: &str) -> Result<BookingId, Error> {
        let delegate = self.cast.id(delegate)?;
        let outcome = self.act(who, What::Book { event, delegate, allow_clash: false }).await?;
        outcome.booking.map(|view| view.booking.id).ok_or_else(|| Error::missing("booking"))
    }

    /// A journal in which somebody acts.
    async fn journal(&self, who: &str) -> Result<Journal, Error> {
        open(self.db, self.marks, self.hub, self.cast.id(who)?, self.clock.now()).await
    }

    async fn act(&self, who: &str, what: What) -> Result<Outcome, Error> {
        let actor = self.cast.actor(who)?;
        let mut journal = self.journal(who).await?;
        let outcome = bookings::perform_one(&mut journal, actor, what).await??;
        journal.commit().await?;
        Ok(outcome)
    }
}

async fn open(db: &Db, marks: &Marks, hub: HubId, actor: PersonId, now: DateTime<Utc>) -> Result<Journal, Error> {
    Ok(Journal::open_marked(db.write(hub).await?, marks, hub, Some(actor), now).await?)
}

/// One person of each role, to try the service as, and the lead of a second school, so that gifts and support have both their
/// sides: role, name, address.
pub const LOGINS: [(Role, &str, &str); 6] = [
    (Role::HubManager, cast::MANAGER.0, cast::MANAGER.1),
    (Role::HubViewer, cast::VIEWER.0, cast::VIEWER.1),
    (Role::SchoolLead, cast::LEAD.0, cast::LEAD.1),
    (Role::Teacher, cast::TEACHER.0, cast::TEACHER.1),
    (Role::Partner, cast::PARTNER.0, cast::PARTNER.1),
    (Role::SchoolLead, cast::SECOND_LEAD.0, cast::SECOND_LEAD.1),
];

fn line(text: &str) -> Result<Line, Error> {
    Line::parse(text).map_err(Error::Words)
}
