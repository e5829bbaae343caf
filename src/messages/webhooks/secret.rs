//! A webhook's secret: 32 random bytes, written `whsec_` and base64, kept sealed since the service must sign with it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::base::ids::{HubId, WebhookId};
use crate::base::vault::{self, Vault};

/// What the text of a secret begins with (Standard Webhooks).
const PREFIX: &str = "whsec_";

/// A secret that signs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    pub(super) fn new() -> Secret {
        Secret(rand::random())
    }

    /// Its text, for the receiver.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(self.0))
    }

    /// The bytes that sign.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret sealed for its webhook.
    pub(super) fn sealed(&self, vault: &Vault, hub: HubId, id: WebhookId) -> Result<Vec<u8>, vault::Error> {
        vault.seal(&context(hub, id), &self.0)
    }

    /// Opens what was sealed for the webhook.
    pub(super) fn open(vault: &Vault, hub: HubId, id: WebhookId, sealed: &[u8]) -> Result<Secret, vault::Error> {
        let bytes = vault.open(&context(hub, id), sealed)?;
        bytes.try_into().map(Secret).map_err(|_| vault::Error::NotOurs)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("whsec_…")
    }
}

fn context(hub: HubId, id: WebhookId) -> String {
    format!("secret of webhook {id} of hub {hub}")
}
