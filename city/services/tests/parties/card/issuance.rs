//! Who gets what, in how many copies, and what can be told from them.

use super::wallet::{NotReceived, application, hong, receive, receive_some};
use super::world::{CardWorld, ISSUER};
use citizen_client::authorised::VOTER;
use citizen_credential::vc::{TypeMetadata, VerifiedCredential, check_integrity};
use citizen_jose::{CertificateChain, Jwk};
use citizen_openid4vc::vci::IssuanceError;
use city_services::ServiceError;
use city_services::error::Reason;
use city_services::issuer::{CredentialKind, LossReport, OfferAnswer};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn issuer_1_a_card_comes_over_an_offer_and_a_typed_code_in_copies_with_keys_of_their_own() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card", "resident-certificate"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    assert_eq!(copies.len(), 8, "four of each");
    let claims = copies[0].claims();
    assert_eq!((&claims["family_name"], &claims["given_name"]), (&json!("홍"), &json!("길동")));
    assert_eq!((&claims["age_over_19"], &claims["address"]["district"]), (&json!(true), &json!("마포구")));
    assert_eq!((&claims["vct"], &claims["iss"]), (&json!("urn:seoul:citizen-card:1"), &json!(ISSUER)));
    let other =
        copies.iter().find(|copy| copy.claims()["vct"] == "urn:seoul:resident-certificate:1").unwrap();
    assert_eq!(other.claims()["full_years"], json!(7));
    let again = receive(&card, &offer).await;
    assert!(matches!(again, Err(NotReceived::Session(IssuanceError::Refused(_)))), "an offer counts once");
}

#[tokio::test]
async fn issuer_1_keys_are_published_with_the_certificate_that_the_registry_names() {
    let card = CardWorld::new();
    let said = card.issuer().key_metadata();
    assert_eq!(said["issuer"], json!(ISSUER));
    let keys = said["jwks"]["keys"].as_array().unwrap();
    let chain = CertificateChain::from_value(&keys[0]["x5c"]).unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(*chain.leaf().thumbprint().as_bytes(), *card.certificate.thumbprint().as_bytes());
    assert_eq!(Jwk::from_value(&keys[0]).unwrap().key, chain.leaf().key().unwrap().key);
    assert!(keys[0].get("d").is_none());
}

#[tokio::test]
async fn issuer_1_a_wrong_code_gives_nothing() {
    let card = CardWorld::new();
    let mut offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let right = std::mem::replace(&mut offer.transaction_code, "000000".to_owned());
    offer.transaction_code = if right == "000000" { "000001".to_owned() } else { offer.transaction_code };
    let refused = receive(&card, &offer).await.err();
    assert_eq!(refused, Some(NotReceived::Session(IssuanceError::WrongCode { tries_left: 2 })));
}

#[tokio::test]
async fn issuer_2_only_whoever_shows_number_name_and_birthday_together_is_offered_what_the_register_shows() {
    let card = CardWorld::new();
    let offered = |number, name, born, what: &str| {
        card.issuer().offer(&application(number, name, born, &[what])).map(drop)
    };
    let nobody = Err(ServiceError::Refused(Reason::NotThisPerson));
    assert_eq!(offered("SB-1002", "선우 용녀", "1946-07-19", "vaccination"), Ok(()));
    let nfd = "\u{1109}\u{1165}\u{11ab}\u{110b}\u{116e} \u{110b}\u{116d}\u{11bc}\u{1102}\u{1167}";
    assert_eq!(offered("SB-1002", nfd, "1946-07-19", "vaccination"), Ok(()));
    for (number, name, born) in [
        ("SB-1001", "선우용녀", "1946-07-19"),
        ("SB-1002", "홍길동", "1946-07-19"),
        ("SB-1002", "선우용녀", "1946-07-20"),
        ("SB-9999", "선우용녀", "1946-07-19"),
    ] {
        assert_eq!(offered(number, name, born, "citizen-card"), nobody, "the same word for each");
    }
    let not_eligible = Err(ServiceError::Refused(Reason::NotEligible));
    assert_eq!(offered("SB-1002", "선우용녀", "1946-07-19", "youth-allowance"), not_eligible);
    assert_eq!(offered("SB-1001", "홍길동", "1999-03-02", "youth-allowance"), Ok(()));
    assert_eq!(offered("SB-1001", "홍길동", "1999-03-02", "passport"), Err(ServiceError::Malformed));
    for wrong in [&["vaccination", "vaccination"][..], &[]] {
        let wrong = application("SB-1001", "홍길동", "1999-03-02", wrong);
        assert_eq!(card.issuer().offer(&wrong).map(drop), Err(ServiceError::Malformed));
    }
}

/// What is not said to be hidden stands open in every copy.
#[tokio::test]
async fn issuer_2_and_8_each_claim_member_and_element_is_shown_or_not_and_the_number_of_the_rolls_is_in_the_card_alone()
 {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card", "vaccination"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    for (copy, path) in [
        (&copies[0], "address"),
        (&copies[0], "address.district"),
        (&copies[0], VOTER),
        (&copies[4], "vaccinations"),
        (&copies[4], "vaccinations[0]"),
    ] {
        assert!(copy.held.disclosable().any(|one| one.to_string() == path), "{path}");
    }
    assert_eq!(copies[4].claims().get(VOTER), None);
    for copy in [&copies[0], &copies[4]] {
        let payload = copy.text.split('.').nth(1).unwrap();
        let payload: Value =
            serde_json::from_slice(&citizen_jose::base64url::decode(payload).unwrap()).unwrap();
        let open: Vec<&String> = payload.as_object().unwrap().keys().collect();
        assert_eq!(open, ["_sd", "_sd_alg", "cnf", "exp", "iss", "nbf", "status", "vct"]);
    }
}

#[tokio::test]
async fn issuer_21_and_30_ten_wrong_names_and_days_close_a_number_for_an_hour_at_the_counter_and_no_report_of_a_loss()
 {
    let card = CardWorld::new();
    let offered = |name: &str| {
        card.issuer().offer(&application("SB-1001", name, "1999-03-02", &["citizen-card"])).map(drop)
    };
    let lost = |name: &str| {
        let [number, name, birth_date] = ["SB-1001", name, "1999-03-02"].map(str::to_owned);
        card.issuer().report_loss(&LossReport { number, name, birth_date, officer: None }).map(drop)
    };
    let (wrong, closed) = (Err(Reason::NotThisPerson.into()), Err(Reason::TooManyTries.into()));
    for _ in 0..10 {
        assert_eq!(offered("홍길순"), wrong);
    }
    assert_eq!(offered("홍길동"), closed);
    // ISSUER-30: that keeps nobody from reporting a loss, which is counted by itself.
    assert_eq!(lost("홍길동"), Ok(()));
    for _ in 0..10 {
        assert_eq!(lost("홍길순"), wrong);
    }
    assert_eq!(lost("홍길동"), closed);
    let offer = OfferAnswer {
        offer: card.issuer().open_offer(CredentialKind::CitizenCard),
        transaction_code: String::new(),
    };
    let signed_in = receive(&card, &offer).await.err();
    assert_eq!(signed_in, Some(NotReceived::Issuer(Reason::TooManyTries.into())));
    let other = application("SB-1002", "선우용녀", "1946-07-19", &["citizen-card"]);
    assert_eq!(card.issuer().offer(&other).map(drop), Ok(()), "nobody else is held up");
    card.world.clock.advance(3_600);
    assert_eq!((offered("홍길동"), lost("홍길동")), (Ok(()), Ok(())));
}

#[tokio::test]
async fn issuer_3_two_copies_share_no_value_but_those_that_every_citizens_share_and_her_claims() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    let parts = |text: &str| -> BTreeSet<String> {
        // Signature, disclosures (salted), and every text in the payload.
        let jwt = text.split('~').next().unwrap();
        let payload = citizen_jose::base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap();
        let payload = String::from_utf8(payload).unwrap();
        let own = payload.split('"').filter(|part| part.len() >= 6).map(str::to_owned);
        let disclosures = text.split('~').skip(1).filter(|part| !part.is_empty()).map(str::to_owned);
        own.chain(disclosures).chain(jwt.split('.').nth(2).map(str::to_owned)).collect()
    };
    let [first, second] = [0, 1].map(|number| parts(&copies[number].text));
    let shared: Vec<_> = first.intersection(&second).filter(|part| !is_everybodys(part)).collect();
    assert_eq!(shared, Vec::<&String>::new());
    assert_ne!(copies[0].index(), copies[1].index());
    // Times are those of the day in Seoul.
    for name in ["nbf", "exp"] {
        assert_eq!((copies[0].claims()[name].as_u64().unwrap() + 9 * 3_600) % 86_400, 0, "{name}");
    }
    assert_eq!(copies[0].claims().get("iat"), None);
}

/// Names of members, type, issuer, algorithm, curve, list, and times of the day.
fn is_everybodys(part: &str) -> bool {
    let known = ["_sd_alg", "sha-256", "status", "status_list", "ISSUER", "address"];
    known.contains(&part)
        || part.starts_with("urn:seoul:")
        || part.starts_with("https://card.seoul.example/")
        || part.starts_with(':')
}

#[tokio::test]
async fn issuer_3_indexes_are_never_given_twice_and_a_list_is_at_most_half_full() {
    let card = CardWorld::with_capacity(Some(16));
    let mut places = BTreeSet::new();
    for _ in 0..3 {
        let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
        for copy in receive_some(&card, &offer, 8).await.unwrap() {
            let list = copy.claims()["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
            assert!(places.insert((list, copy.index())));
        }
    }
    let of = |number: u32| {
        let uri = format!("{ISSUER}/status-lists/{number}");
        places.iter().filter(|(list, _)| *list == uri).count()
    };
    assert_eq!([of(0), of(1), of(2)], [8, 8, 8]);
}

#[tokio::test]
async fn issuer_3_a_day_has_a_limit_and_the_next_day_another() {
    let card = CardWorld::new();
    for _ in 0..4 {
        let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
        assert_eq!(receive_some(&card, &offer, 16).await.unwrap().len(), 16);
    }
    let other = card.issuer().offer(&hong(&["vaccination"])).unwrap();
    assert!(receive_some(&card, &other, 16).await.is_ok(), "of each credential");
    let offer = card.issuer().offer(&hong(&["citizen-card", "vaccination"])).unwrap();
    let refused = receive_some(&card, &offer, 16).await.err();
    let denied = IssuanceError::Refused("credential_request_denied".to_owned());
    assert_eq!(refused, Some(NotReceived::Session(denied)));
    card.world.clock.advance(86_400);
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    assert!(receive_some(&card, &offer, 16).await.is_ok());
}

#[tokio::test]
async fn issuer_1_what_comes_from_a_hospital_comes_later() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["health-check"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    assert_eq!(copies[0].claims()["result"], json!("정상"));
}

#[tokio::test]
async fn issuer_22_a_described_type_is_at_the_issuers_address_and_every_copy_pins_what_it_says() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["library-membership", "citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    let vct = "https://card.seoul.example/.well-known/vct/v1/issuer/library-membership";
    let (described, named): (Vec<_>, Vec<_>) = copies.iter().partition(|copy| copy.claims()["vct"] == vct);
    assert_eq!((described.len(), named.len()), (4, 4));
    assert!(named.iter().all(|copy| copy.claims().get("vct#integrity").is_none()));
    let document = card.issuer().type_description("library-membership").unwrap();
    for copy in described {
        let pinned = copy.claims()["vct#integrity"].as_str().unwrap().to_owned();
        check_integrity(document.as_bytes(), &pinned).unwrap();
        assert!(check_integrity(format!("{document} ").as_bytes(), &pinned).is_err(), "to the byte");
        let fetch = |name: &str| (name == vct).then(|| document.clone().into_bytes());
        let described = TypeMetadata::load(vct, Some(&pinned), &fetch).unwrap();
        let credential = VerifiedCredential::of(copy.held.verified().clone()).unwrap();
        described.check_whole(&credential).unwrap();
        let names: BTreeSet<_> = copy.claims().as_object().unwrap().keys().cloned().collect();
        for claim in described.claims() {
            assert!(claim.display().is_some() && names.contains(claim.names()[0].unwrap()));
        }
        assert_eq!(described.claims().len(), 3, "all that it says of her");
    }
    for name in ["citizen-card", "passport"] {
        assert_eq!(card.issuer().type_description(name), Err(ServiceError::NotFound), "{name}");
    }
}
