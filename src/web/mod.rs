//! What speaks HTTP: here what every request goes through, and in `api` the JSON REST API, one file a resource. This file
//! puts the application together.
//!
//! The path of a request: [`edge`] → the resource's handler → [`call`] (the caller, the clock, the transaction) → one
//! operation of the domain → commit → [`reply`], or [`problem`] for whatever went wrong.

mod accept;
mod advice;
mod agent;
mod api;
mod app;
mod assets;
mod audited;
mod body;
mod books;
mod browser;
mod call;
mod cells;
mod client_address;
mod codes;
mod desk;
mod edge;
mod entering;
mod files;
mod flash;
mod headers;
mod held;
mod hub_change;
mod idempotency;
mod imports;
mod in_sight;
mod key_proof;
mod keyring;
mod limits;
pub mod links;
mod long;
mod moment;
mod objects;
mod openapi;
mod operations;
mod paced;
mod packing;
mod pages;
mod period;
mod plain;
mod posted;
mod posts;
mod problem;
mod recorder;
mod refusals;
mod repeats;
mod reply;
mod resend;
mod roles;
mod rows;
mod scopes;
mod secret;
mod seen;
mod service;
mod sheet;
mod shown;
mod spoken;
mod stopping;
mod table;
mod tag;
mod takeout;
mod who;
mod wrong_type;

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{Condition, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App as ActixApp, HttpServer, web};
use serde_json::Value;
use socket2::SockRef;
use utoipa::OpenApi;
use utoipa_actix_web::{AppExt, scope};

pub use app::App;

use operations::Operations;
use roles::Roles;

use crate::base::auth::Keys;
use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::db::Db;
use crate::booking::bookings::desk::Desks;

impl App {
    /// The service over a migrated database.
    pub fn new(db: Db, clock: Clock, keys: Keys, settings: Settings) -> std::io::Result<App> {
        App::rendering(api::booking::answers::render, (roles(), pages::menu), db, clock, keys, settings)
    }

    /// Lets only this many bookings wait in each hub.
    pub fn with_queue(mut self, queue: usize) -> std::io::Result<App> {
        self.desks = Desks::with_queue(
            queue,
            self.db.clone(),
            self.marks.clone(),
            self.clock.clone(),
            api::booking::answers::render,
        )?;
        Ok(self)
    }
}

#[derive(OpenApi)]
#[openapi()]
struct Document;

/// The specification, as JSON.
pub fn specification() -> Value {
    let (_, document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(|config| service::routes(&mut Operations::Described(config)))
        .service(scope::scope("/v1").configure(|config: &mut _| api::v1(&mut Operations::Described(config))))
        .split_for_parts();
    openapi::complete(document, api::schemas::of_parameters())
}

/// How long a client may read nothing of what was sent before its connection is closed.
const UNREAD: Duration = Duration::from_secs(90);

/// How often the key file is checked with nobody asking: a key removed from it stops being accepted that soon. A new
/// one is taken up when the first token signed by it arrives.
const KEYS_LOOKED_AT: Duration = Duration::from_secs(5);

/// The specification as YAML, as the project's file has it.
pub fn specification_yaml() -> Result<String, serde_norway::Error> {
    openapi::yaml(&specification())
}

/// The specification, shared by every service of the process: it takes a while to make.
static SPECIFICATION: OnceLock<Arc<Value>> = OnceLock::new();

/// Who may do what, shared by every service of the process.
fn roles() -> Arc<Roles> {
    static ROLES: OnceLock<Arc<Roles>> = OnceLock::new();
    Arc::clone(ROLES.get_or_init(|| Arc::new(Roles::of(&made_once()).with(pages::roles()))))
}

fn made_once() -> Arc<Value> {
    Arc::clone(SPECIFICATION.get_or_init(|| Arc::new(specification())))
}

/// Serves until its handle is told to stop; requests in progress finish first.
pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let app = web::Data::new(app);
    let spec = made_once();
    let (workers, origins) = (app.settings.workers, app.settings.cors_origins.clone());
    let (limits, keys, audited) = (app.clone(), app.clone(), app.clone());
    let server = HttpServer::new(move || {
        let cors = Condition::new(!origins.is_empty(), headers::cors(&origins));
        ActixApp::new()
            .wrap(from_fn(edge::edge))
            .wrap(cors)
            .wrap(from_fn(headers::stamped))
            .app_data(app.clone())
            .app_data(web::Data::from(spec.clone()))
            .configure(|config| service::routes(&mut Operations::Served(config)))
            .service(web::scope("/v1").configure(|config| api::v1(&mut Operations::Served(config))))
            .configure(service::reader)
            .configure(assets::routes)
            .configure(pages::routes)
            .default_service(web::route().to(service::nothing_here))
    })
    .workers(workers)
    .on_connect(|stream, _| {
        // A client that reads nothing of what was sent is cut off, and its socket closed.
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
    actix_web::rt::spawn(async move { audited.audited.write_out(&audited.db).await });
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(KEYS_LOOKED_AT).await;
            keys.keys.refresh();
        }
    });
    Ok(server)
}
