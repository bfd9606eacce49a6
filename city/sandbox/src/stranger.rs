//! A verifier that nobody has entered in the registry: it calls itself the library, and everything else about it is as it should be. For the story and
//! for tests.

use crate::certificates::{Certificate, CertificateError, below};
use crate::city::{CityError, bind, own_address, serve};
use crate::genesis::DataError;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use citizen_jose::{Algorithm, Header, SoftwareSigner};
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_openid4vc::vp::{Ask, ClientId, Identification, ResponseMode, VerifierSession};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Seconds, random};
use city_services::verifier::CardService;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

/// How long it waits for an answer.
const PATIENCE: Seconds = Seconds::new(300);

/// A running one, on an address of its own.
pub struct Stranger {
    link: String,
    asking: Arc<Asking>,
    told: watch::Sender<bool>,
    serving: JoinHandle<io::Result<()>>,
}

/// Its one request, and how often it heard anything.
struct Asking {
    session: VerifierSession,
    signer: SoftwareSigner,
    heard: AtomicU32,
}

impl Stranger {
    /// Opens it. It asks what the library asks.
    pub async fn open() -> Result<Self, CityError> {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = own_address(&listener)?;
        let certificate = Certificate::generate("stranger").ok_or(CertificateError::Making)?;
        let session = session(&certificate, &url)?;
        let link = session.link(&endpoint(&url, "/request")?, true);
        let asking = Arc::new(Asking { session, signer: certificate.signer()?, heard: AtomicU32::new(0) });
        let router = Router::new()
            .route("/request", get(request).post(request))
            .route("/response", post(hear))
            .with_state(asking.clone());
        let (told, stop) = watch::channel(false);
        Ok(Self { link, asking, told, serving: tokio::spawn(serve(listener, router, stop)) })
    }

    /// What its code says.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.link
    }

    /// How often a wallet has answered it.
    #[must_use]
    pub fn heard(&self) -> u32 {
        self.asking.heard.load(Ordering::SeqCst)
    }

    /// It goes away.
    pub async fn close(self) {
        self.told.send_replace(true);
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the stranger died");
        }
    }
}

impl std::fmt::Debug for Stranger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stranger({} answers)", self.heard())
    }
}

async fn request(State(asking): State<Arc<Asking>>, body: String) -> Response {
    let nonce = VerifierSession::wallet_nonce(&body);
    match asking.session.request_object(nonce.as_deref(), &asking.signer, SystemClock.now()) {
        Ok(token) => ([(CONTENT_TYPE, "application/oauth-authz-req+jwt")], token).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn hear(State(asking): State<Arc<Asking>>) -> Response {
    asking.heard.fetch_add(1, Ordering::SeqCst);
    ([(CONTENT_TYPE, "application/json")], "{}").into_response()
}

fn session(certificate: &Certificate, url: &Url) -> Result<VerifierSession, CityError> {
    let services = CardService::sandbox().map_err(|_| CertificateError::from(DataError("services")))?;
    let library = services.into_iter().next().ok_or(CertificateError::from(DataError("services")))?;
    let chain = certificate.chain()?;
    let client_id = ClientId::parse(&format!("x509_hash:{}", chain.leaf().thumbprint()));
    let identification = Identification {
        client_id: client_id.ok_or(CertificateError::Making)?,
        header: Header::new(Algorithm::Es256).with_x5c(chain),
    };
    let ask = Ask {
        query: library.query,
        transactions: Vec::new(),
        response_uri: endpoint(url, "/response")?,
        mode: ResponseMode::DirectPostJwt,
        name: Some(library.name_ko),
        valid_for: PATIENCE,
    };
    Ok(VerifierSession::start(identification, ask, SystemClock.now(), &mut random::system()))
}

fn endpoint(url: &Url, path: &str) -> Result<Endpoint, CertificateError> {
    Endpoint::parse(&below(url, path), Reach::OrLoopback).map_err(|_| CertificateError::Making)
}
