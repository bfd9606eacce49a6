//! A file's bytes to grey pixels, with every bound checked before anything is decoded.

use super::ScanError;
use image::{DynamicImage, GrayImage, ImageError, ImageFormat, ImageReader, Limits, Luma};
use std::io::Cursor;

/// The largest file, in bytes.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The largest picture, in pixels: a phone's camera makes 12 million, its largest sensors 50.
pub const LARGEST_PICTURE: u64 = 50_000_000;

/// Memory for decoding: a picture of [`LARGEST_PICTURE`] with four bytes to the pixel, and the decoder's own.
const LARGEST_ALLOCATION: u64 = 256 * 1024 * 1024;

/// Decodes a PNG or JPEG (SCAN-2 to SCAN-4). Transparent parts are white, as on paper.
pub(crate) fn load(bytes: &[u8]) -> Result<GrayImage, ScanError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > LARGEST_FILE {
        return Err(ScanError::TooLarge { size, limit: LARGEST_FILE, unit: "bytes" });
    }
    let format = format_of(bytes).ok_or(ScanError::NotAnImage)?;
    if format == ImageFormat::Jpeg && !is_whole_jpeg(bytes) {
        return Err(ScanError::Damaged);
    }
    // The header, too, may unpack to more than it is worth: a colour profile, a comment.
    let mut limits = Limits::default();
    limits.max_alloc = Some(LARGEST_ALLOCATION);
    let reader = || {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits.clone());
        reader
    };
    let (width, height) = reader().into_dimensions().map_err(|_| ScanError::Damaged)?;
    let pixels = u64::from(width) * u64::from(height);
    let too_large = ScanError::TooLarge { size: pixels, limit: LARGEST_PICTURE, unit: "pixels" };
    if pixels > LARGEST_PICTURE {
        return Err(too_large);
    }
    let image = reader().decode().map_err(|error| match error {
        ImageError::Limits(_) => too_large,
        _ => ScanError::Damaged,
    })?;
    Ok(on_white(&image))
}

/// Whether a JPEG file goes on to its end marker (ITU-T T.81, annex B): a decoder fills up what is missing with grey.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        // In the data of a scan FF stands before 00 and before restart markers; everywhere else it begins a marker.
        let marker = rest.windows(2).position(|pair| matches!(pair, [0xFF, 0x01..=0xCF | 0xD8..=0xFE]));
        let Some((marker, after)) = marker.and_then(|at| Some((rest.get(at + 1)?, rest.get(at + 2..)?)))
        else {
            return false;
        };
        if *marker == 0xD9 {
            return true;
        }
        let Some([high, low]) = after.first_chunk::<2>() else { return false };
        let Some(behind) = after.get(usize::from(u16::from_be_bytes([*high, *low]))..) else { return false };
        rest = behind;
    }
}

fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(&[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A]) {
        Some(ImageFormat::Png)
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some(ImageFormat::Jpeg)
    } else {
        None
    }
}

fn on_white(image: &DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.to_luma8();
    }
    let layered = image.to_luma_alpha8();
    let pixels = layered.pixels().map(|pixel| {
        let [grey, alpha] = pixel.0.map(u16::from);
        u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    });
    let pixels: Vec<u8> = pixels.collect();
    GrayImage::from_raw(image.width(), image.height(), pixels)
        .unwrap_or_else(|| GrayImage::from_pixel(1, 1, Luma([255])))
}
