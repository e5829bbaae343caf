//! Which characters of a text can be seen, and which would turn or break the line that they stand in.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether the text has a letter, digit or sign that shows on paper.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(shows)
}

/// Whether the character leaves a mark by itself: it is neither space nor control, nor a mark that needs a letter,
/// nor one that a renderer ignores.
fn shows(c: char) -> bool {
    // These two have a glyph in name only: it is empty.
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

/// Whether the character forms words: a letter, a digit, or a mark on one.
pub(super) fn is_of_words(c: char) -> bool {
    let mark = matches!(category(c), GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark);
    c.is_alphanumeric() || mark
}

/// Whether renderers ignore the character where it can't be shown: zero-width spaces, soft hyphens, fillers.
pub(super) fn is_passed_over(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether the character changes the direction of the text after it, far beyond its own text.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Whether the character ends a line or paragraph, though it is not a control character.
pub(super) fn ends_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// `text` without invisible characters at either end, as files and web pages leave them there: spaces of every kind,
/// byte order marks and zero-width characters.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}'))
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
