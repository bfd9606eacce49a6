//! What an app implements, well and badly.

use async_trait::async_trait;
use citizen_keys::MemoryBackend;
use citizen_primitives::{Place, random};
use citizen_wallet::{
    Https, KeyAlias, Keystore as _, KeystoreError as CoreKeystoreError, Method, Request,
    SigningReason as CoreReason, SoftwareKeystore, Transport as _, TransportError as CoreTransportError,
    WebRequest,
};
use citizen_wallet_ffi::{
    Clock, ClockError, Connections, EventListener, HttpHeader, HttpMethod, HttpRequest, HttpResponse,
    KeyPurpose, Keystore, KeystoreError, ListenerError, SigningReason, Transport, TransportError,
    WalletEvent,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A key store that asks for a finger: it can be told what to throw at the next question, and takes its time.
pub(crate) struct Finger {
    hardware: SoftwareKeystore,
    pub(crate) asked: AtomicUsize,
    /// What the keys were made for.
    pub(crate) made: Mutex<Vec<KeyPurpose>>,
    /// What she was told that signatures are for.
    pub(crate) reasons: Mutex<Vec<SigningReason>>,
    /// Whether a question was left waiting.
    pub(crate) waiting: AtomicBool,
    pub(crate) mood: Mutex<Mood>,
}

/// What a key store does at a question.
#[derive(Clone, Copy)]
pub(crate) enum Mood {
    Answers,
    Throws(KeystoreError),
    /// What uniffi makes of an exception that the trait does not declare.
    ThrowsStrangely,
    /// Nobody lays a finger on it.
    Waits,
}

impl Finger {
    pub(crate) fn over(hardware: &MemoryBackend) -> Self {
        let hardware =
            SoftwareKeystore::open(Box::new(hardware.clone()), Box::new(random::system())).unwrap();
        Self {
            hardware,
            asked: AtomicUsize::default(),
            made: Mutex::default(),
            reasons: Mutex::default(),
            waiting: AtomicBool::default(),
            mood: Mutex::new(Mood::Answers),
        }
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    async fn ask<T>(
        &self,
        alias: &str,
        act: impl FnOnce(&SoftwareKeystore, &KeyAlias) -> Result<T, CoreKeystoreError> + Send,
    ) -> Result<T, KeystoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Answers => {}
            Mood::Throws(error) => return Err(error),
            Mood::ThrowsStrangely => return Err(unexpected().into()),
            Mood::Waits => {
                self.waiting.store(true, Ordering::SeqCst);
                std::future::pending().await
            }
        }
        act(&self.hardware, &KeyAlias::new(alias).unwrap()).map_err(|error| match error {
            CoreKeystoreError::Missing => KeystoreError::Missing,
            _ => KeystoreError::Failed,
        })
    }
}

#[async_trait]
impl Keystore for Finger {
    async fn create_key(&self, alias: String, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.made.lock().unwrap().push(purpose);
        self.ask(&alias, |keys, alias| keys.create_key(alias, purpose.into())).await
    }

    async fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.ask(&alias, |keys, alias| keys.public_key(alias)).await
    }

    async fn sign(
        &self,
        alias: String,
        message: Vec<u8>,
        reason: SigningReason,
    ) -> Result<Vec<u8>, KeystoreError> {
        self.reasons.lock().unwrap().push(reason);
        let unasked = CoreReason::default();
        let signed = self.ask(&alias, |keys, alias| keys.sign(alias, &message, &unasked)).await?;
        Ok(signed.to_vec())
    }

    async fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(&alias, |keys, alias| keys.wrap(alias, &plain)).await
    }

    async fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(&alias, |keys, alias| keys.unwrap(alias, &wrapped).map(|plain| plain.to_vec())).await
    }

    async fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.ask(&alias, |keys, alias| keys.delete(alias)).await
    }

    /// Not what a platform says, but over the challenge and the key.
    async fn attest(&self, alias: String, challenge: Vec<u8>) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.ask(&alias, |keys, alias| Ok(Some([challenge, keys.public_key(alias)?].concat()))).await
    }
}

/// An HTTP stack of the app's own, which can be cut off and can lose the answers to an address.
pub(crate) struct Net {
    https: Https,
    pub(crate) sent: AtomicUsize,
    /// To which addresses, in order.
    pub(crate) paths: Mutex<Vec<String>>,
    pub(crate) weather: Mutex<Weather>,
    /// Whether it was written before there were headers.
    pub(crate) drops_headers: AtomicBool,
}

/// What happens to a request.
#[derive(Clone, Copy)]
pub(crate) enum Weather {
    Fair,
    /// Nothing leaves the phone.
    Offline,
    /// What is sent to an address that ends so arrives; the answer does not.
    LosesAnswersOf(&'static str),
    /// What uniffi makes of an exception that the trait does not declare.
    ThrowsStrangely,
    /// Neither an answer nor an error comes.
    Hangs,
}

impl Default for Net {
    fn default() -> Self {
        let https = Https::new().unwrap();
        let (paths, weather) = (Mutex::default(), Mutex::new(Weather::Fair));
        Self { https, sent: AtomicUsize::default(), paths, weather, drops_headers: AtomicBool::default() }
    }
}

impl Net {
    pub(crate) fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
    }
}

#[async_trait]
impl Transport for Net {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.paths.lock().unwrap().push(request.url.clone());
        let weather = *self.weather.lock().unwrap();
        match weather {
            Weather::Offline => return Err(TransportError::Offline),
            Weather::ThrowsStrangely => return Err(unexpected().into()),
            Weather::Hangs => std::future::pending().await,
            Weather::Fair | Weather::LosesAnswersOf(_) => {}
        }
        let method = match request.method {
            HttpMethod::Get => Method::Get,
            HttpMethod::Post => Method::Post,
        };
        let url = request.url.parse().map_err(|_| TransportError::Broken)?;
        let is_lost = matches!(weather, Weather::LosesAnswersOf(address) if request.url.ends_with(address));
        let place = Place::new("test/app");
        let answer = if request.headers.is_empty() {
            let request = Request { place, method, url, body: request.body };
            let answer = self.https.send(request).await;
            answer.map(|answer| HttpResponse {
                status: answer.status,
                body: answer.body,
                headers: Vec::new(),
            })
        } else {
            let headers = request.headers.into_iter().map(|header| (header.name, header.value)).collect();
            let request = WebRequest { place, method, url, headers, body: request.body };
            self.https.send_web(request).await.map(|answer| {
                let headers =
                    answer.headers.into_iter().filter(|_| !self.drops_headers.load(Ordering::SeqCst));
                let headers = headers.map(|(name, value)| HttpHeader { name, value }).collect();
                HttpResponse { status: answer.status, body: answer.body, headers }
            })
        };
        match answer {
            Ok(_) if is_lost => Err(TransportError::Broken),
            Ok(answer) => Ok(answer),
            Err(CoreTransportError::Offline) => Err(TransportError::Offline),
            Err(_) => Err(TransportError::Broken),
        }
    }
}

/// Connections that share nothing: an HTTP stack each, kept to be looked at.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) opened: Mutex<Vec<Arc<Net>>>,
    /// What opening throws instead.
    pub(crate) throws: Mutex<Option<TransportError>>,
}

impl Connections for Lines {
    fn fresh(&self) -> Result<Arc<dyn Transport>, TransportError> {
        if let Some(error) = *self.throws.lock().unwrap() {
            return Err(error);
        }
        let line = Arc::<Net>::default();
        self.opened.lock().unwrap().push(Arc::clone(&line));
        Ok(line)
    }
}

/// A listener that writes down what it hears, and then throws if it is told to.
#[derive(Default)]
pub(crate) struct Ear {
    pub(crate) heard: Mutex<Vec<WalletEvent>>,
    pub(crate) throws: bool,
}

impl EventListener for Ear {
    fn on_event(&self, event: WalletEvent) -> Result<(), ListenerError> {
        self.heard.lock().unwrap().push(event);
        if self.throws { Err(unexpected().into()) } else { Ok(()) }
    }
}

/// A clock that is right, or throws.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) throws: bool,
    pub(crate) asked: AtomicUsize,
}

impl Clock for Watch {
    fn now(&self) -> Result<u64, ClockError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        if self.throws { Err(unexpected().into()) } else { Ok(since.as_secs()) }
    }
}

fn unexpected() -> uniffi::UnexpectedUniFFICallbackError {
    uniffi::UnexpectedUniFFICallbackError::new("java.lang.IllegalStateException")
}
