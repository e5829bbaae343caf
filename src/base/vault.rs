//! The vault: seals what must be read again but by the service alone (AES-256-GCM), with keys derived from its key file.
//!
//! What is sealed begins with the id of its key and the nonce. Each private key of the file opens what it sealed, the
//! newest seals; so what the key before sealed is to be sealed anew before that key is replaced in its turn, as the
//! service does every minute. The context, such as the table and the id of the row, is not in what is sealed but must
//! be the same to open it: nothing can be moved to another row.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;

use crate::base::auth::Keys;
use crate::base::seal::Hash;

/// The length of a key's id.
const ID: usize = 8;
/// The length of a nonce.
const NONCE: usize = 12;

/// Why something can't be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No key of the file sealed it, for that context.
    #[error("it was not sealed with a key of the key file, or not for this")]
    NotOurs,
    /// The key file has no key, or the library failed.
    #[error("nothing can be sealed with the keys of the key file")]
    NoKey,
}

/// A key that seals.
struct SealingKey {
    id: [u8; ID],
    secret: hmac::Key,
}

impl SealingKey {
    fn of(secret: hmac::Key) -> SealingKey {
        let mut id = [0; ID];
        for (id, byte) in id.iter_mut().zip(hmac::sign(&secret, b"id").as_ref()) {
            *id = *byte;
        }
        SealingKey { id, secret }
    }

    /// The key that encrypts.
    fn cipher(&self) -> Result<RandomizedNonceKey, Error> {
        let key = hmac::sign(&self.secret, b"AES-256-GCM");
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| Error::NoKey)
    }

    fn mac(&self, context: &str, message: &[u8]) -> Hash {
        let mut signed = Vec::with_capacity(context.len() + 1 + message.len());
        signed.extend_from_slice(context.as_bytes());
        signed.push(0);
        signed.extend_from_slice(message);
        let mut mac = [0; 32];
        mac.copy_from_slice(hmac::sign(&self.secret, &signed).as_ref());
        mac
    }
}

/// Seals and opens with the keys as the file has them now.
#[derive(Clone)]
pub struct Vault(Keys);

impl Vault {
    /// The vault of these keys.
    pub fn new(keys: &Keys) -> Vault {
        Vault(keys.clone())
    }

    fn keys(&self) -> Vec<SealingKey> {
        self.0.sealing().into_iter().map(SealingKey::of).collect()
    }

    /// Seals a message for a context.
    pub fn seal(&self, context: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.keys().into_iter().next().ok_or(Error::NoKey)?;
        let mut sealed = message.to_vec();
        let nonce = key.cipher()?.seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut sealed);
        let nonce = nonce.map_err(|_| Error::NoKey)?;
        Ok([key.id.as_slice(), nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for this context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (id, rest) = sealed.split_at_checked(ID).ok_or(Error::NotOurs)?;
        let (nonce, message) = rest.split_at_checked(NONCE).ok_or(Error::NotOurs)?;
        for key in self.keys().into_iter().filter(|key| key.id == id) {
            let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::NotOurs)?;
            let mut message = message.to_vec();
            if let Ok(opened) = key.cipher()?.open_in_place(nonce, Aad::from(context.as_bytes()), &mut message) {
                return Ok(opened.to_vec());
            }
        }
        Err(Error::NotOurs)
    }

    /// What everything that the newest key seals begins with: what begins otherwise is to be sealed anew.
    pub fn newest(&self) -> Option<Vec<u8>> {
        self.keys().first().map(|key| key.id.to_vec())
    }

    /// What is kept of a short code in place of it: only the service can tell which code it was.
    pub fn digest(&self, context: &str, code: &[u8]) -> Result<Hash, Error> {
        Ok(self.keys().first().ok_or(Error::NoKey)?.mac(context, code))
    }

    /// Whether [`Vault::digest`] made this of the code, with a key of the file; in the same time for every code.
    pub fn is_digest(&self, context: &str, code: &[u8], digest: &[u8]) -> bool {
        let same = |key: &SealingKey| {
            aws_lc_rs::constant_time::verify_slices_are_equal(&key.mac(context, code), digest).is_ok()
        };
        self.keys().iter().any(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_for_its_context_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.pem");
        let vault = Vault::new(&Keys::open(&file).unwrap());
        let sealed = vault.seal("needs of 7", b"no stairs").unwrap();
        assert!(!sealed.windows(9).any(|window| window == b"no stairs"));
        assert_ne!(sealed, vault.seal("needs of 7", b"no stairs").unwrap(), "never the same twice");
        assert_eq!(vault.open("needs of 7", &sealed).unwrap(), b"no stairs");
        assert_eq!(vault.open("needs of 8", &sealed), Err(Error::NotOurs));
        for place in 0..sealed.len() {
            let mut other = sealed.clone();
            other[place] ^= 1;
            assert_eq!(vault.open("needs of 7", &other), Err(Error::NotOurs), "{place}");
        }
        for short in 0..sealed.len() {
            assert_eq!(vault.open("needs of 7", &sealed[..short]), Err(Error::NotOurs));
        }
        let another = Vault::new(&Keys::open(&folder.path().join("other.pem")).unwrap());
        assert_eq!(another.open("needs of 7", &sealed), Err(Error::NotOurs));
    }

    #[test]
    fn the_key_before_still_opens_and_the_newest_seals() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.pem");
        let vault = Vault::new(&Keys::open(&file).unwrap());
        let (old, first) = (vault.seal("x", b"y").unwrap(), vault.newest().unwrap());
        let code = vault.digest("code", b"123456").unwrap();
        assert!(old.starts_with(&first));
        Keys::rotate(&file).unwrap();
        let newest = vault.newest().unwrap();
        assert_ne!(newest, first, "a running service follows the file");
        assert_eq!(vault.open("x", &old).unwrap(), b"y");
        assert!(vault.is_digest("code", b"123456", &code) && !vault.is_digest("code", b"123457", &code));
        assert!(!vault.is_digest("other", b"123456", &code));
        let anew = vault.seal("x", b"y").unwrap();
        assert!(anew.starts_with(&newest));
        Keys::rotate(&file).unwrap();
        assert_eq!(vault.open("x", &old), Err(Error::NotOurs), "its key is no more");
        assert_eq!(vault.open("x", &anew).unwrap(), b"y");
    }
}
