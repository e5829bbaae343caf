//! Sessions: from a sign-in to its end, each with one family of refresh tokens.
//!
//! A refresh token is used once, and makes the next. One that is used again was copied, so its session ends. Access
//! tokens name their session, and are worth nothing once it has ended.

use chrono::{DateTime, Utc};

use super::audited::{self, Act};
use super::{Error, Login, Means, Membership, sql, told};
use crate::base::clock::new_id;
use crate::base::colour::Colour;
use crate::base::config::SessionTimes;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, LoginId, LoginSessionId, PersonId};
use crate::base::secret;
use crate::base::text::Line;
use crate::ledger::audit::{Origin, Outcome};
use crate::members::people::Person;

/// How a session is to begin.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How they sign in.
    pub means: Means,
    /// Whether a code of their app was given.
    pub second_factor: bool,
    /// The hub that they choose; where they have only one, it need not be said.
    pub hub: Option<HubId>,
    /// What their browser was given when they last signed in.
    pub browser: Option<String>,
    /// Whether it shows that the address is theirs.
    pub proves: bool,
    /// The id that the session is to have, where whoever begins it can tell it from what was sent.
    pub session: Option<LoginSessionId>,
}

impl From<Means> for Entry {
    fn from(means: Means) -> Entry {
        Entry { means, second_factor: false, hub: None, browser: None, proves: means.proves(), session: None }
    }
}

impl Entry {
    /// Into this hub.
    #[must_use]
    pub fn into_hub(self, hub: Option<HubId>) -> Entry {
        Entry { hub, ..self }
    }
}

/// A session that has begun, or goes on, with its newest refresh token.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The session.
    pub session: LoginSessionId,
    /// The refresh token, which is kept nowhere.
    pub refresh: String,
    /// Until when it can be used.
    pub refresh_expires_at: DateTime<Utc>,
    /// When the session ends whatever happens.
    pub expires_at: DateTime<Utc>,
    /// What their browser is known by from now on; none where the session only goes on.
    pub browser: Option<String>,
    /// The hub that is chosen.
    pub hub: Option<Membership>,
    /// Every hub that the login opens.
    pub hubs: Vec<Membership>,
}

/// What came of a refresh token.
#[derive(Debug)]
pub enum Refreshed {
    /// The session goes on.
    On(Box<Begun>),
    /// It has ended, or ends now: to be committed as well.
    Ended,
}

/// A session of a login, as its owner sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// The session's id.
    pub id: LoginSessionId,
    /// How it began.
    pub means: Means,
    /// The address that it began from.
    pub address: Option<String>,
    /// The browser or program that it began with.
    pub agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last gone on with.
    pub last_used_at: DateTime<Utc>,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
}

/// A person as a session finds them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Standing {
    /// The person.
    #[sqlx(flatten)]
    pub person: Person,
    /// Whether the session lasts, and is by the address that the person has.
    pub lasts: bool,
    /// Whether the hub asks for a code of their app, and none was given in the session.
    pub code_needed: bool,
    /// The name of the hub.
    pub hub_name: Line,
    /// The colour of its pages.
    pub hub_colour: Colour,
}

/// What whoever had a password before their address was known to be theirs is told of it.
const PASSWORD_ENDED: &str = "the address is known to be yours from now on, so the password that was set before, perhaps by \
                              somebody else, works no longer. Set a new one under “Your account”, or sign in by code";

/// Begins a session of a login.
pub async fn begin(
    tx: &mut Tx,
    login: &Login,
    entry: impl Into<Entry>,
    origin: &Origin,
    times: &SessionTimes,
    now: DateTime<Utc>,
) -> Result<Begun, Error> {
    let entry = entry.into();
    if entry.proves && super::prove(tx, login, entry.second_factor, now).await? {
        told::changed(tx, login, PASSWORD_ENDED, now).await?;
    }
    let hubs = super::memberships(tx, login).await?;
    if hubs.is_empty() {
        return Err(Error::Nobody);
    }
    let hub = chosen(&hubs, entry.hub)?;
    let id = entry.session.unwrap_or_else(|| LoginSessionId(new_id(now)));
    let expires_at = now + times.longest;
    let second_factor_at = entry.second_factor.then_some(now);
    sql::begin(tx, id, login.id, entry.means, origin, (now, expires_at), second_factor_at).await?.exactly(1)?;
    let act = Act { word: "sign_in", outcome: Outcome::Done, detail: Some(entry.means.as_str()) };
    audited::note(tx, act, &hubs, (login.id, Some(id)), origin, now).await?;
    let browser = remember(tx, login.id, entry.browser, now).await?;
    let (refresh, refresh_expires_at) = next(tx, id, hub.as_ref(), times, (now, expires_at)).await?;
    Ok(Begun { session: id, refresh, refresh_expires_at, expires_at, browser: Some(browser), hub, hubs })
}

/// Uses a refresh token, once: the session goes on, in the hub that is asked for or that it is in. It ends where the
/// token was used before, and where nobody is left whom the login stands for.
pub async fn refresh(
    tx: &mut Tx,
    token: &str,
    hub: Option<HubId>,
    (times, origin): (&SessionTimes, &Origin),
    now: DateTime<Utc>,
) -> Result<Refreshed, Error> {
    let digest = secret::digest(token);
    let Some((session, of_token)) = sql::use_token(tx, &digest, now).await? else {
        if let Some(session) = sql::session_of_used(tx, &digest).await? {
            if let Some(login) = login_of(tx, session, now).await? {
                let hubs = super::memberships(tx, &login).await?;
                let act = Act { word: "refresh", outcome: Outcome::Failed, detail: Some("token_used_before") };
                audited::note(tx, act, &hubs, (login.id, Some(session)), origin, now).await?;
            }
            sql::end(tx, session, now).await?.any();
        }
        return Ok(Refreshed::Ended);
    };
    let Some((login, expires_at)) = sql::go_on(tx, session, now).await? else { return Ok(Refreshed::Ended) };
    let login = sql::by_id(tx, login).await?.ok_or_else(db::Error::vanished)?;
    let hubs = super::memberships(tx, &login).await?;
    if hubs.is_empty() {
        sql::end(tx, session, now).await?.any();
        return Ok(Refreshed::Ended);
    }
    let of_token = of_token.filter(|hub| hubs.iter().any(|known| known.hub_id == *hub));
    let hub = chosen(&hubs, hub.or(of_token))?;
    let (refresh, refresh_expires_at) = next(tx, session, hub.as_ref(), times, (now, expires_at)).await?;
    Ok(Refreshed::On(Box::new(Begun { session, refresh, refresh_expires_at, expires_at, browser: None, hub, hubs })))
}

/// Takes note that a session is used, without a refresh token: when it ends, where it lasts.
pub async fn seen(
    tx: &mut Tx,
    session: LoginSessionId,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, db::Error> {
    Ok(sql::go_on(tx, session, now).await?.map(|(_, end)| end))
}

/// The hub that is asked for; the only one where none is.
fn chosen(hubs: &[Membership], asked: Option<HubId>) -> Result<Option<Membership>, Error> {
    match (asked, hubs) {
        (Some(asked), _) => hubs.iter().find(|hub| hub.hub_id == asked).cloned().map(Some).ok_or(Error::NotOfHub),
        (None, [only]) => Ok(Some(only.clone())),
        (None, _) => Ok(None),
    }
}

/// The next refresh token of a session, and until when it can be used.
async fn next(
    tx: &mut Tx,
    session: LoginSessionId,
    hub: Option<&Membership>,
    times: &SessionTimes,
    (now, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(String, DateTime<Utc>), db::Error> {
    let (secret, expires_at) = (secret::new(), end.min(now + times.unused));
    sql::insert_token(tx, &secret::digest(&secret), session, hub.map(|hub| hub.hub_id), (now, expires_at))
        .await?
        .exactly(1)?;
    Ok((secret, expires_at))
}

/// Remembers a browser from which somebody has signed in: by what it was given before, or by something new.
async fn remember(tx: &mut Tx, login: LoginId, sent: Option<String>, now: DateTime<Utc>) -> Result<String, db::Error> {
    let known = match sent {
        Some(sent) if sql::is_any_browser(tx, &secret::digest(&sent)).await? => Some(sent),
        _ => None,
    };
    let browser = known.unwrap_or_else(secret::new);
    sql::remember_browser(tx, login, &secret::digest(&browser), now).await?.exactly(1)?;
    Ok(browser)
}

/// Who a token of a session stands for, in one statement.
pub async fn standing(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    session: LoginSessionId,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, db::Error> {
    sql::standing(tx, hub, person, session, now).await
}

/// When a session began.
pub async fn began(tx: &mut Tx, session: LoginSessionId) -> Result<Option<DateTime<Utc>>, db::Error> {
    sql::began(tx, session).await
}

/// A session that lasts and began after this, as it was when it began; without a refresh token. Takes note that it is used.
pub async fn begun_since(
    tx: &mut Tx,
    session: LoginSessionId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Begun>, db::Error> {
    if sql::began(tx, session).await?.is_none_or(|began| began < since) {
        return Ok(None);
    }
    let Some((login, expires_at)) = sql::go_on(tx, session, now).await? else { return Ok(None) };
    let login = sql::by_id(tx, login).await?.ok_or_else(db::Error::vanished)?;
    let (hubs, hub) = (super::memberships(tx, &login).await?, sql::hub_of(tx, session).await?);
    let hub = hubs.iter().find(|open| Some(open.hub_id) == hub).cloned();
    let refresh = String::new();
    Ok(Some(Begun { session, refresh, refresh_expires_at: now, expires_at, browser: None, hub, hubs }))
}

/// The login of a session that lasts.
pub async fn login_of(tx: &mut Tx, session: LoginSessionId, now: DateTime<Utc>) -> Result<Option<Login>, db::Error> {
    match sql::login_of(tx, session, now).await? {
        Some(login) => sql::by_id(tx, login).await,
        None => Ok(None),
    }
}

/// The login of a refresh token that could be used now, with its session.
pub async fn of_token(
    tx: &mut Tx,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(LoginSessionId, LoginId)>, db::Error> {
    sql::of_token(tx, &secret::digest(token), now).await
}

/// The sessions of a login that last, the newest first.
pub async fn all(tx: &mut Tx, login: LoginId, now: DateTime<Utc>) -> Result<Vec<Session>, db::Error> {
    sql::sessions(tx, login, now).await
}

/// Ends a session of a login; whether there was one.
pub async fn end(tx: &mut Tx, login: LoginId, session: LoginSessionId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!sql::end_one(tx, login, session, now).await?.none())
}

/// Ends every session of a login, but one.
pub async fn end_all(
    tx: &mut Tx,
    login: LoginId,
    now: DateTime<Utc>,
    except: Option<LoginSessionId>,
) -> Result<(), db::Error> {
    sql::end_all(tx, login, now, except).await?.any();
    Ok(())
}
