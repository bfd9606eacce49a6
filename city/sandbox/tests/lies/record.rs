//! What a session asked and was told, and telling it again with one lie.

use async_trait::async_trait;
use citizen_client::{Method, Request, Response, Transport, TransportError};
use citizen_primitives::clock::ManualClock;
use citizen_wallet::Timer;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub is_post: bool,
    pub path: String,
    pub answer: Response,
}

/// Hands everything on and remembers it.
pub struct Recorder {
    city: Arc<dyn Transport>,
    told: Mutex<Vec<Told>>,
}

impl Recorder {
    pub fn before(city: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self { city, told: Mutex::default() })
    }

    pub fn take(&self) -> Vec<Told> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (is_post, path) = target(&request);
        let answer = self.city.send(request).await?;
        self.told.lock().unwrap().push(Told { is_post, path, answer: answer.clone() });
        Ok(answer)
    }
}

fn target(request: &Request) -> (bool, String) {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    (request.method == Method::Post, format!("{}{query}", request.url.path()))
}

/// How often a replay lets the wallet wait before it ends the act.
const PATIENCE: u32 = 12;

/// What is other than recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Twist {
    /// Nothing.
    None,
    /// This answer is another one, every time it is given.
    Lie(usize, Response),
    /// This question gets no answer.
    Withheld(usize),
    /// From this question on there is no answer.
    Gone(usize),
}

/// Tells a recorded session again.
pub struct Replay {
    told: Arc<Vec<Told>>,
    twist: Twist,
    next: AtomicUsize,
    waits: AtomicU32,
    clock: Arc<ManualClock>,
}

impl Replay {
    pub fn of(told: &Arc<Vec<Told>>, twist: Twist, clock: Arc<ManualClock>) -> Arc<Self> {
        let (next, waits) = (AtomicUsize::new(0), AtomicU32::new(0));
        Arc::new(Self { told: Arc::clone(told), twist, next, waits, clock })
    }

    /// Whether the act was ended because it would not end.
    pub fn was_ended(&self) -> bool {
        self.waits.load(Ordering::SeqCst) > PATIENCE
    }
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if self.was_ended() {
            return Err(TransportError::Stopped);
        }
        let (is_post, path) = target(&request);
        let is_asked = |(_, told): &(usize, &Told)| told.is_post == is_post && told.path == path;
        let from = self.next.load(Ordering::SeqCst);
        let all = || self.told.iter().enumerate();
        // What comes next, else what was last said to this question.
        let found = all().skip(from).find(is_asked).or_else(|| all().take(from).rfind(is_asked));
        let (index, told) = found.ok_or(TransportError::Offline)?;
        self.next.store(index + 1, Ordering::SeqCst);
        match &self.twist {
            Twist::Lie(at, lie) if *at == index => Ok(lie.clone()),
            Twist::Withheld(at) if *at == index => Err(TransportError::Offline),
            Twist::Gone(at) if index >= *at => Err(TransportError::Offline),
            _ => Ok(told.answer.clone()),
        }
    }
}

#[async_trait]
impl Timer for Replay {
    async fn sleep(&self, _: Duration) {
        self.clock.advance(1);
        self.waits.fetch_add(1, Ordering::SeqCst);
    }
}

/// No connection.
pub struct Nobody;

#[async_trait]
impl Transport for Nobody {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        Err(TransportError::Offline)
    }
}
