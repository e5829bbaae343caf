//! Reads the bytes of a file as text, piece by piece.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::header::FileError;

/// How many bytes of the file are decoded at once.
const PIECE: usize = 16 * 1024;

/// The text of a file in UTF-8, decoded as it is read. What is not of the encoding is an error of kind
/// [`InvalidData`](io::ErrorKind::InvalidData), where the `encoding_rs_io` crate would put U+FFFD in its place.
pub(crate) struct Text<R> {
    file: R,
    decoder: Decoder,
    /// What was read of the file, and how much of it is to be decoded yet: its end.
    bytes: Vec<u8>,
    undecoded: Range<usize>,
    piece: String,
    /// How much of the piece has been read.
    read: usize,
    ended: bool,
}

/// The text of a file, and the name of its encoding. A byte order mark is trusted, and bytes that contradict it are
/// refused. Without one, text that begins as UTF-16 does, with every other byte zero, is UTF-16, valid UTF-8 is UTF-8,
/// and everything else is Windows-1252, in which every byte means something; but not where it has letters of UTF-8: one
/// stray byte would break every name. The file is therefore read twice.
pub(crate) fn decode<R: Read + Seek>(mut file: R) -> Result<(Text<R>, &'static str), FileError> {
    file.rewind()?;
    let mut begins = Vec::new();
    (&mut file).take(8).read_to_end(&mut begins)?;
    if let Some((_, kind)) = NO_TEXT.iter().find(|(begin, _)| begins.starts_with(begin)) {
        return Err(FileError::NotText { kind });
    }
    let marked = Encoding::for_bom(&begins).or_else(|| unmarked_utf_16(&begins));
    let (encoding, mark) = marked.unwrap_or((UTF_8, 0));
    let encoding = match (found_in(&mut file, encoding, mark)?, marked) {
        (Found { faults: false, .. }, _) => encoding,
        (_, Some(_)) => return Err(FileError::NotAsMarked { encoding: encoding.name() }),
        (Found { letters: true, .. }, None) => return Err(FileError::Mixed),
        (Found { letters: false, .. }, None) => WINDOWS_1252,
    };
    Ok((Text::of(file, encoding, mark)?, encoding.name()))
}

impl<R: Read + Seek> Text<R> {
    fn of(mut file: R, encoding: &'static Encoding, mark: usize) -> io::Result<Text<R>> {
        file.seek(SeekFrom::Start(u64::try_from(mark).unwrap_or_default()))?;
        let decoder = encoding.new_decoder_without_bom_handling();
        let longest = decoder.max_utf8_buffer_length_without_replacement(PIECE).unwrap_or(PIECE * 3);
        let piece = String::with_capacity(longest);
        Ok(Text { file, decoder, bytes: vec![0; PIECE], undecoded: 0..0, piece, read: 0, ended: false })
    }
}

/// What a file is, read in an encoding.
#[derive(Default)]
struct Found {
    /// Whether it has letters beyond ASCII.
    letters: bool,
    /// Whether something of it is not of the encoding.
    faults: bool,
}

fn found_in(file: &mut (impl Read + Seek), encoding: &'static Encoding, mark: usize) -> io::Result<Found> {
    let (mut text, mut found) = (Text::of(file, encoding, mark)?, Found::default());
    loop {
        let piece = text.decode_a_piece();
        found.letters |= !text.piece.is_ascii();
        match piece {
            Ok(()) if text.piece.is_empty() => return Ok(found),
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => found.faults = true,
            Err(error) => return Err(error),
        }
    }
}

impl<R: Read> Text<R> {
    /// Decodes the next piece; empty at the end of the file. After what is not of the encoding it goes on.
    fn decode_a_piece(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.read = 0;
        while self.piece.is_empty() && !self.ended {
            if self.undecoded.is_empty() {
                self.undecoded = 0..self.file.read(&mut self.bytes)?;
                self.ended = self.undecoded.is_empty();
            }
            let bytes = self.bytes.get(self.undecoded.clone()).unwrap_or_default();
            let decoded = self.decoder.decode_to_string_without_replacement(bytes, &mut self.piece, self.ended);
            self.undecoded.start += decoded.1;
            if let (DecoderResult::Malformed(..), _) = decoded {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.piece.len() {
            self.decode_a_piece()?;
        }
        let count = self.piece.as_bytes().get(self.read..).unwrap_or_default().read(into)?;
        self.read += count;
        Ok(count)
    }
}

/// How files begin that are sent as CSV but are something else.
const NO_TEXT: [(&[u8], &str); 7] = [
    (b"\x1F\x8B", "a compressed file (.gz)"),
    (b"\xD0\xCF\x11\xE0", "an Excel workbook with a password, or of before 2007 (.xls)"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xFF\xD8\xFF", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"{\\rtf", "a document (RTF)"),
];

fn unmarked_utf_16(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    match bytes {
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some((UTF_16LE, 0)),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some((UTF_16BE, 0)),
        _ => None,
    }
}
