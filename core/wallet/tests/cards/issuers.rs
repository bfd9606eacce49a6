//! Issuers that are known by a DID: on the ledger, on a server, or in the DID itself.

use crate::did::{anchor as anchor_did, creator, hex, record_of, role};
use crate::office::{
    Fault, IssuerDid, LIBRARY, ListKey, OTHER_DID, Office, Shared, anchor, query, receive, register,
    revoke_all, unregister,
};
use crate::support::ledger::city::Block;
use crate::support::ledger::text;
use crate::support::{Gateway, Phone};
use citizen_credential::status::Status;
use citizen_did::{Did, jwk};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, jwt};
use citizen_ledger::did::{DidMethod, Fragment, MethodKey, Purposes};
use citizen_ledger::{CertificateRole, DidRecord, Role, state_key};
use citizen_primitives::{Hash, Seconds, SeoulDid, random};
use citizen_wallet::error::{Party, Subject};
use citizen_wallet::{Wallet, WalletError};
use serde_json::{Value, json};
use std::sync::Arc;

const LITTLE: &[&[&str]] = &[&["age_over_19"]];
const HOST: &str = "issuer.seoul.example";
const ORIGIN: &str = "https://issuer.seoul.example";
const DID: SeoulDid = SeoulDid::from_bytes([0xe5; 32]);
const WRONG: WalletError = WalletError::Unverified { what: Subject::Credential, source: Party::Issuer };
const UNKNOWN: WalletError = WalletError::UnknownParty { claims_to_be: Party::Issuer };

fn issuer_did(did: &str, fragment: &'static str) -> IssuerDid {
    IssuerDid { did: did.to_owned(), fragment, name: Hash::plain(&[did.as_bytes()]) }
}

fn on_the_ledger() -> IssuerDid {
    IssuerDid {
        did: format!("did:seoul:{}", hex(&DID)),
        fragment: "key-1",
        name: Hash::from_bytes(*DID.as_bytes()),
    }
}

/// What the office's DID says on the ledger.
fn record(office: &Shared) -> DidRecord {
    let key = office.lock().unwrap().office.signer.jwk();
    record_of(&key, Purposes::ASSERTION, ORIGIN)
}

/// A city whose certificate of the office counts no more, and a phone.
fn city() -> (Arc<Gateway>, Shared, Wallet) {
    let (gateway, office) = Office::open();
    let thumbprint = office.lock().unwrap().office.thumbprint();
    unregister(&gateway, CertificateRole::Issuer, &thumbprint);
    let (wallet, _) = Phone::new(&gateway, 1).create();
    (gateway, office, wallet)
}

/// The office is known by a DID, and the registry has it.
fn by_did(gateway: &Gateway, office: &Shared, did: &IssuerDid) {
    office.lock().unwrap().did = Some(did.clone());
    register(gateway, office, CertificateRole::Issuer, "issuer");
    anchor(gateway, office);
}

fn by_ledger(gateway: &Gateway, office: &Shared) {
    anchor_did(gateway, &DID, &record(office));
    let key = state_key::role(Role::Organisation, &creator().id());
    gateway.town(|town| town.seal(Block::default().write(key, &role())));
    by_did(gateway, office, &on_the_ledger());
}

/// The office's document under a DID of a server.
fn document(office: &Shared, did: &str) -> Value {
    let key = office.lock().unwrap().office.signer.jwk().to_value();
    json!({
        "id": did,
        "verificationMethod": [{ "id": format!("{did}#key-1"), "type": "JsonWebKey", "controller": did, "publicKeyJwk": key }],
        "assertionMethod": [format!("{did}#key-1")],
    })
}

/// It is received, looked up in the list, shown to a verifier, and revoked.
async fn whole_life(gateway: &Gateway, office: &Shared, wallet: &Wallet) {
    receive(wallet, office, "홍 길동").await.unwrap();
    let cards = wallet.refresh_credentials().await.unwrap();
    assert_eq!((*cards[0].state(), cards[0].issuer().clone().unwrap().ko.as_str()), ("valid", "서울시청"));
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(office.lock().unwrap().answers[0].clone().unwrap()[0]["age_over_19"], json!(true));
    revoke_all(gateway, office);
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "revoked");
}

#[tokio::test]
async fn card_51_an_issuer_is_known_by_its_did_on_the_ledger() {
    let (gateway, office, wallet) = city();
    by_ledger(&gateway, &office);
    whole_life(&gateway, &office, &wallet).await;
}

#[tokio::test]
async fn card_51_an_issuer_is_known_by_the_did_of_its_server() {
    let (gateway, office, wallet) = city();
    let did = format!("did:web:{HOST}");
    by_did(&gateway, &office, &issuer_did(&did, "key-1"));
    let known = document(&office, &did);
    office.lock().unwrap().documents.insert(HOST.to_owned(), known);
    whole_life(&gateway, &office, &wallet).await;
}

/// The word of the office's own key that it is at an address.
fn linked(office: &Shared, did: &str, origin: &str) -> String {
    signed(office, did, &said(office, did, origin))
}

fn said(office: &Shared, did: &str, origin: &str) -> Value {
    json!({
        "iss": did, "sub": did, "nbf": 0, "exp": office.lock().unwrap().now.seconds() + 86_400,
        "vc": { "type": ["VerifiableCredential", "DomainLinkageCredential"], "credentialSubject": { "id": did, "origin": origin } },
    })
}

fn signed(office: &Shared, did: &str, said: &Value) -> String {
    let header = Header::new(Algorithm::Es256).with_typ("JWT").with_kid(&format!("{did}#0"));
    jwt::sign(&header, said, &office.lock().unwrap().office.signer).unwrap()
}

#[tokio::test]
async fn card_51_a_did_that_is_a_key_says_itself_at_which_host_it_issues() {
    let (gateway, office, wallet) = city();
    let key = office.lock().unwrap().office.signer.jwk().key;
    let did = jwk::did(&key).unwrap();
    let did = Did::as_str(&did);
    by_did(&gateway, &office, &issuer_did(did, "0"));
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), UNKNOWN, "no word of it");
    let elsewhere = linked(&office, did, "https://elsewhere.example");
    office.lock().unwrap().linked = vec!["x".to_owned(), elsewhere];
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), UNKNOWN, "at another host");
    let here = linked(&office, did, ORIGIN);
    let (signed, _) = here.rsplit_once('.').unwrap();
    office.lock().unwrap().linked = vec![format!("{signed}.{}", "A".repeat(86))];
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), UNKNOWN, "not its own word");
    office.lock().unwrap().linked = vec![here];
    whole_life(&gateway, &office, &wallet).await;
}

/// Well Known DID Configuration, sections 6 and 7: the DID says it in its own name, of itself, and not for ever.
#[tokio::test]
async fn card_51_a_word_of_a_did_is_in_its_name_of_itself_and_ends() {
    let (gateway, office, wallet) = city();
    let key = office.lock().unwrap().office.signer.jwk().key;
    let did = jwk::did(&key).unwrap();
    let did = Did::as_str(&did);
    by_did(&gateway, &office, &issuer_did(did, "0"));
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 8] = [
        ("in another's name", |it| it["iss"] = json!(OTHER_DID)),
        ("in nobody's name", |it| drop(it.as_object_mut().unwrap().remove("iss"))),
        ("of another", |it| it["sub"] = json!(OTHER_DID)),
        ("of nobody", |it| drop(it.as_object_mut().unwrap().remove("sub"))),
        ("another is there", |it| it["vc"]["credentialSubject"]["id"] = json!(OTHER_DID)),
        ("for ever", |it| drop(it.as_object_mut().unwrap().remove("exp"))),
        ("over", |it| it["exp"] = json!(it["exp"].as_u64().unwrap() - 86_400 - 3_600)),
        ("not yet", |it| it["nbf"] = json!(it["exp"].as_u64().unwrap() - 3_600)),
    ];
    for (why, change) in changes {
        let mut other = said(&office, did, ORIGIN);
        change(&mut other);
        let word = signed(&office, did, &other);
        office.lock().unwrap().linked = vec![word];
        assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), UNKNOWN, "{why}");
    }
    let word = linked(&office, did, ORIGIN);
    office.lock().unwrap().linked = vec![word];
    receive(&wallet, &office, "홍 길동").await.unwrap();
}

#[tokio::test]
async fn card_51_a_did_that_the_registry_does_not_have_as_an_issuer_is_nobody() {
    let (gateway, office, wallet) = city();
    by_ledger(&gateway, &office);
    let is_unknown = async |why: &str| {
        let (link, code) = office.lock().unwrap().offer("홍 길동");
        let review = wallet.review_offer(&link).await.unwrap();
        assert!(!*review.view().issuer().is_registered() && !*review.view().can_accept(), "{why}");
        assert_eq!(wallet.accept_offer(review, Some(&code)).await.unwrap_err(), UNKNOWN, "{why}");
    };
    unregister(&gateway, CertificateRole::Issuer, &on_the_ledger().name);
    is_unknown("not in the registry").await;
    register(&gateway, &office, CertificateRole::Issuer, "issuer");
    type Change = fn(&mut DidRecord);
    let changes: [(&str, Change); 5] = [
        ("deactivated", |it| it.deactivated = true),
        ("a key for something else", |it| it.content.methods[0].purposes = Purposes::AUTHENTICATION),
        ("no such key", |it| it.content.methods[0].fragment = Fragment::new("key-2").unwrap()),
        ("at another host", |it| it.content.services[0].endpoint = text("https://elsewhere.example")),
        ("of nobody", |it| it.organisation = citizen_keys::SigningKey::from_seed(&[92; 32]).id()),
    ];
    for (why, change) in changes {
        let mut other = record(&office);
        change(&mut other);
        anchor_did(&gateway, &DID, &other);
        is_unknown(why).await;
    }
    let did = format!("did:web:{HOST}:other");
    by_did(&gateway, &office, &issuer_did(&did, "key-1"));
    is_unknown("a server without a document").await;
}

#[tokio::test]
async fn card_51_a_credential_is_signed_by_a_key_of_the_did_and_in_its_name() {
    let (gateway, office, wallet) = city();
    by_ledger(&gateway, &office);
    for fault in
        [Fault::AnotherDid, Fault::AnotherSigner, Fault::KeyName, Fault::NoIssuer, Fault::CertificateToo]
    {
        office.lock().unwrap().fault = fault;
        assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), WRONG, "{fault:?}");
        assert!(wallet.credentials().unwrap().is_empty());
    }
    // And so is its list of statuses.
    office.lock().unwrap().fault = Fault::None;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    office.lock().unwrap().fault = Fault::ListOfStranger;
    anchor(&gateway, &office);
    let wrong = WalletError::Unverified { what: Subject::StatusList, source: Party::Issuer };
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), wrong);
    office.lock().unwrap().fault = Fault::None;
    office.lock().unwrap().list_by = Some(OTHER_DID);
    anchor(&gateway, &office);
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), wrong, "in another's name");
    office.lock().unwrap().list_by = None;
    anchor(&gateway, &office);
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "valid");
}

/// A wallet with an account, which alone is synchronised, and a card of a DID's whose status was looked up. The DID has another key beside, and
/// another name for its own; its lists say that they may be kept.
async fn synchronised(list_key: Option<ListKey>) -> (Arc<Gateway>, Shared, Wallet) {
    let (gateway, office) = Office::open();
    let thumbprint = office.lock().unwrap().office.thumbprint();
    unregister(&gateway, CertificateRole::Issuer, &thumbprint);
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let mut known = record(&office);
    let method = |name: &str, key| {
        let fragment = Fragment::new(name).unwrap();
        DidMethod { fragment, key, purposes: Purposes::ASSERTION }
    };
    let own = known.content.methods[0].key;
    known.content.methods.push(method("again", own));
    if let Some(ListKey { signer: Some(signer), .. }) = &list_key {
        let key = MethodKey::P256(signer.jwk().key.to_bytes().try_into().unwrap());
        known.content.methods.push(method("lists", key));
    }
    {
        let mut office = office.lock().unwrap();
        (office.list_key, office.time_to_live) = (list_key, Some(Seconds::new(600)));
    }
    by_ledger(&gateway, &office);
    anchor_did(&gateway, &DID, &known);
    receive(&wallet, &office, "홍 길동").await.unwrap();
    wallet.sync().await.unwrap();
    assert_eq!(ages(&wallet), ["fresh"]);
    assert_eq!(office.lock().unwrap().lists_fetched, 1);
    receive(&wallet, &office, "김 샘플").await.unwrap();
    (gateway, office, wallet)
}

fn ages(wallet: &Wallet) -> Vec<&'static str> {
    wallet.credentials().unwrap().iter().map(|card| *card.status().state()).collect()
}

#[tokio::test]
async fn card_43_and_51_a_dids_list_that_is_kept_and_fresh_says_it_of_another_card_too_and_nobody_is_asked() {
    let (gateway, office, wallet) = synchronised(None).await;
    // What the ledger names by now is looked at when what is kept is stale.
    office.lock().unwrap().statuses.set(7, Status::Suspended).unwrap();
    anchor(&gateway, &office);
    let asked = office.lock().unwrap().asked;
    wallet.sync().await.unwrap();
    assert_eq!(ages(&wallet), ["fresh", "fresh"]);
    assert_eq!(office.lock().unwrap().asked, asked, "the issuer hears nothing");
    assert!(wallet.credentials().unwrap().iter().all(|card| *card.state() == "valid"));
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(office.lock().unwrap().lists_fetched, 2);
    assert!(wallet.credentials().unwrap().iter().any(|card| *card.state() == "suspended"));
}

#[tokio::test]
async fn card_43_and_51_a_list_that_another_key_of_the_did_signed_is_fetched_each_time() {
    let lists = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    for (why, fragment, signer) in
        [("another key", "lists", Some(lists)), ("another name of the same key", "again", None)]
    {
        let (_gateway, office, wallet) = synchronised(Some(ListKey { fragment, signer })).await;
        wallet.sync().await.unwrap();
        assert_eq!(ages(&wallet), ["fresh", "fresh"], "{why}");
        assert_eq!(office.lock().unwrap().lists_fetched, 2, "{why}: only the document says that it counts");
    }
}

#[tokio::test]
async fn card_51_a_key_that_a_document_shares_with_another_did_does_not_sign_in_that_ones_name() {
    let (gateway, office, wallet) = city();
    let did = format!("did:web:{HOST}");
    by_did(&gateway, &office, &issuer_did(&did, "key-1"));
    let mut known = document(&office, &did);
    let mut shared = known["verificationMethod"][0].clone();
    shared["id"] = json!(format!("{OTHER_DID}#key-1"));
    known["verificationMethod"].as_array_mut().unwrap().push(shared);
    known["assertionMethod"].as_array_mut().unwrap().push(json!(format!("{OTHER_DID}#key-1")));
    office.lock().unwrap().documents.insert(HOST.to_owned(), known);
    office.lock().unwrap().fault = Fault::AnotherDidsKey;
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), WRONG);
    office.lock().unwrap().fault = Fault::None;
    receive(&wallet, &office, "홍 길동").await.unwrap();
}

#[tokio::test]
async fn card_51_what_a_did_signed_is_unproved_once_it_is_ended_or_has_another_key() {
    type Change = fn(&mut DidRecord);
    let changes: [(&str, Change); 2] = [
        ("ended", |it| it.deactivated = true),
        ("another key", |it| it.content.methods[0].key = MethodKey::Ed25519([7; 32])),
    ];
    for (why, change) in changes {
        let (gateway, office, wallet) = city();
        by_ledger(&gateway, &office);
        receive(&wallet, &office, "홍 길동").await.unwrap();
        let mut other = record(&office);
        change(&mut other);
        anchor_did(&gateway, &DID, &other);
        assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "unproved", "{why}");
        let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
        assert!(!*wallet.review_presentation(&link).await.unwrap().view().can_present(), "{why}");
        anchor_did(&gateway, &DID, &record(&office));
        assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "valid", "{why}");
    }
}
