//! Signing in by a provider of OpenID Connect: the way there, and the way back.
//!
//! A provider knows one address of the service, in the API. Whoever began on a page comes back to a page: a cookie of
//! the browser says so of the one sign-in, and with which page to go on.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::header::{self, HeaderMap};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::{onward, ways};
use crate::base::config::Way;
use crate::base::db;
use crate::base::ids::HubId;
use crate::base::openid::{Identity, Provider};
use crate::members::logins::Begun;
use crate::members::openid::{self, Browser};
use crate::web::app::App;
use crate::web::browser as cookies;
use crate::web::call::origin;
use crate::web::problem::{Code, Problem};

/// A sign-in that has begun.
pub(crate) struct Asked {
    /// The address of the provider, where the browser is sent.
    pub(crate) to: String,
    /// The cookie by which the browser is known again.
    pub(crate) cookie: String,
    state: String,
}

/// What a provider sends back. It may send more, which is passed over.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sent {
    /// What was sent along to the provider.
    state: Option<String>,
    /// What the provider gives its tokens for.
    code: Option<String>,
    /// The issuer, where the provider says it (RFC 9207).
    iss: Option<String>,
    /// Why the provider does not sign in.
    error: Option<String>,
}

/// Begins a sign-in.
pub(crate) async fn begin(app: &App, request: &HttpRequest, name: &str, hub: Option<HubId>) -> Result<Asked, Problem> {
    let (provider, now) = (named(app, name)?, app.clock.now());
    let browser = browser(&app.settings.public_url, request.headers()).unwrap_or_default();
    // Whether the provider can be reached is found out before anything is written.
    provider.is_there(now).await?;
    let asking = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let asking = openid::begin(&mut tx, name, &browser, hub, now).await?;
        tx.commit().await?;
        Ok::<_, db::Error>(asking)
    })
    .await?;
    let to = provider.asks_at(&asking, &redirect(app, name), now).await?;
    let cookie = cookie(&app.settings.public_url, &browser);
    Ok(Asked { to, cookie, state: asking.state })
}

/// Ends a sign-in: signs in whoever the provider vouches for.
pub(crate) async fn end(app: &App, request: &HttpRequest, name: &str) -> Result<Begun, Problem> {
    let (provider, now) = (named(app, name)?, app.clock.now());
    let Sent { state, code, iss, error } = sent(request.query_string())?;
    let over = || {
        let detail =
            "this sign-in was not begun in this browser, has been ended already, or took more than ten minutes";
        Problem::new(Code::OpenidFailed, detail)
    };
    let (state, browser) = state.zip(browser(&app.settings.public_url, request.headers())).ok_or_else(over)?;
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let begun = openid::end(&mut tx, name, &browser, &state, now).await?;
        tx.commit().await?;
        Ok::<_, db::Error>(begun)
    })
    .await?;
    let (asking, hub) = begun.ok_or_else(over)?;
    if let Some(error) = error {
        return Err(refused(&error));
    }
    let code = code.ok_or_else(|| Problem::field("code", "missing", "is needed"))?;
    let redirect = redirect(app, name);
    let identity = provider.vouches_for(&code, iss.as_deref(), &asking, &redirect, now).await.inspect_err(|error| {
        tracing::warn!(provider = %name, %error, "somebody was not signed in by OpenID Connect");
    })?;
    db::retrying(async || sign_in(app, request, &identity, hub).await).await
}

async fn sign_in(app: &App, request: &HttpRequest, identity: &Identity, hub: Option<HubId>) -> Result<Begun, Problem> {
    let (mut tx, now) = (app.db.write_everywhere().await?, app.clock.now());
    let (origin, times) = (origin(app, request), &app.settings.sessions);
    let begun = openid::sign_in(&mut tx, identity, hub, &origin, times, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The cookie that says of a sign-in that it began on a page.
const PAGE: &str = "hub_credits_openid";

/// The cookie for a sign-in that began on a page, which goes on with another page.
pub(crate) fn of_page(app: &App, asked: &Asked, next: &str) -> Cookie<'static> {
    let value = format!("{}.{}", mark(&asked.state), hex::encode(next));
    cookies::ours(app, PAGE, value, TimeDelta::minutes(10))
}

/// The page with which the sign-in goes on that comes back, where it began on a page.
pub(crate) fn page(request: &HttpRequest) -> Option<String> {
    let kept = cookies::cookie(request, PAGE)?;
    let (of, next) = kept.split_once('.')?;
    let state = sent(request.query_string()).ok()?.state?;
    let next = hex::decode(next).ok().and_then(|next| String::from_utf8(next).ok())?;
    (mark(&state) == of).then(|| onward::next(Some(&next)).to_owned())
}

/// What a sign-in is known by among those of a browser.
fn mark(state: &str) -> String {
    hex::encode(&Sha256::digest(state.as_bytes())[..8])
}

/// The provider, where people sign in by one at all.
fn named<'a>(app: &'a App, name: &str) -> Result<&'a Provider, Problem> {
    let provider = app.openid.named(name);
    let provider = provider.ok_or_else(|| Problem::new(Code::NotFound, "there is no provider of this name"))?;
    ways::open(app, Way::Openid)?;
    Ok(provider)
}

/// Where the provider sends the browser back to, wherever the sign-in began.
fn redirect(app: &App, provider: &str) -> String {
    format!("{}/v1/auth/openid/{provider}/callback", app.settings.public_url)
}

/// What the provider says in place of a code.
fn refused(error: &str) -> Problem {
    let word = error.chars().filter(|c| c.is_ascii_graphic()).take(60).collect::<String>();
    match word.as_str() {
        "temporarily_unavailable" | "server_error" => {
            Problem::new(Code::OpenidUnavailable, format!("the provider says {word}"))
                .with_header(header::RETRY_AFTER, "10")
        }
        _ => Problem::new(Code::OpenidRefused, format!("the provider says {word}")),
    }
}

/// The parameters of a provider's answer. Of two of a name neither is believed.
fn sent(query: &str) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "state" => &mut sent.state,
            "code" => &mut sent.code,
            "iss" => &mut sent.iss,
            "error" => &mut sent.error,
            _ => continue,
        };
        if place.is_some() {
            return Err(Problem::field(&name, "duplicate_field", "is there twice"));
        }
        *place = Some(value.into_owned());
    }
    Ok(sent)
}

/// Behind https the name makes sure that nobody but this host can have set the cookie.
fn cookie_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https://") { "__Host-openid" } else { "openid" }
}

/// The cookie by which a browser is known again: sent on the way back from the provider, and to no script.
fn cookie(public_url: &str, browser: &Browser) -> String {
    let secure = if public_url.starts_with("https://") { "; Secure" } else { "" };
    let (name, value) = (cookie_name(public_url), browser.as_cookie());
    format!("{name}={value}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax{secure}")
}

/// The browser that a request says it comes from.
fn browser(public_url: &str, headers: &HeaderMap) -> Option<Browser> {
    let sent = headers.get_all(header::COOKIE).filter_map(|cookies| cookies.to_str().ok());
    sent.flat_map(|cookies| cookies.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == cookie_name(public_url)).then(|| Browser::parse(value)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_by_its_cookie() {
        let known = Browser::new();
        for (public_url, name, rest) in [
            ("https://hub.example", "__Host-openid", "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"),
            ("http://127.0.0.1:8080", "openid", "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        ] {
            let sent = cookie(public_url, &known);
            assert!(sent.starts_with(&format!("{name}=")) && sent.ends_with(rest), "{sent}");
            let of = |cookies: &str| {
                let mut headers = HeaderMap::new();
                headers.append(header::COOKIE, header::HeaderValue::from_str(cookies).unwrap());
                browser(public_url, &headers)
            };
            let pair = sent.split(';').next().unwrap();
            assert!(of(&format!("a=b; {pair};c=d")) == Some(known.clone()));
            let other =
                if name == "openid" { pair.replace("openid", "__Host-openid") } else { pair.replace("__Host-", "") };
            for wrong in [other.as_str(), "", "a", &format!("{name}=x"), &format!("x{pair}")] {
                assert!(of(wrong).is_none(), "{wrong}");
            }
        }
    }
}
