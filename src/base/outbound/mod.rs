//! Requests to addresses that somebody typed in: bounded in time and size, never to this machine or into a private
//! network, not even by a name that changes or by being redirected, and by no proxy.

mod addresses;
mod reach;
mod resolving;

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

pub use reach::Reach;
pub use resolving::Lookup;

use crate::base::db::types::words;
use resolving::{Checked, Nowhere, OfTheMachine};

/// How long an answer may take, with the connection.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the body of an answer may take.
const READING: Duration = Duration::from_secs(2);

/// How many bytes of an answer are kept.
const KEPT: usize = 1024;

words!(/** Why something that was sent did not arrive. */ Failure {
    /// The address is one to which nothing is sent: of a private network, of this machine, or not by https.
    AddressRefused = "address_refused",
    /// The name stands for no address.
    NameUnknown = "name_unknown",
    /// No connection was made, or it broke.
    Unreachable = "unreachable",
    /// No answer came in time.
    TimedOut = "timed_out",
    /// The answer leads elsewhere, which is not followed.
    Redirected = "redirected",
    /// The answer has a status other than 2xx.
    Refused = "refused",
});

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status of the answer, where one came.
    pub status: Option<u16>,
    /// Why it did not arrive; none where it did.
    pub failure: Option<Failure>,
    /// The beginning of the answer, as text.
    pub answer: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Sends requests. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    reach: Reach,
}

impl Outbound {
    /// One that looks names up as the machine does.
    pub fn new(reach: Reach) -> reqwest::Result<Outbound> {
        Outbound::looking_up(reach, Arc::new(OfTheMachine), PATIENCE)
    }

    /// One that looks names up otherwise, and waits this long for an answer.
    pub fn looking_up(reach: Reach, lookup: Arc<dyn Lookup>, patience: Duration) -> reqwest::Result<Outbound> {
        let client = Client::builder()
            .timeout(patience)
            .connect_timeout(patience / 2)
            .redirect(Policy::none())
            .no_proxy()
            // Each request looks the name up and checks it anew.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("hub-credits/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Checked { reach: reach.clone(), lookup })
            .build()?;
        Ok(Outbound { client, reach })
    }

    /// Posts JSON with these headers. Whatever goes wrong is an outcome.
    pub async fn post(&self, url: &Url, headers: Vec<(&'static str, String)>, json: String) -> Outcome {
        let began = Instant::now();
        let (status, failure, answer) = self.tried(url, headers, json).await;
        Outcome { status, failure, answer, took: began.elapsed() }
    }

    async fn tried(
        &self,
        url: &Url,
        headers: Vec<(&'static str, String)>,
        json: String,
    ) -> (Option<u16>, Option<Failure>, Option<String>) {
        if self.reach.of_text(url).is_err() {
            return (None, Some(Failure::AddressRefused), None);
        }
        let request = self.client.post(url.clone()).header("content-type", "application/json").body(json);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        match request.send().await {
            Ok(response) => {
                let status = response.status();
                let failure = match status {
                    status if status.is_success() => None,
                    status if status.is_redirection() => Some(Failure::Redirected),
                    _ => Some(Failure::Refused),
                };
                (Some(status.as_u16()), failure, Some(beginning(response).await))
            }
            Err(error) => (None, Some(why(&error)), None),
        }
    }
}

fn why(error: &reqwest::Error) -> Failure {
    match Nowhere::behind(error) {
        Some(Nowhere::Refused) => Failure::AddressRefused,
        Some(Nowhere::Unknown) => Failure::NameUnknown,
        None if error.is_timeout() => Failure::TimedOut,
        None => Failure::Unreachable,
    }
}

/// The beginning of an answer; the rest is not read. What came of one that breaks off counts.
async fn beginning(mut response: Response) -> String {
    let mut kept = Vec::new();
    let read = async {
        while kept.len() < KEPT
            && let Ok(Some(chunk)) = response.chunk().await
        {
            kept.extend_from_slice(&chunk);
        }
    };
    let _too_slow = tokio::time::timeout(READING, read).await;
    kept.truncate(KEPT);
    let text = String::from_utf8_lossy(&kept);
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
