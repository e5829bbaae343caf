//! What a provider says of itself: where it asks, where it gives tokens, and the keys that sign them.

use jsonwebtoken::jwk::Jwk;
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use super::Error;
use super::http::Http;
use super::issuer::Issuer;
use super::settings::{Kind, Settings, address_of};

/// The most keys that are looked at.
const MOST_KEYS: usize = 100;

/// What is read of a provider's document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Whether each answer names its issuer (RFC 9207).
    pub(super) says_who_answers: bool,
    jwks: Url,
    takes_post: bool,
}

/// How this service shows that it is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    /// In the header of HTTP.
    Basic,
    /// In the form.
    Post,
}

#[derive(Deserialize)]
struct Said {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Document {
    /// DfE Sign-in takes the form alone, whatever it says.
    pub(super) fn authentication(&self, kind: Kind) -> Authentication {
        if self.takes_post || kind == Kind::Dfe { Authentication::Post } else { Authentication::Basic }
    }
}

/// Reads the document (OpenID Connect Discovery 1.0).
pub(super) async fn document(http: &Http, settings: &Settings, issuer: &Issuer) -> Result<Document, Error> {
    let place = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
    let url = Url::parse(&place).map_err(|_| Error::Nonsense("its issuer is no address"))?;
    let said: Said = serde_json::from_value(http.get(url).await?)
        .map_err(|_| Error::Nonsense("what it says of itself lacks something"))?;
    if !issuer.is_said(&said.issuer) {
        return Err(Error::Nonsense("it calls itself by another issuer"));
    }
    let endpoint = |text: &str| {
        // An address of this machine is believed of a provider on this machine alone.
        let url = address_of(text).ok().filter(|url| url.scheme() == "https" || settings.issuer.starts_with("http:"));
        url.ok_or(Error::Nonsense("an address that it says can't be used"))
    };
    Ok(Document {
        authorization_endpoint: endpoint(&said.authorization_endpoint)?,
        token_endpoint: endpoint(&said.token_endpoint)?,
        userinfo_endpoint: said.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
        jwks: endpoint(&said.jwks_uri)?,
        says_who_answers: said.authorization_response_iss_parameter_supported,
        takes_post: said.token_endpoint_auth_methods_supported.iter().any(|method| method == "client_secret_post"),
    })
}

/// Reads the keys. Those that are of no use here are passed over.
pub(super) async fn keys(http: &Http, document: &Document) -> Result<Vec<Jwk>, Error> {
    let mut said = http.get(document.jwks.clone()).await?;
    let Value::Array(keys) = said["keys"].take() else { return Err(Error::Nonsense("it publishes no keys")) };
    Ok(keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key).ok()).collect())
}
