//! Reading codes from pictures: PNG and JPEG in, texts out, in bounded time and memory.
//!
//! `rxing` looks first, then `rqrr`, at the picture as it is; if neither finds a code, at copies of it that undo what
//! cameras and printers do (see [`Pass`]). The search ends when a code is found and nothing is left in the picture that could be
//! another, or with the last copy.

mod decoder;
mod pass;
mod picture;
mod plane;
mod rest;
#[cfg(feature = "specimens")]
pub mod specimen;

pub use pass::Pass;
pub use picture::{LARGEST_FILE, LARGEST_PICTURE};

use image::GrayImage;
use plane::Plane;

/// How a text is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbology {
    /// QR Code (ISO/IEC 18004).
    Qr,
    /// Code 128 (ISO/IEC 15417).
    Code128,
}

/// A corner of a symbol, in pixels of the picture from its top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Corner {
    /// To the right.
    pub x: i32,
    /// Down.
    pub y: i32,
}

/// A code in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it says.
    pub text: String,
    /// How it is printed.
    pub symbology: Symbology,
    /// Where it is: finder patterns or corners, as the decoder tells them.
    pub corners: Vec<Corner>,
}

/// Why no code came out of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Neither PNG nor JPEG.
    #[error("not a PNG or JPEG picture")]
    NotAnImage,
    /// Above [`LARGEST_FILE`] or [`LARGEST_PICTURE`]: refused before anything is decoded.
    #[error("picture too large: {size} {unit}, at most {limit}")]
    TooLarge {
        /// How large it is.
        size: u64,
        /// How large it may be.
        limit: u64,
        /// `bytes` or `pixels`.
        unit: &'static str,
    },
    /// Truncated or broken.
    #[error("picture is damaged")]
    Damaged,
    /// A picture without a code that can be read.
    #[error("no code in the picture")]
    NoCode,
}

/// Reads every code in a PNG or JPEG file (SCAN-1).
pub fn read_image(bytes: &[u8]) -> Result<Vec<Found>, ScanError> {
    let found = read_luma(&picture::load(bytes)?);
    if found.is_empty() { Err(ScanError::NoCode) } else { Ok(found) }
}

/// Reads every code in a picture that is already decoded to grey, as a camera's frame is. None is an empty list.
#[must_use]
pub fn read_luma(image: &GrayImage) -> Vec<Found> {
    read_with_pass(image).map(|(_, found)| found).unwrap_or_default()
}

/// Reads as [`read_luma`] does and says which pass found the first code.
#[must_use]
pub fn read_with_pass(image: &GrayImage) -> Option<(Pass, Vec<Found>)> {
    let plane = Plane::from_image(image)?;
    let (mut first, mut found) = (None, Vec::new());
    for pass in Pass::ALL {
        let Some((prepared, scale)) = pass.prepare(&plane) else { continue };
        let mut seen =
            if pass.is_for_bars() { decoder::decode_bars(&prepared) } else { decoder::decode(&prepared) };
        for corner in seen.iter_mut().flat_map(|seen| &mut seen.corners) {
            *corner = scale.to_original(*corner);
        }
        let is_news = !seen.is_empty();
        decoder::add(&mut found, seen);
        first = first.or((!found.is_empty()).then_some(pass));
        // The same picture is weighed once for each set of codes (SCAN-5).
        if is_news && !rest::may_hold_more(&plane, &found) {
            break;
        }
    }
    first.map(|pass| (pass, found))
}
