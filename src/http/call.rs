//! A call: who calls, which hub, the clock, the transaction. Every handler but the public ones takes a
//! [`Call`], and gets at nothing before it has said which roles may: [`Call::allow`] gives a [`Caller`].

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Uri, header};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::{DateTime, Utc};
use eserde::EDeserialize;
use futures_util::future::LocalBoxFuture;
use tokio::sync::Notify;
use uuid::Uuid;

use super::body;
use super::bookings;
use super::edge::{Limits, Proof};
use super::idempotency::{self as http_idempotency, InFlight};
use super::long::{LongWork, Turn};
use super::problem::{Answer, Code, Problem};
use super::reply::{self, Limit, Reply, Table};
use super::tag;
use crate::auth::{Keys, Refused, Subject};
use crate::bookings::desk::Desks;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{self, Db, Readiness, Tx, Writes};
use crate::idempotency::{self, Keyed, Stored};
use crate::ids::{HubId, PartnerId, PersonId, SchoolId};
use crate::ledger::{self, Journal, Marks};
use crate::pdf::Fonts;
use crate::people::{self, Person, Role};
use crate::reports::Sight;
use crate::schools;
use crate::year::AcademicYear;

/// What every request shares.
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The keys of access tokens.
    pub keys: Keys,
    /// The settings.
    pub settings: Settings,
    /// Asks for the ends of the ledgers to be signed now.
    pub sign_now: Arc<Notify>,
    pub(crate) marks: Marks,
    pub(crate) desks: Desks,
    pub(crate) limits: Limits,
    pub(crate) in_flight: InFlight,
    pub(crate) ready: Readiness,
    pub(crate) long: LongWork,
    pub(crate) fonts: Arc<Fonts>,
}

impl App {
    /// The service over a migrated database.
    pub fn new(db: Db, clock: Clock, keys: Keys, settings: Settings) -> io::Result<App> {
        let limits = Limits::new(&settings);
        let marks = keys.marks();
        let desks = Desks::new(db.clone(), marks.clone(), clock.clone(), bookings::render)?;
        let long = LongWork::of(&db);
        let fonts = settings.fonts.as_deref().map_or_else(Fonts::shipped, Fonts::with_folder);
        let fonts = fonts.map_err(|error| io::Error::other(format!("fonts: {error}")))?;
        Ok(App {
            db,
            clock,
            keys,
            settings,
            sign_now: Arc::default(),
            marks,
            desks,
            limits,
            in_flight: InFlight::default(),
            ready: Readiness::default(),
            long,
            fonts,
        })
    }

    /// The same with room for only that many bookings to wait in each hub.
    pub fn with_queue(mut self, queue: usize) -> std::io::Result<App> {
        self.desks =
            Desks::with_queue(queue, self.db.clone(), self.marks.clone(), self.clock.clone(), bookings::render)?;
        Ok(self)
    }
}

/// Hub managers.
pub(crate) const MANAGER: &[Role] = &[Role::HubManager];
/// Those who read everything in the hub.
pub(crate) const HUB: &[Role] = &[Role::HubManager, Role::HubViewer];
/// The hub and the leads of schools.
pub(crate) const HUB_AND_LEADS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead];
/// The hub and the people of schools.
pub(crate) const HUB_AND_SCHOOLS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Teacher];
/// The leads of schools.
pub(crate) const LEADS: &[Role] = &[Role::SchoolLead];
/// Hub managers and leads.
pub(crate) const MANAGER_AND_LEADS: &[Role] = &[Role::HubManager, Role::SchoolLead];
/// Those who have accounts in the ledger: the hub, schools by their leads, partners.
pub(crate) const ACCOUNT_HOLDERS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Partner];
/// Everyone with a login in the hub.
pub(crate) const EVERYONE: &[Role] = Role::ALL;

/// A request whose token is good. It gives nothing away until a role is allowed.
#[derive(Clone)]
pub(crate) struct Call {
    app: web::Data<App>,
    request: HttpRequest,
    who: Who,
    /// The parameters of the query that ask for a page of a whole list, in place of those that were sent.
    page: Option<String>,
}

#[derive(Clone)]
enum Who {
    Operator,
    Person(Box<Person>),
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
            let who = match identify(&request)? {
                Subject::Operator => Who::Operator,
                Subject::Person(hub, id) => Who::Person(Box::new(person(&app, hub, id).await?)),
            };
            Ok(Call { app, request, who, page: None })
        })
    }
}

/// Whom the token of a request stands for, as the edge has found.
pub(super) fn identify(request: &HttpRequest) -> Result<Subject, Problem> {
    match request.extensions().get::<Proof>().and_then(|proof| proof.0) {
        Some(Ok(subject)) => Ok(subject),
        Some(Err(Refused::Expired)) => Err(unauthorized(Code::TokenExpired, "get a new access token")),
        Some(Err(Refused::Invalid)) => Err(unauthorized(Code::Unauthorized, "the access token is not valid")),
        None => Err(unauthorized(Code::Unauthorized, "send an access token as Authorization: Bearer …")),
    }
}

/// The person, unless they are disabled.
async fn person(app: &App, hub: HubId, id: PersonId) -> Result<Person, Problem> {
    still_enabled(people::get(&mut app.db.read().await?, hub, id).await?)
}

fn still_enabled(person: Option<Person>) -> Result<Person, Problem> {
    let person = person.ok_or_else(|| unauthorized(Code::Unauthorized, "the access token is not valid"))?;
    if person.disabled_at.is_some() {
        return Err(unauthorized(Code::PersonDisabled, "ask the hub to enable this person"));
    }
    Ok(person)
}

/// The refusal of a request without a good token.
pub(super) fn unauthorized(code: Code, detail: &str) -> Problem {
    Problem::new(code, detail).with_header(header::WWW_AUTHENTICATE, "Bearer")
}

impl Call {
    /// The caller, where their role is one of these.
    pub(crate) fn allow(self, roles: &[Role]) -> Result<Caller, Problem> {
        match self.who {
            Who::Person(person) if roles.contains(&person.role) => {
                Ok(Caller { app: self.app, request: self.request, page: self.page, person: *person })
            }
            Who::Person(_) | Who::Operator => Err(Problem::new(Code::Forbidden, "the caller's role may not do this")),
        }
    }

    /// The deployment, where the caller runs it.
    pub(crate) fn allow_operator(self) -> Result<web::Data<App>, Problem> {
        match self.who {
            Who::Operator => Ok(self.app),
            Who::Person(_) => Err(Problem::new(Code::Forbidden, "only the operator of the deployment may do this")),
        }
    }

    /// The parameters of the query, of whoever calls.
    pub(crate) fn query<T: for<'de> EDeserialize<'de>>(&self) -> Result<T, Problem> {
        body::parse_query(self.page.as_deref().unwrap_or_else(|| self.request.query_string()))
    }

    /// What they asked for.
    pub(crate) fn uri(&self) -> &Uri {
        self.request.uri()
    }

    /// Whether `Accept` asks for a table.
    pub(crate) fn wants_csv(&self) -> bool {
        accepts(&self.request, "text/csv")
    }

    /// A parameter of the query as it was sent.
    pub(super) fn parameter(&self, wanted: &str) -> Option<String> {
        let mut sent = url::form_urlencoded::parse(self.request.query_string().as_bytes());
        sent.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    }

    /// The same request for so many rows after that cursor.
    pub(super) fn at(&self, limit: u8, after: Option<&str>) -> Call {
        let mut query = url::form_urlencoded::Serializer::new(self.request.query_string().to_owned());
        query.append_pair("limit", &limit.to_string());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        Call { page: Some(query.finish()), ..self.clone() }
    }

    /// A read of the caller's hub, and which people's names are theirs to see; none for the operator.
    pub(super) async fn reading(&self) -> Result<Option<(Tx, HubId, Sight)>, Problem> {
        let Who::Person(person) = &self.who else { return Ok(None) };
        let sight = match (HUB.contains(&person.role), person.school_id) {
            (true, _) => Sight::Hub,
            (_, Some(school)) => Sight::School(school),
            _ => Sight::Nobody,
        };
        Ok(Some((self.app.db.read().await?, person.hub_id, sight)))
    }
}

fn accepts(request: &HttpRequest, media_type: &str) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains(media_type))
}

/// A caller who may do what the handler does.
pub(crate) struct Caller {
    app: web::Data<App>,
    request: HttpRequest,
    page: Option<String>,
    /// Who they are.
    pub(crate) person: Person,
}

impl Caller {
    /// Their hub.
    pub(crate) fn hub(&self) -> HubId {
        self.person.hub_id
    }

    /// The fonts of what is printed.
    pub(crate) fn fonts(&self) -> Arc<Fonts> {
        Arc::clone(&self.app.fonts)
    }

    /// The time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// The keys of the service.
    pub(crate) fn keys(&self) -> &Keys {
        &self.app.keys
    }

    /// Has the ends of the ledgers signed at once.
    pub(crate) fn sign_now(&self) {
        self.app.sign_now.notify_one();
    }

    /// The file of checkpoints.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        self.app.settings.checkpoint_file()
    }

    /// The address that people reach the service by.
    pub(crate) fn public_url(&self) -> &str {
        &self.app.settings.public_url
    }

    /// What they asked for.
    pub(crate) fn uri(&self) -> &Uri {
        self.request.uri()
    }

    /// Whether they see everything of the hub.
    pub(crate) fn sees_hub(&self) -> bool {
        HUB.contains(&self.person.role)
    }

    /// The school that they are kept to: a lead's or a teacher's own; none for the hub's people.
    pub(crate) fn own_school(&self) -> Option<SchoolId> {
        self.person.school_id
    }

    /// The partner that they are kept to; none for others.
    pub(crate) fn own_partner(&self) -> Option<PartnerId> {
        self.person.partner_id
    }

    /// Whether a record of that school is theirs to see: everything for the hub, their own for leads and teachers.
    pub(crate) fn sees_school(&self, school: SchoolId) -> bool {
        self.sees_hub() || self.person.school_id == Some(school)
    }

    /// Whether what a school did is theirs to see: as [`Caller::sees_school`], and for a lead also where their school
    /// took its place.
    pub(crate) async fn sees_past_of(&self, tx: &mut Tx, school: SchoolId) -> Result<bool, Problem> {
        match (self.sees_school(school), self.person.role, self.person.school_id) {
            (true, ..) => Ok(true),
            (false, Role::SchoolLead, Some(own)) => Ok(schools::is_heir(tx, self.hub(), school, own).await?),
            _ => Ok(false),
        }
    }

    /// The school that a list is of: what was asked for, where the caller sees what that did; their own where nothing
    /// was; none for those who see the hub.
    pub(crate) async fn school_asked(&self, tx: &mut Tx, asked: Option<SchoolId>) -> Result<Option<SchoolId>, Problem> {
        match asked {
            Some(school) if self.sees_past_of(tx, school).await? => Ok(Some(school)),
            Some(_) => Err(Problem::not_found()),
            None => Ok(self.own_school()),
        }
    }

    /// An id in the path. What is not an id is not found.
    pub(crate) fn id<T: From<Uuid>>(&self, name: &str) -> Result<T, Problem> {
        body::path_id(&self.request, name)
    }

    /// The academic year in the path, `2026-27`. What is not one is not found.
    pub(crate) fn year(&self, name: &str) -> Result<AcademicYear, Problem> {
        AcademicYear::parse(self.request.match_info().get(name).unwrap_or_default()).map_err(|_| Problem::not_found())
    }

    /// The parameters of the query.
    pub(crate) fn query<T: for<'de> EDeserialize<'de>>(&self) -> Result<T, Problem> {
        body::parse_query(self.page.as_deref().unwrap_or_else(|| self.request.query_string()))
    }

    /// The version that the caller read, from `If-Match`: 428 without.
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

    /// A read that is answered 304, without reading a row of it, where nothing of the hub has changed since
    /// the caller was given the tag that they send.
    pub(crate) async fn read_unless_known(&self, answer: impl AsyncFnOnce(&mut Tx) -> Answer) -> Answer {
        let mut tx = self.read().await?;
        let state = tag::State::new(ledger::writes(&mut tx, self.hub()).await?, &self.sight());
        match state.known(self.request.headers().get(header::IF_NONE_MATCH)) {
            Some(unchanged) => Ok(unchanged),
            None => Ok(state.stamp(answer(&mut tx).await?)),
        }
    }

    /// All that an answer depends on beside the hub: who looks, at what, in which form, of which release.
    fn sight(&self) -> String {
        let Person { id, role, school_id, partner_id, .. } = &self.person;
        let (uri, csv) = (self.request.uri(), self.wants_csv());
        format!("{} {id} {role} {school_id:?} {partner_id:?} {csv} {uri}", env!("CARGO_PKG_VERSION"))
    }

    /// Whether `Accept` asks for a table.
    pub(crate) fn wants_csv(&self) -> bool {
        self.wants("text/csv")
    }

    /// Whether `Accept` asks for a file to print.
    pub(crate) fn wants_pdf(&self) -> bool {
        self.wants("application/pdf")
    }

    /// Whether `Accept` names this type.
    pub(crate) fn wants(&self, media_type: &str) -> bool {
        accepts(&self.request, media_type)
    }

    /// Begins long work of the hub, on a pool of its own.
    pub(crate) fn long_work(&self) -> Result<Turn, Problem> {
        self.app.long.begin(self.hub())
    }

    /// A transaction that reads one consistent state.
    pub(crate) async fn read(&self) -> Result<Tx, Problem> {
        Ok(self.app.db.read().await?)
    }

    /// The answer of a list; see [`reply::list`].
    pub(crate) fn list<R, K: serde::Serialize, T: Table>(
        &self,
        rows: Vec<R>,
        limit: Limit,
        key: impl Fn(&R) -> K,
        item: impl Fn(R) -> T,
    ) -> Answer {
        reply::list(rows, limit, self.wants_csv(), self.request.uri(), key, item)
    }

    /// Does a write: opens the hub's journal, runs the operation, stores the answer for the
    /// `Idempotency-Key` where one is sent, commits, answers. Tried again where others were in the way.
    /// An answer that is to be [kept nowhere](super::secret::KEPT_NOWHERE) is not stored.
    /// `body` is what was sent, for telling another request under the same key from the same one again.
    pub(crate) async fn write(
        &self,
        body: &[u8],
        operation: impl AsyncFn(&mut Journal) -> Result<Reply, Problem>,
    ) -> Answer {
        let keyed = http_idempotency::keyed(&self.request, self.hub(), self.person.id, body)?;
        let _under_way = keyed.as_ref().map(|keyed| self.app.in_flight.begin(keyed)).transpose()?;
        let reply = db::retrying(async || self.attempt(keyed.as_ref(), &operation).await).await?;
        Ok(reply.into_response())
    }

    /// As [`Caller::write`], for what moves credits: 400 without an `Idempotency-Key`.
    pub(crate) async fn write_keyed(
        &self,
        body: &[u8],
        operation: impl AsyncFn(&mut Journal) -> Result<Reply, Problem>,
    ) -> Answer {
        if !self.request.headers().contains_key("idempotency-key") {
            return Err(http_idempotency::required());
        }
        self.write(body, operation).await
    }

    async fn attempt(
        &self,
        keyed: Option<&Keyed>,
        operation: &impl AsyncFn(&mut Journal) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let mut journal = Journal::open_marked(
            self.app.db.write().await?,
            &self.app.marks,
            self.hub(),
            Some(self.person.id),
            self.now(),
        )
        .await?;
        // Who was disabled while this waited for the hub does nothing any more.
        still_enabled(people::get(journal.tx(), self.hub(), self.person.id).await?)?;
        if let Some(keyed) = keyed
            && let Some(known) = idempotency::recall(journal.tx(), &[keyed]).await?.into_iter().next().flatten()
        {
            return http_idempotency::replay(known);
        }
        let stored = Stored::from(operation(&mut journal).await?);
        // Whoever waits for a place moves up in the commit that lets their school pay for it.
        crate::bookings::catch_up(&mut journal).await?;
        if let Some(keyed) = keyed {
            let (hub, now) = (journal.hub(), journal.now());
            idempotency::forget(journal.tx(), hub, now).await?.any();
            let mut writes = Writes::default();
            idempotency::remember(journal.tx(), &mut writes, &[(keyed, &stored)], now);
            journal.tx().together(writes).await?;
        }
        journal.commit().await?;
        Ok(stored.into())
    }
}

/// The person a token was made for, where only their id matters.
pub(crate) fn subject(hub: HubId, person: PersonId) -> Subject {
    Subject::Person(hub, person)
}
