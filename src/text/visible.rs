//! What of a text can be seen, and what would turn or break the line that it stands in.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether a letter, figure or sign of it is seen on paper.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(shows)
}

/// Whether the character marks paper by itself: neither space nor control, nor a mark that needs a letter, nor one of
/// those that a reader passes over.
fn shows(c: char) -> bool {
    // These two have a glyph by name, and it is empty.
    const BLANK: [char; 2] = ['\u{2800}', '\u{1d159}'];
    let plain = !matches!(
        category(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    );
    plain && !BLANK.contains(&c) && !is_passed_over(c)
}

/// Whether words are made of the character: a letter, a figure, or a mark on one.
pub(super) fn is_of_words(c: char) -> bool {
    let mark = matches!(category(c), GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark);
    c.is_alphanumeric() || mark
}

/// Whether readers pass the character over where it can't be shown: zero-width spaces, soft hyphens, fillers.
pub(super) fn is_passed_over(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether the character turns the direction of what follows it, far beyond the text that it stands in.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Whether the character ends a line or paragraph, though it is no control character.
pub(super) fn ends_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// `text` without what is not seen at its ends, as files and web pages leave it there: spaces of every kind, and
/// the marks of byte order and of zero width.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}'))
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
