//! What survives when the ground gives way: the real service in a process of its own, in the middle of a
//! stream of bookings. Whatever was answered stays done, whatever was not can be asked again and is done
//! once, and the ledger is proved each time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod deals;
mod letters;
mod pool;
mod quiet;
mod readers;
mod records;
mod sign_in;
mod stream;
mod whole;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use stream::{CALLERS, Stream, assert_try_later};
use support::{Cluster, Engine, Place, Process};

fn on(engine: Engine, test: impl AsyncFnOnce(Place)) {
    let Some(database) = engine.new_database() else { return };
    let place = database.place();
    run(test(place));
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// The ledger is proved, by the command that anyone would use.
fn proved(place: &Place) {
    let output = place.run(&["verify"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with("ledger verified: ") && last.ends_with(", 0 differences"), "{said}");
}

/// Nothing went wrong inside that nobody foresaw.
fn calm(service: &Process) {
    let wrong = |line: &&String| line.contains("panicked") || line.contains("\"status\":500");
    assert_eq!(service.log().iter().find(wrong), None);
}

/// After how many answers the service is killed, each time.
const KILLS: [usize; 5] = [40, 1, 25, 60, 17];

async fn killed_again_and_again(place: Place) {
    let mut stream = Stream::prepare(&place).await;
    for answers in KILLS {
        let mut service = Process::start(&place);
        let mut running = stream.start(&service);
        running.answered(answers).await;
        service.kill();
        assert_eq!(stream.end(running).await, CALLERS, "every caller was in the middle of something");
        calm(&service);
        proved(&place);
        let service = Process::start(&place);
        stream.settle(&service).await;
        calm(&service);
        proved(&place);
    }
}

#[test]
fn what_was_answered_survives_kill_9_on_sqlite() {
    on(Engine::Sqlite, killed_again_and_again);
}

#[test]
fn what_was_answered_survives_kill_9_on_postgres() {
    on(Engine::Postgres, killed_again_and_again);
}

#[test]
fn a_session_that_goes_on_survives_kill_9_on_sqlite() {
    on(Engine::Sqlite, sign_in::killed_while_a_session_goes_on);
}

#[test]
fn a_session_that_goes_on_survives_kill_9_on_postgres() {
    on(Engine::Postgres, sign_in::killed_while_a_session_goes_on);
}

#[test]
fn an_approval_and_a_close_survive_kill_9_whole_on_sqlite() {
    on(Engine::Sqlite, whole::killed_in_the_middle);
}

#[test]
fn an_approval_and_a_close_survive_kill_9_whole_on_postgres() {
    on(Engine::Postgres, whole::killed_in_the_middle);
}

#[test]
fn what_was_agreed_paid_and_split_survives_kill_9_on_sqlite() {
    on(Engine::Sqlite, deals::killed_again_and_again);
}

#[test]
fn what_was_agreed_paid_and_split_survives_kill_9_on_postgres() {
    on(Engine::Postgres, deals::killed_again_and_again);
}

#[test]
fn one_of_two_processes_is_killed_and_the_other_goes_on() {
    on(Engine::Postgres, async |place| {
        let mut stream = Stream::prepare(&place).await;
        let (mut dies, mut lives) = (Process::start(&place), Process::start(&place));
        let mut running = stream.start_at(&[&dies, &lives]);
        running.answered(100).await;
        dies.kill();
        // More than all that the dead one may have answered before.
        running.answered(4 * CALLERS).await;
        lives.terminate();
        stream.end(running).await;
        assert_eq!(lives.ended().code(), Some(0), "{:?}", lives.log());
        calm(&dies);
        calm(&lives);
        proved(&place);
        let service = Process::start(&place);
        stream.settle(&service).await;
        proved(&place);
    });
}

async fn told_to_stop(place: Place) {
    let mut stream = Stream::prepare(&place).await;
    let mut service = Process::start(&place);
    let mut running = stream.start(&service);
    running.answered(50).await;
    service.terminate();
    let told = Instant::now();
    assert_eq!(service.ended().code(), Some(0), "{:?}", service.log());
    assert!(told.elapsed() < Duration::from_secs(20), "callers who go on asking held the end up: {:?}", told.elapsed());
    stream.end(running).await;
    calm(&service);
    proved(&place);
    let service = Process::start(&place);
    stream.settle(&service).await;
    proved(&place);
}

#[test]
fn a_stop_loses_nothing_on_sqlite() {
    on(Engine::Sqlite, told_to_stop);
}

#[test]
fn a_stop_loses_nothing_on_postgres() {
    on(Engine::Postgres, told_to_stop);
}

#[test]
fn a_crash_of_postgres_is_waited_out() {
    let Some(cluster) = Cluster::of_its_own() else { return };
    let folder = tempfile::tempdir().unwrap();
    let place = Place { database: cluster.url.to_string(), folder: folder.path().to_owned() };
    run(async {
        let mut stream = Stream::prepare(&place).await;
        let service = Process::start(&place);
        let mut running = stream.start(&service);
        running.answered(40).await;
        cluster.crash();
        assert_eq!(stream.end(running).await, CALLERS);
        let anyone = stream.caller().clone();
        let (booking, ready, healthy) = tokio::join!(
            stream.book_once_more(),
            anyone.get("/readyz").into_future(),
            anyone.get("/healthz").into_future()
        );
        assert_try_later(&booking);
        assert_try_later(&ready);
        healthy.ok();
        asked_for_health(&place, &service, 1);
        cluster.try_start().unwrap();
        asked_for_health(&place, &service, 0);
        proved(&place);
        stream.settle(&service).await;
        proved(&place);
        calm(&service);
    });
}

/// The probe of containers says whether the service is ready, at once, and ends with this code.
fn asked_for_health(place: &Place, service: &Process, code: i32) {
    let listen = service.address.trim_start_matches("http://");
    let asked = Instant::now();
    let output = place.run(&["healthcheck", "--listen", listen]);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(if code == 0 { " is ready" } else { " is not ready: " }), "{said}");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}

#[test]
fn a_file_that_is_taken_away_is_noticed_on_sqlite() {
    on(Engine::Sqlite, async |place| {
        let mut stream = Stream::prepare(&place).await;
        let service = Process::start(&place);
        stream.settle(&service).await;
        asked_for_health(&place, &service, 0);
        let file = PathBuf::from(place.database.trim_start_matches("sqlite:"));
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).unwrap();
        // What was written a moment ago answers for a tenth of a second.
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_try_later(&stream.caller().get("/readyz").await);
        asked_for_health(&place, &service, 1);
        std::fs::copy(&aside, &file).unwrap();
        assert_try_later(&stream.caller().get("/readyz").await);
        std::fs::rename(&aside, &file).unwrap();
        asked_for_health(&place, &service, 0);
        calm(&service);
        proved(&place);
    });
}

/// A disk of its own, small, gone when it is dropped.
struct Disk(PathBuf);

impl Disk {
    /// None where this process may not mount one.
    fn mount(at: &Path, mebibytes: u32) -> Option<Disk> {
        std::fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "hub-credits-test"])
            .arg(at)
            .output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Disk(at.to_owned()))
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        while ballast.write_all(&[1; 4096]).is_ok() {}
    }

    /// Gives it back.
    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_record_merged_and_erased_under_kill_9_is_whole_on_sqlite() {
    on(Engine::Sqlite, records::killed_while_merged_and_erased);
}

#[test]
fn a_record_merged_and_erased_under_kill_9_is_whole_on_postgres() {
    on(Engine::Postgres, records::killed_while_merged_and_erased);
}

#[test]
fn a_full_disk_is_waited_out_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&folder.path().join("disk"), 24) else {
        // Past what a test that passes may say, so that it is seen.
        let _ =
            writeln!(std::io::stderr(), "did not run: a_full_disk_is_waited_out_on_sqlite may not mount a tmpfs here");
        return;
    };
    let database = format!("sqlite:{}", disk.0.join("hub-credits.db").display());
    let place = Place { database, folder: folder.path().to_owned() };
    run(async {
        let mut stream = Stream::prepare(&place).await;
        let mut service = Process::start(&place);
        for answers in [30, 10] {
            let mut running = stream.start(&service);
            running.answered(answers).await;
            disk.fill();
            assert_eq!(stream.end(running).await, CALLERS);
            // A lone booking may fit where many at once did not, or the log has been folded and begins anew in the
            // room it has: what is answered is kept, full disk or not.
            assert_try_later(&stream.book_until_refused().await);
            stream.caller().get("/v1/me").await.ok();
            asked_for_health(&place, &service, 1);
            disk.free();
            asked_for_health(&place, &service, 0);
            stream.settle(&service).await;
            proved(&place);
        }
        calm(&service);

        let mut running = stream.start(&service);
        running.answered(10).await;
        disk.fill();
        stream.end(running).await;
        service.kill();
        disk.free();
        proved(&place);
        stream.settle(&Process::start(&place)).await;
        proved(&place);
    });
}
