//! She signs in for what her wallet has pushed, instead of coming to the counter (RFC 9126; ISSUER-9).

use super::wallet::{NotReceived, browse, fill_in, receive, receive_all_the_same};
use super::world::{CardWorld, ISSUER};
use citizen_openid4vc::http::{decode_form, encode_form};
use citizen_openid4vc::vci::Incoming;
use city_services::error::Reason;
use city_services::issuer::{
    Asked, CredentialKind, Decision, IssuerEndpoint, OfferAnswer, SignIn, WALLET_ADDRESS,
};
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
    let one = json!({ "type": "openid_credential", "credential_configuration_id": "citizen-card" });
    let (twice, long) = (json!([one, one]).to_string(), "x".repeat(513));
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
        ("authorization_details", Some(&twice)),
        ("state", Some(&long)),
        ("client_id", Some(&long)),
        ("code_challenge", Some("short")),
        ("dpop_jkt", Some(&long)),
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
    let back = browse(&card, &address, "홍길동").unwrap();
    assert!(back.starts_with(&format!("{WALLET_ADDRESS}?")) && back.contains("state=s"), "{back}");
    assert!(back.contains("iss="), "{back}");
    let over = Err(ServiceError::NotFound);
    assert_eq!(browse(&card, &address, "홍길동"), over, "once");

    let address = page(&card);
    let other = address.replace("client_id=wallet", "client_id=other");
    assert_eq!(browse(&card, &other, "홍길동"), over, "another client's");

    let address = page(&card);
    card.world.clock.advance(121);
    assert_eq!(browse(&card, &address, "홍길동"), over, "opened too late");

    let address = page(&card);
    let (filled, browser) = fill_in(&card, &address, "홍길동").unwrap();
    card.world.clock.advance(400);
    fill_in(&card, &address, "홍길동").unwrap();
    card.world.clock.advance(201);
    assert_eq!(card.issuer().sign_in(&filled, Some(&browser)), over, "ten minutes from the first look on");
}

#[tokio::test]
async fn issuer_10_what_another_page_posts_reaches_nothing_and_the_page_says_what_is_asked_for() {
    let card = CardWorld::new();
    let (one, two) = (page(&card), page(&card));
    let asked = |address: &str| {
        let fields = decode_form(address.split_once('?').unwrap().1).unwrap();
        Asked { client_id: fields["client_id"].clone(), request_uri: fields["request_uri"].clone() }
    };
    let shown = card.issuer().sign_in_page(&asked(&one), None).unwrap();
    assert_eq!((shown.credentials.as_slice(), shown.is_secure), (&[CredentialKind::CitizenCard][..], true));
    let again = card.issuer().sign_in_page(&asked(&one), Some(&shown.browser)).unwrap();
    assert_eq!((&again.browser, &again.word), (&shown.browser, &shown.word), "the same browser");
    assert_ne!(card.issuer().sign_in_page(&asked(&one), Some("short")).unwrap().browser, "short");

    let (filled, browser) = fill_in(&card, &one, "홍길동").unwrap();
    let (other, stranger) = fill_in(&card, &two, "홍길동").unwrap();
    let forged = Err(ServiceError::Malformed);
    for decision in [Decision::Agree, Decision::Decline] {
        let filled = SignIn { decision, ..filled.clone() };
        for told in [None, Some(""), Some(stranger.as_str())] {
            assert_eq!(card.issuer().sign_in(&filled, told), forged, "{told:?}");
        }
        // The same browser has both pages open, and each has its own word.
        let beside = card.issuer().sign_in_page(&asked(&two), Some(&browser)).unwrap();
        for word in ["", other.word.as_str(), beside.word.as_str()] {
            let filled = SignIn { word: word.to_owned(), ..filled.clone() };
            assert_eq!(card.issuer().sign_in(&filled, Some(&browser)), forged);
        }
    }
    card.start();
    assert!(card.issuer().sign_in(&filled, Some(&browser)).is_ok(), "and it has ended nothing");
}

#[tokio::test]
async fn issuer_10_who_declines_is_sent_back_with_her_no_and_the_request_is_over() {
    let card = CardWorld::new();
    let address = page(&card);
    let (filled, browser) = fill_in(&card, &address, "").unwrap();
    let declined = SignIn { decision: Decision::Decline, number: String::new(), ..filled };
    let back = card.issuer().sign_in(&declined, Some(&browser)).unwrap();
    let fields = decode_form(back.strip_prefix(&format!("{WALLET_ADDRESS}?")).unwrap()).unwrap();
    assert_eq!((fields["error"].as_str(), fields["state"].as_str()), ("access_denied", "s"));
    assert_eq!((fields["iss"].as_str(), fields.get("code")), (ISSUER, None));
    assert_eq!(browse(&card, &address, "홍길동"), Err(ServiceError::NotFound));
}

#[tokio::test]
async fn issuer_9_who_does_not_show_who_she_is_hears_one_word_and_may_try_three_times() {
    let card = CardWorld::new();
    let wrong = Err(Reason::NotThisPerson.into());
    let (twice, thrice) = (page(&card), page(&card));
    for _ in 0..2 {
        assert_eq!(browse(&card, &twice, "홍길순"), wrong);
    }
    assert!(browse(&card, &twice, "홍길동").is_ok());
    for _ in 0..3 {
        assert_eq!(browse(&card, &thrice, "홍길순"), wrong);
    }
    assert_eq!(browse(&card, &thrice, "홍길동"), Err(ServiceError::NotFound));
}

#[tokio::test]
async fn issuer_6_and_9_an_issuer_that_dies_while_somebody_signs_in_goes_on_or_she_begins_again() {
    for place in [places::ISSUER_PUSHED, places::ISSUER_PAGE, places::ISSUER_SIGN_IN] {
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
