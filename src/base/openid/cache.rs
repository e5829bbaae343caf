//! What was read from a provider and is kept for a while: read by one at a time, and not again at once where that failed.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::Error;

/// For how long what was read is good.
const GOOD: TimeDelta = TimeDelta::hours(1);

/// For how long it is used on where it can't be read again.
const USED_ON: TimeDelta = TimeDelta::hours(24);

/// How long after a failure nobody tries.
const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// How long after a reading nobody reads anew before it is due.
const NOT_SOONER: TimeDelta = TimeDelta::seconds(60);

/// What was read, behind the lock that lets one read.
pub(super) struct Cached<T>(Mutex<State<T>>);

struct State<T> {
    read: Option<(Arc<T>, DateTime<Utc>)>,
    failed_at: Option<DateTime<Utc>>,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Cached(Mutex::new(State { read: None, failed_at: None }))
    }
}

/// Whether something happened less than so long ago. A clock that was put back makes nothing recent.
fn lately(at: DateTime<Utc>, within: TimeDelta, now: DateTime<Utc>) -> bool {
    at <= now && now < at + within
}

impl<T> Cached<T> {
    /// What is known, read where it is not or has become old.
    pub(super) async fn get(
        &self,
        now: DateTime<Utc>,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        self.within(GOOD, now, read).await
    }

    /// What is known, read anew unless that was done within the last minute: for what is not in what is known.
    pub(super) async fn newer(
        &self,
        now: DateTime<Utc>,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        self.within(NOT_SOONER, now, read).await
    }

    async fn within(
        &self,
        age: TimeDelta,
        now: DateTime<Utc>,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let mut state = self.0.lock().await;
        match &state.read {
            Some((value, at)) if lately(*at, age, now) => Ok(Arc::clone(value)),
            _ => state.read(now, read).await,
        }
    }
}

impl<T> State<T> {
    async fn read(
        &mut self,
        now: DateTime<Utc>,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let error = match self.failed_at {
            Some(at) if lately(at, PAUSE, now) => Error::Away("it could not be read a moment ago".to_owned()),
            _ => match read().await {
                Ok(value) => {
                    let value = Arc::new(value);
                    *self = State { read: Some((Arc::clone(&value), now)), failed_at: None };
                    return Ok(value);
                }
                Err(error) => {
                    self.failed_at = Some(now);
                    error
                }
            },
        };
        match &self.read {
            Some((value, at)) if lately(*at, USED_ON, now) => {
                tracing::warn!(%error, "what was read of an OpenID provider is used on");
                Ok(Arc::clone(value))
            }
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + second, 0).unwrap()
    }

    #[tokio::test]
    async fn what_is_known_is_read_again_when_it_is_due() {
        let (cached, reads) = (Cached::default(), Cell::new(0));
        let read = async || {
            reads.set(reads.get() + 1);
            Ok(reads.get())
        };
        assert_eq!(*cached.get(at(0), read).await.unwrap(), 1);
        assert_eq!(*cached.get(at(3599), read).await.unwrap(), 1);
        assert_eq!(*cached.get(at(3600), read).await.unwrap(), 2);
        assert_eq!(*cached.newer(at(3659), read).await.unwrap(), 2, "not more than once a minute");
        assert_eq!(*cached.newer(at(3660), read).await.unwrap(), 3);
        assert_eq!(*cached.get(at(0), read).await.unwrap(), 4, "the clock was put back");
    }

    #[tokio::test]
    async fn what_can_not_be_read_is_not_tried_at_once_and_the_old_used_on() {
        let (cached, tries, good) = (Cached::default(), Cell::new(0), Cell::new(false));
        let read = async || {
            tries.set(tries.get() + 1);
            if good.get() { Ok(tries.get()) } else { Err(Error::Nonsense("no")) }
        };
        assert!(cached.get(at(0), read).await.is_err());
        assert!(cached.get(at(4), read).await.is_err());
        assert_eq!(tries.get(), 1);
        good.set(true);
        assert_eq!(*cached.get(at(5), read).await.unwrap(), 2);
        good.set(false);
        assert_eq!(*cached.get(at(4000), read).await.unwrap(), 2);
        assert_eq!(tries.get(), 3);
        assert!(cached.get(at(5 + 24 * 3600), read).await.is_err());
    }
}
