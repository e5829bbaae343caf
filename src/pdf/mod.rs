//! Sheets of A4 as PDF files, which a screen reader reads as well as a printer prints (PDF/UA-1): a sheet
//! is a list of blocks, laid out on as many pages as they need.
//!
//! The text is in Noto Sans, which is in the binary and of which a file carries the glyphs that it uses:
//! Latin, Greek, Cyrillic and Devanagari letters. A character that it lacks is shown as `�`.

mod draw;
mod faces;
mod layout;

/// Why a file can't be written.
#[derive(Debug, thiserror::Error)]
#[error("the PDF can't be written: {0}")]
pub struct Error(String);

/// What is to be put on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What readers show as the name of the document.
    pub title: String,
    /// Stands at the foot of every page, before its number.
    pub foot: String,
    /// What is on it, from the top.
    pub blocks: Vec<Block>,
}

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The heading of all; once.
    Title(String),
    /// The heading of what follows.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph that stands out.
    Large(String),
    /// What is called what.
    Facts(Vec<(String, String)>),
    /// Rows under column headings.
    Table(Table),
    /// An address that can be followed.
    Link {
        /// What is shown before the address.
        label: String,
        /// The address.
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
    /// Its heading.
    pub heading: String,
    /// Its share of the width, beside those of the others.
    pub share: u8,
    /// Whether its cells end at one line, as numbers do.
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

impl Sheet {
    /// The file. It depends on nothing but the sheet.
    pub fn write(&self) -> Result<Vec<u8>, Error> {
        draw::draw(self, &layout::lay_out(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(blocks: Vec<Block>) -> Sheet {
        Sheet { title: "Certificate".to_owned(), foot: "West London".to_owned(), blocks }
    }

    #[test]
    fn every_block_is_written_and_the_same_sheet_gives_the_same_file() {
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
        let file = sheet.write().unwrap();
        assert!(file.starts_with(b"%PDF-1.7") && file.len() < 200_000, "{} bytes", file.len());
        assert_eq!(file, sheet.write().unwrap());
    }

    #[test]
    fn any_text_can_be_written() {
        let all: Vec<char> = ('\u{20}'..='\u{2fff}').filter(|c| !c.is_control()).collect();
        for part in all.chunks(10_000) {
            sheet(vec![Block::Title("All".to_owned()), Block::Text(part.iter().collect())]).write().unwrap();
        }
        let odd = "🩌 李明 עברית مرحبا e\u{301}\u{fe0f}\u{feff}".to_owned();
        sheet(vec![Block::Title(odd.clone()), Block::Large(odd)]).write().unwrap();
        sheet(Vec::new()).write().unwrap();
    }
}
