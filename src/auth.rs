//! Access tokens: the service's own, EdDSA (Ed25519), checked for algorithm, key, issuer and time.
//!
//! The key file holds one or two PEM blocks: the first signs, every one verifies, so that a key can be
//! replaced while tokens of the old one live. It is made on first start, readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::ids::{HubId, PersonId};

/// Who issued the token: this service.
const ISSUER: &str = "hub-credits";

/// Whom a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Whoever runs the deployment.
    Operator,
    /// A person of a hub.
    Person(HubId, PersonId),
}

/// Why a token is not taken. The caller learns no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a token of this service, or with another algorithm or key.
    #[error("the access token is not valid")]
    Invalid,
    /// Its time is over, or has not come.
    #[error("the access token has expired")]
    Expired,
}

/// Why the key file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It can't be read or written.
    #[error("the key file {0} can't be used: {1}")]
    Io(String, #[source] io::Error),
    /// It does not hold Ed25519 private keys in PEM.
    #[error("the key file {0} does not hold Ed25519 private keys in PEM")]
    NotKeys(String),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hub: Option<HubId>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The keys that sign and verify.
pub struct Keys {
    signing: EncodingKey,
    kid: String,
    verifying: Vec<(String, DecodingKey)>,
    published: JwkSet,
    /// Tokens whose signature was found good: checking one costs more than everything else of a request.
    good: Cache<String, Verified>,
}

/// Whom a token with a good signature stands for, and when.
#[derive(Clone, Copy)]
struct Verified {
    subject: Subject,
    not_before: i64,
    expires: i64,
}

/// How many good tokens are remembered.
const REMEMBERED: usize = 16_384;

impl Keys {
    /// The keys of the file, which is made where it is missing.
    pub fn open(file: &Path) -> Result<Keys, KeyFileError> {
        let io = |error| KeyFileError::Io(file.display().to_string(), error);
        if !file.exists() {
            write_key_file(file, &[new_key().map_err(io)?]).map_err(io)?;
        }
        Keys::of(&fs::read(file).map_err(io)?).ok_or_else(|| KeyFileError::NotKeys(file.display().to_string()))
    }

    /// Puts a new key first in the file and keeps the one that signed until now, so that its tokens live on.
    pub fn rotate(file: &Path) -> Result<Keys, KeyFileError> {
        let io = |error| KeyFileError::Io(file.display().to_string(), error);
        let old = pem::parse_many(fs::read(file).map_err(io)?)
            .map_err(|_| KeyFileError::NotKeys(file.display().to_string()))?;
        let blocks: Vec<pem::Pem> = std::iter::once(new_key().map_err(io)?).chain(old.into_iter().take(1)).collect();
        write_key_file(file, &blocks).map_err(io)?;
        Keys::open(file)
    }

    fn of(text: &[u8]) -> Option<Keys> {
        let mut keys = Vec::new();
        for block in pem::parse_many(text).ok()? {
            let signing = EncodingKey::from_ed_pem(pem::encode(&block).as_bytes()).ok()?;
            let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).ok()?;
            let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
            jwk.common.key_id = Some(kid.clone());
            jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
            keys.push((signing, kid, DecodingKey::from_jwk(&jwk).ok()?, jwk));
        }
        let published = JwkSet { keys: keys.iter().map(|(.., jwk)| jwk.clone()).collect() };
        let verifying = keys.iter().map(|(_, kid, key, _)| (kid.clone(), key.clone())).collect();
        let (signing, kid, ..) = keys.into_iter().next()?;
        Some(Keys { signing, kid, verifying, published, good: Cache::new(REMEMBERED) })
    }

    /// An access token for `subject`, good from `now` for `ttl`.
    pub fn issue(
        &self,
        subject: Subject,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let (sub, hub) = match subject {
            Subject::Operator => ("operator".to_owned(), None),
            Subject::Person(hub, person) => (person.to_string(), Some(hub)),
        };
        let (iat, exp) = (now.timestamp(), (now + ttl).timestamp());
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &Claims { iss: ISSUER.to_owned(), sub, hub, iat, nbf: iat, exp }, &self.signing)
    }

    /// Whom a token stands for at `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Subject, Refused> {
        let verified = match self.good.get(token) {
            Some(verified) => verified,
            None => {
                let verified = self.check(token)?;
                self.good.insert(token.to_owned(), verified);
                verified
            }
        };
        if !(verified.not_before..verified.expires).contains(&now.timestamp()) {
            return Err(Refused::Expired);
        }
        Ok(verified.subject)
    }

    /// Checks algorithm, key, signature and issuer; the times are compared by [`Keys::verify`].
    fn check(&self, token: &str) -> Result<Verified, Refused> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refused::Invalid)?;
        let kid = header.kid.ok_or(Refused::Invalid)?;
        let (_, key) = self.verifying.iter().find(|(known, _)| *known == kid).ok_or(Refused::Invalid)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "sub"]);
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|_| Refused::Invalid)?.claims;
        let subject = match claims.hub {
            None if claims.sub == "operator" => Subject::Operator,
            Some(hub) => Subject::Person(hub, PersonId(claims.sub.parse().map_err(|_| Refused::Invalid)?)),
            None => return Err(Refused::Invalid),
        };
        Ok(Verified { subject, not_before: claims.nbf, expires: claims.exp })
    }

    /// The signature of a message that is no token.
    pub fn sign(&self, message: &[u8]) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::crypto::sign(message, &self.signing, Algorithm::EdDSA)
    }

    /// Whether [`Keys::sign`] made the signature, with one of the keys that live.
    pub fn signed(&self, message: &[u8], signature: &str) -> bool {
        let by = |key: &DecodingKey| jsonwebtoken::crypto::verify(signature, message, key, Algorithm::EdDSA);
        self.verifying.iter().any(|(_, key)| by(key).unwrap_or(false))
    }

    /// The public keys, for `/.well-known/jwks.json`.
    pub fn published(&self) -> &JwkSet {
        &self.published
    }
}

fn new_key() -> io::Result<pem::Pem> {
    let pair = Ed25519KeyPair::generate().map_err(io::Error::other)?;
    // Version 1 of PKCS#8, without the public key: the form that the token library reads.
    let document =
        aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).map_err(io::Error::other)?;
    Ok(pem::Pem::new("PRIVATE KEY", document.as_ref()))
}

/// Writes the file whole or not at all, readable by its owner only.
fn write_key_file(file: &Path, blocks: &[pem::Pem]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = file.with_extension("new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    out.write_all(pem::encode_many(blocks).as_bytes())?;
    out.sync_all()?;
    fs::rename(draft, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use uuid::Uuid;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_token_lives_from_its_issue_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(&folder.path().join("keys/signing.pem")).unwrap();
        let subject = Subject::Person(HubId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let token = keys.issue(subject, at(1000), TimeDelta::seconds(60)).unwrap();
        assert_eq!(keys.verify(&token, at(1000)), Ok(subject));
        assert_eq!(keys.verify(&token, at(1059)), Ok(subject));
        assert_eq!(keys.verify(&token, at(1060)), Err(Refused::Expired));
        assert_eq!(keys.verify(&token, at(999)), Err(Refused::Expired));
        let operator = keys.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
        assert_eq!(keys.verify(&operator, at(1000)), Ok(Subject::Operator));
    }

    #[test]
    fn other_keys_and_algorithms_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) =
            (Keys::open(&folder.path().join("a.pem")).unwrap(), Keys::open(&folder.path().join("b.pem")).unwrap());
        let token = theirs.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
        assert_eq!(ours.verify(&token, at(1000)), Err(Refused::Invalid));

        let claims = Claims { iss: ISSUER.into(), sub: "operator".into(), hub: None, iat: 1000, nbf: 1000, exp: 2000 };
        let x = serde_json::to_value(ours.published()).unwrap()["keys"][0]["x"].as_str().unwrap().to_owned();
        let header = Header { kid: Some(ours.kid.clone()), ..Header::new(Algorithm::HS256) };
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(x.as_bytes())).unwrap();
        assert_eq!(ours.verify(&forged, at(1000)), Err(Refused::Invalid));

        let good = ours.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
        let payload = good.split('.').nth(1).unwrap();
        let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
        assert_eq!(ours.verify(&none, at(1000)), Err(Refused::Invalid));
        assert_eq!(ours.verify("", at(1000)), Err(Refused::Invalid));
    }

    #[test]
    fn the_key_file_is_private_kept_and_can_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signing.pem");
        let first = Keys::open(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Keys::open(&file).unwrap().kid, first.kid);
        let old = first.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
        let second = Keys::rotate(&file).unwrap();
        assert_ne!(second.kid, first.kid);
        assert_eq!(second.verify(&old, at(1000)), Ok(Subject::Operator));
        let third = Keys::rotate(&file).unwrap();
        assert_eq!((third.published().keys.len(), third.verify(&old, at(1000))), (2, Err(Refused::Invalid)));
        fs::write(&file, "nonsense").unwrap();
        assert!(matches!(Keys::open(&file), Err(KeyFileError::NotKeys(_))));
    }
}
