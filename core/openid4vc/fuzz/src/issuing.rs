//! The wallet's side of OpenID4VCI.

use super::proving::{ISSUER, NOW, signer};
use citizen_jose::{Signer as _, SoftwareSigner, json};
use citizen_openid4vc::http::{Endpoint, HttpResponse, JSON, Reach};
use citizen_openid4vc::vci::metadata::{LARGEST_BATCH, well_known};
use citizen_openid4vc::vci::{
    Acceptance, Client, Flow, IssuanceSession, IssuerMetadata, NotificationEvent, ServerMetadata, Step,
};
use citizen_primitives::random;

const REFERENCE: &str =
    "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffer";
const OFFER: &str = "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22%3A%22https%3A%2F%2Fissuer.example%22%2C%22credential_configuration_ids%22%3A%5B%22card%22%5D%2C%22grants%22%3A%7B%22urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code%22%3A%7B%22pre-authorized_code%22%3A%22x%22%7D%7D%7D";

/// An issuer's answers, one a line; one that begins with `!` is a 400 that names a nonce. Whether credentials came.
pub fn issuance(bytes: &[u8]) -> bool {
    answered(OFFER, bytes)
}

/// The same, for an offer that is fetched first.
pub fn fetched_offer(bytes: &[u8]) -> bool {
    answered(REFERENCE, bytes)
}

fn answered(link: &str, bytes: &[u8]) -> bool {
    let rng = &mut random::system();
    let client = Client {
        reach: Reach::Https,
        client_id: "wallet".to_owned(),
        redirect_uri: "https://wallet.example/back".to_owned(),
        copies: 2,
    };
    let mut session = IssuanceSession::open(link, client, NOW, rng).unwrap();
    let mut answers = bytes.split(|byte| *byte == b'\n');
    let mut keys: Vec<SoftwareSigner> = Vec::new();
    let mut came = false;
    // Every answer moves it on, and the keys in between.
    for _ in 0..64 {
        let moved = match session.next() {
            Step::Send(request) => {
                assert!(request.url.as_str().starts_with("https://"));
                let Some(answer) = answers.next() else { return came };
                let answer = match answer.strip_prefix(b"!") {
                    Some(body) => HttpResponse::new(400, JSON, body).with_header("dpop-nonce", "n"),
                    None => HttpResponse::new(200, JSON, answer),
                };
                session.answer(&answer, NOW, rng)
            }
            Step::Review(review) => {
                assert_eq!(review.issuer.issuer, review.offer.issuer);
                let other =
                    Acceptance { configurations: vec!["?".to_owned()], flow: Flow::PreAuthorized(None) };
                let is_offered = review.offer.configurations.contains(&"?".to_owned());
                assert!(is_offered || session.accept(&other, NOW, rng).is_err());
                let code =
                    review.offer.pre_authorized.as_ref().and_then(|grant| grant.transaction_code.as_ref());
                let typed = code.map(|code| "7".repeat(code.length.unwrap_or(6)).into());
                let flow = Flow::PreAuthorized(typed);
                session.accept(&Acceptance { configurations: review.offer.configurations, flow }, NOW, rng)
            }
            Step::Keys { most, .. } => {
                assert!((1..=2).contains(&most));
                keys = (1..=2u8).take(most).map(signer).collect();
                session.keys(keys.iter().map(SoftwareSigner::jwk).collect(), NOW)
            }
            Step::Sign(inputs) => {
                let signed = inputs.iter().zip(&keys).map(|(input, key)| key.sign(input).unwrap());
                session.sign(&signed.collect::<Vec<_>>(), NOW, rng)
            }
            Step::Wait(seconds) => {
                assert!(seconds.count() > 0);
                session.renew(NOW, rng)
            }
            Step::Received(issued) => {
                assert!(issued.iter().all(|one| (1..=one.keys.len()).contains(&one.credentials.len())));
                came = true;
                session.settle(NotificationEvent::Accepted, NOW, rng)
            }
            Step::Browse(_) | Step::Done => return came,
        };
        if moved.is_err() {
            return came;
        }
    }
    came
}

/// What an issuer says of itself, or a server. What it is called can be shown, and where it is asked is an address.
pub fn metadata(bytes: &[u8]) -> bool {
    let Ok(members) = json::parse_object(bytes) else { return false };
    let asked = Endpoint::parse(ISSUER, Reach::Https).unwrap();
    assert!(well_known(&asked, "openid-credential-issuer", Reach::Https).is_some());
    if let Some(server) = ServerMetadata::from_value(&members, ISSUER, Reach::Https) {
        assert_eq!(server.issuer, ISSUER);
        assert!(ServerMetadata::from_value(&members, "https://other.example", Reach::Https).is_none());
    }
    let Some(issuer) = IssuerMetadata::from_value(&members, &asked, Reach::Https) else { return false };
    assert!((1..=LARGEST_BATCH).contains(&issuer.batch));
    let of_claims =
        issuer.configurations.values().flat_map(|one| one.claims.iter().map(|claim| &claim.names));
    let of_credentials = issuer.configurations.values().filter_map(|one| one.names.as_ref());
    for names in of_claims.chain(of_credentials).chain(&issuer.names) {
        for language in ["ko", "en", ""] {
            let name = names.in_language(language).unwrap().as_str();
            assert!(!name.is_empty() && !name.chars().any(char::is_control), "{name:?}");
        }
    }
    let other = Endpoint::parse("https://other.example", Reach::Https).unwrap();
    assert!(IssuerMetadata::from_value(&members, &other, Reach::Https).is_none());
    true
}
