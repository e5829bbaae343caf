//! A world: a fresh database, the real service over it on a port of its own, and a clock that stands.

use std::net::TcpListener;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::config::{Given, Settings};
use hub_credits::base::db::Db;
use hub_credits::base::ids::{HubId, PersonId};
use hub_credits::base::pdf::Fonts;
use hub_credits::base::vault::Vault;
use hub_credits::ledger::checkpoints::Keeper;
use hub_credits::rounds;
use hub_credits::sending::Sender;
use hub_credits::web::{self, App};
use uuid::Uuid;

use super::Client;
use super::engine::{Database, Engine, KEYS};

/// When every world begins: Monday 5 October 2026, 10:00 in London.
pub fn begins_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 5, 9, 0, 0).unwrap()
}

/// A service that runs, until it is dropped.
pub struct Service {
    /// `http://127.0.0.1:…`
    pub address: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    fn start(url: String, keys: Keys, clock: Clock, settings: Settings, queue: Option<usize>) -> Service {
        Service::start_at(TcpListener::bind("127.0.0.1:0").unwrap(), url, keys, clock, settings, queue)
    }

    fn start_at(
        listener: TcpListener,
        url: String,
        keys: Keys,
        clock: Clock,
        mut settings: Settings,
        queue: Option<usize>,
    ) -> Service {
        let address = format!("http://{}", listener.local_addr().unwrap());
        // A test that says HTTPS says by what name people reach the service.
        if !settings.public_url.starts_with("https://") {
            settings.public_url.clone_from(&address);
        }
        let (started, handle) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let db = Db::connect(&url, settings.connections).await.unwrap();
                let app = App::new(db.clone(), clock, keys, settings).unwrap();
                let app = match queue {
                    Some(queue) => app.with_queue(queue).unwrap(),
                    None => app,
                };
                let server = web::serve(app, listener).unwrap();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
                let _ = tokio::time::timeout(Duration::from_secs(5), db.close()).await;
            });
        });
        Service { address, handle: handle.recv().expect("the service starts"), thread: Some(thread) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        let outcome = self.thread.take().map_or(Ok(()), JoinHandle::join);
        if !std::thread::panicking() {
            outcome.expect("the service ends well");
        }
    }
}

/// See the module. Cheap to clone: every clone is the same world.
#[derive(Clone)]
pub struct World(Arc<Inner>);

/// What a world holds; dropped in this order.
pub struct Inner {
    service: Service,
    db: Db,
    keys: Keys,
    /// The time of the service; move it with [`World::pass`] or [`World::at`].
    pub clock: Clock,
    http: reqwest::Client,
    database: Database,
}

impl Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl World {
    pub(super) async fn new(database: Database) -> World {
        let clock = Clock::standing_at(begins_at());
        let keys = |database: &Database| Keys::open(&key_file(database)).unwrap();
        let service = Service::start(database.url.clone(), keys(&database), clock.clone(), settings(&database), None);
        let db = Db::connect(&database.url, 2).await.unwrap();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .pool_idle_timeout(Duration::from_secs(2))
            .no_proxy()
            .build()
            .unwrap();
        World(Arc::new(Inner { service, db, keys: keys(&database), clock, http, database }))
    }

    /// Another instance of the service over the same database, with settings of its own.
    pub fn another_service(&self, change: impl FnOnce(&mut Settings)) -> Service {
        let mut settings = settings(&self.database);
        change(&mut settings);
        let keys = Keys::open(&key_file(&self.database)).unwrap();
        Service::start(self.database.url.clone(), keys, self.clock.clone(), settings, None)
    }

    /// Another instance at an address that is known before it starts.
    pub fn service_at(&self, listener: TcpListener, change: impl FnOnce(&mut Settings)) -> Service {
        let mut settings = settings(&self.database);
        change(&mut settings);
        let keys = Keys::open(&key_file(&self.database)).unwrap();
        Service::start_at(listener, self.database.url.clone(), keys, self.clock.clone(), settings, None)
    }

    /// Another instance of the service, where only that many bookings may wait in each hub.
    pub fn service_with_queue(&self, queue: usize) -> Service {
        let keys = Keys::open(&key_file(&self.database)).unwrap();
        let settings = settings(&self.database);
        Service::start(self.database.url.clone(), keys, self.clock.clone(), settings, Some(queue))
    }

    /// Someone without a token.
    pub fn stranger(&self) -> Client {
        Client::new(self.http.clone(), self.service.address.clone())
    }

    /// Whoever runs the deployment.
    pub fn operator(&self) -> Client {
        self.stranger().with_token(self.token(Subject::Operator))
    }

    /// A person with a token that outlives the test.
    pub fn person(&self, hub: &str, person: &str) -> Client {
        let (hub, id) = (HubId(hub.parse().unwrap()), PersonId(person.parse().unwrap()));
        self.stranger().with_token(self.token(Subject::Person(hub, id))).named(person)
    }

    fn token(&self, subject: Subject) -> String {
        self.keys.issue(subject, begins_at() - TimeDelta::days(3650), TimeDelta::days(36500)).unwrap()
    }

    /// A token for a person or the operator, good from `from` for `ttl`.
    pub fn token_for(&self, subject: Subject, from: DateTime<Utc>, ttl: TimeDelta) -> String {
        self.keys.issue(subject, from, ttl).unwrap()
    }

    /// The database itself, past the service: for tampering and for looking.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.database.engine
    }

    /// The URL of the database.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// A folder of this world's own.
    pub fn folder(&self) -> PathBuf {
        self.database.folder.path().to_owned()
    }

    /// Lets time pass.
    pub fn pass(&self, time: TimeDelta) {
        self.clock.set(self.clock.now() + time);
    }

    /// Lets the service do what time has brought about, as it does every minute.
    pub async fn round(&self) {
        rounds::go(&self.db, &self.keys.marks(), self.clock.now()).await.unwrap();
        rounds::seal_anew(&self.db, &Vault::new(&self.keys), self.clock.now()).await.unwrap();
    }

    /// A sender of letters, of an instance with settings of its own.
    pub fn sender(&self, change: impl FnOnce(&mut Settings)) -> Sender {
        let mut settings = settings(&self.database);
        settings.public_url = "https://hub.example".to_owned();
        change(&mut settings);
        Sender::new(&self.db, self.clock.clone(), &self.keys, &settings, Fonts::shipped().unwrap()).unwrap()
    }

    /// A keeper that has just started, of the file of this world's checkpoints.
    pub fn keeper(&self) -> Keeper {
        let (keys, file) = (self.keys.clone(), settings(&self.database).checkpoint_file());
        Keeper::new(self.db.clone(), keys, "https://hub.example", Some(file))
    }

    /// The keys of the service.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Puts a new key first in the key file, as `rotate-key` does.
    pub fn rotate_key(&self) {
        Keys::rotate(&key_file(&self.database)).unwrap();
        self.keys.refresh();
    }

    /// Today in London, as it is sent.
    pub fn today(&self) -> String {
        london_date(self.clock.now()).to_string()
    }

    /// Moves the clock: `at("2027-01-31T09:00:00Z")`.
    pub fn at(&self, instant: &str) {
        self.clock.set(instant.parse().unwrap());
    }
}

/// An id of nothing.
pub fn nobody() -> String {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000).to_string()
}

fn key_file(database: &Database) -> PathBuf {
    database.folder.path().join(KEYS)
}

fn settings(database: &Database) -> Settings {
    let given = Given {
        database: Some(database.url.clone()),
        keys: Some(key_file(database)),
        connections: Some(6),
        workers: Some(1),
        requests_per_person: Some(0),
        requests_per_address: Some(0),
        // Tests check many passwords.
        password_memory_kib: Some(7_168),
        password_passes: Some(1),
        ..Given::default()
    };
    given.complete().unwrap()
}
