//! Grey pixels in rows, and the few whole-picture operations that the passes are made of.

use super::Corner;
use image::GrayImage;

/// Grey pixels, row by row; neither side is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plane {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Plane {
    /// Nothing if a side is empty.
    pub(crate) fn from_image(image: &GrayImage) -> Option<Self> {
        let width = usize::try_from(image.width()).ok().filter(|width| *width > 0)?;
        let height = usize::try_from(image.height()).ok().filter(|height| *height > 0)?;
        Some(Self { width, height, pixels: image.as_raw().clone() })
    }

    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    pub(crate) const fn height(&self) -> usize {
        self.height
    }

    pub(crate) const fn area(&self) -> usize {
        self.width * self.height
    }

    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Light and dark exchanged.
    pub(crate) fn inverted(&self) -> Self {
        self.map(|value| 255 - value)
    }

    /// Twice the size, new pixels between two old ones being their mean.
    pub(crate) fn doubled(&self) -> Self {
        self.doubled_across().transposed().doubled_across().transposed()
    }

    /// Half the size, each pixel the mean of four.
    pub(crate) fn halved(&self) -> Self {
        let halve = |plane: &Self| {
            let rows = plane.rows().flat_map(|row| row.chunks(2).map(mean));
            Self { width: plane.width.div_ceil(2), height: plane.height, pixels: rows.collect() }
        };
        halve(&halve(self).transposed()).transposed()
    }

    /// Each pixel the mean of the square of this radius around it.
    pub(crate) fn blurred(&self, radius: usize) -> Self {
        self.blurred_across(radius).transposed().blurred_across(radius).transposed()
    }

    /// Undoes a blur of this radius: again and again, what blurring the guess lacks of the picture is added to the guess.
    pub(crate) fn deblurred(&self, radius: usize, rounds: usize) -> Self {
        (0..rounds).fold(self.clone(), |guess, _| {
            let again = guess.blurred(radius).blurred(radius);
            let triples = guess.pixels.iter().zip(&again.pixels).zip(&self.pixels);
            let better = triples.map(|((guess, again), seen)| {
                clamped(i32::from(*guess) + i32::from(*seen) - i32::from(*again))
            });
            Self { pixels: better.collect(), ..guess }
        })
    }

    /// Black where darker than the surroundings of this radius, white elsewhere.
    pub(crate) fn local_threshold(&self, radius: usize) -> Self {
        let around = self.blurred(radius);
        let pairs = self.pixels.iter().zip(&around.pixels);
        let pixels = pairs.map(|(value, mean)| if *value < *mean { 0 } else { 255 });
        Self { width: self.width, height: self.height, pixels: pixels.collect() }
    }

    /// The darkest to black, the lightest to white.
    pub(crate) fn stretched(&self) -> Self {
        let low = self.pixels.iter().copied().min().unwrap_or(0);
        let high = self.pixels.iter().copied().max().unwrap_or(255);
        let span = i32::from(high.saturating_sub(low)).max(1);
        self.map(|value| clamped((i32::from(value) - i32::from(low)) * 255 / span))
    }

    /// Where a pixel and its right or lower neighbour differ by a quarter of all that the picture has.
    pub(crate) fn steps(&self) -> Vec<Corner> {
        let low = self.pixels.iter().copied().min().unwrap_or(0);
        let high = self.pixels.iter().copied().max().unwrap_or(255);
        let strong = (high.saturating_sub(low) / 4).max(1);
        let mut steps = Vec::new();
        for ((row, below), y) in self.rows().zip(self.rows().skip(1)).zip(0..) {
            let right = row.iter().skip(1);
            for (((here, right), below), x) in row.iter().zip(right).zip(below).zip(0..) {
                if here.abs_diff(*right) >= strong || here.abs_diff(*below) >= strong {
                    steps.push(Corner { x, y });
                }
            }
        }
        steps
    }

    /// Turned about its middle by an angle of this cosine and sine (times 65,536), on white ground that holds every corner.
    pub(crate) fn turned(&self, turn: Turn) -> Self {
        let side = turn.side(self.width, self.height);
        let (width, height) = (whole(self.width), whole(self.height));
        let mut pixels = Vec::with_capacity(side * side);
        for y in 0..whole(side) {
            for x in 0..whole(side) {
                let (from_x, from_y) = turn.source((x, y), side, (width, height));
                pixels.push(self.between(from_x - ONE / 2, from_y - ONE / 2));
            }
        }
        Self { width: side, height: side, pixels }
    }

    /// The grey at a place in 65,536ths of a pixel, mixed of the four pixels around; white outside.
    fn between(&self, x: i64, y: i64) -> u8 {
        let (left, top) = (x >> 16, y >> 16);
        let (right_share, low_share) = (x & 0xFFFF, y & 0xFFFF);
        let row = |y| (self.at(left, y) * (ONE - right_share) + self.at(left + 1, y) * right_share) >> 16;
        let mixed = (row(top) * (ONE - low_share) + row(top + 1) * low_share) >> 16;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    }

    fn at(&self, x: i64, y: i64) -> i64 {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return 255 };
        if x >= self.width {
            return 255;
        }
        self.pixels.get(y * self.width + x).copied().map_or(255, i64::from)
    }

    fn map(&self, change: impl Fn(u8) -> u8) -> Self {
        let pixels = self.pixels.iter().map(|value| change(*value)).collect();
        Self { width: self.width, height: self.height, pixels }
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.pixels.chunks_exact(self.width)
    }

    fn transposed(&self) -> Self {
        let columns = (0..self.width).flat_map(|x| self.pixels.iter().skip(x).step_by(self.width).copied());
        Self { width: self.height, height: self.width, pixels: columns.collect() }
    }

    fn doubled_across(&self) -> Self {
        let mut pixels = Vec::with_capacity(self.pixels.len() * 2);
        for row in self.rows() {
            let next = row.iter().skip(1).chain(row.last());
            pixels.extend(row.iter().zip(next).flat_map(|(here, next)| [*here, mean(&[*here, *next])]));
        }
        Self { width: self.width * 2, height: self.height, pixels }
    }

    fn blurred_across(&self, radius: usize) -> Self {
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for row in self.rows() {
            let (first, last) = (row.first().copied().unwrap_or(0), row.last().copied().unwrap_or(0));
            // The edge goes on beyond the edge.
            let leaving = std::iter::repeat_n(first, radius + 1).chain(row.iter().copied());
            let entering = row.iter().copied().skip(radius).chain(std::iter::repeat(last));
            let ahead: u32 =
                row.iter().copied().chain(std::iter::repeat(last)).take(radius).map(u32::from).sum();
            let count = u32::try_from(2 * radius + 1).unwrap_or(1);
            let mut sum = ahead + u32::from(first) * (count - count / 2);
            pixels.extend(leaving.zip(entering).take(row.len()).map(|(leaving, entering)| {
                sum = sum + u32::from(entering) - u32::from(leaving);
                u8::try_from(sum / count).unwrap_or(u8::MAX)
            }));
        }
        Self { width: self.width, height: self.height, pixels }
    }
}

/// One whole in 65,536ths.
const ONE: i64 = 1 << 16;

/// A direction: cosine and sine times 65,536.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) cosine: i64,
    pub(crate) sine: i64,
}

impl Turn {
    /// The side of the square that holds a turned rectangle.
    fn side(self, width: usize, height: usize) -> usize {
        let across = (whole(width) * self.cosine.abs() + whole(height) * self.sine.abs()) / ONE + 2;
        let down = (whole(width) * self.sine.abs() + whole(height) * self.cosine.abs()) / ONE + 2;
        usize::try_from(across.max(down)).unwrap_or_default()
    }

    /// Where in a picture of this size a pixel of the turned one is seen, in 65,536ths.
    fn source(self, (x, y): (i64, i64), side: usize, (width, height): (i64, i64)) -> (i64, i64) {
        // A pixel is seen in its middle.
        let (x, y) = (2 * x + 1 - whole(side), 2 * y + 1 - whole(side));
        let from_x = (x * self.cosine + y * self.sine) / 2 + width * ONE / 2;
        let from_y = (y * self.cosine - x * self.sine) / 2 + height * ONE / 2;
        (from_x, from_y)
    }

    /// A corner in the turned picture as one of the picture of this size.
    pub(crate) fn to_original(self, corner: Corner, (width, height): (usize, usize)) -> Corner {
        let place = (i64::from(corner.x), i64::from(corner.y));
        let (x, y) = self.source(place, self.side(width, height), (whole(width), whole(height)));
        let pixel = |at: i64| i32::try_from(at / ONE).unwrap_or_default();
        Corner { x: pixel(x), y: pixel(y) }
    }
}

fn whole(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn mean(values: &[u8]) -> u8 {
    let sum: u32 = values.iter().copied().map(u32::from).sum();
    u8::try_from(sum / u32::try_from(values.len()).unwrap_or(1).max(1)).unwrap_or(u8::MAX)
}

fn clamped(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: usize, pixels: &[u8]) -> Plane {
        Plane { width, height: pixels.len() / width, pixels: pixels.to_vec() }
    }

    #[test]
    fn a_blur_is_the_mean_of_the_square_around_and_the_edge_goes_on() {
        let blurred = plane(3, &[0, 0, 0, 0, 90, 0, 0, 0, 0]).blurred(1);
        assert_eq!(blurred.pixels, [10; 9]);
        let edge = plane(4, &[30, 0, 0, 90]).blurred_across(1);
        assert_eq!(edge.pixels, [20, 10, 30, 60]);
        assert_eq!(plane(2, &[7, 7]).blurred(5).pixels, [7, 7]);
    }

    #[test]
    fn doubling_then_halving_keeps_the_size() {
        let plane = plane(3, &[0, 50, 100, 150, 200, 250]);
        let doubled = plane.doubled();
        assert_eq!((doubled.width, doubled.height, doubled.pixels.len()), (6, 4, 24));
        let halved = doubled.halved();
        assert_eq!((halved.width, halved.height), (3, 2));
    }

    #[test]
    fn turning_by_a_right_angle_moves_every_pixel_and_a_corner_is_found_again() {
        let plane = plane(2, &[10, 20, 30, 40]);
        let quarter = Turn { cosine: 0, sine: ONE };
        let turned = plane.turned(quarter);
        assert_eq!((turned.width, turned.height), (4, 4));
        // The middle stays: what was above it is now on its right.
        assert_eq!([turned.at(1, 1), turned.at(2, 1), turned.at(1, 2), turned.at(2, 2)], [30, 10, 40, 20]);
        assert_eq!(quarter.to_original(Corner { x: 2, y: 2 }, (2, 2)), Corner { x: 1, y: 0 });
    }

    #[test]
    fn steps_are_where_the_grey_changes_much() {
        assert_eq!(plane(3, &[0, 0, 200, 0, 0, 200]).steps(), [Corner { x: 1, y: 0 }]);
        assert!(plane(3, &[0, 10, 20, 10, 20, 30, 20, 30, 200]).steps().is_empty());
    }

    #[test]
    fn a_threshold_follows_the_light() {
        let shaded = plane(8, &[10, 60, 10, 60, 100, 200, 100, 200]).local_threshold(1);
        assert_eq!(shaded.pixels[1..7], [255, 0, 255, 0, 255, 0]);
        assert_eq!(plane(2, &[100, 150]).stretched().pixels, [0, 255]);
        assert_eq!(plane(2, &[5, 5]).stretched().pixels, [0, 0]);
    }
}
