//! The city's clock: the machine's, put forward when a case lets time pass.

use crate::Failed;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, Seconds, UnixTime};
use city_sandbox::city::City;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often it looks whether the ledger has seen it, and how long it waits between.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// The clock of all parties.
#[derive(Default)]
pub(crate) struct CityClock(AtomicU64);

impl Clock for CityClock {
    fn now(&self) -> UnixTime {
        SystemClock.now().plus(Seconds::new(self.0.load(Ordering::SeqCst)))
    }
}

impl CityClock {
    /// So many seconds pass, and the ledger has seen it. Phones have clocks of their own.
    pub(crate) async fn pass(&self, city: &City, seconds: u64) -> Result<(), Failed> {
        self.0.fetch_add(seconds, Ordering::SeqCst);
        let until = self.now();
        for _ in 0..LOOKS {
            if city.ledger().latest_time >= until {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err("the ledger stands still".into())
    }
}
