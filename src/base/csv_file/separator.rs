//! What separates the cells of a file: found from the file itself.

use std::fmt::{self, Display, Formatter};

/// How the first line that Excel writes to name the separator begins.
const SAID: &str = "sep=";

/// How many bytes are read at once of the beginning of a file.
pub(super) const HEAD: u64 = 64 * 1024;

const LONGEST_HEAD: usize = 1024 * 1024;

/// What separates cells: the comma of CSV, the semicolon where numbers have commas, the tab of "Unicode text".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// The cells of a workbook's sheet.
    Sheet,
}

impl Separator {
    const ALL: [Separator; 3] = [Separator::Comma, Separator::Semicolon, Separator::Tab];

    pub(super) const fn byte(self) -> u8 {
        match self {
            Separator::Comma | Separator::Sheet => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }

    /// The separator's name, as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Separator::Comma => "comma",
            Separator::Semicolon => "semicolon",
            Separator::Tab => "tab",
            Separator::Sheet => "sheet",
        }
    }

    /// Whether the beginning of a file is long enough to find its separator in: it has all of the header's line. The
    /// first mebibyte is, whatever it holds.
    pub(super) fn can_be_told(head: &[u8]) -> bool {
        let mut lines = head.split(|byte| matches!(byte, b'\n' | b'\r'));
        let header = lines.find(|line| !is_blank(&String::from_utf8_lossy(line)));
        header.is_some() && lines.next().is_some() || head.len() >= LONGEST_HEAD
    }

    /// The separator that the file names, or else the one most frequent in its header outside quotation marks; a
    /// comma where there is none. Also gives the length of the line that named it, without its line end.
    pub(super) fn of(text: &str) -> (Separator, usize) {
        let first = text.lines().next().unwrap_or_default().split('\r').next().unwrap_or_default();
        if let Some(said) = said(first) {
            return (said, first.len());
        }
        let header = text.split(['\n', '\r']).find(|line| !is_blank(line)).unwrap_or_default();
        let count = |separator: Separator| outside_quotes(header).filter(|byte| *byte == separator.byte()).count();
        let mut found = Separator::Comma;
        for other in Separator::ALL {
            if count(other) > count(found) {
                found = other;
            }
        }
        (found, 0)
    }
}

impl Display for Separator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads `sep=;`, bare or in quotation marks, as Excel writes and accepts it; what a program adds to fill the row is
/// ignored.
fn said(line: &str) -> Option<Separator> {
    let line = line.trim_start_matches('"');
    let word = line.get(..SAID.len())?;
    let mut rest = line.get(SAID.len()..)?.bytes();
    let separator = rest.next()?;
    let alone = rest.all(|byte| byte == b'"' || byte == b',' || byte == separator);
    let separator = Separator::ALL.into_iter().find(|known| known.byte() == separator)?;
    (word.eq_ignore_ascii_case(SAID) && alone).then_some(separator)
}

fn is_blank(line: &str) -> bool {
    line.chars().all(|letter| letter.is_whitespace() || matches!(letter, ',' | ';' | '"'))
}

fn outside_quotes(line: &str) -> impl Iterator<Item = u8> {
    let mut quoted = false;
    line.bytes().filter(move |byte| {
        quoted ^= *byte == b'"';
        !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_named_or_counted() {
        let found = |text: &str| Separator::of(text);
        for (text, separator) in [
            ("urn,name\n1;2;3;4", Separator::Comma),
            ("\r\n;;\r\nurn;name;phase\r\n", Separator::Semicolon),
            ("urn\tname\r", Separator::Tab),
            ("\"a;b;c\",\"d\"\n", Separator::Comma),
            ("email", Separator::Comma),
            ("", Separator::Comma),
            ("sep=urn,name\n", Separator::Comma),
        ] {
            assert_eq!(found(text), (separator, 0), "{text:?}");
        }
        assert_eq!(found("sep=;\r\nurn,name,phase\r\n"), (Separator::Semicolon, 5));
        assert_eq!(found("SEP=,,,\nurn,name"), (Separator::Comma, 7));
        assert_eq!(found("\"sep=\t\"\rurn\tname"), (Separator::Tab, 7));
    }
}
