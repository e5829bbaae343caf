//! A browser in which somebody has signed in: it reads pages by a parser, and sends their forms as they stand.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use reqwest::{Method, redirect};

use super::{Client, Element, PASSWORD, TestHub};

/// Somebody's browser.
pub struct Tab {
    http: reqwest::Client,
    address: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What a page answered.
#[derive(Debug)]
pub struct Seen {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The text.
    pub text: String,
}

/// A form as it stands: its fields in order.
pub type Fields = Vec<(String, String)>;

impl TestHub {
    /// The browser of somebody who has signed in.
    pub async fn tab(&self, person: &Client) -> Tab {
        let tab = Tab::new(person.address());
        let cookie = self.cookie(person).await;
        let (name, value) = cookie.split_once('=').unwrap();
        tab.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        tab
    }
}

impl TestHub {
    /// The browser of somebody who has joined the hub and signed in by their password.
    pub async fn tab_by_password(&self, person: &Client) -> Tab {
        let (email, _) = self.joins(person).await;
        let tab = Tab::new(person.address());
        let fields = tab.form("/sign-in", "/sign-in").await;
        let entered = tab.send("/sign-in", with(fields, &[("email", &email), ("password", PASSWORD)])).await;
        assert_eq!(entered.location(), "/", "{entered:?}");
        tab
    }
}

impl Tab {
    /// One that has seen nothing yet.
    pub fn new(address: &str) -> Tab {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Tab { http, address: address.to_owned(), cookies: RefCell::default() }
    }

    /// One page.
    pub async fn get(&self, path: &str) -> Seen {
        self.ask(Method::GET, path, None).await
    }

    /// The fields of a form of a page, by where it is sent: those that are hidden, filled in or chosen.
    pub async fn form(&self, path: &str, action: &str) -> Fields {
        self.get(path).await.form(action)
    }

    /// Sends these fields as a form.
    pub async fn send(&self, action: &str, fields: Fields) -> Seen {
        self.ask(Method::POST, action, Some(fields)).await
    }

    /// Sends a form of a page, with these fields filled in.
    pub async fn submit(&self, path: &str, action: &str, filled: &[(&str, &str)]) -> Seen {
        let fields = self.form(path, action).await;
        self.send(action, with(fields, filled)).await
    }

    /// Sends these fields as a form of this page, as a browser does, which says where it sends from.
    pub async fn send_from(&self, page: &str, action: &str, fields: Fields) -> Seen {
        let origin = page.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.http.post(format!("{}{action}", self.address)).header("cookie", self.cookie_header());
        let request = request.header("origin", origin).header("referer", page);
        self.sent(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }

    /// One page, as a browser asks for it.
    pub async fn browse(&self, path: &str) -> Seen {
        let request = self.http.get(format!("{}{path}", self.address)).header("cookie", self.cookie_header());
        self.sent(request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")).await
    }

    async fn ask(&self, method: Method, path: &str, fields: Option<Fields>) -> Seen {
        let cookies = self.cookie_header();
        let mut request = self.http.request(method, format!("{}{path}", self.address)).header("cookie", cookies);
        if let Some(fields) = fields {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        self.sent(request).await
    }

    /// Sends these fields as a form with a file.
    pub async fn upload(&self, action: &str, fields: Fields, file: Option<(&str, &[u8])>) -> Seen {
        let mut body = Vec::new();
        for (name, value) in fields.iter().filter(|(name, _)| name != "file") {
            let part = format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        if let Some((name, bytes)) = file {
            let head = format!("--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--part--\r\n");
        let cookies = self.cookie_header();
        let request = self.http.post(format!("{}{action}", self.address)).header("cookie", cookies);
        self.sent(request.header("content-type", "multipart/form-data; boundary=part").body(body)).await
    }

    fn cookie_header(&self) -> String {
        self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> Seen {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        Seen { status, headers, text: response.text().await.unwrap() }
    }
}

/// The fields with these in place of what stands in them.
pub fn with(mut fields: Fields, filled: &[(&str, &str)]) -> Fields {
    for (name, value) in filled {
        fields.retain(|(field, _)| field != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

impl Seen {
    /// 200, and the elements of a well-formed page.
    #[track_caller]
    pub fn page(&self) -> Element {
        assert_eq!(self.status, 200, "{}", self.text);
        Element::of(&self.text)
    }

    /// The words of the page's own part.
    #[track_caller]
    pub fn words(&self) -> String {
        self.page().all("main")[0].text.clone()
    }

    /// Where it leads on.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.headers["location"].to_str().unwrap()
    }

    /// The fields of a form of the page, by where it is sent.
    #[track_caller]
    pub fn form(&self, action: &str) -> Fields {
        assert_eq!(self.status, 200, "{}", self.text);
        self.any_form(action)
    }

    /// The same, whatever was answered.
    #[track_caller]
    pub fn any_form(&self, action: &str) -> Fields {
        let page = Element::of(&self.text);
        let forms = page.all("form");
        // What does something, before what only looks.
        let mut of = forms.iter().filter(|form| form.attribute("action") == Some(action));
        let does = |form: &&&Element| form.attribute("method") == Some("post");
        let form = of.clone().find(does).or_else(|| of.next());
        let form = form.unwrap_or_else(|| panic!("no form to {action}: {}", self.text));
        let mut fields = Fields::new();
        for field in &form.within {
            let Some(name) = field.attribute("name") else { continue };
            let (kind, checked) = (field.attribute("type").unwrap_or_default(), field.attribute("checked").is_some());
            let value = match field.name.as_str() {
                "input" if ["checkbox", "radio"].contains(&kind) && !checked => continue,
                "input" => field.attribute("value").unwrap_or_default().to_owned(),
                "textarea" => field.text.clone(),
                "select" => {
                    let options = field.all("option");
                    let chosen = options.iter().find(|option| option.attribute("selected").is_some());
                    let chosen = chosen.or(options.first()).map(|option| option.attribute("value").unwrap_or_default());
                    chosen.unwrap_or_default().to_owned()
                }
                _ => continue,
            };
            fields.push((name.to_owned(), value));
        }
        fields
    }
}
