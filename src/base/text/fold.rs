//! Names as people look them up: one folding for searching and sorting on both engines, which would otherwise each
//! have their own.
//!
//! Capitals, accents, normal forms, widths, apostrophes and full stops make no difference; dashes, commas and brackets
//! are spaces; `&` is `and`; `Saint` and `St.` are `St`. A text folds to lines: the first is its sort key, the others
//! are what else it is found by (`st mary`, then `saint mary`).

use icu_normalizer::DecomposingNormalizer;

/// The most bytes of an indexed key: both engines have room for that in every script.
const LONGEST: usize = 2000;

/// The key that a name is sorted and found by.
pub(crate) fn key(name: &str) -> String {
    let mut key = searchable(name);
    let end = (0..=LONGEST.min(key.len())).rev().find(|end| key.is_char_boundary(*end)).unwrap_or_default();
    key.truncate(end);
    key
}

/// The keys that a text of one or several lines is found by.
pub fn searchable(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut add = |line: String| {
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    };
    for line in text.lines() {
        let plain = plain(line);
        add(with_word(&plain, "saint", "st"));
        add(with_word(&plain, "st", "saint"));
        add(plain);
    }
    lines.join("\n")
}

/// Whether `wanted` is found anywhere in a text, as it would be by its pattern.
pub fn finds(wanted: &str, text: &str) -> bool {
    searchable(text).contains(&plain(wanted))
}

/// The pattern that finds `text` anywhere in what [`searchable`] made; characters special to LIKE are escaped.
pub(super) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in plain(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn with_word(words: &str, from: &str, to: &str) -> String {
    words.split(' ').map(|word| if word == from { to } else { word }).collect::<Vec<_>>().join(" ")
}

/// One line of words between single spaces; merely lower-cased where nothing else would be left of it.
fn plain(line: &str) -> String {
    // Some apostrophes decompose to a space and an accent, and some signs to an apostrophe.
    let marked: String = line.chars().filter(|c| !is_apostrophe(*c)).collect();
    let mut folded = String::with_capacity(line.len());
    for c in DecomposingNormalizer::new_nfkd().normalize(&marked).chars() {
        match c {
            // `ST.MARY'S` is like `St Mary's`; other full stops belong to abbreviations.
            '.' if folded.rsplit(' ').next() == Some("st") => folded.push(' '),
            '.' => {}
            '&' => folded.push_str(" and "),
            c if is_apostrophe(c) || is_accent(c) || super::visible::is_passed_over(c) => {}
            c if is_gap(c) => folded.push(' '),
            c => c.to_lowercase().for_each(|c| match undecomposed(c) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(c),
            }),
        }
    }
    let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    // What was removed may have separated two marks, which then change places.
    let words = DecomposingNormalizer::new_nfkd().normalize(&words).into_owned();
    if words.is_empty() { line.trim().to_lowercase() } else { words }
}

/// The apostrophes, primes and single quotation marks that keyboards and word processors use for one another.
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{b4}' | '\u{2b9}' | '\u{2bb}'..='\u{2bd}' | '\u{2c8}' | '\u{2018}'..='\u{201b}'
            | '\u{2032}' | '\u{2035}' | '\u{ff07}' | '\u{ff40}'
    )
}

/// The accents of Latin, Greek and Cyrillic, and the points that Hebrew and Arabic may omit. The vowel signs of other
/// scripts, which decompose the same way, are part of the word.
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}'
            | '\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20f0}'
    )
}

/// What separates words besides spaces.
fn is_gap(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{58a}' | '\u{5be}' | '/' | ',' | ';' | ':' | '(' | ')' | '['
            | ']' | '"' | '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{b7}' | '\u{2022}'
    )
}

/// The plain Latin letters for those that have a stroke or are ligatures rather than a letter with an accent.
fn undecomposed(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ŋ' => "n",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether who types the one finds the other.
    fn finds(query: &str, name: &str) -> bool {
        let (query, name) = (pattern(query), key(name));
        // What LIKE is told of its own signs.
        let said = query[1..query.len() - 1].replace("\\%", "%").replace("\\_", "_").replace("\\\\", "\\");
        name.contains(&said)
    }

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        for (query, name) in [
            ("mary's", "St Mary\u{2019}s CofE Primary School"),
            ("john\u{2019}s", "St John's School"),
            ("johns", "St John\u{2bc}s School"),
            ("école", "École Jeannine Manuel"),
            ("E\u{301}COLE", "École Jeannine Manuel"),
            ("ecole", "École Jeannine Manuel"),
            ("TŶ GWYN", "Ysgol Ty\u{302} Gwyn"),
            ("saint mary", "St. Mary's"),
            ("st marys", "ST.MARY'S"),
            ("st.mary", "Saint Mary's"),
            ("St. Mary", "Saint Mary’s"),
            ("sain", "St Mary's"),
            ("st paul and st mary", "Saint Paul & St. Mary"),
            ("st paul & saint mary", "St. Paul and Saint Mary"),
            ("stoke on trent", "Stoke\u{2011}on–Trent Sixth Form"),
            ("stoke-on", "Stoke on Trent"),
            ("MUNCHEN", "Schule ﹘ München"),
            ("strasse", "Schule der Straße"),
            ("lodz", "Łódź"),
            ("ＡＲＫ", "ARK Academy"),
            ("no break", "No\u{a0}Break"),
            ("softened", "soft\u{ad}ened"),
            ("istanbul", "İstanbul"),
            ("100%_A\\b", "is 100%_a\\B right?"),
        ] {
            assert!(finds(query, name), "{query:?} in {name:?}: {:?} in {:?}", pattern(query), key(name));
        }
        for (query, name) in [("saint", "Christ Church"), ("मीना", "मना"), ("mary", "Marie"), ("st", "Sandringham")]
        {
            assert!(!finds(query, name), "{query:?} in {name:?}");
        }
        assert_eq!(pattern("100%_A\\b"), "%100\\%\\_a\\\\b%");
        assert_eq!((key("?!"), key("..."), key("—")), ("?!".into(), "...".into(), "—".into()));
    }

    #[test]
    fn names_stand_where_people_look_for_them() {
        let in_order = [
            "7 Oaks School",
            "Abbey School",
            "ARK Academy",
            "de Ferrers Academy",
            "Ecclesfield School",
            "École Manuel",
            "iCollege",
            "Saint Agnes",
            "St. Bede's",
            "St Bede’s School",
            "Stoke Park",
            "Zion School",
        ];
        let mut names = in_order;
        names.reverse();
        names.sort_by_key(|name| key(name));
        assert_eq!(names, in_order);
    }

    #[test]
    fn signs_that_meet_are_in_one_order() {
        let name = "\u{1e026}.\u{116b6}";
        assert_eq!(searchable(&searchable(name)), searchable(name));
    }

    proptest! {
        #[test]
        fn every_name_has_a_key_that_finds_it(name in "\\PC{1,200}") {
            let key = key(&name);
            prop_assert!(key.len() <= LONGEST);
            prop_assert!(!key.is_empty() || name.trim().is_empty());
            prop_assert_eq!(searchable(&searchable(&name)), searchable(&name));
            if searchable(&name).len() <= LONGEST {
                prop_assert!(key.lines().any(|line| line == plain(&name)) || plain(&name).is_empty());
            }
        }
    }
}
