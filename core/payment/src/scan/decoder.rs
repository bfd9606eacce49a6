//! The two decoders: `rxing` first, `rqrr` second; what both find is told once.

use super::plane::Plane;
use super::{Corner, Found, Symbology};
use rxing::common::HybridBinarizer;
use rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader as _};
use rxing::qrcode::cpp_port::QrReader;
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiUseMultiFormatReader, RXingResult,
};
use std::collections::HashSet;

/// Every code both decoders find, none twice.
pub(crate) fn decode(plane: &Plane) -> Vec<Found> {
    let mut found = with_rxing(plane, &[BarcodeFormat::QR_CODE, BarcodeFormat::CODE_128]);
    add(&mut found, with_rqrr(plane));
    found
}

/// The bars in a picture.
pub(crate) fn decode_bars(plane: &Plane) -> Vec<Found> {
    with_rxing(plane, &[BarcodeFormat::CODE_128])
}

/// Adds what is not there yet: neither the same text nor the same symbol, read twice.
pub(crate) fn add(found: &mut Vec<Found>, others: Vec<Found>) {
    for other in others {
        if !found.iter().any(|known| known.text == other.text || overlap(known, &other)) {
            found.push(other);
        }
    }
}

/// `rxing` looks for one code and then around it; its reader for several QR symbols tries every three finder patterns.
fn with_rxing(plane: &Plane, formats: &[BarcodeFormat]) -> Vec<Found> {
    let (Ok(width), Ok(height)) = (u32::try_from(plane.width()), u32::try_from(plane.height())) else {
        return Vec::new();
    };
    let Ok(source) = Luma8LuminanceSource::new(plane.pixels().to_vec(), width, height) else {
        return Vec::new();
    };
    let mut picture = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints {
        PossibleFormats: Some(formats.iter().copied().collect::<HashSet<_>>()),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let mut one_by_one = GenericMultipleBarcodeReader::new(MultiUseMultiFormatReader::default());
    let mut results = one_by_one.decode_multiple_with_hints(&mut picture, &hints).unwrap_or_default();
    if formats.contains(&BarcodeFormat::QR_CODE) {
        results.extend(QrReader.decode_multiple_with_hints(&mut picture, &hints).unwrap_or_default());
    }
    let mut found = Vec::new();
    for result in results.iter().filter_map(from_rxing) {
        add(&mut found, vec![result]);
    }
    found
}

fn from_rxing(result: &RXingResult) -> Option<Found> {
    let symbology = match result.getBarcodeFormat() {
        BarcodeFormat::QR_CODE => Symbology::Qr,
        BarcodeFormat::CODE_128 => Symbology::Code128,
        _ => return None,
    };
    // rxing's coordinates are floats in pixels; a picture is far smaller than where a float stops being exact.
    let whole = |value: f32| format!("{value:.0}").parse().unwrap_or_default();
    let corners = result.getPoints().iter().map(|point| Corner { x: whole(point.x), y: whole(point.y) });
    Some(Found { text: result.getText().to_owned(), symbology, corners: corners.collect() })
}

fn with_rqrr(plane: &Plane) -> Vec<Found> {
    let mut pixels = plane.pixels().iter().copied();
    // rqrr asks for the pixels in rows from the top left, each once.
    let fill = |_, _| pixels.next().unwrap_or(u8::MAX);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(plane.width(), plane.height(), fill);
    let grids = prepared.detect_grids();
    let decoded = grids.iter().filter_map(|grid| {
        let (_, text) = grid.decode().ok()?;
        let corners = grid.bounds.iter().map(|point| Corner { x: point.x, y: point.y });
        Some(Found { text, symbology: Symbology::Qr, corners: corners.collect() })
    });
    decoded.collect()
}

/// Whether the middle of each lies within the other: the same symbol, read twice. Around a small symbol beside a large one that
/// stands aslant this holds one way only.
fn overlap(one: &Found, other: &Found) -> bool {
    lies_within(one, other) && lies_within(other, one)
}

fn lies_within(one: &Found, other: &Found) -> bool {
    let Some(count) = i32::try_from(one.corners.len()).ok().filter(|count| *count > 0) else { return false };
    let sum = one.corners.iter().fold((0, 0), |(x, y), corner| (x + corner.x, y + corner.y));
    let between = |at: i32, all: &mut dyn Iterator<Item = i32>| {
        let (low, high) =
            all.fold((i32::MAX, i32::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low..=high).contains(&at)
    };
    between(sum.0 / count, &mut other.corners.iter().map(|corner| corner.x))
        && between(sum.1 / count, &mut other.corners.iter().map(|corner| corner.y))
}
