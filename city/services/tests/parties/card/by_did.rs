//! Issuers whom the registry has by a DID: on the ledger, on a server, or in the DID itself.

use super::wallet::{Copy, agree, dice, post};
use super::world::{ALL_TYPES, CardWires, CardWorld, Certificate};
use crate::world::{chain_id, key, role, text};
use async_trait::async_trait;
use citizen_client::{Request, Response, Transport, TransportError};
use citizen_credential::sd_jwt::{Expected, Kind, SdJwtIssuer, UnverifiedSdJwt};
use citizen_credential::status::{Bits, Publication, Status, StatusList};
use citizen_did::{SeoulId, jwk};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, UnverifiedJwt, jwt};
use citizen_ledger::did::{DidMethod, Fragment, MethodKey, Purposes};
use citizen_ledger::{
    Action, AnchorStatus, CertificateGrant, CertificateRecord, CertificateRole, CreateDid, DidAction,
    DidContent, Govern, GrantedData, Nonce, Role, RoleRecord, RotateDid, Signer, TransactionBody,
};
use citizen_primitives::{Clock as _, Hash, Label, Seconds, SeoulDid, UnixTime};
use city_chain::Chain as _;
use city_services::verifier::{Outcome, Refused, Standing, Taken};
use city_services::{ServiceError, Verifier};
use city_storage::faults::Disk;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const CARD: &str = "urn:seoul:citizen-card:1";
pub(super) const LIST: &str = "https://hospital.seoul.example/lists/0";
const WEB: &str = "did:web:hospital.seoul.example";
const DOCUMENT: &str = "https://hospital.seoul.example/.well-known/did.json";

/// The hospital's server, and the card's wires for everything else.
pub(super) struct Away {
    wires: Arc<CardWires>,
    pub(super) served: Mutex<BTreeMap<String, (u16, String)>>,
    /// What is served once, before anything else.
    pub(super) first: Mutex<Option<String>>,
    asked: Mutex<Vec<String>>,
    pub(super) down: Mutex<Option<TransportError>>,
}

#[async_trait]
impl Transport for Away {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if !request.url.host_str().unwrap().starts_with("hospital") {
            return self.wires.send(request).await;
        }
        self.asked.lock().unwrap().push(request.url.to_string());
        if let Some(error) = *self.down.lock().unwrap() {
            return Err(error);
        }
        if let Some(first) = self.first.lock().unwrap().take() {
            return Ok(Response { status: 200, body: first.into_bytes() });
        }
        let served = self.served.lock().unwrap().get(request.url.as_str()).cloned();
        let (status, body) = served.unwrap_or((404, String::new()));
        Ok(Response { status, body: body.into_bytes() })
    }
}

/// A city, and a hospital that issues citizen cards by a DID.
pub(super) struct Hospital {
    pub(super) card: CardWorld,
    pub(super) away: Arc<Away>,
    pub(super) library: Verifier,
    did: String,
    fragment: &'static str,
    name: Hash,
    pub(super) signer: SoftwareSigner,
    version: Mutex<u64>,
}

fn signer() -> SoftwareSigner {
    SoftwareSigner::generate(Algorithm::Es256, &mut dice())
}

fn content(key_of: &SoftwareSigner, fragment: &str, purposes: Purposes) -> DidContent {
    DidContent {
        controllers: vec![key(90).public()],
        threshold: 1,
        methods: vec![DidMethod {
            fragment: Fragment::new(fragment).unwrap(),
            key: MethodKey::P256(key_of.jwk().key.to_bytes().try_into().unwrap()),
            purposes,
        }],
        services: Vec::new(),
    }
}

/// Signed by one key, and by those that have to sign beside it.
pub(super) fn submit(card: &CardWorld, by: (Signer, &[u8]), action: Action) {
    let height = card.world.wires.chain.status().latest;
    let mut nonce = [8; 16];
    nonce[..8].copy_from_slice(&height.value().to_le_bytes());
    let (signer, seeds) = by;
    let (nonce, valid_until) = (Nonce::from_bytes(nonce), height.plus(50));
    let body = TransactionBody { chain_id: chain_id(), valid_until, nonce, signer, action };
    let bytes = body.signing_bytes();
    let signatures = seeds.iter().map(|seed| key(*seed).sign(Label::Transaction, &bytes)).collect();
    card.world.submit(&body.signed(signatures));
    card.world.seal();
}

impl Hospital {
    fn new(did: &str, fragment: &'static str, signer: SoftwareSigner) -> Self {
        let card = CardWorld::new();
        let away = Arc::new(Away {
            wires: card.wires.clone(),
            served: Mutex::default(),
            first: Mutex::default(),
            asked: Mutex::default(),
            down: Mutex::default(),
        });
        let service = card.verifier("mapo-library").service().clone();
        let library = card.verifier_over(&Disk::default(), service, away.clone());
        let (did, name, version) = (did.to_owned(), Hash::plain(&[did.as_bytes()]), Mutex::new(0));
        Self { card, away, library, did, fragment, name, signer, version }
    }

    /// One whose DID stands on the ledger, created by the organisation of the tests.
    pub(super) fn on_the_ledger() -> Self {
        let own = signer();
        let new = CreateDid { content: content(&own, "key-1", Purposes::ASSERTION), salt: [7; 16] };
        let id = new.did(&key(29).public());
        let did = SeoulId::from_bytes(*id.as_bytes()).to_string();
        let hospital = Self::new(&did, "key-1", own);
        let by = (Signer::Party { key: key(29).public() }, &[29, 90][..]);
        submit(&hospital.card, by, Action::Did(DidAction::Create(Box::new(new))));
        Self { name: Hash::from_bytes(*id.as_bytes()), ..hospital }
    }

    pub(super) fn on_a_server() -> Self {
        let hospital = Self::new(WEB, "key-1", signer());
        hospital.serve(DOCUMENT, (200, hospital.document(&hospital.did).to_string()));
        hospital
    }

    /// What its server says of its DID.
    fn document(&self, did: &str) -> Value {
        let kid = format!("{did}#{}", self.fragment);
        let key = self.signer.jwk().to_value();
        json!({
            "id": did, "assertionMethod": [kid],
            "verificationMethod": [{ "id": kid, "type": "JsonWebKey", "controller": did, "publicKeyJwk": key }],
        })
    }

    pub(super) fn serve(&self, url: &str, answer: (u16, String)) {
        self.away.served.lock().unwrap().insert(url.to_owned(), answer);
    }

    fn rotate(&self, version: u32, content: DidContent) {
        let did = SeoulDid::from_bytes(*self.name.as_bytes());
        let action = DidAction::Rotate(Box::new(RotateDid { did, version, content }));
        self.by_controllers(action);
    }

    fn by_controllers(&self, action: DidAction) {
        let signer = Signer::Several { keys: vec![key(90).public()] };
        submit(&self.card, (signer, &[90]), Action::Did(action));
    }

    /// The governor enters it.
    fn register_as(&self, role: CertificateRole, name: Hash, types: &[&str]) {
        let grant = |credential: &&str| CertificateGrant {
            credential: text(credential),
            data: GrantedData::All,
            purpose_ko: text("시험"),
            purpose_en: text("test"),
        };
        self.card.govern(Govern::SetCertificate(Box::new(CertificateRecord {
            role,
            thumbprint: name,
            name_ko: text("샌드박스 병원"),
            name_en: text("Sandbox Hospital"),
            grants: types.iter().map(grant).collect(),
            anchor: (role == CertificateRole::Issuer).then(|| key(91).public()),
            from: UnixTime::default(),
            until: UnixTime::default().plus(Seconds::new(4_000_000_000)),
        })));
    }

    pub(super) fn register(&self) {
        self.register_as(CertificateRole::Issuer, self.name, &[CARD]);
        self.publish(&[]);
    }

    fn kid(&self) -> String {
        format!("{}#{}", self.did, self.fragment)
    }

    /// Its list, in which some are revoked, is on its server and on the ledger.
    pub(super) fn publish(&self, revoked: &[usize]) {
        let header = Header::new(Algorithm::Es256).with_typ("statuslist+jwt").with_kid(&self.kid());
        self.publish_by(&header, &self.signer, (revoked, None));
    }

    fn publish_by(&self, header: &Header, by: &SoftwareSigner, (revoked, named): (&[usize], Option<&str>)) {
        let mut list = StatusList::new(Bits::One, 64).unwrap();
        revoked.iter().for_each(|index| list.set(*index, Status::Invalid).unwrap());
        let issued_at = self.card.world.clock.now();
        let publication = Publication { uri: LIST.to_owned(), issued_at, expires: None, time_to_live: None };
        let signed = publication.sign(&list, by).unwrap();
        let mut claims = UnverifiedJwt::parse(&signed).unwrap().claims_unverified().clone();
        if let Some(named) = named {
            claims["iss"] = named.into();
        }
        let token = jwt::sign(header, &claims, by).unwrap();
        let version = {
            let mut version = self.version.lock().unwrap();
            *version += 1;
            *version
        };
        let anchor = AnchorStatus {
            certificate: self.name,
            list: Hash::plain(&[LIST.as_bytes()]),
            version,
            token: Hash::plain(&[token.as_bytes()]),
        };
        self.serve(LIST, (200, token));
        let by = (Signer::Party { key: key(91).public() }, &[91][..]);
        submit(&self.card, by, Action::AnchorStatus(anchor));
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.did, "vct": CARD, "age_over_19": true, "address": { "district": "마포구" },
            "status": { "status_list": { "idx": 3, "uri": LIST } },
        })
    }

    fn header(&self) -> Header {
        Header::new(Algorithm::Es256).with_kid(&self.kid()).with_typ("dc+sd-jwt")
    }

    pub(super) fn copy(&self) -> Copy {
        issued(&self.header(), &self.claims(), &self.signer, self.card.world.clock.now())
    }

    pub(super) async fn show(&self, copy: &Copy) -> Standing {
        let begun = self.library.begin().unwrap();
        let answer = agree(&self.card, &self.library, &begun, &[copy]);
        assert_eq!(post(&self.library, &answer).await, Ok(Taken::Yes));
        self.library.standing(&begun.ticket).unwrap().0
    }

    pub(super) async fn counts(&self, copy: &Copy) -> bool {
        matches!(self.show(copy).await, Standing::Ended(Outcome::Accepted { credentials: 1, .. }))
    }
}

/// A copy of a card of this content, with this header.
pub(super) fn issued(header: &Header, claims: &Value, by: &SoftwareSigner, now: UnixTime) -> Copy {
    let key = signer();
    let plan = SdJwtIssuer::new(claims.as_object().unwrap().clone(), Kind::Credential).unwrap();
    let text = plan.holder(&key.jwk()).issue(header, by, &mut dice()).unwrap().to_compact();
    let expected = Expected { now, kind: Kind::Credential, ..Expected::default() };
    let held = UnverifiedSdJwt::parse(&text).unwrap().accept(&by.jwk(), &expected).unwrap();
    Copy { text, held, key }
}

pub(super) const fn refused(why: Refused) -> Standing {
    Standing::Ended(Outcome::Refused(why))
}

#[tokio::test]
async fn verifier_16_a_card_by_a_did_of_the_ledger_counts_while_registry_record_and_role_do() {
    let hospital = Hospital::on_the_ledger();
    let copy = hospital.copy();
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer), "nobody has entered it");
    hospital.register_as(CertificateRole::Verifier, hospital.name, &[CARD]);
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer), "who may ask may not issue");
    hospital.register();
    assert!(hospital.counts(&copy).await);
    hospital.register_as(CertificateRole::Issuer, hospital.name, &ALL_TYPES[1..]);
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "not for this type");
    hospital.register_as(CertificateRole::Issuer, hospital.name, &[CARD]);
    assert!(hospital.counts(&copy).await);
    // Governance ends the organisation's role, and takes it up again.
    let until = Some(hospital.card.world.clock.now());
    hospital.card.govern(Govern::SetRole(RoleRecord { until, ..role(Role::Organisation) }));
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer), "no organisation any more");
    hospital.card.govern(Govern::SetRole(role(Role::Organisation)));
    assert!(hospital.counts(&copy).await);
    hospital.by_controllers(DidAction::Deactivate {
        did: SeoulDid::from_bytes(*hospital.name.as_bytes()),
        version: 2,
    });
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer), "it ended its DID");
}

#[tokio::test]
async fn verifier_16_it_counts_under_a_key_that_the_did_has_now_for_what_it_says() {
    let hospital = Hospital::on_the_ledger();
    hospital.register();
    let copy = hospital.copy();
    assert!(hospital.counts(&copy).await);
    let own = &hospital.signer;
    hospital.rotate(2, content(own, "key-1", Purposes::AUTHENTICATION));
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "a key for something else");
    hospital.rotate(3, content(own, "key-2", Purposes::ASSERTION));
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "a key of another name");
    hospital.rotate(4, content(&signer(), "key-1", Purposes::ASSERTION));
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "another key of that name");
    hospital.rotate(5, content(own, "key-1", Purposes::ASSERTION));
    assert!(hospital.counts(&copy).await);
}

#[tokio::test]
async fn verifier_16_nobody_issues_in_another_dids_name_and_no_certificate_stands_beside_a_did() {
    let hospital = Hospital::on_the_ledger();
    hospital.register();
    let now = hospital.card.world.clock.now();
    let by = |header: &Header, claims: &Value, signer: &SoftwareSigner| issued(header, claims, signer, now);
    // Whoever has a DID of its own: in the hospital's name under its own key, and under the hospital's key's name.
    let stranger = signer();
    let own = jwk::did(&stranger.jwk().key).unwrap();
    let under_its_own = hospital.header().with_kid(&format!("{own}#0"));
    let copy = by(&under_its_own, &hospital.claims(), &stranger);
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "kid and iss are two");
    let copy = by(&hospital.header(), &hospital.claims(), &stranger);
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "not its signature");
    let mut in_its_own = hospital.claims();
    in_its_own["iss"] = json!(own.as_str());
    let copy = by(&under_its_own, &in_its_own, &stranger);
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer), "and nobody has entered it");
    // A name of a key that is no DID URL, or none.
    let relative = Header::new(Algorithm::Es256).with_typ("dc+sd-jwt").with_kid("#key-1");
    let copy = by(&relative, &hospital.claims(), &hospital.signer);
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "whose key?");
    let copy = by(&Header::new(Algorithm::Es256).with_typ("dc+sd-jwt"), &hospital.claims(), &hospital.signer);
    assert_eq!(hospital.show(&copy).await, refused(Refused::NotVerified), "which key?");
    // The hospital's own word, with a certificate beside it that nobody looks at: it is somebody's who is asked about.
    let certificate = Certificate::new(None);
    let both = hospital.header().with_x5c(certificate.chain());
    let copy = by(&both, &hospital.claims(), &hospital.signer);
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer), "one issuer, one name");
    // The registry's name of a DID is no certificate's, and the other way round.
    hospital.card.register(CertificateRole::Issuer, &certificate, &[CARD]);
    assert_eq!(
        hospital.show(&copy).await,
        refused(Refused::NotVerified),
        "that certificate has not signed it"
    );
    assert!(hospital.counts(&hospital.copy()).await);
}

#[tokio::test]
async fn verifier_17_of_a_did_too_the_list_that_the_ledger_names_is_signed_by_a_key_of_that_did() {
    let hospital = Hospital::on_the_ledger();
    hospital.register();
    let copy = hospital.copy();
    let header = |kid: &str| Header::new(Algorithm::Es256).with_typ("statuslist+jwt").with_kid(kid);
    let unknown = refused(Refused::StatusUnknown);
    let (kid, stranger) = (hospital.kid(), signer());
    hospital.publish_by(&header(&kid), &stranger, (&[], None));
    assert_eq!(hospital.show(&copy).await, unknown, "signed by another");
    let own = jwk::did(&stranger.jwk().key).unwrap();
    hospital.publish_by(&header(&format!("{own}#0")), &stranger, (&[], None));
    assert_eq!(hospital.show(&copy).await, unknown, "another DID's");
    hospital.publish_by(&header("#key-1"), &hospital.signer, (&[], None));
    assert_eq!(hospital.show(&copy).await, unknown, "under a name that says not whose key");
    let certificate = Certificate::new(None);
    let both = header(&kid).with_x5c(certificate.chain());
    hospital.publish_by(&both, &hospital.signer, (&[], None));
    assert_eq!(hospital.show(&copy).await, unknown, "with a certificate beside it");
    hospital.publish_by(&header(&kid), &hospital.signer, (&[], Some("did:web:other.example")));
    assert_eq!(hospital.show(&copy).await, unknown, "that says itself that it is another's");
    hospital.publish_by(&header(&kid), &hospital.signer, (&[], Some(&hospital.did)));
    assert!(hospital.counts(&copy).await);
    hospital.publish(&[3]);
    assert_eq!(hospital.show(&copy).await, refused(Refused::Revoked));
    hospital.publish(&[4]);
    assert!(hospital.counts(&copy).await);
    // An old version, and none.
    hospital.serve(LIST, (200, "a.b.c".to_owned()));
    hospital.card.world.clock.advance(1);
    assert!(hospital.counts(&copy).await, "the version that the ledger names is kept");
    hospital.publish(&[]);
    hospital.serve(LIST, (404, String::new()));
    assert_eq!(hospital.show(&copy).await, unknown);
}

/// Two issuers whose records name the same key to anchor with, and whose credentials point at one list: it is its signer's alone.
#[tokio::test]
async fn verifier_17_a_list_that_is_kept_counts_for_the_issuer_that_has_signed_it_and_for_no_other() {
    let hospital = Hospital::on_the_ledger();
    hospital.register();
    assert!(hospital.counts(&hospital.copy()).await, "the hospital's list is kept");
    let clinic = signer();
    let did = jwk::did(&clinic.jwk().key).unwrap();
    hospital.register_as(CertificateRole::Issuer, Hash::plain(&[did.as_str().as_bytes()]), &[CARD]);
    let mut claims = hospital.claims();
    claims["iss"] = json!(did.as_str());
    let header = Header::new(Algorithm::Es256).with_typ("dc+sd-jwt").with_kid(&format!("{did}#0"));
    let copy = issued(&header, &claims, &clinic, hospital.card.world.clock.now());
    assert_eq!(hospital.show(&copy).await, refused(Refused::StatusUnknown));
}

#[tokio::test]
async fn verifier_16_a_did_that_is_a_key_counts_under_the_digest_of_its_text() {
    let own = signer();
    let did = jwk::did(&own.jwk().key).unwrap();
    let hospital = Hospital::new(did.as_str(), "0", own);
    let copy = hospital.copy();
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer));
    hospital.register();
    assert!(hospital.counts(&copy).await);
    let name = hospital.name;
    hospital.card.govern(Govern::RemoveCertificate { role: CertificateRole::Issuer, thumbprint: name });
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer));
}

#[tokio::test]
async fn verifier_16_a_server_is_asked_for_a_document_only_if_the_registry_has_its_did() {
    let hospital = Hospital::on_a_server();
    let copy = hospital.copy();
    assert_eq!(hospital.show(&copy).await, refused(Refused::UnknownIssuer));
    assert!(hospital.away.asked.lock().unwrap().is_empty(), "nobody makes it talk to a server of his");
    hospital.register();
    assert!(hospital.counts(&copy).await);
    assert_eq!(*hospital.away.asked.lock().unwrap(), [DOCUMENT, LIST]);
    // What the server says now, and what it may not say.
    let good = (200, hospital.document(WEB).to_string());
    let another = Hospital { signer: signer(), ..Hospital::on_a_server() }.document(WEB);
    let large = format!("{}{}", good.1, " ".repeat(64 * 1024));
    for (why, answer, refusal) in [
        ("another key", (200, another.to_string()), Refused::NotVerified),
        ("another's", (200, hospital.document("did:web:other.example").to_string()), Refused::UnknownIssuer),
        ("no document", (200, "{}".to_owned()), Refused::UnknownIssuer),
        ("none", (404, good.1.clone()), Refused::UnknownIssuer),
        ("too large", (200, large), Refused::UnknownIssuer),
    ] {
        hospital.serve(DOCUMENT, answer);
        assert_eq!(hospital.show(&copy).await, refused(refusal), "{why}");
    }
    hospital.serve(DOCUMENT, good);
    assert!(hospital.counts(&copy).await);
}

#[tokio::test]
async fn verifier_16_a_server_that_cannot_be_reached_decides_nothing_and_the_wallet_may_send_again() {
    let hospital = Hospital::on_a_server();
    hospital.register();
    let copy = hospital.copy();
    let begun = hospital.library.begin().unwrap();
    let answer = agree(&hospital.card, &hospital.library, &begun, &[&copy]);
    *hospital.away.down.lock().unwrap() = Some(TransportError::Offline);
    assert_eq!(post(&hospital.library, &answer).await, Err(ServiceError::Unavailable));
    assert_eq!(hospital.library.standing(&begun.ticket).unwrap().0, Standing::Waiting);
    *hospital.away.down.lock().unwrap() = None;
    assert_eq!(post(&hospital.library, &answer).await, Ok(Taken::Yes));
    let standing = hospital.library.standing(&begun.ticket).unwrap().0;
    assert!(matches!(standing, Standing::Ended(Outcome::Accepted { .. })));
}
