//! The text of a key: `hck_` and 43 signs of base64url, which are 28 random bytes and the first four of their SHA-256. So
//! whatever looks for secrets in files finds a key by its form, and knows it from any other text without asking.

use std::fmt::{self, Debug, Formatter};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::Digest;

/// How every key begins.
const BEFORE: &str = "hck_";

/// How many bytes of a key are random.
const RANDOM: usize = 28;

/// How many bytes stand after them.
const CHECK: usize = 4;

/// The text of a key, which is shown once and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

impl KeyText {
    /// A new one.
    pub(super) fn new() -> KeyText {
        let random = rand::random::<[u8; RANDOM]>();
        let mut bytes = random.to_vec();
        bytes.extend_from_slice(&Sha256::digest(random)[..CHECK]);
        KeyText(format!("{BEFORE}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Whether a text wants to be a key.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(BEFORE)
    }

    /// Reads a key; none where the text can't be one.
    pub fn parse(text: &str) -> Option<KeyText> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(BEFORE)?).ok()?;
        let (random, check) = bytes.split_at_checked(RANDOM)?;
        (check.len() == CHECK && Sha256::digest(random).starts_with(check)).then(|| KeyText(text.to_owned()))
    }

    /// All that is kept of it.
    pub fn digest(&self) -> Digest {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The text, to be shown.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Debug for KeyText {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("hck_…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_form() {
        let key = KeyText::new();
        let text = key.clone().into_text();
        assert_eq!((text.len(), KeyText::parse(&text)), (47, Some(key.clone())));
        assert_ne!(KeyText::new(), key);
        assert_eq!(format!("{key:?}"), "hck_…");
        for place in 4..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(KeyText::is_meant(&other) && KeyText::parse(&other).is_none(), "{other}");
        }
        for wrong in
            ["", "hck_", "hck_AAAA", &text[4..], &format!("{text}A"), &format!("{text}=="), &text[..46], "HCK_A"]
        {
            assert!(KeyText::parse(wrong).is_none(), "{wrong}");
        }
    }
}
