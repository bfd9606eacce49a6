//! Modules to pixels and to paths, pixels to files.

use super::RenderError;
use image::{ExtendedColorType, GrayImage, ImageEncoder as _};
use std::fmt::Write as _;

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

/// An SVG file, one unit to the module: white, and on it one path of dark bars, each `(x, y, width)` and `height` high.
pub(crate) fn svg(
    size: (u32, u32),
    height: u32,
    bars: impl Iterator<Item = (u32, u32, u32)>,
) -> Result<String, RenderError> {
    let (across, down) = size;
    let mut path = String::new();
    for (x, y, width) in bars {
        write!(path, "M{x} {y}h{width}v{height}h-{width}z").map_err(|_| RenderError::Encoding)?;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {across} {down}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{across}v{down}H0z\"/><path d=\"{path}\"/></svg>\n"
    ))
}

/// Checks the width of a module in pixels.
pub(crate) fn check_module(module_px: u32) -> Result<(), RenderError> {
    if (1..=64).contains(&module_px) { Ok(()) } else { Err(RenderError::ModuleSize) }
}
