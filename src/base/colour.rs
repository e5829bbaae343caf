//! The colour of a hub, on the head of its pages and letters: one on which white words can be read, and which can be read
//! as words on white paper. What is shown where people have chosen a dark screen follows from it.

/// A colour in sRGB: `#0f5257`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// The least contrast of words with what is behind them: WCAG 2.2, success criterion 1.4.3 (AA).
const LEAST: f64 = 4.5;

/// The darkest and the lightest that words stand on: the shades of the stylesheet.
const LIGHT_SHADE: Colour = Colour([0xf3, 0xf4, 0xf6]);
const DARK_SHADE: Colour = Colour([0x1d, 0x23, 0x27]);

/// What is written on a hub's colour on a dark screen.
const NEARLY_BLACK: Colour = Colour([0x0c, 0x10, 0x14]);

impl Colour {
    /// The colour of a hub that has chosen none.
    pub const USUAL: Colour = Colour([0x0f, 0x52, 0x57]);

    /// Reads `#` and six hexadecimal digits.
    pub fn parse(text: &str) -> Result<Colour, String> {
        let colour = Colour::read(text).ok_or_else(|| "must be a colour such as #0f5257".to_owned())?;
        let contrast = colour.contrast(LIGHT_SHADE);
        if contrast < LEAST {
            return Err(format!(
                "must be darker, so that words can be read: its contrast with the light grey of the pages is {contrast:.1} \
                 to 1, and must be {LEAST} to 1"
            ));
        }
        Ok(colour)
    }

    fn read(text: &str) -> Option<Colour> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let mut bytes = [0; 3];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Colour(bytes))
    }

    /// Its red, green and blue.
    pub const fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// The colour as it is stored and sent.
    pub fn as_str(self) -> String {
        format!("#{}", hex::encode(self.0))
    }

    /// The stylesheet that gives the pages the colour, over the one that all have.
    pub fn stylesheet(self) -> String {
        let dark = self.on_a_dark_screen();
        format!(":root{{--hub:light-dark({self},{dark});--on-hub:light-dark(#fff,{NEARLY_BLACK})}}")
    }

    /// The same colour, with as much white as it needs to be read on a dark screen.
    fn on_a_dark_screen(self) -> Colour {
        let lighter = (0..=20).map(|twentieths| self.with_white(twentieths));
        let read = |colour: &Colour| colour.contrast(DARK_SHADE) >= LEAST && colour.contrast(NEARLY_BLACK) >= LEAST;
        lighter.into_iter().find(read).unwrap_or(Colour([0xff; 3]))
    }

    /// With so many twentieths of white in it.
    fn with_white(self, twentieths: u16) -> Colour {
        let mixed = |part: u8| (u16::from(part) * (20 - twentieths) + 255 * twentieths) / 20;
        Colour(self.0.map(|part| u8::try_from(mixed(part)).unwrap_or(u8::MAX)))
    }

    /// The contrast of two colours, from 1 to 21, as WCAG 2.2 defines it.
    fn contrast(self, other: Colour) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The relative luminance, from 0 to 1, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

crate::base::db::types::text!(Colour);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_colour_is_six_digits_and_dark_enough() {
        assert_eq!(Colour::parse("#0F5257").unwrap(), Colour::USUAL);
        assert_eq!(Colour::USUAL.as_str(), "#0f5257");
        for wrong in ["0f5257", "#0f525", "#0f52577", "#0f525g", "teal", "", "#fff", "#０f5257"] {
            assert_eq!(Colour::parse(wrong).unwrap_err(), "must be a colour such as #0f5257", "{wrong:?}");
        }
        for light in ["#ffffff", "#ffcc00", "#7fd3d6", "#808080"] {
            assert!(Colour::parse(light).unwrap_err().starts_with("must be darker"), "{light}");
        }
        for dark in ["#000000", "#1d4f7c", "#b3261e", "#0000ff"] {
            assert!(Colour::parse(dark).is_ok(), "{dark}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        let (black, white) = (Colour([0; 3]), Colour([255; 3]));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9 && (white.contrast(white) - 1.0).abs() < 1e-9);
        // The lightest grey that AA allows on white.
        assert!((Colour([0x76; 3]).contrast(white) - 4.54).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn every_colour_that_is_taken_can_be_read_on_both_screens(red: u8, green: u8, blue: u8) {
            let text = format!("#{}", hex::encode([red, green, blue]));
            if let Ok(colour) = Colour::parse(&text) {
                let dark = colour.on_a_dark_screen();
                prop_assert!(colour.contrast(Colour([255; 3])) >= LEAST);
                prop_assert!(dark.contrast(DARK_SHADE) >= LEAST && dark.contrast(NEARLY_BLACK) >= LEAST);
                prop_assert_eq!(Colour::parse(&colour.as_str()), Ok(colour));
            }
        }
    }
}
