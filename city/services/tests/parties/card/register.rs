//! A registration by the citizen card: a registrar learns whom the roll names, and signs once for her, whoever brings what.

use super::wallet::{Copy, answer, application, dice, hong, receive};
use super::world::{CardWorld, Certificate};
use crate::poll::{ASK, CARDS, Voter, poll, record, register_in, roll, step, until};
use crate::polling::manifest::{CITIZENS, registrar_key};
use crate::polling::seeded::Seeded;
use crate::registrar::{issued, refusal, rows};
use crate::world::text;
use citizen_client::authorised::VOTER;
use citizen_client::{
    Authorised, CallError, CardQuestion, CardRegistration, RegistrarAnswer, RegistrarClient, WordError,
};
use citizen_jose::Anchor;
use citizen_keys::SealingKey;
use citizen_ledger::{CertificateRole, GrantedClaim, GrantedData, Role};
use citizen_openid4vc::http::{HttpRequest, HttpResponse};
use citizen_openid4vc::vp::{
    Field, FieldKind, HolderSession, Known, Profile, Question, Review, Step, TransactionType,
};
use citizen_primitives::{Clock as _, KeyId, PollId};
use citizen_voting::issuance::RefusalReason;
use city_services::verifier::Taken;
use city_services::{CARD_PLACES, POLL_PLACES, Reason, ServiceError, places};
use std::sync::Arc;

const BASE: &str = "https://registrar.seoul.example/v1/registrars/0/cards";

/// A city in which registration is open, its registrar asks for the card, and two residents have theirs.
struct Registering {
    card: CardWorld,
    hong: Vec<Copy>,
    other: Vec<Copy>,
}

/// What somebody asks for.
struct Asking {
    request: CardRegistration,
    reply: SealingKey,
    voter: Voter,
}

async fn registering() -> Registering {
    let card = CardWorld::new();
    let certificate = Arc::new(Certificate::new(Some("registrar.seoul.example")));
    let voter = GrantedData::Claims(vec![GrantedClaim(vec![text(VOTER)])]);
    card.register_for(CertificateRole::Verifier, &certificate, (&["urn:seoul:citizen-card:1"], &voter));
    let wires: Arc<dyn citizen_client::Transport> = card.wires.clone();
    let counter = Box::new(move || (certificate.certified(BASE), wires.clone()));
    *card.world.registrar_counter.lock().unwrap() = Some(counter);
    card.world.restart_registrar();
    register_in(&card.world);
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let hong = receive(&card, &offer).await.unwrap();
    let resident = application("SB-1002", "선우 용녀", "1946-07-19", &["citizen-card"]);
    let offer = card.issuer().offer(&resident).unwrap();
    let other = receive(&card, &offer).await.unwrap();
    card.settle().await;
    Registering { card, hong, other }
}

impl Asking {
    /// What the person with this number on the roll asks the first registrar.
    fn of(person: u8) -> Self {
        Self::with(person, [person; 16])
    }

    fn with(person: u8, nonce: [u8; 16]) -> Self {
        let voter = Voter::new(person);
        let blinded = Box::new(voter.secret.request(poll(), CITIZENS, 0).unwrap());
        let reply = SealingKey::generate(&mut Seeded::new(&format!("reply {nonce:?}")));
        let request = CardRegistration {
            to: registrar_key(0).id(),
            poll: poll().id(),
            electorate: CITIZENS,
            blinded,
            reply: *reply.public().as_bytes(),
            nonce,
        };
        Self { request, reply, voter }
    }

    async fn ask(&self, card: &CardWorld) -> Result<RegistrarAnswer, WordError> {
        let party = record(&card.world, Role::Registrar, &registrar_key(0)).await;
        let client = RegistrarClient::new(card.world.exchange("registrar"), party);
        let rng = &mut Seeded::new("phone");
        let word = client.register_by_card(ASK, rng, &self.request, &self.reply).await?;
        Ok(word.word.value().answer.clone())
    }

    async fn question(&self, card: &CardWorld) -> CardQuestion {
        match self.ask(card).await.unwrap() {
            RegistrarAnswer::ShowCard(question) => question,
            other => panic!("{other:?}"),
        }
    }

    fn authorised(&self) -> Authorised {
        Authorised::registration(&self.request.poll, &self.request.to, &self.request.digest())
    }

    /// What a wallet posts in answer to a question, with a copy.
    async fn shown(&self, card: &CardWorld, copy: &Copy) -> HttpRequest {
        let link = self.question(card).await.link;
        answer(card, session(card, &link, &self.authorised()), &[copy])
    }
}

/// The wallet follows a link up to its review.
fn session(card: &CardWorld, link: &str, authorised: &Authorised) -> HolderSession {
    let field = |name: &String| Field { name: name.clone(), kind: FieldKind::Text, required: true };
    let known = TransactionType {
        name: authorised.kind.to_owned(),
        fields: authorised.fields.keys().map(field).collect(),
    };
    let rng = &mut dice();
    let profile = Profile { transactions: vec![known], ..Profile::default() };
    let mut session = HolderSession::open(link, profile, rng).unwrap();
    let Step::Send(request) = session.next() else { panic!() };
    let token = card.world.registrar().card_request(handle(&request), Some(&request.body)).unwrap();
    session.answer(&HttpResponse::new(200, "application/oauth-authz-req+jwt", token)).unwrap();
    let Step::Identify(Question::Certificates(chain)) = session.next() else { panic!() };
    let anchor = Anchor::Thumbprint(chain.leaf().thumbprint());
    session.identify(Known::Anchors(vec![anchor]), card.world.clock.now(), rng).unwrap();
    session
}

fn handle(request: &HttpRequest) -> &str {
    request.url.as_str().rsplit('/').next().unwrap()
}

async fn post(card: &CardWorld, request: &HttpRequest) -> Result<Taken, ServiceError> {
    card.world.registrar().card_answer(handle(request), &request.body).await
}

async fn post_to(
    card: &CardWorld,
    other: &HttpRequest,
    request: &HttpRequest,
) -> Result<Taken, ServiceError> {
    card.world.registrar().card_answer(handle(other), &request.body).await
}

fn code(refused: Result<RegistrarAnswer, WordError>) -> String {
    match refused {
        Err(WordError::Call(CallError::Refused(refusal))) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn registrar_7_who_shows_her_card_for_a_request_gets_one_signature_and_shows_the_number_of_the_roll_alone()
 {
    let Registering { card, hong, .. } = registering().await;
    let asking = Asking::of(CARDS[0].0);
    let question = asking.question(&card).await;
    assert!(question.accounts_too, "some are on this roll by their accounts");
    let session = session(&card, &question.link, &asking.authorised());
    let Step::Review(review) = session.next() else { panic!() };
    let Review { transactions, query, .. } = *review;
    assert_eq!((transactions.len(), &transactions[0].fields), (1, &asking.authorised().fields));
    let claims: Vec<String> =
        query.credentials()[0].claims.iter().map(|claim| format!("{:?}", claim.path)).collect();
    assert!(claims.len() == 1 && claims[0].contains("voter"), "{claims:?}");
    let request = answer(&card, session, &[&hong[0]]);
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
    assert_eq!(rows(&card.world), [], "nothing is entered before she asks again");
    assert_eq!(asking.ask(&card).await.unwrap(), RegistrarAnswer::Pending);
    step(&card.world, 4).await;
    let answer = issued(asking.ask(&card).await.unwrap());
    assert_eq!(rows(&card.world), [answer.row]);
    assert_eq!(answer.entry, roll().rows()[usize::from(CARDS[0].0)].entry);
    let outcome = asking.voter.secret.finish(poll(), CITIZENS, 0, &answer.signature).unwrap();
    assert_eq!(outcome, asking.voter.token.signatures[0]);
    assert_eq!(issued(asking.ask(&card).await.unwrap()), answer, "the same request, the same answer");
}

#[tokio::test]
async fn registrar_7_nothing_is_signed_for_a_request_for_which_no_card_was_shown() {
    let Registering { card, hong, .. } = registering().await;
    let (asking, thiefs) = (Asking::of(CARDS[0].0), Asking::with(CARDS[0].0, [99; 16]));
    let request = asking.shown(&card, &hong[0]).await;
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
    // The same blinded message in another request: it is another's to answer.
    thiefs.question(&card).await;
    step(&card.world, 4).await;
    thiefs.question(&card).await;
    assert_eq!(rows(&card.world), []);
}

#[tokio::test]
async fn registrar_7_a_presentation_for_another_request_poll_or_registrar_counts_for_nothing() {
    let Registering { card, hong, other } = registering().await;
    let (hers, others) = (Asking::of(CARDS[0].0), Asking::of(CARDS[1].0));
    let (shown, elsewhere) = (hers.shown(&card, &hong[0]).await, others.shown(&card, &other[0]).await);
    assert_eq!(post_to(&card, &elsewhere, &shown).await, Ok(Taken::No), "made for another request");
    others.question(&card).await;
    // An address that says another poll, or that the card was asked for later, is not this registrar's.
    let another_poll = PollId::from_bytes([7; 32]).to_hex();
    let forged = handle(&shown).replacen(&poll().id().to_hex(), &another_poll, 1);
    let registrar = card.world.registrar();
    assert_eq!(registrar.card_request(&forged, None), Err(ServiceError::NotFound));
    assert_eq!(registrar.card_answer(&forged, &shown.body).await, Err(ServiceError::NotFound));
    // A question that was handed on: what authorises something else in it is not taken.
    let mut strange = Asking::of(CARDS[0].0);
    strange.request.to = KeyId::from_bytes([9; 32]);
    assert_eq!(code(strange.ask(&card).await), "wrong-party");
    assert_eq!(post(&card, &shown).await, Ok(Taken::Yes));
}

#[tokio::test]
async fn registrar_7_the_first_card_that_is_shown_for_a_request_stands_and_a_replay_brings_nothing_new() {
    let Registering { card, hong, other } = registering().await;
    let asking = Asking::of(CARDS[0].0);
    let first = asking.shown(&card, &hong[0]).await;
    let second = asking.shown(&card, &other[0]).await;
    assert_eq!(post(&card, &first).await, Ok(Taken::Yes));
    assert_eq!(post(&card, &first).await, Ok(Taken::Yes), "the answer was lost");
    assert_eq!(post(&card, &second).await, Err(Reason::CardShown.into()), "another's card");
    assert_eq!(asking.ask(&card).await.unwrap(), RegistrarAnswer::Pending);
    step(&card.world, 4).await;
    let answer = issued(asking.ask(&card).await.unwrap());
    assert_eq!(answer.entry, roll().rows()[usize::from(CARDS[0].0)].entry, "hers, not the other's");
    until(&card.world, 590);
    assert_eq!(post(&card, &first).await, Ok(Taken::Yes), "signed long ago");
    assert_eq!(rows(&card.world).len(), 1);
}

#[tokio::test]
async fn registrar_3_and_7_two_phones_with_her_card_get_one_signature_between_them() {
    let Registering { card, hong, .. } = registering().await;
    let first = Asking::of(CARDS[0].0);
    assert_eq!(post(&card, &first.shown(&card, &hong[0]).await).await, Ok(Taken::Yes));
    assert_eq!(first.ask(&card).await.unwrap(), RegistrarAnswer::Pending);
    step(&card.world, 4).await;
    let answer = issued(first.ask(&card).await.unwrap());
    // Another phone, another voting root: the card is hers, and her one message was signed.
    let mut second = Asking::of(0);
    second.request.nonce = [77; 16];
    assert_eq!(post(&card, &second.shown(&card, &hong[1]).await).await, Ok(Taken::Yes));
    assert_eq!(refusal(second.ask(&card).await.unwrap()), RefusalReason::AnotherKeySigned);
    // The phone that was restored asks for the same message in a request of its own, by a copy of its own.
    let restored = Asking::with(CARDS[0].0, [88; 16]);
    until(&card.world, 620);
    assert_eq!(post(&card, &restored.shown(&card, &hong[2]).await).await, Ok(Taken::Yes));
    let again = issued(restored.ask(&card).await.unwrap());
    assert_eq!((again.row, again.entry), (answer.row, answer.entry));
    assert_eq!(rows(&card.world).len(), 1);
}

#[tokio::test]
async fn registrar_5_and_7_a_card_that_is_not_on_the_roll_gets_a_signed_word_and_so_does_one_that_comes_late()
{
    let Registering { card, hong, .. } = registering().await;
    let resident = application("SB-1003", "김샘플", "1985-12-25", &["citizen-card"]);
    // Somebody of the register who is not on this roll.
    let stranger = receive(&card, &card.issuer().offer(&resident).unwrap()).await.unwrap();
    card.settle().await;
    let asking = Asking::of(3);
    assert_eq!(post(&card, &asking.shown(&card, &stranger[0]).await).await, Ok(Taken::Yes));
    assert_eq!(refusal(asking.ask(&card).await.unwrap()), RefusalReason::NotOnTheRoll);
    let late = Asking::of(CARDS[0].0);
    until(&card.world, 605);
    assert_eq!(post(&card, &late.shown(&card, &hong[0]).await).await, Ok(Taken::Yes));
    assert_eq!(refusal(late.ask(&card).await.unwrap()), RefusalReason::NotOpen);
    assert_eq!(rows(&card.world), []);
}

#[tokio::test]
async fn registrar_7_a_revoked_card_one_that_has_expired_and_one_of_an_issuer_who_was_struck_off_do_not_count()
 {
    let Registering { card, hong, .. } = registering().await;
    let asking = Asking::of(CARDS[0].0);
    let request = asking.shown(&card, &hong[0]).await;
    card.issuer().revoke("SB-1001", None).unwrap();
    card.settle().await;
    assert_eq!(post(&card, &request).await, Err(Reason::CardRevoked.into()));
    card.strike_off(&card.certificate);
    assert_eq!(post(&card, &request).await, Err(Reason::CardNotVerified.into()));
    card.world.pass(320);
    assert_eq!(post(&card, &request).await, Ok(Taken::No), "its time is over");
    asking.question(&card).await;
    step(&card.world, 4).await;
    assert_eq!(rows(&card.world), []);
}

#[tokio::test]
async fn registrar_4_and_7_a_registrar_that_dies_while_it_looks_at_a_card_asks_the_same_and_takes_the_same() {
    let mine = CARD_PLACES.iter().copied().filter(|place| place.name().starts_with("registrar/"));
    // The ways of a list and of a DID's document are the tests' own wires, which pass no places.
    let fetched = [places::REGISTRAR_FETCH_LIST, places::REGISTRAR_FETCH_DOCUMENT];
    let mine = mine.filter(|place| !fetched.contains(place));
    let of_row = [places::REGISTRAR_ROW, places::REGISTRAR_SUBMIT, places::REGISTRAR_ASK_STATE];
    assert!(of_row.iter().all(|place| POLL_PLACES.contains(place)));
    let all: Vec<_> = mine.chain(of_row).flat_map(|place| [(place, true), (place, false)]).collect();
    assert_eq!(all.len(), 12);
    for (place, before) in all {
        let Registering { card, hong, .. } = registering().await;
        let asking = Asking::of(CARDS[0].0);
        let request = asking.shown(&card, &hong[0]).await;
        card.world.wires.knife.arm(place, before);
        let mut answer = None;
        for _ in 0..12 {
            let _ = post(&card, &request).await;
            match asking.ask(&card).await {
                Ok(RegistrarAnswer::Issued(issued)) => {
                    answer = Some(*issued);
                    break;
                }
                Ok(_) | Err(_) => step(&card.world, 1).await,
            }
        }
        assert!(card.world.wires.knife.has_cut(), "{place} was not visited");
        let answer = answer.unwrap_or_else(|| panic!("{place} {before}"));
        assert_eq!(rows(&card.world), [answer.row], "{place} {before}");
        assert_eq!(post(&card, &request).await, Ok(Taken::Yes), "{place} {before}");
    }
}

#[tokio::test]
async fn registrar_7_without_a_counter_the_card_is_not_asked_for_and_a_registrar_that_starts_anew_knows_its_questions()
 {
    let Registering { card, hong, .. } = registering().await;
    let asking = Asking::of(CARDS[0].0);
    let request = asking.shown(&card, &hong[0]).await;
    card.world.restart_registrar();
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
    *card.world.registrar_counter.lock().unwrap() = None;
    card.world.restart_registrar();
    assert!(Asking::of(CARDS[1].0).ask(&card).await.is_err(), "nothing is said of her");
    assert_eq!(post(&card, &request).await, Err(ServiceError::NotFound));
}

#[tokio::test]
async fn registrar_7_that_a_card_was_shown_is_forgotten_a_day_after_registration() {
    let Registering { card, hong, .. } = registering().await;
    let asking = Asking::of(CARDS[0].0);
    let request = asking.shown(&card, &hong[0]).await;
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
    until(&card.world, 700);
    step(&card.world, 1).await;
    assert_eq!(refusal(asking.ask(&card).await.unwrap()), RefusalReason::NotOpen, "it is remembered");
    card.world.clock.advance(86_400);
    step(&card.world, 1).await;
    asking.question(&card).await;
}
