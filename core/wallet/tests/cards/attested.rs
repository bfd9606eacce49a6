//! A verifier that somebody vouches for, by an attestation in the header of its request: as well known as whoever vouches, and no better.

use crate::did::{anchor as anchor_did, creator, hex, role};
use crate::office::{
    LIBRARY, Office, Party as Somebody, Shared, let_attest, query, register_by, unregister, with_card,
};
use crate::support::Gateway;
use crate::support::ledger::city::Block;
use crate::unknown::{may_insist, wallet_with};
use citizen_did::{Did, jwk};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, jwt};
use citizen_ledger::did::{DidMethod, Fragment, MethodKey, Purposes};
use citizen_ledger::{CertificateRole, DidContent, DidRecord, Role, state_key};
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_openid4vc::vp::{Ask, ClientId, Identification, ResponseMode, SignIn, VerifierSession};
use citizen_primitives::{Hash, Seconds, SeoulDid, UnixTime, random};
use citizen_wallet::error::{Party, Reason, Subject};
use citizen_wallet::{Wallet, WalletError};
use serde_json::{Value, json};
use std::sync::Arc;

const LITTLE: &[&[&str]] = &[&["age_over_19"], &["address", "district"]];
/// Who attests, and whom.
const ATTESTER: &str = "attester.seoul.example";
const BRANCH: &str = "망원동 작은도서관";
const UNKNOWN: WalletError = WalletError::UnknownParty { claims_to_be: Party::Verifier };
const DID: SeoulDid = SeoulDid::from_bytes([0xa7; 32]);

/// What an attester says of the branch, whose key is the library's.
fn attestation(office: &Shared, now: UnixTime) -> Value {
    let key = office.lock().unwrap().library.signer.jwk().to_value();
    json!({
        "iss": format!("https://{ATTESTER}"), "sub": BRANCH, "iat": now.seconds(), "exp": now.seconds() + 3_600,
        "cnf": { "jwk": key }, "redirect_uris": [format!("https://{LIBRARY}/response/1")],
    })
}

fn by(attester: &Somebody) -> Header {
    Header::new(Algorithm::Es256).with_typ("verifier-attestation+jwt").with_x5c(attester.chain.clone())
}

/// The branch asks with an attestation.
fn ask(
    office: &Shared,
    gateway: &Gateway,
    (header, said, signer): (&Header, &Value, &SoftwareSigner),
    (claims, sign_in): (&[&[&str]], Option<SignIn>),
) -> String {
    let endpoint = |text: &str| Endpoint::parse(text, Reach::Https).unwrap();
    let mut own = Header::new(Algorithm::Es256);
    own.extra.insert("jwt".to_owned(), jwt::sign(header, said, signer).unwrap().into());
    let named = said["sub"].as_str().filter(|named| *named != "서울도서관").unwrap_or(BRANCH);
    let client_id = ClientId::parse(&format!("verifier_attestation:{named}")).unwrap();
    let ask = Ask {
        query: Query::from_value(&query(claims)).unwrap(),
        transactions: Vec::new(),
        response_uri: endpoint(&format!("https://{LIBRARY}/response/1")),
        mode: ResponseMode::DirectPostJwt,
        name: None,
        valid_for: Seconds::new(86_400),
    };
    let now = gateway.town(|town| town.now());
    let identification = Identification { client_id, header: own };
    let mut session = VerifierSession::start(identification, ask, now, &mut random::system());
    if let Some(sign_in) = sign_in {
        session = session.with_sign_in(sign_in, &mut random::system());
    }
    let link = session.link(&endpoint(&format!("https://{LIBRARY}/request/1")), true);
    office.lock().unwrap().sessions.insert("1".to_owned(), (session, LIBRARY.to_owned()));
    link
}

fn asked(office: &Shared, gateway: &Gateway, attester: &Somebody) -> String {
    let said = attestation(office, gateway.town(|town| town.now()));
    ask(office, gateway, (&by(attester), &said, &attester.signer), (LITTLE, None))
}

/// A city, a phone with the card, and somebody who may vouch for verifiers.
async fn city() -> (Arc<Gateway>, Shared, Wallet, Somebody) {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let attester = Somebody::new(ATTESTER);
    let_attest(&gateway, &office, attester.thumbprint());
    (gateway, office, wallet, attester)
}

#[tokio::test]
async fn card_50_who_is_vouched_for_by_the_registrys_attester_is_shown_what_that_one_lets_ask() {
    let (gateway, office, wallet, attester) = city().await;
    let review = wallet.review_presentation(&asked(&office, &gateway, &attester)).await.unwrap();
    let view = review.view().clone();
    assert!(*view.verifier().is_registered() && *view.can_present());
    assert_eq!(view.verifier().name().ko, format!("{BRANCH} (마포구청 보증)"));
    assert_eq!(view.verifier().name().en, format!("{BRANCH} (vouched for by Mapo-gu Office)"));
    assert!(view.text().en.contains("The registry proves who vouches"), "{}", view.text().en);
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    let answers = std::mem::take(&mut office.lock().unwrap().answers);
    assert_eq!(answers[0].clone().unwrap()[0]["address"], json!({ "district": "마포구" }));
    let log = wallet.credential_log().unwrap();
    assert!(log.last().unwrap().text().ko.contains(&format!("{BRANCH} (마포구청 보증)")));
}

#[tokio::test]
async fn card_50_whom_an_unknown_attester_vouches_for_is_unknown_and_gets_nothing() {
    let (gateway, office) = Office::open();
    let wallet = wallet_with(&gateway, &office, may_insist).await;
    let attester = Somebody::new(ATTESTER);
    let link = asked(&office, &gateway, &attester);
    let is_unknown = async || {
        let review = wallet.review_presentation(&link).await.unwrap();
        assert!(!*review.view().verifier().is_registered() && !*review.view().can_present());
        assert_eq!(review.view().verifier().name().ko, LIBRARY, "nobody's word for its name");
        let choice = review.suggested().unwrap();
        assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), UNKNOWN);
        assert!(office.lock().unwrap().posted.is_empty());
    };
    is_unknown().await;
    // Whoever may ask may not therefore vouch for others.
    register_by(&gateway, &office, LIBRARY, attester.thumbprint());
    is_unknown().await;
    let_attest(&gateway, &office, Somebody::new(ATTESTER).thumbprint());
    is_unknown().await;
    // By policy she may insist; and once the registry has the attester, she need not.
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(*review.view().can_insist());
    let choice = review.suggested().unwrap().insisting();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(office.lock().unwrap().answers[0].is_ok());
    let_attest(&gateway, &office, attester.thumbprint());
    let link = asked(&office, &gateway, &attester);
    assert!(*wallet.review_presentation(&link).await.unwrap().view().can_present());
}

#[tokio::test]
async fn card_50_an_attestation_that_is_not_the_attesters_or_not_for_this_says_nothing() {
    let (gateway, office, wallet, attester) = city().await;
    let now = gateway.town(|town| town.now());
    let good = attestation(&office, now);
    let refused = async |header: &Header, said: &Value, signer: &SoftwareSigner, why: &str| {
        let link = ask(&office, &gateway, (header, said, signer), (LITTLE, None));
        let refused = wallet.review_presentation(&link).await.unwrap_err();
        let is_right = refused == UNKNOWN
            || matches!(refused, WalletError::Unverified { what: Subject::Request, source: Party::Verifier });
        assert!(is_right && office.lock().unwrap().posted.is_empty(), "{why}: {refused:?}");
    };
    let stranger = Somebody::new(ATTESTER);
    refused(&by(&attester), &good, &stranger.signer, "signed by another").await;
    let plain = Header::new(Algorithm::Es256).with_typ("verifier-attestation+jwt");
    refused(&plain, &good, &attester.signer, "no certificate and no DID").await;
    let typed = by(&attester).with_typ("JWT");
    refused(&typed, &good, &attester.signer, "another kind of token").await;
    type Change = fn(&mut Value, UnixTime);
    let changes: [(&str, Change); 6] = [
        ("in the name of another host", |it, _| it["iss"] = json!("https://other.seoul.example")),
        ("of another subject", |it, _| it["sub"] = json!("서울도서관")),
        ("over", |it, now| it["exp"] = json!(now.seconds() - 61)),
        ("for another key", |it, _| {
            it["cnf"]["jwk"] =
                SoftwareSigner::generate(Algorithm::Es256, &mut random::system()).jwk().to_value()
        }),
        ("for another address", |it, _| {
            it["redirect_uris"] = json!(["https://elsewhere.example/response/1"])
        }),
        ("without an end", |it, _| drop(it.as_object_mut().unwrap().remove("exp"))),
    ];
    for (why, change) in changes {
        let mut said = good.clone();
        change(&mut said, now);
        refused(&by(&attester), &said, &attester.signer, why).await;
    }
    // A name that no screen could show as it is written (PRIM-5).
    const LYING: &str = "도서관\u{202e}";
    let mut lying = good.clone();
    lying["sub"] = json!(LYING);
    refused(&by(&attester), &lying, &attester.signer, "a name that turns round").await;
    let link = ask(&office, &gateway, (&by(&attester), &good, &attester.signer), (LITTLE, None));
    assert!(*wallet.review_presentation(&link).await.unwrap().view().can_present(), "and the good one does");
}

#[tokio::test]
async fn card_50_it_asks_for_no_more_than_its_attester_may_let_it_and_only_while_that_one_may() {
    let (gateway, office, wallet, attester) = city().await;
    let said = attestation(&office, gateway.town(|town| town.now()));
    let beyond: &[&[&str]] = &[&["name"]];
    let link = ask(&office, &gateway, (&by(&attester), &said, &attester.signer), (beyond, None));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    let refused = wallet.present_credentials(review, &choice).await.unwrap_err();
    assert_eq!(refused, WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant });

    let review = wallet.review_presentation(&asked(&office, &gateway, &attester)).await.unwrap();
    let choice = review.suggested().unwrap();
    unregister(&gateway, CertificateRole::Attester, &attester.thumbprint());
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), old);
    assert!(office.lock().unwrap().posted.is_empty());
}

#[tokio::test]
async fn card_50_an_attester_may_be_known_by_its_did_on_the_ledger() {
    let (gateway, office, wallet, attester) = city().await;
    unregister(&gateway, CertificateRole::Attester, &attester.thumbprint());
    let own = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let anchored = |purposes| {
        let content = DidContent {
            controllers: vec![creator().public()],
            threshold: 1,
            methods: vec![DidMethod {
                fragment: Fragment::new("key-1").unwrap(),
                key: MethodKey::P256(own.jwk().key.to_bytes().try_into().unwrap()),
                purposes,
            }],
            services: Vec::new(),
        };
        let now = UnixTime::from_seconds(1);
        let organisation = creator().id();
        let record =
            DidRecord { organisation, content, version: 1, created: now, updated: now, deactivated: false };
        anchor_did(&gateway, &DID, &record);
    };
    anchored(Purposes::ASSERTION);
    let key = state_key::role(Role::Organisation, &creator().id());
    gateway.town(|town| town.seal(Block::default().write(key, &role())));
    let did = format!("did:seoul:{}", hex(&DID));
    let mut said = attestation(&office, gateway.town(|town| town.now()));
    said["iss"] = json!(did);
    let header =
        Header::new(Algorithm::Es256).with_typ("verifier-attestation+jwt").with_kid(&format!("{did}#key-1"));
    let link = ask(&office, &gateway, (&header, &said, &own), (LITTLE, None));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_present(), "who it is, and nothing that it may vouch for");
    let_attest(&gateway, &office, Hash::from_bytes(*DID.as_bytes()));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(*review.view().can_present());
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(office.lock().unwrap().answers[0].is_ok());
    anchored(Purposes::AUTHENTICATION);
    let link = ask(&office, &gateway, (&header, &said, &own), (LITTLE, None));
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), UNKNOWN, "a key for something else");
}

/// A DID that is a key: the registry has it under the SHA-256 of its text.
#[tokio::test]
async fn card_50_an_attester_may_be_known_by_a_did_that_is_a_key() {
    let (gateway, office, wallet, attester) = city().await;
    unregister(&gateway, CertificateRole::Attester, &attester.thumbprint());
    let own = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let did = jwk::did(&own.jwk().key).unwrap();
    let did = Did::as_str(&did);
    let mut said = attestation(&office, gateway.town(|town| town.now()));
    said["iss"] = json!(did);
    let header =
        Header::new(Algorithm::Es256).with_typ("verifier-attestation+jwt").with_kid(&format!("{did}#0"));
    let link = ask(&office, &gateway, (&header, &said, &own), (LITTLE, None));
    let can_present = async || {
        let review = wallet.review_presentation(&link).await.unwrap();
        *review.view().can_present()
    };
    assert!(!can_present().await, "who it is, and nothing that it may vouch for");
    let name = Hash::plain(&[did.as_bytes()]);
    register_by(&gateway, &office, LIBRARY, name);
    assert!(!can_present().await, "it may ask, and not vouch");
    let another = jwk::did(&attester.signer.jwk().key).unwrap();
    let_attest(&gateway, &office, Hash::plain(&[Did::as_str(&another).as_bytes()]));
    assert!(!can_present().await, "another may");
    let_attest(&gateway, &office, name);
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(*review.view().can_present());
    assert_eq!(review.view().verifier().name().ko, format!("{BRANCH} (마포구청 보증)"));
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(office.lock().unwrap().answers[0].is_ok());
}

#[tokio::test]
async fn card_50_a_service_that_is_vouched_for_knows_her_by_a_key_of_its_own() {
    let (gateway, office, wallet, attester) = city().await;
    let said = attestation(&office, gateway.town(|town| town.now()));
    let link =
        ask(&office, &gateway, (&by(&attester), &said, &attester.signer), (LITTLE, Some(SignIn::Bound)));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    let link = {
        let asked = Query::from_value(&query(LITTLE)).unwrap();
        office.lock().unwrap().ask_to_sign_in(LIBRARY, "2", asked, SignIn::Bound)
    };
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    let subjects = office.lock().unwrap().subjects.clone();
    assert_eq!(subjects.len(), 2);
    assert_ne!(subjects[0], subjects[1], "the library itself, with the same key and address, is another");
    assert_eq!(wallet.services().unwrap().len(), 2);
}
