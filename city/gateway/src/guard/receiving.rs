//! Bodies on their way in. Whoever sends one slowly holds no place at a desk, and only a few of these (GATEWAY-4).

use super::rate::household;
use crate::refusal::Refusal;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Counts the bodies that are being received. It remembers only callers who send one now.
#[derive(Debug)]
pub(super) struct Receiving {
    each: usize,
    all: Semaphore,
    callers: Mutex<HashMap<IpAddr, usize>>,
}

/// One of them; over when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    receiving: &'a Receiving,
    caller: Option<IpAddr>,
    _one_of_all: SemaphorePermit<'a>,
}

impl Receiving {
    /// At most so many of one caller, and so many in all.
    pub(super) fn new(each: usize, all: usize) -> Self {
        Self { each, all: Semaphore::new(all), callers: Mutex::default() }
    }

    /// A turn for a caller; in-process callers have no address and are not counted by caller.
    pub(super) fn begin(&self, caller: Option<IpAddr>) -> Result<Turn<'_>, Refusal> {
        let one_of_all = self.all.try_acquire().map_err(|_| Refusal::Busy)?;
        let caller = caller.map(household);
        if let Some(caller) = caller {
            let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
            let count = callers.entry(caller).or_default();
            if *count >= self.each {
                return Err(Refusal::TooMany);
            }
            *count = count.saturating_add(1);
        }
        Ok(Turn { receiving: self, caller, _one_of_all: one_of_all })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(caller) = self.caller else { return };
        let mut callers = self.receiving.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = callers.get_mut(&caller) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                callers.remove(&caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateway_4_a_caller_sends_so_many_bodies_at_once_and_is_forgotten_with_the_last() {
        let receiving = Receiving::new(2, 4);
        let begin = |last| receiving.begin(Some(IpAddr::from([10, 0, 0, last])));
        let turns = [begin(1).unwrap(), begin(1).unwrap()];
        assert_eq!(begin(1).unwrap_err(), Refusal::TooMany);
        let others = [begin(2).unwrap(), receiving.begin(None).unwrap()];
        assert_eq!(begin(3).unwrap_err(), Refusal::Busy);
        drop((turns, others));
        assert!(receiving.callers.lock().unwrap().is_empty());
        assert!(begin(1).is_ok());
    }
}
