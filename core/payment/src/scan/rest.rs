//! Whether a picture shows more than the codes that were found in it.

use super::plane::Plane;
use super::{Corner, Found, Symbology};
use std::collections::BTreeMap;

/// Above this many pixels a picture is halved before it is looked at.
const ENOUGH: usize = 400_000;

/// Fewer steps than this in a row of bars tell nothing of where they end.
const FEWEST_STEPS: usize = 12;

/// Whether so much is drawn beside the codes that another may stand there: a tenth of what is drawn within them, since one code may
/// be much smaller than the other.
pub(crate) fn may_hold_more(picture: &Plane, found: &[Found]) -> bool {
    let (mut plane, mut times) = (picture.blurred(1), 1);
    while plane.area() > ENOUGH {
        plane = plane.halved();
        times *= 2;
    }
    let steps = plane.steps();
    let mut frames = Vec::new();
    for found in found {
        let corners: Vec<Corner> = found.corners.iter().map(|corner| corner.divided(times)).collect();
        let frame = match found.symbology {
            Symbology::Qr => Some(Frame::around_symbol(&corners)),
            Symbology::Code128 => Frame::around_bars(&corners, &steps),
        };
        let Some(frame) = frame else { return true };
        frames.push(frame);
    }
    let beside = steps.iter().filter(|step| !frames.iter().any(|frame| frame.holds(**step))).count();
    beside * 10 >= steps.len() - beside
}

impl Corner {
    const fn divided(self, times: i32) -> Self {
        Self { x: self.x / times, y: self.y / times }
    }
}

/// An upright rectangle around a code.
#[derive(Clone, Copy)]
struct Frame {
    low: Corner,
    high: Corner,
}

impl Frame {
    /// Around corners, and so far beyond them.
    fn around(corners: &[Corner], margin: impl Fn(i32) -> i32) -> Self {
        let (far, near) = (Corner { x: i32::MAX, y: i32::MAX }, Corner { x: i32::MIN, y: i32::MIN });
        let low = corners.iter().fold(far, |low, at| Corner { x: low.x.min(at.x), y: low.y.min(at.y) });
        let high = corners.iter().fold(near, |high, at| Corner { x: high.x.max(at.x), y: high.y.max(at.y) });
        let margin = margin(high.x.saturating_sub(low.x).max(high.y.saturating_sub(low.y)));
        let moved = |at: Corner, by: i32| Corner { x: at.x.saturating_add(by), y: at.y.saturating_add(by) };
        Self { low: moved(low, -margin), high: moved(high, margin) }
    }

    /// From the middle of a finder pattern it is up to a quarter of the way between two of them to the edge.
    fn around_symbol(corners: &[Corner]) -> Self {
        let mut all = corners.to_vec();
        // Of three finder patterns the middle one is told second: the fourth corner lies across from it.
        if let [first, second, third] = corners {
            all.push(Corner { x: first.x + third.x - second.x, y: first.y + third.y - second.y });
        }
        Self::around(&all, |side| side / 4 + 4)
    }

    /// A decoder tells one line through bars: they reach up and down as long as half as much is drawn in a row as in the line's.
    /// Nothing if too little is drawn there to say so.
    fn around_bars(corners: &[Corner], steps: &[Corner]) -> Option<Self> {
        let line = Self::around(corners, |length| length / 20 + 2);
        let mut rows: BTreeMap<i32, usize> = BTreeMap::new();
        for step in steps.iter().filter(|step| (line.low.x..=line.high.x).contains(&step.x)) {
            *rows.entry(step.y).or_default() += 1;
        }
        let drawn = |y: i32| rows.get(&y).copied().unwrap_or_default();
        let middle = line.low.y.midpoint(line.high.y);
        let most = (line.low.y..=line.high.y).map(drawn).max().filter(|most| *most >= FEWEST_STEPS)?;
        let reach = |way: i32| {
            let beyond = (1..).map(|far| middle.saturating_add(way * far));
            beyond.take_while(|y| line.holds_row(*y) || drawn(*y) * 2 >= most).last().unwrap_or(middle)
        };
        let (low, high) = (reach(-1), reach(1));
        Some(Self { low: Corner { y: low - 4, ..line.low }, high: Corner { y: high + 4, ..line.high } })
    }

    fn holds_row(&self, y: i32) -> bool {
        (self.low.y..=self.high.y).contains(&y)
    }

    fn holds(&self, corner: Corner) -> bool {
        (self.low.x..=self.high.x).contains(&corner.x) && self.holds_row(corner.y)
    }
}
