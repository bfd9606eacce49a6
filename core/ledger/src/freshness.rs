//! How old a view is.

use citizen_primitives::{Seconds, UnixTime};

/// How far a header may be ahead of the phone's clock.
pub const CLOCK_DRIFT: Seconds = Seconds::new(10);

/// Whether what a header shows may be taken for the present. Only what is `Fresh` may be approved on (LEDGER-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The header is young enough.
    Fresh,
    /// The header is old: shown with its date. The ledger stands still, or somebody withholds newer headers.
    Stale {
        /// The header's time.
        as_of: UnixTime,
    },
    /// The header is from the future: the phone's clock is wrong.
    ClockWrong {
        /// By how much, at least.
        by: Seconds,
    },
}

impl Freshness {
    /// Compares a header's time with the clock. An age of `stale_after` is still fresh.
    #[must_use]
    pub fn of(header_time: UnixTime, now: UnixTime, stale_after: Seconds) -> Self {
        if header_time > now.plus(CLOCK_DRIFT) {
            Self::ClockWrong { by: header_time.since(now) }
        } else if now.since(header_time) > stale_after {
            Self::Stale { as_of: header_time }
        } else {
            Self::Fresh
        }
    }

    /// Whether it is fresh.
    #[must_use]
    pub const fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledger_8_an_old_header_is_stale_and_one_of_the_future_is_a_wrong_clock() {
        let now = UnixTime::from_seconds(1_000);
        let of = |time| Freshness::of(UnixTime::from_seconds(time), now, Seconds::new(60));
        assert_eq!((of(940), of(1_000), of(1_010)), (Freshness::Fresh, Freshness::Fresh, Freshness::Fresh));
        assert_eq!(of(939), Freshness::Stale { as_of: UnixTime::from_seconds(939) });
        assert_eq!(of(1_011), Freshness::ClockWrong { by: Seconds::new(11) });
        assert!(of(940).is_fresh() && !of(939).is_fresh() && !of(1_011).is_fresh());
    }
}
