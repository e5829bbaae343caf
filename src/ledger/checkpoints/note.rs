//! A checkpoint as text, in the form of a transparency log's (C2SP `tlog-checkpoint`), which is a signed note (C2SP
//! `signed-note`):
//!
//! ```text
//! hub.example/hubs/01a20126-0000-7000-8000-000000000000    the origin: where the log is, and which hub's
//! 42                                                       how many transactions the hub had
//! u1n3oZ9…                                                 the hash of the last, in base64
//! time 2027-03-02T13:30:00Z                                when it was signed
//!
//! — hub.example/hubs/01a2… aBcD…                           the signer, and its key's id and signature in base64
//! ```
//!
//! The hash is the end of the ledger's chain, not the root of a tree. What is signed (Ed25519, RFC 8032) is the text
//! before the empty line, with its last line feed. The id of a key is the first four bytes of
//! `SHA-256(name ‖ LF ‖ 0x01 ‖ public key)`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use sha2::{Digest, Sha256};

use crate::base::auth::{self, Keys, PublicKey};
use crate::base::ids::HubId;
use crate::base::sent;
use crate::ledger::{Hash, KeptHead};

/// How a signature line begins: an em dash and a space.
pub(super) const SIGNED: &str = "— ";
/// The type number of Ed25519 keys and signatures.
const ED25519: u8 = 1;
/// What separates the deployment from the hub in an origin.
const HUBS: &str = "/hubs/";

/// A head of the hub's ledger that the service has signed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Checkpoint {
    /// The hub whose ledger it signs.
    #[serde(skip)]
    pub hub: HubId,
    /// How many transactions the hub had then.
    pub sequence: i64,
    /// The hash of the last of them, in hexadecimal.
    #[serde(serialize_with = "sent::hex")]
    #[schema(value_type = String)]
    pub hash: Hash,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// What was signed, and the signature: a signed note in the form of a transparency log's checkpoint.
    pub note: String,
}

/// Where a ledger is, as checkpoints name it: `hub.example/hubs/01a2…` for a service at `https://hub.example`. A
/// signer's name has neither spaces nor plus signs.
pub fn origin(public_url: &str, hub: HubId) -> String {
    let place = public_url.split_once("://").map_or(public_url, |(_, place)| place).trim_end_matches('/');
    let place: String =
        place.chars().map(|c| if c.is_whitespace() || c == '+' { "-".to_owned() } else { c.to_string() }).collect();
    format!("{place}{HUBS}{hub}")
}

/// Signs a head; none where there is no key to sign with.
pub fn sign(keys: &Keys, public_url: &str, hub: HubId, head: KeptHead, at: DateTime<Utc>) -> Option<Checkpoint> {
    let (origin, signed_at) = (origin(public_url, hub), at.trunc_subsecs(0));
    let KeptHead { sequence, hash } = head;
    let time = signed_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let text = format!("{origin}\n{sequence}\n{}\ntime {time}\n", BASE64.encode(hash));
    let (key, signature) = keys.sign_note(text.as_bytes())?;
    let signature = BASE64.encode([key_id(&origin, &key).as_slice(), &signature].concat());
    let note = format!("{text}\n{SIGNED}{origin} {signature}\n");
    Some(Checkpoint { hub, sequence, hash, signed_at, note })
}

impl Checkpoint {
    /// Reads a note; none where it is not a checkpoint of a hub. Whether it was signed is another question.
    pub fn read(note: &str) -> Option<Checkpoint> {
        let (text, _) = note.split_once("\n\n")?;
        let mut lines = text.lines();
        let (_, hub) = lines.next()?.rsplit_once(HUBS)?;
        let sequence: i64 = lines.next().filter(|line| line.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
        let hash = Hash::try_from(BASE64.decode(lines.next()?).ok()?).ok()?;
        let time = lines.find_map(|line| line.strip_prefix("time "))?;
        let signed_at = DateTime::parse_from_rfc3339(time).ok()?.with_timezone(&Utc);
        Some(Checkpoint { hub: HubId(hub.parse().ok()?), sequence, hash, signed_at, note: note.to_owned() })
    }

    /// Which of the keys signed it, if any.
    pub fn signed_by<'a>(&self, keys: &'a [PublicKey]) -> Option<&'a PublicKey> {
        let (text, signatures) = self.note.split_once("\n\n")?;
        let text = format!("{text}\n");
        let origin = text.lines().next()?;
        let by = |line: &str, key: &PublicKey| {
            let (name, signature) = line.strip_prefix(SIGNED)?.split_once(' ')?;
            let bytes = BASE64.decode(signature).ok()?;
            let (id, signature) = bytes.split_at_checked(4)?;
            let fits = name == origin && id == key_id(name, key);
            (fits && auth::signed_by(key, text.as_bytes(), signature)).then_some(())
        };
        keys.iter().find(|key| signatures.lines().any(|line| by(line, key).is_some()))
    }

    /// The head that it vouches for.
    pub fn head(&self) -> KeptHead {
        KeptHead { sequence: self.sequence, hash: self.hash }
    }

    /// Where the ledger is, according to the note.
    pub fn origin(&self) -> &str {
        self.note.lines().next().unwrap_or_default()
    }
}

/// The id of a signer's key.
fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key).finalize();
    let mut id = [0; 4];
    id.copy_from_slice(&digest[..4]);
    id
}

/// A public key in the form that programs checking signed notes expect: `name+id+key`.
pub fn verifier_key(name: &str, key: &PublicKey) -> String {
    let encoded = BASE64.encode([[ED25519].as_slice(), key].concat());
    format!("{name}+{}+{encoded}", hex::encode(key_id(name, key)))
}

/// Reads what [`verifier_key`] writes.
pub fn read_verifier_key(text: &str) -> Result<PublicKey, String> {
    let read = || {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, encoded) = rest.split_once('+')?;
        let bytes = BASE64.decode(encoded).ok()?;
        let key: PublicKey = bytes.strip_prefix(&[ED25519])?.try_into().ok()?;
        (hex::encode(key_id(name, &key)) == id).then_some(key)
    };
    read().ok_or_else(|| "must be NAME+ID+KEY, as hub-credits checkpoint-keys prints it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn keys() -> (tempfile::TempDir, Keys) {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(&folder.path().join("keys.pem")).unwrap();
        (folder, keys)
    }

    fn head(sequence: i64) -> KeptHead {
        KeptHead { sequence, hash: [7; 32] }
    }

    #[test]
    fn what_was_signed_is_read_and_known_as_signed() {
        let (folder, keys) = keys();
        let (hub, at) = (HubId(Uuid::from_u128(1)), DateTime::from_timestamp(1_803_994_200, 5_000).unwrap());
        let signed = sign(&keys, "https://hub.example/", hub, head(42), at).unwrap();
        let origin = "hub.example/hubs/00000000-0000-0000-0000-000000000001";
        let text = format!(
            "{origin}\n42\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\ntime 2027-03-02T13:30:00Z\n\n— {origin} "
        );
        assert!(signed.note.starts_with(&text) && signed.note.ends_with('\n'), "{}", signed.note);
        assert_eq!(Checkpoint::read(&signed.note).as_ref(), Some(&signed));
        let public = keys.public();
        assert_eq!(signed.signed_by(&public), Some(&public[0]));

        // Any other text, another name, another key: not signed.
        let other = Keys::open(&folder.path().join("other.pem")).unwrap();
        assert_eq!(signed.signed_by(&other.public()), None);
        for (from, to) in
            [("\n42\n", "\n43\n"), ("13:30:00", "13:31:00"), ("Bwc=", "Bwg="), ("hub.example", "hub.test")]
        {
            let note = signed.note.replacen(from, to, 1);
            let forged = Checkpoint::read(&note).unwrap();
            assert_eq!(forged.signed_by(&public), None, "{note}");
        }
        for wrong in ["", "x\n", "x/hubs/y\n1\nA=\ntime z\n\n", "a\n1\n\n"] {
            assert_eq!(Checkpoint::read(wrong), None);
        }
    }

    #[test]
    fn keys_that_were_replaced_prove_what_they_signed() {
        let (folder, keys) = keys();
        let hub = HubId(Uuid::from_u128(1));
        let signed = sign(&keys, "http://127.0.0.1:8080", hub, head(1), DateTime::UNIX_EPOCH).unwrap();
        let first = keys.public()[0];
        for rotations in 1..4 {
            let keys = Keys::rotate(&folder.path().join("keys.pem")).unwrap();
            assert_eq!(keys.public().len(), rotations + 1);
            assert_eq!(signed.signed_by(&keys.public()), Some(&first));
            assert_ne!(keys.public()[0], first);
        }
    }

    #[test]
    fn the_id_of_a_key_is_that_of_signed_notes() {
        // A key of the tests of Go's package note.
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = read_verifier_key(text).unwrap();
        assert_eq!(verifier_key("PeterNeumann", &key), text);
        let key = [9; 32];
        let written = verifier_key("hub.example/hubs/1", &key);
        assert_eq!(read_verifier_key(&written), Ok(key));
        assert!(read_verifier_key(&written.replace("hub.example", "hub.test")).is_err());
        assert!(read_verifier_key("x").is_err());
    }
}
