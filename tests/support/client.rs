//! A caller: sends requests with their token, and looks at what comes back.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::specification;

/// A number that no other call in this process has got: for names that must differ.
pub fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Someone who calls the service.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    token: Option<String>,
    person: Option<String>,
}

impl Client {
    /// Someone without a token, who calls the service at this address.
    pub fn new(http: reqwest::Client, address: String) -> Client {
        Client { http, address, token: None, person: None }
    }

    /// The same caller with another token.
    pub fn with_token(mut self, token: impl Into<String>) -> Client {
        self.token = Some(token.into());
        self
    }

    /// The same caller at another instance of the service.
    pub fn at(&self, service: &super::Service) -> Client {
        Client { address: service.address.clone(), ..self.clone() }
    }

    /// The same caller at a service of this address.
    pub fn at_address(&self, address: &str) -> Client {
        Client { address: address.to_owned(), ..self.clone() }
    }

    pub(super) fn named(mut self, person: &str) -> Client {
        self.person = Some(person.to_owned());
        self
    }

    /// The id of the person.
    pub fn id(&self) -> &str {
        self.person.as_deref().expect("the caller is a person")
    }

    /// The token.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("the caller has a token")
    }

    /// The address of the service.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// What a mail program sends when somebody has enough of letters, to a page and without an account (RFC 8058).
    pub async fn one_click(&self, path: &str) {
        let request = self.http.post(format!("{}{path}", self.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body("List-Unsubscribe=One-Click").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 204, "{path}");
    }

    /// Does something, with an `Idempotency-Key` of its own.
    pub fn post(&self, path: &str, body: impl Into<Option<Value>>) -> Request {
        let request = self.request(Method::POST, path).key(&format!("test-{}", unique()));
        body.into().into_iter().fold(request, |request, body| request.json(&body))
    }

    /// Changes a record that was read with this ETag.
    pub fn patch(&self, path: &str, etag: &str, body: Value) -> Request {
        self.request(Method::PATCH, path).header("if-match", etag).json(&body)
    }

    /// Puts.
    pub fn put(&self, path: &str, body: Value) -> Request {
        self.request(Method::PUT, path).key(&format!("test-{}", unique())).json(&body)
    }

    /// Deletes.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// A request to be built.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        Request { client: self.clone(), method, path: path.to_owned(), headers, body: Vec::new() }
    }

    /// Every item of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut address) = (Vec::new(), path.to_owned());
        loop {
            let page = self.get(&address).await.ok();
            items.extend(page["items"].as_array().expect("a list").iter().cloned());
            let Some(next) = page["next"].as_str() else { return items };
            address = format!("{path}{}after={next}", if path.contains('?') { '&' } else { '?' });
        }
    }
}

/// A request; it is sent by `.await`.
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    /// The end point that it is for: `POST /v1/people/{id}/invite`.
    pub fn operation(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let found = specification::operation_at(self.method.as_str(), path);
        let found = found.unwrap_or_else(|| panic!("{} {path} is no end point", self.method));
        format!("{} {}", found.method, found.path)
    }

    /// With a header, in place of one of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        self
    }

    /// Without a header.
    pub fn without(mut self, name: &str) -> Request {
        self.headers.remove(name);
        self
    }

    /// With this `Idempotency-Key`.
    pub fn key(self, key: &str) -> Request {
        self.header("idempotency-key", key)
    }

    /// Without an `Idempotency-Key`.
    pub fn no_key(self) -> Request {
        self.without("idempotency-key")
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Request {
        self.body("application/json", body.to_string())
    }

    /// With a CSV file.
    pub fn csv(self, file: impl Into<Vec<u8>>) -> Request {
        self.body("text/csv", file)
    }

    /// With any body.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Asks for a table.
    #[allow(clippy::wrong_self_convention, reason = "a step of building a request, read as a sentence")]
    pub fn as_csv(self) -> Request {
        self.header("accept", "text/csv")
    }

    async fn send(self) -> Reply {
        let asked = format!("{} {}", self.method, self.path);
        self.try_send().await.unwrap_or_else(|error| panic!("{asked}: {error:?}"))
    }

    /// The answer, where one comes: for a service that may end at any moment.
    pub async fn try_send(self) -> Result<Reply, reqwest::Error> {
        let asked = format!("{} {}", self.method, self.path);
        let request = self
            .client
            .http
            .request(self.method.clone(), format!("{}{}", self.client.address, self.path))
            .headers(self.headers)
            .body(self.body);
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        let reply = Reply { asked, status, headers, body };
        assert!(reply.header("x-request-id").is_some(), "an answer without X-Request-Id: {reply}");
        // HEAD is answered where GET is, and as it is.
        let method = if self.method == Method::HEAD { Method::GET } else { self.method };
        if let Err(breach) = specification::allows(method.as_str(), &self.path, status) {
            panic!("{breach}: {reply}");
        }
        super::nullable::record(method.as_str(), &self.path, status, &reply.body);
        Ok(reply)
    }
}

impl IntoFuture for Request {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// 200, and its JSON.
    #[track_caller]
    pub fn ok(&self) -> Value {
        self.is(200)
    }

    /// 201, and its JSON.
    #[track_caller]
    pub fn created(&self) -> Value {
        self.is(201)
    }

    /// This status, and its JSON; null without a body.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// A problem with this status and code, in its whole form.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self}");
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{self}");
        assert_eq!(problem["status"], status, "{self}");
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{self}");
        for field in ["type", "title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {self}");
        }
        problem
    }

    /// 400 `invalid_request` with exactly these wrong fields: (pointer, code), in any order.
    #[track_caller]
    pub fn invalid(&self, expected: &[(&str, &str)]) {
        let problem = self.refused(400, "invalid_request");
        let text = |error: &Value, field: &str| error[field].as_str().unwrap_or_default().to_owned();
        let mut found: Vec<(String, String)> = problem["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| (text(error, "pointer"), text(error, "code")))
            .collect();
        let mut expected: Vec<(String, String)> =
            expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{self}");
    }

    /// The JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self}"))
    }

    /// The text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The table of a CSV file, after the mark that says it is UTF-8.
    pub fn sheet(&self) -> String {
        assert_eq!(
            (self.status, self.header("content-type")),
            (200, Some("text/csv; charset=utf-8")),
            "{}",
            self.asked
        );
        self.text().strip_prefix('\u{feff}').expect("a CSV file begins with a UTF-8 mark").to_owned()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The ETag.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("no ETag: {self}")).to_owned()
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered {} {}", self.asked, self.status, self.text())
    }
}
