//! What happens to a code between the printer and the phone: turning, tilting, blur, shade, noise…
//!
//! Whole-number arithmetic only, so the same call gives the same pixels on every machine, for ever.

use image::{GrayImage, Luma};

/// One whole in fixed-point numbers: 16 bits of fraction.
const ONE: i64 = 1 << 16;

/// A small generator of pseudo-random numbers (SplitMix64), fixed here so that pictures never change.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins at a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low).saturating_add(1);
        low + i64::try_from(self.roll() % span).unwrap_or(0)
    }
}

/// A direction: cosine and sine times 65,536.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    cosine: i64,
    sine: i64,
}

impl Turn {
    /// By 3, 7, 12, 20, 30, 45, 60 or 80 degrees.
    pub const ALL: [Self; 8] = [
        Self { cosine: 65_446, sine: 3_430 },
        Self { cosine: 65_047, sine: 7_987 },
        Self { cosine: 64_104, sine: 13_626 },
        Self { cosine: 61_584, sine: 22_415 },
        Self { cosine: 56_756, sine: 32_768 },
        Self { cosine: 46_341, sine: 46_341 },
        Self { cosine: 32_768, sine: 56_756 },
        Self { cosine: 11_380, sine: 64_540 },
    ];
}

/// Turned about its middle, on a canvas that holds every corner.
#[must_use]
pub fn rotate(image: &GrayImage, turn: Turn) -> GrayImage {
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let side = (width * turn.cosine + height * turn.sine) / ONE + 2;
    let (middle_x, middle_y, middle) = (width * ONE / 2, height * ONE / 2, side * ONE / 2);
    warp(image, side, side, |x, y| {
        let (x, y) = (x - middle, y - middle);
        let turned_x = (x * turn.cosine + y * turn.sine) / ONE;
        let turned_y = (y * turn.cosine - x * turn.sine) / ONE;
        (turned_x + middle_x, turned_y + middle_y)
    })
}

/// Seen from the side: `tilt_x` and `tilt_y` in thousandths shrink the far edge, up to about 350.
#[must_use]
pub fn perspective(image: &GrayImage, tilt_x: i64, tilt_y: i64) -> GrayImage {
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let margin = width / 5;
    let (out_width, out_height) = (width + 2 * margin, height + 2 * margin);
    warp(image, out_width, out_height, |x, y| {
        let (x, y) = (x - out_width * ONE / 2, y - out_height * ONE / 2);
        let depth = ONE + x / out_width * tilt_x / 1000 + y / out_height * tilt_y / 1000;
        let depth = depth.max(ONE / 8);
        (x * ONE / depth + width * ONE / 2, y * ONE / depth + height * ONE / 2)
    })
}

/// Out of focus: so many box blurs of this radius, which come near a Gaussian.
#[must_use]
pub fn blur(image: &GrayImage, radius: u32, times: u32) -> GrayImage {
    (0..times).fold(image.clone(), |image, _| {
        let across = box_blur(&image, radius, true);
        box_blur(&across, radius, false)
    })
}

/// Grains: to every pixel a number around 0 is added, with about this standard deviation.
#[must_use]
pub fn noise(image: &GrayImage, deviation: i64, dice: &mut Dice) -> GrayImage {
    map(image, |_, _, value| {
        // The sum of eight bytes, doubled, has a mean of 2040 and a standard deviation of 418: near a bell curve.
        let bytes = dice.roll().to_le_bytes();
        let bell = 2 * bytes.into_iter().map(i64::from).sum::<i64>() - 2040;
        value + bell * deviation / 418
    })
}

/// Half in the shade: brightness falls by up to `loss` per cent towards one corner.
#[must_use]
pub fn shade(image: &GrayImage, loss: i64) -> GrayImage {
    let reach = i64::from(image.width()) + i64::from(image.height());
    map(image, |x, y, value| value * (100 - loss * (x + y) / reach.max(1)) / 100)
}

/// A sharp shadow: left of a slanting line, brightness falls by `loss` per cent.
#[must_use]
pub fn shadow(image: &GrayImage, loss: i64) -> GrayImage {
    let width = i64::from(image.width());
    map(image, |x, y, value| if x * 3 + y < width * 2 { value * (100 - loss) / 100 } else { value })
}

/// Faded: dark becomes `dark`, light becomes `light`.
#[must_use]
pub fn fade(image: &GrayImage, dark: u8, light: u8) -> GrayImage {
    let (dark, light) = (i64::from(dark), i64::from(light));
    map(image, |_, _, value| dark + value * (light - dark) / 255)
}

/// Light on dark.
#[must_use]
pub fn invert(image: &GrayImage) -> GrayImage {
    map(image, |_, _, value| 255 - value)
}

/// Smaller by `numerator / denominator`, each pixel the mean of what it covers.
#[must_use]
pub fn shrink(image: &GrayImage, numerator: u32, denominator: u32) -> GrayImage {
    let size = |length: u32| (length * numerator / denominator.max(1)).max(1);
    let (width, height) = (size(image.width()), size(image.height()));
    let span = |at: u32, small: u32, large: u32| {
        let from = at * large / small;
        from..((at + 1) * large).div_ceil(small).clamp(from + 1, large.max(from + 1))
    };
    GrayImage::from_fn(width, height, |x, y| {
        let (mut sum, mut count) = (0, 0);
        for from_y in span(y, height, image.height()) {
            for from_x in span(x, width, image.width()) {
                sum += pixel(image, i64::from(from_x), i64::from(from_y));
                count += 1;
            }
        }
        grey(sum / i64::max(count, 1))
    })
}

/// A blot: a disc of one grey, its place and radius in thousandths of the width.
#[must_use]
pub fn blot(image: &GrayImage, x: i64, y: i64, radius: i64, value: u8) -> GrayImage {
    let width = i64::from(image.width());
    let (x, y, radius) = (x * width / 1000, y * width / 1000, radius * width / 1000);
    map(image, |at_x, at_y, old| {
        let (from_x, from_y) = (at_x - x, at_y - y);
        if from_x * from_x + from_y * from_y <= radius * radius { i64::from(value) } else { old }
    })
}

/// Lies on a larger ground: a table, a poster.
#[must_use]
pub fn place_on(image: &GrayImage, margin: u32, ground: u8) -> GrayImage {
    let (width, height) = (image.width() + 2 * margin, image.height() + 2 * margin);
    GrayImage::from_fn(width, height, |x, y| {
        let inside = x.checked_sub(margin).zip(y.checked_sub(margin));
        let seen = inside.and_then(|(x, y)| image.get_pixel_checked(x, y));
        seen.copied().unwrap_or(Luma([ground]))
    })
}

/// Two pictures side by side, on white.
#[must_use]
pub fn beside(left: &GrayImage, right: &GrayImage) -> GrayImage {
    let (width, height) = (left.width() + right.width(), left.height().max(right.height()));
    GrayImage::from_fn(width, height, |x, y| {
        let seen = match x.checked_sub(left.width()) {
            None => left.get_pixel_checked(x, y),
            Some(x) => right.get_pixel_checked(x, y),
        };
        seen.copied().unwrap_or(Luma([255]))
    })
}

/// Moves every pixel: `source` gives, for a pixel's middle, where in the picture it is seen (fixed-point).
fn warp(image: &GrayImage, width: i64, height: i64, source: impl Fn(i64, i64) -> (i64, i64)) -> GrayImage {
    let size = |length: i64| u32::try_from(length.clamp(1, 8192)).unwrap_or(1);
    GrayImage::from_fn(size(width), size(height), |x, y| {
        let (x, y) = source(i64::from(x) * ONE + ONE / 2, i64::from(y) * ONE + ONE / 2);
        let (x, y) = (x - ONE / 2, y - ONE / 2);
        let (left, top) = (x.div_euclid(ONE), y.div_euclid(ONE));
        let (right_share, low_share) = (x.rem_euclid(ONE), y.rem_euclid(ONE));
        let row =
            |y| (pixel(image, left, y) * (ONE - right_share) + pixel(image, left + 1, y) * right_share) / ONE;
        grey((row(top) * (ONE - low_share) + row(top + 1) * low_share) / ONE)
    })
}

fn box_blur(image: &GrayImage, radius: u32, across: bool) -> GrayImage {
    let radius = i64::from(radius);
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let (x, y) = (i64::from(x), i64::from(y));
        let sum: i64 = (-radius..=radius)
            .map(|step| if across { pixel(image, x + step, y) } else { pixel(image, x, y + step) })
            .sum();
        grey(sum / (2 * radius + 1))
    })
}

fn map(image: &GrayImage, mut change: impl FnMut(i64, i64, i64) -> i64) -> GrayImage {
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let value = pixel(image, i64::from(x), i64::from(y));
        grey(change(i64::from(x), i64::from(y), value))
    })
}

/// A pixel, white outside the picture.
fn pixel(image: &GrayImage, x: i64, y: i64) -> i64 {
    let inside = u32::try_from(x).ok().zip(u32::try_from(y).ok());
    inside.and_then(|(x, y)| image.get_pixel_checked(x, y)).map_or(255, |Luma([value])| i64::from(*value))
}

fn grey(value: i64) -> Luma<u8> {
    Luma([u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX)])
}
