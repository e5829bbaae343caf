//! A4 sheets as PDF files that a screen reader reads as well as a printer prints (PDF/UA-1): a sheet is a list of
//! blocks, laid out on as many pages as they need.
//!
//! The text is set in Noto Sans, which is part of the binary; a file embeds the glyphs that it uses: Latin, Greek,
//! Cyrillic and Devanagari letters, arrows, ticks, stars and mathematical signs. Other scripts are set in the fonts of
//! a folder, right to left where they are written so. A text with a character that no font has, be it an emoji, is
//! refused, and the error says so.

mod draw;
mod faces;
mod layout;

pub use faces::Fonts;

use crate::base::colour::Colour;

/// Why a file can't be written, or fonts can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A fault in the program.
    #[error("the PDF can't be written: {0}")]
    Failed(String),
    /// The folder of fonts can't be used.
    #[error("{0}")]
    Folder(String),
    /// No font has a character of the text.
    #[error("no font of this service has the character {letter} of “{text}”")]
    NoFont {
        /// The text that can't be set.
        text: String,
        /// The first character of it that no font has.
        letter: char,
    },
}

/// What is to be put on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What PDF readers show as the name of the document.
    pub title: String,
    /// The foot of every page, before the page number.
    pub foot: String,
    /// What is on the sheet, from the top.
    pub blocks: Vec<Block>,
    /// The colour of a frame around each page; what stands in a frame stands in the middle. None for a sheet without.
    pub frame: Option<Colour>,
}

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The title of the sheet; once.
    Title(String),
    /// The heading of the blocks that follow.
    Heading(String),
    /// A paragraph of text.
    Text(String),
    /// A paragraph that stands out.
    Large(String),
    /// Pairs of a name and a value.
    Facts(Vec<(String, String)>),
    /// Rows under column headings.
    Table(Table),
    /// An address that can be followed.
    Link {
        /// What is shown before the address.
        label: String,
        /// The address that the link leads to.
        address: String,
    },
    /// Room between what is above and below.
    Gap,
    /// A line across.
    Rule,
}

/// Rows under column headings, which are repeated on every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading of the column.
    pub heading: String,
    /// The column's share of the width, relative to the others.
    pub share: u8,
    /// Whether its cells are right-aligned, as numbers are.
    pub to_the_right: bool,
}

impl Column {
    /// A column of words.
    pub fn of_words(heading: &str, share: u8) -> Column {
        Column { heading: heading.to_owned(), share, to_the_right: false }
    }

    /// A column of numbers.
    pub fn of_numbers(heading: &str, share: u8) -> Column {
        Column { to_the_right: true, ..Column::of_words(heading, share) }
    }
}

impl Block {
    fn texts(&self) -> Vec<&str> {
        match self {
            Block::Title(text) | Block::Heading(text) | Block::Text(text) | Block::Large(text) => vec![text],
            Block::Facts(facts) => facts.iter().flat_map(|(label, value)| [label.as_str(), value]).collect(),
            Block::Table(table) => table.rows.iter().flatten().map(String::as_str).collect(),
            Block::Link { label, address } => vec![label, address],
            Block::Gap | Block::Rule => Vec::new(),
        }
    }
}

impl Sheet {
    /// The PDF file. It depends on nothing but the sheet and the fonts.
    pub fn write(&self, fonts: &Fonts) -> Result<Vec<u8>, Error> {
        for text in self.texts() {
            if let Some(letter) = fonts.lacking(text) {
                return Err(Error::NoFont { text: text.to_owned(), letter });
            }
        }
        draw::draw(self, &layout::lay_out(self, fonts), fonts)
    }

    /// For each block the heading that it stands under: what a page calls the tables of the sheet.
    pub fn headings(&self) -> Vec<&str> {
        let mut heading = self.title.as_str();
        let mut under = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            if let Block::Heading(text) = block {
                heading = text;
            }
            under.push(heading);
        }
        under
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().flat_map(Block::texts).chain([self.foot.as_str()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(blocks: Vec<Block>) -> Sheet {
        Sheet { title: "Certificate".to_owned(), foot: "West London".to_owned(), blocks, frame: None }
    }

    #[test]
    fn every_block_is_written_and_the_same_sheet_gives_the_same_file() {
        let fonts = Fonts::shipped().unwrap();
        let table = Table {
            columns: vec![Column::of_words("Event", 3), Column::of_numbers("Hours", 1)],
            rows: (0..90).map(|n| vec![format!("Event {n}: {}", "long words ".repeat(12)), n.to_string()]).collect(),
        };
        let sheet = sheet(vec![
            Block::Title("Certificate".to_owned()),
            Block::Rule,
            Block::Heading("Zoë Nowak-Łukasz".to_owned()),
            Block::Large("Ελένη Παπαδοπούλου, Дмитрий Шостакович, Nguyễn Thị Minh Khai".to_owned()),
            Block::Text("x".repeat(1000)),
            Block::Gap,
            Block::Facts(vec![("Hours".to_owned(), "5.50".to_owned()), ("Empty".to_owned(), String::new())]),
            Block::Table(table),
            Block::Link { label: "Check it at".to_owned(), address: "https://hub.example/v1".to_owned() },
        ]);
        let framed = Sheet { frame: Some(Colour::USUAL), ..sheet.clone() };
        assert!(framed.write(&fonts).unwrap() != sheet.write(&fonts).unwrap());
        let file = sheet.write(&fonts).unwrap();
        assert!(file.starts_with(b"%PDF-1.7") && file.len() < 200_000, "{} bytes", file.len());
        assert_eq!(file, sheet.write(&fonts).unwrap());
    }

    #[test]
    fn any_text_is_written_or_its_letter_named() {
        let fonts = Fonts::shipped().unwrap();
        let all: Vec<char> = ('\u{20}'..='\u{2fff}').filter(|c| !c.is_control()).collect();
        let (letters, others): (Vec<char>, Vec<char>) =
            all.into_iter().partition(|c| fonts.lacking(&c.to_string()).is_some());
        sheet(vec![
            Block::Title("All".to_owned()),
            Block::Text(others.chunks(40).map(String::from_iter).collect::<Vec<_>>().join(" ")),
        ])
        .write(&fonts)
        .unwrap();
        assert!(letters.contains(&'ב') && !letters.contains(&'→'));
        for (odd, is_set) in [
            ("e\u{301}\u{fe0f}\u{feff} a\u{200d}\u{2060}\u{ad}b", true),
            ("→ ✓ ≥ ● ★ ⚠ ① ♥", true),
            ("מ", false),
            ("Иван 🎓 Петров", false),
            ("Maya 👩\u{200d}🏫", false),
        ] {
            let written = sheet(vec![Block::Title(odd.to_owned()), Block::Large(odd.to_owned())]).write(&fonts);
            assert_eq!(written.is_ok(), is_set, "{odd}");
        }
        sheet(Vec::new()).write(&fonts).unwrap();
        let refused = sheet(vec![Block::Large("Anna 李明".to_owned())]).write(&fonts).unwrap_err();
        assert_eq!(refused.to_string(), "no font of this service has the character 李 of “Anna 李明”");
    }
}
