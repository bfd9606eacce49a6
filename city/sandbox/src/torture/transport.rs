//! A party's way to the others with the injector around every send, and a net on which the dead do not answer.

use super::cutter::Cutter;
use crate::in_process::InProcess;
use async_trait::async_trait;
use citizen_client::{Method, Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_primitives::Injector;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A transport behind an injector: a party that is cut before a send sends nothing; one that is cut after it never hears
/// the answer.
pub struct InjectedTransport {
    net: Arc<dyn Transport>,
    injector: Arc<dyn Injector>,
}

impl InjectedTransport {
    /// Around a transport.
    #[must_use]
    pub fn around(net: Arc<dyn Transport>, injector: Arc<dyn Injector>) -> Self {
        Self { net, injector }
    }
}

#[async_trait]
impl Transport for InjectedTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = request.place;
        self.injector.before(place).map_err(|_| TransportError::Stopped)?;
        let answer = self.net.send(request).await;
        self.injector.after(place).map_err(|_| TransportError::Stopped)?;
        answer
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let place = request.place;
        self.injector.before(place).map_err(|_| TransportError::Stopped)?;
        let answer = self.net.send_web(request).await;
        self.injector.after(place).map_err(|_| TransportError::Stopped)?;
        answer
    }
}

impl fmt::Debug for InjectedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InjectedTransport")
    }
}

/// The parties' routers. A party that is dead, or dies over a request, does not answer.
pub struct Net {
    hosts: InProcess,
    cutter: Arc<Cutter>,
    /// Answers that say that the program itself is at fault.
    faults: AtomicU64,
    /// What was handed to anybody, in order: a network may bring it again, and late.
    letters: Mutex<Vec<Request>>,
}

impl Net {
    /// Nobody is on it.
    #[must_use]
    pub fn new(cutter: Arc<Cutter>) -> Self {
        Self { hosts: InProcess::default(), cutter, faults: AtomicU64::new(0), letters: Mutex::default() }
    }

    /// The hosts.
    #[must_use]
    pub const fn hosts(&self) -> &InProcess {
        &self.hosts
    }

    /// How many answers said that a program is at fault, which none ever should: a panic ends as one.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::SeqCst)
    }

    /// What was handed to anybody so far.
    #[must_use]
    pub fn letters(&self) -> Vec<Request> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings something to its receiver, who may have had it before. Nobody waits for the answer.
    pub async fn bring(&self, letter: Request) {
        // Refusals and silence are right answers to what comes twice; faults are counted.
        drop(self.hand_over(letter).await);
    }

    async fn hand_over(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let answer = self.while_alive(&host, self.hosts.send(request)).await?;
        self.count_fault(answer.status);
        Ok(answer)
    }

    async fn while_alive<T>(
        &self,
        host: &str,
        sending: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        if self.is_dead(host) {
            return Err(TransportError::Offline);
        }
        let answer = sending.await;
        if self.is_dead(host) { Err(TransportError::Broken) } else { answer }
    }

    fn count_fault(&self, status: u16) {
        if status == 500 {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn is_dead(&self, host: &str) -> bool {
        behind(host).iter().any(|party| self.cutter.is_dead(party))
    }
}

#[async_trait]
impl Transport for Net {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        // Questions change nothing, so they need not come again.
        if request.method == Method::Post && !request.url.path().ends_with("/state") {
            self.letters.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        }
        self.hand_over(request).await
    }

    /// Nothing of this is brought again: offers, tokens and answers count once, and that is tested where they are made.
    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let answer = self.while_alive(&host, self.hosts.send_web(request)).await?;
        self.count_fault(answer.status);
        Ok(answer)
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Net")
    }
}

/// Who has to live for a host to answer.
fn behind(host: &str) -> &'static [&'static str] {
    match host {
        "city.test" => &["ledger", "gateway"],
        "bank.test" => &["bank"],
        "centre.test" => &["centre"],
        "treasury.test" => &["treasury"],
        _ => &[],
    }
}
