//! The secrets of one sign-in. A browser has a secret of its own, in a cookie; what the provider must know of the sign-in
//! follows from it, so that none of it need be kept.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::base::openid::Asking;

/// The secret of a browser: whoever has its cookie began what is ended with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser([u8; 32]);

impl Browser {
    /// One that was not seen before.
    pub fn new() -> Browser {
        Browser(rand::random())
    }

    /// Reads the value of its cookie.
    pub fn parse(text: &str) -> Option<Browser> {
        BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Browser)
    }

    /// The value of its cookie.
    pub fn as_cookie(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    pub(super) fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }

    /// What the sign-in of this state is known by.
    pub fn asks(&self, state: &str) -> Asking {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let secret = |what: &str| {
            let tag = hmac::sign(&key, format!("{what} {state}").as_bytes());
            BASE64_URL_SAFE_NO_PAD.encode(tag.as_ref())
        };
        Asking { state: state.to_owned(), nonce: secret("nonce"), verifier: secret("verifier") }
    }
}

impl Default for Browser {
    fn default() -> Self {
        Browser::new()
    }
}

/// A state that was not used before.
pub(super) fn new_state() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is kept of a state.
pub(super) fn digest_of(state: &str) -> Vec<u8> {
    Sha256::digest(state.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_follows_from_the_browser_and_the_state() {
        let (one, other) = (Browser::new(), Browser::new());
        let again = Browser::parse(&one.as_cookie()).unwrap();
        let parts = |asking: Asking| [asking.state, asking.nonce, asking.verifier];
        assert_eq!(parts(again.asks("a")), parts(one.asks("a")));
        let different = [one.asks("a"), one.asks("b"), other.asks("a")].map(parts).concat();
        let secrets: std::collections::HashSet<&String> = different.iter().filter(|part| part.len() > 1).collect();
        assert_eq!(secrets.len(), 6);
        assert!(secrets.iter().all(|secret| secret.len() == 43), "RFC 7636 asks for 43 signs");
        for wrong in ["", "AAAA", &"A".repeat(42), &"A".repeat(44), &"*".repeat(43)] {
            assert!(Browser::parse(wrong).is_none(), "{wrong}");
        }
    }
}
