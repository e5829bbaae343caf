//! A call: the caller, their hub, the clock, the transaction. Every handler except the public ones takes a [`Call`],
//! and can do nothing before it has checked the caller's role: [`Call::allow`] gives a [`Caller`].

mod writing;

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Uri, header};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::{DateTime, Utc};
use eserde::EDeserialize;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::accept::{SheetFile, accepted};
use super::app::App;
use super::audited;
use super::body;
use super::long::Turn;
use super::problem::{Answer, Code, Problem};
use super::reply::{self, Limit, Table};
use super::roles::HUB;
use super::tag;
use super::who::{HubLook, SignedIn};
pub(crate) use super::who::{Identified, identify, unauthorized, within_scope};
use crate::base::auth::{Keys, Subject};
use crate::base::db::Tx;
use crate::base::ids::{HubId, LoginSessionId, PartnerId, PersonId, SchoolId};
use crate::base::pdf::Fonts;
use crate::base::vault::Vault;
use crate::base::year::AcademicYear;
use crate::ledger::{self, audit::Origin};
use crate::members::api_keys::Holder;
use crate::members::logins;
use crate::members::people::{self, Person, Role};
use crate::members::schools;
use crate::reports::Sight;

/// A request with a valid token. It gives access to nothing until the caller's role is allowed.
#[derive(Clone)]
pub(crate) struct Call {
    app: web::Data<App>,
    pub(super) request: HttpRequest,
    who: Who,
    key: Option<Holder>,
    /// The query parameters for a page of a whole list, in place of those that were sent.
    page: Option<String>,
}

#[derive(Clone)]
enum Who {
    Operator,
    Person(Box<Person>, Option<LoginSessionId>),
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = request
                .app_data::<web::Data<App>>()
                .cloned()
                .ok_or_else(|| Problem::new(Code::Internal, "the service is not set up"))?;
            let Identified { subject, session, key } = identify(&request)?;
            let who = match subject {
                Subject::Operator => Who::Operator,
                Subject::Person(hub, id) => {
                    let mut tx = app.db.read(hub).await?;
                    let person = entitled(&mut tx, &request, (hub, id), session, app.clock.now()).await?;
                    Who::Person(Box::new(person), session)
                }
            };
            Ok(Call { app, request, who, key, page: None })
        })
    }
}

/// The person that a token stands for, in one statement: unless they are disabled, the session of the token has ended,
/// or the hub asks for a code of their app that was not given in it.
pub(super) async fn entitled(
    tx: &mut Tx,
    request: &HttpRequest,
    (hub, id): (HubId, PersonId),
    session: Option<LoginSessionId>,
    now: DateTime<Utc>,
) -> Result<Person, Problem> {
    let Some(session) = session else { return still_enabled(people::get(tx, hub, id).await?) };
    let standing = logins::sessions::standing(tx, hub, id, session, now).await?;
    let (lasts, code_needed) = standing.as_ref().map_or((false, false), |it| (it.lasts, it.code_needed));
    if let Some(it) = &standing {
        request.extensions_mut().insert(HubLook { name: it.hub_name.clone(), colour: it.hub_colour });
    }
    let person = still_enabled(standing.map(|standing| standing.person))?;
    if !lasts {
        return Err(unauthorized(Code::SessionEnded, "sign in again"));
    }
    if code_needed && !WITHOUT_A_CODE.contains(&request.match_pattern().as_deref().unwrap_or_default()) {
        let detail = "the hub asks its managers for a code of an authenticator app: set one up, or give a code of it";
        return Err(Problem::new(Code::TotpNeeded, detail));
    }
    request.extensions_mut().insert(SignedIn { name: person.name.clone(), role: person.role });
    Ok(person)
}

/// What a manager can do before they have given the code that their hub asks for.
const WITHOUT_A_CODE: &[&str] = &[
    "/v1/me",
    "/v1/me/totp",
    "/v1/me/totp/confirm",
    "/v1/me/totp/verify",
    "/v1/auth/logout",
    "/v1/auth/logout-everywhere",
    "/sign-in/app",
    "/sign-in/app/set-up",
    "/sign-in/app/confirm",
];

fn still_enabled(person: Option<Person>) -> Result<Person, Problem> {
    let person = person.ok_or_else(|| unauthorized(Code::Unauthorized, "the access token is not valid"))?;
    if person.disabled_at.is_some() {
        return Err(unauthorized(Code::PersonDisabled, "ask the hub to enable this person"));
    }
    Ok(person)
}

/// Notes who has signed in, for the page that says that there is nothing at a path: whoever looks at it keeps their menu.
pub(super) async fn recognise(app: &App, request: &HttpRequest) {
    let Ok(Identified { subject: Subject::Person(hub, id), session: session @ Some(_), .. }) = identify(request) else {
        return;
    };
    if let Ok(mut tx) = app.db.read(hub).await {
        // Whoever is not let in is shown what a stranger is.
        entitled(&mut tx, request, (hub, id), session, app.clock.now()).await.ok();
    }
}

impl Call {
    /// The caller, if the operation is for their role.
    pub(crate) fn allow(self) -> Result<Caller, Problem> {
        within_scope(&self.app, &self.request, self.key)?;
        match self.who {
            Who::Person(person, session) if self.app.roles.allow(person.role, &self.request) => {
                let (app, request, page, key) = (self.app, self.request, self.page, self.key);
                Ok(Caller { app, request, page, person: *person, session, key })
            }
            Who::Person(..) | Who::Operator => Err(Problem::new(Code::Forbidden, "the caller's role may not do this")),
        }
    }

    /// The service, if the caller is its operator.
    pub(crate) fn allow_operator(self) -> Result<web::Data<App>, Problem> {
        within_scope(&self.app, &self.request, self.key)?;
        match self.who {
            Who::Operator => Ok(self.app),
            Who::Person(..) => Err(Problem::new(Code::Forbidden, "only the operator of the deployment may do this")),
        }
    }

    /// The query parameters, whoever calls.
    pub(crate) fn query<T: for<'de> EDeserialize<'de>>(&self) -> Result<T, Problem> {
        body::parse_query(self.page.as_deref().unwrap_or_else(|| self.request.query_string()))
    }

    /// Where the request comes from.
    pub(crate) fn origin(&self) -> Origin {
        origin(&self.app, &self.request)
    }

    /// The URI that was requested.
    pub(crate) fn uri(&self) -> &Uri {
        self.request.uri()
    }

    /// The file for spreadsheets that `Accept` asks for.
    pub(crate) fn wants_file(&self) -> Option<SheetFile> {
        SheetFile::asked(&self.request)
    }

    /// The instant of the call.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// A query parameter as it was sent.
    pub(super) fn parameter(&self, wanted: &str) -> Option<String> {
        let mut sent = url::form_urlencoded::parse(self.request.query_string().as_bytes());
        sent.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    }

    /// The same request for a page of this many rows after a cursor.
    pub(super) fn at(&self, limit: u8, after: Option<&str>) -> Call {
        let mut query = url::form_urlencoded::Serializer::new(self.request.query_string().to_owned());
        query.append_pair("limit", &limit.to_string());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        Call { page: Some(query.finish()), ..self.clone() }
    }

    /// A read transaction of the caller's hub, with whose names they may see; none for the operator.
    pub(super) async fn reading(&self) -> Result<Option<(Tx, HubId, Sight)>, Problem> {
        let Who::Person(person, _) = &self.who else { return Ok(None) };
        let sight = match (HUB.contains(&person.role), person.school_id) {
            (true, _) => Sight::Hub,
            (_, Some(school)) => Sight::School(school),
            _ => Sight::Nobody,
        };
        Ok(Some((self.app.db.read(person.hub_id).await?, person.hub_id, sight)))
    }
}

/// A caller who is allowed to do what the handler does.
pub(crate) struct Caller {
    app: web::Data<App>,
    request: HttpRequest,
    page: Option<String>,
    /// The person who calls.
    pub(crate) person: Person,
    /// The session of their token, where they signed in for it.
    pub(crate) session: Option<LoginSessionId>,
    /// The API key by which they call.
    pub(crate) key: Option<Holder>,
}

impl Caller {
    /// Refuses an API key: what it asks for is for a person alone.
    pub(crate) fn in_person(&self, what: &str) -> Result<(), Problem> {
        match self.key {
            Some(_) => Err(Problem::new(Code::ScopeMissing, format!("no API key may {what}"))),
            None => Ok(()),
        }
    }

    /// The hub that the caller belongs to.
    pub(crate) fn hub(&self) -> HubId {
        self.person.hub_id
    }

    /// What was requested.
    pub(crate) fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// What all requests share.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// The fonts for printed files.
    pub(crate) fn fonts(&self) -> Arc<Fonts> {
        Arc::clone(&self.app.fonts)
    }

    /// The instant of the call.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// The keys of the service.
    pub(crate) fn keys(&self) -> &Keys {
        &self.app.keys
    }

    /// What seals and opens what the database holds only under a key of the service.
    pub(crate) fn vault(&self) -> &Vault {
        &self.app.vault
    }

    /// Asks for the ends of the ledgers to be signed at once.
    pub(crate) fn sign_now(&self) {
        self.app.sign_now.notify_one();
    }

    /// The path of the checkpoint file.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        self.app.settings.checkpoint_file()
    }

    /// The address that people reach the service by.
    pub(crate) fn public_url(&self) -> &str {
        &self.app.settings.public_url
    }

    /// The URI that was requested.
    pub(crate) fn uri(&self) -> &Uri {
        self.request.uri()
    }

    /// Whether they may see everything in the hub.
    pub(crate) fn sees_hub(&self) -> bool {
        HUB.contains(&self.person.role)
    }

    /// Their role.
    pub(crate) fn role(&self) -> Role {
        self.person.role
    }

    /// A whole number in the path. Anything else gives 404.
    pub(crate) fn number(&self, name: &str) -> Result<i64, Problem> {
        let text = self.request.match_info().get(name).unwrap_or_default();
        text.parse().ok().filter(|number: &i64| number.to_string() == text).ok_or_else(Problem::not_found)
    }

    /// The school that they are restricted to: a lead's or a teacher's own; none for the hub's people.
    pub(crate) fn own_school(&self) -> Option<SchoolId> {
        self.person.school_id
    }

    /// The partner that they are restricted to; none for others.
    pub(crate) fn own_partner(&self) -> Option<PartnerId> {
        self.person.partner_id
    }

    /// Whether they may see a record of that school: the hub's people every one, leads and teachers their own school's.
    pub(crate) fn sees_school(&self, school: SchoolId) -> bool {
        self.sees_hub() || self.person.school_id == Some(school)
    }

    /// Whether they may see what a school did: as [`Caller::sees_school`], and a lead also where their school took its
    /// place.
    pub(crate) async fn sees_past_of(&self, tx: &mut Tx, school: SchoolId) -> Result<bool, Problem> {
        match (self.sees_school(school), self.person.role, self.person.school_id) {
            (true, ..) => Ok(true),
            (false, Role::SchoolLead, Some(own)) => Ok(schools::is_heir(tx, self.hub(), school, own).await?),
            _ => Ok(false),
        }
    }

    /// The school that a list is about: the one asked for, where the caller may see what it did; their own where none
    /// was asked for; none for those who see the whole hub.
    pub(crate) async fn school_asked(&self, tx: &mut Tx, asked: Option<SchoolId>) -> Result<Option<SchoolId>, Problem> {
        match asked {
            Some(school) if self.sees_past_of(tx, school).await? => Ok(Some(school)),
            Some(_) => Err(Problem::not_found()),
            None => Ok(self.own_school()),
        }
    }

    /// An id in the path. Anything that is not an id gives 404.
    pub(crate) fn id<T: From<Uuid>>(&self, name: &str) -> Result<T, Problem> {
        body::path_id(&self.request, name)
    }

    /// The academic year in the path, `2026-27`. Anything else gives 404.
    pub(crate) fn year(&self, name: &str) -> Result<AcademicYear, Problem> {
        AcademicYear::parse(self.request.match_info().get(name).unwrap_or_default()).map_err(|_| Problem::not_found())
    }

    /// The query parameters.
    pub(crate) fn query<T: for<'de> EDeserialize<'de>>(&self) -> Result<T, Problem> {
        body::parse_query(self.page.as_deref().unwrap_or_else(|| self.request.query_string()))
    }

    /// The version that the caller read, from `If-Match`; 428 without it.
    pub(crate) fn if_match(&self) -> Result<i64, Problem> {
        let value = self
            .request
            .headers()
            .get(header::IF_MATCH)
            .ok_or_else(|| Problem::new(Code::IfMatchRequired, "send If-Match with the ETag of the record"))?;
        value
            .to_str()
            .ok()
            .and_then(tag::version)
            .ok_or_else(|| Problem::new(Code::Stale, "If-Match is not an ETag of this record"))
    }

    /// A read that is answered 304, without reading a row for it, where nothing in the hub has changed since the caller
    /// was given the tag that they send.
    pub(crate) async fn read_unless_known(&self, answer: impl AsyncFnOnce(&mut Tx) -> Answer) -> Answer {
        let mut tx = self.read().await?;
        let state = tag::State::new(ledger::writes(&mut tx, self.hub()).await?, &self.sight());
        match state.known(&self.request) {
            Some(unchanged) => Ok(unchanged),
            None => Ok(state.stamp(answer(&mut tx).await?)),
        }
    }

    /// Everything that an answer depends on besides the hub: who asks, for what, in which format, of which release.
    fn sight(&self) -> String {
        let Person { id, role, school_id, partner_id, .. } = &self.person;
        let (uri, file) = (self.request.uri(), self.wants_file());
        format!("{} {id} {role} {school_id:?} {partner_id:?} {file:?} {uri}", env!("CARGO_PKG_VERSION"))
    }

    /// The file for spreadsheets that `Accept` asks for.
    pub(crate) fn wants_file(&self) -> Option<SheetFile> {
        SheetFile::asked(&self.request)
    }

    /// Whether `Accept` asks for a PDF.
    pub(crate) fn wants_pdf(&self) -> bool {
        self.wants("application/pdf")
    }

    /// Whether `Accept` names this media type.
    pub(crate) fn wants(&self, media_type: &str) -> bool {
        accepted(&self.request, &[media_type]).is_some()
    }

    /// Begins long work for the hub, on a pool of its own.
    pub(crate) fn long_work(&self) -> Result<Turn, Problem> {
        self.app.long.begin(self.hub())
    }

    /// A transaction that reads one consistent state.
    pub(crate) async fn read(&self) -> Result<Tx, Problem> {
        Ok(self.app.db.read(self.hub()).await?)
    }

    /// The answer for a list; see [`reply::list`].
    pub(crate) fn list<R, K: serde::Serialize, T: Table>(
        &self,
        rows: Vec<R>,
        limit: Limit,
        key: impl Fn(&R) -> K,
        item: impl Fn(R) -> T,
    ) -> Answer {
        reply::list(rows, limit, self.wants_file().is_some(), self.request.uri(), key, item)
    }

    /// The answer for a list of which the cursor of the next page is known; see [`reply::listed`].
    pub(crate) fn listed<T: Table>(&self, items: Vec<T>, next: Option<String>) -> Answer {
        reply::listed(items, next, self.wants_file().is_some(), self.request.uri())
    }
}

/// Where a request comes from.
pub(crate) fn origin(app: &App, request: &HttpRequest) -> Origin {
    audited::origin(request, &app.settings.proxies)
}
