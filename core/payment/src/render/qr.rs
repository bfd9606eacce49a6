//! QR symbols (ISO/IEC 18004) as EMV QRCPS MPM v1.0, 4.12.1 demands: byte mode, with ECI 26 (UTF-8) where a character is
//! not ASCII, in the smallest version that holds the text.

use super::RenderError;
use super::picture::{check_module, encode_png, svg};
use image::{GrayImage, Luma};
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

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

/// The designator of UTF-8.
const ECI_UTF_8: u32 = 26;

/// Draws a QR symbol as a PNG file, `module_px` pixels to the module, with its quiet zone.
pub fn qr_png(text: &str, module_px: u32, correction: ErrorCorrection) -> Result<Vec<u8>, RenderError> {
    encode_png(&qr_image(text, module_px, correction)?)
}

/// Draws a QR symbol as grey pixels: 0 is dark, 255 is light.
pub fn qr_image(text: &str, module_px: u32, correction: ErrorCorrection) -> Result<GrayImage, RenderError> {
    check_module(module_px)?;
    let symbol = Symbol::of(text, correction)?;
    let side = symbol.side() * module_px;
    Ok(GrayImage::from_fn(side, side, |x, y| {
        Luma([if symbol.is_dark(x / module_px, y / module_px) { 0 } else { 255 }])
    }))
}

/// Draws a QR symbol as an SVG file, one unit to the module, with its quiet zone.
pub fn qr_svg(text: &str, correction: ErrorCorrection) -> Result<String, RenderError> {
    let symbol = Symbol::of(text, correction)?;
    let side = symbol.side();
    let rows = (0..side).flat_map(|y| symbol.dark_runs(y).into_iter().map(move |(x, width)| (x, y, width)));
    svg((side, side), 1, rows)
}

/// A symbol's modules.
struct Symbol {
    modules: u32,
    colors: Vec<Color>,
}

impl Symbol {
    fn of(text: &str, correction: ErrorCorrection) -> Result<Self, RenderError> {
        let level = match correction {
            ErrorCorrection::L => EcLevel::L,
            ErrorCorrection::M => EcLevel::M,
            ErrorCorrection::Q => EcLevel::Q,
            ErrorCorrection::H => EcLevel::H,
        };
        let symbol = (1..=40).find_map(|version| in_version(text, Version::Normal(version), level));
        let symbol = symbol.ok_or(RenderError::TooLong)?;
        let modules = u32::try_from(symbol.width()).map_err(|_| RenderError::TooLong)?;
        Ok(Self { modules, colors: symbol.into_colors() })
    }

    /// Modules across, quiet zone and all.
    const fn side(&self) -> u32 {
        self.modules + 2 * QUIET_ZONE
    }

    fn is_dark(&self, x: u32, y: u32) -> bool {
        let module = |at: u32| at.checked_sub(QUIET_ZONE).filter(|module| *module < self.modules);
        let color = module(x).zip(module(y)).and_then(|(x, y)| {
            let index = usize::try_from(y * self.modules + x).ok()?;
            self.colors.get(index)
        });
        color == Some(&Color::Dark)
    }

    /// The dark stretches of a row: where each begins, and how wide it is.
    fn dark_runs(&self, y: u32) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for x in (0..self.side()).filter(|x| self.is_dark(*x, y)) {
            match runs.last_mut() {
                Some((begin, width)) if *begin + *width == x => *width += 1,
                _ => runs.push((x, 1)),
            }
        }
        runs
    }
}

fn in_version(text: &str, version: Version, level: EcLevel) -> Option<QrCode> {
    let mut bits = Bits::new(version);
    if !text.is_ascii() {
        bits.push_eci_designator(ECI_UTF_8).ok()?;
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
