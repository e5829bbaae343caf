//! Letters: how quickly a service sends 100,000 of them to a local mail server that takes everything, in how much memory,
//! and what one more letter costs it when so many wait; on SQLite and, where it is found, a private PostgreSQL.
//! `cargo bench --bench letters`, or `cargo bench --bench letters -- 1000 100000` for other sizes.
//!
//! `cargo bench --bench letters -- year` prints what a teacher, their school's lead and the manager of a hub of 32 schools
//! are sent in a year (`year.rs`), to be read.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a measurement fails by panicking"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

mod sink;
mod year;

use std::time::{Duration, Instant};

use sink::Sink;
use support::{Engine, FROM, Process, queue_letters};

/// How many letters, where the command line says nothing else: a tenth first, for the ratio.
const SIZES: [usize; 2] = [10_000, 100_000];

/// How many letters each person is sent.
const EACH: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Run as a test, it has nothing to say.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    if arguments.iter().any(|argument| argument == "year") {
        return year::print();
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (engine, name) in [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "pg")] {
        println!(
            "\n{name}: letters, how many a second, and the memory of the service at its start and at its most in MiB"
        );
        for size in &sizes {
            runtime.block_on(send(engine, *size));
        }
    }
}

/// Queues so many letters, has a service send them, and prints what that took.
async fn send(engine: Engine, count: usize) {
    let Some(database) = engine.new_database() else { return };
    let place = database.place();
    queue_letters(&place, count / EACH, EACH).await;
    let sink = Sink::start().await;
    let port = sink.port.to_string();
    let mail = ["--mail-server", "127.0.0.1", "--mail-port", &port, "--mail-encryption", "none", "--mail-from", FROM];
    let service = Process::start_quiet_with(&place, &mail);
    let most = || service.memory("VmHWM").unwrap_or_default() / (1 << 20);
    let (began, at_start) = (Instant::now(), most());
    while sink.count() < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(began.elapsed() < Duration::from_secs(3600), "{} of {count} letters in an hour", sink.count());
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "{count:>9} letters in {took:6.1} s: {:7.0} a second; {at_start:4} MiB, {:4} MiB",
        count as f64 / took,
        most()
    );
}
