//! The injector: it counts who passes which place, and cuts one party off at one of them.

use citizen_primitives::{Cut, Injector, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a party is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// At which place.
    pub place: Place,
    /// On which side of it.
    pub side: Side,
    /// At which visit, from 1.
    pub visit: u32,
}

/// Before it persists or sends, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before.
    Before,
    /// After.
    After,
}

/// Counts and cuts. A party that was cut off is dead until it is revived: nothing of it persists or sends any more.
#[derive(Debug, Default)]
pub struct Cutter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    aim: Option<Aim>,
    visits: BTreeMap<Place, u32>,
    dead: BTreeSet<&'static str>,
    /// Places that nobody has registered.
    strangers: BTreeSet<Place>,
    registered: BTreeSet<Place>,
}

impl Cutter {
    /// Knows these places and cuts nobody yet.
    #[must_use]
    pub fn knowing(places: impl IntoIterator<Item = Place>) -> Self {
        Self(Mutex::new(State { registered: places.into_iter().collect(), ..State::default() }))
    }

    /// From now on aims there; visits are counted anew.
    pub fn aim(&self, aim: Option<Aim>) {
        let mut state = self.state();
        state.visits.clear();
        state.aim = aim;
    }

    /// Whether a party was cut off: its name is what stands before the slash of its places.
    #[must_use]
    pub fn is_dead(&self, party: &str) -> bool {
        self.state().dead.contains(party)
    }

    /// The party lives again. It is not cut a second time.
    pub fn revive(&self, party: &str) {
        let mut state = self.state();
        if state.dead.remove(party) {
            state.aim = None;
        }
    }

    /// How often each place was visited since the last aim.
    #[must_use]
    pub fn visits(&self) -> BTreeMap<Place, u32> {
        self.state().visits.clone()
    }

    /// Places that were passed and are registered nowhere.
    #[must_use]
    pub fn strangers(&self) -> BTreeSet<Place> {
        self.state().strangers.clone()
    }

    fn pass(&self, place: Place, side: Side) -> Result<(), Cut> {
        let party = party_of(place);
        let mut state = self.state();
        if state.dead.contains(party) {
            return Err(Cut(place));
        }
        if !state.registered.contains(&place) {
            state.strangers.insert(place);
        }
        let visit = state.visits.entry(place).or_default();
        if side == Side::Before {
            *visit = visit.saturating_add(1);
        }
        let here = Aim { place, side, visit: *visit };
        if state.aim == Some(here) {
            state.dead.insert(party);
            return Err(Cut(place));
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Injector for Cutter {
    fn before(&self, place: Place) -> Result<(), Cut> {
        self.pass(place, Side::Before)
    }

    fn after(&self, place: Place) -> Result<(), Cut> {
        self.pass(place, Side::After)
    }
}

/// `centre` of `centre/order`.
#[must_use]
pub fn party_of(place: Place) -> &'static str {
    place.name().split_once('/').map_or(place.name(), |(party, _)| party)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Place = Place::new("centre/order");
    const DEBIT: Place = Place::new("bank/debit");

    #[test]
    fn torture_1_a_party_is_cut_at_its_visit_and_stays_dead_until_revived() {
        let cutter = Cutter::knowing([ORDER, DEBIT]);
        cutter.aim(Some(Aim { place: ORDER, side: Side::After, visit: 2 }));
        assert!(cutter.before(ORDER).is_ok() && cutter.after(ORDER).is_ok());
        assert!(cutter.before(ORDER).is_ok());
        assert_eq!(cutter.after(ORDER), Err(Cut(ORDER)));
        assert!(cutter.is_dead("centre") && !cutter.is_dead("bank"));
        assert_eq!(cutter.before(ORDER), Err(Cut(ORDER)));
        assert!(cutter.before(DEBIT).is_ok());
        cutter.revive("centre");
        assert!(cutter.before(ORDER).is_ok());
        assert_eq!(cutter.visits()[&ORDER], 3);
    }

    #[test]
    fn torture_1_a_place_that_is_not_registered_is_noticed() {
        let cutter = Cutter::knowing([ORDER]);
        assert!(cutter.before(ORDER).is_ok() && cutter.before(DEBIT).is_ok());
        assert_eq!(cutter.strangers(), BTreeSet::from([DEBIT]));
    }
}
