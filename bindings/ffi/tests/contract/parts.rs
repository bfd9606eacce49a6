//! The app's own key store, transport, clock and listener, with moods.

use async_trait::async_trait;
use citizen_primitives::Place;
use citizen_wallet::{
    Https, Method, Request, Transport as _, TransportError as CoreTransportError, WebRequest,
};
use citizen_wallet_ffi::{
    Clock, ClockError, Connections, EventListener, HttpHeader, HttpMethod, HttpRequest, HttpResponse,
    KeyFile, KeyPurpose, Keystore, KeystoreError, ListenerError, SigningReason, Transport, TransportError,
    WalletEvent,
};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, OnceCell};

/// The status of a process that was killed on purpose.
pub(crate) const KILLED: i32 = 86;

/// Who waits in vain, and whether it was let go of.
#[derive(Default)]
pub(crate) struct Waiting {
    pub(crate) begun: Notify,
    pub(crate) ended: Notify,
}

impl Waiting {
    /// Never answers; says so, and when it is dropped.
    async fn forever<T>(self: Arc<Self>) -> T {
        struct LetGo(Arc<Waiting>);
        impl Drop for LetGo {
            fn drop(&mut self) {
                self.0.ended.notify_one();
            }
        }
        let _let_go = LetGo(Arc::clone(&self));
        self.begun.notify_one();
        std::future::pending().await
    }
}

/// The app's key store: it hands on to keys in a file.
pub(crate) struct Keys {
    path: String,
    file: OnceCell<Arc<KeyFile>>,
    pub(crate) mood: Mutex<KeyMood>,
    /// What it was told last that a signature is for.
    pub(crate) reason: Mutex<Option<SigningReason>>,
    waiting: Arc<Waiting>,
}

#[derive(Clone, Copy)]
pub(crate) enum KeyMood {
    Answers,
    Throws(KeystoreError),
    /// What uniffi makes of an exception that the trait does not declare.
    Strange,
    Waits,
}

impl Keys {
    pub(crate) fn new(path: String, waiting: &Arc<Waiting>) -> Self {
        let waiting = Arc::clone(waiting);
        let mood = Mutex::new(KeyMood::Answers);
        Self { path, file: OnceCell::new(), mood, reason: Mutex::default(), waiting }
    }

    /// As an app has it that starts again: what another process has put into the file is in it.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.path.clone(), &self.waiting)
    }

    async fn asked(&self) -> Result<&KeyFile, KeystoreError> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            KeyMood::Answers => {}
            KeyMood::Throws(error) => return Err(error),
            KeyMood::Strange => return Err(undeclared().into()),
            KeyMood::Waits => return Arc::clone(&self.waiting).forever().await,
        }
        let opened = self.file.get_or_try_init(|| KeyFile::open(self.path.clone())).await;
        opened.map(|file| &**file).map_err(|_| KeystoreError::Failed)
    }
}

#[async_trait]
impl Keystore for Keys {
    async fn create_key(&self, alias: String, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.asked().await?.create_key(alias, purpose).await
    }

    async fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.asked().await?.public_key(alias).await
    }

    async fn sign(
        &self,
        alias: String,
        message: Vec<u8>,
        reason: SigningReason,
    ) -> Result<Vec<u8>, KeystoreError> {
        *self.reason.lock().unwrap() = Some(reason);
        self.asked().await?.sign(alias, message).await
    }

    async fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.asked().await?.wrap(alias, plain).await
    }

    async fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.asked().await?.unwrap(alias, wrapped).await
    }

    async fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.asked().await?.delete(alias).await
    }

    async fn attest(&self, alias: String, challenge: Vec<u8>) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.asked().await?.attest(alias, challenge).await
    }
}

/// The app's HTTP stack.
pub(crate) struct Net {
    https: Https,
    pub(crate) sent: AtomicUsize,
    /// The same over every connection of a phone.
    pub(crate) weather: Arc<Mutex<Weather>>,
    waiting: Arc<Waiting>,
}

#[derive(Clone)]
pub(crate) enum Weather {
    Fair,
    Offline,
    Strange,
    Hangs,
    Loses(String),
    /// Answers come without their headers.
    Bare,
    /// The process ends at a request to an address.
    Kills {
        at: String,
        after: bool,
    },
}

impl Net {
    pub(crate) fn new(waiting: &Arc<Waiting>) -> Self {
        let waiting = Arc::clone(waiting);
        Self::under(Arc::new(Mutex::new(Weather::Fair)), waiting)
    }

    fn under(weather: Arc<Mutex<Weather>>, waiting: Arc<Waiting>) -> Self {
        Self { https: Https::new().unwrap(), sent: AtomicUsize::default(), weather, waiting }
    }

    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let method = match request.method {
            HttpMethod::Get => Method::Get,
            HttpMethod::Post => Method::Post,
        };
        let url = request.url.parse().map_err(|_| TransportError::Broken)?;
        let place = Place::new("contract/app");
        let headers: Vec<_> = request.headers.into_iter().map(|header| (header.name, header.value)).collect();
        let answer = if headers.is_empty() {
            let answer = self.https.send(Request { place, method, url, body: request.body }).await;
            answer.map(|answer| (answer.status, answer.body, Vec::new()))
        } else {
            let answer =
                self.https.send_web(WebRequest { place, method, url, headers, body: request.body }).await;
            answer.map(|answer| (answer.status, answer.body, answer.headers))
        };
        match answer {
            Ok((status, body, headers)) => {
                let headers = headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect();
                Ok(HttpResponse { status, body, headers })
            }
            Err(CoreTransportError::Offline) => Err(TransportError::Offline),
            Err(_) => Err(TransportError::Broken),
        }
    }
}

#[async_trait]
impl Transport for Net {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let weather = self.weather.lock().unwrap().clone();
        let is_to = |at: &str| is_at(&request.url, at);
        match weather {
            Weather::Offline => Err(TransportError::Offline),
            Weather::Strange => Err(undeclared().into()),
            Weather::Hangs => Arc::clone(&self.waiting).forever().await,
            Weather::Loses(path) if is_to(&path) => {
                self.carry(request).await?;
                Err(TransportError::Broken)
            }
            Weather::Kills { at, after } if is_to(&at) => {
                if after {
                    self.carry(request).await?;
                }
                std::process::exit(KILLED)
            }
            Weather::Bare => {
                let answer = self.carry(request).await?;
                Ok(HttpResponse { headers: Vec::new(), ..answer })
            }
            Weather::Fair | Weather::Loses(_) | Weather::Kills { .. } => self.carry(request).await,
        }
    }
}

/// Whether an address ends so; where a name that nobody knows comes last, whether it has this before.
fn is_at(url: &str, at: &str) -> bool {
    url.ends_with(at) || (at.ends_with('/') && url.contains(at))
}

/// Connections that share nothing: an HTTP stack each, in the same weather.
pub(crate) struct Lines {
    pub(crate) opened: AtomicUsize,
    weather: Arc<Mutex<Weather>>,
    waiting: Arc<Waiting>,
}

impl Lines {
    pub(crate) fn beside(net: &Net) -> Self {
        let (weather, waiting) = (Arc::clone(&net.weather), Arc::clone(&net.waiting));
        Self { opened: AtomicUsize::default(), weather, waiting }
    }
}

impl Connections for Lines {
    fn fresh(&self) -> Result<Arc<dyn Transport>, TransportError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(Net::under(Arc::clone(&self.weather), Arc::clone(&self.waiting))))
    }
}

/// A clock that goes ahead, or throws.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) ahead: AtomicU64,
    pub(crate) is_strange: AtomicBool,
}

impl Clock for Watch {
    fn now(&self) -> Result<u64, ClockError> {
        if self.is_strange.load(Ordering::SeqCst) {
            return Err(undeclared().into());
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Ok(since.as_secs() + self.ahead.load(Ordering::SeqCst))
    }
}

/// A listener that remembers, and then throws if it is told to.
#[derive(Default)]
pub(crate) struct Ear {
    pub(crate) heard: Mutex<Vec<WalletEvent>>,
    pub(crate) is_strange: AtomicBool,
}

impl EventListener for Ear {
    fn on_event(&self, event: WalletEvent) -> Result<(), ListenerError> {
        self.heard.lock().unwrap().push(event);
        if self.is_strange.load(Ordering::SeqCst) { Err(undeclared().into()) } else { Ok(()) }
    }
}

fn undeclared() -> uniffi::UnexpectedUniFFICallbackError {
    uniffi::UnexpectedUniFFICallbackError::new("IllegalStateException")
}
