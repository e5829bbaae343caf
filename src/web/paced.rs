//! Answers that are sent piece by piece, at the pace of their reader.
//!
//! A reader may be as slow as one piece a minute. One that is slower, or has stopped, is given up: what was made for it
//! is released, and its answer is cut off, so that nobody takes it for the whole.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::Error;
use actix_web::error::ErrorInternalServerError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::Instrument;

/// How long a reader may take for one piece.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// The size of a piece of a file, in bytes.
const PIECE: usize = 64 * 1024;

/// Passes on the pieces as long as somebody reads them.
pub(super) fn paced(
    pieces: impl Stream<Item = Result<Bytes, Error>> + 'static,
) -> impl Stream<Item = Result<Bytes, Error>> {
    paced_by(READ_WITHIN, pieces)
}

fn paced_by(
    read_within: Duration,
    pieces: impl Stream<Item = Result<Bytes, Error>> + 'static,
) -> impl Stream<Item = Result<Bytes, Error>> {
    let (sender, receiver) = mpsc::channel(1);
    let late = Arc::new(AtomicBool::new(false));
    let given_up = late.clone();
    actix_web::rt::spawn(
        async move {
            let mut pieces = pin!(pieces);
            while let Some(piece) = pieces.next().await {
                match timeout(read_within, sender.send(piece)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(_) => return given_up.store(true, Ordering::Release),
                }
            }
        }
        .in_current_span(),
    );
    stream::unfold((receiver, late), |(mut receiver, late)| async move {
        match receiver.recv().await {
            Some(piece) => Some((piece, (receiver, late))),
            None if late.swap(false, Ordering::AcqRel) => {
                Some((Err(ErrorInternalServerError("it was read too slowly")), (receiver, late)))
            }
            None => None,
        }
    })
}

/// How much of a spool has been written.
#[derive(Clone, Copy)]
enum Written {
    /// This many bytes so far, with more to come.
    SoFar(u64),
    /// This many bytes, which is all.
    Whole(u64),
    /// Cut off: no more will come, though there should be more.
    CutOff,
}

/// A body that is written to a file without a name as fast as it is made, and read as fast as its reader likes: so that
/// nothing it is made from waits for the reader.
pub(super) struct Spool {
    file: Arc<File>,
    bytes: u64,
    written: watch::Sender<Written>,
}

impl Spool {
    /// An empty spool, and the stream that reads it.
    pub(super) fn new() -> io::Result<(Spool, impl Stream<Item = Result<Bytes, Error>> + 'static)> {
        let file = Arc::new(tempfile::tempfile()?);
        let (written, watched) = watch::channel(Written::SoFar(0));
        let pieces = stream::unfold((file.clone(), watched, 0), |(file, mut watched, from)| async move {
            let piece = next(&file, &mut watched, from).await.transpose()?;
            let from = piece.as_ref().map_or(from, |piece| from + u64::try_from(piece.len()).unwrap_or(0));
            Some((piece, (file, watched, from)))
        });
        Ok((Spool { file, bytes: 0, written }, pieces))
    }

    /// Appends a piece; fails with `BrokenPipe` where nobody reads the spool any more.
    pub(super) async fn write(&mut self, piece: String) -> io::Result<()> {
        if self.written.is_closed() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let (file, at) = (self.file.clone(), self.bytes);
        let length = u64::try_from(piece.len()).map_err(io::Error::other)?;
        tokio::task::spawn_blocking(move || file.write_all_at(piece.as_bytes(), at))
            .await
            .map_err(io::Error::other)??;
        self.bytes += length;
        self.written.send_replace(Written::SoFar(self.bytes));
        Ok(())
    }

    /// Ends the spool: whole, or cut off.
    pub(super) fn end(self, whole: bool) {
        self.written.send_replace(if whole { Written::Whole(self.bytes) } else { Written::CutOff });
    }
}

/// The piece from this byte on, as soon as it is written; none at the end.
async fn next(file: &Arc<File>, watched: &mut watch::Receiver<Written>, from: u64) -> Result<Option<Bytes>, Error> {
    let cut_off = || ErrorInternalServerError("what is sent could not be made to its end");
    let until = loop {
        let written = *watched.borrow_and_update();
        match written {
            Written::SoFar(bytes) | Written::Whole(bytes) if bytes > from => break bytes,
            Written::Whole(_) => return Ok(None),
            Written::CutOff => return Err(cut_off()),
            Written::SoFar(_) => watched.changed().await.map_err(|_| cut_off())?,
        }
    };
    let length = usize::try_from(until - from).map_or(PIECE, |length| length.min(PIECE));
    let file = file.clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; length];
        file.read_exact_at(&mut piece, from).map(|()| piece)
    });
    let piece = read.await.map_err(ErrorInternalServerError)?.map_err(|error| {
        tracing::error!(%error, "what was written for a reader can't be read");
        cut_off()
    })?;
    Ok(Some(Bytes::from(piece)))
}

/// The pieces of a file, from its beginning.
pub(super) fn pieces_of(file: File) -> impl Stream<Item = Result<Bytes, Error>> + 'static {
    stream::unfold((Arc::new(file), 0), |(file, from)| async move {
        let (read, at) = (file.clone(), from);
        let piece = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let length = read.read_at(&mut piece, at)?;
            piece.truncate(length);
            io::Result::Ok(piece)
        });
        let piece = piece.await.map_err(io::Error::other).flatten();
        match piece {
            Ok(piece) if piece.is_empty() => None,
            Ok(piece) => {
                let next = from + u64::try_from(piece.len()).unwrap_or(0);
                Some((Ok(Bytes::from(piece)), (file, next)))
            }
            Err(error) => {
                tracing::error!(%error, "what was written for a reader can't be read");
                Some((Err(ErrorInternalServerError("what is sent can't be read to its end")), (file, u64::MAX)))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(pieces: impl Stream<Item = Result<Bytes, Error>>) -> Result<Vec<u8>, Error> {
        let (mut all, mut pieces) = (Vec::new(), pin!(pieces));
        while let Some(piece) = pieces.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all)
    }

    #[actix_web::test]
    async fn a_spool_is_written_whether_it_is_read_or_not() {
        let (mut spool, pieces) = Spool::new().unwrap();
        let text: String = (0..40_000).map(|n| format!("{n}\n")).collect();
        for part in text.as_bytes().chunks(30_000) {
            spool.write(String::from_utf8(part.to_vec()).unwrap()).await.unwrap();
        }
        spool.end(true);
        assert_eq!(read(pieces).await.unwrap(), text.as_bytes());
    }

    #[actix_web::test]
    async fn what_is_cut_off_does_not_look_whole() {
        let (mut spool, pieces) = Spool::new().unwrap();
        spool.write("a".to_owned()).await.unwrap();
        spool.end(false);
        assert!(read(pieces).await.is_err());
    }

    #[actix_web::test]
    async fn a_spool_that_nobody_reads_is_given_up() {
        let (mut spool, pieces) = Spool::new().unwrap();
        drop(pieces);
        assert_eq!(spool.write("a".to_owned()).await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[actix_web::test]
    async fn who_reads_no_piece_in_time_gets_no_whole() {
        let within = Duration::from_millis(20);
        let pieces = stream::iter((0..4).map(|_| Ok(Bytes::from_static(b"piece"))));
        let mut paced = pin!(paced_by(within, pieces));
        assert!(paced.next().await.unwrap().is_ok());
        tokio::time::sleep(within * 5).await;
        let rest: Vec<_> = paced.collect().await;
        assert!(rest.len() < 4 && rest.last().unwrap().is_err());
    }
}
