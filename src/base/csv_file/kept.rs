//! A reader that keeps what it has read until it is no longer wanted.

use std::io::{self, Read};

/// How much may lie unwanted before it is cleared away.
const UNWANTED: usize = 64 * 1024;

/// Text as it is read, kept from a place on. Places are bytes from the beginning of the text.
pub(super) struct Kept<R> {
    from: R,
    bytes: Vec<u8>,
    /// The place of the first byte that is kept.
    first: usize,
}

impl<R> Kept<R> {
    pub(super) fn of(from: R) -> Kept<R> {
        Kept { from, bytes: Vec::new(), first: 0 }
    }

    /// What was read between two places.
    pub(super) fn between(&self, from: usize, to: usize) -> &[u8] {
        self.bytes.get(from.saturating_sub(self.first)..to.saturating_sub(self.first)).unwrap_or_default()
    }

    /// Nothing before the place is asked for again.
    pub(super) fn forget_before(&mut self, place: usize) {
        let unwanted = place.saturating_sub(self.first).min(self.bytes.len());
        if unwanted >= UNWANTED {
            self.bytes.drain(..unwanted);
            self.first += unwanted;
        }
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.bytes.extend_from_slice(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}
