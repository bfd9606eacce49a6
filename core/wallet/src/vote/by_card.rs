//! Registration by the citizen card, where a roll knows its people by it: reviewed with who asks for what, then shown to every registrar for its own
//! request alone, which names neither her nor her account (CARD-15).

use crate::asked_for::Shown;
use crate::credential::{Bound, BoundAnswer, refusal};
use crate::error::{Party, Reason, Subject, WalletError, mapping};
use crate::id::CredentialId;
use crate::place;
use crate::record::{self, KeptAnswer, RegistrationCardRow, RegistrationRow, Showing};
use crate::view::{RegistrationReviewView, RegistrationView};
use crate::vote::polls::Announced;
use crate::vote::register::{card_row, take_signature};
use crate::vote::review::damaged;
use crate::wallet::Wallet;
use citizen_client::authorised::registration_query;
use citizen_client::{Authorised, CardQuestion, CardRegistration, RegistrarAnswer, RegistrarClient};
use citizen_primitives::{PollId, random};
use citizen_store::ChangeSet;
use citizen_voting::ElectorateIndex;
use citizen_voting::issuance::RefusalReason;
use citizen_voting::manifest::Poll;

/// A registration before she approves it: [`Wallet::register`] takes it. It cannot be cloned.
pub struct RegistrationReview {
    view: RegistrationReviewView,
    poll: PollId,
    electorate: ElectorateIndex,
    /// The credential that is shown; none where the roll knows her by her account.
    card: Option<CredentialId>,
}

/// How a registrar wants to know who registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Card { accounts_too: bool },
    Account,
}

impl RegistrationReview {
    /// What to show: who asks for what.
    #[must_use]
    pub const fn view(&self) -> &RegistrationReviewView {
        &self.view
    }
}

impl std::fmt::Debug for RegistrationReview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegistrationReview(hidden)")
    }
}

impl Wallet {
    /// Asks the registrars, under nobody's name, how they want to know who registers, and says what would be shown to them. Nothing is written.
    /// Refused where a card is wanted and none can be shown: she holds none that counts, or the account is frozen or under recovery (CARD-10).
    pub async fn review_registration(
        &self,
        id: &PollId,
        electorate: Option<u8>,
    ) -> Result<RegistrationReview, WalletError> {
        self.session().touch()?;
        let (announced, _) = self.announced_now(id, &[]).await?;
        let poll = &announced.poll;
        let known: Option<RegistrationRow> = self.session().load(&record::registration_row(id))?;
        let kept = known.as_ref().map(|row| row.electorate);
        let electorate = electorate.map(ElectorateIndex::new).or(kept).unwrap_or(ElectorateIndex::new(0));
        self.must_be_registering(&announced, electorate, known.as_ref())?;
        let row = RegistrationRow::new(*id, electorate, poll.registrars().len(), false);
        let mut heard = Vec::new();
        let mut silence = None;
        for number in 0..poll.registrars().len() {
            heard.push(match self.how_asked(poll, &row, number).await {
                Ok(asks) => Some(asks),
                Err(error @ (WalletError::Cancelled | WalletError::Locked | WalletError::Fenced { .. })) => {
                    return Err(error);
                }
                Err(error) => {
                    silence.get_or_insert(error);
                    None
                }
            });
        }
        let asks = agreed(&heard)?.ok_or(silence.unwrap_or(damaged()))?;
        let card = self.card_for_registration(asks, known.as_ref())?;
        if let Some(card) = &card {
            self.must_be_showable(card, Reason::RollNeedsCard).await?;
        }
        let answers: Vec<bool> = heard.iter().map(Option::is_some).collect();
        let view = RegistrationReviewView::new(poll, electorate, card, &answers);
        Ok(RegistrationReview { view, poll: *id, electorate, card })
    }

    /// Registers as the review said; refused, and nothing begun, if the card cannot be shown any more. What it named is shown to every registrar of the manifest, also to one that is down now and answers later;
    /// who has answered is kept, and [`Wallet::register_for_poll`] and [`Wallet::sync`] go on with it.
    pub async fn register(&self, review: RegistrationReview) -> Result<RegistrationView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        if let Some(card) = &review.card {
            self.must_be_showable(card, Reason::RollNeedsCard).await?;
        }
        let (announced, _) = self.announced_now(&review.poll, &[]).await?;
        {
            // No card is on its way to a registrar while it is decided which one is shown.
            let _no_look_meanwhile = self.session().advancing.lock().await;
            let ways = self.approved_ways(&announced, &review)?;
            self.begin_registration(&announced, Some(review.electorate.number()), ways)?;
        }
        self.register_begun(&announced.poll).await
    }

    /// What is known of the card for a registrar.
    pub(super) fn registration_card(
        &self,
        poll: &Poll,
        number: usize,
    ) -> Result<Option<RegistrationCardRow>, WalletError> {
        self.session().load(&card_row(poll, number)?)
    }

    /// Whether the registrar has decided. The card is shown for this request if it asks for it, once.
    pub(super) async fn ask_by_card(
        &self,
        poll: &Poll,
        asked: RegistrationRow,
        number: usize,
    ) -> Result<bool, WalletError> {
        let _one_look_at_a_time = self.session().advancing.lock().await;
        // Another look may have had the answer, or she approved something else: the card is shown for what stands now.
        let mut row = self.registration(&poll.id())?;
        if row.electorate != asked.electorate || row.answers.get(number) != asked.answers.get(number) {
            return Ok(true);
        }
        let card = self.registration_card(poll, number)?.ok_or(damaged())?;
        let secret = self.session().poll_secret(poll.id())?;
        let unverified = || mapping::unverified(Subject::Word, Party::Registrar);
        let blinded = secret.request(poll, row.electorate, number);
        let blinded = blinded.map_err(|_| mapping::unverified(Subject::Poll, Party::Registrar))?;
        let client = self.nameless_registrar(poll, number).await?;
        let request = card.request(client.party().value().id(), &row, blinded);
        let card = self.send_registration_card(card).await?;
        let mut answer = self.ask_nameless(&client, &request, &card).await?;
        if let RegistrarAnswer::ShowCard(question) = &answer {
            let card = self.show_registration_card(card, &request, question).await?;
            let card = self.send_registration_card(card).await?;
            answer = self.ask_nameless(&client, &request, &card).await?;
        }
        let kept = match answer {
            RegistrarAnswer::Pending => return Ok(false),
            RegistrarAnswer::Issued(issued) => take_signature(poll, &mut row, (&secret, number), &issued)?,
            RegistrarAnswer::Refused(refusal) => KeptAnswer::Refused(refusal),
            RegistrarAnswer::ShowCard(_) | RegistrarAnswer::AskAsAccount => return Err(unverified()),
        };
        self.keep_answer(&row, number, kept)?;
        Ok(true)
    }

    /// How one registrar asks: a request like the one that will count, and nobody's.
    async fn how_asked(
        &self,
        poll: &Poll,
        row: &RegistrationRow,
        number: usize,
    ) -> Result<Asks, WalletError> {
        let secret = self.session().poll_secret(poll.id())?;
        let blinded = secret.request(poll, row.electorate, number);
        let blinded = blinded.map_err(|_| mapping::unverified(Subject::Poll, Party::Registrar))?;
        let client = self.nameless_registrar(poll, number).await?;
        // No credential is named to a registrar: what it asks for decides which one is.
        let nobodys = CredentialId::generate(&mut *self.session().rng());
        let card = self.fresh_card(poll.id(), number, nobodys)?;
        let request = card.request(client.party().value().id(), row, blinded);
        match self.ask_nameless(&client, &request, &card).await? {
            RegistrarAnswer::ShowCard(question) => Ok(Asks::Card { accounts_too: question.accounts_too }),
            RegistrarAnswer::AskAsAccount => Ok(Asks::Account),
            // Nobody has shown a card for this request.
            RegistrarAnswer::Pending | RegistrarAnswer::Issued(_) | RegistrarAnswer::Refused(_) => {
                Err(mapping::unverified(Subject::Word, Party::Registrar))
            }
        }
    }

    async fn ask_nameless(
        &self,
        client: &RegistrarClient,
        request: &CardRegistration,
        card: &RegistrationCardRow,
    ) -> Result<RegistrarAnswer, WalletError> {
        let mut rng = self.session().rng();
        let place = place::SEND_CARD_REGISTRATION;
        let answer = client.register_by_card(place, &mut *rng, request, &card.reply()).await;
        let answer = answer.map_err(|error| mapping::of_word(error, Party::Registrar))?;
        Ok(answer.word.into_parts().0.answer)
    }

    /// The credential to show, if it is by the card. Where the roll has accounts too, somebody without a card may be there by hers; and so may
    /// somebody whom it does not know by her card.
    fn card_for_registration(
        &self,
        asks: Asks,
        known: Option<&RegistrationRow>,
    ) -> Result<Option<CredentialId>, WalletError> {
        let Asks::Card { accounts_too } = asks else { return Ok(None) };
        if accounts_too && known.is_some_and(is_unknown) {
            return Ok(None);
        }
        match self.card_that_answers(&registration_query())? {
            None if !accounts_too => {
                Err(WalletError::Refused { by: Party::Phone, reason: Reason::RollNeedsCard })
            }
            credential => Ok(credential),
        }
    }

    /// By what each registrar that has not signed will know her. What is on its way stays as it is.
    fn approved_ways(
        &self,
        announced: &Announced,
        review: &RegistrationReview,
    ) -> Result<ChangeSet, WalletError> {
        let poll = &announced.poll;
        let row: Option<RegistrationRow> = self.session().load(&record::registration_row(&review.poll))?;
        let row = row.filter(|row| row.electorate == review.electorate);
        let mut ways = ChangeSet::new();
        for number in 0..poll.registrars().len() {
            let answer = row.as_ref().and_then(|row| row.answers.get(number));
            if matches!(answer, Some(KeptAnswer::Signed(_))) {
                continue;
            }
            let known = self.registration_card(poll, number)?;
            ways = match (review.card, known) {
                (Some(credential), known) => {
                    let is_over =
                        |card: &RegistrationCardRow| matches!(card.showing, Showing::Refused { .. });
                    if known.is_some_and(|card| !is_over(&card)) && row.is_some() {
                        continue;
                    }
                    let card = self.fresh_card(poll.id(), number, credential)?;
                    ways.and(record::put(record::registration_card_row(&card.poll, card.registrar), &card))
                }
                (None, Some(card)) => ways.delete(record::registration_card_row(&card.poll, card.registrar)),
                (None, None) => ways,
            };
        }
        Ok(ways)
    }

    fn fresh_card(
        &self,
        poll: PollId,
        number: usize,
        credential: CredentialId,
    ) -> Result<RegistrationCardRow, WalletError> {
        let registrar = u8::try_from(number).map_err(|_| damaged())?;
        let mut rng = self.session().rng();
        let (nonce, reply) = (random::generate_array(&mut *rng), random::generate_array(&mut *rng));
        Ok(RegistrationCardRow { poll, registrar, credential, nonce, reply, showing: Showing::Awaited })
    }

    /// Follows the registrar's link, and shows just what the review said, if it is for just this request. A registrar that has acknowledged one
    /// presentation gets no second: it has to be approved anew.
    async fn show_registration_card(
        &self,
        card: RegistrationCardRow,
        request: &CardRegistration,
        question: &CardQuestion,
    ) -> Result<RegistrationCardRow, WalletError> {
        if card.showing != Showing::Awaited {
            let reason = Reason::CardNotVerified;
            self.keep_card(card, Showing::Refused { reason: reason.word().to_owned() })?;
            return Err(WalletError::Refused { by: Party::Registrar, reason });
        }
        let bound = Bound {
            link: &question.link,
            certificate: &question.certificate,
            credential: &card.credential,
            query: registration_query(),
            authorised: Authorised::registration(&request.poll, &request.to, &request.digest()),
            by: Party::Registrar,
            needed: Reason::RollNeedsCard,
            shown: Shown::ForPoll,
        };
        let BoundAnswer { url, body, changes, used } = self.answer_bound(bound).await?;
        let card = RegistrationCardRow { showing: Showing::Shown { url, body }, ..card };
        let row = record::registration_card_row(&card.poll, card.registrar);
        let changes = changes.and(record::put(row, &card));
        self.commit_unbinding(place::OUTBOX_REGISTRATION_CARD, changes, used)?;
        self.clear_keys();
        Ok(card)
    }

    /// Sends what was shown and not acknowledged: the same bytes.
    async fn send_registration_card(
        &self,
        card: RegistrationCardRow,
    ) -> Result<RegistrationCardRow, WalletError> {
        let (url, body) = match &card.showing {
            Showing::Shown { url, body } => (url, body),
            Showing::Refused { reason } => {
                return Err(WalletError::Refused { by: Party::Registrar, reason: Reason::of_word(reason) });
            }
            Showing::Awaited | Showing::Asked { .. } | Showing::Taken => return Ok(card),
        };
        let answer = self.send_bound(place::SEND_REGISTRATION_CARD, (url, body)).await?;
        match (answer.status, refusal(&answer)) {
            (200, _) | (409, Reason::CardShown) => self.keep_card(card, Showing::Taken),
            (400 | 409, reason) => {
                self.keep_card(card, Showing::Refused { reason: reason.word().to_owned() })?;
                Err(WalletError::Refused { by: Party::Registrar, reason })
            }
            _ => Err(WalletError::Refused { by: Party::Registrar, reason: Reason::Unavailable }),
        }
    }

    fn keep_card(
        &self,
        card: RegistrationCardRow,
        showing: Showing,
    ) -> Result<RegistrationCardRow, WalletError> {
        let card = RegistrationCardRow { showing, ..card };
        let row = record::registration_card_row(&card.poll, card.registrar);
        self.session().commit(place::REGISTRATION_CARD_ANSWERED, record::put(row, &card))?;
        Ok(card)
    }
}

/// The roll is one, so they all say the same; whoever says another thing is found out before anything is shown.
fn agreed(heard: &[Option<Asks>]) -> Result<Option<Asks>, WalletError> {
    let mut said = heard.iter().flatten();
    let first = said.next().copied();
    if said.any(|asks| Some(*asks) != first) {
        return Err(mapping::unverified(Subject::Word, Party::Registrar));
    }
    Ok(first)
}

/// Whether a registrar has said that the roll does not know her.
fn is_unknown(row: &RegistrationRow) -> bool {
    let is_unknown = |answer: &KeptAnswer| match answer {
        KeptAnswer::Refused(signed) => {
            signed.dangerous_unverified().is_ok_and(|word| word.reason == RefusalReason::NotOnTheRoll)
        }
        KeptAnswer::Awaited | KeptAnswer::Signed(_) => false,
    };
    row.answers.iter().any(is_unknown)
}
