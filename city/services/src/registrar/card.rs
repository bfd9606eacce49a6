//! Registration by the citizen card: a request under nobody's name, the card shown for it and for nothing else, and from there on as for anybody on
//! the roll (REGISTRAR-7).

use super::Registrar;
use super::question::Question;
use super::record::{SHOWN, Shown};
use super::roll::Known;
use crate::certified::Certified;
use crate::db::{Row, Rows as _, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use crate::presented::{At, CardCounter, CardQuestion, Examined, ListPlaces};
use crate::verifier::Taken;
use crate::voter::Voter;
use citizen_client::api::{RegistrationAnswer, RegistrationRequest};
use citizen_client::authorised::{Authorised, VOTER, registration_query};
use citizen_client::registration::CARD_REGISTRATION_CONTEXT;
use citizen_client::{CardQuestion as Asking, CardRegistration, RegistrarAnswer, Transport};
use citizen_keys::Secret32;
use citizen_ledger::state_key;
use citizen_primitives::{Canonical as _, Hash, Seconds, UnixTime};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// How long after the end of registration it is remembered that a card was shown: an answer may have been lost.
const REMEMBERED: Seconds = Seconds::new(24 * 60 * 60);
/// How often a page of what is remembered is looked at, and how much that is.
const PAUSE: Seconds = Seconds::new(60);
const PAGE: usize = 2_048;

/// By what a registrar asks for the card.
pub(super) struct Counter {
    card: CardCounter,
    /// By it a registrar that starts anew knows its own questions.
    secret: Secret32,
    looked: Mutex<(UnixTime, Vec<u8>)>,
}

impl Registrar {
    /// With a certificate by which it asks for the citizen card, and a secret that stays. Without them it registers by accounts alone.
    #[must_use]
    pub fn with_card(
        mut self,
        certified: Certified,
        secret: Secret32,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let lists = ListPlaces { anchor: places::REGISTRAR_ASK_ANCHOR, list: places::REGISTRAR_FETCH_LIST };
        let (certificate, document) = (places::REGISTRAR_ASK_CERTIFICATE, places::REGISTRAR_FETCH_DOCUMENT);
        let at = At { certificate, document, lists };
        let card = CardCounter::new(certified, transport, at);
        self.counter = Some(Counter { card, secret, looked: Mutex::default() });
        self
    }

    /// Signs blindly for whoever has shown her card for this request; says where to show it if nobody has. It goes on as [`Self::register`]
    /// does.
    pub async fn register_by_card(
        &self,
        request: RegistrationRequest,
    ) -> Result<RegistrationAnswer, ServiceError> {
        let plain = self.opened(CARD_REGISTRATION_CONTEXT, &request)?;
        let request = CardRegistration::from_canonical(&plain).map_err(|_| ServiceError::Malformed)?;
        if request.to != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        let CardRegistration { poll, electorate, blinded, reply, .. } = &request;
        let keys = [state_key::manifest(poll), state_key::parameters(), state_key::poll(poll)];
        let proven = self.party.prove(places::REGISTRAR_ASK_STATE, &keys).await?.fresh()?;
        let asked = self.asked(*poll, *electorate, **blinded, &proven)?;
        let digest = request.digest();
        let shown: Option<Shown> = self.party.db().read(|rows| rows.find(SHOWN, digest.as_bytes()))?;
        let kinds = self.kinds(&asked)?;
        let answer = match shown {
            Some(shown) => self.answer(&asked, &Known::Card(shown.voter), &proven).await?,
            None if kinds.cards => {
                let until = asked.poll.manifest().registration.until;
                RegistrarAnswer::ShowCard(self.question(&request, until, kinds.accounts)?)
            }
            None => RegistrarAnswer::AskAsAccount,
        };
        self.sealed_word(digest, answer, reply)
    }

    /// The signed request for the card, with the nonce in what a wallet posted.
    pub fn card_request(&self, handle: &str, posted: Option<&str>) -> Result<String, ServiceError> {
        let (counter, question) = self.own(handle)?;
        let query = registration_query();
        let asked = self.card_question(counter, &question, &query);
        counter.card.request_object(handle, asked, (posted, self.party.now()))
    }

    /// A wallet's answer. That the card was shown, and whose it is, is on the disk before it is acknowledged; the same answer again is taken
    /// again, and no other.
    pub async fn card_answer(&self, handle: &str, body: &str) -> Result<Taken, ServiceError> {
        let (counter, question) = self.own(handle)?;
        let answer = Hash::plain(&[body.as_bytes()]);
        let before: Option<Shown> =
            self.party.db().read(|rows| rows.find(SHOWN, question.request.as_bytes()))?;
        if let Some(before) = before {
            return again(&before, answer);
        }
        let query = registration_query();
        let asked = self.card_question(counter, &question, &query);
        let card = match counter.card.examine(&self.party, (handle, asked), body).await? {
            Examined::Shown(card) => card,
            Examined::Refused(reason) => return Err(reason.into()),
            Examined::NotForThis => return Ok(Taken::No),
        };
        let voter = card.token().claim(VOTER).and_then(Value::as_str).and_then(Voter::of_hex);
        let voter = voter.ok_or(Reason::CardNotVerified)?;
        let shown = Shown { voter, answer, until: question.over };
        let take = |writer: &Writer<'_>| {
            // Of two answers at once the first stands.
            match writer.find::<Shown>(SHOWN, question.request.as_bytes())? {
                Some(before) => again(&before, answer),
                None => {
                    writer.put(SHOWN, question.request.as_bytes(), &shown)?;
                    Ok(Taken::Yes)
                }
            }
        };
        self.party.db().commit_beside(places::REGISTRAR_CARD, take).await
    }

    /// Forgets who has shown her card for what is long over; says how many.
    pub(super) fn forget_shown(&self) -> Result<u32, ServiceError> {
        let Some(counter) = &self.counter else { return Ok(0) };
        let now = self.party.now();
        let mut looked = counter.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, after) = &mut *looked;
        if now.since(*last) < PAUSE {
            return Ok(0);
        }
        let page: Vec<Row> = self.party.db().read(|rows| rows.page(SHOWN, after, PAGE))?;
        *last = now;
        *after = if page.len() == PAGE {
            page.last().map(|(key, _)| key.clone()).unwrap_or_default()
        } else {
            Vec::new()
        };
        drop(looked);
        let is_over = |row: &[u8]| Shown::from_canonical(row).is_ok_and(|shown| now > shown.until);
        let over: Vec<Vec<u8>> =
            page.into_iter().filter(|(_, row)| is_over(row)).map(|(key, _)| key).collect();
        if over.is_empty() {
            return Ok(0);
        }
        self.party.db().commit(places::REGISTRAR_CARD, |writer| {
            over.iter().try_for_each(|key| writer.remove(SHOWN, key))?;
            Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
        })
    }

    fn question(
        &self,
        request: &CardRegistration,
        until: UnixTime,
        accounts_too: bool,
    ) -> Result<Asking, ServiceError> {
        let counter = self.counter.as_ref().ok_or(ServiceError::Unavailable)?;
        let asked = self.party.now();
        let over = asked.max(until).plus(REMEMBERED);
        let question = Question { poll: request.poll, request: request.digest(), asked, over };
        let handle = question.handle(&counter.secret);
        let query = registration_query();
        let link = counter.card.link(&handle, self.card_question(counter, &question, &query))?;
        Ok(Asking { link, certificate: counter.card.thumbprint(), accounts_too })
    }

    fn own(&self, handle: &str) -> Result<(&Counter, Question), ServiceError> {
        let counter = self.counter.as_ref().ok_or(ServiceError::NotFound)?;
        let question = Question::read(handle, &counter.secret).ok_or(ServiceError::NotFound)?;
        Ok((counter, question))
    }

    fn card_question<'a>(
        &self,
        counter: &Counter,
        question: &Question,
        query: &'a Value,
    ) -> CardQuestion<'a> {
        CardQuestion {
            seed: question.seed(&counter.secret),
            asked: question.asked,
            until: question.until(),
            query,
            authorised: Authorised::registration(&question.poll, &self.party.id(), &question.request),
        }
    }
}

/// An answer after the first.
fn again(before: &Shown, answer: Hash) -> Result<Taken, ServiceError> {
    if before.answer == answer { Ok(Taken::Yes) } else { Err(Reason::CardShown.into()) }
}
