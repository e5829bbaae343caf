//! Texts as QR codes (ISO/IEC 18004), as images.

use std::fmt::Write;

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

/// The text as an SVG image. All of it is one line, drawn row by row: a page may have many of them.
pub fn svg(text: &str) -> Result<String, Error> {
    let code = code(text)?;
    let (modules, colours) = (code.width(), code.to_colors());
    let mut line = String::new();
    for (y, row) in colours.chunks(modules.max(1)).enumerate() {
        let (mut x, mut drawn_to) = (0, None);
        for run in row.chunk_by(|one, next| one == next) {
            let end = x + run.len();
            if run.first() == Some(&Color::Dark) {
                let moved = match drawn_to {
                    Some(drawn) => write!(line, "m{} 0", x - drawn),
                    None => write!(line, "M{x} {y}"),
                };
                moved.and_then(|()| write!(line, "h{}", run.len())).map_err(|_| Error::TooLong)?;
                drawn_to = Some(end);
            }
            x = end;
        }
    }
    let side = modules + 2 * BORDER;
    Ok(format!(
        "<?xml version=\"1.0\" standalone=\"yes\"?><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"256\" height=\"256\" \
         viewBox=\"-{BORDER} -{BORDER}.5 {side} {side}\"><path fill=\"#fff\" d=\"M-{BORDER}-{BORDER}.5h{side}v{side}h-{side}z\"/>\
         <path stroke=\"#000\" d=\"{line}\"/></svg>"
    ))
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

    /// The dark modules that the line of an SVG image passes.
    fn drawn(image: &str) -> Vec<(usize, usize)> {
        let line = image.rsplit_once(" d=\"").unwrap().1.split('"').next().unwrap();
        let (mut x, mut y, mut dark) = (0, 0, Vec::new());
        let mut rest = line;
        while let Some(step) = rest.chars().next() {
            let end = rest[1..].find(['M', 'm', 'h']).map_or(rest.len(), |at| at + 1);
            let numbers: Vec<usize> = rest[1..end].split(' ').map(|number| number.parse().unwrap()).collect();
            match step {
                'M' => (x, y) = (numbers[0], numbers[1]),
                'm' => x += numbers[0],
                _ => {
                    dark.extend((x..x + numbers[0]).map(|x| (x, y)));
                    x += numbers[0];
                }
            }
            rest = &rest[end..];
        }
        dark
    }

    #[test]
    fn the_line_of_an_image_passes_every_dark_module() {
        let text = "https://hub.example/check-in?code=abcdefghijklmnopqrstuvwxyz0123456789";
        let code = code(text).unwrap();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, colour)| *colour == Color::Dark);
        let dark: Vec<_> = dark.map(|(at, _)| (at % code.width(), at / code.width())).collect();
        assert_eq!(drawn(&svg(text).unwrap()), dark);
    }

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
        assert!(matches!(png(&"x".repeat(3000)), Err(Error::TooLong)));
    }
}
