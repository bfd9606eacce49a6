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
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().map_err(|_| ScanError::Damaged)?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels > LARGEST_PICTURE {
        return Err(ScanError::TooLarge { size: pixels, limit: LARGEST_PICTURE, unit: "pixels" });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(LARGEST_ALLOCATION);
    let mut reader = reader();
    reader.limits(limits);
    let image = reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => ScanError::TooLarge { size: pixels, limit: LARGEST_PICTURE, unit: "pixels" },
        _ => ScanError::Damaged,
    })?;
    Ok(on_white(&image))
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
