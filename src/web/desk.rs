//! A call at the desk: the token says who it is, and the desk looks up the rest with everything that it decides on, so
//! that a booking costs no statement of its own; but for one where the token belongs to a session, which may have ended.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use eserde::EDeserialize;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::base::auth::Subject;
use crate::base::ids::{HubId, PersonId};
use crate::booking::bookings::desk::{self, Answer as Answered};
use crate::booking::bookings::{Actor, Command, Reach, Shown, What};
use crate::ledger::idempotency::{Keyed, Stored};
use crate::web::app::App;
use crate::web::body;
use crate::web::call::{Identified, entitled, identify, within_scope};
use crate::web::idempotency::{key_of, keyed, replay, required};
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;

/// A request of a person with a valid token, for the desk of their hub.
pub(crate) struct AtDesk {
    app: web::Data<App>,
    request: HttpRequest,
    hub: HubId,
    /// The person who asks.
    pub(crate) person: PersonId,
}

impl FromRequest for AtDesk {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(AtDesk::of(request.clone()))
    }
}

impl AtDesk {
    async fn of(request: HttpRequest) -> Result<AtDesk, Problem> {
        let app = request.app_data::<web::Data<App>>().cloned();
        let app = app.ok_or_else(|| Problem::new(Code::Internal, "the service is not set up"))?;
        let Identified { subject, session, key } = identify(&request)?;
        within_scope(&app, &request, key)?;
        match subject {
            Subject::Person(hub, person) => {
                // The desk sees for itself whether the person is enabled; of their session it knows nothing.
                if session.is_some() {
                    let mut tx = app.db.read(hub).await?;
                    entitled(&mut tx, &request, (hub, person), session, app.clock.now()).await?;
                }
                Ok(AtDesk { app, request, hub, person })
            }
            Subject::Operator => Err(Problem::new(Code::Forbidden, "the caller's role may not do this")),
        }
    }

    /// An id in the path. Anything that is not an id gives 404.
    pub(crate) fn id<T: From<Uuid>>(&self, name: &str) -> Result<T, Problem> {
        body::path_id(&self.request, name)
    }

    /// The query parameters.
    pub(crate) fn query<T: for<'de> EDeserialize<'de>>(&self) -> Result<T, Problem> {
        body::parse_query(self.request.query_string())
    }

    /// Puts a command to the desk. `moves_credits` makes an `Idempotency-Key` required.
    pub(crate) async fn ask(&self, what: What, body: &[u8], moves_credits: bool) -> Answer {
        if moves_credits && key_of(&self.request)?.is_none() {
            return Err(required());
        }
        Ok(Reply::from(self.outcome(what, body).await?).into_response())
    }

    /// What a command came to at the desk, or came to when it was first sent.
    pub(crate) async fn outcome(&self, what: What, body: &[u8]) -> Result<Stored, Problem> {
        self.put(what, None, keyed(&self.request, self.hub, self.person, body)?).await
    }

    /// What a command came to at the desk, where it came to what the page had shown of it.
    pub(crate) async fn outcome_as_shown(&self, what: What, shown: Shown, body: &[u8]) -> Result<Stored, Problem> {
        self.put(what, Some(shown), keyed(&self.request, self.hub, self.person, body)?).await
    }

    /// What one of several commands of a form came to: each has a key of its own, by its name.
    pub(crate) async fn outcome_of(&self, name: &str, what: What, body: &[u8]) -> Result<Stored, Problem> {
        let keyed = keyed(&self.request, self.hub, self.person, body)?;
        self.put(what, None, keyed.map(|keyed| Keyed { key: format!("{}.{name}", keyed.key), ..keyed })).await
    }

    async fn put(&self, what: What, shown: Option<Shown>, keyed: Option<Keyed>) -> Result<Stored, Problem> {
        let _under_way = self.app.in_flight.turn(keyed.as_ref(), &self.request).await?;
        let actor = Actor { person: Some(self.person), reach: Reach::OfRole };
        match self.app.desks.ask(self.hub, Command { actor, what, shown }, keyed.clone()).await {
            Ok(Answered::Done(stored)) => Ok(stored),
            Ok(Answered::Known(known)) => Ok(replay(known, &self.request)?.into()),
            Ok(Answered::Refused(refusal)) => Err(refusal.into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<desk::Error> for Problem {
    fn from(error: desk::Error) -> Self {
        let problem = |code| Problem::new(code, error.to_string());
        match error {
            desk::Error::Busy => problem(Code::Unavailable).with_header(header::RETRY_AFTER, "1"),
            desk::Error::Unavailable => problem(Code::Unavailable).with_header(header::RETRY_AFTER, "2"),
            desk::Error::Failed => problem(Code::Internal),
        }
    }
}
