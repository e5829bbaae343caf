//! E-mail addresses: shown as they were typed, compared by their canonical form.
//!
//! Not the crate `email_address`, which accepts what the standards allow but people only type by mistake (quoted parts,
//! comments, IP-address domains) and has no canonical form. Normal forms and domains are those of `icu_normalizer` and
//! `idna`.

use std::hash::{Hash, Hasher};

use icu_normalizer::ComposingNormalizer;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::visible;

/// One e-mail address, as it was typed. Two are equal where their canonical forms are.
#[derive(Clone, Debug)]
pub struct Email(String);

/// What every refusal says.
const SHAPE: &str = "must be one e-mail address such as a.teacher@school.example";

impl Email {
    /// The most bytes that an address may have, also in canonical form.
    pub const LONGEST: usize = 254;

    /// Reads one address, without the name, brackets, quotes or punctuation that may surround it in a mail program.
    /// Leading and trailing spaces are removed.
    pub fn parse(text: &str) -> Result<Email, String> {
        let text = text.trim();
        let canonical = canonical(text).map_err(|reason| format!("{SHAPE}: {reason}"))?;
        if text.len() > Self::LONGEST || canonical.len() > Self::LONGEST {
            return Err(format!("{SHAPE}: at most {} bytes long", Self::LONGEST));
        }
        Ok(Email(text.to_owned()))
    }

    /// Reads the one address in a text that a mail program or a spreadsheet put things around: a name before brackets,
    /// `mailto:`, quotation marks, punctuation at an end, full-width forms. Where there is more than one way to read it, it
    /// is refused.
    pub fn cleaned(text: &str) -> Result<Email, String> {
        let whole = match Email::parse(text) {
            Ok(email) => return Ok(email),
            Err(reason) => reason,
        };
        let text: &str = &text.chars().map(narrow).collect::<String>();
        let bare = match text.split_once('<') {
            Some((_, rest)) => {
                rest.split_once('>').filter(|(_, after)| !after.contains(['<', '@'])).map(|(inside, _)| inside)
            }
            None => Some(text),
        };
        let around = |c: char| {
            c.is_whitespace()
                || visible::is_passed_over(c)
                || "\"'`,;:.()[]\u{201c}\u{201d}\u{2018}\u{2019}".contains(c)
        };
        let bare = bare.unwrap_or_default().trim_matches(around);
        let bare = match bare.get(..7) {
            Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => {
                bare.get(7..).unwrap_or_default().trim_matches(around)
            }
            _ => bare,
        };
        Email::parse(bare).map_err(|_| whole)
    }

    /// An address from the database, accepted whatever rule held when it was stored.
    pub(crate) fn stored(text: String) -> Email {
        Email(text)
    }

    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which it is found and is unique: normal form C in lower case, the domain in ASCII. An older address
    /// that has none stands for itself.
    pub fn canonical(&self) -> String {
        canonical(&self.0).unwrap_or_else(|_| self.0.clone())
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Email {}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.canonical().cmp(&other.canonical())
    }
}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

/// The canonical form, or why there is none.
fn canonical(text: &str) -> Result<String, &'static str> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || visible::turns(c) || visible::is_passed_over(c)) {
        return Err("without spaces or characters that are not seen");
    }
    let (local, domain) = text.rsplit_once('@').ok_or("something, @ and a domain")?;
    if local.contains('@') {
        return Err("with one @");
    }
    let local: String = ComposingNormalizer::new_nfc().normalize(local).to_lowercase();
    // Lower-casing a normal form does not always give a normal form.
    let local = ComposingNormalizer::new_nfc().normalize(&local).into_owned();
    if local.chars().any(stands_for_another) {
        return Err("before the @ in plain letters and figures, not in full-width or other forms of them");
    }
    if local.len() > 64 || local.split('.').any(|part| part.is_empty() || !part.chars().all(is_of_local_part)) {
        return Err("before the @ stand letters, figures and !#$%&'*+/=?^_`{|}~-, with single dots between");
    }
    Ok(format!("{local}@{}", domain_in_ascii(domain)?))
}

/// Whether it is a form of a letter or figure, or of several, that anyone would read as the plain one: full or half width, of
/// mathematics, raised. Two people's addresses must not differ by that alone; those of domains are folded by their own
/// rules.
fn stands_for_another(c: char) -> bool {
    let plain = || ComposingNormalizer::new_nfkc().normalize(c.encode_utf8(&mut [0; 4])).is_ascii();
    !c.is_ascii() && (('\u{ff01}'..='\u{ffee}').contains(&c) || plain())
}

/// The plain form of a full-width one.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// The characters that RFC 5322, extended by RFC 6532, allows in an atom.
fn is_of_local_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c) || (!c.is_ascii() && visible::is_of_words(c))
}

/// The domain as name servers know it.
fn domain_in_ascii(domain: &str) -> Result<String, &'static str> {
    const NOT_ONE: &str = "after the @ stands a domain such as school.example";
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map_err(|_| NOT_ONE)?;
    let (_, top) = ascii.rsplit_once('.').ok_or(NOT_ONE)?;
    if top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NOT_ONE);
    }
    Ok(ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_typed_and_known_by_its_canonical_form() {
        for (typed, shown, canonical) in [
            ("A.Teacher@School.example ", "A.Teacher@School.example", "a.teacher@school.example"),
            ("\u{a0}noor@s.example\n", "noor@s.example", "noor@s.example"),
            ("zoe\u{308}@s.example", "zoe\u{308}@s.example", "zoë@s.example"),
            ("ZOË@s.example", "ZOË@s.example", "zoë@s.example"),
            ("a@München.example", "a@München.example", "a@xn--mnchen-3ya.example"),
            ("a@XN--MNCHEN-3YA.example", "a@XN--MNCHEN-3YA.example", "a@xn--mnchen-3ya.example"),
            ("a@mu\u{308}nchen.example", "a@mu\u{308}nchen.example", "a@xn--mnchen-3ya.example"),
            ("noor@ｓ.example", "noor@ｓ.example", "noor@s.example"),
            ("สำราญ@s.example", "สำราญ@s.example", "สำราญ@s.example"),
            ("ñoño@s.example", "ñoño@s.example", "ñoño@s.example"),
            ("ノア@s.example", "ノア@s.example", "ノア@s.example"),
            ("o'neil+cpd@a-b.c.example", "o'neil+cpd@a-b.c.example", "o'neil+cpd@a-b.c.example"),
        ] {
            let email = Email::parse(typed).unwrap();
            assert_eq!((email.as_str(), email.canonical().as_str()), (shown, canonical));
            assert_eq!(email, Email::parse(canonical).unwrap());
        }
        assert_ne!(Email::parse("a@s.example").unwrap(), Email::parse("b@s.example").unwrap());
    }

    #[test]
    fn what_stands_around_one_address_is_taken_away() {
        for written in [
            "noor@s.example",
            "<noor@s.example>",
            "Noor Hart <noor@s.example>",
            "\"Hart, Noor\" <Noor@s.example>;",
            "mailto:noor@s.example",
            "MAILTO: noor@s.example",
            "noor@s.example;",
            "noor@s.example.,",
            "\u{201c}noor@s.example\u{201d}",
            "\u{feff}noor@s.example\u{200b}",
            "(noor@s.example)",
            "ｎｏｏｒ＠ｓ.example",
            "Ｎｏｏｒ@s．example",
            "Noor Hart ＜noor@s.example＞",
        ] {
            assert_eq!(Email::cleaned(written).unwrap().canonical(), "noor@s.example", "{written:?}");
        }
        for wrong in [
            "",
            "noor",
            "noor@s.example, ella@s.example",
            "noor@s.example;ella@s.example",
            "<noor@s.example> <ella@s.example>",
            "Noor <noor@s.example",
            "noor hart@s.example",
            "noor@s.example (ella@s.example)",
            "noor@s.example，ella@s.example",
            "𝐧oor@s.example",
        ] {
            assert!(Email::cleaned(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_not_one_address_is_refused() {
        for wrong in [
            "",
            "a",
            "@b.c",
            "a@b",
            "a@b@c.d",
            "a b@c.d",
            "a@.c",
            "a@c.",
            "a@c.d.",
            "<noor@s.example>",
            "Noor <noor@s.example>",
            "noor@s.example;",
            "noor@s.example,",
            "\"noor\"@s.example",
            "\"noor\"@s.example,",
            "mailto:noor@s.example",
            "noor@s..example",
            "noor..hart@s.example",
            ".noor@s.example",
            "noor.@s.example",
            "noor@s.example>",
            "noor@s.example.,",
            "noor@s.example\u{200b}",
            "no\u{200b}or@s.example",
            "noor@s\u{ad}.example",
            "\u{feff}noor@s.example",
            "noor@-s.example",
            "noor@s-.example",
            "noor,ella@s.example",
            "noor@s.example,ella@s.example",
            "noor@s.example;ella@s.example",
            "noor@s_.exa mple",
            "noor@s_x.example",
            "noor@[192.0.2.1]",
            "noor@192.0.2.1",
            "noor\u{202e}@s.example",
            "noor(hart)@s.example",
            "\u{201c}noor\u{201d}@s.example",
            "\u{ff1c}noor@s.example",
            "ｎｏｏｒ@s.example",
            "ＮＯＯＲ@s.example",
            "noor１@s.example",
            "noor＠s.example",
            "ﾉｱ@s.example",
            "𝐧oor@s.example",
            "noor²@s.example",
            "noorª@s.example",
            "ﬁona@s.example",
            &format!("{}@s.example", "x".repeat(65)),
            &format!("a@{}.example", "x".repeat(64)),
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
