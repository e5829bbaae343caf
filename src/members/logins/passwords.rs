//! Which passwords are taken: 10 to 200 characters of any script, none of the commonest, none that says who it is of.
//! There are no other rules, as the NCSC and NIST SP 800-63B advise.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use icu_normalizer::ComposingNormalizer;

use super::{Login, Membership, sessions, sql, told};
use crate::base::db::types::reports_errors;
use crate::base::db::{self, Tx};
use crate::base::ids::LoginSessionId;
use crate::base::text::fold;

/// The fewest characters of a new password.
const SHORTEST: usize = 10;
/// The most characters of a password.
const LONGEST: usize = 200;

/// The commonest passwords that are long enough, folded.
static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lines = include_str!("common_passwords.txt").lines().filter(|line| !line.starts_with("# "));
    lines.map(fold::key).collect()
});

/// A password as it was sent: in normal form C, so that it is the same from every keyboard.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Reads a password; spaces around it belong to it.
    pub fn parse(text: &str) -> Result<Password, String> {
        let text = ComposingNormalizer::new_nfc().normalize(text).into_owned();
        if text.chars().count() > LONGEST {
            return Err(format!("must have at most {LONGEST} characters"));
        }
        if text.chars().any(char::is_control) {
            return Err("must not hold control characters or line ends".to_owned());
        }
        Ok(Password(text))
    }

    /// The password itself, to be hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> serde::Deserialize<'de> for Password {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Password::parse(&text).map_err(serde::de::Error::custom)
    }
}

reports_errors!(Password);

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It has too few characters.
    #[error("must have at least 10 characters")]
    TooShort,
    /// It is one of the commonest.
    #[error("must not be one of the commonest passwords")]
    TooCommon,
    /// It is the person's address or name, or their hub's name.
    #[error("must not be your name, your address or your hub's name")]
    Personal,
}

impl Weak {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Weak::TooShort => "too_short",
            Weak::TooCommon => "too_common",
            Weak::Personal => "personal",
        }
    }
}

/// Whether a new password may be taken by somebody of whom these are names and addresses.
pub fn judge(password: &Password, names: &[String]) -> Result<(), Weak> {
    let text = password.as_str();
    if text.chars().count() < SHORTEST {
        return Err(Weak::TooShort);
    }
    let folded = fold::key(text);
    let first = text.chars().next();
    if COMMON.contains(&folded) || text.chars().all(|c| Some(c) == first) {
        return Err(Weak::TooCommon);
    }
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let bare_password = bare(&folded);
    // A part of a name is as easily guessed as the whole, where it is long enough for a password: `Thames Valley` of the hub
    // of that name.
    let long = bare_password.chars().count() >= SHORTEST;
    let is_of = |name: &String| {
        let folded_name = fold::key(name);
        let bare_name = bare(&folded_name);
        folded_name == folded || bare_name == bare_password || (long && bare_name.contains(&bare_password))
    };
    if bare_password.is_empty() || !names.iter().any(is_of) { Ok(()) } else { Err(Weak::Personal) }
}

/// What a password of the login must not be: its address, with and without its domain, and the names of its people and
/// hubs.
pub async fn names(tx: &mut Tx, login: &Login, hubs: &[Membership]) -> Result<Vec<String>, db::Error> {
    let address = login.email.as_str().to_owned();
    let local = address.rsplit_once('@').map(|(local, _)| local.to_owned());
    let mut names: Vec<String> = local.into_iter().chain([address]).collect();
    names.extend(hubs.iter().map(|hub| hub.name.as_str().to_owned()));
    names.extend(sql::names(tx, &login.email).await?.into_iter().map(|(name,)| name.as_str().to_owned()));
    Ok(names)
}

/// Sets the hash of a password: every session but this one ends, and no link that was made before sets another. Where it
/// takes the place of another, its owner is told.
pub async fn set(
    tx: &mut Tx,
    login: &Login,
    hash: &str,
    now: DateTime<Utc>,
    except: Option<LoginSessionId>,
) -> Result<(), db::Error> {
    sql::set_password(tx, login.id, hash, now).await?.exactly(1)?;
    sql::forget_links(tx, login.id).await?.any();
    if login.password.is_some() {
        told::changed(tx, login, "a new password was set", now).await?;
    }
    sessions::end_all(tx, login.id, now, except).await
}

/// Replaces the hash of a password by one that costs more, unless another password was set meanwhile.
pub async fn renew(tx: &mut Tx, login: &Login, hash: &str) -> Result<(), db::Error> {
    sql::renew_password(tx, login.id, login.password.as_deref().unwrap_or_default(), hash).await?.any();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), Weak> {
        let names = ["noor.hart@school.example", "noor.hart", "Noor O'Hart-Smith", "West London Hub"];
        judge(&Password::parse(text).unwrap(), &names.map(str::to_owned))
    }

    #[test]
    fn any_script_is_taken_and_spaces_count() {
        for good in [
            "correct horse battery",
            "пароль для кредитов",
            "学校の鍵は青い空の下に",
            "  ten chars ",
            "0987 of the 654",
            "🔑🔑🔒🔒🔑🔒🔑🔒🔒🔑",
            "noor.hart@school.example!!1",
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
        assert_eq!(judged(&"ab".repeat(100)), Ok(()));
        assert_eq!(Password::parse(" a b ").unwrap().as_str(), " a b ");
        assert_eq!(Password::parse("cafe\u{301}").unwrap(), Password::parse("caf\u{e9}").unwrap());
    }

    #[test]
    fn what_is_short_common_or_personal_is_not() {
        for (weak, why) in [
            ("ninechars", Weak::TooShort),
            ("", Weak::TooShort),
            ("1234567890", Weak::TooCommon),
            ("PASSWORD123", Weak::TooCommon),
            ("aaaaaaaaaaaaaaaaaaaaaaa", Weak::TooCommon),
            ("Noor.Hart@School.example", Weak::Personal),
            ("noorohartsmith", Weak::Personal),
            ("Noor O'Hart Smith", Weak::Personal),
            ("westlondonhub", Weak::Personal),
            ("west london", Weak::Personal),
        ] {
            assert_eq!(judged(weak), Err(why), "{weak}");
        }
        assert!(Password::parse(&"a".repeat(201)).is_err());
        assert!(Password::parse("with a\nline end").is_err() && Password::parse("with a \0 nothing").is_err());
    }

    #[test]
    fn the_list_is_long_and_says_where_it_is_from() {
        assert!(COMMON.len() > 2_500, "{}", COMMON.len());
        let text = include_str!("common_passwords.txt");
        assert!(text.contains("MIT") && text.contains("BSD-3-Clause"));
        assert_eq!(format!("{:?}", Password::parse("do not log this").unwrap()), "Password(…)");
    }
}
