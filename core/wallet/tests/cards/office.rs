//! A city's offices: one that issues, and some that ask. Each has a key, a certificate, and an address.

use crate::cut::{Cut, CutStore, CutTransport};
use crate::offers::take_of;
use crate::support::ledger::city::Block;
use crate::support::ledger::text;
use crate::support::phone::{PIN, RETURN_ADDRESS, Same};
use crate::support::{Gateway, Phone};
use citizen_client::{WebRequest, WebResponse};
use citizen_credential::ClaimPath;
use citizen_credential::integrity::Suite;
use citizen_credential::sd_jwt::{Kind, SdJwtIssuer, UnverifiedSdJwt};
use citizen_credential::status::{Bits, Publication, Status, StatusList, StatusReference};
use citizen_jose::{
    Algorithm, CertificateChain, Header, Jwk, Signer as _, SoftwareSigner, UnverifiedJwt, base64url, jwt,
};
use citizen_keys::{Secret32, SigningKey};
use citizen_ledger::{
    CertificateGrant, CertificateRecord, CertificateRole, GrantedClaim, GrantedData, StatusAnchor, state_key,
};
use citizen_openid4vc::dcql::{Authority, Query};
use citizen_openid4vc::http::{Endpoint, HttpResponse, Reach};
use citizen_openid4vc::vci::{
    Configuration, CredentialCall, CredentialDefinition, CredentialFormat, Guarded, Incoming, IssueOrder,
    Issuer, IssuerConfig, Lasting, MemoryRows, Turn,
};
use citizen_openid4vc::vp::{
    Answer, Ask, ClientId, Identification, IssuerKeys, ResponseMode, SignIn, Subject, VerifierSession,
};
use citizen_primitives::{Hash, Seconds, UnixTime, random};
use citizen_store::LockedStore;
use citizen_wallet::{StorePlace, Wallet, WalletError};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// It moves the cursor, turns what follows round, and hides.
pub const LYING: &str = "홍\u{1b}[2K길\u{202e}동\u{200b}\n등록부가 증명합니다";
pub const CARD: &str = "urn:seoul:citizen-card:1";
/// A type that is an address, with a description there.
pub const MEMBER: &str = "https://types.seoul.example/member";
/// What a hospital has to say something for.
pub const HEALTH: &str = "urn:seoul:health-check:1";
/// The address of another app, in a scheme of its own.
pub const OWN_ADDRESS: &str = "kr.example.district:/back";
pub const ISSUER: &str = "https://issuer.seoul.example/card";
pub const LIST: &str = "https://issuer.seoul.example/status/1";
const OTHER_SERVER: &str = "https://issuer.seoul.example/other";
const OTHER_LIST: &str = "https://issuer.seoul.example/status/2";
pub const OTHER_DID: &str = "did:web:issuer.seoul.example:other";
pub const LIBRARY: &str = "library.seoul.example";
pub const SPORTS: &str = "sports.seoul.example";
pub const CENTRE: &str = "centre.seoul.example";
const BATCH: usize = 4;
/// As the city's issuer does it.
const LASTING: Lasting = Lasting {
    refresh: Seconds::new(90 * 86_400),
    order: Seconds::new(2 * 86_400),
    deferred: Seconds::new(30 * 86_400),
};
const CODE_LIFE: Seconds = Seconds::new(600);

/// Whoever has a key and a certificate for it.
pub struct Party {
    pub signer: SoftwareSigner,
    pub chain: CertificateChain,
}

impl Party {
    pub fn new(host: &str) -> Self {
        use p256::pkcs8::DecodePrivateKey as _;
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.use_authority_key_identifier_extension = true;
        let certificate = params.self_signed(&pair).unwrap();
        let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
        let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &secret.to_bytes().into()).unwrap();
        Self { signer, chain: CertificateChain::from_der(&[certificate.der().to_vec()]).unwrap() }
    }

    /// One whose certificate somebody else has signed; and that one's thumbprint.
    pub fn under_an_authority(host: &str) -> (Self, Hash) {
        use p256::pkcs8::DecodePrivateKey as _;
        let pair = |()| rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let (above, own) = (pair(()), pair(()));
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Authority");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = params.self_signed(&above).unwrap();
        let issuer = rcgen::Issuer::new(params, above);
        let leaf =
            rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
        let secret = p256::SecretKey::from_pkcs8_der(&own.serialize_der()).unwrap();
        let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &secret.to_bytes().into()).unwrap();
        let chain = CertificateChain::from_der(&[leaf.der().to_vec(), authority.der().to_vec()]).unwrap();
        let named = chain.certificates().last().unwrap().thumbprint();
        (Self { signer, chain }, Hash::from_bytes(*named.as_bytes()))
    }

    pub fn thumbprint(&self) -> Hash {
        Hash::from_bytes(*self.chain.leaf().thumbprint().as_bytes())
    }

    fn header(&self) -> Header {
        Header::new(Algorithm::Es256).with_x5c(self.chain.clone())
    }
}

/// What an issuer may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    /// Every copy has the same place in the status list.
    OneStatus,
    /// Every copy has a time of its own.
    Times,
    /// Every copy ends on a day of its own.
    Days,
    /// Another type than its metadata say.
    AnotherType,
    /// Bound to another key than the phone's.
    AnotherKey,
    /// Signed by a key without a certificate in the registry.
    AnotherSigner,
    /// It says that it is of another type as well.
    AnotherTypeToo,
    /// The name is shown in every presentation.
    OpenName,
    /// The street is shown with whatever is shown of the address.
    OpenStreet,
    /// The status stands in a list that nobody has anchored.
    AnotherList,
    /// It has another server sign citizens in from now on.
    AnotherServer,
    /// Every copy has the same second of issuance.
    Second,
    /// The first copy's status stands in another list than the others'.
    TwoLists,
    /// The list is on another host.
    ListElsewhere,
    /// The list's address has a query.
    ListQuery,
    /// The reference to the list says something more.
    StatusMember,
    /// Every copy names an issuer of its own for her.
    IssuerForHer,
    /// The header names the key.
    KeyName,
    /// The header says something more.
    HeaderMember,
    /// Every copy has the same digest of nothing.
    Decoy,
    /// The digest of the type's description says something more.
    IntegrityOption,
    /// The holder's key has a name.
    HolderName,
    /// The name would write over what stands on the screen.
    LyingName,
    /// The first copy says another name than the others.
    NameOfOne,
    /// The first copy shows the name in every presentation.
    OpenInOne,
    /// The first copy's header has the type that drafts had.
    TypeOfOne,
    /// All copies are bound to the first key.
    OneKey,
    /// Every copy has the same identifier.
    Identifier,
    /// The header has a key.
    HeaderKey,
    /// What binds the copy to its key says something more.
    BindingMember,
    /// It counts from a second of her own on.
    NotBefore,
    /// It names another DID's as its issuer than the one whose key signs.
    AnotherDid,
    /// The same, and it names the key as that DID's.
    AnotherDidsKey,
    /// It names nobody as its issuer.
    NoIssuer,
    /// Beside the name of its DID's key it brings a certificate.
    CertificateToo,
    /// The list of statuses is signed by a stranger.
    ListOfStranger,
    /// The digest of the type's description has a second one beside it.
    IntegrityTwice,
    /// A DID's server says that there is none, and sends the document.
    DocumentGone,
    /// Beside the reference to the list stands another one.
    StatusMechanism,
    /// Another type than its metadata say, which it may issue.
    AnotherGranted,
    /// Its type can be left out of what is shown.
    ConcealedType,
}

pub struct Office {
    pub issuer: Issuer,
    pub open: MemoryRows,
    pub office: Party,
    pub stranger: Party,
    pub fault: Fault,
    /// Whether a hospital has not answered yet.
    pub put_off: bool,
    /// What it does not issue.
    pub denied: Option<&'static str>,
    /// It says of the card that it is of another type.
    pub relabelled: bool,
    pub library: Party,
    pub sports: Party,
    pub centre: Party,
    /// Answers that were taken: whoever posts the same again is answered again.
    pub taken: BTreeMap<String, String>,
    /// What was shown in answer to a question, by its name.
    pub shown: BTreeMap<String, Value>,
    /// By which number rolls know whoever gets a card.
    pub voter: Option<String>,
    /// Where whoever gets a card lives.
    pub district: &'static str,
    /// The links of questions for orders.
    pub links: BTreeMap<String, String>,
    pub sessions: BTreeMap<String, (VerifierSession, String)>,
    /// What was posted to a verifier, as it came.
    pub posted: Vec<(String, String)>,
    /// The DID documents that hosts have.
    pub documents: BTreeMap<String, Value>,
    /// The DID that the issuer is known by instead of a certificate.
    pub did: Option<IssuerDid>,
    /// Words of DIDs that they are at the issuer's host.
    pub linked: Vec<String>,
    /// Descriptions of types, by their address.
    pub types: BTreeMap<String, String>,
    /// Which of them were asked for.
    pub types_asked: Vec<String>,
    /// The digest of the type's description that credentials give.
    pub integrity: Option<String>,
    /// Verifiers ask under names for which their own certificates vouch.
    pub vouching: bool,
    /// What was posted to a request's address last.
    pub fetched: Option<String>,
    /// Who signed in, in order.
    pub subjects: Vec<Subject>,
    /// Verifiers ask for answers that are not encrypted, and only keep them: for tests that look at what is sent.
    pub in_the_clear: bool,
    /// The claims that a verifier was shown, or its word.
    pub answers: Vec<Result<Value, String>>,
    pub statuses: StatusList,
    /// It answers nobody.
    pub away: bool,
    /// How long its list may be kept, and until when it says anything, if it says so.
    pub time_to_live: Option<Seconds>,
    pub list_ends: Option<UnixTime>,
    /// In whose name its list is, if it says so; and which key signs it instead of the credentials', of a DID's.
    pub list_by: Option<&'static str>,
    pub list_key: Option<ListKey>,
    /// How often its list was fetched.
    pub lists_fetched: u32,
    /// A list that is still served, and how often more.
    pub old_list: Option<(String, u32)>,
    pub notified: u32,
    /// How often it was asked for anything.
    pub asked: u32,
    /// An offer that is fetched.
    pub by_reference: Value,
    pub issued: u32,
    /// The orders that were made of it.
    pub orders: BTreeSet<[u8; 32]>,
    /// The last place in the list of statuses that was given.
    pub next_status: usize,
    pub now: UnixTime,
    anchor: SigningKey,
    version: u64,
}

/// A key of a DID's that signs a list of statuses.
pub struct ListKey {
    /// Its name behind the `#`.
    pub fragment: &'static str,
    /// The key, if it is another than the one that signs credentials.
    pub signer: Option<SoftwareSigner>,
}

/// An issuer's DID.
#[derive(Debug, Clone)]
pub struct IssuerDid {
    pub did: String,
    /// Its key's name behind the `#`.
    pub fragment: &'static str,
    /// What it stands under in the registry.
    pub name: Hash,
}

impl IssuerDid {
    pub fn kid(&self) -> String {
        format!("{}#{}", self.did, self.fragment)
    }
}

pub type Shared = Arc<Mutex<Office>>;

fn names(ko: &str, en: &str) -> Value {
    json!([{ "name": ko, "locale": "ko" }, { "name": en, "locale": "en-US" }])
}

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text, Reach::Https).unwrap()
}

/// Whole days, as the city cuts times.
fn day(time: UnixTime) -> u64 {
    time.seconds() / 86_400 * 86_400
}

impl Office {
    /// A town with offices, all in the registry.
    pub fn open() -> (Arc<Gateway>, Shared) {
        let gateway = Gateway::new();
        let shared = Self::open_in(&gateway);
        (gateway, shared)
    }

    /// The same in a town that is there.
    pub fn open_in(gateway: &Arc<Gateway>) -> Shared {
        let now = gateway.town(|town| town.now());
        let config = IssuerConfig {
            issuer: endpoint(ISSUER),
            reach: Reach::Https,
            configurations: vec![
                Configuration {
                    name: "citizen-card".to_owned(),
                    format: CredentialFormat::SdJwtVc(CARD.to_owned()),
                    metadata: json!({
                        "display": names("서울시민카드", "Seoul Citizen Card"),
                        "claims": [{ "path": ["age_over_19"], "display": names("19세 이상", "19 or older") }],
                    }),
                },
                Configuration {
                    name: "health-check".to_owned(),
                    format: CredentialFormat::SdJwtVc(HEALTH.to_owned()),
                    metadata: json!({}),
                },
                Configuration {
                    name: "member".to_owned(),
                    format: CredentialFormat::SdJwtVc(MEMBER.to_owned()),
                    metadata: json!({
                        "display": names("회원증", "Membership"),
                        "claims": [
                            { "path": ["age_over_19"], "display": names("19세 이상", "19 or older") },
                            { "path": ["name"], "display": names("성명", "Full name") },
                        ],
                    }),
                },
                Configuration {
                    name: "diploma".to_owned(),
                    format: CredentialFormat::LdpVc(
                        CredentialDefinition {
                            contexts: vec![json!("https://www.w3.org/ns/credentials/v2")],
                            types: vec!["VerifiableCredential".to_owned(), "Diploma".to_owned()],
                        },
                        Suite::EcdsaJcs2019,
                    ),
                    metadata: json!({}),
                },
            ],
            batch: BATCH,
            offer_life: CODE_LIFE,
            token_life: CODE_LIFE,
            redirect_uris: vec![RETURN_ADDRESS.to_owned(), OWN_ADDRESS.to_owned()],
        };
        let office = Self {
            issuer: Issuer::new(config, Secret32::generate(&mut random::system()), &mut random::system())
                .with_lasting(LASTING),
            put_off: false,
            denied: None,
            relabelled: false,
            open: MemoryRows::default(),
            office: Party::new("issuer.seoul.example"),
            stranger: Party::new("issuer.seoul.example"),
            fault: Fault::None,
            library: Party::new(LIBRARY),
            sports: Party::new(SPORTS),
            centre: Party::new(CENTRE),
            taken: BTreeMap::new(),
            shown: BTreeMap::new(),
            voter: None,
            district: "마포구",
            links: BTreeMap::new(),
            sessions: BTreeMap::new(),
            posted: Vec::new(),
            documents: BTreeMap::new(),
            did: None,
            linked: Vec::new(),
            types: BTreeMap::new(),
            types_asked: Vec::new(),
            integrity: None,
            vouching: false,
            fetched: None,
            subjects: Vec::new(),
            in_the_clear: false,
            answers: Vec::new(),
            statuses: StatusList::new(Bits::Two, 1_000).unwrap(),
            away: false,
            time_to_live: None,
            list_ends: None,
            list_by: None,
            list_key: None,
            lists_fetched: 0,
            old_list: None,
            notified: 0,
            asked: 0,
            by_reference: Value::Null,
            issued: 0,
            orders: BTreeSet::new(),
            next_status: 0,
            now,
            anchor: SigningKey::from_seed(&[77; 32]),
            version: 0,
        };
        let shared = Arc::new(Mutex::new(office));
        let answering = Arc::clone(&shared);
        let serve = move |gateway: &Gateway, request: &WebRequest| {
            let now = gateway.town(|town| town.now());
            let mut office = answering.lock().unwrap();
            office.now = now;
            let HttpResponse { status, headers, body } = office.serve(request);
            WebResponse { status, headers, body }
        };
        assert!(gateway.web.set(Box::new(serve)).is_ok());
        register(gateway, &shared, CertificateRole::Issuer, "issuer");
        register(gateway, &shared, CertificateRole::Verifier, LIBRARY);
        register(gateway, &shared, CertificateRole::Verifier, SPORTS);
        register(gateway, &shared, CertificateRole::Verifier, CENTRE);
        anchor(gateway, &shared);
        shared
    }

    fn serve(&mut self, request: &WebRequest) -> HttpResponse {
        let header =
            |name: &str| request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let body = std::str::from_utf8(&request.body).unwrap().to_owned();
        let incoming = Incoming { authorization: header("authorization"), dpop: header("dpop"), body: &body };
        let (now, rng) = (self.now, &mut random::system());
        let host = request.url.host_str().unwrap().to_owned();
        self.asked += 1;
        if self.away && host == "issuer.seoul.example" {
            return HttpResponse::new(503, "text/plain", "");
        }
        match (host.as_str(), request.url.path()) {
            ("issuer.seoul.example", "/.well-known/openid-credential-issuer/card") => {
                let mut metadata = self.issuer.metadata();
                if self.fault == Fault::AnotherServer {
                    metadata["authorization_servers"] = json!([OTHER_SERVER]);
                }
                if self.relabelled {
                    metadata["credential_configurations_supported"]["citizen-card"]["vct"] = json!(HEALTH);
                }
                HttpResponse::ok(&metadata)
            }
            ("issuer.seoul.example", "/.well-known/oauth-authorization-server/card") => {
                HttpResponse::ok(&self.issuer.server_metadata())
            }
            ("issuer.seoul.example", "/.well-known/oauth-authorization-server/other") => {
                let mut metadata = self.issuer.server_metadata();
                metadata["issuer"] = json!(OTHER_SERVER);
                HttpResponse::ok(&metadata)
            }
            ("issuer.seoul.example", "/offers/1") => HttpResponse::ok(&self.by_reference),
            (_, "/card/par") => match self.issuer.check_push(&incoming, now) {
                Ok(pushed) => self.issuer.push(pushed, &mut Turn { rows: &mut self.open, now, rng }),
                Err(answer) => answer,
            },
            ("issuer.seoul.example", "/.well-known/jwt-vc-issuer/card") => {
                let mut key = self.office.signer.jwk().to_value();
                match &self.did {
                    Some(did) => key["kid"] = json!(did.kid()),
                    None => key["x5c"] = self.office.chain.to_value(),
                }
                HttpResponse::ok(&json!({ "issuer": ISSUER, "jwks": { "keys": [key] } }))
            }
            (_, "/card/token") => self.guarded(Guarded::Token, &incoming),
            (_, "/card/nonce") => self.issuer.nonce(now, rng),
            (_, "/card/credential") => self.guarded(Guarded::Credential, &incoming),
            (_, "/card/deferred") => self.guarded(Guarded::Deferred, &incoming),
            (_, "/card/notification") => {
                self.notified += 1;
                self.guarded(Guarded::Notification, &incoming)
            }
            ("issuer.seoul.example", "/status/1") => {
                self.lists_fetched += 1;
                let list = match self.old_list.take() {
                    Some((list, again)) => {
                        self.old_list = again.checked_sub(1).map(|again| (list.clone(), again));
                        list
                    }
                    None => self.list(),
                };
                HttpResponse::new(200, "application/statuslist+jwt", list)
            }
            ("issuer.seoul.example", "/other/did.json") => HttpResponse::new(404, "text/plain", ""),
            (host, "/.well-known/did.json") => match self.documents.get(host) {
                Some(document) if self.fault == Fault::DocumentGone => {
                    HttpResponse::new(404, "application/json", document.to_string())
                }
                Some(document) => HttpResponse::ok(document),
                None => HttpResponse::new(404, "text/plain", ""),
            },
            (_, "/.well-known/did-configuration.json") => {
                HttpResponse::ok(&json!({ "linked_dids": self.linked }))
            }
            ("types.seoul.example", _) => {
                let address = request.url.to_string();
                self.types_asked.push(address.clone());
                assert!(request.headers.iter().all(|(name, _)| name == "accept"), "nothing says who asks");
                match self.types.get(&address) {
                    Some(document) => HttpResponse::new(200, "application/json", document.clone()),
                    None => HttpResponse::new(404, "text/plain", ""),
                }
            }
            (_, path) if path.starts_with("/request/") => {
                let (session, _) = &self.sessions[path.trim_start_matches("/request/")];
                let nonce = VerifierSession::wallet_nonce(&body);
                self.fetched = Some(body.clone());
                let party = self.verifier(&host);
                let token = session.request_object(nonce.as_deref(), &party.signer, now).unwrap();
                let token = if self.in_the_clear { in_the_clear(&token, party) } else { token };
                HttpResponse::new(200, "application/oauth-authz-req+jwt", token)
            }
            (_, path) if path.starts_with("/response/") => {
                self.take(path.trim_start_matches("/response/"), &body)
            }
            (_, other) => panic!("{other}"),
        }
    }

    fn take(&mut self, id: &str, body: &str) -> HttpResponse {
        if let Some(taken) = self.taken.get(id) {
            assert_eq!(taken, body, "another answer to the same question");
            return HttpResponse::ok(&json!({}));
        }
        let (mut session, host) = self.sessions.remove(id).unwrap();
        self.taken.insert(id.to_owned(), body.to_owned());
        self.posted.push((host, body.to_owned()));
        if self.in_the_clear {
            return HttpResponse::ok(&json!({}));
        }
        let answer = session.verify(body, &Keys(self.office.chain.clone(), self.now), self.now).unwrap();
        self.answers.push(match answer {
            Answer::Presented(shown) => {
                let shown: Value =
                    shown.iter().map(|(_, credential)| credential.token().claims().clone()).collect();
                self.shown.insert(id.to_owned(), shown[0].clone());
                Ok(shown)
            }
            Answer::Refused(word) => Err(word),
        });
        self.subjects.extend(session.subject().cloned());
        HttpResponse::ok(&json!({}))
    }

    fn guarded(&mut self, at: Guarded, incoming: &Incoming<'_>) -> HttpResponse {
        let request = match self.issuer.check(at, incoming, self.now) {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        let turn = &mut Turn { rows: &mut self.open, now: self.now, rng: &mut random::system() };
        let call = match at {
            Guarded::Token => return self.issuer.token(&request, turn),
            Guarded::Notification => return self.issuer.notification(&request, turn),
            Guarded::Credential => self.issuer.credential(&request, turn),
            Guarded::Deferred => self.issuer.deferred(&request, &|_| !self.put_off, turn),
        };
        match call {
            CredentialCall::Answer(answer) => answer,
            CredentialCall::Issue(order) if self.denied == Some(order.configuration.as_str()) => {
                Issuer::deny()
            }
            CredentialCall::Issue(order) if self.put_off && order.configuration == "health-check" => {
                self.issuer.defer(&order, Seconds::new(3_600), turn)
            }
            CredentialCall::Issue(order) => {
                self.issuer.ends_older(&order, turn);
                self.issue(&order)
            }
        }
    }

    fn issue(&mut self, order: &IssueOrder) -> HttpResponse {
        self.issued += 1;
        self.orders.insert(order.id);
        let of_one = |key| if self.fault == Fault::OneKey { &order.keys[0] } else { key };
        let keys: Vec<&Jwk> = order.keys.iter().map(of_one).collect();
        let credentials: Vec<String> = keys.into_iter().map(|key| self.card(order, key)).collect();
        self.issuer.issued(order, &credentials)
    }

    fn card(&mut self, order: &IssueOrder, holder: &Jwk) -> String {
        let own = match order.configuration.as_str() {
            "health-check" => HEALTH,
            "member" => MEMBER,
            _ => CARD,
        };
        let name = &order.subject;
        let rng = &mut random::system();
        self.next_status += usize::from(self.fault != Fault::OneStatus || self.next_status == 0);
        let list = match self.fault {
            Fault::AnotherList => OTHER_LIST,
            Fault::TwoLists if self.next_status == 1 => OTHER_LIST,
            Fault::ListElsewhere => "https://lists.seoul.example/status/1",
            Fault::ListQuery => "https://issuer.seoul.example/status/1?of=hers",
            _ => LIST,
        };
        let status = StatusReference::new(self.next_status * 7, list.to_owned()).to_claim();
        let vct = match self.fault {
            Fault::AnotherType => "urn:seoul:other",
            Fault::AnotherGranted => HEALTH,
            _ => own,
        };
        let late = match self.fault {
            Fault::Times => u64::try_from(self.next_status).unwrap(),
            Fault::Days => u64::try_from(self.next_status).unwrap() * 86_400,
            _ => 0,
        };
        let mut claims = json!({
            "vct": vct, "iss": ISSUER, "iat": day(self.now), "exp": day(self.now) + 100 * 86_400 + late,
            "status": status, "name": if self.fault == Fault::LyingName { LYING } else { name }, "age_over_19": true, "birthdate": "1990-01-01",
            "address": { "district": self.district, "street": "월드컵로 212" },
        });
        match self.fault {
            Fault::NameOfOne if self.next_status == 1 => claims["name"] = json!("홍 길순"),
            Fault::Identifier => claims["jti"] = json!("hers"),
            Fault::NotBefore => claims["nbf"] = json!(day(self.now) + 1),
            Fault::Second => claims["iat"] = json!(self.now.seconds() / 86_400 * 86_400 + 1),
            Fault::IssuerForHer => claims["iss"] = json!(format!("{ISSUER}/hers")),
            Fault::IntegrityOption => claims["vct#integrity"] = json!("sha256-AAAA?hers"),
            Fault::IntegrityTwice => claims["vct#integrity"] = json!("sha256-AAAA sha256-BBBB"),
            _ => {}
        }
        if let Some(did) = &self.did {
            claims["iss"] = json!(did.did);
        }
        if matches!(self.fault, Fault::AnotherDid | Fault::AnotherDidsKey) {
            claims["iss"] = json!(OTHER_DID);
        }
        if self.fault == Fault::NoIssuer {
            drop(claims.as_object_mut().unwrap().remove("iss"));
        }
        if let Some(integrity) = &self.integrity {
            claims["vct#integrity"] = json!(integrity);
        }
        if self.fault == Fault::AnotherTypeToo {
            claims["aka_vcts"] = json!(["urn:seoul:other"]);
        }
        if let Some(voter) = &self.voter {
            claims["voter"] = json!(voter);
        }
        let paths = ["name", "age_over_19", "birthdate", "address", "address.district", "address.street"];
        let paths = paths.into_iter().chain(self.voter.as_ref().map(|_| "voter"));
        let paths = paths.chain((self.fault == Fault::ConcealedType).then_some("vct"));
        let open = match self.fault {
            Fault::OpenName => "name",
            Fault::OpenInOne if self.next_status == 1 => "name",
            Fault::OpenStreet => "address.street",
            _ => "",
        };
        let paths = paths.filter(|path| *path != open);
        let paths = paths.map(|path| path.parse::<ClaimPath>().unwrap());
        let stranger = SoftwareSigner::generate(Algorithm::Es256, rng).jwk();
        let holder = if self.fault == Fault::AnotherKey { &stranger } else { holder };
        let party = if self.fault == Fault::AnotherSigner { &self.stranger } else { &self.office };
        let kind = if self.fault == Fault::ConcealedType { Kind::Any } else { Kind::Credential };
        let card = SdJwtIssuer::new(claims.as_object().unwrap().clone(), kind).unwrap();
        let card = card.holder(holder).conceal(paths).unwrap();
        let token =
            card.issue(&self.header(party).with_typ("dc+sd-jwt"), &party.signer, rng).unwrap().to_compact();
        self.remade(&token, party)
    }

    /// By what the issuer is known.
    fn header(&self, party: &Party) -> Header {
        match &self.did {
            Some(_) if self.fault == Fault::AnotherDidsKey => {
                Header::new(Algorithm::Es256).with_kid(&format!("{OTHER_DID}#key-1"))
            }
            Some(did) if self.fault == Fault::CertificateToo => party.header().with_kid(&did.kid()),
            Some(did) => Header::new(Algorithm::Es256).with_kid(&did.kid()),
            None => party.header(),
        }
    }

    /// The issuer's name in the registry.
    pub fn registered_as(&self) -> Hash {
        self.did.as_ref().map_or_else(|| self.office.thumbprint(), |did| did.name)
    }

    /// With what no honest issuer's program writes.
    fn remade(&self, token: &str, party: &Party) -> String {
        let (signed, rest) = token.split_once('~').unwrap();
        let mut claims = UnverifiedJwt::parse(signed).unwrap().claims_unverified().clone();
        let mut header = party.header().with_typ("dc+sd-jwt");
        match self.fault {
            Fault::StatusMember => claims["status"]["status_list"]["of"] = json!("hers"),
            Fault::StatusMechanism => claims["status"]["of"] = json!("hers"),
            Fault::HolderName => claims["cnf"]["jwk"]["kid"] = json!("hers"),
            Fault::Decoy => claims["_sd"].as_array_mut().unwrap().push(json!(base64url::encode([7; 32]))),
            Fault::BindingMember => claims["cnf"]["of"] = json!("hers"),
            Fault::TypeOfOne if self.next_status == 1 => header = header.with_typ("vc+sd-jwt"),
            Fault::HeaderKey => header = header.with_jwk(party.signer.jwk()),
            Fault::KeyName => header = header.with_kid("hers"),
            Fault::HeaderMember => drop(header.extra.insert("of".to_owned(), json!("hers"))),
            _ => return token.to_owned(),
        }
        format!("{}~{rest}", jwt::sign(&header, &claims, &party.signer).unwrap())
    }

    /// The list as it stands, the same bytes for the same list.
    pub fn list(&self) -> String {
        let publication = Publication {
            uri: LIST.to_owned(),
            issued_at: UnixTime::from_seconds(day(self.now)),
            expires: self.list_ends,
            time_to_live: self.time_to_live,
        };
        let signer = match &self.list_key {
            _ if self.fault == Fault::ListOfStranger => &self.stranger.signer,
            Some(ListKey { signer: Some(signer), .. }) => signer,
            _ => &self.office.signer,
        };
        let list = publication.sign(&self.statuses, signer).unwrap();
        let Some(did) = &self.did else { return list };
        let fragment = self.list_key.as_ref().map_or(did.fragment, |key| key.fragment);
        let kid = format!("{}#{fragment}", did.did);
        let header = Header::new(Algorithm::Es256).with_typ("statuslist+jwt").with_kid(&kid);
        let mut claims = UnverifiedJwt::parse(&list).unwrap().claims_unverified().clone();
        if let Some(by) = self.list_by {
            claims["iss"] = json!(by);
        }
        jwt::sign(&header, &claims, signer).unwrap()
    }

    /// An offer of the card to somebody, and the code that she is sent.
    pub fn offer(&mut self, name: &str) -> (String, String) {
        self.offer_of(name, &["citizen-card"])
    }

    /// Of several.
    pub fn offer_of(&mut self, name: &str, configurations: &[&str]) -> (String, String) {
        let digits = Some((6, "시청에서 보낸 문자를 보세요"));
        let turn = &mut Turn { rows: &mut self.open, now: self.now, rng: &mut random::system() };
        let offer = self.issuer.offer(name, configurations, digits, turn);
        let (offer, code) = offer.unwrap();
        (offer.to_link(), code.unwrap())
    }

    /// The issuer loses what is open.
    pub fn forget(&mut self) {
        self.open = MemoryRows::default();
    }

    /// A verifier asks; the link that it shows.
    pub fn ask(&mut self, host: &str, id: &str, query: &Value) -> String {
        self.ask_by(host, id, query, ResponseMode::DirectPost)
    }

    pub fn ask_by(&mut self, host: &str, id: &str, query: &Value, mode: ResponseMode) -> String {
        self.open_session((host, id), (Query::from_value(query).unwrap(), mode), Vec::new(), None)
    }

    /// A verifier asks her to sign in, and for this beside.
    pub fn ask_to_sign_in(&mut self, host: &str, id: &str, query: Query, sign_in: SignIn) -> String {
        self.open_session((host, id), (query, ResponseMode::DirectPostJwt), Vec::new(), Some(sign_in))
    }

    fn verifier(&self, host: &str) -> &Party {
        match host {
            LIBRARY => &self.library,
            CENTRE => &self.centre,
            _ => &self.sports,
        }
    }

    /// A name for which a verifier's own certificate vouches.
    fn vouched_for(&self, party: &Party, (host, id): (&str, &str)) -> Identification {
        let said = json!({
            "iss": format!("https://{host}"), "sub": "branch", "exp": self.now.seconds() + 3_600,
            "cnf": { "jwk": party.signer.jwk().to_value() }, "redirect_uris": [format!("https://{host}/response/{id}")],
        });
        let attestation = party.header().with_typ("verifier-attestation+jwt");
        let mut header = Header::new(Algorithm::Es256);
        let attestation = jwt::sign(&attestation, &said, &party.signer).unwrap();
        header.extra.insert("jwt".to_owned(), attestation.into());
        Identification { client_id: ClientId::parse("verifier_attestation:branch").unwrap(), header }
    }

    /// Whatever a verifier may ask: to authorise something, to sign in.
    pub fn open_session(
        &mut self,
        (host, id): (&str, &str),
        (query, mode): (Query, ResponseMode),
        transactions: Vec<String>,
        sign_in: Option<SignIn>,
    ) -> String {
        let party = self.verifier(host);
        let identification = if self.vouching {
            self.vouched_for(party, (host, id))
        } else {
            Identification {
                client_id: ClientId::parse(&format!("x509_san_dns:{host}")).unwrap(),
                header: party.header(),
            }
        };
        let ask = Ask {
            query,
            transactions,
            response_uri: endpoint(&format!("https://{host}/response/{id}")),
            mode,
            name: Some("우리가 도서관입니다".to_owned()),
            valid_for: Seconds::new(86_400),
        };
        let mut session = VerifierSession::start(identification, ask, self.now, &mut random::system());
        if let Some(sign_in) = sign_in {
            session = session.with_sign_in(sign_in, &mut random::system());
        }
        let link = session.link(&endpoint(&format!("https://{host}/request/{id}")), true);
        self.sessions.insert(id.to_owned(), (session, host.to_owned()));
        link
    }
}

/// The same request, but for an answer that everybody can read.
fn in_the_clear(token: &str, party: &Party) -> String {
    let mut claims = UnverifiedJwt::parse(token).unwrap().claims_unverified().clone();
    claims["response_mode"] = json!("direct_post");
    drop(claims["client_metadata"].as_object_mut().unwrap().remove("jwks"));
    jwt::sign(&party.header().with_typ("oauth-authz-req+jwt"), &claims, &party.signer).unwrap()
}

struct Keys(CertificateChain, UnixTime);

impl IssuerKeys for Keys {
    fn key(&self, _: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        Some((self.0.leaf().key().unwrap(), Authority::of_chain(&self.0, self.1)))
    }
}

/// Asks for "over 19" and the district, of the card.
pub fn query(claims: &[&[&str]]) -> Value {
    let claims: Vec<Value> = claims.iter().map(|path| json!({ "path": path })).collect();
    json!({ "credentials": [{ "id": "card", "format": "dc+sd-jwt", "meta": { "vct_values": [CARD] }, "claims": claims }] })
}

fn record(office: &Office, role: CertificateRole, whose: &str) -> CertificateRecord {
    let (party, name_ko, name_en) = match whose {
        LIBRARY => (&office.library, "마포구립도서관", "Mapo Library"),
        CENTRE => (&office.centre, "제로페이 센터", "ZeroPay Centre"),
        SPORTS => (&office.sports, "서울체육관", "Seoul Sports Centre"),
        _ => (&office.office, "서울시청", "Seoul City Hall"),
    };
    let claim = |path: &[&str]| GrantedClaim(path.iter().map(|name| text(name)).collect());
    let data = match role {
        CertificateRole::Issuer => GrantedData::All,
        CertificateRole::Verifier | CertificateRole::Attester => {
            let mut claims = vec![claim(&["age_over_19"]), claim(&["address", "district"])];
            claims.extend((whose == CENTRE).then(|| claim(&["voter"])));
            GrantedData::Claims(claims)
        }
    };
    let types: &[&str] = if role == CertificateRole::Issuer { &[CARD, HEALTH, MEMBER] } else { &[CARD] };
    let grant = |vct: &&str| CertificateGrant {
        credential: text(vct),
        data: data.clone(),
        purpose_ko: text("회원 가입"),
        purpose_en: text("Membership"),
    };
    CertificateRecord {
        role,
        thumbprint: if role == CertificateRole::Issuer { office.registered_as() } else { party.thumbprint() },
        name_ko: text(name_ko),
        name_en: text(name_en),
        grants: types.iter().map(grant).collect(),
        anchor: (role == CertificateRole::Issuer).then(|| office.anchor.public()),
        from: UnixTime::from_seconds(0),
        until: office.now.plus(Seconds::new(400 * 86_400)),
    }
}

pub fn register(gateway: &Gateway, office: &Shared, role: CertificateRole, whose: &str) {
    enter(gateway, &record(&office.lock().unwrap(), role, whose));
}

/// Governance enters another certificate than the party's own in its place.
pub fn register_by(gateway: &Gateway, office: &Shared, whose: &str, thumbprint: Hash) {
    let own = record(&office.lock().unwrap(), CertificateRole::Verifier, whose);
    enter(gateway, &CertificateRecord { thumbprint, ..own });
}

/// The issuer may say nothing but these claims.
pub fn restrict(gateway: &Gateway, office: &Shared, claims: &[&str]) {
    let mut record = record(&office.lock().unwrap(), CertificateRole::Issuer, "issuer");
    let claims = claims.iter().map(|name| GrantedClaim(vec![text(name)]));
    record.grants[0].data = GrantedData::Claims(claims.collect());
    enter(gateway, &record);
}

/// What stands in the place of somebody's record is changed.
pub fn register_as(
    gateway: &Gateway,
    office: &Shared,
    (role, whose): (CertificateRole, &str),
    change: impl FnOnce(&mut CertificateRecord),
) {
    let mut record = record(&office.lock().unwrap(), role, whose);
    let key = state_key::certificate(role, &record.thumbprint);
    change(&mut record);
    gateway.town(|town| town.seal(Block::default().write(key, &record)));
}

fn enter(gateway: &Gateway, record: &CertificateRecord) {
    let role = record.role;
    let key = state_key::certificate(role, &record.thumbprint);
    gateway.town(|town| town.seal(Block::default().write(key, record)));
}

/// Governance lets somebody vouch for verifiers that ask for what the library may.
pub fn let_attest(gateway: &Gateway, office: &Shared, thumbprint: Hash) {
    let own = record(&office.lock().unwrap(), CertificateRole::Attester, LIBRARY);
    let (name_ko, name_en) = (text("마포구청"), text("Mapo-gu Office"));
    enter(gateway, &CertificateRecord { thumbprint, name_ko, name_en, ..own });
}

/// Governance takes a certificate out of the registry.
pub fn unregister(gateway: &Gateway, role: CertificateRole, thumbprint: &Hash) {
    let key = state_key::certificate(role, thumbprint);
    gateway.town(|town| town.seal(Block::default().remove(key)));
}

/// The office puts the newest list's digest on the ledger.
pub fn anchor(gateway: &Gateway, office: &Shared) {
    let now = gateway.town(|town| town.now());
    let (key, anchored) = {
        let mut office = office.lock().unwrap();
        office.version += 1;
        office.now = now;
        let anchored = StatusAnchor {
            certificate: office.registered_as(),
            version: office.version,
            token: Hash::plain(&[office.list().as_bytes()]),
            time: now,
        };
        (state_key::status(&office.anchor.public().id(), &Hash::plain(&[LIST.as_bytes()])), anchored)
    };
    gateway.town(|town| town.seal(Block::default().write(key, &anchored)));
}

/// The office revokes every copy it has issued, and says so on the ledger.
pub fn revoke_all(gateway: &Gateway, office: &Shared) {
    {
        let mut office = office.lock().unwrap();
        for index in 0..1_000 {
            office.statuses.set(index, Status::Invalid).unwrap();
        }
    }
    anchor(gateway, office);
}

/// Receives the card.
pub async fn receive(wallet: &Wallet, office: &Shared, name: &str) -> Result<(), WalletError> {
    take_of(wallet, office, name, &["citizen-card"]).await.map(drop)
}

/// A wallet with the card.
pub async fn with_card(gateway: &Arc<Gateway>, office: &Shared) -> (Phone, Wallet) {
    let phone = Phone::new(gateway, 1);
    let (wallet, _) = phone.create();
    receive(&wallet, office, "홍 길동").await.unwrap();
    (phone, wallet)
}

/// A wallet on the phone that dies at a place.
pub fn cut_wallet(phone: &Phone, cut: &Arc<Cut>) -> Wallet {
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(Box::new(CutStore(Arc::clone(cut), store))));
    config.transport = Arc::new(CutTransport(Arc::clone(cut), phone.gateway.clone()));
    config.connections = Arc::new(Same(Arc::clone(&config.transport)));
    Wallet::open(config).unwrap().unlock(PIN).unwrap()
}
