//! A registrar's client: a citizen has her voting key signed blindly.

use crate::api::{Bytes, RegistrationAnswer, RegistrationRequest};
use crate::blind_keys::{self, BlindKeysOrder};
use crate::exchange::Exchange;
use crate::registration::{CARD_REGISTRATION_CONTEXT, CardRegistration};
use crate::word::{self, SignedWord, WordError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, SealingKey, SealingPublicKey, Signed};
use citizen_ledger::{AttestedError, Role, RoleRecord, Verified, Word};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Canonical as _, Hash, KeyId, Label, Place, PollId, UnixTime};
use citizen_voting::blind::{BlindKey, BlindSignature, BlindedMessage};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::issuance::{IssuanceRow, RegistrarRefusal, RollEntry};

/// What a registration is sealed in.
pub const REGISTRATION_CONTEXT: &[u8] = b"seoul-wallet/registrar-registration";
/// What a registrar's answer is sealed in.
pub const REGISTERED_CONTEXT: &[u8] = b"seoul-wallet/registrar-answer";

/// A registrar: "to this request I answer this."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistrarWord {
    /// The digest of the signed request, or of the [`CardRegistration`].
    pub request: Hash,
    /// The answer.
    pub answer: RegistrarAnswer,
    /// When.
    pub time: UnixTime,
}

/// What a registrar answers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RegistrarAnswer {
    /// The request is on the registrar's disk, and its row is not proved on the ledger yet: ask again.
    Pending,
    /// The row stands on the ledger; here is the signature.
    Issued(Box<Issued>),
    /// The registrar does not sign: its word can be shown to anybody.
    Refused(Signed<RegistrarRefusal>),
    /// To a [`CardRegistration`]: show the citizen card for it, and ask again.
    ShowCard(CardQuestion),
    /// To a [`CardRegistration`]: the roll names its people by their accounts alone.
    AskAsAccount,
}

/// Where a registrar asks for the citizen card.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardQuestion {
    /// The link of an authorization request: OpenID4VP 1.0, section 5.
    pub link: String,
    /// The certificate by which the registrar asks: SHA-256 of its DER.
    pub certificate: Hash,
    /// Whether the roll names others by their accounts: somebody without a card may be one of them.
    pub accounts_too: bool,
}

/// A blind signature and what its row is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Issued {
    /// The signature: what it is worth, the poll's secret shows ([`citizen_voting::token::PollSecret::finish`]).
    pub signature: BlindSignature,
    /// The citizen's place on the roll, for her alone: with it she finds the rows in her name.
    pub entry: RollEntry,
    /// The registrar's row in the issuance log.
    pub row: IssuanceRow,
    /// The row's index there.
    pub index: u64,
}

citizen_primitives::canonical!(RegistrarWord = 1);

impl Document for RegistrarWord {
    const LABEL: Label = Label::RegistrarWord;
}

impl Word for RegistrarWord {
    const ROLE: Role = Role::Registrar;

    fn time(&self) -> UnixTime {
        self.time
    }
}

/// The digest by which an answer names its request.
#[must_use]
pub fn registration_digest(request: &Signed<DeviceRequest>) -> Hash {
    Hash::labelled(Label::DeviceRequest, &request.to_canonical())
}

/// Asks one registrar.
#[derive(Debug, Clone)]
pub struct RegistrarClient {
    exchange: Exchange,
    party: Verified<RoleRecord>,
}

impl RegistrarClient {
    /// Asks the registrar whose role is proved.
    #[must_use]
    pub const fn new(exchange: Exchange, party: Verified<RoleRecord>) -> Self {
        Self { exchange, party }
    }

    /// The registrar's record.
    #[must_use]
    pub const fn party(&self) -> &Verified<RoleRecord> {
        &self.party
    }

    /// Asks for a blind signature; `reply` opens the answer. The answer is the registrar's word on this request; a refusal in it is
    /// verified too and about what was asked.
    pub async fn register(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        request: &Signed<DeviceRequest>,
        reply: &SealingKey,
    ) -> Result<SignedWord<RegistrarWord>, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let sealed = self.seal(rng, REGISTRATION_CONTEXT, &request.to_canonical())?;
        let path = format!("v1/registrars/{}/registrations", self.id());
        let answer: RegistrationAnswer =
            self.exchange.post(place, &path, &RegistrationRequest { sealed }).await?;
        let RequestContent::Register { poll, electorate, blinded, .. } = &asked.content else {
            return Err(WordError::AboutSomethingElse);
        };
        let word = self.read(&answer, reply, registration_digest(request))?;
        match &word.word.value().answer {
            // What is only said to a request without a name.
            RegistrarAnswer::ShowCard(_) | RegistrarAnswer::AskAsAccount => {
                Err(WordError::AboutSomethingElse)
            }
            said => self.check((*poll, *electorate, blinded), said).map(|()| word),
        }
    }

    /// Asks for a blind signature under nobody's name; `reply` opens the answer, which says first that the card is to be shown. Held against
    /// what was asked as an answer of [`Self::register`] is.
    pub async fn register_by_card(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        request: &CardRegistration,
        reply: &SealingKey,
    ) -> Result<SignedWord<RegistrarWord>, WordError> {
        let sealed = self.seal(rng, CARD_REGISTRATION_CONTEXT, &request.to_canonical())?;
        let path = format!("v1/registrars/{}/card-registrations", self.id());
        let answer: RegistrationAnswer =
            self.exchange.post(place, &path, &RegistrationRequest { sealed }).await?;
        let word = self.read(&answer, reply, request.digest())?;
        let CardRegistration { poll, electorate, blinded, .. } = request;
        self.check((*poll, *electorate, blinded), &word.word.value().answer)?;
        Ok(word)
    }

    /// The election office asks for this registrar's keys of a poll that it prepares; nothing while they are being made.
    pub async fn keys(
        &self,
        place: Place,
        order: &Signed<BlindKeysOrder>,
    ) -> Result<Option<Vec<BlindKey>>, WordError> {
        let path = format!("v1/registrars/{}/keys", self.id());
        blind_keys::ask(&self.exchange, place, &path, &self.party, order).await
    }

    fn id(&self) -> KeyId {
        self.party.value().id()
    }

    fn seal(
        &self,
        rng: &mut (dyn CryptoRng + Send),
        context: &[u8],
        request: &[u8],
    ) -> Result<Bytes, WordError> {
        let key = self.party.value().sealing.ok_or(WordError::NoSealingKey)?;
        let sealed = SealingPublicKey::from_bytes(key).seal(rng, context, request);
        Ok(Bytes::new(&sealed.map_err(|_| WordError::NoSealingKey)?))
    }

    fn read(
        &self,
        answer: &RegistrationAnswer,
        reply: &SealingKey,
        request: Hash,
    ) -> Result<SignedWord<RegistrarWord>, WordError> {
        let opened = reply.open(REGISTERED_CONTEXT, &answer.sealed.decode()?);
        let opened = opened.map_err(|_| WordError::AboutSomethingElse)?;
        word::read(&Bytes::new(&opened), &self.party, |word: &RegistrarWord| word.request == request)
    }

    /// Whether an answer is about the request: its row, its electorate, or a refusal of it that the registrar has signed.
    fn check(
        &self,
        (poll, electorate, blinded): (PollId, ElectorateIndex, &BlindedMessage),
        answer: &RegistrarAnswer,
    ) -> Result<(), WordError> {
        let is_asked = match answer {
            RegistrarAnswer::Pending | RegistrarAnswer::ShowCard(_) | RegistrarAnswer::AskAsAccount => true,
            RegistrarAnswer::Issued(issued) => {
                let Issued { entry, row, .. } = issued.as_ref();
                entry.electorate == electorate
                    && *row == IssuanceRow::new(row.registrar, electorate, entry.tag(poll), blinded)
            }
            RegistrarAnswer::Refused(signed) => {
                let refusal = signed.verify(&self.party.value().key).map_err(AttestedError::from)?;
                let named = (refusal.poll, refusal.electorate, refusal.blinded);
                named == (poll, electorate, Hash::labelled(Label::BlindedToken, blinded.as_bytes()))
            }
        };
        if is_asked { Ok(()) } else { Err(WordError::AboutSomethingElse) }
    }
}
