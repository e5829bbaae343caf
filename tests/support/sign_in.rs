//! Somebody who signs in by themselves, and what they are signed in by.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Client, Reply, TestHub, World};

/// A password that nobody else has.
pub const PASSWORD: &str = "correct horse battery staple";

/// What somebody is signed in by.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Value);

impl SignedIn {
    /// The caller with the access token.
    pub fn caller(&self, world: &World) -> Client {
        world.stranger().with_token(self.text("access_token"))
    }

    /// The refresh token.
    pub fn refresh(&self) -> String {
        self.text("refresh_token")
    }

    /// What the browser is known by.
    pub fn browser(&self) -> String {
        self.text("browser")
    }

    fn text(&self, field: &str) -> String {
        self.0[field].as_str().unwrap_or_else(|| panic!("no {field}: {}", self.0)).to_owned()
    }
}

impl World {
    /// Tries to sign in by a password.
    pub async fn sign_in(&self, email: &str, password: &str, more: Value) -> Reply {
        let mut body = json!({ "email": email, "password": password });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.stranger().post("/v1/auth/login", body).await
    }

    /// Goes on with a session.
    pub async fn go_on(&self, refresh: &str, more: Value) -> Reply {
        let mut body = json!({ "refresh_token": refresh });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.stranger().post("/v1/auth/refresh", body).await
    }

    /// The operation that a link to this service stands for.
    pub fn path_of(&self, link: &Value) -> String {
        let to = link.as_str().expect("a link");
        assert!(to.starts_with(self.stranger().address()), "a link to this service: {to}");
        operation_of(link)
    }
}

impl TestHub {
    /// Somebody's address.
    pub async fn email_of(&self, person: &Client) -> String {
        let path = format!("/v1/people/{}", person.id());
        self.manager().get(&path).await.ok()["email"].as_str().unwrap().to_owned()
    }

    /// The path of an invitation for somebody.
    pub async fn invitation_of(&self, person: &Client) -> String {
        let invited = self.manager().post(&format!("/v1/people/{}/invite", person.id()), None).await.created();
        self.world.path_of(&invited["link"])
    }

    /// Somebody accepts their invitation with [`PASSWORD`]: their address, and what they are signed in by.
    pub async fn joins(&self, person: &Client) -> (String, SignedIn) {
        let path = self.invitation_of(person).await;
        let signed_in = self.world.stranger().post(&path, json!({ "password": PASSWORD })).await.ok();
        (self.email_of(person).await, SignedIn(signed_in))
    }
}

/// The operation of the API that does what the page of a link does: the link is for people.
pub fn operation_of(link: &Value) -> String {
    const PAGES: [(&str, &str); 4] = [
        ("/address/", "/v1/auth/addresses/"),
        ("/invitation/", "/v1/auth/invitations/"),
        ("/reset/", "/v1/auth/resets/"),
        ("/sign-in/link/", "/v1/auth/links/"),
    ];
    let link = link.as_str().expect("a link");
    let of = |(page, operation): &(&str, &str)| link.split_once(page).map(|(_, secret)| format!("{operation}{secret}"));
    PAGES.iter().find_map(of).unwrap_or_else(|| panic!("{link} leads to no page that opens something"))
}

/// What an authenticator app with this secret (base32) shows at an instant.
pub fn app_code(secret: &str, at: DateTime<Utc>) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    app.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}
