//! Who asks: OpenID4VP 1.0 §5.9.3 and §12, by the prefix of the client identifier.

use crate::http::Endpoint;
use crate::vp::client_id::{ClientId, Prefix};
use crate::vp::error::RequestError;
use citizen_jose::{Anchor, CertificateChain, Expected, Header, Jwk, UnverifiedJwt, VerifiedJwt};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// The type of request objects (RFC 9101; §5).
pub const REQUEST_TYPE: &str = "oauth-authz-req+jwt";
/// The type of verifier attestations (§12).
pub const ATTESTATION_TYPE: &str = "verifier-attestation+jwt";
/// The audience of a request for a wallet that was not discovered (§5.8).
pub const ANY_WALLET: &str = "https://self-issued.me/v2";
/// How far clocks may be apart.
const LEEWAY: Seconds = Seconds::new(60);

/// What a session asks the wallet: is this party known, and by which key?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Which of these certificates does the registry prove?
    Certificates(Box<CertificateChain>),
    /// Which key has this DID under this URL?
    Did {
        /// The DID.
        did: String,
        /// The URL of the key in its document.
        key: String,
    },
    /// Which key has whoever attests this verifier, and does the registry prove it?
    Attester(Box<Attester>),
}

/// Who attests a verifier (§12): as the attestation says, which nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attester {
    /// Its name, `iss`.
    pub issuer: String,
    /// The key's name.
    pub kid: Option<String>,
    /// Its certificates, if the attestation brings them.
    pub chain: Option<CertificateChain>,
    /// Whom it attests: the client identifier without its prefix.
    pub subject: String,
}

/// What the wallet knows: proofs from the registry, a resolved document, a trusted issuer.
#[derive(Debug, Clone)]
pub enum Known {
    /// Anchors that the registry proves; none: an unknown verifier.
    Anchors(Vec<Anchor>),
    /// The key that the DID document has under the URL.
    DidKey {
        /// The key.
        key: Jwk,
        /// Whether the registry proves that this DID is a verifier.
        registered: bool,
    },
    /// The key that signs attestations in the name of their issuer.
    AttestationKey {
        /// The key.
        key: Jwk,
        /// Whether the registry proves that this issuer attests verifiers.
        registered: bool,
    },
    /// Nothing.
    Nothing,
}

/// Whether the registry proves who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// It does.
    Registered,
    /// It does not: whoever asks has a key, and that is all.
    Unknown,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Verifier {
    /// As the verifier will be named in what the citizen signs.
    pub client_id: ClientId,
    /// Whether the registry proves it.
    pub trust: Trust,
    /// The subject of its certificate.
    pub subject: Option<String>,
    /// What it calls itself: nobody has checked that.
    pub claimed_name: Option<String>,
    /// Where the answer goes.
    pub host: String,
}

/// Where an answer may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Addresses {
    /// There alone.
    Exactly(String),
    /// To one of these hosts.
    Hosts(Vec<String>),
    /// To one of these addresses.
    OneOf(Vec<String>),
    /// Wherever the signed request says: a DID names no host, its document may, and the wallet holds the address against it.
    AsSigned,
}

impl Addresses {
    /// **VP-4** The answer goes to an address that the verifier's identity covers.
    pub(crate) fn allow(&self, endpoint: &Endpoint) -> bool {
        match self {
            Self::Exactly(address) => endpoint.as_str() == address,
            Self::Hosts(hosts) => hosts.iter().any(|host| host.eq_ignore_ascii_case(endpoint.host())),
            Self::OneOf(addresses) => addresses.iter().any(|address| endpoint.as_str() == address),
            Self::AsSigned => true,
        }
    }
}

/// A request object of which it is proved who signed it.
pub(crate) struct Authenticated {
    pub(crate) claims: Map<String, Value>,
    pub(crate) trust: Trust,
    pub(crate) subject: Option<String>,
    pub(crate) addresses: Addresses,
}

/// What must be known before the signature of a request says anything.
pub(crate) fn question(token: &UnverifiedJwt, client: &ClientId) -> Result<Question, RequestError> {
    let header = token.header();
    match client.prefix() {
        Prefix::RedirectUri => Err(RequestError::ClientId),
        Prefix::X509SanDns | Prefix::X509Hash => {
            let chain = header.x5c.clone().ok_or(RequestError::Unidentified)?;
            Ok(Question::Certificates(Box::new(chain)))
        }
        Prefix::DecentralizedIdentifier => {
            let (did, key) = (client.identifier(), header.kid.as_deref().ok_or(RequestError::Unidentified)?);
            let of_document = key.strip_prefix(did).is_some_and(|rest| rest.starts_with('#'));
            if !did.starts_with("did:") || !of_document {
                return Err(RequestError::Unidentified);
            }
            Ok(Question::Did { did: did.to_owned(), key: key.to_owned() })
        }
        Prefix::VerifierAttestation => {
            let attestation = attestation(token)?;
            let issuer = attestation.claims_unverified().get("iss").and_then(Value::as_str);
            let issuer = issuer.ok_or(RequestError::Unidentified)?.to_owned();
            let Header { kid, x5c: chain, .. } = attestation.header().clone();
            let subject = client.identifier().to_owned();
            Ok(Question::Attester(Box::new(Attester { issuer, kid, chain, subject })))
        }
    }
}

/// **VP-1**, **VP-3** The request is signed by whoever its client identifier names.
pub(crate) fn authenticate(
    token: UnverifiedJwt,
    client: &ClientId,
    known: Known,
    now: UnixTime,
) -> Result<Authenticated, RequestError> {
    match (client.prefix(), known) {
        (Prefix::X509SanDns | Prefix::X509Hash, Known::Anchors(anchors)) => {
            by_certificate(token, client, &anchors, now)
        }
        (Prefix::X509SanDns | Prefix::X509Hash, Known::Nothing) => by_certificate(token, client, &[], now),
        (Prefix::DecentralizedIdentifier, Known::DidKey { key, registered }) => {
            let trust = if registered { Trust::Registered } else { Trust::Unknown };
            let claims = signed_by(token, &key)?.into_claims();
            Ok(Authenticated { claims, trust, subject: None, addresses: Addresses::AsSigned })
        }
        (Prefix::VerifierAttestation, Known::AttestationKey { key, registered }) => {
            let trust = if registered { Trust::Registered } else { Trust::Unknown };
            by_attestation(token, client, (&key, trust), now)
        }
        _ => Err(RequestError::Unidentified),
    }
}

/// Unsigned: only the address says who asks, and so the answer goes there.
pub(crate) fn unsigned(client: &ClientId, claims: Map<String, Value>) -> Authenticated {
    let addresses = Addresses::Exactly(client.identifier().to_owned());
    Authenticated { claims, trust: Trust::Unknown, subject: None, addresses }
}

fn signed_by(token: UnverifiedJwt, key: &Jwk) -> Result<VerifiedJwt, RequestError> {
    token.verify(key, &Expected::typ(REQUEST_TYPE)).map_err(RequestError::Token)
}

fn by_certificate(
    token: UnverifiedJwt,
    client: &ClientId,
    anchors: &[Anchor],
    now: UnixTime,
) -> Result<Authenticated, RequestError> {
    let chain = token.header().x5c.clone().ok_or(RequestError::Unidentified)?;
    let names = chain.leaf().dns_names();
    let addresses = if client.prefix() == Prefix::X509SanDns {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(client.identifier())) {
            return Err(RequestError::Unidentified);
        }
        Addresses::Hosts(vec![client.identifier().to_owned()])
    } else {
        if chain.leaf().thumbprint().to_string() != client.identifier() {
            return Err(RequestError::Unidentified);
        }
        let addresses = chain.leaf().ip_addresses().into_iter().map(as_host);
        // One that names no host covers none: whoever holds its key would choose where the answer goes.
        Addresses::Hosts(names.into_iter().chain(addresses).collect())
    };
    let trust = trust_in(&chain, anchors, now)?;
    let key = chain.leaf().key().map_err(|_| RequestError::Unidentified)?;
    let subject = Some(chain.leaf().subject());
    Ok(Authenticated { claims: signed_by(token, &key)?.into_claims(), trust, subject, addresses })
}

/// An IP address as it stands in the place of a host (RFC 3986, section 3.2.2).
fn as_host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// A chain that leads to no anchor must still hold together and be valid now; it is unknown then.
fn trust_in(chain: &CertificateChain, anchors: &[Anchor], now: UnixTime) -> Result<Trust, RequestError> {
    if chain.verify(anchors, now).is_ok() {
        return Ok(Trust::Registered);
    }
    let last = chain.certificates().last().ok_or(RequestError::Unidentified)?;
    let own = [Anchor::Thumbprint(last.thumbprint())];
    chain.verify(&own, now).map(|_| Trust::Unknown).map_err(|_| RequestError::Unidentified)
}

/// **VP-22** An attestation (§12) is signed by its issuer, in its time, and names this client, the key that signed the request, and where answers go.
/// The verifier is as well known as its issuer, and no better.
fn by_attestation(
    token: UnverifiedJwt,
    client: &ClientId,
    (issuer, trust): (&Jwk, Trust),
    now: UnixTime,
) -> Result<Authenticated, RequestError> {
    let unidentified = || RequestError::Unidentified;
    let attestation = attestation(&token)?;
    let verified =
        attestation.verify(issuer, &Expected::typ(ATTESTATION_TYPE)).map_err(|_| unidentified())?;
    let times = verified.times(now, LEEWAY).map_err(|_| unidentified())?;
    times.expires.ok_or_else(unidentified)?;
    let claims = verified.claims();
    if claims.get("sub").and_then(Value::as_str) != Some(client.identifier()) {
        return Err(unidentified());
    }
    let key = claims.get("cnf").and_then(|cnf| cnf.get("jwk")).ok_or_else(unidentified)?;
    let key = Jwk::from_value(key).map_err(|_| unidentified())?;
    // VP-4: one that names no address covers none.
    let list = claims.get("redirect_uris").and_then(Value::as_array).ok_or_else(unidentified)?;
    let texts = list.iter().map(|uri| uri.as_str().map(str::to_owned));
    let addresses = Addresses::OneOf(texts.collect::<Option<_>>().ok_or_else(unidentified)?);
    let claims = signed_by(token, &key)?.into_claims();
    Ok(Authenticated { claims, trust, subject: None, addresses })
}

fn attestation(token: &UnverifiedJwt) -> Result<UnverifiedJwt, RequestError> {
    let text = token.header().extra.get("jwt").and_then(Value::as_str).ok_or(RequestError::Unidentified)?;
    UnverifiedJwt::parse(text).map_err(|_| RequestError::Unidentified)
}

/// **VP-2** What is signed is for this client, this wallet, this moment and this fetch.
pub(crate) fn check_claims(
    claims: &Map<String, Value>,
    client: &ClientId,
    wallet_nonce: Option<&str>,
    now: UnixTime,
) -> Result<(), RequestError> {
    if claims.get("client_id").and_then(Value::as_str) != Some(client.as_str()) {
        return Err(RequestError::ClientIdMismatch);
    }
    let for_wallets = match claims.get("aud") {
        Some(Value::String(audience)) => audience == ANY_WALLET,
        Some(Value::Array(list)) => list.iter().any(|audience| audience == ANY_WALLET),
        _ => false,
    };
    let fetched =
        wallet_nonce.is_none() || claims.get("wallet_nonce").and_then(Value::as_str) == wallet_nonce;
    let times = citizen_jose::Times::of(claims).and_then(|times| times.check(now, LEEWAY));
    if for_wallets && fetched && times.is_ok() { Ok(()) } else { Err(RequestError::NotForThis) }
}
