//! The faces of the type: which characters they have, and how wide a text is.

use std::sync::OnceLock;

use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::Error;

const REGULAR: &[u8] = include_bytes!("fonts/NotoSans-Regular.ttf");
const SEMI_BOLD: &[u8] = include_bytes!("fonts/NotoSans-SemiBold.ttf");

/// A weight of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

impl Weight {
    fn bytes(self) -> &'static [u8] {
        match self {
            Weight::Regular => REGULAR,
            Weight::SemiBold => SEMI_BOLD,
        }
    }

    /// The face to draw with.
    pub(super) fn font(self) -> Result<Font, Error> {
        static FONTS: OnceLock<Option<[Font; 2]>> = OnceLock::new();
        let read = |weight: Weight| Font::new(weight.bytes().into(), 0);
        let fonts = FONTS.get_or_init(|| Some([read(Weight::Regular)?, read(Weight::SemiBold)?]));
        let [regular, semi_bold] = fonts.as_ref().ok_or_else(unreadable)?;
        Ok(match self {
            Weight::Regular => regular.clone(),
            Weight::SemiBold => semi_bold.clone(),
        })
    }

    /// The face to measure with.
    pub(super) fn face(self) -> Result<FontRef<'static>, Error> {
        FontRef::new(self.bytes()).map_err(|_| unreadable())
    }
}

fn unreadable() -> Error {
    Error("the font can't be read".to_owned())
}

/// How wide `text` is at `size`, without the small kernings between letters.
pub(super) fn width(face: &FontRef<'_>, size: f32, text: &str) -> f32 {
    let (glyphs, metrics) = (face.charmap(), face.glyph_metrics(Size::new(size), LocationRef::default()));
    text.chars().filter_map(|c| metrics.advance_width(glyphs.map(c)?)).sum()
}

/// The text in characters that the face has.
pub(super) fn covered(face: &FontRef<'_>, text: &str) -> String {
    const LACKING: char = '\u{fffd}';
    const BYTE_ORDER_MARK: char = '\u{feff}';
    let glyphs = face.charmap();
    let has = |c: char| glyphs.map(c).is_some_and(|glyph| glyph.to_u32() != 0);
    let text = text.chars().filter(|c| *c != BYTE_ORDER_MARK);
    text.map(|c| if has(c) { c } else { LACKING }).collect()
}
