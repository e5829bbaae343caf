//! Rate limits: by person where a token proves one, by key where an API key does, otherwise by address.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::client_address;
use super::problem::{Code, Problem};
use crate::base::auth::{Proven, Refused, Subject};
use crate::base::config::{Proxies, Settings};
use crate::base::ids::ApiKeyId;
use crate::members::api_keys::{self, Holder};

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How many requests each person, each API key, and each address without either, may make in a minute.
pub(crate) struct Limits {
    people: Option<Limit<Subject>>,
    keys: Option<Limit<ApiKeyId>>,
    addresses: Option<Limit<Option<IpAddr>>>,
    proxies: Proxies,
}

/// What a request proves: somebody, or why nobody.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    /// Neither a token nor a key was sent.
    Nothing,
    /// By a token.
    Token(Result<Proven, Refused>),
    /// By an API key.
    Key(Result<Holder, api_keys::Refused>),
}

struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    policy: HeaderValue,
    limiter: Keyed<K>,
}

/// What is left of the caller's allowance, for the headers of the answer.
pub(super) struct Left {
    pub(super) policy: HeaderValue,
    pub(super) left: String,
}

impl Limits {
    /// The limits of the settings; 0 means none.
    pub(crate) fn new(settings: &Settings) -> Limits {
        Limits {
            people: Limit::new("person", settings.requests_per_person),
            keys: Limit::new("key", settings.requests_per_person),
            addresses: Limit::new("address", settings.requests_per_address),
            proxies: settings.proxies.clone(),
        }
    }

    /// Counts a request for the person or operator that its token proves, and otherwise for its address. Where a secret
    /// or a number opens what a token does not, anyone who might be guessing counts as an address, token or not.
    pub(super) fn count(&self, proof: Proof, request: &HttpRequest) -> Result<(), Problem> {
        match proof {
            Proof::Token(Ok(who)) if !opens_by_knowing(request.path()) => {
                self.people.as_ref().map_or(Ok(()), |limit| limit.count(&who.subject, request))
            }
            _ => {
                let count = |limit: &Limit<_>| limit.count(&client_address::counted(request, &self.proxies), request);
                self.addresses.as_ref().map_or(Ok(()), count)
            }
        }
    }

    /// Counts a request for an API key that is known, before the database is asked about it.
    pub(super) fn count_key(&self, key: ApiKeyId, request: &HttpRequest) -> Result<(), Problem> {
        if opens_by_knowing(request.path()) {
            return self.count(Proof::Nothing, request);
        }
        self.keys.as_ref().map_or(Ok(()), |limit| limit.count(&key, request))
    }

    /// Forgets callers whose allowance is full again.
    pub(crate) fn forget_idle(&self) {
        if let Some(people) = &self.people {
            people.limiter.retain_recent();
        }
        if let Some(keys) = &self.keys {
            keys.limiter.retain_recent();
        }
        if let Some(addresses) = &self.addresses {
            addresses.limiter.retain_recent();
        }
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// A limit; none where it is 0.
    fn new(name: &'static str, a_minute: u32) -> Option<Limit<K>> {
        let quota = Quota::per_minute(NonZeroU32::new(a_minute)?);
        let policy = HeaderValue::from_str(&format!("\"{name}\";q={a_minute};w=60")).ok()?;
        Some(Limit { name, policy, limiter: RateLimiter::keyed(quota).with_middleware() })
    }

    fn count(&self, who: &K, request: &HttpRequest) -> Result<(), Problem> {
        let (name, policy) = (self.name, self.policy.clone());
        match self.limiter.check_key(who) {
            Ok(state) => {
                let left = format!("\"{name}\";r={}", state.remaining_burst_capacity());
                request.extensions_mut().insert(Left { policy, left });
                Ok(())
            }
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
                request.extensions_mut().insert(Left { policy, left: format!("\"{name}\";r=0;t={wait}") });
                let problem = Problem::new(Code::TooManyRequests, format!("wait {wait} seconds"));
                Err(problem.with_header(header::RETRY_AFTER, wait.to_string()))
            }
        }
    }
}

/// Whether the path alone opens what is behind it.
fn opens_by_knowing(path: &str) -> bool {
    const OPEN: &[&str] = &[
        "/address/",
        "/certificates/",
        "/demo/",
        "/invitation/",
        "/reset/",
        "/sign-in",
        "/v1/auth/",
        "/v1/calendars/",
        "/v1/certificates/",
    ];
    // Of these, nobody gets anything but by their session.
    const OF_A_SESSION: &[&str] = &["/sign-in/app", "/sign-in/hub"];
    let begins = |places: &[&str]| places.iter().any(|before| path.starts_with(before));
    begins(OPEN) && !begins(OF_A_SESSION)
}
