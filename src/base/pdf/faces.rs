//! The faces of the type: which characters they have, in what order a text is set in them, and how wide it is.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use krilla::text::Font;
use rustybuzz::UnicodeBuffer;
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::FileRef;
use skrifa::{FontRef, MetadataProvider};
use unicode_bidi::{BidiInfo, Level};

use super::Error;

const REGULAR: &[u8] = include_bytes!("fonts/NotoSans-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("fonts/NotoSans-SemiBold.ttf");
/// Arrows, signs of mathematics, stars, ticks, bullets.
const SIGNS: [&[u8]; 3] = [
    include_bytes!("fonts/NotoSansMath-Signs.ttf"),
    include_bytes!("fonts/NotoSansSymbols2-Signs.ttf"),
    include_bytes!("fonts/NotoSansSymbols-Signs.ttf"),
];

/// Whether letters simply stand side by side from the left, each with its own width: those of Europe, and signs. In
/// other scripts they join, stack and change places, so that a text is only as wide as it is set.
fn is_plain(c: char) -> bool {
    matches!(c, ..'\u{590}' | '\u{1e00}'..='\u{200d}' | '\u{2010}'..='\u{2029}' | '\u{202f}'..='\u{2065}' | '\u{206a}'..='\u{2fff}')
}

/// A weight of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// The fonts that text is set in: the built-in ones, and those of a folder for scripts that these lack.
#[derive(Debug)]
pub struct Fonts {
    faces: Vec<Face>,
    /// The faces of each weight, in the order in which they are tried.
    regular: Vec<usize>,
    semi_bold: Vec<usize>,
}

#[derive(Debug)]
struct Face {
    font: Font,
    bytes: Arc<Vec<u8>>,
    /// The index of the face in its file.
    index: u32,
    bold: bool,
    /// For each character up to U+FFFF whether the face has it, 64 to a word.
    has: Vec<u64>,
}

/// A part of a line that is set in one face and one direction.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run<'t> {
    face: usize,
    pub(super) text: &'t str,
    pub(super) right_to_left: bool,
}

impl Fonts {
    /// The built-in fonts: Latin, Greek, Cyrillic and Devanagari letters, and the signs used in titles.
    ///
    /// # Errors
    /// None that is known: the fonts are part of the binary.
    pub fn shipped() -> Result<Arc<Fonts>, Error> {
        static SHIPPED: OnceLock<Arc<Fonts>> = OnceLock::new();
        match SHIPPED.get() {
            Some(fonts) => Ok(Arc::clone(fonts)),
            None => Fonts::read_shipped().map(|fonts| Arc::clone(SHIPPED.get_or_init(|| Arc::new(fonts)))),
        }
    }

    fn read_shipped() -> Result<Fonts, Error> {
        let mut faces = Vec::new();
        for bytes in [REGULAR, SEMI_BOLD].into_iter().chain(SIGNS) {
            faces.extend(
                faces_of(&Arc::new(bytes.to_vec())).ok_or_else(|| Error::Failed("a font can't be read".into()))?,
            );
        }
        let signs = 2..faces.len();
        let weight = |letters| std::iter::once(letters).chain(signs.clone()).collect();
        Ok(Fonts { regular: weight(0), semi_bold: weight(1), faces })
    }

    /// The built-in fonts, and then all of a folder in the order of their names: TrueType and OpenType, singly or in
    /// collections.
    ///
    /// # Errors
    /// A folder that can't be read or has no font, and a font that can't be read.
    pub fn with_folder(folder: &Path) -> Result<Arc<Fonts>, Error> {
        let unreadable = |path: &Path, why: &dyn std::fmt::Display| Error::Folder(format!("{}: {why}", path.display()));
        let is_font = |path: &Path| {
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
            ending.is_some_and(|ending| ["ttf", "otf", "ttc", "otc"].contains(&ending.as_str()))
        };
        let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let entries = entries.map_err(|error| unreadable(folder, &error))?;
        let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(|path| is_font(path)).collect();
        files.sort();
        if files.is_empty() {
            return Err(unreadable(folder, &"there is no font in it (.ttf, .otf, .ttc or .otc)"));
        }
        let mut fonts = Fonts::read_shipped()?;
        let shipped = fonts.faces.len();
        for file in files {
            let bytes = Arc::new(fs::read(&file).map_err(|error| unreadable(&file, &error))?);
            fonts.faces.extend(faces_of(&bytes).ok_or_else(|| unreadable(&file, &"it is no font that can be read"))?);
        }
        let added = |bold| {
            let faces = fonts.faces.iter().enumerate().skip(shipped);
            faces.filter(move |(_, face)| face.bold == bold).map(|(at, _)| at)
        };
        fonts.regular.extend(added(false).chain(added(true)));
        fonts.semi_bold.extend(added(true).chain(added(false)));
        Ok(Arc::new(fonts))
    }

    /// The first character of a text that no face has and a reader would miss: a letter, a sign, an emoji.
    pub(super) fn lacking(&self, text: &str) -> Option<char> {
        let is_seen = |c: char| !c.is_whitespace() && !c.is_control() && !is_ignorable(c);
        text.chars().find(|c| is_seen(*c) && self.face_of(Weight::Regular, *c).is_none())
    }

    /// The text in characters that some face has, without those that have no form of their own.
    pub(super) fn covered(&self, weight: Weight, text: &str) -> String {
        const LACKING: char = '\u{fffd}';
        let shown = |c| match self.face_of(weight, c) {
            _ if is_unseen(c) => None,
            Some(_) => Some(c),
            None => (!is_ignorable(c)).then_some(LACKING),
        };
        let covered: String = text.chars().filter_map(shown).collect();
        if covered.len() >= text.len() {
            return covered;
        }
        if covered.trim().is_empty() && !text.trim().is_empty() {
            return LACKING.to_string();
        }
        // Without two spaces where there was one.
        covered.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The text as it stands on a line from left to right: Hebrew or Arabic parts are read from their right.
    pub(super) fn runs<'t>(&self, weight: Weight, text: &'t str) -> Vec<Run<'t>> {
        let bidi = BidiInfo::new(text, Some(Level::ltr()));
        let mut all = Vec::new();
        for paragraph in &bidi.paragraphs {
            let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in ranges {
                let right_to_left = levels.get(range.start).is_some_and(Level::is_rtl);
                let mut parts = self.parts(weight, text, range);
                if right_to_left {
                    parts.reverse();
                }
                all.extend(parts.into_iter().map(|(face, text)| Run { face, text, right_to_left }));
            }
        }
        all
    }

    /// A stretch of text in parts of one face each. Characters that are not letters stay with what precedes them.
    fn parts<'t>(&self, weight: Weight, text: &'t str, range: Range<usize>) -> Vec<(usize, &'t str)> {
        let stretch = text.get(range).unwrap_or_default();
        let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
        for (at, c) in stretch.char_indices() {
            let end = at + c.len_utf8();
            match parts.last_mut() {
                Some((face, part)) if !c.is_alphanumeric() && self.has(*face, c) => part.end = end,
                last => {
                    let face = self.face_of(weight, c).unwrap_or_default();
                    match last {
                        Some((same, part)) if *same == face => part.end = end,
                        _ => parts.push((face, at..end)),
                    }
                }
            }
        }
        parts.into_iter().map(|(face, part)| (face, stretch.get(part).unwrap_or_default())).collect()
    }

    /// How wide `text` is at `size`.
    pub(super) fn width(&self, weight: Weight, size: f32, text: &str) -> f32 {
        if text.chars().all(is_plain) {
            // Most text is all in the first face, where the small kerning between letters hardly matters.
            return self
                .parts(weight, text, 0..text.len())
                .iter()
                .map(|(face, text)| self.sum(*face, size, text))
                .sum();
        }
        self.runs(weight, text).iter().map(|run| self.width_of(run, size)).sum()
    }

    /// How wide a part of a line is.
    pub(super) fn width_of(&self, run: &Run<'_>, size: f32) -> f32 {
        if run.text.chars().all(is_plain) {
            return self.sum(run.face, size, run.text);
        }
        let face = self.faces.get(run.face).and_then(|face| rustybuzz::Face::from_slice(&face.bytes, face.index));
        let Some(face) = face else { return 0.0 };
        let mut letters = UnicodeBuffer::new();
        letters.push_str(run.text);
        letters.set_direction(match run.right_to_left {
            true => rustybuzz::Direction::RightToLeft,
            false => rustybuzz::Direction::LeftToRight,
        });
        let set = rustybuzz::shape(&face, &[], letters);
        let units: f32 =
            set.glyph_positions().iter().filter_map(|glyph| i16::try_from(glyph.x_advance).ok()).map(f32::from).sum();
        let em = i16::try_from(face.units_per_em()).map_or(1000.0, f32::from);
        units / em * size
    }

    /// The widths of the letters of one face.
    fn sum(&self, face: usize, size: f32, text: &str) -> f32 {
        let Some(face) = self.faces.get(face).and_then(Face::read) else { return 0.0 };
        let (glyphs, metrics) = (face.charmap(), face.glyph_metrics(Size::new(size), LocationRef::default()));
        text.chars().filter_map(|c| metrics.advance_width(glyphs.map(c)?)).sum()
    }

    /// The face to draw a part of a line with.
    pub(super) fn font(&self, run: &Run<'_>) -> Result<Font, Error> {
        let face = self.faces.get(run.face).ok_or_else(|| Error::Failed("there is no such font".to_owned()))?;
        Ok(face.font.clone())
    }

    fn face_of(&self, weight: Weight, c: char) -> Option<usize> {
        let faces = match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        };
        faces.iter().copied().find(|face| self.has(*face, c))
    }

    fn has(&self, face: usize, c: char) -> bool {
        self.faces.get(face).is_some_and(|face| face.has(c))
    }
}

impl Face {
    fn read(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(&self.bytes, self.index).ok()
    }

    fn has(&self, c: char) -> bool {
        let at = usize::try_from(u32::from(c)).unwrap_or(usize::MAX);
        match self.has.get(at / 64) {
            Some(word) => word >> (at % 64) & 1 == 1,
            None => self.read().and_then(|face| face.charmap().map(c)).is_some_and(|glyph| glyph.to_u32() != 0),
        }
    }
}

/// All faces of a font file.
fn faces_of(bytes: &Arc<Vec<u8>>) -> Option<Vec<Face>> {
    let count = match FileRef::new(bytes).ok()? {
        FileRef::Font(_) => 1,
        FileRef::Collection(collection) => collection.len(),
    };
    let face = |index| {
        let font = Font::new(Arc::clone(bytes).into(), index)?;
        let read = FontRef::from_index(bytes, index).ok()?;
        let mut has = vec![0_u64; 0x1_0000 / 64];
        for (c, glyph) in read.charmap().mappings() {
            if let Some(word) = has.get_mut(usize::try_from(c / 64).ok()?).filter(|_| glyph.to_u32() != 0) {
                *word |= 1 << (c % 64);
            }
        }
        let bold = read.attributes().weight.value() >= 600.0;
        Some(Face { font, bytes: Arc::clone(bytes), index, bold, has })
    };
    (0..count).map(face).collect()
}

/// What joins, selects and directs characters, and has no form of its own where a font does not know it.
fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Marks that have no visible form: the byte order mark, and variation selectors.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}
