//! The common questions, as they are asked of the service: a request over loopback from one client, all the way to its
//! JSON. Each is asked of 300 wallets, places or instants in turn.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::Clock;
use hub_credits::ledger;

use super::support::{Client, Database, Process};
use super::{Hub, SCHOOLS, load};

/// How many different requests are made of each question.
const TIMES: usize = 300;
/// How long a question is asked, first unmeasured and then measured.
const WARM: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_millis(700);

/// What is asked.
#[derive(Clone, Copy)]
pub enum Question {
    Balance,
    StatementPage,
    NewestStatementPage,
    BalanceAsOf,
    BalanceOnADay,
    CataloguePage,
    OwnBookings,
}

/// All of them.
pub const ALL: [Question; 7] = [
    Question::Balance,
    Question::StatementPage,
    Question::NewestStatementPage,
    Question::BalanceAsOf,
    Question::BalanceOnADay,
    Question::CataloguePage,
    Question::OwnBookings,
];

impl Question {
    pub fn name(self) -> &'static str {
        match self {
            Question::Balance => "balance",
            Question::StatementPage => "statement page",
            Question::NewestStatementPage => "newest statement page",
            Question::BalanceAsOf => "balance as of",
            Question::BalanceOnADay => "balance on a day",
            Question::CataloguePage => "catalogue page",
            Question::OwnBookings => "own bookings",
        }
    }
}

/// The service on a hub's database, in a process of its own, and who asks it.
pub struct Service {
    process: Process,
    manager: String,
    teacher: String,
}

impl Service {
    pub fn start(hub: &Hub, database: &Database) -> Service {
        let place = database.place();
        let (keys, now) = (Keys::open(&place.keys()).unwrap(), Clock::System.now());
        let token = |person| keys.issue(Subject::Person(hub.scene.hub, person), now, TimeDelta::hours(12)).unwrap();
        let (manager, teacher) = (token(hub.scene.manager), token(hub.scene.schools[0].teachers[0]));
        Service { process: Process::start_quiet(&place), manager, teacher }
    }

    /// The mean time of an answer, in milliseconds.
    pub async fn time_of(&self, hub: &Hub, question: Question) -> f64 {
        let token = if matches!(question, Question::CataloguePage | Question::OwnBookings) {
            &self.teacher
        } else {
            &self.manager
        };
        let head = ledger::head(&mut hub.read().await, hub.scene.hub).await.unwrap().unwrap().sequence;
        let history = Clock::System.now() - hub.began;
        let path = |n: usize| {
            let share = n * 37 % TIMES;
            let wallet = hub.wallets[n * 31 % hub.wallets.len()];
            let page =
                |after: i64| format!("/v1/accounts/{wallet}/entries?limit=50&after={}", hex::encode(after.to_string()));
            match question {
                Question::Balance => format!("/v1/accounts/{wallet}"),
                // Some place in the first half of the history: a full page follows it.
                Question::StatementPage => page(head / 2 * share as i64 / TIMES as i64),
                // A wallet has one in so many entries, and a few more than a page of them since then.
                Question::NewestStatementPage => page(head - (SCHOOLS * 60) as i64),
                Question::BalanceAsOf => {
                    let instant: DateTime<Utc> = hub.began + history * share as i32 / TIMES as i32;
                    format!("/v1/accounts/{wallet}?as_of={}", instant.to_rfc3339_opts(SecondsFormat::Micros, true))
                }
                Question::BalanceOnADay => {
                    format!("/v1/accounts/{wallet}?effective_on={}", hub.began.date_naive().pred_opt().unwrap())
                }
                Question::CataloguePage => "/v1/events?limit=50".to_owned(),
                Question::OwnBookings => "/v1/me/bookings?limit=50".to_owned(),
            }
        };
        if matches!(question, Question::StatementPage | Question::NewestStatementPage | Question::CataloguePage) {
            let client = Client::new(reqwest::Client::new(), self.process.address.clone()).with_token(token);
            let page = client.get(&path(TIMES - 1)).await.ok();
            assert_eq!(page["items"].as_array().map(Vec::len), Some(50), "a full page");
        }
        let requests: Vec<String> = (0..TIMES)
            .map(|n| format!("GET {} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n\r\n", path(n)))
            .collect();
        let ask = async |time| {
            let requests = requests.clone();
            load::run(&self.process.address, 1, time, 200, move |n, text| text.push_str(&requests[n % TIMES])).await
        };
        ask(WARM).await;
        1000.0 / ask(MEASURED).await.rate
    }
}
