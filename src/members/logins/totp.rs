//! The authenticator app: its secret is sealed with a key of the service, a code of it is taken once, and ten recovery
//! codes stand in for it where it is lost.

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Totp};

use super::{Login, sql, told};
use crate::base::db::{self, Db, Tx};
use crate::base::ids::{LoginId, LoginSessionId};
use crate::base::secret;
use crate::base::vault::{self, Vault};

/// How many bytes a secret has (RFC 4226 recommends 20).
const SECRET: usize = 20;

/// How many steps of 30 seconds the clocks of the phone and of the service may differ.
const SKEW: u16 = 2;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// Why a code can't be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An app is asked for already.
    #[error("an authenticator app is set up already: remove it first")]
    On,
    /// There is no app to confirm or to remove.
    #[error("no authenticator app is set up")]
    Off,
    /// The code is not the app's, or was used before.
    #[error("is not a code of your app now, or was used before")]
    Wrong,
    /// The secret can't be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The app can't be described.
    #[error("the authenticator app can't be described: {0}")]
    Library(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What an app is set up with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The secret, to be typed.
    pub secret: String,
    /// The address that says all of it, to be scanned.
    pub uri: String,
}

/// Whether a code of the app is asked for when they sign in.
pub fn is_on(login: &Login) -> bool {
    login.totp_confirmed_at.is_some()
}

/// Sets up an app, which counts once it is confirmed by a code of it.
pub async fn set_up(tx: &mut Tx, vault: &Vault, login: &Login, issuer: &str) -> Result<Setup, Error> {
    let secret = rand::random::<[u8; SECRET]>();
    let totp = app(&secret, issuer, login.email.as_str())?;
    let sealed = vault.seal(&context(login.id), &secret)?;
    if sql::secrets::set_up(tx, login.id, &sealed).await?.none() {
        return Err(Error::On);
    }
    let uri = totp.to_url().map_err(|error| Error::Library(error.to_string()))?;
    Ok(Setup { secret: totp.secret().to_base32(), uri })
}

/// What an app was set up with that was not confirmed yet.
pub fn unconfirmed(vault: &Vault, login: &Login, issuer: &str) -> Result<Option<Setup>, Error> {
    let Some(sealed) = login.totp_secret.as_ref().filter(|_| !is_on(login)) else { return Ok(None) };
    let totp = app(&vault.open(&context(login.id), sealed)?, issuer, login.email.as_str())?;
    let uri = totp.to_url().map_err(|error| Error::Library(error.to_string()))?;
    Ok(Some(Setup { secret: totp.secret().to_base32(), uri }))
}

/// Confirms the app by a code of it; the recovery codes, shown this once.
pub async fn confirm(
    tx: &mut Tx,
    vault: &Vault,
    login: &Login,
    (code, session): (&str, Option<LoginSessionId>),
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    if is_on(login) {
        return Err(Error::On);
    }
    if !of_app(tx, vault, login, code, now).await? {
        return Err(Error::Wrong);
    }
    sql::secrets::confirm(tx, login.id, now).await?.exactly(1)?;
    if let Some(session) = session {
        sql::secrets::second_factor(tx, session, now).await?.any();
    }
    told::changed(tx, login, "a code of an app is asked for from now on", now).await?;
    new_recovery_codes(tx, login.id, now).await
}

/// Takes a code of the app or a recovery code, once.
pub async fn take(tx: &mut Tx, vault: &Vault, login: &Login, code: &str, now: DateTime<Utc>) -> Result<(), Error> {
    if !is_on(login) {
        return Err(Error::Off);
    }
    // A recovery code works also where the key that sealed the app's secret is lost.
    let lost = match of_app(tx, vault, login, code, now).await {
        Ok(true) => return Ok(()),
        Ok(false) => None,
        Err(Error::Vault(lost)) => Some(lost),
        Err(error) => return Err(error),
    };
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    if !sql::secrets::use_recovery(tx, login.id, &secret::digest(&bare.to_lowercase()), now).await?.none() {
        return Ok(());
    }
    Err(lost.map_or(Error::Wrong, Error::Vault))
}

/// Takes a code in a session, which counts as signed in with it from then on.
pub async fn verify(
    tx: &mut Tx,
    vault: &Vault,
    login: &Login,
    (code, session): (&str, LoginSessionId),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    take(tx, vault, login, code, now).await?;
    sql::secrets::second_factor(tx, session, now).await?.any();
    Ok(())
}

/// Takes the app away, with its recovery codes: by its owner, or by whoever helps them.
pub async fn remove(tx: &mut Tx, login: &Login, now: DateTime<Utc>) -> Result<(), Error> {
    if sql::secrets::remove(tx, login.id).await?.none() {
        return Err(Error::Off);
    }
    sql::forget_recovery_codes(tx, login.id).await?.any();
    sql::secrets::no_second_factor(tx, login.id).await?.any();
    told::changed(tx, login, "no code of an app is asked for any more", now).await?;
    Ok(())
}

/// New recovery codes in place of those of before.
pub async fn new_recovery_codes(tx: &mut Tx, login: LoginId, now: DateTime<Utc>) -> Result<Vec<String>, Error> {
    sql::forget_recovery_codes(tx, login).await?.any();
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    for code in &codes {
        sql::secrets::insert_recovery(tx, login, &secret::digest(&code.replace('-', "")), now).await?.exactly(1)?;
    }
    Ok(codes)
}

/// How many recovery codes are left.
pub async fn recovery_codes_left(tx: &mut Tx, login: LoginId) -> Result<i64, db::Error> {
    sql::secrets::recovery_left(tx, login).await
}

/// Seals anew what an older key sealed, so that it outlives the key.
pub async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), Error> {
    let newest = vault.newest().ok_or(vault::Error::NoKey)?;
    let old = sql::secrets::sealed_by_others(&mut db.read_everywhere().await?, &newest).await?;
    if old.is_empty() {
        return Ok(());
    }
    let mut tx = db.write_everywhere().await?;
    for (login, sealed) in old {
        match vault.open(&context(login), &sealed) {
            Ok(secret) => {
                let anew = vault.seal(&context(login), &secret)?;
                sql::secrets::reseal(&mut tx, login, &sealed, &anew).await?.any();
            }
            Err(error) => tracing::error!(%login, %error, "an authenticator app's secret can't be opened any more"),
        }
    }
    Ok(tx.commit().await?)
}

/// Whether it is a code of the app now, which no step of it or before was taken of; it is taken.
async fn of_app(tx: &mut Tx, vault: &Vault, login: &Login, code: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    let Some(sealed) = &login.totp_secret else { return Err(Error::Off) };
    let totp = app(&vault.open(&context(login.id), sealed)?, "", "")?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let Some(step) = totp.check(&code, seconds).and_then(|step| i64::try_from(step).ok()) else { return Ok(false) };
    Ok(!sql::secrets::take_step(tx, login.id, step).await?.none())
}

fn app(secret: &[u8], issuer: &str, account: &str) -> Result<Totp, Error> {
    let issuer = Some(issuer).filter(|issuer| !issuer.is_empty());
    let built =
        Builder::new().with_secret(secret).with_skew(SKEW).with_issuer(issuer).with_account_name(account).build();
    built.map_err(|error| Error::Library(error.to_string()))
}

fn context(login: LoginId) -> String {
    format!("totp of {login}")
}

/// Twenty letters and figures without those that are taken for others, in groups of five.
fn recovery_code() -> String {
    const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let bytes = rand::random::<[u8; 20]>();
    let signs = bytes.iter().filter_map(|byte| SIGNS.get(usize::from(byte % 32))).map(|sign| char::from(*sign));
    let mut code = String::new();
    for (place, sign) in signs.enumerate() {
        if place > 0 && place % 5 == 0 {
            code.push('-');
        }
        code.push(sign);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let totp = app(b"12345678901234567890", "hub.example", "a@s.example").unwrap();
        // The last six digits of the values of appendix B.
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.generate(time).to_string(), code);
            for off in [-60_i64, -30, 0, 30, 60] {
                assert!(totp.check(code, time.saturating_add_signed(off)).is_some(), "{off}");
            }
            assert!(totp.check(code, time + 120).is_none());
        }
        let url = totp.to_url().unwrap();
        assert!(url.starts_with("otpauth://totp/hub.example:a%40s.example?secret=GEZDGNBVGY3TQOJQ"), "{url}");
    }

    #[test]
    fn recovery_codes_have_a_hundred_bits() {
        let code = recovery_code();
        assert_eq!(code.len(), 23);
        assert!(code.split('-').all(|group| group.len() == 5 && !group.contains(['i', 'l', 'o', '1'])), "{code}");
        assert_ne!(code, recovery_code());
    }
}
