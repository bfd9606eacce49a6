//! A city in small: an issuer, a verifier with a certificate, a citizen with credentials and software keys.

use citizen_credential::path::ClaimPath;
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, SdJwtIssuer, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Anchor, CertificateChain, Header, Jwk, Signer as _, SoftwareSigner};
use citizen_openid4vc::dcql::{Authority, Candidate, CandidateId, Disclosure, Format, Query};
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_openid4vc::vp::holder::claim_path;
use citizen_openid4vc::vp::{HolderSession, Insistence, IssuerKeys, Known, PresentError, Step};
use citizen_primitives::{UnixTime, random};
use serde_json::{Value, json};

pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);
pub(crate) const HOST: &str = "library.seoul.example";
pub(crate) const PID: &str = "https://credentials.example.com/identity_credential";

pub(crate) fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text, Reach::Https).unwrap()
}

/// The private JWK of a key that is made of these bytes.
pub(crate) fn private_jwk(signer: &SoftwareSigner, secret: &[u8]) -> Value {
    let mut jwk = signer.jwk().to_value();
    jwk["d"] = json!(citizen_jose::base64url::encode(secret));
    jwk
}

/// Whoever has a key and a certificate for it.
pub(crate) struct Party {
    pub(crate) signer: SoftwareSigner,
    pub(crate) chain: CertificateChain,
    /// The key, with its private part, for who is to be this party elsewhere.
    pub(crate) private: Value,
}

impl Party {
    /// Self-signed, for these DNS names.
    pub(crate) fn new(hosts: &[&str]) -> Self {
        use p256::pkcs8::DecodePrivateKey as _;
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let certificate = rcgen::CertificateParams::new(hosts).unwrap().self_signed(&pair).unwrap();
        let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
        let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &secret.to_bytes().into()).unwrap();
        let private = private_jwk(&signer, &secret.to_bytes());
        let chain = CertificateChain::from_der(&[certificate.der().to_vec()]).unwrap();
        Self { signer, chain, private }
    }

    pub(crate) fn header(&self) -> Header {
        Header::new(Algorithm::Es256).with_x5c(self.chain.clone())
    }

    /// As the registry proves it.
    pub(crate) fn known(&self) -> Known {
        Known::Anchors(vec![Anchor::Thumbprint(self.chain.leaf().thumbprint())])
    }
}

/// An issuer of credentials; also the verifier's knowledge of it.
pub(crate) struct Registry {
    pub(crate) signer: SoftwareSigner,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { signer: SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system()) }
    }

    /// A credential in which every claim but `vct` can be hidden.
    pub(crate) fn issue(&self, vct: &str, claims: &Value, holder: &Jwk) -> String {
        let mut claims = claims.as_object().unwrap().clone();
        let mut hidden = Vec::new();
        for (name, value) in &claims {
            hidden.push(ClaimPath::root().name(name));
            if let Value::Object(members) = value {
                hidden.extend(members.keys().map(|inner| ClaimPath::root().name(name).name(inner)));
            }
            if let Value::Array(elements) = value {
                hidden.extend((0..elements.len()).map(|index| ClaimPath::root().name(name).index(index)));
            }
        }
        claims.insert("vct".to_owned(), vct.into());
        claims.insert("iss".to_owned(), "https://seoul.example".into());
        let issuer =
            SdJwtIssuer::new(claims, Kind::Credential).unwrap().holder(holder).conceal(hidden).unwrap();
        let header = Header::new(Algorithm::EdDsa).with_typ("dc+sd-jwt");
        issuer.issue(&header, &self.signer, &mut random::system()).unwrap().to_compact()
    }
}

impl IssuerKeys for Registry {
    fn key(&self, credential: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        let payload = credential.payload_unverified().ok()?;
        (payload.get("iss")? == "https://seoul.example").then(|| (self.signer.jwk(), Vec::new()))
    }
}

pub(crate) struct Held {
    pub(crate) id: CandidateId,
    pub(crate) credential: HeldSdJwt,
    pub(crate) key: SoftwareSigner,
}

/// A citizen's wallet.
pub(crate) struct Wallet {
    pub(crate) held: Vec<Held>,
}

impl Wallet {
    pub(crate) fn with(registry: &Registry, credentials: &[(&str, &str, Value)]) -> Self {
        let held = credentials.iter().map(|(name, vct, claims)| {
            let key = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
            let token = registry.issue(vct, claims, &key.jwk());
            let expected = Expected { now: NOW, kind: Kind::Credential, ..Expected::default() };
            let credential =
                UnverifiedSdJwt::parse(&token).unwrap().accept(&registry.signer.jwk(), &expected).unwrap();
            Held { id: CandidateId::new(name), credential, key }
        });
        Self { held: held.collect() }
    }

    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        let candidate = |held: &Held| {
            let claims = held.credential.verified().claims().clone();
            let vct = claims["vct"].as_str().unwrap().to_owned();
            Candidate {
                id: held.id.clone(),
                format: Format::SdJwtVc,
                types: vec![vct],
                claims,
                authorities: Vec::new(),
                key_bound: true,
            }
        };
        self.held.iter().map(candidate).collect()
    }

    pub(crate) fn of(&self, id: &CandidateId) -> &Held {
        self.held.iter().find(|held| held.id == *id).unwrap()
    }

    pub(crate) fn presentation(&self, order: &Disclosure) -> citizen_credential::sd_jwt::Presentation {
        let paths: Vec<ClaimPath> = order.claims.iter().map(|claim| claim_path(claim).unwrap()).collect();
        self.of(&order.candidate).credential.select_whole(&paths).unwrap()
    }

    /// From the review to the request that carries the presentations.
    pub(crate) fn agree(&self, session: &mut HolderSession) {
        self.agree_at(session, NOW);
    }

    pub(crate) fn agree_at(&self, session: &mut HolderSession, now: UnixTime) {
        let Step::Review(review) = session.next() else { panic!("{:?}", session.next()) };
        let candidates = self.candidates();
        let selection = review.query.evaluate(&candidates).preferred().unwrap();
        session.approve(&candidates, &selection, Insistence::Yes).unwrap();
        let Step::Present(orders) = session.next() else { panic!() };
        let made = orders.iter().map(|order| (self.presentation(order), Algorithm::Es256)).collect();
        session.present(made, now).unwrap();
        self.sign(session).unwrap();
    }

    pub(crate) fn sign(&self, session: &mut HolderSession) -> Result<(), PresentError> {
        let Step::Sign(asked) = session.next() else { panic!() };
        let signatures: Vec<_> =
            asked.iter().map(|(id, bytes)| self.of(id).key.sign(bytes).unwrap()).collect();
        session.sign(&signatures, &mut random::system())
    }
}

pub(crate) fn identity() -> Value {
    json!({
        "family_name": "선우", "given_name": "용녀", "birthdate": "1990-01-01", "age_over_19": true,
        "address": { "locality": "마포구", "region": "서울" }, "nationalities": ["KR", "NL"],
    })
}

/// Asks for two claims of the identity.
pub(crate) fn query() -> Value {
    json!({ "credentials": [{ "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": [PID] },
        "claims": [{ "path": ["age_over_19"] }, { "path": ["address", "locality"] }] }] })
}

pub(crate) fn asks(value: &Value) -> Query {
    Query::from_value(value).unwrap()
}

/// The names of the disclosures in a presentation, in order of their names.
pub(crate) fn shown(presentation: &str) -> Vec<String> {
    let parts: Vec<&str> = presentation.split('~').collect();
    let mut names: Vec<String> = parts[1..parts.len() - 1]
        .iter()
        .map(|part| {
            let array: Value =
                serde_json::from_slice(&citizen_jose::base64url::decode(part).unwrap()).unwrap();
            array[1].to_string().trim_matches('"').to_owned()
        })
        .collect();
    names.sort();
    names
}
