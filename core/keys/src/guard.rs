//! Growing waits after wrong PINs, as a pure function of what was counted and the time.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Seconds, UnixTime};

/// How many wrong PINs are free and how long each further one costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinPolicy {
    free_tries: u32,
    waits: Vec<Seconds>,
}

/// Wrong PINs so far: kept on disk beside the vault, sealed by the key store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PinGuard {
    failures: u32,
    last: UnixTime,
}

citizen_primitives::canonical!(PinGuard = 1);

/// The next PIN may be tried only after a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong PINs: {} seconds to wait", wait.count())]
pub struct TooSoon {
    /// How long from now.
    pub wait: Seconds,
}

impl PinPolicy {
    /// Five tries, then waits of 30 seconds, 1, 5 and 15 minutes, 1 hour, and 24 hours for every further one.
    #[must_use]
    pub fn standard() -> Self {
        Self::new(5, &[30, 60, 300, 900, 3600, 86_400].map(Seconds::new))
    }

    /// So many free tries, then the waits in turn; the last one repeats.
    #[must_use]
    pub fn new(free_tries: u32, waits: &[Seconds]) -> Self {
        Self { free_tries, waits: waits.to_vec() }
    }

    fn wait_after(&self, failures: u32) -> Seconds {
        let Some(turn) = failures.checked_sub(self.free_tries) else { return Seconds::default() };
        let turn = usize::try_from(turn).unwrap_or(usize::MAX);
        self.waits.get(turn).or(self.waits.last()).copied().unwrap_or_default()
    }
}

impl PinGuard {
    /// Counts a try before it is made, or says how long to wait (KEYS-10).
    ///
    /// Persist the guard after every call, whatever it answers, and before the PIN is tried: then cutting the power
    /// gives no free try, and a clock that was set back starts the wait anew instead of shortening it.
    pub fn attempt(&mut self, now: UnixTime, policy: &PinPolicy) -> Result<(), TooSoon> {
        if now < self.last {
            // Set back: the wait is counted from the new time, in full.
            self.last = now;
        }
        let wait = self.wait(now, policy);
        if wait > Seconds::default() {
            return Err(TooSoon { wait });
        }
        self.failures = self.failures.saturating_add(1);
        self.last = now;
        Ok(())
    }

    /// The PIN was right: nothing is counted any more. Persist the guard.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// How long from now until the next try; nothing if it may be made at once.
    #[must_use]
    pub fn wait(&self, now: UnixTime, policy: &PinPolicy) -> Seconds {
        let whole = policy.wait_after(self.failures);
        Seconds::new(whole.count().saturating_sub(now.since(self.last).count()))
    }

    /// How many tries are left before a wait.
    #[must_use]
    pub const fn tries_left(&self, policy: &PinPolicy) -> u32 {
        policy.free_tries.saturating_sub(self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Canonical as _;
    use proptest::prelude::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn keys_10_waits_grow_with_every_wrong_pin() {
        let policy = PinPolicy::standard();
        let now = at(1_800_000_000);
        for (failures, wait) in
            [(0, 0), (4, 0), (5, 30), (6, 60), (7, 300), (8, 900), (9, 3600), (10, 86_400), (50, 86_400)]
        {
            let mut guard = PinGuard { failures, last: now };
            assert_eq!(guard.wait(now, &policy), Seconds::new(wait), "after {failures}");
            if wait > 0 {
                assert!(guard.attempt(at(now.seconds() + wait - 1), &policy).is_err());
            }
            assert!(guard.attempt(now.plus(Seconds::new(wait)), &policy).is_ok());
        }
    }

    #[test]
    fn keys_10_a_try_is_counted_before_it_is_made_and_outlives_a_restart() {
        let policy = PinPolicy::new(1, &[Seconds::new(30)]);
        let mut guard = PinGuard::default();
        guard.attempt(at(100), &policy).unwrap();
        let mut restarted = PinGuard::from_canonical(&guard.to_canonical()).unwrap();
        assert_eq!(restarted.attempt(at(110), &policy), Err(TooSoon { wait: Seconds::new(20) }));
        assert_eq!(restarted.tries_left(&policy), 0);
        restarted.succeeded();
        assert_eq!(restarted.tries_left(&policy), 1);
        assert!(restarted.attempt(at(110), &policy).is_ok());
    }

    #[test]
    fn keys_10_a_clock_that_was_far_ahead_once_does_not_lock_for_years() {
        let policy = PinPolicy::standard();
        let mut guard = PinGuard { failures: 5, last: at(2_000_000_000) };
        let corrected = 1_800_000_000;
        assert!(guard.attempt(at(corrected), &policy).is_err());
        assert_eq!(guard.attempt(at(corrected + 29), &policy), Err(TooSoon { wait: Seconds::new(1) }));
        assert_eq!(guard.attempt(at(corrected + 30), &policy), Ok(()));
    }

    proptest! {
        #[test]
        fn keys_10_a_clock_set_back_never_shortens_a_wait(
            failures in 5u32..20, now in 1_000_000u64..2_000_000, times in prop::collection::vec(0u64..2_000_000, 1..20),
        ) {
            let policy = PinPolicy::standard();
            let mut guard = PinGuard { failures, last: at(now) };
            let mut left = guard.wait(at(now), &policy).count();
            let mut clock = now;
            for time in times {
                let elapsed = time.saturating_sub(clock);
                clock = time;
                left = left.saturating_sub(elapsed);
                match guard.attempt(at(time), &policy) {
                    Ok(()) => { prop_assert_eq!(left, 0); break }
                    Err(TooSoon { wait }) => prop_assert!(wait.count() >= left),
                }
            }
        }
    }
}
