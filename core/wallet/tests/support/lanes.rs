//! Calls that cross. Each runs in a lane of its own; every question and every answer waits until the test lets that lane go on, so that each
//! order of two calls' steps can be had, and is the same in every run.

use async_trait::async_trait;
use citizen_wallet::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// As many turns as it wants.
pub const TO_ITS_END: usize = usize::MAX;

thread_local! {
    /// Whose future is being polled.
    static LANE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// In which order two lanes go on: one takes so many turns, then the other so many, then the first what it needs.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub first: usize,
    pub turns: usize,
    pub others_turns: usize,
}

/// A transport that lets nothing through before it is that lane's turn. What belongs to no lane goes through.
pub struct Lanes {
    inner: Arc<dyn Transport>,
    gates: Mutex<[Gate; 2]>,
}

#[derive(Clone, Copy, Default)]
struct Gate {
    waits: bool,
    opened: bool,
    turns: usize,
}

impl Lanes {
    pub fn new(inner: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self { inner, gates: Mutex::default() })
    }

    /// How many turns each lane has taken.
    pub fn turns(&self) -> [usize; 2] {
        self.gates.lock().unwrap().map(|gate| gate.turns)
    }

    async fn turn(&self) {
        let Some(lane) = LANE.get() else { return };
        self.gates.lock().unwrap()[lane].waits = true;
        poll_fn(|_| {
            let gate = &mut self.gates.lock().unwrap()[lane];
            if !gate.opened {
                return Poll::Pending;
            }
            *gate = Gate { turns: gate.turns + 1, ..Gate::default() };
            Poll::Ready(())
        })
        .await;
    }

    /// Lets one lane that waits go on. None waits where both are at their ends, or one waits for something else.
    fn open_next(&self, order: Order) -> bool {
        let mut gates = self.gates.lock().unwrap();
        let (first, other) = (order.first, 1 - order.first);
        let wanted = if gates[first].turns < order.turns {
            first
        } else if gates[other].turns < order.others_turns {
            other
        } else {
            first
        };
        for lane in [wanted, 1 - wanted] {
            if gates[lane].waits {
                gates[lane].opened = true;
                return true;
            }
        }
        false
    }

    /// Runs both to their ends in this order.
    pub async fn cross<A, B>(
        &self,
        order: Order,
        a: impl Future<Output = A>,
        b: impl Future<Output = B>,
    ) -> (A, B) {
        *self.gates.lock().unwrap() = Default::default();
        let (mut a, mut b) = (pin!(a), pin!(b));
        let (mut ended_a, mut ended_b) = (None, None);
        poll_fn(move |context| {
            loop {
                poll_lane(0, a.as_mut(), &mut ended_a, context);
                poll_lane(1, b.as_mut(), &mut ended_b, context);
                if ended_a.is_some() && ended_b.is_some() {
                    return Poll::Ready(ended_a.take().zip(ended_b.take()).unwrap());
                }
                if !self.open_next(order) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

fn poll_lane<T>(
    lane: usize,
    future: Pin<&mut impl Future<Output = T>>,
    ended: &mut Option<T>,
    context: &mut Context<'_>,
) {
    if ended.is_some() {
        return;
    }
    LANE.set(Some(lane));
    if let Poll::Ready(done) = future.poll(context) {
        *ended = Some(done);
    }
    LANE.set(None);
}

#[async_trait]
impl Transport for Lanes {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.turn().await;
        let answer = self.inner.send(request).await;
        self.turn().await;
        answer
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.turn().await;
        let answer = self.inner.send_web(request).await;
        self.turn().await;
        answer
    }
}
