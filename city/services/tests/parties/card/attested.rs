//! A verifier that asks by somebody's word: one address for all answers, and each finds its visit.

use super::wallet::{answer, dice, hong, receive};
use super::world::{CardWorld, Certificate};
use citizen_jose::{Algorithm, Jwk, Signer as _, SoftwareSigner};
use citizen_openid4vc::http::{HttpRequest, HttpResponse, Reach, decode_form, encode_form};
use citizen_openid4vc::vp::{HolderSession, Known, Profile, Question, Step};
use citizen_primitives::{Clock as _, Seconds};
use city_services::verifier::{Begun, CardService, Outcome, Refused, Standing, Taken};
use city_services::{Attested, AttestedError, Attestee, ServiceError, Verifier, attest};

const BASE: &str = "https://mangwon.seoul.example/v1/verifiers/mangwon-library";
const OFFICE: &str = "https://mapo.seoul.example/attests";
const NAME: &str = "망원동 작은도서관";

struct Branch {
    card: CardWorld,
    office: Certificate,
    library: Verifier,
}

/// What the office says of a key that is at an address.
fn said(card: &CardWorld, office: &Certificate, key: &Jwk, base: &str) -> String {
    let from = card.world.clock.now();
    let attestee = Attestee { subject: NAME, key, base };
    attest(&office.certified(OFFICE), attestee, (from, from.plus(Seconds::new(86_400)))).unwrap()
}

impl Branch {
    fn new() -> Self {
        let card = CardWorld::new();
        let office = Certificate::new(Some("mapo.seoul.example"));
        let own = SoftwareSigner::generate(Algorithm::Es256, &mut dice());
        let attestation = said(&card, &office, &own.jwk(), BASE);
        let attested = Attested::new(own, &attestation, BASE, Reach::Https).unwrap();
        let service = CardService::sandbox().unwrap().into_iter().find(|one| one.is_attested).unwrap();
        let library = card.verifier_by(attested, service);
        Self { card, office, library }
    }

    /// A session up to the review, of a wallet that knows the office.
    fn review(&self, begun: &Begun) -> HolderSession {
        let rng = &mut dice();
        let mut session = HolderSession::open(&begun.link, Profile::default(), rng).unwrap();
        let Step::Send(request) = session.next() else { panic!() };
        let handle = request.url.as_str().rsplit('/').next().unwrap().to_owned();
        let token = self.library.request_object(&handle, Some(&request.body)).unwrap();
        session.answer(&HttpResponse::new(200, "application/oauth-authz-req+jwt", token)).unwrap();
        let Step::Identify(Question::Attester(attester)) = session.next() else { panic!() };
        assert_eq!((attester.issuer.as_str(), attester.subject.as_str()), (OFFICE, NAME));
        let key = self.office.chain().leaf().key().unwrap();
        let known = Known::AttestationKey { key, registered: true };
        session.identify(known, self.card.world.clock.now(), rng).unwrap();
        session
    }

    fn declined(&self, begun: &Begun) -> HttpRequest {
        let mut session = self.review(begun);
        session.decline(&mut dice()).unwrap();
        let Step::Send(answer) = session.next() else { panic!() };
        answer
    }

    fn standing(&self, begun: &Begun) -> Standing {
        self.library.standing(&begun.ticket).unwrap().0
    }
}

#[tokio::test]
async fn verifier_18_all_answers_come_to_the_address_that_the_attestation_names_and_each_finds_its_visit() {
    let branch = Branch::new();
    let offer = branch.card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&branch.card, &offer).await.unwrap();
    branch.card.settle().await;
    let visits: Vec<Begun> = (0..3).map(|_| branch.library.begin().unwrap()).collect();
    let yes = answer(&branch.card, branch.review(&visits[1]), &[&copies[0]]);
    let no = branch.declined(&visits[2]);
    assert_eq!(
        [&yes, &no].map(|answer| answer.url.as_str().to_owned()),
        [0; 2].map(|_| format!("{BASE}/responses"))
    );
    assert_eq!(branch.library.answer_one(&yes.body).await, Ok(Taken::Yes));
    assert_eq!(branch.library.answer_one(&no.body).await, Ok(Taken::Yes));
    assert_eq!(branch.standing(&visits[0]), Standing::Waiting);
    let accepted = branch.standing(&visits[1]);
    assert!(matches!(accepted, Standing::Ended(Outcome::Accepted { credentials: 1, .. })), "{accepted:?}");
    assert_eq!(branch.standing(&visits[2]), Standing::Ended(Outcome::Refused(Refused::Declined)));
    assert_eq!(branch.library.answer_one(&yes.body).await, Err(ServiceError::NotFound), "once");
}

#[tokio::test]
async fn verifier_18_an_answer_that_says_not_which_visit_it_is_for_is_for_none() {
    let branch = Branch::new();
    let begun = branch.library.begin().unwrap();
    let session = branch.review(&begun);
    drop(session);
    for body in ["", "vp_token=1", "response=a.b.c.d.e", "state=guessed&error=access_denied"] {
        assert_eq!(branch.library.answer_one(body).await, Err(ServiceError::NotFound), "{body}");
    }
    // To the key of a visit at another branch, whose first one is drawn of the same dice.
    let other = Branch::new();
    other.library.begin().unwrap();
    let elsewhere = other.declined(&other.library.begin().unwrap());
    assert!(decode_form(&elsewhere.body).unwrap().contains_key("response"), "encrypted");
    assert_eq!(branch.library.answer_one(&elsewhere.body).await, Err(ServiceError::NotFound));
    assert_eq!(branch.standing(&begun), Standing::Waiting);
    // In the clear, a refusal says its state (OpenID4VP 1.0, section 8.5): it is in the signed request.
    let handle = begun.link.rsplit("%2F").next().unwrap().split('&').next().unwrap();
    let token = branch.library.request_object(handle, None).unwrap();
    let asked = citizen_jose::UnverifiedJwt::parse(&token).unwrap().claims_unverified().clone();
    let state = asked["state"].as_str().unwrap();
    let refusal = encode_form(&[("error", "access_denied"), ("state", state)]);
    assert_eq!(branch.library.answer_one(&refusal).await, Ok(Taken::Yes));
    assert_eq!(branch.standing(&begun), Standing::Ended(Outcome::Refused(Refused::Declined)));
}

#[test]
fn verifier_18_nobody_serves_under_the_attestation_of_another_key_or_address() {
    let card = CardWorld::new();
    let office = Certificate::new(Some("mapo.seoul.example"));
    let own = || SoftwareSigner::from_bytes(Algorithm::Es256, &[5; 32]).unwrap();
    let made = |said: &str| Attested::new(own(), said, BASE, Reach::Https).map(drop);
    assert_eq!(made(&said(&card, &office, &own().jwk(), BASE)), Ok(()));
    let other = SoftwareSigner::from_bytes(Algorithm::Es256, &[6; 32]).unwrap().jwk();
    assert_eq!(made(&said(&card, &office, &other, BASE)), Err(AttestedError), "another key");
    let elsewhere = said(&card, &office, &own().jwk(), "https://elsewhere.seoul.example/v1");
    assert_eq!(made(&elsewhere), Err(AttestedError), "another address");
    assert_eq!(made("a.b.c"), Err(AttestedError));
}
