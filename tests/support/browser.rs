//! A browser, as far as signing in needs one: it follows redirects when told to, and keeps cookies by host.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

/// Somebody's browser.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

/// What a page answered.
#[derive(Debug)]
pub struct Page {
    /// Its address.
    pub url: Url,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The text.
    pub text: String,
}

impl Page {
    /// Where it sends the browser.
    pub fn location(&self) -> Option<Url> {
        let to = self.headers.get("location")?.to_str().unwrap();
        Some(self.url.join(to).unwrap())
    }

    /// A parameter of the address that it sends the browser to.
    pub fn sends(&self, name: &str) -> String {
        let to = self.location().unwrap_or_else(|| panic!("no redirect: {self:?}"));
        let found = to.query_pairs().find(|(given, _)| given == name).map(|(_, value)| value.into_owned());
        found.unwrap_or_else(|| panic!("no {name} in {to}"))
    }
}

impl Browser {
    /// One that has seen nothing yet.
    pub fn new() -> Browser {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Browser { http, cookies: BTreeMap::new() }
    }

    /// The cookies that it has.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// The header that sends them.
    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// One page.
    pub async fn get(&mut self, url: &str) -> Page {
        let url: Url = url.parse().unwrap();
        let request = self.http.request(Method::GET, url.clone()).header("cookie", self.cookie_header());
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page { url, status, headers, text: response.text().await.unwrap() }
    }

    /// The pages from this one on, as far as they send the browser on, until one is below the address `stop`.
    pub async fn follow(&mut self, url: &str, stop: &str) -> Url {
        let mut url: Url = url.parse().unwrap();
        for _ in 0..12 {
            if url.as_str().starts_with(stop) {
                return url;
            }
            let page = self.get(url.as_str()).await;
            url = page.location().unwrap_or_else(|| panic!("it ends before {stop}: {page:?}"));
        }
        panic!("it goes on and on: {url}");
    }
}
