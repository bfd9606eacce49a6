//! Drawing QR symbols (ISO/IEC 18004) as EMV QRCPS MPM v1.0, 4.12.1 demands: byte mode, with ECI 26 (UTF-8) where a
//! character is not ASCII, in the smallest version that holds the text.

pub mod distort;

use image::{ExtendedColorType, GrayImage, ImageEncoder as _, Luma};
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Why a symbol is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// No version holds the text at this error correction.
    #[error("text too long for a QR code")]
    TooLong,
    /// A module is 1 to 64 pixels wide.
    #[error("module size out of range")]
    ModuleSize,
    /// The picture cannot be encoded.
    #[error("picture not encoded")]
    Encoding,
}

/// How much of a symbol may be lost: 7, 15, 25 or 30 of 100 codewords.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ErrorCorrection {
    /// 7 %.
    L,
    /// 15 %: what ZeroPay's clients show.
    #[default]
    M,
    /// 25 %.
    Q,
    /// 30 %.
    H,
}

/// The light border around a symbol, in modules (ISO/IEC 18004).
pub const QUIET_ZONE: u32 = 4;

/// Draws a QR symbol as a PNG file, `module_px` pixels to the module, with its quiet zone.
pub fn qr_png(text: &str, module_px: u32, correction: ErrorCorrection) -> Result<Vec<u8>, RenderError> {
    encode_png(&qr_image(text, module_px, correction)?)
}

/// Draws a QR symbol as grey pixels: 0 is dark, 255 is light.
pub fn qr_image(text: &str, module_px: u32, correction: ErrorCorrection) -> Result<GrayImage, RenderError> {
    if !(1..=64).contains(&module_px) {
        return Err(RenderError::ModuleSize);
    }
    let symbol = symbol(text, correction)?;
    let modules = u32::try_from(symbol.width()).map_err(|_| RenderError::TooLong)?;
    let colors = symbol.to_colors();
    let side = (modules + 2 * QUIET_ZONE) * module_px;
    Ok(GrayImage::from_fn(side, side, |x, y| {
        let module = |at: u32| (at / module_px).checked_sub(QUIET_ZONE).filter(|module| *module < modules);
        let color = module(x).zip(module(y)).and_then(|(x, y)| {
            let index = usize::try_from(y * modules + x).ok()?;
            colors.get(index).copied()
        });
        Luma([if color == Some(Color::Dark) { 0 } else { 255 }])
    }))
}

/// A picture as a PNG file.
pub fn encode_png(image: &GrayImage) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::L8)
        .map_err(|_| RenderError::Encoding)?;
    Ok(bytes)
}

/// A picture as a JPEG file of a quality from 1 to 100.
pub fn encode_jpeg(image: &GrayImage, quality: u8) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::L8)
        .map_err(|_| RenderError::Encoding)?;
    Ok(bytes)
}

fn symbol(text: &str, correction: ErrorCorrection) -> Result<QrCode, RenderError> {
    let level = match correction {
        ErrorCorrection::L => EcLevel::L,
        ErrorCorrection::M => EcLevel::M,
        ErrorCorrection::Q => EcLevel::Q,
        ErrorCorrection::H => EcLevel::H,
    };
    (1..=40).find_map(|version| in_version(text, Version::Normal(version), level)).ok_or(RenderError::TooLong)
}

fn in_version(text: &str, version: Version, level: EcLevel) -> Option<QrCode> {
    let mut bits = Bits::new(version);
    if !text.is_ascii() {
        bits.push_eci_designator(26).ok()?;
    }
    bits.push_byte_data(text.as_bytes()).ok()?;
    bits.push_terminator(level).ok()?;
    QrCode::with_bits(bits, level).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qr_1_the_quiet_zone_is_four_modules_of_white() {
        let image = qr_image("1", 3, ErrorCorrection::M).unwrap();
        assert_eq!(image.width(), (21 + 8) * 3);
        assert!((0..12).all(|at| image.get_pixel(at, 40).0 == [255] && image.get_pixel(40, at).0 == [255]));
        assert_eq!(image.get_pixel(12, 12).0, [0]);
    }

    #[test]
    fn qr_2_the_smallest_version_that_holds_the_text_is_taken() {
        // Version 1 at level M holds 14 bytes, version 2 holds 26; ECI 26 takes 12 bits of them.
        let width = |text: &str| qr_image(text, 1, ErrorCorrection::M).unwrap().width() - 8;
        assert_eq!(width(&"a".repeat(14)), 21);
        assert_eq!(width(&"a".repeat(15)), 25);
        assert_eq!(width("가나다라"), 21);
        assert_eq!(width("가나다라a"), 21);
        assert_eq!(width("가나다라ab"), 25);
    }

    #[test]
    fn qr_3_what_does_not_fit_is_refused() {
        assert_eq!(qr_png(&"a".repeat(2954), 1, ErrorCorrection::L).unwrap_err(), RenderError::TooLong);
        assert!(qr_png(&"a".repeat(2953), 1, ErrorCorrection::L).is_ok());
        assert_eq!(qr_png("a", 0, ErrorCorrection::L).unwrap_err(), RenderError::ModuleSize);
    }
}
