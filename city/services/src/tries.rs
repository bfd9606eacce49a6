//! How often a number of the register was shown with a name or a day of birth that is not its resident's.

use crate::error::{Reason, ServiceError};
use crate::issuer::{Resident, ResidentRegister};
use citizen_primitives::{Seconds, UnixTime};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many wrong tries a number takes in an hour (ISSUER-21, RECOVERY-9): days of birth are not guessed, and who mistypes hers has enough.
const MOST: u32 = 10;
const WINDOW: Seconds = Seconds::new(3_600);
/// The most numbers that nobody has and that are counted at once; the oldest goes first. Those of residents are as many as residents, and none
/// of them makes room for another.
const INVENTED: usize = 10_000;
/// The longest number that is counted, in bytes.
const LONGEST: usize = 32;

/// Counts in memory: a restart forgives.
#[derive(Debug, Default)]
pub(crate) struct Tries(Mutex<BTreeMap<String, Count>>);

/// Since the first of them.
#[derive(Debug, Clone, Copy)]
struct Count {
    wrong: u32,
    since: UnixTime,
    /// Whether somebody has the number.
    is_known: bool,
}

/// Whether it has the form of a number of the register. What has not is nobody's, and is kept nowhere.
fn is_number(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Tries {
    /// Who shows number, name and day of birth together. Somebody who does not hears the same, whichever of them is wrong.
    pub(crate) fn shown<'a>(
        &self,
        register: &'a ResidentRegister,
        (number, name, birth_date): (&str, &str, &str),
        now: UnixTime,
    ) -> Result<&'a Resident, ServiceError> {
        if !is_number(number) {
            return Err(Reason::NotThisPerson.into());
        }
        if !self.is_open(number, now) {
            return Err(Reason::TooManyTries.into());
        }
        let known = register.find(number);
        let found = known.filter(|resident| resident.is_shown_by(name, birth_date));
        if found.is_none() {
            self.wrong(number, known.is_some(), now);
        }
        Ok(found.ok_or(Reason::NotThisPerson)?)
    }

    /// Whether the number may be tried now. A number that nobody has is counted like one that somebody has.
    fn is_open(&self, number: &str, now: UnixTime) -> bool {
        self.lock().get(number).is_none_or(|count| count.wrong < MOST || is_over(count, now))
    }

    /// It was shown with what is not its resident's, if it has one.
    fn wrong(&self, number: &str, is_known: bool, now: UnixTime) {
        let mut counts = self.lock();
        if !is_known && !counts.contains_key(number) {
            make_room(&mut counts);
        }
        let new = Count { wrong: 0, since: now, is_known };
        let count = counts.entry(number.to_owned()).or_insert(new);
        if is_over(count, now) {
            *count = new;
        }
        count.wrong = count.wrong.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For one more that nobody has.
fn make_room(counts: &mut BTreeMap<String, Count>) {
    let invented = || counts.iter().filter(|(_, count)| !count.is_known);
    if invented().count() < INVENTED {
        return;
    }
    let oldest = invented().min_by_key(|(_, count)| count.since).map(|(number, _)| number.clone());
    oldest.and_then(|oldest| counts.remove(&oldest));
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
            tries.wrong("SB-1001", true, now);
        }
        assert!(!tries.is_open("SB-1001", now) && tries.is_open("SB-1002", now));
        assert!(!tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_599)));
        assert!(tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_600)));
        tries.wrong("SB-1001", true, UnixTime::from_seconds(1_000_000 + 3_600));
        assert!(tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_600)), "the count begins anew");
        for _ in 0..MOST {
            tries.wrong("SB-1001", true, UnixTime::from_seconds(1_000_000 + 3_700));
        }
        assert!(
            !tries.is_open("SB-1001", UnixTime::from_seconds(1_000_000 + 3_700)),
            "and ends as the first did"
        );
    }

    #[test]
    fn issuer_21_what_is_counted_is_bounded() {
        let tries = Tries::default();
        for number in 0..=u64::try_from(INVENTED).unwrap() {
            tries.wrong(&number.to_string(), false, UnixTime::from_seconds(number));
        }
        // One that is counted already takes nobody's place.
        tries.wrong("5000", false, UnixTime::from_seconds(20_000));
        let counts = tries.lock();
        assert!(counts.len() == INVENTED && !counts.contains_key("0") && counts.contains_key("1"));
    }

    #[test]
    fn issuer_30_no_number_that_was_made_up_pushes_a_residents_count_out() {
        let (tries, now) = (Tries::default(), UnixTime::from_seconds(1_000));
        for _ in 0..MOST {
            tries.wrong("SB-1001", true, now);
        }
        for number in 0..=u64::try_from(INVENTED).unwrap() {
            tries.wrong(&number.to_string(), false, UnixTime::from_seconds(1_001));
        }
        assert!(!tries.is_open("SB-1001", UnixTime::from_seconds(1_002)));
        assert_eq!(tries.lock().len(), INVENTED + 1);
    }

    #[test]
    fn issuer_30_what_has_not_the_form_of_a_number_is_not_kept() {
        assert!(is_number("SB-1001") && is_number("1") && is_number(&"7".repeat(32)));
        for wrong in ["", "SB 1001", "SB-1001\n", "서울-1", &"7".repeat(33), &"7".repeat(64 * 1024)] {
            assert!(!is_number(wrong), "{wrong}");
        }
    }
}
