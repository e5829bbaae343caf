//! The way to a provider: bounded in time and size, and followed nowhere else.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;

use super::Error;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(4);

/// The most bytes of an answer.
const MOST: usize = 512 * 1024;

/// A client of providers.
#[derive(Clone)]
pub(super) struct Http(Client);

impl Http {
    pub(super) fn new() -> reqwest::Result<Http> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(CONNECTING)
            .redirect(Policy::none())
            .user_agent("hub-credits")
            .build()?;
        Ok(Http(client))
    }

    /// Reads a JSON object that must be there.
    pub(super) async fn get(&self, url: Url) -> Result<Value, Error> {
        match answered(self.0.get(url)).await? {
            (StatusCode::OK, value) => Ok(value),
            (status, _) => Err(Error::of_status(status)),
        }
    }

    /// Reads a JSON object with a bearer token.
    pub(super) async fn get_with(&self, url: Url, token: &str) -> Result<Value, Error> {
        match answered(self.0.get(url).bearer_auth(token)).await? {
            (StatusCode::OK, value) => Ok(value),
            (status, _) => Err(Error::of_status(status)),
        }
    }

    /// Posts a form, with the user and password of HTTP where there are some; any status of an answer in JSON.
    pub(super) async fn post(
        &self,
        url: Url,
        fields: &[(&str, &str)],
        basic: Option<(String, String)>,
    ) -> Result<(StatusCode, Value), Error> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.0.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        answered(match basic {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        })
        .await
    }
}

/// What is answered in JSON: an object.
async fn answered(request: RequestBuilder) -> Result<(StatusCode, Value), Error> {
    let away = |error: reqwest::Error| Error::Away(error.without_url().to_string());
    let mut response = request.header("accept", "application/json").send().await.map_err(away)?;
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::of_status(status));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > MOST {
            return Err(Error::Nonsense("an answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    match serde_json::from_slice(&body) {
        Ok(value @ Value::Object(_)) => Ok((status, value)),
        Ok(_) | Err(_) if status.is_success() => Err(Error::Nonsense("an answer is no JSON object")),
        Ok(_) | Err(_) => Ok((status, Value::Null)),
    }
}
