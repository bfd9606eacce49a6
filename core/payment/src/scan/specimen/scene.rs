//! The second frozen set: bars, and two codes in one picture, under the distortions of the first set at their strengths.
//!
//! It was frozen before the reader was changed for it; [`FROZEN_SCENES`] is its digest.

use super::{Distortion, PAYLOADS, SEEDS, distorted};
use crate::render::distort::{self, Dice};
use crate::render::{ErrorCorrection, RenderError, code128_image, qr_image};
use image::{GrayImage, Luma};

/// What stands in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// Bars alone.
    Bars,
    /// A phone's screen: bars above, the QR symbol of the same or another code below.
    BarsAndQr,
    /// Two QR symbols side by side.
    TwoQr,
    /// A QR symbol, and one light on dark.
    QrAndInverted,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bars, Self::BarsAndQr, Self::TwoQr, Self::QrAndInverted];

    /// A name for tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::BarsAndQr => "bars-and-qr",
            Self::TwoQr => "two-qr",
            Self::QrAndInverted => "qr-and-inverted",
        }
    }
}

/// The texts in bars: one-time codes of two schemes, a longer one of a till, and one with letters.
pub const BAR_PAYLOADS: [&str; 4] = [
    "800088123456789012345678",
    "281006987654321098765432",
    "941083204512345678901",
    "S-COIN 2026-11-21 #0007",
];

/// The digest over every picture of the set, in order.
pub const FROZEN_SCENES: &str = "59bef9267fc9dcde81f8ab6381e0e47c42d5d0a7aa60fb7cfcd53002b3267ef3";

/// One picture of the set.
#[derive(Debug, Clone)]
pub struct Scenery {
    /// What stands in it.
    pub scene: Scene,
    /// What was done to it.
    pub distortion: Distortion,
    /// Its seed, 0 to [`SEEDS`].
    pub seed: u64,
}

/// Every picture of the set, in its order.
pub fn scenery() -> impl Iterator<Item = Scenery> {
    Scene::ALL.into_iter().flat_map(|scene| {
        Distortion::ALL
            .into_iter()
            .flat_map(move |distortion| (0..SEEDS).map(move |seed| Scenery { scene, distortion, seed }))
    })
}

impl Scenery {
    /// The texts in it, one or two.
    #[must_use]
    pub fn texts(&self) -> Vec<&'static str> {
        let pick = |all: [&'static str; 4], step: usize| {
            let place = usize::try_from(self.seed).unwrap_or_default() + step;
            all.into_iter().cycle().nth(place).unwrap_or_default()
        };
        match self.scene {
            Scene::Bars => vec![pick(BAR_PAYLOADS, 0)],
            Scene::BarsAndQr => vec![pick(BAR_PAYLOADS, 1), pick(PAYLOADS, 2)],
            Scene::TwoQr | Scene::QrAndInverted => vec![pick(PAYLOADS, 0), pick(PAYLOADS, 1)],
        }
    }

    /// Draws the picture.
    pub fn draw(&self) -> Result<GrayImage, RenderError> {
        let module = if self.distortion == Distortion::Small { 8 } else { 4 };
        let texts = self.texts();
        let text = |number: usize| texts.get(number).copied().unwrap_or_default();
        let qr = |number| qr_image(text(number), module, ErrorCorrection::M);
        let bars = || code128_image(text(0), module, module * 60);
        let symbols = match self.scene {
            Scene::Bars => framed(&bars()?, module * 4),
            Scene::BarsAndQr => above(&framed(&bars()?, module * 4), &qr(1)?),
            Scene::TwoQr => distort::beside(&qr(0)?, &qr(1)?),
            Scene::QrAndInverted => distort::beside(&qr(0)?, &distort::invert(&qr(1)?)),
        };
        // The canvas of a turned picture holds every corner of a square.
        let symbols = if self.distortion == Distortion::Rotated { squared(&symbols) } else { symbols };
        let scene = Scene::ALL.iter().position(|scene| *scene == self.scene).unwrap_or_default();
        let salt = u64::try_from(scene).unwrap_or_default() * 1_000 + self.seed;
        let mut dice = Dice::new(7_000_000 + salt * 100);
        Ok(distorted(&symbols, self.distortion, self.seed, &mut dice))
    }
}

/// In the middle of a white square.
fn squared(image: &GrayImage) -> GrayImage {
    let side = image.width().max(image.height());
    let (left, top) = ((side - image.width()) / 2, (side - image.height()) / 2);
    GrayImage::from_fn(side, side, |x, y| {
        let inside = x.checked_sub(left).zip(y.checked_sub(top));
        let seen = inside.and_then(|(x, y)| image.get_pixel_checked(x, y));
        seen.copied().unwrap_or(Luma([255]))
    })
}

/// With white above and below.
fn framed(image: &GrayImage, margin: u32) -> GrayImage {
    GrayImage::from_fn(image.width(), image.height() + 2 * margin, |x, y| {
        let seen = y.checked_sub(margin).and_then(|y| image.get_pixel_checked(x, y));
        seen.copied().unwrap_or(Luma([255]))
    })
}

/// One above the other, in the middle, on white.
fn above(upper: &GrayImage, lower: &GrayImage) -> GrayImage {
    let (width, height) = (upper.width().max(lower.width()), upper.height() + lower.height());
    GrayImage::from_fn(width, height, |x, y| {
        let (image, y) = y.checked_sub(upper.height()).map_or((upper, y), |y| (lower, y));
        let seen = x.checked_sub((width - image.width()) / 2).and_then(|x| image.get_pixel_checked(x, y));
        seen.copied().unwrap_or(Luma([255]))
    })
}
