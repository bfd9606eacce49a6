//! Who asks is in no registry, or is known by more than its own certificate: what the policy lets a citizen insist on, DIDs on servers and of an
//! app's own methods, authorities.

use crate::office::{
    Fault, LIBRARY, Office, Party as Somebody, Shared, query, receive, register_by, unregister, with_card,
};
use crate::support::phone::PIN;
use crate::support::{Gateway, Phone};
use citizen_jose::{Algorithm, Header, Signer as _, base64url};
use citizen_ledger::CertificateRole;
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::http::{Endpoint, LARGEST, Reach, decode_form};
use citizen_openid4vc::vp::{Ask, ClientId, Identification, ResponseMode, SignIn, VerifierSession};
use citizen_primitives::{Seconds, random};
use citizen_wallet::did::{Did, Document, Method, ResolveError, Resolver, Step};
use citizen_wallet::error::Party;
use citizen_wallet::{UnknownVerifiers, Wallet, WalletConfig, WalletError};
use serde_json::{Value, json};
use std::sync::Arc;

const LITTLE: &[&[&str]] = &[&["age_over_19"]];
const UNKNOWN: WalletError = WalletError::UnknownParty { claims_to_be: Party::Verifier };

/// A wallet with the card, made as its app makes it.
pub async fn wallet_with(
    gateway: &Arc<Gateway>,
    office: &Shared,
    make: impl FnOnce(&mut WalletConfig),
) -> Wallet {
    let phone = Phone::new(gateway, 1);
    drop(phone.create());
    let mut config = phone.config();
    make(&mut config);
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    receive(&wallet, office, "홍 길동").await.unwrap();
    wallet
}

pub fn may_insist(config: &mut WalletConfig) {
    config.unknown_verifiers = UnknownVerifiers::IfInsisted;
}

/// The library is in no registry.
fn strike_off(gateway: &Gateway, office: &Shared) {
    let thumbprint = office.lock().unwrap().library.thumbprint();
    unregister(gateway, CertificateRole::Verifier, &thumbprint);
}

#[tokio::test]
async fn card_32_a_citizen_may_insist_only_where_the_policy_lets_her_and_it_is_logged() {
    let (gateway, office) = Office::open();
    let wallet = wallet_with(&gateway, &office, may_insist).await;
    strike_off(&gateway, &office);
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    let view = review.view().clone();
    assert!(!*view.verifier().is_registered() && !*view.can_present() && *view.can_insist());
    assert!(
        view.text().ko.contains("아무도 보증하지 않습니다") && view.text().en.contains("unless you insist")
    );
    let choice = review.suggested().unwrap();
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), UNKNOWN, "she did not insist");
    assert!(office.lock().unwrap().posted.is_empty());

    let review = wallet.review_presentation(&link).await.unwrap();
    wallet.present_credentials(review, &choice.insisting()).await.unwrap();
    let shown = office.lock().unwrap().answers[0].clone().unwrap();
    assert_eq!(
        (shown[0]["age_over_19"].clone(), shown[0].get("name")),
        (json!(true), None),
        "and no more than that"
    );
    let log = wallet.credential_log().unwrap();
    let line = log.last().unwrap();
    assert_eq!((*line.kind(), line.host().as_deref()), ("presented-unknown", Some(LIBRARY)));
    assert!(line.text().ko.contains("등록부에 없는 곳"));
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 3, "a copy is used up");
}

#[tokio::test]
async fn card_32_where_the_policy_says_no_insisting_changes_nothing() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    strike_off(&gateway, &office);
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_insist());
    let choice = review.suggested().unwrap().insisting();
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), UNKNOWN);
    assert!(office.lock().unwrap().posted.is_empty());
}

#[tokio::test]
async fn card_32_nobody_unknown_comes_to_know_her_again() {
    let (gateway, office) = Office::open();
    let wallet = wallet_with(&gateway, &office, may_insist).await;
    strike_off(&gateway, &office);
    let asked = Query::from_value(&query(LITTLE)).unwrap();
    let link = office.lock().unwrap().ask_to_sign_in(LIBRARY, "1", asked, SignIn::Bound);
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_insist());
    let choice = review.suggested().unwrap().insisting();
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), UNKNOWN);
    assert!(wallet.services().unwrap().is_empty());
}

/// What the registry names is the certificate that signs: an authority that it names by mistake lets nobody in.
#[tokio::test]
async fn card_6_a_certificate_counts_by_its_own_name_and_not_by_who_signed_it() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let (library, authority) = Somebody::under_an_authority(LIBRARY);
    let own = library.thumbprint();
    office.lock().unwrap().library = library;
    register_by(&gateway, &office, LIBRARY, authority);
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().verifier().is_registered());
    register_by(&gateway, &office, LIBRARY, own);
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(*review.view().verifier().is_registered());
}

#[tokio::test]
async fn a_verifier_may_ask_for_credentials_that_an_authority_vouches_for() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let own = office.lock().unwrap().office.chain.leaf().authority_key().unwrap();
    let asked = |values: Value| {
        let mut query = query(LITTLE);
        query["credentials"][0]["trusted_authorities"] = json!([{ "type": "aki", "values": values }]);
        query
    };
    let link = office.lock().unwrap().ask(LIBRARY, "1", &asked(json!(["AAAA"])));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(review.suggested().is_none() && !*review.view().can_present());
    let link = office.lock().unwrap().ask(LIBRARY, "2", &asked(json!(["AAAA", base64url::encode(own)])));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(office.lock().unwrap().answers[0].is_ok(), "and the verifier finds the same");
}

#[tokio::test]
async fn vp_20_the_wallet_tells_verifiers_what_it_can_know_them_by() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = "openid4vp://?client_id=openid_federation%3Ax&request_uri=https%3A%2F%2Flibrary.seoul.example%2Frequest%2F1";
    assert!(matches!(wallet.review_presentation(link).await, Err(WalletError::Invalid { .. })));
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    wallet.review_presentation(&link).await.unwrap();
    let asked = office.lock().unwrap().fetched.clone().unwrap();
    let said: Value = serde_json::from_str(&decode_form(&asked).unwrap()["wallet_metadata"]).unwrap();
    let known = json!([
        "redirect_uri",
        "x509_san_dns",
        "x509_hash",
        "decentralized_identifier",
        "verifier_attestation"
    ]);
    assert_eq!(said["client_id_prefixes_supported"], known);
}

/// The library's document under a DID.
fn document(office: &Shared, did: &str) -> Value {
    let key = office.lock().unwrap().library.signer.jwk().to_value();
    json!({
        "id": did,
        "verificationMethod": [{ "id": format!("{did}#key-1"), "type": "JsonWebKey", "controller": did, "publicKeyJwk": key }],
        "authentication": [format!("{did}#key-1")],
    })
}

/// The library asks by a DID, at a host.
fn ask_by(office: &Shared, gateway: &Gateway, did: &str, host: &str) -> String {
    let endpoint = |text: &str| Endpoint::parse(text, Reach::Https).unwrap();
    let identification = Identification {
        client_id: ClientId::parse(&format!("decentralized_identifier:{did}")).unwrap(),
        header: Header::new(Algorithm::Es256).with_kid(&format!("{did}#key-1")),
    };
    let ask = Ask {
        query: Query::from_value(&query(LITTLE)).unwrap(),
        transactions: Vec::new(),
        response_uri: endpoint(&format!("https://{host}/response/1")),
        mode: ResponseMode::DirectPostJwt,
        name: None,
        valid_for: Seconds::new(86_400),
    };
    let now = gateway.town(|town| town.now());
    let session = VerifierSession::start(identification, ask, now, &mut random::system());
    let link = session.link(&endpoint(&format!("https://{LIBRARY}/request/1")), true);
    office.lock().unwrap().sessions.insert("1".to_owned(), (session, host.to_owned()));
    link
}

#[tokio::test]
async fn card_33_a_did_on_a_server_is_fetched_from_there_and_the_answer_goes_nowhere_else() {
    let (gateway, office) = Office::open();
    let wallet = wallet_with(&gateway, &office, may_insist).await;
    let did = format!("did:web:{LIBRARY}");
    let link = ask_by(&office, &gateway, &did, LIBRARY);
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), UNKNOWN, "no document");

    let own = document(&office, &did);
    let anothers = document(&office, "did:web:other.example");
    office.lock().unwrap().documents.insert(LIBRARY.to_owned(), anothers);
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), UNKNOWN, "another's document");

    let mut large = own.clone();
    large["note"] = json!("x".repeat(LARGEST));
    office.lock().unwrap().documents.insert(LIBRARY.to_owned(), large);
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), UNKNOWN, "larger than an answer may be");
    office.lock().unwrap().documents.insert(LIBRARY.to_owned(), own);
    office.lock().unwrap().fault = Fault::DocumentGone;
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), UNKNOWN, "what comes with a 404");
    office.lock().unwrap().fault = Fault::None;
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().verifier().is_registered(), "a server's word is not the registry's");
    assert!(!*review.view().can_present() && *review.view().can_insist());
    let choice = review.suggested().unwrap().insisting();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(office.lock().unwrap().answers[0].is_ok());

    let link = ask_by(&office, &gateway, &did, "elsewhere.seoul.example");
    let elsewhere = wallet.review_presentation(&link).await.unwrap_err();
    assert!(matches!(elsewhere, WalletError::Unverified { source: Party::Verifier, .. }), "{elsewhere:?}");
}

/// A method that an app brings.
struct OfTheApp(Value);

impl Method for OfTheApp {
    fn name(&self) -> &str {
        "app"
    }

    fn begin(&self, _: &Did) -> Result<Step, ResolveError> {
        let document = Document::parse(self.0.to_string().as_bytes()).map_err(ResolveError::Document)?;
        Ok(Step::Resolved(Box::new(document)))
    }
}

#[tokio::test]
async fn card_33_an_app_can_bring_a_did_method_of_its_own() {
    let (gateway, office) = Office::open();
    let did = "did:app:library";
    let link = ask_by(&office, &gateway, did, LIBRARY);
    let known = document(&office, did);
    let wallet = wallet_with(&gateway, &office, |config| {
        may_insist(config);
        config.resolver = Arc::new(Resolver::new().with(Box::new(OfTheApp(known))));
    });
    let wallet = wallet.await;
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().verifier().is_registered() && *review.view().can_insist());
    let choice = review.suggested().unwrap().insisting();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert!(office.lock().unwrap().answers[0].is_ok());
    // A wallet whose app has brought none knows nobody of that method.
    let plain = wallet_with(&gateway, &office, may_insist).await;
    let link = ask_by(&office, &gateway, did, LIBRARY);
    assert_eq!(plain.review_presentation(&link).await.unwrap_err(), UNKNOWN);
}
