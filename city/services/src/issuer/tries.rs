//! How often a number of the register was shown with a name or a day of birth that is not its resident's.

use citizen_primitives::{Seconds, UnixTime};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many wrong tries a number takes in an hour (ISSUER-21): days of birth are not guessed, and who mistypes hers has enough.
const MOST: u32 = 10;
const WINDOW: Seconds = Seconds::new(3_600);
/// The most numbers that are counted at once; the oldest goes first.
const NUMBERS: usize = 10_000;

/// Counts in memory: a restart forgives.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<BTreeMap<String, Count>>);

/// Since the first of them.
#[derive(Debug, Clone, Copy)]
struct Count {
    wrong: u32,
    since: UnixTime,
}

impl Tries {
    /// Whether the number may be tried now. A number that nobody has is counted like one that somebody has.
    pub(super) fn is_open(&self, number: &str, now: UnixTime) -> bool {
        self.lock().get(number).is_none_or(|count| count.wrong < MOST || is_over(count, now))
    }

    /// It was shown with what is not its resident's.
    pub(super) fn wrong(&self, number: &str, now: UnixTime) {
        let mut counts = self.lock();
        if !counts.contains_key(number) && counts.len() >= NUMBERS {
            let oldest = counts.iter().min_by_key(|(_, count)| count.since).map(|(number, _)| number.clone());
            oldest.and_then(|oldest| counts.remove(&oldest));
        }
        let count = counts.entry(number.to_owned()).or_insert(Count { wrong: 0, since: now });
        if is_over(count, now) {
            *count = Count { wrong: 0, since: now };
        }
        count.wrong = count.wrong.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(count: &Count, now: UnixTime) -> bool {
    count.since.plus(WINDOW) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_21_a_number_is_guessed_ten_times_in_an_hour_and_others_are_not_held_up() {
        let (tries, now) = (Tries::default(), UnixTime::from_seconds(1_000_000));
        for _ in 0..MOST {
            assert!(tries.is_open("SB-1001", now));
            tries.wrong("SB-1001", now);
        }
        assert!(!tries.is_open("SB-1001", now) && tries.is_open("SB-1002", now));
        assert!(!tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_599)));
        assert!(tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_600)));
        tries.wrong("SB-1001", UnixTime::from_seconds(1_000_000 + 3_600));
        assert!(tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_600)), "the count begins anew");
        for _ in 0..MOST {
            tries.wrong("SB-1001", UnixTime::from_seconds(1_000_000 + 3_700));
        }
        assert!(
            !tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_700)),
            "and ends as the first did"
        );
    }

    #[test]
    fn issuer_21_what_is_counted_is_bounded() {
        let tries = Tries::default();
        for number in 0..=u64::try_from(NUMBERS).unwrap() {
            tries.wrong(&number.to_string(), UnixTime::from_seconds(number));
        }
        // One that is counted already takes nobody's place.
        tries.wrong("5000", UnixTime::from_seconds(20_000));
        let counts = tries.lock();
        assert!(counts.len() == NUMBERS && !counts.contains_key("0") && counts.contains_key("1"));
    }
}
