//! Their verifier, and the whole wallet.

use crate::node::Peer;
use crate::town::{CARD, HOST, Party, city, copies, names, peer, register, with_card};
use citizen_ledger::CertificateRole;
use citizen_wallet::error::{Party as Whose, Reason, Subject};
use citizen_wallet::{PresentationReview, Wallet, WalletError};
use city_sandbox::city::City;
use serde_json::{Value, json};

/// Where the answer does not go.
const ELSEWHERE: &str = "library.example";
const DISTRICT: &[&str] = &["address", "district"];
const ADULT: &[&str] = &["age_over_19"];
const NAME: &[&str] = &["family_name"];
const SHA: &str = "x509_hash";
const SAN: &str = "x509_san_dns";

/// Their verifier.
pub(crate) struct Verifier {
    peer: Peer,
    pub(crate) link: String,
}

impl Verifier {
    /// Who says by a prefix and its certificate that it is at a host, and asks for claims of a type, of issuers that it knows.
    pub(crate) fn open(
        party: &Party,
        (prefix, host): (&str, &str),
        (vct, claims): (&str, &[&[&str]]),
        issuers: &[&str],
    ) -> Option<Self> {
        let claims: Vec<Value> = claims.iter().map(|path| json!({ "path": path })).collect();
        let query = json!({ "credentials": [{ "id": "asked", "format": "dc+sd-jwt",
            "meta": { "vct_values": [vct] }, "claims": claims }] });
        let mut setup = party.to_value();
        setup["prefix"] = json!(prefix);
        setup["host"] = json!(host);
        setup["query"] = query;
        setup["issuers"] = json!(issuers);
        setup["mode"] = json!("direct_post.jwt");
        let mut peer = peer("ask", setup)?;
        let link = peer.hear()["link"].as_str().unwrap().to_owned();
        Some(Self { peer, link })
    }

    /// She shows it what suffices.
    pub(crate) async fn is_shown(&self, wallet: &Wallet) -> Result<(), WalletError> {
        show(wallet, wallet.review_presentation(&self.link).await?).await
    }

    /// What it has verified, its key binding with it; and how often somebody has answered it.
    pub(crate) fn end(mut self) -> (Value, usize) {
        self.peer.say(&json!({ "end": true }));
        let end = self.peer.hear();
        let answers = end["asked"].as_array().unwrap().iter().filter(|path| **path == "/response").count();
        (end["verified"]["asked"].clone(), answers)
    }
}

async fn show(wallet: &Wallet, review: PresentationReview) -> Result<(), WalletError> {
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.map(drop)
}

async fn enter(city: &City, party: &Party) {
    register(city, party, CertificateRole::Verifier, &[(CARD, &[DISTRICT, ADULT])]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn card_7_their_verifier_accepts_the_citys_card_by_its_binding_and_sees_what_it_asked_for() {
    let library = Party::new(&[HOST]);
    let (city, _home) = city().await;
    let issuer = format!("{}v1/issuer", city.url());
    let open = |prefix| Verifier::open(&library, (prefix, HOST), (CARD, &[DISTRICT, ADULT]), &[&issuer]);
    let Some(first) = open(SAN) else { return };
    let second = open(SHA).unwrap();
    let wallet = with_card(&city).await;
    enter(&city, &library).await;
    let review = wallet.review_presentation(&first.link).await.unwrap();
    let verifier = review.view().verifier();
    assert!(*verifier.is_registered() && *review.view().can_present());
    assert_eq!((&*verifier.name().en, verifier.host().as_str()), ("The Next City", HOST));
    show(&wallet, review).await.unwrap();
    second.is_shown(&wallet).await.unwrap();
    assert_eq!(copies(&wallet.credentials().unwrap(), CARD), 8);
    let mut keys = Vec::new();
    for verifier in [first, second] {
        let (verified, answers) = verifier.end();
        assert_eq!(answers, 1);
        let claims = &verified["claims"];
        let seen = ["address", "age_over_19", "cnf", "exp", "iss", "nbf", "status", "vct"];
        assert_eq!((names(claims), &claims["iss"]), (seen.to_vec(), &json!(issuer)));
        assert_eq!(
            (&claims["address"], &claims["age_over_19"]),
            (&json!({ "district": "마포구" }), &json!(true))
        );
        assert!(names(&verified["binding"]).contains(&"sd_hash"));
        keys.push(claims["cnf"].clone());
    }
    assert_ne!(keys[0], keys[1], "by two keys, as two people");
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn card_6_their_verifier_with_an_answer_address_that_its_certificate_does_not_name_gets_nothing() {
    let (elsewhere, here) = (Party::new(&[ELSEWHERE]), Party::new(&[HOST]));
    let (city, _home) = city().await;
    let wrong = WalletError::Unverified { what: Subject::Request, source: Whose::Verifier };
    let unknown = WalletError::UnknownParty { claims_to_be: Whose::Verifier };
    // By a host that its certificate names, which is not where the answer goes; by the certificate itself; by a host that
    // its certificate does not name.
    let cases = [
        (&elsewhere, SAN, ELSEWHERE, &wrong),
        (&elsewhere, SHA, HOST, &wrong),
        (&elsewhere, SAN, HOST, &unknown),
    ];
    let claims = [DISTRICT, ADULT];
    let asked = (CARD, claims.as_slice());
    let mut verifiers = Vec::new();
    for (party, prefix, host, refusal) in cases {
        let Some(verifier) = Verifier::open(party, (prefix, host), asked, &[]) else { return };
        verifiers.push((verifier, refusal));
    }
    let wallet = with_card(&city).await;
    enter(&city, &elsewhere).await;
    enter(&city, &here).await;
    for (verifier, refusal) in verifiers {
        assert_eq!(wallet.review_presentation(&verifier.link).await.unwrap_err(), *refusal);
        assert_eq!(verifier.end(), (Value::Null, 0));
    }
    // The same with the right address is heard.
    let right = Verifier::open(&here, (SHA, HOST), asked, &[]).unwrap();
    assert!(*wallet.review_presentation(&right.link).await.unwrap().view().can_present());
    assert_eq!(copies(&wallet.credentials().unwrap(), CARD), 10);
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn card_6_their_verifier_that_nobody_entered_is_unknown_and_hears_nothing() {
    let (stranger, office) = (Party::new(&[HOST]), Party::new(&[HOST]));
    let claims = [DISTRICT, ADULT];
    let asked = (CARD, claims.as_slice());
    let Some(verifier) = Verifier::open(&stranger, (SAN, HOST), asked, &[]) else { return };
    let greedy = Verifier::open(&office, (SHA, HOST), (CARD, &[DISTRICT, ADULT, NAME]), &[]).unwrap();
    let (city, _home) = city().await;
    let wallet = with_card(&city).await;
    let review = wallet.review_presentation(&verifier.link).await.unwrap();
    assert!(!*review.view().verifier().is_registered() && !*review.view().can_present());
    assert_eq!(review.view().verifier().name().en, HOST, "an address, and no name");
    let unknown = WalletError::UnknownParty { claims_to_be: Whose::Verifier };
    assert_eq!(show(&wallet, review).await.unwrap_err(), unknown);
    let review = wallet.review_presentation(&verifier.link).await.unwrap();
    wallet.decline_presentation(review).await.unwrap();
    assert_eq!(verifier.end(), (Value::Null, 0));

    // CARD-7: and one that is entered sees nothing if it asks for more than it may.
    enter(&city, &office).await;
    let beyond = WalletError::Refused { by: Whose::Phone, reason: Reason::BeyondGrant };
    assert_eq!(greedy.is_shown(&wallet).await.unwrap_err(), beyond);
    assert_eq!(greedy.end(), (Value::Null, 0));
    assert_eq!(copies(&wallet.credentials().unwrap(), CARD), 10);
    city.stop().await.unwrap();
}
