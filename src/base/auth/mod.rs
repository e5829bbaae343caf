//! Access tokens: the service's own, EdDSA (Ed25519), checked for algorithm, key, issuer and time.
//!
//! Of the one or two private keys of the [`key_file`], the first signs and both verify, so that a key can be replaced
//! while tokens signed by the old one are still valid. Holders of [`Keys`] reread the file when it has been written.

mod key_file;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, Ed25519KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::base::ids::{HubId, LoginSessionId, PersonId};
use crate::base::seal::{Hash, Marker, Marks};

/// An Ed25519 public key.
pub type PublicKey = [u8; 32];

/// Who issued the token: this service.
const ISSUER: &str = "hub-credits";

/// Whom the token is for: this service again, which takes no token that was made for somebody else.
const AUDIENCE: &str = "hub-credits";

/// Whom the token of a browser's cookie is for: the pages, which take no other, as the API takes none of theirs.
const PAGES: &str = "hub-credits pages";

/// How far the clock of the instance that issued a token may be ahead of the one that checks it, in seconds.
const AHEAD: i64 = 60;

/// Whom a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The operator of the deployment.
    Operator,
    /// A person of a hub.
    Person(HubId, PersonId),
}

/// What a token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proven {
    /// Whom it stands for.
    pub subject: Subject,
    /// The session that it belongs to; none where nobody signed in for it, as with those of the command line.
    pub session: Option<LoginSessionId>,
}

/// Why a token is refused. The caller learns no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a token of this service, or with another algorithm or key.
    #[error("the access token is not valid")]
    Invalid,
    /// Expired, or not valid yet.
    #[error("the access token has expired")]
    Expired,
}

/// Why the key file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file can't be read or written.
    #[error("the key file {0} can't be used: {1}")]
    Io(String, #[source] io::Error),
    /// Others besides its owner may read or write it.
    #[error("the key file {0} is open to others than its owner (mode {1:04o}); run: chmod 600 {0}")]
    Open(String, u32),
    /// The file does not hold Ed25519 private keys in PEM.
    #[error("the key file {0} does not hold Ed25519 private keys in PEM")]
    NotKeys(String),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hub: Option<HubId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<LoginSessionId>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The keys that sign and verify, as the file has them now. Cheap to clone: every clone follows the same file.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    file: PathBuf,
    read: RwLock<Read>,
}

/// What the file held when it was last looked at.
#[derive(Clone)]
struct Read {
    stamp: Option<key_file::Stamp>,
    ring: Arc<Ring>,
}

/// The keys from one reading of the file.
struct Ring {
    signing: EncodingKey,
    kid: String,
    verifying: Vec<(String, DecodingKey)>,
    published: Arc<JwkSet>,
    /// Signs messages that are not tokens.
    pair: Ed25519KeyPair,
    /// The public keys of every key that ever signed, the newest first.
    public: Vec<PublicKey>,
    /// Derived from the current keys, the newest first, and after them from those that this process has known before.
    marking: Vec<hmac::Key>,
    /// Derived from the current keys, the newest first.
    sealing: Vec<hmac::Key>,
    /// Tokens whose signature was verified: verifying one costs more than the rest of a request.
    good: Cache<String, Verified>,
}

/// What a token opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    Api,
    Pages,
}

/// Whom a token with a valid signature stands for, where, and when.
#[derive(Clone, Copy)]
struct Verified {
    proven: Proven,
    audience: Audience,
    not_before: i64,
    expires: i64,
}

/// How many head-marking secrets from before the key file was last written a process still knows.
const MARKS_KNOWN: usize = 8;

/// How many verified tokens are remembered.
const REMEMBERED: usize = 16_384;

impl Keys {
    /// The keys of the file, which is made where it is missing. Of several processes that find none, one makes it.
    pub fn open(file: &Path) -> Result<Keys, KeyFileError> {
        if !file.exists() {
            key_file::make(file)?;
        }
        let (stamp, ring) = Keys::read(file)?;
        let read = RwLock::new(Read { stamp: Some(stamp), ring: Arc::new(ring) });
        Ok(Keys(Arc::new(Inner { file: file.to_owned(), read })))
    }

    /// Puts a new key first in the file and keeps the one that signed until now, so that its tokens stay valid. Makes
    /// the file where there is none.
    pub fn rotate(file: &Path) -> Result<Keys, KeyFileError> {
        key_file::rotate(file)?;
        Keys::open(file)
    }

    /// The key file.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    fn read(file: &Path) -> Result<(key_file::Stamp, Ring), KeyFileError> {
        let (stamp, text) = key_file::read(file)?;
        let ring = Ring::of(&text).ok_or_else(|| KeyFileError::NotKeys(file.display().to_string()))?;
        Ok((stamp, ring))
    }

    /// Rereads the file if it has been written since; returns whether the keys have changed. With a file that can't be
    /// used, the keys stay as they are.
    pub fn refresh(&self) -> bool {
        let stamp = key_file::Stamp::of(&self.0.file);
        if stamp.is_none() || stamp == self.0.read.read().unwrap_or_else(PoisonError::into_inner).stamp {
            return false;
        }
        let outcome = Keys::read(&self.0.file);
        let mut read = self.0.read.write().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok((stamp, mut ring)) => {
                // What was marked a moment ago is recognised as ours, whatever has become of the key.
                ring.marking.extend(read.ring.marking.iter().take(MARKS_KNOWN).cloned());
                *read = Read { stamp: Some(stamp), ring: Arc::new(ring) };
                tracing::info!(kid = read.ring.kid, "the key file was written, and is read anew");
                true
            }
            Err(error) => {
                // Warn once for each writing of the file.
                read.stamp = stamp;
                tracing::error!(%error, "the key file was written, and the keys of before are used on");
                false
            }
        }
    }

    fn ring(&self) -> Arc<Ring> {
        self.0.read.read().unwrap_or_else(PoisonError::into_inner).ring.clone()
    }

    /// The keys after [`Keys::refresh`]: new signatures use the newest.
    fn newest(&self) -> Arc<Ring> {
        self.refresh();
        self.ring()
    }

    /// An access token for `subject`, valid from `now` for `ttl`, for which nobody signs in.
    pub fn issue(
        &self,
        subject: Subject,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        self.issue_in(Proven { subject, session: None }, now, ttl)
    }

    /// An access token that is good while its session lasts, and from `now` for `ttl` at most.
    pub fn issue_in(
        &self,
        Proven { subject, session }: Proven,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        self.issue_for(AUDIENCE, Proven { subject, session }, now, ttl)
    }

    /// What a browser keeps in its cookie while its session lasts, and from `now` for `ttl` at most. No access token.
    pub fn issue_to_browser(
        &self,
        proven: Proven,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        self.issue_for(PAGES, proven, now, ttl)
    }

    fn issue_for(
        &self,
        audience: &str,
        Proven { subject, session }: Proven,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let (sub, hub) = match subject {
            Subject::Operator => ("operator".to_owned(), None),
            Subject::Person(hub, person) => (person.to_string(), Some(hub)),
        };
        let (iat, exp) = (now.timestamp(), (now + ttl).timestamp());
        let ring = self.newest();
        let header = Header { kid: Some(ring.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let (iss, aud) = (ISSUER.to_owned(), audience.to_owned());
        jsonwebtoken::encode(&header, &Claims { iss, aud, sub, hub, sid: session, iat, nbf: iat, exp }, &ring.signing)
    }

    /// What an access token proves at `now`. An unknown key may just have been put into the file, so the file is looked
    /// at.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Proven, Refused> {
        self.verify_for(Audience::Api, token, now)
    }

    /// What the cookie of a browser proves at `now`.
    pub fn verify_browser(&self, token: &str, now: DateTime<Utc>) -> Result<Proven, Refused> {
        self.verify_for(Audience::Pages, token, now)
    }

    /// Since when a browser has had its cookie.
    pub fn browser_since(&self, token: &str) -> Option<DateTime<Utc>> {
        let verified = self.ring().check(token).ok().filter(|verified| verified.audience == Audience::Pages)?;
        DateTime::from_timestamp(verified.not_before, 0)
    }

    fn verify_for(&self, audience: Audience, token: &str, now: DateTime<Utc>) -> Result<Proven, Refused> {
        let verified = match self.ring().check(token) {
            Err(NotGood::UnknownKey) if self.refresh() => self.ring().check(token),
            outcome => outcome,
        };
        let verified = verified.ok().filter(|verified| verified.audience == audience).ok_or(Refused::Invalid)?;
        if !(verified.not_before - AHEAD..verified.expires).contains(&now.timestamp()) {
            return Err(Refused::Expired);
        }
        Ok(verified.proven)
    }

    /// The signature of a message that is not a token.
    pub fn sign(&self, message: &[u8]) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::crypto::sign(message, &self.newest().signing, Algorithm::EdDSA)
    }

    /// Whether [`Keys::sign`] made the signature with one of the current keys.
    pub fn signed(&self, message: &[u8], signature: &str) -> bool {
        self.ring().signed(message, signature) || (self.refresh() && self.ring().signed(message, signature))
    }

    /// The public keys, for `/.well-known/jwks.json`.
    pub fn published(&self) -> Arc<JwkSet> {
        self.newest().published.clone()
    }
}

impl Keys {
    /// The newest key's Ed25519 signature of a message, and its public key.
    pub fn sign_note(&self, message: &[u8]) -> Option<(PublicKey, Vec<u8>)> {
        let ring = self.newest();
        let signer = ring.public.first()?;
        Some((*signer, ring.pair.sign(message).as_ref().to_vec()))
    }

    /// The secrets from which [`crate::base::vault`] makes its keys: one of each private key, the newest first.
    pub(crate) fn sealing(&self) -> Vec<hmac::Key> {
        self.newest().sealing.clone()
    }

    /// What marks the heads of ledgers, from these keys.
    pub fn marks(&self) -> Marks {
        Arc::new(self.clone())
    }

    /// The public keys of every key that ever signed, the newest first: also those whose tokens are not valid any more.
    pub fn public(&self) -> Vec<PublicKey> {
        self.newest().public.clone()
    }
}

/// Whether this key signed the message.
pub fn signed_by(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    signature::UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature).is_ok()
}

/// The context from which the secrets that mark heads are derived.
const MARKING: &[u8] = b"hub-credits heads 1";

/// The context from which the secrets that seal are derived.
const SEALING: &[u8] = b"hub-credits vault 1";

impl Marker for Keys {
    fn mark(&self, message: &[u8]) -> Hash {
        let ring = self.newest();
        let mut mark = [0; 32];
        if let Some(key) = ring.marking.first() {
            mark.copy_from_slice(hmac::sign(key, message).as_ref());
        }
        mark
    }

    fn made(&self, message: &[u8], mark: &[u8]) -> bool {
        let with = |ring: &Ring| ring.marking.iter().any(|key| hmac::verify(key, message, mark).is_ok());
        with(&self.ring()) || (self.refresh() && with(&self.ring()))
    }
}

/// Why a token is not valid.
enum NotGood {
    /// It names an unknown key.
    UnknownKey,
    /// Any other reason.
    Otherwise,
}

impl Ring {
    fn of(text: &[u8]) -> Option<Ring> {
        let (mut keys, mut public, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut marking, mut sealing) = (Vec::new(), Vec::new());
        for block in pem::parse_many(text).ok()? {
            public.push(key_file::public_key(&block)?);
            if block.tag() == key_file::PUBLIC {
                continue;
            }
            pairs.push(Ed25519KeyPair::from_pkcs8_maybe_unchecked(block.contents()).ok()?);
            let private = hmac::Key::new(hmac::HMAC_SHA256, block.contents());
            let derived = |context| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&private, context).as_ref());
            marking.push(derived(MARKING));
            sealing.push(derived(SEALING));
            let signing = EncodingKey::from_ed_pem(pem::encode(&block).as_bytes()).ok()?;
            let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).ok()?;
            let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
            jwk.common.key_id = Some(kid.clone());
            jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
            keys.push((signing, kid, DecodingKey::from_jwk(&jwk).ok()?, jwk));
        }
        let published = Arc::new(JwkSet { keys: keys.iter().map(|(.., jwk)| jwk.clone()).collect() });
        let verifying = keys.iter().map(|(_, kid, key, _)| (kid.clone(), key.clone())).collect();
        let (signing, kid, ..) = keys.into_iter().next()?;
        let pair = pairs.into_iter().next()?;
        Some(Ring { signing, kid, verifying, published, pair, public, marking, sealing, good: Cache::new(REMEMBERED) })
    }

    /// Whom a token stands for, and when: remembered, or verified anew.
    fn check(&self, token: &str) -> Result<Verified, NotGood> {
        if let Some(verified) = self.good.get(token) {
            return Ok(verified);
        }
        let verified = self.prove(token)?;
        self.good.insert(token.to_owned(), verified);
        Ok(verified)
    }

    /// Verifies algorithm, key, signature, issuer and audience; [`Keys::verify`] compares the times.
    fn prove(&self, token: &str) -> Result<Verified, NotGood> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| NotGood::Otherwise)?;
        let kid = header.kid.ok_or(NotGood::Otherwise)?;
        let (_, key) = self.verifying.iter().find(|(known, _)| *known == kid).ok_or(NotGood::UnknownKey)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE, PAGES]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|_| NotGood::Otherwise)?.claims;
        let subject = match claims.hub {
            None if claims.sub == "operator" => Subject::Operator,
            Some(hub) => Subject::Person(hub, PersonId(claims.sub.parse().map_err(|_| NotGood::Otherwise)?)),
            None => return Err(NotGood::Otherwise),
        };
        let proven = Proven { subject, session: claims.sid };
        let audience = if claims.aud == PAGES { Audience::Pages } else { Audience::Api };
        Ok(Verified { proven, audience, not_before: claims.nbf, expires: claims.exp })
    }

    fn signed(&self, message: &[u8], signature: &str) -> bool {
        let by = |key: &DecodingKey| jsonwebtoken::crypto::verify(signature, message, key, Algorithm::EdDSA);
        self.verifying.iter().any(|(_, key)| by(key).unwrap_or(false))
    }
}

#[cfg(test)]
mod tests;
