//! The injector: it counts who passes which place, and cuts one party off at one of them.

use citizen_primitives::{Cut, Injector, Place};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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

/// On which side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it persists or sends.
    Before,
    /// While the disk writes, which keeps some of it. Of a send this is the same as after it.
    Within,
    /// After.
    After,
}

/// What a sync brings to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synced {
    /// What was written.
    Writes,
    /// Only that the file is longer: room for what will be written.
    Room,
}

/// Counts and cuts. A party that was cut off is dead until it is revived: nothing of it persists or sends any more.
#[derive(Debug, Default)]
pub struct Cutter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    aims: VecDeque<Aim>,
    /// Since the present aim was taken.
    visits: BTreeMap<Place, u32>,
    /// Since ever.
    passed: BTreeMap<Place, u32>,
    /// Dies at its next sync.
    doomed: Option<Aim>,
    dead: BTreeSet<&'static str>,
    cuts: Vec<Aim>,
    /// Places that nobody has registered.
    strangers: BTreeSet<Place>,
    /// Parties that are up: from here on they write to their disks at places only.
    up: BTreeSet<&'static str>,
    /// At how many places a party is just now.
    within: BTreeMap<&'static str, u32>,
    /// Parties that wrote elsewhere.
    elsewhere: BTreeSet<&'static str>,
    registered: BTreeSet<Place>,
}

impl Cutter {
    /// Knows these places and cuts nobody yet.
    #[must_use]
    pub fn knowing(places: impl IntoIterator<Item = Place>) -> Self {
        Self(Mutex::new(State { registered: places.into_iter().collect(), ..State::default() }))
    }

    /// From now on aims there, and after each cut at the next; visits are counted anew each time.
    pub fn aim(&self, aims: impl IntoIterator<Item = Aim>) {
        let mut state = self.state();
        state.visits.clear();
        state.aims = aims.into_iter().collect();
    }

    /// Whether a party was cut off: its name is what stands before the slash of its places.
    #[must_use]
    pub fn is_dead(&self, party: &str) -> bool {
        self.state().dead.contains(party)
    }

    /// The party lives again.
    pub fn revive(&self, party: &str) {
        self.state().dead.remove(party);
    }

    /// The party is up, or is going down: from its start to its stop it writes at places only.
    pub fn set_up(&self, party: &'static str, is_up: bool) {
        let mut state = self.state();
        state.within.remove(party);
        if is_up {
            state.up.insert(party);
        } else {
            state.up.remove(party);
        }
    }

    /// The party is down from now on; says whether it was up.
    pub fn take_down(&self, party: &str) -> bool {
        let mut state = self.state();
        state.within.remove(party);
        state.up.remove(party)
    }

    /// The disk of a party is about to sync.
    pub fn sync(&self, party: &'static str, what: Synced) -> Result<(), Cut> {
        let mut state = self.state();
        if what == Synced::Writes && state.up.contains(party) && !state.within.contains_key(party) {
            state.elsewhere.insert(party);
        }
        match state.doomed {
            Some(aim) if party_of(aim.place) == party => Err(state.cut(aim)),
            _ => Ok(()),
        }
    }

    /// How often each place was passed.
    #[must_use]
    pub fn passed(&self) -> BTreeMap<Place, u32> {
        self.state().passed.clone()
    }

    /// Who was cut off where, in order.
    #[must_use]
    pub fn cuts(&self) -> Vec<Aim> {
        self.state().cuts.clone()
    }

    /// Places that were passed and are registered nowhere.
    #[must_use]
    pub fn strangers(&self) -> BTreeSet<Place> {
        self.state().strangers.clone()
    }

    /// Parties that wrote to their disks at no place.
    #[must_use]
    pub fn elsewhere(&self) -> BTreeSet<&'static str> {
        self.state().elsewhere.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn before(&mut self, place: Place) -> Result<(), Cut> {
        self.must_live(place)?;
        if !self.registered.contains(&place) {
            self.strangers.insert(place);
        }
        let passed = self.passed.entry(place).or_default();
        *passed = passed.saturating_add(1);
        let within = self.within.entry(party_of(place)).or_default();
        *within = within.saturating_add(1);
        let visit = self.visits.entry(place).or_default();
        *visit = visit.saturating_add(1);
        match self.aims.front().copied().filter(|aim| aim.place == place && aim.visit == *visit) {
            Some(aim) if aim.side == Side::Before => Err(self.cut(aim)),
            Some(aim) if aim.side == Side::Within => {
                self.doomed = Some(aim);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn after(&mut self, place: Place) -> Result<(), Cut> {
        self.must_live(place)?;
        let party = party_of(place);
        let within = self.within.remove(party).unwrap_or_default().saturating_sub(1);
        if within > 0 {
            self.within.insert(party, within);
        }
        if let Some(aim) = self.doomed.filter(|aim| aim.place == place) {
            return Err(self.cut(aim));
        }
        let visit = self.visits.get(&place).copied().unwrap_or_default();
        let here = Aim { place, side: Side::After, visit };
        if self.aims.front() == Some(&here) { Err(self.cut(here)) } else { Ok(()) }
    }

    fn must_live(&self, place: Place) -> Result<(), Cut> {
        if self.dead.contains(party_of(place)) { Err(Cut(place)) } else { Ok(()) }
    }

    fn cut(&mut self, aim: Aim) -> Cut {
        self.dead.insert(party_of(aim.place));
        self.cuts.push(aim);
        self.doomed = None;
        self.aims.pop_front();
        self.visits.clear();
        Cut(aim.place)
    }
}

impl Injector for Cutter {
    fn before(&self, place: Place) -> Result<(), Cut> {
        self.state().before(place)
    }

    fn after(&self, place: Place) -> Result<(), Cut> {
        self.state().after(place)
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
        cutter.aim([Aim { place: ORDER, side: Side::After, visit: 2 }]);
        assert!(cutter.before(ORDER).is_ok() && cutter.after(ORDER).is_ok());
        assert!(cutter.before(ORDER).is_ok());
        assert_eq!(cutter.after(ORDER), Err(Cut(ORDER)));
        assert!(cutter.is_dead("centre") && !cutter.is_dead("bank"));
        assert_eq!(cutter.before(ORDER), Err(Cut(ORDER)));
        assert!(cutter.before(DEBIT).is_ok());
        cutter.revive("centre");
        assert!(cutter.before(ORDER).is_ok() && cutter.after(ORDER).is_ok());
        assert_eq!(cutter.passed()[&ORDER], 3);
    }

    #[test]
    fn torture_1_a_party_can_be_cut_while_its_disk_writes_and_another_after_it() {
        let cutter = Cutter::knowing([ORDER, DEBIT]);
        let within = Aim { place: ORDER, side: Side::Within, visit: 1 };
        let then = Aim { place: DEBIT, side: Side::Before, visit: 1 };
        cutter.aim([within, then]);
        assert!(cutter.before(DEBIT).is_ok(), "the second aim waits for the first");
        assert!(cutter.before(ORDER).is_ok() && cutter.sync("bank", Synced::Writes).is_ok());
        assert_eq!(cutter.sync("centre", Synced::Writes), Err(Cut(ORDER)));
        assert_eq!(cutter.after(ORDER), Err(Cut(ORDER)));
        assert_eq!(cutter.before(DEBIT), Err(Cut(DEBIT)));
        assert_eq!(cutter.cuts(), [within, then]);
    }

    #[test]
    fn torture_1_a_place_that_is_not_registered_is_noticed() {
        let cutter = Cutter::knowing([ORDER]);
        assert!(cutter.before(ORDER).is_ok() && cutter.before(DEBIT).is_ok());
        assert_eq!(cutter.strangers(), BTreeSet::from([DEBIT]));
    }

    #[test]
    fn torture_1_a_disk_that_is_written_at_no_place_is_noticed() {
        let cutter = Cutter::knowing([ORDER]);
        assert!(
            cutter.sync("centre", Synced::Writes).is_ok() && cutter.elsewhere().is_empty(),
            "it is starting"
        );
        cutter.set_up("centre", true);
        assert!(
            cutter.before(ORDER).is_ok()
                && cutter.sync("centre", Synced::Writes).is_ok()
                && cutter.after(ORDER).is_ok()
        );
        assert!(cutter.elsewhere().is_empty());
        assert!(cutter.sync("centre", Synced::Room).is_ok() && cutter.elsewhere().is_empty());
        assert!(cutter.sync("centre", Synced::Writes).is_ok());
        assert_eq!(cutter.elsewhere(), BTreeSet::from(["centre"]));
    }
}
