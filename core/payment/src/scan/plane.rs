//! Grey pixels in rows, and the few whole-picture operations that the passes are made of.

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
    fn a_threshold_follows_the_light() {
        let shaded = plane(8, &[10, 60, 10, 60, 100, 200, 100, 200]).local_threshold(1);
        assert_eq!(shaded.pixels[1..7], [255, 0, 255, 0, 255, 0]);
        assert_eq!(plane(2, &[100, 150]).stretched().pixels, [0, 255]);
        assert_eq!(plane(2, &[5, 5]).stretched().pixels, [0, 0]);
    }
}
