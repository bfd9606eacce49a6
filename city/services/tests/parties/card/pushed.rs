//! She signs in for what her wallet has pushed, instead of coming to the counter (RFC 9126; ISSUER-9).

use super::wallet::{NotReceived, receive, receive_all_the_same, sign_in};
use super::world::{CardWorld, ISSUER};
use citizen_openid4vc::http::encode_form;
use citizen_openid4vc::vci::Incoming;
use city_services::error::Reason;
use city_services::issuer::{CredentialKind, IssuerEndpoint, OfferAnswer, WALLET_ADDRESS};
use city_services::{ServiceError, places};
use serde_json::{Value, json};

fn open_offer(card: &CardWorld) -> OfferAnswer {
    let offer = card.issuer().open_offer(CredentialKind::CitizenCard);
    OfferAnswer { offer, transaction_code: String::new() }
}

/// What a wallet pushes, with one field changed or left out.
fn pushed(card: &CardWorld, (name, instead): (&str, Option<&str>)) -> (u16, Value) {
    let details = json!([{ "type": "openid_credential", "credential_configuration_id": "citizen-card" }]);
    let details = details.to_string();
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", "wallet"),
        ("redirect_uri", WALLET_ADDRESS),
        ("state", "s"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("authorization_details", &details),
    ];
    fields.retain(|(own, _)| *own != name);
    fields.extend(instead.map(|value| (name, value)));
    let body = encode_form(&fields);
    let incoming = Incoming { authorization: None, dpop: None, body: &body };
    let answer = card.issuer().call(IssuerEndpoint::Pushed, &incoming).unwrap();
    (answer.status, Value::Object(answer.object().unwrap()))
}

/// The address of the page for a request that was just pushed.
fn page(card: &CardWorld) -> String {
    let (status, answer) = pushed(card, ("", None));
    assert_eq!((status, &answer["expires_in"]), (201, &json!(120)));
    let uri = answer["request_uri"].as_str().unwrap();
    format!("{ISSUER}/authorize?{}", encode_form(&[("client_id", "wallet"), ("request_uri", uri)]))
}

#[tokio::test]
async fn issuer_9_a_citizen_who_signs_in_gets_what_the_register_has_of_her() {
    let card = CardWorld::new();
    let metadata = card.issuer().server_metadata();
    assert_eq!(metadata["pushed_authorization_request_endpoint"], format!("{ISSUER}/par"));
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    let copies = receive(&card, &open_offer(&card)).await.unwrap();
    assert_eq!(copies.len(), 4);
    assert!(copies.iter().all(|copy| copy.claims()["given_name"] == "길동"));
    assert_eq!(card.issuer().revoke("SB-1001", None), Ok(4), "and they are hers");
}

#[tokio::test]
async fn issuer_9_a_request_is_pushed_with_pkce_for_the_wallets_address_and_what_is_issued() {
    let card = CardWorld::new();
    let other =
        json!([{ "type": "openid_credential", "credential_configuration_id": "passport" }]).to_string();
    for broken in [
        ("code_challenge", None),
        ("code_challenge_method", None),
        ("code_challenge_method", Some("plain")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://thief.example/back")),
        ("response_type", Some("token")),
        ("client_id", None),
        ("authorization_details", None),
        ("authorization_details", Some("[]")),
        ("authorization_details", Some(&other)),
    ] {
        let refused = (400, json!({ "error": "invalid_request" }));
        assert_eq!(pushed(&card, broken), refused, "{broken:?}");
    }
}

#[tokio::test]
async fn issuer_9_a_pushed_request_counts_once_for_its_client_and_for_two_minutes_and_through_a_restart() {
    let card = CardWorld::new();
    let address = page(&card);
    card.start();
    let back = card.issuer().sign_in(&sign_in(&address, "홍길동")).unwrap();
    assert!(back.starts_with(&format!("{WALLET_ADDRESS}?")) && back.contains("state=s"), "{back}");
    assert!(back.contains("iss="), "{back}");
    let over = Err(ServiceError::NotFound);
    assert_eq!(card.issuer().sign_in(&sign_in(&address, "홍길동")), over, "once");

    let address = page(&card);
    let other = address.replace("client_id=wallet", "client_id=other");
    assert_eq!(card.issuer().sign_in(&sign_in(&other, "홍길동")), over, "another client's");

    let address = page(&card);
    card.world.clock.advance(121);
    assert_eq!(card.issuer().sign_in(&sign_in(&address, "홍길동")), over, "too late");
}

#[tokio::test]
async fn issuer_9_who_does_not_show_who_she_is_hears_one_word_and_may_try_three_times() {
    let card = CardWorld::new();
    let wrong = Err(Reason::NotThisPerson.into());
    let (twice, thrice) = (page(&card), page(&card));
    for _ in 0..2 {
        assert_eq!(card.issuer().sign_in(&sign_in(&twice, "홍길순")), wrong);
    }
    assert!(card.issuer().sign_in(&sign_in(&twice, "홍길동")).is_ok());
    for _ in 0..3 {
        assert_eq!(card.issuer().sign_in(&sign_in(&thrice, "홍길순")), wrong);
    }
    assert_eq!(card.issuer().sign_in(&sign_in(&thrice, "홍길동")), Err(ServiceError::NotFound));
}

#[tokio::test]
async fn issuer_6_and_9_an_issuer_that_dies_while_somebody_signs_in_goes_on_or_she_begins_again() {
    for place in [places::ISSUER_PUSHED, places::ISSUER_SIGN_IN] {
        for before in [true, false] {
            let card = CardWorld::new();
            card.world.wires.knife.arm(place, before);
            let mut received = receive_all_the_same(&card, &open_offer(&card)).await;
            assert!(card.world.wires.knife.has_cut(), "{place} was not visited");
            if received.as_ref().err() == Some(&NotReceived::Issuer(ServiceError::NotFound)) {
                // Her browser was told no code, and the request is used up.
                assert_eq!((place, before), (places::ISSUER_SIGN_IN, false));
                received = receive_all_the_same(&card, &open_offer(&card)).await;
            }
            assert_eq!(received.unwrap().len(), 4, "{place} {before}");
        }
    }
}
