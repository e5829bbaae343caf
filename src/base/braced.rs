//! What stands between braces in a text, such as `{{name}}`: a placeholder for something that is filled in later.

/// A part of a text.
pub enum Part<'t> {
    /// As it stands.
    Plain(&'t str),
    /// Between braces: with them, and what stands in them.
    Braced(&'t str, &'t str),
    /// Braces that do not end.
    Open(&'t str),
}

/// The parts of a text, in order.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find("{{") {
        let (plain, braced) = rest.split_at(start);
        parts.push(Part::Plain(plain));
        let Some(end) = braced.find("}}") else {
            parts.push(Part::Open(braced));
            return parts;
        };
        let (whole, after) = braced.split_at(end + 2);
        let name = whole.strip_prefix("{{").and_then(|whole| whole.strip_suffix("}}")).unwrap_or_default();
        parts.push(Part::Braced(whole, name.trim()));
        rest = after;
    }
    parts.push(Part::Plain(rest));
    parts
}

/// The most characters that are said again of what is no placeholder.
const MOST_SAID: usize = 40;

/// What stands between braces, as far as it is said again where it is refused.
pub fn said_again(name: &str) -> String {
    name.chars().take(MOST_SAID).collect()
}
