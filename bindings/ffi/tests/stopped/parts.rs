//! What an app gives the wallet, each part behind the gate: keys in memory, an HTTP stack, connections, a clock that goes ahead.

use crate::gate::Gate;
use async_trait::async_trait;
use citizen_keys::MemoryBackend;
use citizen_primitives::{Place, random};
use citizen_wallet::{
    Https, KeyAlias, Keystore as _, KeystoreError as CoreKeystoreError, Method, Request,
    SigningReason as CoreReason, SoftwareKeystore, Transport as _, WebRequest,
};
use citizen_wallet_ffi::{
    Clock, ClockError, Connections, HttpHeader, HttpMethod, HttpRequest, HttpResponse, KeyPurpose, Keystore,
    KeystoreError, SigningReason, Transport, TransportError,
};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ASK: Place = Place::new("stopped/app");

pub(crate) struct Keys {
    hardware: SoftwareKeystore,
    gate: Arc<Gate>,
    /// The names of the keys that it has.
    names: Mutex<BTreeSet<String>>,
}

impl Keys {
    pub(crate) fn new(gate: &Arc<Gate>) -> Self {
        let hardware = Box::new(MemoryBackend::default());
        let hardware = SoftwareKeystore::open(hardware, Box::new(random::system())).unwrap();
        Self { hardware, gate: Arc::clone(gate), names: Mutex::default() }
    }

    /// How many keys of copies it has.
    pub(crate) fn of_copies(&self) -> usize {
        self.names.lock().unwrap().iter().filter(|name| name.starts_with("token.card-")).count()
    }

    async fn ask<T: Send>(
        &self,
        alias: String,
        act: impl FnOnce(&SoftwareKeystore, &KeyAlias) -> Result<T, CoreKeystoreError> + Send,
    ) -> Result<T, KeystoreError> {
        let asked = async move { act(&self.hardware, &KeyAlias::new(&alias).unwrap()) };
        self.gate.pass(asked).await.map_err(|error| match error {
            CoreKeystoreError::Missing => KeystoreError::Missing,
            _ => KeystoreError::Failed,
        })
    }
}

#[async_trait]
impl Keystore for Keys {
    async fn create_key(&self, alias: String, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        let make = move |keys: &SoftwareKeystore, alias: &KeyAlias| {
            let made = keys.create_key(alias, purpose.into())?;
            self.names.lock().unwrap().insert(alias.as_str().to_owned());
            Ok(made)
        };
        self.ask(alias, make).await
    }

    async fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, |keys, alias| keys.public_key(alias)).await
    }

    async fn sign(
        &self,
        alias: String,
        message: Vec<u8>,
        _: SigningReason,
    ) -> Result<Vec<u8>, KeystoreError> {
        let unasked = CoreReason::default();
        self.ask(alias, move |keys, alias| Ok(keys.sign(alias, &message, &unasked)?.to_vec())).await
    }

    async fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, move |keys, alias| keys.wrap(alias, &plain)).await
    }

    async fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, move |keys, alias| Ok(keys.unwrap(alias, &wrapped)?.to_vec())).await
    }

    async fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        let delete = |keys: &SoftwareKeystore, alias: &KeyAlias| {
            keys.delete(alias)?;
            self.names.lock().unwrap().remove(alias.as_str());
            Ok(())
        };
        self.ask(alias, delete).await
    }

    /// Not what a platform says, but over the challenge and the key.
    async fn attest(&self, alias: String, challenge: Vec<u8>) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.ask(alias, move |keys, alias| Ok(Some([challenge, keys.public_key(alias)?].concat()))).await
    }
}

pub(crate) struct Net {
    https: Https,
    gate: Arc<Gate>,
}

impl Net {
    pub(crate) fn new(gate: &Arc<Gate>) -> Self {
        Self { https: Https::new().unwrap(), gate: Arc::clone(gate) }
    }

    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let method = match request.method {
            HttpMethod::Get => Method::Get,
            HttpMethod::Post => Method::Post,
        };
        let url = request.url.parse().map_err(|_| TransportError::Broken)?;
        let (body, asked) = (request.body, request.headers);
        let answer = if asked.is_empty() {
            let answer = self.https.send(Request { place: ASK, method, url, body }).await;
            answer.map(|answer| (answer.status, answer.body, Vec::new()))
        } else {
            let headers = asked.into_iter().map(|header| (header.name, header.value)).collect();
            let answer = self.https.send_web(WebRequest { place: ASK, method, url, headers, body }).await;
            answer.map(|answer| (answer.status, answer.body, answer.headers))
        };
        let (status, body, headers) = answer.map_err(|_| TransportError::Broken)?;
        let headers = headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect();
        Ok(HttpResponse { status, body, headers })
    }
}

#[async_trait]
impl Transport for Net {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let address = request.url.clone();
        self.gate.pass_to(&address, self.carry(request)).await
    }
}

/// Connections that share nothing but the gate.
pub(crate) struct Lines(pub(crate) Arc<Gate>);

impl Connections for Lines {
    fn fresh(&self) -> Result<Arc<dyn Transport>, TransportError> {
        Ok(Arc::new(Net::new(&self.0)))
    }
}

#[derive(Default)]
pub(crate) struct Watch(pub(crate) AtomicU64);

impl Clock for Watch {
    fn now(&self) -> Result<u64, ClockError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Ok(since.as_secs() + self.0.load(Ordering::SeqCst))
    }
}
