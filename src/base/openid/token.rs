//! The ID token: who signed it, for whom, when, and in answer to what. Nothing here reads the clock or the network.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;

use super::issuer::Issuer;

/// The algorithms that are believed: those with a public key.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// By how much the clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(90);

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 255;

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It names a key that is not known.
    UnknownKey,
    /// Anything else.
    Wrong(&'static str),
}

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// What a token says, as far as it is read.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    #[serde(flatten)]
    pub(super) about: About,
}

/// What is said of the person, in the token or by the provider's own words about the user.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct About {
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<Truth>,
    /// Entra: the name to sign in by, mostly an address.
    pub(super) preferred_username: Option<String>,
    /// Entra: the tenant.
    pub(super) tid: Option<String>,
    /// Entra: whether the owner of the address's domain was verified.
    pub(super) xms_edov: Option<Truth>,
    /// Google: the domain of the Workspace.
    pub(super) hd: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// True or false, as providers write it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Truth {
    Said(bool),
    Number(i64),
    Word(String),
}

impl Truth {
    pub(super) fn holds(&self) -> bool {
        match self {
            Truth::Said(truth) => *truth,
            Truth::Number(number) => *number == 1,
            Truth::Word(word) => word == "true" || word == "1",
        }
    }
}

/// What a token says, where it is signed by one of the keys and is what was asked for.
pub(super) fn read(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims, Fault> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Fault::Wrong("the token can't be read"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Fault::Wrong("the token is signed by an algorithm that is not believed"));
    }
    if header.crit.is_some() {
        return Err(Fault::Wrong("the token asks for something that is not known here"));
    }
    let key = key_of(&header, keys)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Fault::Wrong("the key of the token can't be used"))?;
    let mut validation = Validation::new(header.alg);
    validation.set_required_spec_claims::<&str>(&[]);
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .map_err(|_| Fault::Wrong("the token is not signed by its key, or is not whole"))?
        .claims;
    claims.check(expected).map_err(Fault::Wrong)?;
    Ok(claims)
}

/// The key that the header names; where it names none, the only one there is for its algorithm.
fn key_of<'k>(header: &Header, keys: &'k [Jwk]) -> Result<&'k Jwk, Fault> {
    let fits = |key: &&Jwk| {
        key.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature)
            && key.common.key_algorithm.is_none_or(|algorithm| algorithm == header.alg.into())
            && DecodingKey::from_jwk(key).is_ok_and(|key| header.alg.family() == key.family())
    };
    let mut fitting = keys.iter().filter(fits);
    match &header.kid {
        Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid)).ok_or(Fault::UnknownKey),
        None => match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Fault::UnknownKey),
            (Some(_), Some(_)) => Err(Fault::Wrong("the token does not say which key signed it")),
        },
    }
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), &'static str> {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or("the token has a time that is none");
        let now = expected.now;
        if !expected.issuer.issued(&self.iss, self.about.tid.as_deref()) {
            return Err("the token is of another issuer");
        }
        let of_us = |audience: &String| audience == expected.client_id;
        let (ours, several) = match &self.aud {
            Audience::One(audience) => (of_us(audience), false),
            Audience::Many(audiences) => (audiences.iter().any(of_us), audiences.len() > 1),
        };
        match &self.azp {
            _ if !ours => return Err("the token is for another client"),
            Some(party) if !of_us(party) => return Err("the token was given to another client"),
            None if several => return Err("the token does not say which client it was given to"),
            _ => {}
        }
        if now >= at(self.exp)? + LEEWAY {
            return Err("the token has expired");
        }
        if at(self.iat)? > now + LEEWAY || at(self.nbf.unwrap_or(self.iat))? > now + LEEWAY {
            return Err("the token is not valid yet");
        }
        let nonce = self.nonce.as_deref().unwrap_or_default().as_bytes();
        if aws_lc_rs::constant_time::verify_slices_are_equal(nonce, expected.nonce.as_bytes()).is_err() {
            return Err("the token answers another question");
        }
        if self.sub.is_empty() || self.sub.len() > LONGEST_SUBJECT {
            return Err("the token names nobody");
        }
        Ok(())
    }
}
