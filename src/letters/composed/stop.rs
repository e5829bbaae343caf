//! The link by which somebody stops the letters of one topic, or the newsletter, without signing in: it says who and what, and only the service
//! can make it. It shows and opens nothing else.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::base::ids::{ContactId, HubId, PersonId};
use crate::base::vault::{self, Vault};
use crate::messages::choices::Topic;

/// What such a link stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// The letters of a topic to a person.
    Topic(PersonId, Topic),
    /// The newsletter to a contact outside the hub.
    Newsletter(ContactId),
}

/// What such a link is signed for.
const CONTEXT: &str = "letters to be stopped";

/// Stands in the place of a topic where a contact stops the newsletter.
const OF_CONTACT: &str = "newsletter to a contact";

/// The word of the link.
pub(super) fn word(vault: &Vault, hub: HubId, stops: Stops) -> Result<String, vault::Error> {
    let (whose, what) = match stops {
        Stops::Topic(person, topic) => (person.0, topic.as_str()),
        Stops::Newsletter(contact) => (contact.0, OF_CONTACT),
    };
    let said = [hub.0.as_bytes().as_slice(), whose.as_bytes(), what.as_bytes()].concat();
    let mac = vault.digest(CONTEXT, &said)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([mac.as_slice(), &said].concat()))
}

/// The headers by which programs that read e-mail stop what the word stops, with one click (RFC 8058); a program
/// that opens the address in a browser instead shows a page.
pub(super) fn headers(public_url: &str, word: &str) -> Vec<(&'static str, String)> {
    vec![
        ("List-Unsubscribe", format!("<{public_url}/letters/stop/{word}>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
    ]
}

/// What a word stops, and in which hub; nothing where the service did not make it.
pub fn read_stop(vault: &Vault, word: &str) -> Option<(HubId, Stops)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(word).ok()?;
    let (mac, said) = bytes.split_at_checked(32)?;
    if !vault.is_digest(CONTEXT, said, mac) {
        return None;
    }
    let (hub, rest) = said.split_at_checked(16)?;
    let (whose, what) = rest.split_at_checked(16)?;
    let (hub, whose) = (HubId(Uuid::from_slice(hub).ok()?), Uuid::from_slice(whose).ok()?);
    let stops = match std::str::from_utf8(what).ok()? {
        OF_CONTACT => Stops::Newsletter(ContactId(whose)),
        topic => Stops::Topic(PersonId(whose), Topic::parse(topic).ok()?),
    };
    Some((hub, stops))
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
        let stops = Stops::Topic(person, Topic::Places);
        let made = word(&vault, hub, stops).unwrap();
        assert_eq!(read_stop(&vault, &made), Some((hub, stops)));
        let contact = Stops::Newsletter(ContactId(person.0));
        assert_eq!(read_stop(&vault, &word(&vault, hub, contact).unwrap()), Some((hub, contact)));
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
