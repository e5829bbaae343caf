//! Lays a sheet out: where each piece stands on which page, and which element it belongs to. Lengths are in points from
//! the upper left corner of the page.

use super::faces::{Fonts, Weight};
use super::{Block, Sheet, Table};

/// The page: A4.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// The margin on the left, on the right and at the top.
pub(super) const MARGIN: f32 = 62.0;
/// Where text ends at the bottom of a page.
const BOTTOM: f32 = PAGE.1 - 84.0;
/// The width of the text between the margins.
const INNER: f32 = PAGE.0 - 2.0 * MARGIN;
/// The distance between the base lines of two lines, in multiples of the type size.
const LEADING: f32 = 1.4;

/// A sheet on its pages.
#[derive(Debug, Default)]
pub(super) struct Laid {
    pub(super) pages: Vec<Vec<Piece>>,
    /// The elements that the pieces belong to, in reading order; a parent comes before its children.
    pub(super) elements: Vec<Element>,
    /// The headings: their text, page and height on it.
    pub(super) outline: Vec<(String, usize, f32)>,
}

/// What a screen reader is told about pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) kind: ElementKind,
    pub(super) parent: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ElementKind {
    Title(String),
    Heading(String),
    Paragraph,
    Link,
    Table,
    Head,
    Body,
    Row,
    ColumnHeading,
    RowHeading,
    Cell,
}

/// Something to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text { x: f32, base: f32, style: Style, text: String, of: Of, address: Option<String> },
    Rule { y: f32 },
}

/// The element that a piece belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// An element, by its index.
    Element(usize),
    /// The page itself: the foot, and repeated headings.
    Page,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) grey: bool,
}

/// The title of a sheet.
pub(super) const TITLE: Style = Style { weight: Weight::SemiBold, size: 27.0, grey: false };
const HEADING: Style = Style { weight: Weight::SemiBold, size: 14.0, grey: false };
const LARGE: Style = Style { weight: Weight::SemiBold, size: 19.0, grey: false };
const TEXT: Style = Style { weight: Weight::Regular, size: 11.0, grey: false };
const LABEL: Style = Style { weight: Weight::Regular, size: 10.0, grey: true };
const CELL: Style = Style { weight: Weight::Regular, size: 9.0, grey: false };
const COLUMN: Style = Style { weight: Weight::SemiBold, size: 9.0, grey: false };
const FOOT: Style = Style { weight: Weight::Regular, size: 8.0, grey: true };

pub(super) fn lay_out(sheet: &Sheet, fonts: &Fonts) -> Laid {
    let laid = Laid { pages: vec![Vec::new()], ..Laid::default() };
    let mut layout = Layout { laid, fonts, y: MARGIN, centred: sheet.frame.is_some() };
    for block in &sheet.blocks {
        layout.block(block);
    }
    if layout.centred {
        layout.move_to_the_middle();
    }
    layout.foot(&sheet.foot);
    layout.laid
}

struct Layout<'f> {
    laid: Laid,
    fonts: &'f Fonts,
    /// Where the next line begins.
    y: f32,
    /// Whether lines stand in the middle.
    centred: bool,
}

/// How far the facts of a sheet stand from the left, where its lines stand in the middle.
const INDENT: f32 = 56.0;

/// A column on the page.
struct Place {
    x: f32,
    width: f32,
    to_the_right: bool,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Title(text) => {
                let title = self.element(ElementKind::Title(text.clone()), None);
                self.headed(text);
                self.lines(text, TITLE, title, None);
                self.y += 6.0;
            }
            Block::Heading(text) => {
                self.y += 14.0;
                self.keep(HEADING.size * LEADING * 3.0);
                let heading = self.element(ElementKind::Heading(text.clone()), None);
                self.headed(text);
                self.lines(text, HEADING, heading, None);
                self.y += 2.0;
            }
            Block::Text(text) => self.paragraph(text, TEXT),
            Block::Large(text) => self.paragraph(text, LARGE),
            Block::Facts(facts) => self.facts(facts),
            Block::Table(table) => self.table(table),
            Block::Link { label, address } => {
                self.paragraph(label, LABEL);
                let paragraph = self.element(ElementKind::Paragraph, None);
                let link = self.element(ElementKind::Link, Some(paragraph));
                self.lines(address, LABEL, link, Some(address));
            }
            Block::Gap => self.y += 20.0,
            Block::Rule => {
                self.y += 8.0;
                let y = self.y;
                self.put(Piece::Rule { y });
                self.y += 12.0;
            }
        }
    }

    fn element(&mut self, kind: ElementKind, parent: Option<usize>) -> usize {
        self.laid.elements.push(Element { kind, parent });
        self.laid.elements.len() - 1
    }

    fn headed(&mut self, text: &str) {
        self.laid.outline.push((text.to_owned(), self.laid.pages.len() - 1, self.y));
    }

    fn put(&mut self, piece: Piece) {
        if let Some(page) = self.laid.pages.last_mut() {
            page.push(piece);
        }
    }

    /// Starts a new page where less than `height` is left of this one.
    fn keep(&mut self, height: f32) -> bool {
        let turn = self.y + height > BOTTOM && self.y > MARGIN;
        if turn {
            self.laid.pages.push(Vec::new());
            self.y = MARGIN;
        }
        turn
    }

    fn paragraph(&mut self, text: &str, style: Style) {
        let paragraph = self.element(ElementKind::Paragraph, None);
        self.lines(text, style, paragraph, None);
        self.y += 3.0;
    }

    /// Sets text over the whole width.
    fn lines(&mut self, text: &str, style: Style, element: usize, address: Option<&String>) {
        for line in self.wrapped(text, style, INNER) {
            self.keep(style.size * LEADING);
            let base = self.y + style.size * 1.1;
            let of = Of::Element(element);
            let room = INNER - self.fonts.width(style.weight, style.size, line.trim_end());
            let x = if self.centred { MARGIN + room.max(0.0) / 2.0 } else { MARGIN };
            self.put(Piece::Text { x, base, style, text: line, of, address: address.cloned() });
            self.y += style.size * LEADING;
        }
    }

    /// The text in lines no wider than `most`; wider words are broken.
    fn wrapped(&self, text: &str, style: Style, most: f32) -> Vec<String> {
        let text = self.fonts.covered(style.weight, text);
        let width = |text: &str| self.fonts.width(style.weight, style.size, text);
        let fits = |line: &str| width(line) <= most;
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let line = lines.last().map_or("", String::as_str);
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if fits(&longer) {
                lines.pop();
                lines.push(longer);
                continue;
            }
            if line.is_empty() {
                lines.pop();
            }
            let (mut rest, mut taken, mut wide) = (word, 0, 0.0);
            for c in word.chars() {
                let advance = width(c.encode_utf8(&mut [0; 4]));
                wide += advance;
                // At least one character, however narrow the column.
                if wide > most && taken > 0 {
                    let (line, left) = rest.split_at(taken);
                    lines.push(line.to_owned());
                    (rest, taken, wide) = (left, 0, advance);
                }
                taken += c.len_utf8();
            }
            lines.push(rest.to_owned());
        }
        // A screen reader takes words on two lines as two words.
        let last = lines.len() - 1;
        lines.iter_mut().take(last).for_each(|line| line.push(' '));
        lines.retain(|line| !line.is_empty());
        lines
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        let table = self.element(ElementKind::Table, None);
        let body = self.element(ElementKind::Body, Some(table));
        let left = if self.centred { INDENT } else { 0.0 };
        let places = [
            Place { x: MARGIN + left, width: 120.0, to_the_right: false },
            Place { x: MARGIN + left + 130.0, width: INNER - 2.0 * left - 130.0, to_the_right: false },
        ];
        for (label, value) in facts {
            let row = self.element(ElementKind::Row, Some(body));
            let name = self.element(ElementKind::RowHeading, Some(row));
            let of = self.element(ElementKind::Cell, Some(row));
            let cells = [(label, LABEL, Of::Element(name)), (value, TEXT, Of::Element(of))];
            let (lines, height) = self.cells(&places, &cells);
            self.keep(height);
            self.row(&places, &cells, &lines);
            self.y += height + 2.0;
        }
    }

    fn table(&mut self, table: &Table) {
        let shares: f32 = table.columns.iter().map(|column| f32::from(column.share)).sum();
        let mut x = MARGIN;
        let mut places = Vec::new();
        for column in &table.columns {
            let share = INNER * f32::from(column.share) / shares;
            places.push(Place { x, width: share - 8.0, to_the_right: column.to_the_right });
            x += share;
        }
        let element = self.element(ElementKind::Table, None);
        let head = self.element(ElementKind::Head, Some(element));
        let row = self.element(ElementKind::Row, Some(head));
        let headings: Vec<usize> =
            table.columns.iter().map(|_| self.element(ElementKind::ColumnHeading, Some(row))).collect();
        let body = self.element(ElementKind::Body, Some(element));
        self.keep(60.0);
        self.columns(table, &places, &headings.iter().map(|at| Of::Element(*at)).collect::<Vec<_>>());
        for cells in &table.rows {
            let row = self.element(ElementKind::Row, Some(body));
            let cells: Vec<(&String, Style, Of)> = cells
                .iter()
                .map(|cell| (cell, CELL, Of::Element(self.element(ElementKind::Cell, Some(row)))))
                .collect();
            let (lines, height) = self.cells(&places, &cells);
            if self.keep(height) {
                self.columns(table, &places, &vec![Of::Page; places.len()]);
            }
            self.row(&places, &cells, &lines);
            self.y += height + 3.0;
        }
    }

    fn columns(&mut self, table: &Table, places: &[Place], of: &[Of]) {
        let cells: Vec<(&String, Style, Of)> =
            table.columns.iter().zip(of).map(|(column, of)| (&column.heading, COLUMN, *of)).collect();
        let (lines, height) = self.cells(places, &cells);
        self.row(places, &cells, &lines);
        self.y += height + 2.0;
        let y = self.y;
        self.put(Piece::Rule { y });
        self.y += 5.0;
    }

    /// The lines of each cell of a row, and the height of the row.
    fn cells(&self, places: &[Place], cells: &[(&String, Style, Of)]) -> (Vec<Vec<String>>, f32) {
        let mut height: f32 = 0.0;
        let mut all = Vec::new();
        for (place, (text, style, _)) in places.iter().zip(cells) {
            let lines = self.wrapped(text, *style, place.width);
            height = lines.iter().fold(0.0, |high, _| high + style.size * LEADING).max(height);
            all.push(lines);
        }
        (all, height)
    }

    fn row(&mut self, places: &[Place], cells: &[(&String, Style, Of)], lines: &[Vec<String>]) {
        for ((place, (_, style, of)), lines) in places.iter().zip(cells).zip(lines) {
            let mut base = self.y + TEXT.size.min(style.size + 1.0) * 1.1;
            for line in lines {
                let room = place.width - self.fonts.width(style.weight, style.size, line.trim_end());
                let x = if place.to_the_right { place.x + room.max(0.0) } else { place.x };
                self.put(Piece::Text { x, base, style: *style, text: line.clone(), of: *of, address: None });
                base += style.size * LEADING;
            }
        }
    }

    /// Moves what stands on a single page to its middle.
    fn move_to_the_middle(&mut self) {
        let [page] = self.laid.pages.as_mut_slice() else { return };
        let down = (BOTTOM - self.y).max(0.0) / 2.0;
        for piece in page {
            match piece {
                Piece::Text { base, .. } => *base += down,
                Piece::Rule { y } => *y += down,
            }
        }
        self.laid.outline.iter_mut().for_each(|(_, _, y)| *y += down);
    }

    fn foot(&mut self, text: &str) {
        let text = self.fonts.covered(FOOT.weight, text);
        let of_all = self.laid.pages.len();
        let base = PAGE.1 - 44.0;
        let right = PAGE.0 - MARGIN;
        for (number, page) in (1..).zip(&mut self.laid.pages) {
            let number = format!("Page {number} of {of_all}");
            let x = right - self.fonts.width(FOOT.weight, FOOT.size, &number);
            for (x, text) in [(MARGIN, text.clone()), (x, number)] {
                page.push(Piece::Text { x, base, style: FOOT, text, of: Of::Page, address: None });
            }
        }
    }
}
