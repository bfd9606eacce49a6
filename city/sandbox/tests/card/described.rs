//! A verifier that the district's office vouches for, and a credential whose type describes itself at the issuer's address: both over HTTP, with the wallet that
//! apps have.

use super::{HONG, KIM, LOOKS, Method, Phone, city, paths, post, receive, refreshed, standing, visit, web};
use citizen_client::api::{Bytes, SubmitRequest};
use citizen_jose::UnverifiedJwt;
use citizen_keys::SigningKey;
use citizen_ledger::{Action, CertificateRole, Govern, Nonce, Signer, TransactionBody};
use citizen_openid4vc::http::decode_form;
use citizen_primitives::Label;
use citizen_wallet::error::Party;
use citizen_wallet::{PresentationReview, Wallet, WalletError};
use city_sandbox::certificates::Certificate;
use city_sandbox::city::City;
use city_sandbox::keys::Keys;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// What a request's own header says.
async fn request(city: &City, link: &str) -> Value {
    let fields = decode_form(link.split_once('?').unwrap().1).unwrap();
    let path = fields["request_uri"].strip_prefix(city.url().as_str()).unwrap().to_owned();
    let (status, _, token) = web(city, Method::Get, &path).await;
    assert_eq!(status, 200);
    let token = UnverifiedJwt::parse(std::str::from_utf8(&token).unwrap()).unwrap();
    let attestation = token.header().extra["jwt"].as_str().unwrap();
    let attestation = UnverifiedJwt::parse(attestation).unwrap();
    json!({ "asked": token.claims_unverified(), "attested": attestation.claims_unverified() })
}

async fn shown_to(city: &City, wallet: &Wallet, service: &str) -> Value {
    let (page, link) = visit(city, service).await;
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    standing(city, &page).await["standing"].clone()
}

/// The governors take the office out of the registry.
async fn strike_off_the_attester(city: &City, folder: &Path) {
    let keys = Keys::read(&folder.join("city")).unwrap();
    let certificate = Certificate::read(&folder.join("city"), "attester").unwrap();
    let thumbprint = certificate.certified(city.url().as_str()).unwrap().thumbprint();
    let mut governors: Vec<SigningKey> = keys.governors.iter().map(Keys::signing).collect();
    governors.sort_by_key(SigningKey::public);
    let body = TransactionBody {
        chain_id: city.ledger().chain_id,
        valid_until: city.ledger().latest.plus(100),
        nonce: Nonce::from_bytes([7; 16]),
        signer: Signer::Governors { keys: governors.iter().map(SigningKey::public).collect() },
        action: Action::Govern(Govern::RemoveCertificate { role: CertificateRole::Attester, thumbprint }),
    };
    let bytes = body.signing_bytes();
    let signatures = governors.iter().map(|key| key.sign(Label::Transaction, &bytes)).collect();
    let transaction = Bytes::of(&body.signed(signatures));
    post(city, "v1/ledger/transactions", &SubmitRequest { transaction }).await;
}

/// The review of a request, once the ledger says that nobody knows who asks.
async fn struck_off(wallet: &Wallet, link: &str) -> PresentationReview {
    for _ in 0..LOOKS {
        let review = wallet.review_presentation(link).await.unwrap();
        if !*review.view().verifier().is_registered() {
            return review;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the office still vouches")
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_17_a_library_that_the_districts_office_vouches_for_is_shown_the_card_and_who_vouches() {
    let (city, folder) = city().await;
    let wallet = Phone::default().wallet(&city);
    receive(&city, &wallet, HONG, &["citizen-card"]).await.unwrap();
    let (page, link) = visit(&city, "mangwon-library").await;
    let said = request(&city, &link).await;
    let (asked, attested) = (&said["asked"], &said["attested"]);
    assert_eq!(asked["client_id"], json!("verifier_attestation:샌드박스 망원동 작은도서관"));
    assert_eq!(attested["sub"], json!("샌드박스 망원동 작은도서관"));
    assert_eq!(attested["redirect_uris"], json!([asked["response_uri"]]), "all answers go to one address");

    let review = wallet.review_presentation(&link).await.unwrap();
    let view = review.view().clone();
    assert!(*view.verifier().is_registered() && *view.can_present());
    assert_eq!(view.verifier().name().ko, "샌드박스 망원동 작은도서관 (샌드박스 마포구청 보증)");
    assert_eq!(paths(&review), ["address.district", "age_over_14"]);
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(standing(&city, &page).await["standing"], json!("accepted"));
    let log = wallet.activity().unwrap().last().unwrap().text().ko.clone();
    assert!(log.contains("망원동 작은도서관 (샌드박스 마포구청 보증)"), "{log}");

    // Two visits at once: each answer finds its own, and a no is heard as one.
    let (first, to_first) = visit(&city, "mangwon-library").await;
    let (second, to_second) = visit(&city, "mangwon-library").await;
    let declined = wallet.review_presentation(&to_second).await.unwrap();
    wallet.decline_presentation(declined).await.unwrap();
    assert_eq!(standing(&city, &second).await["standing"], json!("declined"));
    assert_eq!(standing(&city, &first).await["standing"], json!("waiting"));
    let review = wallet.review_presentation(&to_first).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(standing(&city, &first).await["standing"], json!("accepted"));

    // The governors end the office's word: nobody whom it vouches for is known any more.
    strike_off_the_attester(&city, folder.path()).await;
    let (page, link) = visit(&city, "mangwon-library").await;
    let review = struck_off(&wallet, &link).await;
    assert!(!*review.view().can_present());
    let choice = review.suggested().unwrap();
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Verifier };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), unknown);
    assert_eq!(standing(&city, &page).await["standing"], json!("waiting"));
    assert_eq!(shown_to(&city, &wallet, "mapo-library").await, json!("accepted"), "others are as before");
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_18_a_membership_is_named_by_its_type_at_the_issuers_address_pinned_by_its_digest() {
    let (city, _folder) = city().await;
    let wallet = Phone::default().wallet(&city);
    let held = receive(&city, &wallet, KIM, &["library-membership"]).await.unwrap();
    let vct = held[0].vct().clone();
    assert_eq!(vct, format!("{}.well-known/vct/v1/issuer/library-membership", city.url()));
    refreshed(&wallet, "valid").await;

    // The issuer's own metadata name the credential and none of its claims: what names them is the type.
    let metadata = ".well-known/openid-credential-issuer/v1/issuer";
    let (_, _, metadata) = web(&city, Method::Get, metadata).await;
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    let own = &metadata["credential_configurations_supported"]["library-membership"];
    assert_eq!((&own["vct"], &own["credential_metadata"]["claims"]), (&json!(vct), &json!([])));
    assert_eq!(held[0].name().ko, "서울시 도서관 회원증");
    assert_eq!(held[0].name().en, "Seoul library membership");
    let detail = wallet.credential(held[0].id()).unwrap();
    let labels = detail.disclosable().iter().map(|claim| {
        let label = claim.label().clone().unwrap();
        (claim.path().as_str().to_owned(), label.ko, label.en)
    });
    let labels: Vec<_> = labels.collect();
    let expected = [
        ("district", "주 이용 자치구", "District of the home library"),
        ("is_child", "어린이 회원", "Child member"),
        ("member_name", "회원 이름", "Member's name"),
    ];
    assert_eq!(labels.len(), 3);
    for (path, ko, en) in expected {
        assert!(labels.contains(&(path.to_owned(), ko.to_owned(), en.to_owned())), "{labels:?}");
    }

    // What stands there, to the byte: every copy pins it (ISSUER-22), and the wallet takes nothing else.
    let path = vct.strip_prefix(city.url().as_str()).unwrap();
    let (status, headers, described) = web(&city, Method::Get, path).await;
    let media = headers.into_iter().find(|(name, _)| name == "content-type").unwrap().1;
    assert_eq!((status, media.as_str()), (200, "application/json"));
    assert_eq!(serde_json::from_slice::<Value>(&described).unwrap()["vct"], json!(vct));
    assert!(detail.open().is_empty(), "the digest is the credential's, and nothing of hers");
    assert_eq!(web(&city, Method::Get, ".well-known/vct/v1/issuer/citizen-card").await.0, 404);
    city.stop().await.unwrap();
}
