//! What comes by a refresh token: fresh copies, and what took longer than the access token lived; and the same batch after midnight.

use super::wallet::{dice, hong, serve};
use super::world::{CardWorld, ISSUER};
use citizen_credential::sd_jwt::{Expected, Kind, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_openid4vc::dpop::DpopKey;
use citizen_openid4vc::http::{HttpRequest, HttpResponse, Reach};
use citizen_openid4vc::vci::{Acceptance, Client, Flow, IssuanceError, IssuanceSession, KeptGrant, Step};
use citizen_primitives::Clock as _;
use city_services::issuer::{CredentialKind, WALLET_ADDRESS};
use city_services::{ServiceError, Steps as _};
use serde_json::Value;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const DAY: u64 = 86_400;
/// Ten seconds before 11 May 2027 in Seoul: then Hong has lived there for eight full years.
const BEFORE_MIDNIGHT: u64 = 1_809_961_190;
/// Ten seconds before Hong is 35.
const STILL_YOUNG: u64 = 2_024_837_990;

fn client() -> Client {
    let (client_id, redirect_uri) = ("wallet".to_owned(), WALLET_ADDRESS.to_owned());
    Client { reach: Reach::Https, client_id, redirect_uri, copies: 4 }
}

fn token_key() -> DpopKey {
    DpopKey::new(SoftwareSigner::from_bytes(Algorithm::Es256, &[7; 32]).unwrap())
}

fn send(card: &CardWorld, session: &mut IssuanceSession) -> Result<(), IssuanceError> {
    while let Step::Send(request) = session.next() {
        let answer = serve(&card.issuer(), &request).unwrap();
        session.answer(&answer, card.world.clock.now(), &mut dice())?;
    }
    Ok(())
}

/// A session with a token for what the counter has offered to Hong.
fn begun(card: &CardWorld, names: &[&str]) -> (IssuanceSession, KeptGrant) {
    let offer = card.issuer().offer(&hong(names)).unwrap();
    let now = card.world.clock.now();
    let session = IssuanceSession::open(&offer.offer, client(), now, &mut dice()).unwrap();
    let mut session = session.with_token_key(token_key());
    send(card, &mut session).unwrap();
    let code = Some(Zeroizing::new(offer.transaction_code));
    let configurations = names.iter().map(|name| (*name).to_owned()).collect();
    let acceptance = Acceptance { configurations, flow: Flow::PreAuthorized(code) };
    session.accept(&acceptance, now, &mut dice()).unwrap();
    send(card, &mut session).unwrap();
    let kept = session.grant().unwrap().clone();
    (session, kept)
}

fn again(
    card: &CardWorld,
    kept: &KeptGrant,
    name: &str,
) -> Result<(IssuanceSession, KeptGrant), IssuanceError> {
    let (names, now) = (vec![name.to_owned()], card.world.clock.now());
    let session = IssuanceSession::of_issuer(ISSUER, names.clone(), kept, client(), now, &mut dice())?;
    let mut session = session.with_token_key(token_key());
    send(card, &mut session)?;
    session.take_up(kept, &names, now, &mut dice())?;
    send(card, &mut session)?;
    let kept = session.grant().unwrap().clone();
    Ok((session, kept))
}

/// The proofs of fresh keys, as they are about to leave.
fn prove(card: &CardWorld, session: &mut IssuanceSession) -> Vec<String> {
    let (rng, now) = (&mut dice(), card.world.clock.now());
    let Step::Keys { most, .. } = session.next() else { panic!("{:?}", session.next()) };
    let keys: Vec<_> = (0..most).map(|_| SoftwareSigner::generate(Algorithm::Es256, rng)).collect();
    session.keys(keys.iter().map(SoftwareSigner::jwk).collect(), now).unwrap();
    let Step::Sign(inputs) = session.next() else { panic!() };
    let signed = inputs.iter().zip(&keys).map(|(input, key)| key.sign(input).unwrap());
    session.sign(&signed.collect::<Vec<_>>(), now, rng).unwrap();
    session.proofs().unwrap().to_vec()
}

/// What the copies say that came.
fn received(card: &CardWorld, session: &mut IssuanceSession) -> Vec<Value> {
    send(card, session).unwrap();
    let Step::Received(issued) = session.next() else { panic!("{:?}", session.next()) };
    issued.iter().flat_map(|issued| &issued.credentials).map(|text| claims(card, text)).collect()
}

fn claims(card: &CardWorld, text: &str) -> Value {
    let key = card.certificate.chain().leaf().key().unwrap();
    let expected = Expected { now: card.world.clock.now(), kind: Kind::Credential, ..Expected::default() };
    UnverifiedSdJwt::parse(text).unwrap().accept(&key, &expected).unwrap().verified().claims().clone()
}

fn places(copies: &[Value]) -> BTreeSet<String> {
    copies.iter().map(|claims| claims["status"].to_string()).collect()
}

fn spent<T>() -> Result<T, IssuanceError> {
    Err(IssuanceError::Refused("invalid_grant".to_owned()))
}

#[test]
fn issuer_13_a_wallet_has_its_card_issued_again_without_the_counter_while_it_counts() {
    let card = CardWorld::new();
    let (mut session, kept) = begun(&card, &["citizen-card"]);
    prove(&card, &mut session);
    let first = received(&card, &mut session);
    card.world.clock.advance(80 * DAY);
    *card.wires.issuer.lock().unwrap() = None;
    card.start();
    let (mut session, kept) = again(&card, &kept, "citizen-card").unwrap();
    prove(&card, &mut session);
    let second = received(&card, &mut session);
    assert_eq!((second.len(), &second[0]["vct"]), (4, &first[0]["vct"]));
    assert!(
        places(&first).is_disjoint(&places(&second)) && places(&second).len() == 4,
        "indexes of their own"
    );
    let times =
        |copies: &[Value]| copies.iter().map(|one| one["exp"].as_u64().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!(times(&second).len(), 1);
    assert_eq!((times(&second).first().unwrap() + 9 * 3_600) % DAY, 0, "cut to the day");
    assert!(times(&second) > times(&first));
    card.world.clock.advance(91 * DAY);
    assert_eq!(
        again(&card, &kept, "citizen-card").err(),
        spent::<()>().err(),
        "as long as the copies, no longer"
    );
}

#[test]
fn issuer_14_a_revocation_or_a_newer_card_ends_that_copies_are_asked_for() {
    let card = CardWorld::new();
    let (mut session, older) = begun(&card, &["citizen-card", "vaccination"]);
    prove(&card, &mut session);
    send(&card, &mut session).unwrap();
    card.issuer().revoke("SB-1001", Some(CredentialKind::CitizenCard)).unwrap();
    let (mut session, _) = again(&card, &older, "citizen-card").unwrap();
    prove(&card, &mut session);
    let unknown = Err(IssuanceError::Refused("unknown_credential_configuration".to_owned()));
    assert_eq!(send(&card, &mut session), unknown, "of the card, none");
    card.world.clock.advance(60);
    let (mut session, kept) = begun(&card, &["citizen-card"]);
    prove(&card, &mut session);
    received(&card, &mut session);
    card.world.clock.advance(60);
    let (mut session, newer) = begun(&card, &["citizen-card"]);
    assert!(again(&card, &kept, "citizen-card").is_ok(), "what was not issued yet ends nothing");
    prove(&card, &mut session);
    received(&card, &mut session);
    assert_eq!(again(&card, &kept, "citizen-card").err(), spent::<()>().err(), "she has a newer one");
    let (_, newer) = again(&card, &newer, "citizen-card").unwrap();
    card.issuer().revoke("SB-1001", None).unwrap();
    assert_eq!(again(&card, &newer, "citizen-card").err(), spent::<()>().err());
}

#[tokio::test]
async fn issuer_13_what_a_hospital_says_days_later_is_fetched_by_another_token() {
    let card = CardWorld::new();
    let (mut session, mut kept) = begun(&card, &["health-check"]);
    let proofs = prove(&card, &mut session);
    send(&card, &mut session).unwrap();
    let transaction = session.transaction().unwrap().to_owned();
    let ask = |kept: &KeptGrant| {
        let (mut session, next) = again(&card, kept, "health-check").unwrap();
        let now = card.world.clock.now();
        session.ask_deferred(&proofs, &transaction, now, &mut dice()).unwrap();
        send(&card, &mut session).unwrap();
        (session, next)
    };
    for _ in 0..3 {
        card.world.clock.advance(5 * DAY);
        let (session, next) = ask(&kept);
        assert_eq!(session.transaction(), Some(transaction.as_str()), "it waits still");
        kept = next;
    }
    card.issuer().step().await.unwrap();
    card.world.clock.advance(5 * DAY);
    card.issuer().step().await.unwrap();
    let (mut session, _) = ask(&kept);
    let copies = received(&card, &mut session);
    assert_eq!((copies.len(), copies[0]["result"].as_str()), (4, Some("정상")));
    assert_eq!(card.issuer().revoke("SB-1001", None), Ok(4), "one batch");
}

#[test]
fn issuer_6_the_same_batch_gives_the_same_copies_after_midnight_too() {
    let card = CardWorld::new();
    card.world.clock.advance(BEFORE_MIDNIGHT - card.world.clock.now().seconds());
    let (mut session, _) = begun(&card, &["resident-certificate"]);
    prove(&card, &mut session);
    let ask =
        |request: &HttpRequest| -> Result<HttpResponse, ServiceError> { serve(&card.issuer(), request) };
    let Step::Send(request) = session.next() else { panic!() };
    let lost = ask(&request).unwrap();
    assert_eq!(lost.status, 200);
    card.world.clock.advance(20);
    session.renew(card.world.clock.now(), &mut dice()).unwrap();
    let Step::Send(request) = session.next() else { panic!() };
    assert_eq!(ask(&request).unwrap().body, lost.body);
    session.renew(card.world.clock.now(), &mut dice()).unwrap();
    let copies = received(&card, &mut session);
    assert_eq!(copies[0]["full_years"], 7, "as of the day on which they were given");
    let (mut session, _) = begun(&card, &["resident-certificate"]);
    prove(&card, &mut session);
    assert_eq!(received(&card, &mut session)[0]["full_years"], 8);
}

#[test]
fn issuer_2_who_may_not_have_it_any_more_gets_none_though_it_was_offered_and_no_index_is_given_for_it() {
    let card = CardWorld::new();
    card.world.clock.advance(STILL_YOUNG - card.world.clock.now().seconds());
    let (mut session, _) = begun(&card, &["youth-allowance"]);
    let (mut late, _) = begun(&card, &["youth-allowance"]);
    prove(&card, &mut session);
    assert_eq!(received(&card, &mut session).len(), 4);
    card.world.clock.advance(20);
    prove(&card, &mut late);
    let denied = Err(IssuanceError::Refused("credential_request_denied".to_owned()));
    assert_eq!(send(&card, &mut late), denied);
    assert_eq!(card.issuer().revoke("SB-1001", None), Ok(4), "those of the day before");
}

#[test]
fn issuer_6_what_cannot_be_read_is_not_taken_for_something_that_is_not_there() {
    let card = CardWorld::new();
    let (mut session, _) = begun(&card, &["citizen-card"]);
    prove(&card, &mut session);
    let Step::Send(request) = session.next() else { panic!() };
    card.damage("open");
    assert_eq!(serve(&card.issuer(), &request).map(|answer| answer.status), Err(ServiceError::Unavailable));
}
