//! The frozen set of distorted pictures behind the decode-rate figure.
//!
//! Test material: payloads × distortions × error correction × seeds, the same pixels on every machine. It was frozen
//! before the reading passes were tuned; [`FROZEN`] is its digest, and a test refuses a changed set.

mod scene;

pub use scene::{BAR_PAYLOADS, FROZEN_SCENES, Scene, Scenery, scenery};

use crate::render::distort::{self, Dice, Turn};
use crate::render::{ErrorCorrection, RenderError, qr_image};
use citizen_primitives::Hash;
use image::GrayImage;

/// What is done to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distortion {
    /// Nothing but a ground to lie on.
    Straight,
    /// Turned by 3 to 80 degrees.
    Rotated,
    /// Seen from the side.
    Perspective,
    /// Out of focus.
    Blurred,
    /// Grains as in the dark.
    Noisy,
    /// A gradient or a sharp shadow.
    Shaded,
    /// Less than three pixels to the module.
    Small,
    /// Faded, with a little noise.
    Faded,
    /// Light on dark.
    Inverted,
    /// A blot on it.
    Blotted,
}

impl Distortion {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Straight,
        Self::Rotated,
        Self::Perspective,
        Self::Blurred,
        Self::Noisy,
        Self::Shaded,
        Self::Small,
        Self::Faded,
        Self::Inverted,
        Self::Blotted,
    ];

    /// A name for tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::Rotated => "rotated",
            Self::Perspective => "perspective",
            Self::Blurred => "blurred",
            Self::Noisy => "noisy",
            Self::Shaded => "shaded",
            Self::Small => "small",
            Self::Faded => "faded",
            Self::Inverted => "inverted",
            Self::Blotted => "blotted",
        }
    }
}

/// The texts in the pictures: a static and a dynamic merchant code, a one-time code, a consumer code.
pub const PAYLOADS: [&str; 4] = [
    "00020101021126400024kr.seoul.sandbox.zeropay0108M00000015204546253034105802KR5914MANGWON BAKERY6005SEOUL6304ABCC",
    "00020101021226400024kr.seoul.sandbox.zeropay0108M0000002520458125303410540512000\
     5802KR5912MAPO KITCHEN6005SEOUL62280510ORDER-00010710TERMINAL-16425\
     0002ko0106마포밥상집점0205서울마포구630421CF",
    "3-12345678901234567890123",
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0Icn\
     Vlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==",
];

/// Seeds for each payload, distortion and error correction.
pub const SEEDS: u64 = 8;

/// The digest over every picture of the set, in order ([`digest`]).
pub const FROZEN: &str = "31f7e0f2fcc2ef255abbe6123f345a128a9f0bed4cf7b399d7e6c56d5dce9f66";

/// One picture of the set.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// What stands in it.
    pub text: &'static str,
    /// What was done to it.
    pub distortion: Distortion,
    /// Its error correction.
    pub correction: ErrorCorrection,
    /// Its seed, 0 to [`SEEDS`].
    pub seed: u64,
}

impl Specimen {
    /// Draws the picture.
    pub fn draw(&self) -> Result<GrayImage, RenderError> {
        let number = PAYLOADS.iter().position(|text| *text == self.text).unwrap_or_default();
        let salt = u64::try_from(number).unwrap_or_default() * 1_000 + self.seed;
        let mut dice = Dice::new(salt * 1_000 + u64::from(self.correction == ErrorCorrection::M));
        let module = if self.distortion == Distortion::Small { 8 } else { 4 };
        let symbol = qr_image(self.text, module, self.correction)?;
        Ok(distorted(&symbol, self.distortion, self.seed, &mut dice))
    }
}

/// Every picture of the set, in its order.
pub fn specimens() -> impl Iterator<Item = Specimen> {
    PAYLOADS.into_iter().flat_map(|text| {
        Distortion::ALL.into_iter().flat_map(move |distortion| {
            [ErrorCorrection::L, ErrorCorrection::M].into_iter().flat_map(move |correction| {
                (0..SEEDS).map(move |seed| Specimen { text, distortion, correction, seed })
            })
        })
    })
}

/// SHA-256 over the SHA-256 of each picture's width, height and pixels, in the order given.
pub fn digest<'a>(pictures: impl IntoIterator<Item = &'a GrayImage>) -> Hash {
    let mut all = Vec::new();
    for picture in pictures {
        let (width, height) = (picture.width().to_be_bytes(), picture.height().to_be_bytes());
        all.extend_from_slice(Hash::plain(&[&width, &height, picture.as_raw()]).as_bytes());
    }
    Hash::plain(&[&all])
}

/// Strength grows with the seed: the first pictures of a row are easy, the last are at the edge.
fn distorted(symbol: &GrayImage, distortion: Distortion, seed: u64, dice: &mut Dice) -> GrayImage {
    let step = i64::try_from(seed).unwrap_or_default();
    let ground = u8::try_from(dice.between(150, 235)).unwrap_or_default();
    let lying = distort::place_on(symbol, 12, ground);
    match distortion {
        Distortion::Straight => lying,
        Distortion::Rotated => {
            let turn = usize::try_from(seed).ok().and_then(|seed| Turn::ALL.get(seed).copied());
            turn.map_or(lying.clone(), |turn| distort::noise(&distort::rotate(&lying, turn), 8, dice))
        }
        Distortion::Perspective => {
            let tilt = 150 + step * 40;
            let sideways = dice.between(-tilt, tilt);
            distort::noise(&distort::perspective(&lying, tilt, sideways), 5, dice)
        }
        Distortion::Blurred => {
            // Standard deviations from 0.2 to 0.54 of a module.
            let blurs = [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 2), (1, 6), (1, 7)];
            let blur = usize::try_from(seed).ok().and_then(|seed| blurs.get(seed).copied());
            let (radius, times) = blur.unwrap_or((1, 1));
            distort::noise(&distort::blur(&lying, radius, times), 2, dice)
        }
        Distortion::Noisy => distort::noise(&lying, 20 + step * 5, dice),
        Distortion::Shaded => {
            let shaded = distort::shade(&lying, 40 + step * 8);
            let shaded = if step % 2 == 1 { distort::shadow(&shaded, 35 + step * 6) } else { shaded };
            distort::noise(&shaded, 4, dice)
        }
        Distortion::Small => {
            // From 2.75 pixels to the module down to 1.7.
            let small = distort::shrink(&lying, u32::try_from(275 - step * 15).unwrap_or(100), 800);
            distort::noise(&small, 3, dice)
        }
        Distortion::Faded => {
            let half = 40 - step * 3;
            let middle = dice.between(90, 160);
            let end = |value: i64| u8::try_from(value).unwrap_or_default();
            distort::noise(&distort::fade(&lying, end(middle - half), end(middle + half)), 3 + step / 2, dice)
        }
        Distortion::Inverted => distort::noise(&distort::invert(symbol), 5 + step * 5, dice),
        Distortion::Blotted => {
            let (x, y) = (dice.between(350, 800), dice.between(350, 800));
            let value = u8::try_from(dice.between(0, 255)).unwrap_or_default();
            distort::blot(&lying, x, y, 30 + step * 9, value)
        }
    }
}
