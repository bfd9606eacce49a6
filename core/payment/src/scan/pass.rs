//! Ways to look at a picture, in the order in which they are tried: what most pictures need comes first.

use super::Corner;
use super::plane::{Plane, Turn};

/// A copy of the picture with one fault undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pass {
    /// Reduced, if the picture is much larger than a code needs.
    Reduced,
    /// As it is.
    Plain,
    /// Light on dark.
    Inverted,
    /// Twice the size: small modules.
    Doubled,
    /// Noise averaged away.
    Smooth,
    /// Out of focus, a little.
    Deblurred,
    /// Out of focus, more.
    DeblurredMore,
    /// Uneven light.
    LocalThreshold,
    /// Uneven light on bars, whose widest spaces are wider than a QR symbol's.
    WideThreshold,
    /// Much too large or too grainy.
    Halved,
    /// Light on dark, and blurred or grainy.
    InvertedSmooth,
    /// Light on dark, in uneven light.
    InvertedThreshold,
    /// By thirty degrees, for bars: they are read along rows only.
    Turned30,
    /// By sixty degrees, for bars.
    Turned60,
    /// By ninety degrees, for bars.
    Turned90,
    /// By a hundred and twenty degrees, for bars.
    Turned120,
    /// By a hundred and fifty degrees, for bars.
    Turned150,
}

/// How a copy relates to its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// So many times larger.
    Larger(i32),
    /// So many times smaller.
    Smaller(i32),
    /// Turned, from this size.
    Turned(Turn, (usize, usize)),
}

impl Scale {
    const SAME: Self = Self::Larger(1);

    pub(crate) fn to_original(self, corner: Corner) -> Corner {
        match self {
            Self::Larger(times) => Corner { x: corner.x / times, y: corner.y / times },
            Self::Smaller(times) => {
                Corner { x: corner.x.saturating_mul(times), y: corner.y.saturating_mul(times) }
            }
            Self::Turned(turn, size) => turn.to_original(corner, size),
        }
    }
}

/// Pictures above this many pixels are first looked at reduced.
const REDUCE_ABOVE: usize = 2_000_000;

/// Pictures above this many pixels get no pass that costs many operations to the pixel: time stays bounded.
const COSTLY_UP_TO: usize = 4_000_000;

impl Pass {
    /// In the order they are tried.
    pub const ALL: [Self; 17] = [
        Self::Reduced,
        Self::Plain,
        Self::Inverted,
        Self::Doubled,
        Self::Smooth,
        Self::Deblurred,
        Self::DeblurredMore,
        Self::LocalThreshold,
        Self::WideThreshold,
        Self::Halved,
        Self::InvertedSmooth,
        Self::InvertedThreshold,
        Self::Turned30,
        Self::Turned60,
        Self::Turned90,
        Self::Turned120,
        Self::Turned150,
    ];

    /// Whether it is for bars alone.
    pub(crate) const fn is_for_bars(self) -> bool {
        self.turn().is_some()
    }

    const fn turn(self) -> Option<Turn> {
        let (cosine, sine) = match self {
            Self::Turned30 => (56_756, 32_768),
            Self::Turned60 => (32_768, 56_756),
            Self::Turned90 => (0, 65_536),
            Self::Turned120 => (-32_768, 56_756),
            Self::Turned150 => (-56_756, 32_768),
            _ => return None,
        };
        Some(Turn { cosine, sine })
    }

    /// The copy this pass looks at; nothing if the pass is not for such a picture.
    pub(crate) fn prepare(self, plane: &Plane) -> Option<(Plane, Scale)> {
        let cheap = plane.area() <= COSTLY_UP_TO;
        let same = |plane: Plane| Some((plane, Scale::SAME));
        let twice = |plane: Plane| Some((plane, Scale::Larger(2)));
        match self {
            Self::Reduced => reduced(plane),
            Self::Plain => same(plane.clone()),
            Self::Inverted => same(plane.inverted()),
            Self::Halved => Some((plane.halved(), Scale::Smaller(2))),
            _ if !cheap => None,
            Self::Doubled => twice(plane.doubled()),
            Self::Smooth => same(plane.blurred(1)),
            Self::Deblurred => twice(plane.doubled().stretched().deblurred(2, 4)),
            Self::DeblurredMore => twice(plane.doubled().stretched().deblurred(3, 10)),
            Self::LocalThreshold => twice(plane.doubled().blurred(1).local_threshold(24)),
            Self::WideThreshold => same(plane.blurred(1).local_threshold(40)),
            Self::InvertedSmooth => same(plane.inverted().blurred(1)),
            Self::InvertedThreshold => twice(plane.inverted().doubled().blurred(1).local_threshold(24)),
            Self::Turned30 | Self::Turned60 | Self::Turned90 | Self::Turned120 | Self::Turned150 => {
                let turn = self.turn()?;
                Some((plane.turned(turn), Scale::Turned(turn, (plane.width(), plane.height()))))
            }
        }
    }
}

fn reduced(plane: &Plane) -> Option<(Plane, Scale)> {
    let mut smaller = None;
    let mut times = 1;
    while smaller.as_ref().unwrap_or(plane).area() > REDUCE_ABOVE {
        smaller = Some(smaller.as_ref().unwrap_or(plane).halved());
        times *= 2;
    }
    smaller.map(|smaller| (smaller, Scale::Smaller(times)))
}
