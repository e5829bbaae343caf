//! The link by which somebody stops the letters of one topic without signing in: it says who and what, and only the service
//! can make it. It shows and opens nothing else.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::base::ids::{HubId, PersonId};
use crate::base::vault::{self, Vault};
use crate::messages::choices::Topic;

/// What such a link is signed for.
const CONTEXT: &str = "letters to be stopped";

/// The word of the link for a person and a topic.
pub(super) fn word(vault: &Vault, hub: HubId, person: PersonId, topic: Topic) -> Result<String, vault::Error> {
    let said = [hub.0.as_bytes().as_slice(), person.0.as_bytes(), topic.as_str().as_bytes()].concat();
    let mac = vault.digest(CONTEXT, &said)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([mac.as_slice(), &said].concat()))
}

/// Whose letters of what topic a word stops; none where the service did not make it.
pub fn read_stop(vault: &Vault, word: &str) -> Option<(HubId, PersonId, Topic)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(word).ok()?;
    let (mac, said) = bytes.split_at_checked(32)?;
    if !vault.is_digest(CONTEXT, said, mac) {
        return None;
    }
    let (hub, rest) = said.split_at_checked(16)?;
    let (person, topic) = rest.split_at_checked(16)?;
    let topic = Topic::parse(std::str::from_utf8(topic).ok()?).ok()?;
    Some((HubId(Uuid::from_slice(hub).ok()?), PersonId(Uuid::from_slice(person).ok()?), topic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::auth::Keys;

    #[test]
    fn only_what_the_service_made_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::new(&Keys::open(&folder.path().join("keys.pem")).unwrap());
        let (hub, person) = (HubId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let made = word(&vault, hub, person, Topic::Places).unwrap();
        assert_eq!(read_stop(&vault, &made), Some((hub, person, Topic::Places)));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&made).unwrap();
        for place in 0..bytes.len() {
            let mut other = bytes.clone();
            other[place] ^= 1;
            assert_eq!(read_stop(&vault, &BASE64_URL_SAFE_NO_PAD.encode(other)), None, "{place}");
        }
        assert_eq!(read_stop(&vault, ""), None);
        let another = Vault::new(&Keys::open(&folder.path().join("other.pem")).unwrap());
        assert_eq!(read_stop(&another, &made), None);
    }
}
