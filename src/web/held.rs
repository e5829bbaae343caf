//! Everything that is held on a person, as it is handed out: by the API and on a page.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::call::Caller;
use super::problem::Problem;
use crate::base::clock::london_date;
use crate::base::ids::PersonId;
use crate::base::pdf::Sheet;
use crate::members::hubs;
use crate::members::logins::{Means, Session};
use crate::reports::personal::{self, Act, Held, Needs, SignIn};

/// What is held on a person now, and the same as a sheet to read.
pub(crate) async fn read(caller: &Caller, id: PersonId, themselves: bool) -> Result<(HeldBody, Sheet), Problem> {
    let turn = caller.long_work()?;
    let (mut tx, now) = (turn.db.read(caller.hub()).await?, caller.now());
    let held = personal::held(&mut tx, caller.vault(), (caller.hub(), id), now, themselves).await?;
    let held = held.ok_or_else(Problem::not_found)?;
    let hub = hubs::get(&mut tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    let sheet = personal::sheet(&held, &hub.name, london_date(now));
    Ok((HeldBody::of(held, now), sheet))
}

/// Everything that is held on a person.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalData)]
pub(crate) struct HeldBody {
    /// The person.
    person_id: PersonId,
    /// As of when.
    as_of: DateTime<Utc>,
    /// The rows that name the person, by section: `record`, `bookings`, `certificates`, `notices` and so on, each a list
    /// of objects, empty where there is nothing.
    #[schema(value_type = Object)]
    held: Map<String, Value>,
    /// Whether they have written access or dietary needs.
    needs_held: bool,
    /// Their access and dietary needs; null where they have written none, and for anybody else.
    needs: Option<Needs>,
    /// What they did to records of the hub: of each sort how often, and when first and last.
    acts: Vec<Act>,
    /// How they sign in; null for anybody else.
    sign_in: Option<SignInBody>,
}

/// How somebody signs in.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldSignIn)]
struct SignInBody {
    /// Whether a password is set; of it only a hash is held.
    password: bool,
    /// Whether a code of an app is asked for.
    app: bool,
    /// When somebody first showed that the address is theirs; null where nobody has.
    proved_at: Option<DateTime<Utc>>,
    /// The sessions that last.
    sessions: Vec<SessionBody>,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldSession)]
struct SessionBody {
    /// How it began.
    means: Means,
    /// The address that it began from.
    address: Option<String>,
    /// The browser or program that it began with.
    agent: Option<String>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last gone on with.
    last_used_at: DateTime<Utc>,
}

impl From<Session> for SessionBody {
    fn from(Session { means, address, agent, created_at, last_used_at, .. }: Session) -> Self {
        SessionBody { means, address, agent, created_at, last_used_at }
    }
}

impl From<SignIn> for SignInBody {
    fn from(SignIn { password, app, proved_at, sessions }: SignIn) -> Self {
        SignInBody { password, app, proved_at, sessions: sessions.into_iter().map(SessionBody::from).collect() }
    }
}

impl HeldBody {
    fn of(Held { person, sections, needs_held, needs, acts, sign_in }: Held, as_of: DateTime<Utc>) -> HeldBody {
        let rows = |rows| serde_json::to_value(rows).unwrap_or_default();
        let held = sections.into_iter().map(|(section, found)| (section.name.to_owned(), rows(found))).collect();
        let sign_in = sign_in.map(SignInBody::from);
        HeldBody { person_id: person.id, as_of, held, needs_held, needs, acts, sign_in }
    }
}
