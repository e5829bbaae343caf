//! The JSON REST API: one file a resource, and the shared code that every request goes through.
//!
//! A request's way: the resource's handler → [`call`] (who calls, the clock, the transaction) → one
//! operation of the domain → commit → [`reply`], or [`problem`] for whatever went wrong.

mod accounts;
mod adjustments;
mod admission;
mod advice;
mod allocations;
mod approvals;
mod body;
mod bookings;
mod calendars;
mod call;
mod cancellation;
mod catalogue;
mod certificates;
mod changes;
mod check_in;
mod checkpoints;
mod client_address;
mod codes;
mod completion;
mod cpd_record;
mod desk;
mod edge;
mod evaluations;
mod events;
mod groups;
mod history;
mod hub;
mod idempotency;
mod identifiers;
mod imports;
mod ledger;
mod long;
mod me;
mod moment;
mod needs;
mod notices;
mod objects;
mod openapi;
mod paced;
mod partners;
mod people;
mod places;
mod priorities;
mod problem;
mod programmes;
mod refusals;
mod registers;
mod reply;
mod rolls;
mod schemas;
mod school_statement;
mod schools;
mod secret;
mod service;
mod sessions;
mod sheet;
mod succession;
mod tag;
mod ticket_types;
mod tickets;
mod top_ups;
mod transactions;
mod transfers;
mod wallet;
mod wrong_type;
mod year_close;
mod years;

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App as ActixApp, HttpServer, web};
use serde_json::Value;
use socket2::SockRef;
use utoipa::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

pub use call::App;

#[derive(OpenApi)]
#[openapi()]
struct Document;

/// Every resource of the API.
fn v1(config: &mut ServiceConfig<'_>) {
    me::routes(config);
    calendars::routes(config);
    hub::routes(config);
    people::routes(config);
    schools::routes(config);
    identifiers::routes(config);
    succession::routes(config);
    rolls::routes(config);
    years::routes(config);
    year_close::routes(config);
    allocations::routes(config);
    partners::routes(config);
    priorities::routes(config);
    programmes::routes(config);
    catalogue::routes(config);
    events::routes(config);
    history::routes(config);
    sessions::routes(config);
    completion::routes(config);
    registers::routes(config);
    check_in::routes(config);
    accounts::routes(config);
    wallet::routes(config);
    school_statement::routes(config);
    transactions::routes(config);
    top_ups::routes(config);
    transfers::routes(config);
    adjustments::routes(config);
    ledger::routes(config);
    checkpoints::routes(config);
    changes::routes(config);
    groups::routes(config);
    places::routes(config);
    bookings::routes(config);
    certificates::routes(config);
    evaluations::routes(config);
    cpd_record::routes(config);
    ticket_types::routes(config);
    tickets::routes(config);
    notices::routes(config);
    cancellation::routes(config);
    approvals::routes(config);
    needs::routes(config);
}

/// The specification, as JSON.
pub fn specification() -> Value {
    let (_, document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(service::routes)
        .service(scope::scope("/v1").configure(v1))
        .split_for_parts();
    openapi::complete(document)
}

/// How long a client may take nothing of what was sent before its connection is closed.
const UNREAD: Duration = Duration::from_secs(90);

/// How often the key file is looked at with nobody asking: a key that was taken out of it is no longer good so soon. A
/// new one is taken up when the first token of it comes.
const KEYS_LOOKED_AT: Duration = Duration::from_secs(5);

/// The specification as the file that the project keeps.
pub fn specification_yaml() -> Result<String, serde_norway::Error> {
    openapi::yaml(&specification())
}

/// The same for every service of the process: it takes a while to make.
static SPECIFICATION: OnceLock<Arc<Value>> = OnceLock::new();

/// Serves until its handle is told to stop; requests under way end first.
pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let app = web::Data::new(app);
    let spec = Arc::clone(SPECIFICATION.get_or_init(|| Arc::new(specification())));
    let workers = app.settings.workers;
    let (limits, keys) = (app.clone(), app.clone());
    let server = HttpServer::new(move || {
        ActixApp::new()
            .into_utoipa_app()
            .openapi(Document::openapi())
            .map(|inner| inner.wrap(from_fn(edge::edge)))
            .app_data(app.clone())
            .app_data(web::Data::from(spec.clone()))
            .configure(service::routes)
            .service(scope::scope("/v1").configure(v1))
            .into_app()
            .configure(service::reader)
            .default_service(web::route().to(service::nothing_here))
    })
    .workers(workers)
    .on_connect(|stream, _| {
        // Who takes nothing of what was sent is cut off, and their socket with it.
        if let Some(stream) = stream.downcast_ref::<TcpStream>()
            && let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(UNREAD))
        {
            tracing::debug!(%error, "a connection has no limit of its own");
        }
    })
    .disable_signals()
    .shutdown_timeout(30)
    .client_request_timeout(Duration::from_secs(10))
    .listen(listener)?
    .run();
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            limits.limits.forget_idle();
        }
    });
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(KEYS_LOOKED_AT).await;
            keys.keys.refresh();
        }
    });
    Ok(server)
}
