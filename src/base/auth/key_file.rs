//! The key file: one or two private keys in PEM, the first of which signs, followed by the public keys of those that
//! were replaced, which verify what those signed for good. Only its owner may read it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::KeyFileError;
use crate::base::files;

/// What identifies one writing of the file: it differs once anybody has written the file since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    place: (u64, u64),
    changed: (i64, i64),
    size: u64,
}

impl Stamp {
    /// The stamp of the file now; none where it can't be examined.
    pub(super) fn of(file: &Path) -> Option<Stamp> {
        fs::metadata(file).ok().map(|metadata| Stamp::from(&metadata))
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Stamp {
            place: (metadata.dev(), metadata.ino()),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.size(),
        }
    }
}

/// Reads the file, where nobody but its owner has access.
pub(super) fn read(file: &Path) -> Result<(Stamp, Vec<u8>), KeyFileError> {
    let io = |error| KeyFileError::Io(file.display().to_string(), error);
    let metadata = fs::metadata(file).map_err(io)?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open(file.display().to_string(), mode));
    }
    Ok((Stamp::from(&metadata), fs::read(file).map_err(io)?))
}

/// Makes the file with a new key, unless it exists. Of several processes doing so at once, one makes it.
pub(super) fn make(file: &Path) -> Result<(), KeyFileError> {
    let made = || {
        fs::create_dir_all(files::folder_of(file))?;
        files::make_private(file, pem::encode(&new_key()?).as_bytes())
    };
    made().map(drop).map_err(|error| KeyFileError::Io(file.display().to_string(), error))
}

/// Puts a new key first and keeps the one that signed until now; of earlier ones, only the public keys. Where there is
/// no file, makes one.
pub(super) fn rotate(file: &Path) -> Result<(), KeyFileError> {
    let io = |error| KeyFileError::Io(file.display().to_string(), error);
    let folder = files::folder_of(file);
    if folder.exists() {
        // Two processes that rotate at once do so in turn: neither loses the other's key.
        let _held = files::hold(folder).map_err(io)?;
        if file.exists() {
            let (_, text) = read(file)?;
            let not_keys = || KeyFileError::NotKeys(file.display().to_string());
            let old = pem::parse_many(text).map_err(|_| not_keys())?;
            let blocks = with_a_new_one(old).map_err(io)?.ok_or_else(not_keys)?;
            return files::replace_private(file, pem::encode_many(&blocks).as_bytes()).map_err(io);
        }
    }
    make(file)
}

/// The PEM tag of a private key.
pub(super) const PRIVATE: &str = "PRIVATE KEY";
/// The PEM tag of the public key of one that was replaced.
pub(super) const PUBLIC: &str = "PUBLIC KEY";

fn with_a_new_one(old: Vec<pem::Pem>) -> io::Result<Option<Vec<pem::Pem>>> {
    let (private, public): (Vec<_>, Vec<_>) = old.into_iter().partition(|block| block.tag() == PRIVATE);
    let mut private = private.into_iter();
    let Some(signed_until_now) = private.next() else { return Ok(None) };
    let mut blocks = vec![new_key()?, signed_until_now];
    for replaced in private {
        let Some(key) = public_key(&replaced) else { return Ok(None) };
        blocks.push(pem::Pem::new(PUBLIC, [SPKI, &key].concat()));
    }
    blocks.extend(public);
    Ok(Some(blocks))
}

/// What precedes the 32 bytes of an Ed25519 public key in a `SubjectPublicKeyInfo`.
const SPKI: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The public key of a block of either tag; none where it does not hold an Ed25519 key.
pub(super) fn public_key(block: &pem::Pem) -> Option<[u8; 32]> {
    if block.tag() == PUBLIC {
        return block.contents().strip_prefix(SPKI)?.try_into().ok();
    }
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(block.contents()).ok()?;
    pair.public_key().as_ref().try_into().ok()
}

fn new_key() -> io::Result<pem::Pem> {
    let pair = Ed25519KeyPair::generate().map_err(io::Error::other)?;
    // Version 1 of PKCS#8, without the public key: the form that the token library reads.
    let document =
        aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).map_err(io::Error::other)?;
    Ok(pem::Pem::new(PRIVATE, document.as_ref()))
}
