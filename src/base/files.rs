//! Files that several processes may try to create at once, and that only their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Readable and writable by the owner only.
const PRIVATE: u32 = 0o600;

/// The folder of a file: `.` for a bare name.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Keeps other processes waiting until it is dropped.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "its end is what releases the folder")] Option<File>);

/// Waits until no other process holds the folder, then holds it. A process that dies lets go. On a file system
/// without locks, nobody waits.
pub fn hold(folder: &Path) -> io::Result<Hold> {
    let opened = File::open(folder)?;
    match opened.lock() {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(Hold(None)),
        outcome => outcome.map(|()| Hold(Some(opened))),
    }
}

/// Creates a private file with this content, whole or not at all. False where there already is one; it is left alone.
pub fn make_private(file: &Path, content: &[u8]) -> io::Result<bool> {
    let made = place(&drafted(file, content)?, file)?;
    settle(file)?;
    Ok(made)
}

/// Gives a draft the name of the file, unless the file exists: then the draft is deleted.
pub fn place(draft: &Path, file: &Path) -> io::Result<bool> {
    let outcome = match fs::hard_link(draft, file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // A file system without hard links.
        Err(_) => {
            let _held = hold(folder_of(file))?;
            if file.exists() { Ok(false) } else { fs::rename(draft, file).map(|()| true) }
        }
    };
    match fs::remove_file(draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => outcome,
    }
}

/// Replaces the content of a private file, whole or not at all.
pub fn replace_private(file: &Path, content: &[u8]) -> io::Result<()> {
    fs::rename(drafted(file, content)?, file)?;
    settle(file)
}

/// Creates an empty private file; fails where there is one.
pub fn new_private(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(file)
}

/// A name beside the file that no other process uses.
pub fn draft_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}.new", hex::encode(rand::random::<[u8; 8]>())));
    PathBuf::from(name)
}

/// Makes the file's name durable in its folder.
pub fn settle(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

fn drafted(file: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let draft = draft_of(file);
    let mut out = new_private(&draft)?;
    out.write_all(content)?;
    out.sync_all()?;
    Ok(draft)
}
