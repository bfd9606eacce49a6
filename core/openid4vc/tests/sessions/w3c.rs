//! W3C credentials with Data Integrity (`ldp_vc`): issued, received, asked for, shown whole.

use crate::vci;
use crate::vp::{identification, to_send};
use crate::world::*;
use citizen_credential::integrity::{
    self, ASSERTION, CONTEXT, HeldDocument, IssuerKey, ProofOptions, Suite, VerifiedDocument,
};
use citizen_credential::sd_jwt::UnverifiedSdJwt;
use citizen_jose::{Algorithm, Jwk, Signer as _, SoftwareSigner, UnverifiedJwt, jwt};
use citizen_keys::Secret32;
use citizen_openid4vc::dcql::*;
use citizen_openid4vc::http::{HttpResponse, decode_form, encode_form};
use citizen_openid4vc::vci::{
    Configuration, CredentialDefinition, CredentialFormat, Flow, IssuanceError, Issuer, IssuerMetadata,
};
use citizen_openid4vc::vp::*;
use citizen_primitives::random;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

pub(crate) const OFFICE: &str = "did:web:seoul.example";
const REQUEST_TYPE: &str = "application/oauth-authz-req+jwt";

/// Who issues, and what a verifier knows of it.
pub(crate) struct Office {
    pub(crate) signer: SoftwareSigner,
    /// What its terms mean.
    pub(crate) terms: Vec<(&'static str, &'static str)>,
}

impl Office {
    pub(crate) fn new() -> Self {
        Self { signer: SoftwareSigner::generate(Algorithm::Es256, &mut random::system()), terms: Vec::new() }
    }

    fn key_of(&self) -> IssuerKey {
        let verification_method = format!("{OFFICE}#key-1");
        IssuerKey { issuer: OFFICE.to_owned(), verification_method, key: self.signer.jwk() }
    }

    pub(crate) fn issue(&self, holder: &Jwk, more: Value) -> Map<String, Value> {
        let id = citizen_did::jwk::did(&holder.key).unwrap().to_string();
        let mut document = json!({
            "@context": [CONTEXT], "type": ["VerifiableCredential", "CitizenCard"], "issuer": OFFICE,
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": { "id": id, "name": "선우 용녀", "district": "마포구", "address": { "street": "1" } },
        });
        let Value::Object(more) = more else { panic!() };
        document.as_object_mut().unwrap().extend(more);
        let options = ProofOptions {
            verification_method: format!("{OFFICE}#key-1"),
            purpose: ASSERTION.to_owned(),
            created: None,
            domain: None,
            challenge: None,
        };
        integrity::sign(document.as_object().unwrap(), &options, &self.signer).unwrap()
    }

    pub(crate) fn card(&self, key: &SoftwareSigner) -> HeldDocument {
        self.held(self.issue(&key.jwk(), json!({})), key)
    }

    pub(crate) fn held(&self, document: Map<String, Value>, key: &SoftwareSigner) -> HeldDocument {
        HeldDocument::accept(document, &self.key_of(), &key.jwk(), (&Suite::ALL, NOW)).unwrap()
    }
}

impl IssuerKeys for Office {
    fn key(&self, _: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        None
    }

    fn of_document(&self, credential: &Map<String, Value>) -> Option<DocumentIssuer> {
        let terms = self.terms.iter().map(|(name, iri)| ((*name).to_owned(), (*iri).to_owned())).collect();
        (credential.get("issuer")? == OFFICE).then(|| DocumentIssuer {
            key: self.key_of(),
            authorities: Vec::new(),
            terms,
        })
    }
}

pub(crate) fn asked() -> Value {
    json!({ "credentials": [{ "id": "card", "format": "ldp_vc", "meta": { "type_values": [["CitizenCard"]] },
        "claims": [{ "path": ["credentialSubject", "district"] }] }] })
}

pub(crate) fn candidate(held: &HeldDocument) -> Candidate {
    Candidate {
        id: CandidateId::new("card"),
        format: Format::LdpVc,
        types: held.verified().types().into_iter().map(str::to_owned).collect(),
        claims: Value::Object(held.verified().document().clone()),
        authorities: Vec::new(),
        key_bound: true,
    }
}

pub(crate) fn presents_both() -> Profile {
    Profile { formats: vec![Format::SdJwtVc, Format::LdpVc], ..crate::vp::profile() }
}

/// A verifier, and a wallet that knows what it asks.
pub(crate) struct Meeting {
    pub(crate) verifier: VerifierSession,
    pub(crate) wallet: HolderSession,
    pub(crate) request: Value,
}

impl Meeting {
    pub(crate) fn of(
        ask: Ask,
        sign_in: Option<SignIn>,
        profile: Profile,
        edit: impl FnOnce(&mut Value),
    ) -> Self {
        let (party, rng) = (Party::new(&[HOST]), &mut random::system());
        let mut verifier = VerifierSession::start(identification(&party), ask, NOW, rng);
        if let Some(sign_in) = sign_in {
            verifier = verifier.with_sign_in(sign_in, rng);
        }
        let link = verifier.link(&endpoint(&format!("https://{HOST}/request/1")), false);
        let mut wallet = HolderSession::open(&link, profile, rng).unwrap();
        let token = verifier.request_object(None, &party.signer, NOW).unwrap();
        let mut request = UnverifiedJwt::parse(&token).unwrap().claims_unverified().clone();
        edit(&mut request);
        let token = jwt::sign(&party.header().with_typ("oauth-authz-req+jwt"), &request, &party.signer);
        wallet.answer(&HttpResponse::new(200, REQUEST_TYPE, token.unwrap())).unwrap();
        wallet.identify(party.known(), NOW, rng).unwrap();
        Self { verifier, wallet, request }
    }

    pub(crate) fn asking(query: &Value) -> Self {
        let ask = Ask { query: asks(query), ..crate::vp::ask(ResponseMode::DirectPost) };
        Self::of(ask, None, presents_both(), |_| ())
    }

    /// She approves all of it.
    pub(crate) fn approved(&mut self, held: &HeldDocument) {
        let Step::Review(review) = self.wallet.next() else { panic!("{:?}", self.wallet.next()) };
        let candidates = [candidate(held)];
        let selection = review.query.evaluate(&candidates).preferred().unwrap();
        self.wallet.approve(&candidates, &selection, Insistence::No).unwrap();
    }

    pub(crate) fn present(&mut self, held: &HeldDocument) -> Result<(), PresentError> {
        self.wallet.present(vec![held.clone()], NOW)
    }

    pub(crate) fn sign(&mut self, key: &SoftwareSigner) {
        let Step::Sign(inputs) = self.wallet.next() else { panic!("{:?}", self.wallet.next()) };
        let signatures: Vec<_> = inputs.iter().map(|(_, input)| key.sign(input).unwrap()).collect();
        self.wallet.sign(&signatures, &mut random::system()).unwrap();
    }

    /// From the review to the body that is posted.
    pub(crate) fn shown(&mut self, held: &HeldDocument, key: &SoftwareSigner) -> String {
        self.approved(held);
        self.present(held).unwrap();
        self.sign(key);
        to_send(&self.wallet).body
    }

    pub(crate) fn presented(body: &str) -> Value {
        let token: Value = serde_json::from_str(&decode_form(body).unwrap()["vp_token"]).unwrap();
        token["card"][0].clone()
    }

    /// The verdict on something that a wallet of somebody's own making posts.
    pub(crate) fn verdict(&mut self, presentations: &Value, office: &Office) -> Result<Answer, VerifyError> {
        let token = json!({ "card": presentations }).to_string();
        let body = encode_form(&[("vp_token", &token), ("state", self.verifier.state())]);
        self.verifier.verify(&body, office, NOW)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.request[name].as_str().unwrap().to_owned()
    }
}

pub(crate) fn key(algorithm: Algorithm) -> SoftwareSigner {
    SoftwareSigner::generate(algorithm, &mut random::system())
}

#[test]
fn vp_24_a_w3c_credential_is_shown_with_a_proof_for_this_question_and_this_verifier_alone() {
    let modes =
        [(Algorithm::Es256, ResponseMode::DirectPost), (Algorithm::EdDsa, ResponseMode::DirectPostJwt)];
    for (algorithm, mode) in modes {
        let (office, key) = (Office::new(), key(algorithm));
        let held = office.card(&key);
        let ask = Ask { query: asks(&asked()), ..crate::vp::ask(mode) };
        let mut meeting = Meeting::of(ask, None, presents_both(), |_| ());
        let body = meeting.shown(&held, &key);
        if mode == ResponseMode::DirectPost {
            let shown = Meeting::presented(&body);
            assert_eq!(shown["proof"]["challenge"], meeting.text("nonce"));
            assert_eq!(shown["proof"]["domain"], format!("x509_san_dns:{HOST}"));
            assert_eq!(shown["proof"]["proofPurpose"], "authentication");
        }
        let answer = meeting.verifier.verify(&body, &office, NOW).unwrap();
        assert!(matches!(answer, Answer::Presented(tokens) if tokens.is_empty()));
        let [(query, document)] = meeting.verifier.documents() else { panic!() };
        assert_eq!((query.as_str(), document), ("card", held.verified()));
        let again = meeting.verifier.verify(&body, &office, NOW);
        assert!(matches!(again, Err(VerifyError::Closed)));
    }
}

#[test]
fn what_wallet_and_verifier_say_of_the_format_is_what_they_can_do() {
    let ldp = json!({ "proof_type_values": ["DataIntegrityProof"], "cryptosuite_values": ["eddsa-jcs-2022", "ecdsa-jcs-2019"] });
    let meeting = Meeting::asking(&asked());
    assert_eq!(meeting.request["client_metadata"]["vp_formats_supported"]["ldp_vc"], ldp);
    let other = Meeting::asking(&query());
    assert!(other.request["client_metadata"]["vp_formats_supported"].get("ldp_vc").is_none());
    let said =
        |formats: &[Format]| metadata::wallet_metadata(formats, &Prefix::ALL)["vp_formats_supported"].clone();
    assert_eq!(said(&[Format::LdpVc]), json!({ "ldp_vc": ldp }));
    assert!(said(&Profile::default().formats).get("ldp_vc").is_none());
}

#[test]
fn an_sd_jwt_and_a_w3c_credential_answer_one_request() {
    let (office, registry, key) = (Office::new(), Registry::new(), key(Algorithm::Es256));
    let held = office.card(&key);
    let wallet = crate::vp::wallet(&registry);
    let mut both = asked();
    both["credentials"].as_array_mut().unwrap().push(query()["credentials"][0].clone());
    let mut meeting = Meeting::asking(&both);
    let Step::Review(review) = meeting.wallet.next() else { panic!() };
    let mut candidates = wallet.candidates();
    candidates.push(Candidate { id: CandidateId::new("w3c"), ..candidate(&held) });
    let selection = review.query.evaluate(&candidates).preferred().unwrap();
    meeting.wallet.approve(&candidates, &selection, Insistence::No).unwrap();
    let Step::Present(orders) = meeting.wallet.next() else { panic!() };
    let made = |order: &Disclosure| match order.query.as_str() {
        "card" => Made::from(held.clone()),
        _ => Made::from((wallet.presentation(order), Algorithm::Es256)),
    };
    meeting.wallet.present(orders.iter().map(made).collect::<Vec<_>>(), NOW).unwrap();
    let Step::Sign(inputs) = meeting.wallet.next() else { panic!() };
    let signer = |id: &CandidateId| if id.as_str() == "w3c" { &key } else { &wallet.of(id).key };
    let signatures: Vec<_> = inputs.iter().map(|(id, input)| signer(id).sign(input).unwrap()).collect();
    meeting.wallet.sign(&signatures, &mut random::system()).unwrap();
    struct Both(Office, Registry);
    impl IssuerKeys for Both {
        fn key(&self, credential: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
            self.1.key(credential)
        }
        fn of_document(&self, credential: &Map<String, Value>) -> Option<DocumentIssuer> {
            self.0.of_document(credential)
        }
    }
    let body = to_send(&meeting.wallet).body;
    let tokens = crate::vp::presented(meeting.verifier.verify(&body, &Both(office, registry), NOW).unwrap());
    assert_eq!((tokens.len(), meeting.verifier.documents().len()), (1, 1));
}

fn definition() -> CredentialDefinition {
    let types = ["VerifiableCredential", "CitizenCard"].map(str::to_owned).into();
    CredentialDefinition { contexts: vec![json!(CONTEXT)], types }
}

/// An issuer of W3C credentials, which are made so.
fn server(make: impl Fn(&Jwk) -> Value + 'static) -> vci::Server {
    let configurations = vec![
        Configuration {
            name: "w3c-card".to_owned(),
            format: CredentialFormat::LdpVc(definition(), Suite::EcdsaJcs2019),
            metadata: json!({}),
        },
        Configuration {
            name: "certificate".to_owned(),
            format: CredentialFormat::SdJwtVc(PID.to_owned()),
            metadata: json!({}),
        },
    ];
    let config = citizen_openid4vc::vci::IssuerConfig { configurations, ..vci::config() };
    let issuer = Issuer::new(config, Secret32::take(Zeroizing::new([1; 32])), &mut random::system());
    let make = Box::new(move |_: &_, key: &Jwk| match make(key) {
        Value::String(text) => text,
        object => object.to_string(),
    });
    let mut server = vci::Server::new();
    server.issuer = issuer;
    server.make = make;
    server
}

fn received(
    server: &mut vci::Server,
    name: &str,
) -> Result<(citizen_openid4vc::vci::Issued, Vec<SoftwareSigner>), IssuanceError> {
    let (offer, _) = server.offer("선우 용녀", &[name], None, NOW);
    let mut session = vci::open(&offer.to_link());
    vci::send(&mut session, server)?;
    vci::accept(&mut session, &[name], Flow::PreAuthorized(None))?;
    vci::send(&mut session, server)?;
    let keys = vci::prove(&mut session, NOW);
    vci::send(&mut session, server)?;
    Ok((vci::finish(&mut session, server).remove(0), keys))
}

#[test]
fn vci_15_a_w3c_credential_comes_as_an_object_for_each_key_and_is_held_and_shown() {
    let office = std::rc::Rc::new(Office::new());
    let issuing = office.clone();
    let mut server = server(move |key| Value::Object(issuing.issue(key, json!({}))));
    let (issued, keys) = received(&mut server, "w3c-card").unwrap();
    assert_eq!((issued.credentials.len(), issued.documents.len(), keys.len()), (0, 3, 3));
    let copies: Vec<HeldDocument> =
        issued.documents.into_iter().zip(&keys).map(|(one, key)| office.held(one, key)).collect();
    // Each copy has a key, and so a subject, of its own.
    let subjects: std::collections::HashSet<_> = copies.iter().map(|copy| copy.holder().id()).collect();
    assert_eq!(subjects.len(), 3);
    for (copy, key) in copies.iter().zip(&keys) {
        let mut meeting = Meeting::asking(&asked());
        let body = meeting.shown(copy, key);
        assert!(meeting.verifier.verify(&body, &*office, NOW).is_ok());
        let shown: Vec<&VerifiedDocument> =
            meeting.verifier.documents().iter().map(|(_, document)| document).collect();
        assert_eq!(shown, [copy.verified()]);
    }
}

#[test]
fn vci_15_a_credential_of_the_other_form_or_of_another_definition_is_refused() {
    let of = |name: &str, change: Value| {
        let office = Office::new();
        let mut server = server(move |key| match change.clone() {
            Value::Object(members) => Value::Object(office.issue(key, Value::Object(members))),
            text => text,
        });
        received(&mut server, name).map(drop)
    };
    let refused = Err(IssuanceError::Answer);
    assert_eq!(of("w3c-card", json!({})), Ok(()));
    assert_eq!(of("w3c-card", json!("eyJ.eyJ.sig~")), refused, "a text");
    assert_eq!(of("certificate", json!("eyJ.eyJ.sig~")), Ok(()));
    assert_eq!(of("certificate", json!({})), refused, "an object");
    for (name, value) in [
        ("type", json!(["VerifiableCredential", "OtherCard"])),
        ("type", json!("CitizenCard")),
        ("@context", json!(["https://other.example", CONTEXT])),
        ("@context", json!(CONTEXT)),
    ] {
        assert_eq!(of("w3c-card", json!({ name: value })), refused, "{name}: {value}");
    }
    assert_eq!(of("w3c-card", json!({ "@context": [CONTEXT, "https://more.example"] })), Ok(()));
}

#[test]
fn vci_17_keys_are_named_as_the_issuer_binds_to_them() {
    use citizen_jose::Header;
    use citizen_openid4vc::vci::proof::{self, Audience, KeyName, ProofError};
    let key = key(Algorithm::Es256);
    let audience = Audience { issuer: vci::ISSUER, client: None, nonce: Some("n") };
    let verify = |token: &str| proof::verify(token, &audience, &|nonce| nonce == "n", NOW);
    for name in KeyName::ALL {
        let unsigned = proof::unsigned_as(name, &key.jwk(), &audience, NOW).unwrap();
        let signature = key.sign(unsigned.signing_input()).unwrap();
        assert_eq!(verify(&unsigned.with_signature(&signature)), Ok(key.jwk()), "{name:?}");
    }
    // Another's identifier, one that is no key, a key of the document that it has not.
    let other = crate::w3c::key(Algorithm::Es256).jwk();
    let (other, own) =
        (citizen_did::jwk::did(&other.key).unwrap(), citizen_did::jwk::did(&key.jwk().key).unwrap());
    let claims = json!({ "aud": vci::ISSUER, "iat": NOW.seconds(), "nonce": "n" });
    let right = format!("{own}#0");
    for (kid, is_taken) in [
        (right.clone(), true),
        (format!("{other}#0"), false),
        (own.to_string(), false),
        (format!("{own}#1"), false),
        ("did:web:seoul.example#0".to_owned(), false),
        ("1".to_owned(), false),
    ] {
        let header = Header::new(Algorithm::Es256).with_typ(proof::TYPE).with_kid(&kid);
        let verdict = verify(&jwt::sign(&header, &claims, &key).unwrap());
        assert_eq!(verdict, if is_taken { Ok(key.jwk()) } else { Err(ProofError::Invalid) }, "{kid}");
    }
    let both = Header::new(Algorithm::Es256).with_typ(proof::TYPE).with_kid(&right).with_jwk(key.jwk());
    assert_eq!(verify(&jwt::sign(&both, &claims, &key).unwrap()), Err(ProofError::Invalid));

    let said = server(|_| json!({})).issuer.metadata();
    let bound = |name: &str, methods: Option<Value>| {
        let mut said = said.clone();
        let one = said["credential_configurations_supported"][name].as_object_mut().unwrap();
        let own = one.remove("cryptographic_binding_methods_supported");
        one.extend(
            methods
                .clone()
                .or(own)
                .filter(|methods| !methods.is_null())
                .map(|methods| ("cryptographic_binding_methods_supported".to_owned(), methods)),
        );
        let read = IssuerMetadata::from_value(
            said.as_object().unwrap(),
            &endpoint(vci::ISSUER),
            citizen_openid4vc::http::Reach::Https,
        );
        read.map(|read| read.configurations[name].key_name)
    };
    assert_eq!(bound("w3c-card", None), Some(Some(KeyName::Jwk)));
    assert_eq!(bound("w3c-card", Some(Value::Null)), Some(Some(KeyName::Jwk)), "it does not say");
    assert_eq!(
        bound("w3c-card", Some(json!(["did:web", "did:key", "did:jwk"]))),
        Some(Some(KeyName::DidJwk))
    );
    assert_eq!(bound("w3c-card", Some(json!(["did:key"]))), Some(Some(KeyName::DidKey)));
    assert_eq!(bound("w3c-card", Some(json!(["cose_key"]))), Some(None));
    assert_eq!(bound("w3c-card", Some(json!("jwk"))), None);
}

#[test]
fn vci_17_a_wallet_proves_its_keys_as_dids_to_an_issuer_that_binds_to_them_alone() {
    let office = std::rc::Rc::new(Office::new());
    for (methods, is_asked) in
        [(json!(["did:jwk"]), true), (json!(["did:key"]), true), (json!(["did:web"]), false)]
    {
        let issuing = office.clone();
        let mut server = server(move |key| Value::Object(issuing.issue(key, json!({}))));
        let (offer, _) = server.offer("선우 용녀", &["w3c-card"], None, NOW);
        let mut session = vci::open(&offer.to_link());
        let verdict = loop {
            let citizen_openid4vc::vci::Step::Send(request) = session.next() else { break Ok(()) };
            let mut answer = server.serve(&request, NOW);
            if request.url.as_str().contains("openid-credential-issuer") {
                let mut said: Value = serde_json::from_slice(&answer.body).unwrap();
                said["credential_configurations_supported"]["w3c-card"]["cryptographic_binding_methods_supported"] =
                    methods.clone();
                answer = HttpResponse::ok(&said);
            }
            if let Err(error) = session.answer(&answer, NOW, &mut random::system()) {
                break Err(error);
            }
        };
        if !is_asked {
            assert_eq!(verdict, Err(IssuanceError::Unsupported));
            continue;
        }
        verdict.unwrap();
        vci::accept(&mut session, &["w3c-card"], Flow::PreAuthorized(None)).unwrap();
        vci::send(&mut session, &mut server).unwrap();
        let keys = vci::prove(&mut session, NOW);
        let citizen_openid4vc::vci::Step::Send(request) = session.next() else { panic!() };
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let proof = UnverifiedJwt::parse(body["proofs"]["jwt"][0].as_str().unwrap()).unwrap();
        let header = proof.header();
        assert!(header.jwk.is_none() && header.kid.as_ref().is_some_and(|kid| kid.starts_with("did:")));
        vci::send(&mut session, &mut server).unwrap();
        let issued = vci::finish(&mut session, &mut server).remove(0);
        assert_eq!((issued.documents.len(), keys.len()), (3, 3), "{methods}");
    }
}

#[test]
fn vci_16_a_configuration_says_what_it_is_and_one_without_its_definition_is_refused() {
    let said = server(|_| json!({})).issuer.metadata();
    let one = &said["credential_configurations_supported"]["w3c-card"];
    assert_eq!((&one["format"], one.get("vct")), (&json!("ldp_vc"), None));
    assert_eq!(one["credential_definition"], definition().to_value());
    assert_eq!(one["credential_signing_alg_values_supported"], json!(["ecdsa-jcs-2019"]));
    let other = &said["credential_configurations_supported"]["certificate"];
    assert_eq!((&other["format"], &other["vct"]), (&json!("dc+sd-jwt"), &json!(PID)));
    let read = |said: &Value| {
        IssuerMetadata::from_value(
            said.as_object().unwrap(),
            &endpoint(vci::ISSUER),
            citizen_openid4vc::http::Reach::Https,
        )
    };
    let known = read(&said).unwrap().configurations["w3c-card"].clone();
    assert_eq!(known.definition, Some(definition()));
    assert_eq!((known.signed_by, known.vct), (vec!["ecdsa-jcs-2019".to_owned()], None));
    for wrong in [
        Value::Null,
        json!({}),
        json!({ "type": ["A"] }),
        json!({ "@context": [CONTEXT] }),
        json!({ "@context": [], "type": ["A"] }),
        json!({ "@context": [CONTEXT], "type": [] }),
        json!({ "@context": [7], "type": ["A"] }),
        json!({ "@context": [CONTEXT], "type": [7] }),
        json!({ "@context": CONTEXT, "type": ["A"] }),
        json!({ "@context": vec![CONTEXT; 33], "type": ["A"] }),
    ] {
        let mut said = said.clone();
        said["credential_configurations_supported"]["w3c-card"]["credential_definition"] = wrong.clone();
        assert!(read(&said).is_none(), "{wrong}");
    }
}
