//! Decodes the bytes of a file to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::header::FileError;

/// A byte order mark is trusted, and bytes that contradict it are refused. Without one, text that begins as UTF-16
/// does, with every other byte zero, is UTF-16, valid UTF-8 is UTF-8, and everything else is Windows-1252, in which
/// every byte means something. Also gives the name of the encoding. A workbook is not text, and is refused.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), FileError> {
    if let Some((_, kind)) = NO_TEXT.iter().find(|(begins, _)| bytes.starts_with(begins)) {
        return Err(FileError::NotText { kind });
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes).or_else(|| unmarked_utf_16(bytes)) {
        let marked = bytes.get(mark..).unwrap_or_default();
        return encoding
            .decode_without_bom_handling_and_without_replacement(marked)
            .map(|text| (text, encoding.name()))
            .ok_or(FileError::NotAsMarked { encoding: encoding.name() });
    }
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok((text, UTF_8.name()));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok((text, WINDOWS_1252.name()))
}

/// How files begin that are sent as CSV but are something else.
const NO_TEXT: [(&[u8], &str); 3] = [
    (b"PK\x03\x04", "an Excel workbook (.xlsx)"),
    (b"\xD0\xCF\x11\xE0", "an Excel workbook (.xls)"),
    (b"%PDF-", "a PDF"),
];

fn unmarked_utf_16(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    match bytes {
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some((UTF_16LE, 0)),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some((UTF_16BE, 0)),
        _ => None,
    }
}
