//! `/v1/me/data` and `/v1/people/{id}/data`: everything that is held on a person.

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::base::clock::london_date;
use crate::base::ids::PersonId;
use crate::members::hubs;
use crate::members::logins::{Means, Session};
use crate::reports::personal::{self, Act, Held, Needs, SignIn};
use crate::web::call::{Call, Caller};
use crate::web::files;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MANAGER};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(mine).service(of_person);
}

/// Everything that is held on a person.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalData)]
struct HeldBody {
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

/// Everything that is held on the caller; `Accept: text/html` gives a page to read
#[utoipa::path(tag = "people", responses((status = 200, content((HeldBody = "application/json"), (String = "text/html")))), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/data")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    let id = caller.person.id;
    answer(&caller, id, true).await
}

/// Everything that is held on a person; `Accept: text/html` gives a page to read
///
/// What they need, and how they sign in, is told to themselves alone, at `/v1/me/data`.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, content((HeldBody = "application/json"), (String = "text/html")))), extensions(("x-roles" = json!(MANAGER))))]
#[get("/people/{id}/data")]
async fn of_person(call: Call) -> Answer {
    let caller = call.allow()?;
    let id: PersonId = caller.id("id")?;
    answer(&caller, id, false).await
}

async fn answer(caller: &Caller, id: PersonId, themselves: bool) -> Answer {
    let turn = caller.long_work()?;
    let (mut tx, now) = (turn.db.read(caller.hub()).await?, caller.now());
    let held = personal::held(&mut tx, caller.vault(), (caller.hub(), id), now, themselves).await?;
    let held = held.ok_or_else(Problem::not_found)?;
    if caller.wants("text/html") {
        let hub = hubs::get(&mut tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
        return unkept(files::sheet_page(&personal::sheet(&held, &hub.name, london_date(now)))?);
    }
    let Held { person, sections, needs_held, needs, acts, sign_in } = held;
    let rows = |rows| serde_json::to_value(rows).unwrap_or_default();
    let held = sections.into_iter().map(|(section, found)| (section.name.to_owned(), rows(found))).collect();
    let sign_in = sign_in.map(SignInBody::from);
    unkept(
        Reply::ok(&HeldBody { person_id: person.id, as_of: now, held, needs_held, needs, acts, sign_in })?
            .into_response(),
    )
}

/// The answer, marked so that nothing on its way may cache it.
fn unkept(mut answer: HttpResponse) -> Answer {
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept"));
    Ok(answer)
}
