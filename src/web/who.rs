//! Whom a request stands for, by its token or by an API key, and how far the key goes.

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};
use tracing::Span;
use tracing::field::display;

use super::app::App;
use super::audited::Known;
use super::limits::Proof;
use super::problem::{Code, Problem};
use crate::base::auth::{Proven, Refused, Subject};
use crate::base::colour::Colour;
use crate::base::ids::LoginSessionId;
use crate::base::text::Line;
use crate::ledger::audit::By;
use crate::members::api_keys::Holder;
use crate::members::people::Role;

/// Whom a request stands for.
#[derive(Clone, Copy)]
pub(crate) struct Identified {
    /// The person or the operator.
    pub(crate) subject: Subject,
    /// The session of their token, where they signed in for it.
    pub(crate) session: Option<LoginSessionId>,
    /// The API key by which they call.
    pub(crate) key: Option<Holder>,
}

/// What the hub of somebody who has signed in is called and looks like: read with them, and kept with the request.
#[derive(Clone)]
pub(crate) struct HubLook {
    /// Its name.
    pub(crate) name: Line,
    /// The colour of its pages.
    pub(crate) colour: Colour,
}

/// Somebody who has signed in: kept with the request for a page that tells of a refusal.
#[derive(Clone)]
pub(super) struct SignedIn {
    /// Their name.
    pub(super) name: Line,
    /// Their role.
    pub(super) role: Role,
}

/// Whom a request stands for, as the edge has determined.
pub(crate) fn identify(request: &HttpRequest) -> Result<Identified, Problem> {
    let proof = request.extensions().get::<Proof>().copied();
    let identified = match proof.unwrap_or(Proof::Nothing) {
        Proof::Token(Ok(Proven { subject, session })) => Identified { subject, session, key: None },
        Proof::Key(Ok(holder)) => {
            Identified { subject: Subject::Person(holder.hub, holder.person), session: None, key: Some(holder) }
        }
        Proof::Token(Err(Refused::Expired)) => return Err(unauthorized(Code::TokenExpired, "get a new access token")),
        Proof::Token(Err(Refused::Invalid)) => {
            return Err(unauthorized(Code::Unauthorized, "the access token is not valid"));
        }
        Proof::Key(Err(refused)) => return Err(refused.into()),
        Proof::Nothing => {
            return Err(unauthorized(Code::Unauthorized, "send an access token as Authorization: Bearer …"));
        }
    };
    let Identified { subject, key, .. } = identified;
    let span = Span::current();
    if let Subject::Person(hub, person) = subject {
        let (session, key) = (identified.session.map(|id| id.0), key.map(|holder| holder.key.0));
        let by = By { person: Some(person), login: None, session, key };
        request.extensions_mut().insert(Known { hub, by });
    }
    match subject {
        Subject::Person(hub, person) => span.record("hub", display(hub.0)).record("caller", display(person.0)),
        Subject::Operator => span.record("caller", "operator"),
    };
    if let Some(holder) = key {
        span.record("key", display(holder.key.0));
    }
    Ok(identified)
}

/// Refuses what the scope of an API key does not go as far as.
pub(crate) fn within_scope(app: &App, request: &HttpRequest, key: Option<Holder>) -> Result<(), Problem> {
    let Some(holder) = key else { return Ok(()) };
    let scopes = app.roles.scopes(request);
    if scopes.contains(&holder.scope) {
        return Ok(());
    }
    let named: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let needed = if named.is_empty() {
        "no API key may do this".to_owned()
    } else {
        format!("this takes a key of scope {}", named.join(" or "))
    };
    Err(Problem::new(Code::ScopeMissing, format!("{needed}; this key has scope {}", holder.scope)))
}

/// The refusal of a request without a good token.
pub(crate) fn unauthorized(code: Code, detail: &str) -> Problem {
    Problem::new(code, detail).with_header(header::WWW_AUTHENTICATE, "Bearer")
}
