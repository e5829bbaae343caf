//! What a mail server hands to the service.

use std::io::{Read, stdin};

use hub_credits::base::clock::Clock;
use hub_credits::base::config::Settings;
use hub_credits::base::mail::read_returned;
use hub_credits::sending;

use super::failure::Failure;
use super::{open, out};

/// The most that is read of a message: what a report says of a letter stands at its beginning.
const MOST: u64 = 1 << 20;

/// Takes in a report from standard input. What is none is left alone and said, since a mail server that is told of a
/// failure would send a report of the report.
pub async fn returned(settings: &Settings) -> Result<(), Failure> {
    let mut message = Vec::new();
    stdin().take(MOST).read_to_end(&mut message)?;
    let Some(returned) = read_returned(&message) else {
        return out::line("nothing was done: this is no report of a letter of this service that did not arrive");
    };
    let db = open::as_it_is(settings).await?;
    let known = sending::take_back(&db, &returned, Clock::System.now()).await.map_err(Failure::failed)?;
    db.close().await;
    out::line(&if known {
        format!("{}: {}", returned.id, returned.why)
    } else {
        format!("nothing was done: no letter {} was sent", returned.id)
    })
}
