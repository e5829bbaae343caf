//! How often signing in can be tried in vain before it has to wait, and for how long then.
//!
//! Tries are counted for the address from browsers that nobody has signed in from, for each known browser, and for the
//! place that they come from. So whoever guesses waits, wherever they guess from; and however much others guess, what
//! was right before stays right from the browser from which it was.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::sql;
use crate::base::db::{self, Tx};
use crate::base::secret;
use crate::base::text::Email;

/// So many tries are free; each one more waits twice as long as the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    free: i64,
    first: TimeDelta,
    longest: TimeDelta,
    /// After so long without a try, all of them are forgotten.
    forgotten: TimeDelta,
}

/// For an address, from browsers that are not known.
const OF_ADDRESS: Rule =
    Rule { free: 10, first: TimeDelta::seconds(30), longest: TimeDelta::minutes(15), forgotten: TimeDelta::hours(24) };

/// For an address, from a browser that is known.
const OF_BROWSER: Rule =
    Rule { free: 20, first: TimeDelta::seconds(30), longest: TimeDelta::minutes(15), forgotten: TimeDelta::hours(24) };

/// For all addresses together, from one place: that may be a whole school.
const OF_PLACE: Rule =
    Rule { free: 100, first: TimeDelta::seconds(10), longest: TimeDelta::minutes(15), forgotten: TimeDelta::hours(1) };

/// For codes and links that are asked for, from one place.
const OF_ASKING: Rule =
    Rule { free: 30, first: TimeDelta::minutes(1), longest: TimeDelta::minutes(15), forgotten: TimeDelta::hours(1) };

/// For codes of the app that somebody gives who has signed in.
const OF_APP: Rule =
    Rule { free: 5, first: TimeDelta::seconds(30), longest: TimeDelta::minutes(15), forgotten: TimeDelta::hours(24) };

/// After how long every count is forgotten.
pub(super) const FORGOTTEN: TimeDelta = TimeDelta::hours(24);

/// Tries that were in vain, or may turn out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Tally {
    pub(super) tries: i64,
    pub(super) last_at: DateTime<Utc>,
}

impl Rule {
    /// How long is still to be waited before another try.
    fn wait(&self, tally: Tally, now: DateTime<Utc>) -> Option<TimeDelta> {
        let since = now - tally.last_at;
        if tally.tries < self.free || since >= self.forgotten {
            return None;
        }
        let doubled = u32::try_from(tally.tries - self.free).unwrap_or(u32::MAX).min(20);
        let whole = self.first.checked_mul(1 << doubled).unwrap_or(self.longest).min(self.longest);
        Some(whole - since).filter(|left| *left > TimeDelta::zero())
    }

    /// The tally with another try.
    fn and_one(&self, tally: Tally, now: DateTime<Utc>) -> Tally {
        let tries = if now - tally.last_at >= self.forgotten { 0 } else { tally.tries };
        Tally { tries: tries + 1, last_at: now.max(tally.last_at) }
    }
}

/// Who tries to sign in, and from where.
#[derive(Clone, Debug)]
pub struct Try<'a> {
    /// The address that they would sign in by.
    pub email: &'a Email,
    /// What their browser is known by, as it says.
    pub browser: Option<&'a str>,
    /// The network that they come from.
    pub place: Option<IpAddr>,
}

/// A try that was counted, to be forgiven where it turns out to be right.
#[derive(Clone, Debug)]
pub struct Counted(Vec<Vec<u8>>);

/// Why a try is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There were too many before.
    #[error("too many tries: wait {} seconds", .0.num_seconds() + 1)]
    Wait(TimeDelta),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Whose tries are counted, with the rule for them.
async fn counts(tx: &mut Tx, of: &Try<'_>) -> Result<Vec<(Vec<u8>, Rule)>, db::Error> {
    if let Some(browser) = of.browser
        && sql::throttle::is_known(tx, of.email, &secret::digest(browser)).await?
    {
        return Ok(vec![(key("browser", &format!("{browser} {}", of.email.canonical())), OF_BROWSER)]);
    }
    let place = of.place.map(|place| (key("place", &place.to_string()), OF_PLACE));
    Ok(place.into_iter().chain([(key("address", &of.email.canonical()), OF_ADDRESS)]).collect())
}

/// Whether a try would be admitted: without counting it, so that whoever has to wait costs nothing.
pub async fn look(tx: &mut Tx, of: &Try<'_>, now: DateTime<Utc>) -> Result<(), Error> {
    for (whose, rule) in counts(tx, of).await? {
        let tally = sql::throttle::tally(tx, &whose).await?;
        if let Some(left) = tally.and_then(|tally| rule.wait(tally, now)) {
            return Err(Error::Wait(left));
        }
    }
    Ok(())
}

/// Counts a try before it is made, so that many at once are counted as many; to be committed at once.
pub async fn count(tx: &mut Tx, of: &Try<'_>, now: DateTime<Utc>) -> Result<Counted, Error> {
    let counts = counts(tx, of).await?;
    count_all(tx, counts, now).await
}

/// Counts somebody's asking for a code or a link.
pub async fn count_asking(tx: &mut Tx, place: Option<IpAddr>, now: DateTime<Utc>) -> Result<(), Error> {
    let place = place.map(|place| place.to_string()).unwrap_or_default();
    count_all(tx, vec![(key("asking", &place), OF_ASKING)], now).await.map(drop)
}

/// Counts a code of the app, or a password of before, that somebody gives who has signed in.
pub async fn count_app(tx: &mut Tx, email: &Email, now: DateTime<Utc>) -> Result<Counted, Error> {
    count_all(tx, vec![(key("app", &email.canonical()), OF_APP)], now).await
}

async fn count_all(tx: &mut Tx, counts: Vec<(Vec<u8>, Rule)>, now: DateTime<Utc>) -> Result<Counted, Error> {
    let mut counted = Vec::new();
    for (whose, rule) in counts {
        // Whoever else counts for the same waits here.
        let tally = sql::throttle::held(tx, &whose, now).await?;
        if let Some(left) = rule.wait(tally, now) {
            return Err(Error::Wait(left));
        }
        sql::throttle::set(tx, &whose, rule.and_one(tally, now)).await?.exactly(1)?;
        counted.push(whose);
    }
    Ok(Counted(counted))
}

/// Forgives a try that was right: of the person's own counts all, of the place's this one.
pub async fn forgive(tx: &mut Tx, counted: &Counted) -> Result<(), db::Error> {
    if let Some((own, places)) = counted.0.split_last() {
        // In the order in which they were counted: nobody waits for each other.
        for place in places {
            sql::throttle::forgive(tx, place).await?.any();
        }
        sql::throttle::forget(tx, own).await?.any();
    }
    Ok(())
}

/// Forgets the tries for an address: whoever has shown that it is theirs need not wait for others' tries.
pub async fn forget(tx: &mut Tx, email: &Email) -> Result<(), db::Error> {
    sql::throttle::forget(tx, &key("address", &email.canonical())).await?.any();
    Ok(())
}

fn key(kind: &str, of: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind} {of}").as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        free: 3,
        first: TimeDelta::seconds(30),
        longest: TimeDelta::minutes(15),
        forgotten: TimeDelta::hours(24),
    };

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + second, 0).unwrap()
    }

    fn wait_after(tries: i64, since: i64) -> Option<i64> {
        RULE.wait(Tally { tries, last_at: at(0) }, at(since)).map(|left| left.num_seconds())
    }

    #[test]
    fn the_first_tries_are_free_and_each_more_waits_twice_as_long() {
        assert_eq!([0, 1, 2].map(|tries| wait_after(tries, 0)), [None, None, None]);
        assert_eq!([3, 4, 5, 6].map(|tries| wait_after(tries, 0)), [Some(30), Some(60), Some(120), Some(240)]);
        assert_eq!(
            [8, 9, 30, i64::MAX].map(|tries| wait_after(tries, 0)),
            [Some(900); 4],
            "a quarter of an hour at most"
        );
        assert_eq!((wait_after(3, 29), wait_after(3, 30)), (Some(1), None));
        assert_eq!((wait_after(50, 24 * 3600 - 1), wait_after(50, 24 * 3600)), (None, None));
    }

    #[test]
    fn tries_are_counted_until_they_are_forgotten() {
        let mut tally = Tally { tries: 0, last_at: at(0) };
        for second in 1..=5 {
            tally = RULE.and_one(tally, at(second));
        }
        assert_eq!(tally, Tally { tries: 5, last_at: at(5) });
        assert_eq!(RULE.and_one(tally, at(4)), Tally { tries: 6, last_at: at(5) }, "by a clock that is behind");
        assert_eq!(RULE.and_one(tally, at(5 + 24 * 3600)).tries, 1);
    }

    #[test]
    fn however_long_somebody_guesses_they_guess_little_of_what_is_guessed() {
        // From unknown browsers, a code of six digits or the wrong app's, tried for a week.
        let (mut tally, mut now, mut tries) = (Tally { tries: 0, last_at: at(0) }, at(0), 0_u32);
        while now < at(7 * 24 * 3600) {
            match OF_ADDRESS.wait(tally, now) {
                Some(left) => now += left,
                None => {
                    tally = OF_ADDRESS.and_one(tally, now);
                    tries += 1;
                }
            }
        }
        assert!((600..800).contains(&tries), "{tries}");
    }
}
