//! `/v1/tickets`: named free places that the hub pays for, issued one by one or by a file.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::ids::{PersonId, SchoolId, TicketId, TicketTypeId};
use crate::base::text::{Day, Line};
use crate::members::people::Role;
use crate::members::schools::Mode;
use crate::programme::tickets::{self, Filter, Imported, NewTicket, Options, Order, State, Ticket};
use crate::web::body::{Body, CsvFile};
use crate::web::call::{Call, Caller};
use crate::web::imports::{self, ReadingBody};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, FieldError, Problem, row_errors};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_SCHOOLS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(import).service(get_one).service(revoke);
}

impl Table for Ticket {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "ticket_type",
        "person_name",
        "school_id",
        "state",
        "valid_until",
        "booking_id",
        "issued_at",
        "returned_at",
        "revoked_at",
        "revoked_because",
    ];
}

/// A ticket to be issued.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicket)]
struct NewTicketBody {
    /// The type of ticket.
    ticket_type_id: TicketTypeId,
    /// The person it is for: someone of a school.
    person_id: PersonId,
    /// The ticket's last day; the type decides where it is not sent.
    valid_until: Option<Day>,
}

/// Issues a ticket to someone of a school
#[utoipa::path(tag = "tickets", request_body = NewTicketBody, responses((status = 201, body = Ticket)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/tickets")]
async fn create(call: Call, body: Body<NewTicketBody>) -> Answer {
    let caller = call.allow()?;
    let NewTicketBody { ticket_type_id, person_id, valid_until } = body.parse()?;
    let new = NewTicket { type_id: ticket_type_id, person: person_id, valid_until: valid_until.map(|day| day.0) };
    caller
        .write(body.bytes(), async |journal| {
            let ticket = tickets::issue(journal, new).await?;
            let (version, today) = (ticket.version, journal.today());
            Ok(Reply::created(format!("/v1/tickets/{}", ticket.id), &ticket.told_on(today))?.with_version(version))
        })
        .await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this type.
    ticket_type_id: Option<TicketTypeId>,
    /// Of this person.
    person_id: Option<PersonId>,
    /// Of the people of this school.
    school_id: Option<SchoolId>,
    /// In this state today.
    state: Option<State>,
    /// In this order: the first that was given first where it is not sent.
    sort: Option<Order>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before, in the same order.
    after: Option<String>,
}

/// The tickets of the hub; for a lead, of their school; for a teacher, their own
#[utoipa::path(tag = "tickets", params(Query), responses((status = 200, body = Page<Ticket>)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/tickets")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { ticket_type_id, person_id, school_id, state, sort: order, limit, after } = caller.query()?;
    let own = (caller.person.role == Role::Teacher).then_some(caller.person.id);
    if own.zip(person_id).is_some_and(|(own, asked)| own != asked) {
        return Err(Problem::not_found());
    }
    let school = caller.school_asked(&mut caller.read().await?, school_id).await?;
    let filter = Filter { type_id: ticket_type_id, person: own.or(person_id), school, state, order };
    let (after, limit, today) = (read_cursor(after.as_deref())?, limit.unwrap_or_default(), london_date(caller.now()));
    let rows = tickets::list(&mut caller.read().await?, caller.hub(), filter, today, after, limit.and_one()).await?;
    caller.list(rows, limit, |ticket| ticket.id, |ticket| ticket.told_on(today))
}

/// One ticket
#[utoipa::path(tag = "tickets", params(("id" = TicketId, Path)), responses((status = 200, body = Ticket)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/tickets/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let ticket = tickets::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let ticket = ticket.filter(|ticket| sees(&caller, ticket)).ok_or_else(Problem::not_found)?;
    let (version, today) = (ticket.version, london_date(caller.now()));
    Ok(Reply::ok(&ticket.told_on(today))?.with_version(version).into_response())
}

/// Why a ticket is revoked.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Revocation)]
struct Revocation {
    /// Why; the person who has it can read this.
    reason: Line,
}

/// Revokes a ticket that no booking holds
#[utoipa::path(tag = "tickets", params(("id" = TicketId, Path)), request_body = Revocation, responses((status = 200, body = Ticket)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/tickets/{id}/revoke")]
async fn revoke(call: Call, body: Body<Revocation>) -> Answer {
    let caller = call.allow()?;
    let Revocation { reason } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let ticket = tickets::revoke(journal, caller.id("id")?, reason.clone()).await?;
            let (version, today) = (ticket.version, journal.today());
            Ok(Reply::ok(&ticket.told_on(today))?.with_version(version))
        })
        .await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// The type of all tickets in the file, where the file does not say.
    ticket_type_id: Option<TicketTypeId>,
    /// What to do with a file that has bad rows: `all` imports nothing of it, `partial` its good rows.
    mode: Option<Mode>,
}

/// What an import of tickets did.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportedTickets)]
struct ImportedBody {
    /// How many rows the file has; the header and blank rows are not counted.
    rows: u64,
    /// How many tickets were issued.
    issued: u64,
    /// Rows of people who have, or had, a ticket of the type that was used or can still be.
    unchanged: u64,
    /// How many faults there are in rows that were left out.
    faults: usize,
    /// The first thousand of those faults, each with its line and column.
    errors: Vec<FieldError>,
    /// Columns of the file that were not read; `reading` says why.
    ignored_columns: Vec<String>,
    /// How the file was read.
    reading: ReadingBody,
}

impl From<Imported> for ImportedBody {
    fn from(Imported { rows, issued, unchanged, bad, reading }: Imported) -> Self {
        let (ignored_columns, reading) = (reading.ignored_columns(), reading.into());
        ImportedBody {
            rows,
            issued,
            unchanged,
            faults: bad.count(),
            errors: row_errors(bad.first()),
            ignored_columns,
            reading,
        }
    }
}

/// Issues the tickets of a CSV file
///
/// The columns are `email`, `ticket_type` (a name, unless `ticket_type_id` is given for the whole file) and
/// `valid_until`, which may be missing or empty; others are ignored. Someone who has a ticket of the type that was
/// used, or can still be, is not given another, so that a file sent again changes nothing. Dates are read as
/// `2023-01-19`, or with the day first as `19/01/2023`. Commas, semicolons and tabs between cells are recognised, as is
/// Excel's line `sep=;`; UTF-8, UTF-16 and Windows-1252 are read. The answer says how the file was read, what was left
/// unread, and why. A file has at most 100,000 rows.
#[utoipa::path(
    tag = "tickets",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportedBody)),
    extensions(("x-roles" = json!(MANAGER)))
)]
#[post("/tickets/import")]
async fn import(call: Call, file: CsvFile) -> Answer {
    let caller = call.allow()?;
    let ImportQuery { ticket_type_id, mode } = caller.query()?;
    let options = Options { of_one_type: ticket_type_id.is_some(), ..Options::default() };
    let (digest, file) = imports::read(file, options, tickets::read_file).await?;
    caller
        .write(&digest, async |journal| {
            let imported = match tickets::import(journal, &file, ticket_type_id, mode.unwrap_or(Mode::All)).await {
                Err(error @ tickets::Error::UnknownType) => {
                    return Err(Problem::field("ticket_type_id", "unknown", error.to_string()));
                }
                outcome => outcome?,
            };
            Reply::ok(&ImportedBody::from(imported))
        })
        .await
}

/// Whether the caller may see the ticket: the hub all, a lead their school's, a teacher their own.
fn sees(caller: &Caller, ticket: &Ticket) -> bool {
    let lead = caller.person.role == Role::SchoolLead && caller.own_school() == Some(ticket.school_id);
    caller.sees_hub() || lead || ticket.person_id == caller.person.id
}
