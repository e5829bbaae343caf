//! Secrets that open something: random, shown once, and kept as a digest alone.

use sha2::{Digest, Sha256};

use super::seal::Hash;

/// A new secret of 32 random bytes, in hexadecimal figures.
pub fn new() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What is kept of a secret.
pub fn digest(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}
