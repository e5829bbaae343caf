//! OpenID Connect, as far as signing in needs it: where a provider asks people to sign in, and whom it vouches for
//! (authorization code with PKCE, state and nonce; discovery; keys that are read again when an unknown one signs).
//!
//! Not the crate `openidconnect`, which brings `rsa` along and with it RUSTSEC-2023-0071. Every answer of a provider is
//! bounded in time and size, nothing is followed elsewhere, and nothing of what it says is believed but under the rules
//! of [`token`] and [`person`]. What is known of a provider is kept for an hour, and used on for a day where it can't be
//! read.

mod cache;
mod discovery;
mod http;
mod issuer;
mod person;
mod settings;
mod token;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::Jwk;
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

pub use person::Unproved;
pub use settings::{Given, Hidden, Kind, Settings, Wrong, checked};

use crate::base::text::Email;
use cache::Cached;
use discovery::{Authentication, Document};
use http::Http;
use issuer::Issuer;
use token::{Claims, Expected, Fault};

/// How long a provider may take for all that one sign-in needs of it.
const IN_ALL: Duration = Duration::from_secs(20);

/// Why a provider does not sign somebody in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not answer, or not in time, or not now.
    #[error("the provider can't be reached now: {0}")]
    Away(String),
    /// What it answers can't be believed.
    #[error("what the provider answers can't be believed: {0}")]
    Nonsense(&'static str),
    /// It does not take the code: used, expired, or not its own.
    #[error("the provider does not take the code")]
    Code,
}

impl Error {
    fn of_status(status: StatusCode) -> Error {
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Error::Away(format!("it answers {status}"));
        }
        Error::Nonsense(if status.is_redirection() {
            "it points elsewhere"
        } else {
            "it refuses what it should answer"
        })
    }
}

/// Whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The issuer of the token: of Entra, the tenant's own.
    pub issuer: String,
    /// The subject, which stays when the address changes.
    pub subject: String,
    /// The address that is proved to be theirs.
    pub address: Result<Email, Unproved>,
}

/// What one sign-in is known by: secrets of the browser in which it was begun.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Comes back with the answer.
    pub state: String,
    /// Stands in the token.
    pub nonce: String,
    /// Shows that whoever redeems the code asked for it.
    pub verifier: String,
}

/// The providers of the settings.
pub struct Providers(Vec<Provider>);

/// One provider, and what is known of it.
pub struct Provider {
    settings: Settings,
    issuer: Issuer,
    http: Http,
    document: Cached<Document>,
    keys: Cached<Vec<Jwk>>,
}

impl Providers {
    /// The providers of the settings. None of them is asked anything yet.
    pub fn of(settings: Vec<Settings>) -> std::io::Result<Providers> {
        let http = Http::new().map_err(std::io::Error::other)?;
        let of = |settings: Settings| Provider {
            issuer: Issuer::of(&settings),
            settings,
            http: http.clone(),
            document: Cached::default(),
            keys: Cached::default(),
        };
        Ok(Providers(settings.into_iter().map(of).collect()))
    }

    /// The provider of this name.
    pub fn named(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.name == name)
    }

    /// All of them, in the order of the settings.
    pub fn all(&self) -> impl Iterator<Item = &Settings> {
        self.0.iter().map(|provider| &provider.settings)
    }
}

impl Provider {
    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether it can be reached, and says of itself what it must.
    pub async fn is_there(&self, now: DateTime<Utc>) -> Result<(), Error> {
        in_time(self.document(now)).await.map(drop)
    }

    /// The address at which it asks somebody to sign in.
    pub async fn asks_at(&self, asking: &Asking, redirect: &str, now: DateTime<Utc>) -> Result<String, Error> {
        let document = in_time(self.document(now)).await?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(asking.verifier.as_bytes()));
        let mut url = document.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &self.settings.scopes)
            .append_pair("state", &asking.state)
            .append_pair("nonce", &asking.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Whom it vouches for with this code. `said` is the issuer that came with the code, where one did (RFC 9207).
    pub async fn vouches_for(
        &self,
        code: &str,
        said: Option<&str>,
        asking: &Asking,
        redirect: &str,
        now: DateTime<Utc>,
    ) -> Result<Identity, Error> {
        in_time(self.redeem(code, said, asking, redirect, now)).await
    }

    async fn redeem(
        &self,
        code: &str,
        said: Option<&str>,
        asking: &Asking,
        redirect: &str,
        now: DateTime<Utc>,
    ) -> Result<Identity, Error> {
        let document = self.document(now).await?;
        match said {
            Some(issuer) if !self.issuer.may_answer(issuer) => {
                return Err(Error::Nonsense("the answer says that it comes from another issuer"));
            }
            None if document.says_who_answers => {
                return Err(Error::Nonsense("the answer does not say where it comes from"));
            }
            _ => {}
        }
        let tokens = self.tokens(&document, code, asking, redirect).await?;
        let token = tokens["id_token"].as_str().ok_or(Error::Nonsense("there is no ID token in its answer"))?;
        let mut claims = self.read(&document, token, &asking.nonce, now).await?;
        if claims.about.email.is_none()
            && self.settings.kind != Kind::Entra
            && let (Some(url), Some(access)) = (&document.userinfo_endpoint, tokens["access_token"].as_str())
        {
            let told = self.http.get_with(url.clone(), access).await?;
            if told["sub"].as_str() != Some(&claims.sub) {
                return Err(Error::Nonsense("it tells of somebody else than its token"));
            }
            let told: token::About = serde_json::from_value(told)
                .map_err(|_| Error::Nonsense("what it tells of the person can't be read"))?;
            (claims.about.email, claims.about.email_verified) = (told.email, told.email_verified);
        }
        let address = person::proved(&self.settings, &claims.about);
        Ok(Identity { issuer: claims.iss, subject: claims.sub, address })
    }

    /// What it gives for the code.
    async fn tokens(&self, document: &Document, code: &str, asking: &Asking, redirect: &str) -> Result<Value, Error> {
        let Settings { client_id, client_secret, .. } = &self.settings;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", &asking.verifier),
        ];
        let mut basic = None;
        match (client_secret, document.authentication(self.settings.kind)) {
            (Some(secret), Authentication::Basic) => {
                let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                basic = Some((encoded(client_id), encoded(&secret.0)));
            }
            (Some(secret), Authentication::Post) => {
                fields.extend([("client_id", client_id.as_str()), ("client_secret", &secret.0)]);
            }
            (None, _) => fields.push(("client_id", client_id)),
        }
        let (status, answer) = self.http.post(document.token_endpoint.clone(), &fields, basic).await?;
        match (status, answer["error"].as_str()) {
            (StatusCode::OK, None) => Ok(answer),
            (_, Some("invalid_grant")) => Err(Error::Code),
            (_, Some("temporarily_unavailable" | "server_error")) => Err(Error::Away("it says so itself".to_owned())),
            (_, Some(error)) => {
                let (provider, error) = (&self.settings.name, error.chars().take(100).collect::<String>());
                tracing::error!(provider, error, "an OpenID provider does not know this service: see its settings");
                Err(Error::Nonsense("it does not take this service as its client"))
            }
            (status, None) => Err(Error::of_status(status)),
        }
    }

    /// What a token says, by the keys that are known, or by those that are read anew.
    async fn read(&self, document: &Document, token: &str, nonce: &str, now: DateTime<Utc>) -> Result<Claims, Error> {
        let expected = Expected { issuer: &self.issuer, client_id: &self.settings.client_id, nonce, now };
        let read = async || discovery::keys(&self.http, document).await;
        let keys = self.keys.get(now, read).await?;
        let outcome = match token::read(token, &keys, &expected) {
            Err(Fault::UnknownKey) => token::read(token, &self.keys.newer(now, read).await?, &expected),
            outcome => outcome,
        };
        outcome.map_err(|fault| match fault {
            Fault::UnknownKey => Error::Nonsense("the token is signed by a key that it does not publish"),
            Fault::Wrong(reason) => Error::Nonsense(reason),
        })
    }

    async fn document(&self, now: DateTime<Utc>) -> Result<std::sync::Arc<Document>, Error> {
        let read = async || discovery::document(&self.http, &self.settings, &self.issuer).await;
        self.document.get(now, read).await
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(IN_ALL, work).await.unwrap_or_else(|_| Err(Error::Away("it takes too long".to_owned())))
}
