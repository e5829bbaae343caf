//! What a manager wrote as paragraphs, with its addresses as links. It is plain text: nothing in it is HTML, and only
//! what is an http or https address leads anywhere, under its own name.

use std::fmt::{self, Display, Formatter};

use crate::base::text::Link;

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Its lines, each in pieces.
    pub lines: Vec<Vec<Piece>>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// Whether it is an address to be followed.
    pub link: bool,
}

impl Display for Paragraph {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, line) in self.lines.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            line.iter().try_for_each(|piece| f.write_str(&piece.text))?;
        }
        Ok(())
    }
}

/// A text as paragraphs: between them are lines on which nothing stands.
pub fn paragraphs(text: &str) -> Vec<Paragraph> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut found: Vec<Paragraph> = Vec::new();
    let mut within = false;
    for line in text.split('\n').map(str::trim_end) {
        if line.is_empty() {
            within = false;
            continue;
        }
        match found.last_mut().filter(|_| within) {
            Some(paragraph) => paragraph.lines.push(pieces(line)),
            None => found.push(Paragraph { lines: vec![pieces(line)] }),
        }
        within = true;
    }
    found
}

/// What an address begins with.
const BEGINNINGS: [&str; 2] = ["https://", "http://"];

/// What ends an address though it is no space.
const ENDS: [char; 4] = ['<', '>', '"', '`'];

/// What follows an address in a sentence, and is not of it.
const AFTER: [char; 14] = ['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '’', '”', '»', '…'];

fn pieces(line: &str) -> Vec<Piece> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), line);
    while let Some(next) = rest.chars().next() {
        let begins = !plain.ends_with(char::is_alphanumeric);
        let Some(address) = address(rest).filter(|_| begins) else {
            plain.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
            continue;
        };
        if !plain.is_empty() {
            pieces.push(Piece { text: std::mem::take(&mut plain), link: false });
        }
        pieces.push(Piece { text: address.to_owned(), link: true });
        rest = rest.get(address.len()..).unwrap_or_default();
    }
    if !plain.is_empty() {
        pieces.push(Piece { text: plain, link: false });
    }
    pieces
}

/// The address that a text begins with.
fn address(text: &str) -> Option<&str> {
    BEGINNINGS.iter().find(|beginning| text.starts_with(**beginning))?;
    let end = text.find(|c: char| c.is_whitespace() || ENDS.contains(&c)).unwrap_or(text.len());
    let address = text.get(..end)?.trim_end_matches(AFTER);
    Link::parse(address).is_ok().then_some(address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(text: &str) -> Vec<String> {
        let pieces = paragraphs(text).into_iter().flat_map(|paragraph| paragraph.lines).flatten();
        pieces.filter(|piece| piece.link).map(|piece| piece.text).collect()
    }

    #[test]
    fn lines_on_which_nothing_stands_part_paragraphs() {
        let found = paragraphs("\r\nOne,\r\nmore of it.\r\n \t\r\n\r\nTwo.\n");
        assert_eq!(found.iter().map(Paragraph::to_string).collect::<Vec<_>>(), ["One,\nmore of it.", "Two."]);
        assert!(paragraphs(" \n\n").is_empty());
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert_eq!(
            links("See https://hub.example/a?b=c&d=e. Or (http://x.example/)!\nhttps://y.example, “https://z.example”"),
            ["https://hub.example/a?b=c&d=e", "http://x.example/", "https://y.example", "https://z.example"]
        );
        for none in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.example",
            "www.x.example",
            "xhttps://x.example",
            "https://",
            "https:///",
            "HTTPS://",
            "javascript:https",
        ] {
            assert_eq!(links(none), Vec::<String>::new(), "{none}");
        }
        assert_eq!(links("https://x.example/\"><script>alert(1)</script>"), ["https://x.example/"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_link_is_an_address(text in r#"[a-z:/.<>"'{}() \n\u{202e}é]{0,120}|(https?://[a-z./"<>)]{0,20} ){0,4}"#) {
            let found = paragraphs(&text);
            let lines = text.split('\n').map(str::trim_end).filter(|line| !line.is_empty());
            let said: Vec<String> = found.iter().flat_map(|paragraph| paragraph.to_string().split('\n').map(str::to_owned).collect::<Vec<_>>()).collect();
            prop_assert_eq!(said, lines.map(str::to_owned).collect::<Vec<_>>());
            for link in links(&text) {
                prop_assert!(Link::parse(&link).is_ok() && link.starts_with("http"));
            }
        }
    }
}
