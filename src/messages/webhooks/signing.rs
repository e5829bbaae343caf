//! The headers of a message (Standard Webhooks 1.0): its id, when it is sent, and a signature by each secret that is good.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};

use super::secret::Secret;

/// The headers of a message that is sent at `now`.
pub(super) fn headers(id: &str, now: DateTime<Utc>, body: &str, secrets: &[Secret]) -> Vec<(&'static str, String)> {
    let seconds = now.timestamp().to_string();
    let signed = format!("{id}.{seconds}.{body}");
    let signatures: Vec<String> = secrets.iter().map(|secret| signature(secret, &signed)).collect();
    vec![("webhook-id", id.to_owned()), ("webhook-timestamp", seconds), ("webhook-signature", signatures.join(" "))]
}

fn signature(secret: &Secret, signed: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes())))
}
