//! How often a call is tried again, and after what waits.

use crate::timer::{NoWait, Timer};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Exponential backoff with jitter. Every call of this crate may be repeated: an order, a claim or a transaction is known
/// by its own identifier, and a second one is answered like the first (CLIENT-5).
#[derive(Clone)]
pub struct Retry {
    attempts: u32,
    base: Duration,
    jitter: Arc<AtomicU64>,
    timer: Arc<dyn Timer>,
}

impl Retry {
    /// One try.
    #[must_use]
    pub fn never() -> Self {
        Self::new(1, Duration::ZERO, 0, Arc::new(NoWait))
    }

    /// So many tries; the waits grow from `base`, and a seed spreads them so that phones cut off together do not come back
    /// together.
    #[must_use]
    pub fn new(attempts: u32, base: Duration, seed: u64, timer: Arc<dyn Timer>) -> Self {
        Self { attempts: attempts.max(1), base, jitter: Arc::new(AtomicU64::new(seed)), timer }
    }

    /// Whether there is another try after `failed` failures.
    pub(crate) const fn allows(&self, failed: u32) -> bool {
        failed < self.attempts
    }

    /// Waits after the failure of this number, counted from 1.
    pub(crate) async fn wait(&self, failed: u32) {
        self.timer.sleep(self.delay(failed)).await;
    }

    /// Between half of `base · 2^(failed − 1)` and all of it.
    fn delay(&self, failed: u32) -> Duration {
        let factor = 1u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        let whole = self.base.saturating_mul(factor).min(LONGEST_WAIT);
        let half = whole / 2;
        let parts = u32::try_from(self.next_random() % 1_001).unwrap_or(0);
        half + half.saturating_mul(parts) / 1_000
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): spreads waits, guards nothing.
    fn next_random(&self) -> u64 {
        let state = self.jitter.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("attempts", &self.attempts)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_are_spread_over_their_upper_half() {
        let retry = Retry::new(9, Duration::from_millis(100), 7, Arc::new(NoWait));
        for (failed, whole) in [(1, 100), (2, 200), (3, 400), (4, 800)] {
            let delays: Vec<_> = (0..50).map(|_| retry.delay(failed)).collect();
            let (low, high) = (Duration::from_millis(whole / 2), Duration::from_millis(whole));
            assert!(delays.iter().all(|delay| (low..=high).contains(delay)));
            assert!(delays.iter().collect::<std::collections::BTreeSet<_>>().len() > 25);
        }
        assert!(retry.delay(40) <= LONGEST_WAIT);
    }

    #[test]
    fn one_seed_gives_one_sequence_of_waits() {
        let delays = |seed| {
            let retry = Retry::new(9, Duration::from_millis(100), seed, Arc::new(NoWait));
            (1..6).map(|failed| retry.delay(failed)).collect::<Vec<_>>()
        };
        assert_eq!(delays(1), delays(1));
        assert_ne!(delays(1), delays(2));
    }
}
