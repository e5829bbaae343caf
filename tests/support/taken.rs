//! Files as a browser takes them out: with the cookie of a session, and nothing else.

use chrono::TimeDelta;
use hub_credits::base::auth::{Proven, Subject};
use hub_credits::base::config::SessionTimes;
use hub_credits::base::ids::{HubId, PersonId};
use hub_credits::members::logins::{self, Entry, Means, Origin};
use hub_credits::members::people;
use reqwest::redirect;

use super::{Client, TestHub, workbook};

/// What was taken out.
#[derive(Debug)]
pub struct Taken {
    /// The status.
    pub status: u16,
    /// The type, and what the file is called.
    pub kind: String,
    pub called: String,
    /// Where it leads, where it is no file.
    pub location: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl TestHub {
    /// The cookie of a session of this person.
    pub async fn cookie(&self, person: &Client) -> String {
        let (hub, id) = (HubId(self.id.parse().unwrap()), PersonId(person.id().parse().unwrap()));
        let now = self.world.clock.now();
        let mut tx = self.world.db().write_everywhere().await.unwrap();
        let email = people::get(&mut tx, hub, id).await.unwrap().unwrap().email;
        let login = logins::of_address(&mut tx, &email, now).await.unwrap();
        let entry = Entry { second_factor: true, ..Entry::from(Means::Operator) };
        let times = SessionTimes { unused: TimeDelta::days(1), longest: TimeDelta::days(1) };
        let begun = logins::begin(&mut tx, &login, entry, &Origin::default(), &times, now).await.unwrap();
        tx.commit().await.unwrap();
        let proven = Proven { subject: Subject::Person(hub, id), session: Some(begun.session) };
        let token = self.world.keys().issue_to_browser(proven, now, TimeDelta::days(1)).unwrap();
        format!("hub_credits={token}")
    }

    /// Takes a file out with this cookie.
    pub async fn take(&self, path: &str, cookie: &str) -> Taken {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        let address = format!("{}{path}", self.world.stranger().address());
        let response = http.get(address).header("cookie", cookie).header("accept", "text/html").send().await.unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (kind, called, location) = (header("content-type"), header("content-disposition"), header("location"));
        let status = response.status().as_u16();
        Taken { status, kind, called, location, bytes: response.bytes().await.unwrap().to_vec() }
    }
}

impl Taken {
    /// The text of it.
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The rows of a sheet of a workbook.
    pub fn rows_of(&self, sheet: &str) -> Vec<Vec<String>> {
        workbook::rows_in(&self.bytes, sheet)
    }
}
