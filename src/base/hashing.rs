//! Passwords as Argon2id hashes, on threads of their own and few at a time: each takes memory and a processor, and
//! whoever books meanwhile needs both.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base::config::PasswordCost;

/// How many may wait for their turn: more would not be answered in time.
const WAITING: usize = 256;

/// Why a password was not checked or hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too many wait already.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// The hash could not be made.
    #[error("a password could not be hashed")]
    Failed,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is the password.
    pub right: bool,
    /// Whether its hash costs less than new ones do, and is to be made anew.
    pub outdated: bool,
}

/// Who checks passwords, with room for so many at once.
#[derive(Clone)]
pub struct Hashing(Arc<Inner>);

struct Inner {
    cost: PasswordCost,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// How many are hashed now, and how many were at most.
    running: AtomicUsize,
    most: AtomicUsize,
}

/// The right to check or hash one password at a time, until it is dropped.
pub struct Turn {
    hashing: Hashing,
    // The thread that hashes holds it too: whoever goes away meanwhile makes no room.
    permit: Arc<OwnedSemaphorePermit>,
}

impl Hashing {
    /// Checks and hashes at this cost.
    pub fn new(cost: PasswordCost) -> Hashing {
        Hashing(Arc::new(Inner {
            cost,
            turns: Arc::new(Semaphore::new(cost.at_once)),
            waiting: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }))
    }

    /// Waits for a turn; refused at once where too many wait.
    pub async fn turn(&self) -> Result<Turn, Error> {
        let _place = Place::take(&self.0)?;
        let permit = self.0.turns.clone().acquire_owned().await.map_err(|_| Error::Failed)?;
        Ok(Turn { hashing: self.clone(), permit: Arc::new(permit) })
    }

    /// How many passwords were hashed at once at most.
    pub fn most_at_once(&self) -> usize {
        self.0.most.load(Ordering::Relaxed)
    }

    fn params(&self) -> Result<Params, Error> {
        Params::new(self.0.cost.memory_kib, self.0.cost.passes, 1, None).map_err(|_| Error::Failed)
    }
}

/// A place in the queue.
struct Place<'a>(&'a Inner);

impl Place<'_> {
    fn take(inner: &Inner) -> Result<Place<'_>, Error> {
        let place = Place(inner);
        if inner.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Error::Busy);
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turn {
    /// The hash of a password, as a PHC string with a salt of its own.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let (params, password) = (self.hashing.params()?, password.to_owned());
        self.aside(move || Argon2::from(params).hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|_| Error::Failed)
    }

    /// Whether a hash is of this password; without a hash it takes as long, and it is not.
    pub async fn check(&self, password: &str, hash: Option<&str>) -> Result<Checked, Error> {
        let (params, password, hash) = (self.hashing.params()?, password.to_owned(), hash.map(str::to_owned));
        self.aside(move || {
            let parsed = hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok());
            let Some(parsed) = parsed else {
                let cost = Argon2::from(params).hash_password(password.as_bytes());
                drop(std::hint::black_box(cost));
                return Checked { right: false, outdated: false };
            };
            let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            let outdated = Params::try_from(&parsed)
                .is_ok_and(|its| its.m_cost() < params.m_cost() || its.t_cost() < params.t_cost());
            Checked { right, outdated }
        })
        .await
    }

    /// Does the work on a thread that may be busy with it.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let (hashing, permit) = (self.hashing.clone(), self.permit.clone());
        let done = tokio::task::spawn_blocking(move || {
            let now = hashing.0.running.fetch_add(1, Ordering::Relaxed) + 1;
            hashing.0.most.fetch_max(now, Ordering::Relaxed);
            let done = work();
            hashing.0.running.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
            done
        });
        done.await.map_err(|_| Error::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{join_all, poll_immediate};

    fn cheap(at_once: usize) -> PasswordCost {
        PasswordCost { memory_kib: 64, passes: 1, at_once }
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_each_hash_is_different() {
        let turn = Hashing::new(cheap(1)).turn().await.unwrap();
        let (hash, again) =
            (turn.hash("correct horse battery").await.unwrap(), turn.hash("correct horse battery").await.unwrap());
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$") && hash != again, "{hash}");
        let right = Checked { right: true, outdated: false };
        let wrong = Checked { right: false, outdated: false };
        assert_eq!(turn.check("correct horse battery", Some(&hash)).await.unwrap(), right);
        assert_eq!(turn.check("correct horse batterY", Some(&hash)).await.unwrap(), wrong);
        assert_eq!(turn.check("correct horse battery", None).await.unwrap(), wrong);
        assert_eq!(turn.check("correct horse battery", Some("nonsense")).await.unwrap(), wrong);
        let dearer = Hashing::new(PasswordCost { passes: 2, ..cheap(1) }).turn().await.unwrap();
        let outdated = Checked { right: true, outdated: true };
        assert_eq!(dearer.check("correct horse battery", Some(&hash)).await.unwrap(), outdated);
    }

    #[tokio::test]
    async fn two_hundred_at_once_are_hashed_few_at_a_time() {
        let hashing = Hashing::new(cheap(2));
        let one = async || hashing.turn().await.unwrap().check("some password", None).await.unwrap();
        let all = join_all((0..200).map(|_| one())).await;
        assert!(all.iter().all(|checked| !checked.right));
        assert!((1..=2).contains(&hashing.most_at_once()), "{}", hashing.most_at_once());
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_at_once() {
        let hashing = Hashing::new(cheap(1));
        let held = hashing.turn().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(hashing.turn())).collect();
        for turn in &mut waiting {
            assert!(poll_immediate(turn).await.is_none());
        }
        assert_eq!(hashing.turn().await.err(), Some(Error::Busy));
        drop(waiting);
        drop(held);
        assert!(hashing.turn().await.is_ok(), "those who went away have made room");
    }
}
