//! The two decoders: `rxing` first, `rqrr` second; what both find is told once.

use super::plane::Plane;
use super::{Corner, Found, Symbology};
use rxing::{BarcodeFormat, DecodeHints, RXingResult};
use std::collections::HashSet;

/// Every code both decoders find, none twice.
pub(crate) fn decode(plane: &Plane) -> Vec<Found> {
    let mut found = with_rxing(plane);
    add(&mut found, with_rqrr(plane));
    found
}

/// Adds what is not there yet: neither the same text nor the same symbol, read twice.
pub(crate) fn add(found: &mut Vec<Found>, others: Vec<Found>) {
    for other in others {
        if !found.iter().any(|known| known.text == other.text || overlap(known, &other)) {
            found.push(other);
        }
    }
}

fn with_rxing(plane: &Plane) -> Vec<Found> {
    let (Ok(width), Ok(height)) = (u32::try_from(plane.width()), u32::try_from(plane.height())) else {
        return Vec::new();
    };
    let mut hints = DecodeHints {
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE, BarcodeFormat::CODE_128])),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let pixels = plane.pixels().to_vec();
    let results = rxing::helpers::detect_multiple_in_luma_with_hints(pixels, width, height, &mut hints);
    let mut found: Vec<Found> = Vec::new();
    for result in results.unwrap_or_default().iter().filter_map(from_rxing) {
        if !found.iter().any(|known| known.text == result.text) {
            found.push(result);
        }
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

/// Whether the middle of one lies within the other: the same symbol, read twice.
fn overlap(one: &Found, other: &Found) -> bool {
    let middle = |found: &Found| {
        let count = i32::try_from(found.corners.len()).ok().filter(|count| *count > 0)?;
        let sum = found.corners.iter().fold((0, 0), |(x, y), corner| (x + corner.x, y + corner.y));
        Some((sum.0 / count, sum.1 / count))
    };
    let Some((x, y)) = middle(one) else { return false };
    let between = |at: i32, all: &mut dyn Iterator<Item = i32>| {
        let (low, high) =
            all.fold((i32::MAX, i32::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low..=high).contains(&at)
    };
    between(x, &mut other.corners.iter().map(|corner| corner.x))
        && between(y, &mut other.corners.iter().map(|corner| corner.y))
}
