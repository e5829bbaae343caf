//! The vault: what stands in the database only under a key of the service, so that whoever has the database alone reads
//! nothing of it.
//!
//! AES-256-GCM under keys derived from the private keys of the key file. What is sealed begins with the id of its key;
//! the context says whose it is, and what was sealed in one context opens in no other. Every private key of the file
//! opens, the newest seals: after a rotation, what an older key sealed is sealed anew before that key leaves the file.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use sha2::{Digest, Sha256};

/// The salt from which the keys of the vault are derived.
const SALT: &[u8] = b"hub-credits vault 1";

/// How many bytes the id of a key has.
const KEY_ID: usize = 8;

/// Names the key that sealed something.
pub type KeyId = [u8; KEY_ID];

/// Why something can't be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The key file does not have the key any more.
    #[error("it was sealed with a key that is not in the key file")]
    LostKey,
    /// It is not what was sealed in this context.
    #[error("it is not what was sealed here")]
    Altered,
    /// There is no key to seal with, or no randomness.
    #[error("it can't be sealed")]
    Failed,
}

/// The keys that seal and open, the newest first. Cheap to clone.
#[derive(Clone, Default)]
pub struct Vault(Arc<Vec<(KeyId, LessSafeKey)>>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault of these secrets, the newest first; none where a key can't be derived.
    pub fn of<'s>(secrets: impl IntoIterator<Item = &'s [u8]>) -> Option<Vault> {
        let keys = secrets.into_iter().map(derived).collect::<Option<Vec<_>>>()?;
        Some(Vault(Arc::new(keys)))
    }

    /// Seals with the newest key.
    ///
    /// # Errors
    /// [`Error::Failed`] where there is no key or no randomness.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let (id, key) = self.0.first().ok_or(Error::Failed)?;
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = plain.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed)
            .map_err(|_| Error::Failed)?;
        Ok([id.as_slice(), &nonce, &sealed].concat())
    }

    /// Opens what was sealed in this context.
    ///
    /// # Errors
    /// [`Error::LostKey`] where the key that sealed it is not there any more, [`Error::Altered`] where it is something
    /// else.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (id, rest) = sealed.split_at_checked(KEY_ID).ok_or(Error::Altered)?;
        let (nonce, rest) = rest.split_at_checked(NONCE_LEN).ok_or(Error::Altered)?;
        let (_, key) = self.0.iter().find(|(known, _)| known == id).ok_or(Error::LostKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Altered)?;
        let mut opened = rest.to_vec();
        let plain = key.open_in_place(nonce, Aad::from(context), &mut opened).map_err(|_| Error::Altered)?;
        Ok(plain.to_vec())
    }

    /// The id of the key that seals now.
    pub fn newest(&self) -> Option<KeyId> {
        self.0.first().map(|(id, _)| *id)
    }

    /// The id of the key that sealed something.
    pub fn key_of(sealed: &[u8]) -> Option<KeyId> {
        sealed.first_chunk().copied()
    }
}

/// The key that is derived from a secret, and its id, which tells nothing of either.
fn derived(secret: &[u8]) -> Option<(KeyId, LessSafeKey)> {
    let root = Salt::new(HKDF_SHA256, SALT).extract(secret);
    let key = UnboundKey::from(root.expand(&[b"key"], &AES_256_GCM).ok()?);
    let mut named = [0; 32];
    root.expand(&[b"id"], HKDF_SHA256).ok()?.fill(&mut named).ok()?;
    let id = Sha256::digest(named).first_chunk().copied()?;
    Some((id, LessSafeKey::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(secrets: &[&[u8]]) -> Vault {
        Vault::of(secrets.iter().copied()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_context_alone() {
        let vault = vault(&[b"one"]);
        let sealed = vault.seal("needs of 1", b"Step-free access").unwrap();
        assert_eq!(vault.open("needs of 1", &sealed).unwrap(), b"Step-free access");
        assert_eq!(vault.open("needs of 2", &sealed), Err(Error::Altered));
        assert!(!sealed.windows(4).any(|bytes| bytes == b"Step"));
        assert_ne!(vault.seal("needs of 1", b"Step-free access").unwrap(), sealed, "every time another nonce");
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert!(vault.open("needs of 1", &other).is_err(), "{at}");
        }
        for short in [0, 1, KEY_ID, KEY_ID + NONCE_LEN, sealed.len() - 1] {
            assert!(vault.open("needs of 1", &sealed[..short]).is_err(), "{short}");
        }
    }

    #[test]
    fn every_key_opens_and_the_newest_seals() {
        let (old, both, new) = (vault(&[b"one"]), vault(&[b"two", b"one"]), vault(&[b"two"]));
        let sealed = old.seal("x", b"words").unwrap();
        assert_eq!(both.open("x", &sealed).unwrap(), b"words");
        assert_eq!(new.open("x", &sealed), Err(Error::LostKey));
        let again = both.seal("x", b"words").unwrap();
        assert_eq!(new.open("x", &again).unwrap(), b"words");
        assert_eq!((Vault::key_of(&again), Vault::key_of(&sealed)), (new.newest(), old.newest()));
        assert_eq!(Vault::default().seal("x", b"words"), Err(Error::Failed));
    }
}
