//! The desk: bookings that arrive while a commit is under way wait together and share the next one.
//!
//! There is one desk for each hub and process. It takes all waiting commands in the order of arrival, performs them as
//! one slice ([`super::perform`]), stores their answers with their effects, commits, and answers each. There is no
//! timer: a lone booking is a batch of one and is served at once. A command whose caller has gone, or whose request was
//! given up, before the desk takes it is left out; what it has taken it finishes. When a batch fails as a whole, its
//! halves are tried, down to the command that failed it, so that one can't fail the others. What the desk knew at its
//! last commit it still knows where the ledger says that nobody else has written to the hub since. While it commits and
//! others wait, the transaction for them is already being opened: the commit hands it the hub. The queue is bounded:
//! when it is full the caller is told at once. Several processes on one PostgreSQL may each have a desk for the same
//! hub: the hub's lock orders their batches.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet, LocalSet};
use tracing::{Instrument, Span};

use super::decide::{State, decide};
use super::due::catch_up;
use super::kept::Kept;
use super::load::load;
use super::write::write;
use super::{Command, Outcome, Refusal, What};
use crate::base::clock::Clock;
use crate::base::db::{self, Db};
use crate::base::ids::HubId;
use crate::ledger::idempotency::{Keyed, Known, Stored};
use crate::ledger::{self, Journal, Marks, Memory};

/// How many commands may wait at one desk.
const QUEUE: usize = 2_048;
/// How many commands a batch takes at most.
const MOST: usize = 256;

/// Renders the answer to a completed command, as it is stored and sent.
pub type Render = fn(&What, &Outcome) -> Stored;

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The command was performed.
    Done(Stored),
    /// The idempotency key was used before.
    Known(Known),
    /// The command was refused, and changed nothing.
    Refused(Refusal),
}

/// Why a command got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too many commands are already waiting.
    #[error("too many bookings are waiting; try again")]
    Busy,
    /// The database can't be reached, or other transactions were in the way too long.
    #[error("the database can't be reached now; try again later")]
    Unavailable,
    /// Something is wrong in the service.
    #[error("something went wrong here")]
    Failed,
}

struct Job {
    command: Command,
    keyed: Option<Keyed>,
    /// The log span of its request.
    span: Span,
    answer: oneshot::Sender<Result<Answer, Error>>,
}

/// The desks of a process.
pub struct Desks {
    open: Mutex<HashMap<HubId, mpsc::Sender<Job>>>,
    opened: mpsc::UnboundedSender<(HubId, mpsc::Receiver<Job>)>,
    queue: usize,
}

/// What a desk works with.
struct Desk {
    hub: HubId,
    db: Db,
    marks: Marks,
    clock: Clock,
    render: Render,
    remembered: RefCell<Remembered>,
    ahead: RefCell<Option<Opening>>,
}

/// The next transaction, which waits for the hub's lock while the previous one commits.
type Opening = JoinHandle<Result<Journal, Failure>>;

/// What a desk knew when it last committed: of the ledger, and of everything else.
type Remembered = (Memory, Kept);

impl Desks {
    /// The desks over a database. They work in a thread of their own until this is dropped, and then finish what they
    /// have taken.
    pub fn new(db: Db, marks: Marks, clock: Clock, render: Render) -> std::io::Result<Desks> {
        Desks::with_queue(QUEUE, db, marks, clock, render)
    }

    /// Makes desks at each of which this many commands, at least one, may wait.
    pub fn with_queue(queue: usize, db: Db, marks: Marks, clock: Clock, render: Render) -> std::io::Result<Desks> {
        let (opened, mut to_open) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("desks".to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, async move {
                let mut desks = JoinSet::new();
                while let Some((hub, jobs)) = to_open.recv().await {
                    let (db, marks, clock) = (db.clone(), marks.clone(), clock.clone());
                    let (remembered, ahead) = (RefCell::default(), RefCell::default());
                    let desk = Desk { hub, db, marks, clock, render, remembered, ahead };
                    desks.spawn_local(desk.serve(jobs));
                }
                while desks.join_next().await.is_some() {}
            });
        })?;
        Ok(Desks { open: Mutex::default(), opened, queue: queue.max(1) })
    }

    /// Puts a command to the hub's desk and waits for the answer.
    pub async fn ask(&self, hub: HubId, command: Command, keyed: Option<Keyed>) -> Result<Answer, Error> {
        let (answer, answered) = oneshot::channel();
        match self.desk(hub).try_send(Job { command, keyed, span: Span::current(), answer }) {
            Ok(()) => answered.await.unwrap_or(Err(Error::Failed)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Error::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Error::Failed),
        }
    }

    fn desk(&self, hub: HubId) -> mpsc::Sender<Job> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(desk) = open.get(&hub).filter(|desk| !desk.is_closed()) {
            return desk.clone();
        }
        let (desk, jobs) = mpsc::channel(self.queue);
        // Where the thread has gone, the receiver is dropped with this and the caller is told.
        let _ = self.opened.send((hub, jobs));
        open.insert(hub, desk.clone());
        desk
    }
}

impl Desk {
    async fn serve(self, mut jobs: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(MOST);
        while jobs.recv_many(&mut batch, MOST).await > 0 {
            batch.retain(|job| !job.answer.is_closed());
            self.work(std::mem::take(&mut batch), &jobs).await;
            if jobs.is_empty() {
                self.let_go().await;
            }
        }
    }

    async fn work(&self, mut jobs: Vec<Job>, queue: &mpsc::Receiver<Job>) {
        if jobs.is_empty() {
            return;
        }
        // What is done for several requests at once belongs to no single one.
        let span = match jobs.as_slice() {
            [job] => job.span.clone(),
            _ => tracing::info_span!("desk", hub = %self.hub.0, commands = jobs.len()),
        };
        let outcome = db::retrying(async || self.attempt(&jobs, queue).await).instrument(span.clone()).await;
        match outcome {
            Ok(answers) => {
                for (job, answer) in jobs.into_iter().zip(answers) {
                    let _ = job.answer.send(Ok(answer));
                }
            }
            Err(failure) if jobs.len() > 1 && !failure.passing() => {
                span.in_scope(
                    || tracing::error!(%failure, commands = jobs.len(), "a batch failed; its halves are tried"),
                );
                let rest = jobs.split_off(jobs.len() / 2);
                Box::pin(self.work(jobs, queue)).await;
                Box::pin(self.work(rest, queue)).await;
            }
            Err(failure) => {
                span.in_scope(|| tracing::error!(%failure, "the desk could not answer"));
                let error = if failure.passing() { Error::Unavailable } else { Error::Failed };
                for job in jobs {
                    let _ = job.answer.send(Err(error));
                }
            }
        }
    }

    /// One transaction for all: load, decide, write, commit.
    async fn attempt(&self, jobs: &[Job], queue: &mpsc::Receiver<Job>) -> Result<Vec<Answer>, Failure> {
        let (memory, kept) = self.remembered.take();
        let opened = match self.opened_ahead().await {
            Some(journal) => Ok(journal),
            None => open(&self.db, &self.marks, self.hub, self.clock.now()).await,
        };
        let mut journal = match opened {
            Err(Failure::Bookings(super::Error::Ledger(ledger::Error::UnknownHub))) => {
                return Ok(jobs.iter().map(|_| Answer::Refused(Refusal::UnknownCaller)).collect());
            }
            opened => opened?.resuming(memory, self.clock.now()),
        };
        let keys: Vec<&Keyed> = jobs.iter().filter_map(|job| job.keyed.as_ref()).collect();
        let mut kept = if journal.remembers() { kept } else { Kept::default() };
        let at = (journal.hub(), journal.now());
        let commands = jobs.iter().map(|job| &job.command);
        let (mut state, known) = load(journal.tx(), at, &mut kept, commands, &keys).await?;
        let mut known = known.into_iter();
        let known: Vec<Option<Known>> = jobs.iter().map(|job| job.keyed.as_ref().and_then(|_| known.next()?)).collect();
        let answers: Vec<Answer> = jobs
            .iter()
            .zip(known)
            .map(|(job, known)| match known {
                Some(known) => Answer::Known(known),
                None => match decide(&mut state, &job.command, &mut || journal.new_id()) {
                    Ok(outcome) => Answer::Done((self.render)(&job.command.what, &outcome)),
                    Err(refusal) => Answer::Refused(refusal),
                },
            })
            .collect();

        let memory = if answers.iter().any(|answer| matches!(answer, Answer::Done(_))) {
            let done: Vec<(&Keyed, &Stored)> = jobs
                .iter()
                .zip(&answers)
                .filter_map(|(job, answer)| match answer {
                    Answer::Done(stored) => Some((job.keyed.as_ref()?, stored)),
                    Answer::Known(_) | Answer::Refused(_) => None,
                })
                .collect();
            write(&mut journal, &state, &done).await?;
            if catch_up(&mut journal).await? {
                // What was loaded before is out of date.
                (state, kept) = (State::default(), Kept::default());
            }
            if !queue.is_empty() {
                let (db, marks, hub, now) = (self.db.clone(), self.marks.clone(), self.hub, self.clock.now());
                let opening = tokio::task::spawn_local(async move { open(&db, &marks, hub, now).await });
                self.ahead.replace(Some(opening));
            }
            journal.commit_remembering().await
        } else {
            journal.release().await
        };
        kept.keep(state);
        self.remembered.replace((memory.map_err(super::Error::from)?, kept));
        Ok(answers)
    }

    /// The transaction that was opened while the last one was committed.
    async fn opened_ahead(&self) -> Option<Journal> {
        let opening = self.ahead.take()?;
        // A transaction that could not be opened then may be opened now.
        opening.await.ok()?.ok()
    }

    /// Releases the hub where its lock was taken for nobody.
    async fn let_go(&self) {
        if let Some(journal) = self.opened_ahead().await {
            let _ = journal.release().await;
        }
    }
}

/// Begins a transaction and takes the hub's lock.
async fn open(db: &Db, marks: &Marks, hub: HubId, now: DateTime<Utc>) -> Result<Journal, Failure> {
    Ok(Journal::open_marked(db.write_repeatedly(hub).await?, marks, hub, None, now)
        .await
        .map_err(super::Error::from)?)
}

/// Why a batch failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Bookings(#[from] super::Error),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Failure {
    /// Whether the failure is nobody's fault and passes: the database is away, other transactions were in the way, or
    /// the ledger waits for somebody to look at it.
    fn passing(&self) -> bool {
        match self {
            Failure::Bookings(super::Error::Database(error) | super::Error::Ledger(ledger::Error::Database(error)))
            | Failure::Database(error) => {
                matches!(error, db::Error::Unavailable(_) | db::Error::Contended(_) | db::Error::Unusable(_))
            }
            Failure::Bookings(super::Error::Ledger(ledger::Error::NotOurs(_))) => true,
            Failure::Bookings(_) => false,
        }
    }
}
