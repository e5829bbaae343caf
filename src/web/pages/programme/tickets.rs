//! Tickets: listed, given to somebody, given by a sheet, taken back.

use askama::Template;
use chrono::NaiveDate;

use super::people::by_email;
use super::ticket_types;
use crate::base::clock::london_date;
use crate::base::ids::{PersonId, SchoolId, TicketId, TicketTypeId};
use crate::base::text::{Day, Email, Line};
use crate::members::schools::{self, Mode};
use crate::programme::tickets::{self, Field, Filter, NewTicket, Options, Order, State, Ticket};
use crate::web::call::{Call, Caller};
use crate::web::imports;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::sheets::{self, Asked, Columns, Wrong};
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::sorting::{self, Sort};
use crate::web::pages::upload::Upload;
use crate::web::pages::words;
use crate::web::problem::{Answer, FieldError, Problem};
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/tickets", HUB, list);
    pages.get("/tickets/new", MANAGER, new);
    pages.post("/tickets/new", MANAGER, give);
    pages.get("/tickets/import", MANAGER, choose_file);
    pages.post("/tickets/import", MANAGER, import);
    pages.get("/tickets/{id}/take-back", MANAGER, ask_to_take_back);
    pages.post("/tickets/{id}/take-back", MANAGER, take_back);
}

#[derive(eserde::Deserialize)]
struct Query {
    ticket_type_id: Option<TicketTypeId>,
    person_id: Option<PersonId>,
    school_id: Option<SchoolId>,
    state: Option<State>,
    sort: Option<Order>,
    after: Option<String>,
}

/// A ticket in the list.
struct Row {
    id: String,
    kind: String,
    person: String,
    person_id: String,
    school: String,
    state: (&'static str, &'static str),
    until: Option<String>,
    issued: String,
    booking: Option<String>,
    because: Option<String>,
    /// Whether it can be taken back.
    free: bool,
}

#[derive(Template)]
#[template(path = "pages/programme/tickets.html")]
struct Tickets {
    shell: Shell,
    filled: Filled,
    types: Vec<(String, String)>,
    schools: Vec<(String, String)>,
    states: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    given: Sort,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let (limit, after) = (Limit::default(), place_after(&caller, query.after.as_deref()));
    let filter = Filter {
        type_id: query.ticket_type_id,
        person: query.person_id,
        school: query.school_id,
        state: query.state,
        order: query.sort,
    };
    let today = london_date(caller.now());
    let mut tx = caller.read().await?;
    let mut found = tickets::list(&mut tx, caller.hub(), filter, today, after, limit.and_one()).await?;
    let types = ticket_types::choices(&caller, &mut tx).await?;
    let all = schools::every(&mut tx, caller.hub()).await?;
    drop(tx);
    let schools: Vec<(String, String)> =
        all.into_iter().map(|school| (school.id.to_string(), school.details.name.as_str().to_owned())).collect();
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let named = |id: SchoolId| {
        let id = id.to_string();
        schools.iter().find(|(known, _)| *known == id).map_or(String::new(), |(_, name)| name.clone())
    };
    let rows = found.into_iter().map(|ticket| Row::of(ticket, today, named)).collect();
    let view = Tickets {
        shell: Shell::of(&caller, "Tickets", "/tickets").await?,
        filled: query.filled(),
        given: sorting::by(caller.uri(), Order::Oldest.as_str(), query.sort.unwrap_or(Order::Oldest).as_str()),
        types,
        rows,
        schools,
        states: options::<State>(),
        next,
        files: query.filled().query(&["ticket_type_id", "person_id", "school_id", "state", "sort"]),
    };
    page(&caller, &view).await
}

impl Row {
    fn of(ticket: Ticket, today: NaiveDate, named: impl Fn(SchoolId) -> String) -> Row {
        let state = ticket.state_on(today);
        Row {
            id: ticket.id.to_string(),
            kind: ticket.type_name.as_str().to_owned(),
            person: ticket.person_name.as_str().to_owned(),
            person_id: ticket.person_id.to_string(),
            school: named(ticket.school_id),
            state: (state.label(), state.tone()),
            until: ticket.valid_until.map(words::short_day),
            issued: words::short_day_of(ticket.issued_at),
            booking: ticket.booking_id.map(|id| id.to_string()),
            because: ticket.revoked_because.map(|why| why.as_str().to_owned()),
            free: matches!(state, State::Issued | State::Expired),
        }
    }
}

impl Query {
    fn filled(&self) -> Filled {
        Filled::with([
            ("ticket_type_id", self.ticket_type_id.map_or(String::new(), |id| id.to_string())),
            ("person_id", self.person_id.map_or(String::new(), |id| id.to_string())),
            ("school_id", self.school_id.map_or(String::new(), |id| id.to_string())),
            ("state", self.state.map_or("", State::as_str).to_owned()),
            ("sort", self.sort.map_or("", Order::as_str).to_owned()),
        ])
    }
}

#[derive(Template)]
#[template(path = "pages/programme/ticket_new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    types: Vec<(String, String)>,
}

async fn new(call: Call) -> Answer {
    form(&call.allow()?, Filled::default()).await
}

async fn form(caller: &Caller, filled: Filled) -> Answer {
    let types = ticket_types::choices(caller, &mut caller.read().await?).await?;
    let shell = Shell::of(caller, "Give a ticket", "/tickets").await?;
    page(caller, &New { shell, filled, types }).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    ticket_type_id: TicketTypeId,
    email: Email,
    valid_until: Option<Day>,
}

async fn give(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match given(&caller, &sent).await {
        Err(problem) => form(&caller, sent.refused(&at_email(&problem))).await,
        done => done,
    }
}

async fn given(caller: &Caller, sent: &Form) -> Answer {
    let Fields { ticket_type_id, email, valid_until } = sent.read()?;
    let people = by_email(&mut caller.read().await?, caller.hub(), std::slice::from_ref(&email)).await?;
    let nobody = || Problem::field("email", "unknown", "nobody of the hub has this address");
    let person = people.get(&email).ok_or_else(nobody)?.id;
    let new = NewTicket { type_id: ticket_type_id, person, valid_until: valid_until.map(|day| day.0) };
    caller
        .write(sent.bytes(), async |journal| {
            tickets::issue(journal, new).await?;
            Ok(Reply::see("/tickets?done=ticket-given"))
        })
        .await
}

/// What was refused of the person, at the field in which they are named.
fn at_email(problem: &Problem) -> Problem {
    let errors = problem.errors().iter().map(|error| match error.pointer.trim_start_matches('/') {
        "person_id" => FieldError { pointer: "email".to_owned(), ..error.clone() },
        _ => error.clone(),
    });
    Problem::new(problem.code(), problem.detail()).with_errors(errors.collect())
}

/// Where a sheet is looked at, and taken in.
const IMPORT: &str = "/tickets/import";

/// The title of its pages.
const IMPORTS: &str = "Give tickets by a sheet";

/// What a sheet of tickets is read for, as the page calls it.
const ASKED: &[Asked<Field>] = &[
    (Field::Email, "E-mail address", true),
    (Field::TicketType, "Type of ticket", false),
    (Field::ValidUntil, "Valid until", false),
];

#[derive(Template)]
#[template(path = "pages/programme/ticket_import.html")]
struct Import {
    shell: Shell,
    filled: Filled,
    types: Vec<(String, String)>,
    /// Those of a sheet whose columns were not all recognised.
    columns: Option<Columns>,
}

/// What a sheet would do.
#[derive(Template)]
#[template(path = "pages/programme/ticket_import_look.html")]
struct Look {
    shell: Shell,
    filled: Filled,
    rows: u64,
    issued: u64,
    unchanged: u64,
    wrong: Wrong,
    sent: Vec<(String, String)>,
    kept: Option<String>,
    columns: Columns,
}

async fn choose_file(call: Call) -> Answer {
    show_import(&call.allow()?, Filled::default(), None).await
}

async fn show_import(caller: &Caller, filled: Filled, columns: Option<Columns>) -> Answer {
    let mut types = ticket_types::choices(caller, &mut caller.read().await?).await?;
    types.insert(0, (String::new(), "As the sheet says".to_owned()));
    let shell = Shell::of(caller, IMPORTS, "/tickets").await?;
    page(caller, &Import { shell, filled, types, columns }).await
}

#[derive(eserde::Deserialize)]
struct ImportFields {
    ticket_type_id: Option<TicketTypeId>,
}

/// Looks at the sheet, and takes it in where that was looked at.
async fn import(call: Call, upload: Upload) -> Answer {
    let caller = call.allow()?;
    match imported(&caller, &upload).await {
        Err(problem) => {
            let columns = Columns::after(&problem, IMPORT, ASKED, &upload).await;
            show_import(&caller, upload.form.again(problem)?, columns).await
        }
        done => done,
    }
}

async fn imported(caller: &Caller, upload: &Upload) -> Answer {
    let ImportFields { ticket_type_id } = upload.form.read()?;
    let mapping = sheets::chosen(&upload.form, &Field::ALL);
    let options = Options { mapping, of_one_type: ticket_type_id.is_some() };
    let (_, file) = imports::read(upload.file()?, options, tickets::read_file).await?;
    if upload.form.has("sure") {
        return caller
            .write(upload.form.bytes(), async |journal| {
                tickets::import(journal, &file, ticket_type_id, Mode::Partial).await?;
                Ok(Reply::see("/tickets?done=tickets-given"))
            })
            .await;
    }
    let imported =
        caller.tried(async |journal| Ok(tickets::import(journal, &file, ticket_type_id, Mode::Partial).await?)).await?;
    if sheets::faults_asked(upload) {
        return sheets::faults_file(&imported.bad);
    }
    let look = Look {
        shell: Shell::of(caller, IMPORTS, "/tickets").await?,
        filled: Filled::default(),
        rows: imported.rows,
        issued: imported.issued,
        unchanged: imported.unchanged,
        wrong: Wrong::of(&imported.bad),
        sent: sheets::sent(&upload.form),
        kept: upload.kept()?,
        columns: Columns::read(IMPORT, ASKED, upload, &imported.reading)?,
    };
    page(caller, &look).await
}

#[derive(Template)]
#[template(path = "pages/programme/ticket_take_back.html")]
struct TakeBack {
    shell: Shell,
    filled: Filled,
    id: String,
    kind: String,
    person: String,
}

async fn ask_to_take_back(call: Call) -> Answer {
    sure(&call.allow()?, Filled::default()).await
}

async fn sure(caller: &Caller, filled: Filled) -> Answer {
    let ticket = tickets::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let ticket = ticket.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(caller, "Take a ticket back", "/tickets").await?;
    let (kind, person) = (ticket.type_name.as_str().to_owned(), ticket.person_name.as_str().to_owned());
    page(caller, &TakeBack { shell, filled, id: ticket.id.to_string(), kind, person }).await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn take_back(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match taken_back(&caller, &sent).await {
        Err(problem) => sure(&caller, sent.again(problem)?).await,
        done => done,
    }
}

async fn taken_back(caller: &Caller, sent: &Form) -> Answer {
    let (id, Reason { reason }): (TicketId, _) = (caller.id("id")?, sent.read()?);
    caller
        .write(sent.bytes(), async |journal| {
            tickets::revoke(journal, id, reason.clone()).await?;
            Ok(Reply::see("/tickets?done=ticket-taken-back"))
        })
        .await
}
