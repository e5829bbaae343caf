//! `serve`: the service, from reading its settings to shutting down; and the health check for containers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use hub_credits::base::auth::Keys;
use hub_credits::base::clock::Clock;
use hub_credits::base::config::{Settings, Way};
use hub_credits::base::db::{self, Db};
use hub_credits::base::outbound::Outbound;
use hub_credits::base::vault::Vault;
use hub_credits::deliveries;
use hub_credits::ledger::Marks;
use hub_credits::ledger::checkpoints::Keeper;
use hub_credits::members::hubs;
use hub_credits::messages::webhooks;
use hub_credits::rounds;
use hub_credits::sending;
use hub_credits::web::{self, App};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tracing_subscriber::EnvFilter;

use super::failure::Failure;
use super::{open, out};

/// How long closing the database may take once no requests are served any more.
const CLOSING: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT.
pub async fn serve(mut settings: Settings) -> Result<(), Failure> {
    log_to_stderr(&settings.log);
    let listener = listen(&mut settings)?;
    let db = open::to_serve(&settings).await?;
    let keys = open::keys(&settings, &db).await?;
    if settings.sign_in.contains(&Way::Password) && !hubs::any(&db, &settings.database).await? {
        offer_founding(&mut settings)?;
    }
    run(listener, db, keys, settings).await
}

/// Prints the link by which the first hub is founded in a browser. Its secret is nowhere else: it ends with the process, and
/// with the first hub.
fn offer_founding(settings: &mut Settings) -> Result<(), Failure> {
    let secret = hex::encode(rand::random::<[u8; 32]>());
    settings.founding = Some(Sha256::digest(secret.as_bytes()).into());
    out::text(&format!(
        "\nThere is no hub yet. Open this in a browser to set one up:\n\n  {}/set-up/{secret}\n\n\
         It works until a hub is founded, or the service stops.\n\n",
        settings.public_url
    ))
}

/// Listens at the address of the settings; if that is impossible, the setting is wrong. Where the port was left to the
/// system, the settings then have the actual one.
pub fn listen(settings: &mut Settings) -> Result<TcpListener, Failure> {
    let asked = settings.listen;
    let listener =
        TcpListener::bind(asked).map_err(|error| Failure::usage(format!("listen: {asked} can't be used: {error}")))?;
    settings.listen = listener.local_addr()?;
    if settings.public_url == format!("http://{asked}") {
        settings.public_url = format!("http://{}", settings.listen);
    }
    Ok(listener)
}

/// Serves a migrated database on a listener until SIGTERM or SIGINT: requests in progress finish, then the database is
/// closed.
pub async fn run(listener: TcpListener, db: Db, keys: Keys, settings: Settings) -> Result<(), Failure> {
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let address = settings.listen;
    let engine = db.engine();
    let (marks, vault) = (keys.marks(), Vault::new(&keys));
    let mut keeper = Keeper::new(db.clone(), keys.clone(), &settings.public_url, Some(settings.checkpoint_file()));
    if let Some(url) = &settings.checkpoints_to {
        keeper = keeper.posting_to(url).map_err(Failure::failed)?;
    }
    let url = settings.database.clone();
    sign(&mut keeper, &url).await;
    let outbound = Outbound::new(settings.reach()).map_err(Failure::failed)?;
    let webhooks = webhooks::Sender { db: db.clone(), vault: vault.clone(), outbound, clock: Clock::System };
    let app = App::new(db.clone(), Clock::System, keys, settings)?;
    let letters = sending::Sender::new(&db, Clock::System, &app.keys, &app.settings, app.fonts.clone());
    let letters = letters.map_err(Failure::usage)?;
    let (now, audited, stop) = (app.sign_now.clone(), app.audited.clone(), Arc::new(Notify::new()));
    let server = web::serve(app, listener)?;
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        let by = tokio::select! {
            _ = term.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(by, "stopping: requests under way end first");
        handle.stop(true).await;
    });
    let rounds = actix_web::rt::spawn(go_round(db.clone(), url.clone(), marks, vault));
    let (there, there_too) = (made(url.clone()), made(url.clone()));
    let delivering = actix_web::rt::spawn(async move {
        there.await;
        deliveries::go(webhooks).await;
    });
    let signing = actix_web::rt::spawn(go_signing(keeper, url, now, stop.clone()));
    let enough = Arc::new(Notify::new());
    let told = enough.clone();
    let sending = actix_web::rt::spawn(async move {
        tokio::select! {
            () = there_too => letters.go_on(told.notified()).await,
            () = told.notified() => {}
        }
    });
    tracing::info!(%address, engine, version = env!("CARGO_PKG_VERSION"), "serving");
    server.await?;
    rounds.abort();
    delivering.abort();
    enough.notify_one();
    if tokio::time::timeout(CLOSING, sending).await.is_err() {
        tracing::warn!("letters that were being sent may be sent again by the next start");
    }
    if tokio::time::timeout(CLOSING, audited.drained()).await.is_err() {
        tracing::warn!("the last refusals were not recorded in the audit; they are in the log");
    }
    stop.notify_one();
    if tokio::time::timeout(CLOSING, signing).await.is_err() {
        tracing::warn!("the ends of the ledgers were not signed in time; the next start signs them");
    }
    if tokio::time::timeout(CLOSING, db.close()).await.is_err() {
        tracing::warn!("the connections to the database did not close in time");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Waits until the file of the database is made.
async fn made(url: String) {
    while db::is_to_be_made(&url) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Runs a round every minute, until it is stopped.
async fn go_round(db: Db, url: String, marks: Marks, vault: Vault) {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minute.tick().await;
        if db::is_to_be_made(&url) {
            continue;
        }
        if let Err(error) = rounds::go(&db, &marks, Clock::System.now()).await {
            tracing::error!(%error, "a round failed; the next one tries again");
        }
        if let Err(error) = rounds::seal_anew(&db, &vault, Clock::System.now()).await {
            tracing::error!(%error, "what an older key sealed was not sealed anew; the next round tries again");
        }
    }
}

/// The longest that a moved head waits to be signed.
const SIGNING: Duration = Duration::from_secs(20);

/// Signs the ends of the ledgers: periodically, at once when somebody asks for it, and at the end.
async fn go_signing(mut keeper: Keeper, url: String, now: Arc<Notify>, stop: Arc<Notify>) {
    loop {
        let stopped = tokio::select! {
            () = tokio::time::sleep(SIGNING) => false,
            () = now.notified() => false,
            () = stop.notified() => true,
        };
        sign(&mut keeper, &url).await;
        if stopped {
            return;
        }
    }
}

async fn sign(keeper: &mut Keeper, url: &str) {
    if db::is_to_be_made(url) {
        return;
    }
    if let Err(error) = keeper.go(Clock::System.now()).await {
        tracing::error!(%error, "the ends of the ledgers were not all signed and kept; the next round tries again");
    }
}

/// Logs one JSON line an event to stderr; from libraries only warnings and above, and nothing about connections: anyone
/// sending something other than HTTP could fill the log.
pub fn log_to_stderr(level: &str) {
    let filter = EnvFilter::new(format!("warn,actix_http::h1=off,hub_credits={level}"));
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .try_init();
}

/// Asks `/readyz` of the service listening at the address.
pub fn healthcheck(listen: SocketAddr) -> Result<(), Failure> {
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { [0, 0, 0, 0, 0, 0, 0, 1].into() });
    }
    let answer = ask_ready(address).map_err(|error| Failure::failed(format!("{address} does not answer: {error}")))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200 ") {
        return out::line(&format!("{address} is ready"));
    }
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    Err(Failure::failed(format!("{address} is not ready: {}", problem["detail"].as_str().unwrap_or(status))))
}

fn ask_ready(address: SocketAddr) -> io::Result<String> {
    let limit = Duration::from_secs(3);
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(answer)
}
