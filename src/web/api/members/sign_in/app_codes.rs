//! `/v1/me/totp`: the caller's authenticator app.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::qr;
use crate::ledger::Journal;
use crate::members::logins::{self, Login, throttle, totp};
use crate::web::body::Body;
use crate::web::call::{Call, Caller, unauthorized};
use crate::web::entering::app_codes::{count, issuer, login};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::secret::Secret;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(look).service(set_up).service(confirm).service(verify).service(remove).service(recovery_codes);
}

/// Whether an authenticator app is asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthenticatorApp)]
struct AppBody {
    /// Since when a code of it is asked for at sign-in; null where none is set up.
    on_since: Option<DateTime<Utc>>,
    /// How many recovery codes are left.
    recovery_codes_left: i64,
}

/// The caller's authenticator app
#[utoipa::path(tag = "sign-in", responses((status = 200, body = AppBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/totp")]
async fn look(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let login = logins::find(&mut tx, &caller.person.email).await?;
    let left = match &login {
        Some(login) => totp::recovery_codes_left(&mut tx, login.id).await?,
        None => 0,
    };
    let on_since = login.and_then(|login| login.totp_confirmed_at);
    Ok(Reply::ok(&AppBody { on_since, recovery_codes_left: left })?.into_response())
}

/// What an authenticator app is set up with.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthenticatorSetup)]
struct SetupBody {
    /// To be typed into the app.
    secret: Secret,
    /// The same for programs: `otpauth://…`.
    uri: Secret,
    /// The same to be scanned: a QR code as an SVG image.
    qr_svg: Secret,
}

/// Sets up an authenticator app (TOTP, RFC 6238), which counts once a code of it confirms it
#[utoipa::path(tag = "sign-in", responses((status = 201, body = SetupBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/totp")]
async fn set_up(call: Call) -> Answer {
    let caller = call.allow()?;
    let issuer = issuer(caller.public_url());
    caller
        .write(&[], async |journal| {
            let login = login(&caller, journal).await?;
            let setup = totp::set_up(journal.tx(), caller.vault(), &login, &issuer).await?;
            let qr_svg = qr::svg(&setup.uri).map_err(|error| {
                tracing::error!(%error, "a QR code could not be made");
                Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
            })?;
            let body = SetupBody { secret: Secret(setup.secret), uri: Secret(setup.uri), qr_svg: Secret(qr_svg) };
            Reply::created("/v1/me/totp".to_owned(), &body)
        })
        .await
}

/// A code of the app.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthenticatorCode)]
struct CodeBody {
    /// The six digits that the app shows; but to confirm it, a recovery code does too.
    code: String,
}

/// What stands in for the app where it is lost.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
struct RecoveryBody {
    /// Ten codes, each of which works once in place of one of the app. They are shown this once.
    recovery_codes: Vec<Secret>,
}

impl RecoveryBody {
    fn of(codes: Vec<String>) -> RecoveryBody {
        RecoveryBody { recovery_codes: codes.into_iter().map(Secret).collect() }
    }
}

/// Confirms the authenticator app by a code of it; from now on it is asked for at sign-in
#[utoipa::path(tag = "sign-in", request_body = CodeBody, responses((status = 200, body = RecoveryBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/totp/confirm")]
async fn confirm(call: Call, body: Body<CodeBody>) -> Answer {
    let caller = call.allow()?;
    by_code(&caller, &body, async |journal, login, code| {
        let now = journal.now();
        let codes = totp::confirm(journal.tx(), caller.vault(), login, (code, caller.session), now).await?;
        Reply::ok(&RecoveryBody::of(codes))
    })
    .await
}

/// Gives a code of the app in this session, for hubs that ask their managers for one
#[utoipa::path(tag = "sign-in", request_body = CodeBody, responses((status = 204, description = "The session counts as signed in with it")), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/totp/verify")]
async fn verify(call: Call, body: Body<CodeBody>) -> Answer {
    let caller = call.allow()?;
    by_code(&caller, &body, async |journal, login, code| {
        let of_none = || unauthorized(Code::SessionEnded, "the token belongs to no session");
        let (session, now) = (caller.session.ok_or_else(of_none)?, journal.now());
        totp::verify(journal.tx(), caller.vault(), login, (code, session), now).await?;
        Ok(Reply::nothing())
    })
    .await
}

/// Takes the authenticator app away, by a code of it or a recovery code
#[utoipa::path(tag = "sign-in", request_body = CodeBody, responses((status = 204, description = "No code is asked for any more")), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/totp/remove")]
async fn remove(call: Call, body: Body<CodeBody>) -> Answer {
    let caller = call.allow()?;
    by_code(&caller, &body, async |journal, login, code| {
        let now = journal.now();
        totp::take(journal.tx(), caller.vault(), login, code, now).await?;
        totp::remove(journal.tx(), login, now).await?;
        Ok(Reply::nothing())
    })
    .await
}

/// Ten new recovery codes in place of those of before, by a code of the app
#[utoipa::path(tag = "sign-in", request_body = CodeBody, responses((status = 200, body = RecoveryBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/totp/recovery-codes")]
async fn recovery_codes(call: Call, body: Body<CodeBody>) -> Answer {
    let caller = call.allow()?;
    by_code(&caller, &body, async |journal, login, code| {
        let now = journal.now();
        totp::take(journal.tx(), caller.vault(), login, code, now).await?;
        let codes = totp::new_recovery_codes(journal.tx(), login.id, now).await?;
        Reply::ok(&RecoveryBody::of(codes))
    })
    .await
}

/// Does something by a code, which is counted before it is looked at, so that what is refused is counted too, and forgiven
/// where it is right.
async fn by_code(
    caller: &Caller,
    body: &Body<CodeBody>,
    done: impl AsyncFn(&mut Journal, &Login, &str) -> Result<Reply, Problem>,
) -> Answer {
    let CodeBody { code } = body.parse()?;
    let counted = count(caller).await?;
    caller
        .write(body.bytes(), async |journal| {
            let login = login(caller, journal).await?;
            let reply = done(journal, &login, &code).await?;
            throttle::forgive(journal.tx(), &counted).await?;
            Ok(reply)
        })
        .await
}
