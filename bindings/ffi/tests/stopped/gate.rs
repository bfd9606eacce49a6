//! A gate before what the app is asked: one question is left without an answer, and whoever asks is stopped there.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// What is left without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The question with this number, from 1 since the gate was closed; it never leaves.
    Before(usize),
    /// It leaves, is answered, and nobody hears of it.
    After(usize),
    /// What is sent to an address that ends so is answered, and nobody hears of it.
    AfterAt(&'static str),
}

#[derive(Default)]
pub(crate) struct Gate {
    closed: Mutex<Option<Closed>>,
    asked: AtomicUsize,
    held: AtomicUsize,
    reached: Notify,
}

impl Gate {
    pub(crate) fn close(&self, closed: Closed) {
        self.asked.store(0, Ordering::SeqCst);
        *self.closed.lock().unwrap() = Some(closed);
    }

    pub(crate) fn open(&self) {
        *self.closed.lock().unwrap() = None;
    }

    /// Ends once somebody waits at the gate.
    pub(crate) async fn reached(&self) {
        // A notice may be left over from somebody who was let go of.
        while !self.holds_somebody() {
            self.reached.notified().await;
        }
    }

    /// Whether somebody still waits there.
    pub(crate) fn holds_somebody(&self) -> bool {
        self.held.load(Ordering::SeqCst) > 0
    }

    /// A question to a part that has no address.
    pub(crate) async fn pass<T>(&self, asked: impl Future<Output = T>) -> T {
        self.pass_to("", asked).await
    }

    /// A question to an address.
    pub(crate) async fn pass_to<T>(&self, address: &str, asked: impl Future<Output = T>) -> T {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let closed = self.closed.lock().unwrap().clone();
        let is_lost = match closed {
            Some(Closed::Before(at)) if at == number => false,
            Some(Closed::After(at)) if at == number => true,
            Some(Closed::AfterAt(end)) if address.ends_with(end) => true,
            _ => return asked.await,
        };
        if is_lost {
            drop(asked.await);
        }
        let _held = Held::at(self);
        self.reached.notify_one();
        std::future::pending().await
    }
}

/// Somebody who waits in vain, until it is let go of.
struct Held<'a>(&'a Gate);

impl<'a> Held<'a> {
    fn at(gate: &'a Gate) -> Self {
        gate.held.fetch_add(1, Ordering::SeqCst);
        Self(gate)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::SeqCst);
    }
}
