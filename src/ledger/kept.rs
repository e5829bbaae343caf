//! An earlier end of the chain that somebody kept elsewhere: it exposes anyone who rewrites what came before it, hashes
//! and all.

use super::chain::Hash;

/// An earlier head, written `SEQUENCE:HASH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptHead {
    /// How many transactions the hub had then.
    pub sequence: i64,
    /// The hash of the last of them.
    pub hash: Hash,
}

impl KeptHead {
    /// Reads `SEQUENCE:HASH`: a whole number and 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<KeptHead, String> {
        let read = || {
            let (sequence, hash) = text.split_once(':')?;
            let digits = !sequence.is_empty() && sequence.bytes().all(|byte| byte.is_ascii_digit());
            let sequence = digits.then(|| sequence.parse().ok()).flatten()?;
            Some(KeptHead { sequence, hash: Hash::try_from(hex::decode(hash).ok()?).ok()? })
        };
        read().ok_or_else(|| "must be SEQUENCE:HASH, a whole number and 64 hexadecimal digits".to_owned())
    }
}

impl<'de> serde::Deserialize<'de> for KeptHead {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        KeptHead::parse(&text).map_err(serde::de::Error::custom)
    }
}

crate::base::db::types::reports_errors!(KeptHead);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_head_is_a_number_and_a_hash() {
        let hash = "0f".repeat(32);
        assert_eq!(KeptHead::parse(&format!("42:{hash}")), Ok(KeptHead { sequence: 42, hash: [15; 32] }));
        for wrong in [
            String::new(),
            "42".to_owned(),
            hash.clone(),
            format!("42:{}", "0f".repeat(31)),
            format!("42:{hash}0f"),
            format!("-1:{hash}"),
            format!("+1:{hash}"),
            format!(" 1:{hash}"),
            format!("99999999999999999999:{hash}"),
            format!("42:{}", "zz".repeat(32)),
        ] {
            assert!(KeptHead::parse(&wrong).is_err(), "{wrong}");
        }
    }
}
