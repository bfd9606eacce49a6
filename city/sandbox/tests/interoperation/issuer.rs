//! Their issuer, and the whole wallet.

use crate::node::Peer;
use crate::town::{HOST, Party, browse, city, copies, header, names, peer, register, wallet};
use crate::verifier::Verifier;
use citizen_client::Method;
use citizen_ledger::CertificateRole;
use citizen_wallet::WalletError;
use citizen_wallet::error::{Party as Whose, Reason, Subject};
use serde_json::{Value, json};

/// A type that is theirs alone.
const MEMBER: &str = "urn:example:member:1";
const CODE: &str = "493536";
/// Copies of one order.
const BATCH: usize = 3;

/// Their issuer, who publishes a certificate, and signs by another if one is given. With it: its offer, and its address.
fn opened(party: &Party, code: Option<&str>, signer: Option<Value>) -> Option<(Peer, [String; 2])> {
    let claims = json!({ "family_name": "선우", "given_name": "용녀", "age_over_19": true,
        "address": { "locality": "마포구", "street_address": "월드컵로 240" } });
    let concealed = json!({ "_sd": ["family_name", "given_name", "age_over_19"],
        "address": { "_sd": ["locality", "street_address"] } });
    let setup = json!({ "configuration": "member", "vct": MEMBER, "claims": claims, "concealed": concealed,
        "txCode": code, "batch": BATCH, "party": party.to_value(), "signer": signer });
    let mut issuer = peer("issue", setup)?;
    let begun = issuer.hear();
    Some((issuer, ["offer", "issuer"].map(|name| begun[name].as_str().unwrap().to_owned())))
}

/// What it has heard of what it issued, and what it was asked for.
fn heard(issuer: &mut Peer) -> (Value, Vec<String>) {
    issuer.say(&json!({ "end": true }));
    let end = issuer.hear();
    let asked = end["asked"].as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned());
    (end["heard"].clone(), asked.collect())
}

fn of_notification(event: &str) -> Value {
    json!([{ "notification_id": "notification-1", "event": event }])
}

#[tokio::test(flavor = "multi_thread")]
async fn card_1_what_their_issuer_issues_for_a_typed_code_is_held_and_shown_to_their_verifier() {
    let party = Party::new(&[HOST]);
    let Some((mut issuer, [offer, address])) = opened(&party, Some(CODE), None) else { return };
    let (city, _home) = city().await;
    register(&city, &party, CertificateRole::Issuer, &[(MEMBER, &[])]).await;
    let wallet = wallet(&city);
    let review = wallet.review_offer(&offer).await.unwrap();
    let view = review.view();
    assert_eq!((&*view.issuer().name().en, view.issuer().host().as_str()), ("The Next City", HOST));
    assert_eq!((*view.can_accept(), *view.needs_code(), *view.code_length()), (true, true, Some(6)));
    // A server of the standard's alone does not say whether the code was wrong or the offer is spent.
    let refused = WalletError::Refused { by: Whose::Issuer, reason: Reason::GrantSpent };
    assert_eq!(wallet.accept_offer(review, Some("000000")).await.unwrap_err(), refused);
    assert!(refused.message().en.contains("Check the code"), "{}", refused.message().en);
    assert!(wallet.credentials().unwrap().is_empty());
    let review = wallet.review_offer(&offer).await.unwrap();
    let held = wallet.accept_offer(review, Some(CODE)).await.unwrap();
    assert_eq!((held.len(), copies(&held, MEMBER)), (1, BATCH));
    let detail = wallet.credential(held[0].id()).unwrap();
    assert!(detail.open().is_empty(), "{:?}", detail.open());
    let claim = detail.disclosable().iter().find(|claim| *claim.path() == "address.locality").unwrap();
    assert_eq!(claim.value(), "마포구");
    assert_eq!(heard(&mut issuer).0, of_notification("credential_accepted"));

    let library = Party::new(&[HOST]);
    let claims: [&[&str]; 2] = [&["address", "locality"], &["age_over_19"]];
    register(&city, &library, CertificateRole::Verifier, &[(MEMBER, &claims)]).await;
    let verifier = Verifier::open(&library, ("x509_san_dns", HOST), (MEMBER, &claims), &[&address]).unwrap();
    verifier.is_shown(&wallet).await.unwrap();
    let (verified, _) = verifier.end();
    assert_eq!(names(&verified["claims"]), ["address", "age_over_19", "cnf", "iss", "vct"]);
    assert_eq!(verified["claims"]["address"], json!({ "locality": "마포구" }));
    assert_eq!(copies(&wallet.credentials().unwrap(), MEMBER), BATCH - 1);
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn card_17_a_sign_in_at_their_issuers_page_brings_a_batch() {
    let party = Party::new(&[HOST]);
    let Some((mut issuer, [offer, _])) = opened(&party, None, None) else { return };
    let (city, _home) = city().await;
    register(&city, &party, CertificateRole::Issuer, &[(MEMBER, &[])]).await;
    let wallet = wallet(&city);
    let review = wallet.review_offer(&offer).await.unwrap();
    assert!(*review.view().needs_browser() && *review.view().can_accept());
    let page = wallet.authorize_offer(review).await.unwrap();
    let answer = browse(Method::Get, page.address(), &[], String::new()).await;
    assert_eq!(answer.status, 302);
    let held = wallet.complete_authorization(header(&answer, "location")).await.unwrap();
    assert_eq!((held.len(), copies(&held, MEMBER)), (1, BATCH));
    assert_eq!(heard(&mut issuer).0, of_notification("credential_accepted"));
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn card_2_what_their_issuer_has_signed_by_another_key_is_refused_and_nothing_is_kept() {
    let (party, another) = (Party::new(&[HOST]), Party::new(&[HOST]));
    let (own, others) = (party.to_value(), another.to_value());
    // The registered certificate over another key's signature; and another certificate, which names the host as well.
    let signers = [json!({ "key": others["key"], "x5c": own["x5c"] }), others];
    let mut town = None;
    for signer in signers {
        let Some((mut issuer, [offer, _])) = opened(&party, Some(CODE), Some(signer)) else { return };
        if town.is_none() {
            let (city, home) = city().await;
            register(&city, &party, CertificateRole::Issuer, &[(MEMBER, &[])]).await;
            town = Some((city, home));
        }
        let wallet = wallet(&town.as_ref().unwrap().0);
        let review = wallet.review_offer(&offer).await.unwrap();
        let wrong = WalletError::Unverified { what: Subject::Credential, source: Whose::Issuer };
        assert_eq!(wallet.accept_offer(review, Some(CODE)).await.unwrap_err(), wrong);
        assert!(wallet.credentials().unwrap().is_empty() && wallet.pending_credentials().unwrap().is_empty());
        assert!(wallet.credential_log().unwrap().is_empty());
        assert_eq!(heard(&mut issuer).0, of_notification("credential_failure"));
    }
    town.unwrap().0.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn card_1_their_issuer_is_unknown_until_the_registry_has_it_and_is_told_no_code() {
    let party = Party::new(&[HOST]);
    let Some((mut issuer, [offer, _])) = opened(&party, Some(CODE), None) else { return };
    let (city, _home) = city().await;
    // Who may ask for credentials may not therefore issue them.
    register(&city, &party, CertificateRole::Verifier, &[(MEMBER, &[])]).await;
    let wallet = wallet(&city);
    let review = wallet.review_offer(&offer).await.unwrap();
    assert!(!*review.view().issuer().is_registered() && !*review.view().can_accept());
    let unknown = WalletError::UnknownParty { claims_to_be: Whose::Issuer };
    assert_eq!(wallet.accept_offer(review, Some(CODE)).await.unwrap_err(), unknown);
    let (heard, asked) = heard(&mut issuer);
    assert_eq!(heard, json!([]));
    assert!(!asked.is_empty() && !asked.iter().any(|path| path.contains("token")), "{asked:?}");
    city.stop().await.unwrap();
}
