//! Texts as QR codes (ISO/IEC 18004), as images.

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

/// Why a text has no QR code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is too long.
    #[error("the text does not fit into a QR code")]
    TooLong,
    /// The image could not be written.
    #[error("the image could not be written: {0}")]
    Image(#[from] png::EncodingError),
}

/// How many pixels a module is wide.
const MODULE: usize = 8;
/// The light border that readers need, in modules.
const BORDER: usize = 4;

/// The text as an SVG image.
pub fn svg(text: &str) -> Result<String, Error> {
    Ok(code(text)?.render::<svg::Color<'_>>().quiet_zone(true).min_dimensions(256, 256).build())
}

/// The text as a PNG image in black and white.
pub fn png(text: &str) -> Result<Vec<u8>, Error> {
    let code = code(text)?;
    let (modules, colours) = (code.width(), code.to_colors());
    let side = (modules + 2 * BORDER) * MODULE;
    let dark = |x: usize, y: usize| {
        let module = |pixel: usize| (pixel / MODULE).checked_sub(BORDER).filter(|module| *module < modules);
        let (Some(x), Some(y)) = (module(x), module(y)) else { return false };
        colours.get(y * modules + x) == Some(&Color::Dark)
    };
    let pixels: Vec<u8> =
        (0..side * side).map(|pixel| if dark(pixel % side, pixel / side) { 0 } else { 255 }).collect();
    let side = u32::try_from(side).map_err(|_| Error::TooLong)?;
    let mut image = Vec::new();
    let mut encoder = png::Encoder::new(&mut image, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(image)
}

fn code(text: &str) -> Result<QrCode, Error> {
    QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| Error::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_its_border_and_its_corner() {
        let image = png("HUB").unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        // Version 1 has 21 modules.
        assert_eq!((info.width, info.height), (29 * 8, 29 * 8));
        let at = |x: usize, y: usize| pixels[y * 29 * 8 + x];
        assert_eq!((at(31, 31), at(32, 32), at(32 + 8, 32 + 8), at(32 + 16, 32 + 16)), (255, 0, 255, 0));
        assert!(svg("HUB").unwrap().contains("<svg"));
        assert!(matches!(png(&"x".repeat(3000)), Err(Error::TooLong)));
    }
}
