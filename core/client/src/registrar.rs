//! A registrar's client: a citizen has her voting key signed blindly.

use crate::api::{Bytes, RegistrationAnswer, RegistrationRequest};
use crate::blind_keys::{self, BlindKeysOrder};
use crate::exchange::Exchange;
use crate::word::{self, SignedWord, WordError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, SealingKey, SealingPublicKey, Signed};
use citizen_ledger::{AttestedError, Role, RoleRecord, Verified, Word};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Canonical as _, Hash, KeyId, Label, Place, UnixTime};
use citizen_voting::blind::{BlindKey, BlindSignature};
use citizen_voting::issuance::{IssuanceRow, RegistrarRefusal, RollEntry};

/// What a registration is sealed in.
pub const REGISTRATION_CONTEXT: &[u8] = b"seoul-wallet/registrar-registration";
/// What a registrar's answer is sealed in.
pub const REGISTERED_CONTEXT: &[u8] = b"seoul-wallet/registrar-answer";

/// A registrar: "to this request I answer this."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistrarWord {
    /// The digest of the signed request.
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
        let sealed = self.seal(rng, request)?;
        let path = format!("v1/registrars/{}/registrations", self.id());
        let answer: RegistrationAnswer =
            self.exchange.post(place, &path, &RegistrationRequest { sealed }).await?;
        let opened = reply.open(REGISTERED_CONTEXT, &answer.sealed.decode()?);
        let opened = opened.map_err(|_| WordError::AboutSomethingElse)?;
        let digest = registration_digest(request);
        let word: SignedWord<RegistrarWord> =
            word::read(&Bytes::new(&opened), &self.party, |word: &RegistrarWord| word.request == digest)?;
        self.check(&asked.content, &word.word.value().answer)?;
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
        request: &Signed<DeviceRequest>,
    ) -> Result<Bytes, WordError> {
        let key = self.party.value().sealing.ok_or(WordError::NoSealingKey)?;
        let sealed =
            SealingPublicKey::from_bytes(key).seal(rng, REGISTRATION_CONTEXT, &request.to_canonical());
        Ok(Bytes::new(&sealed.map_err(|_| WordError::NoSealingKey)?))
    }

    /// Whether an answer is about the request: its row, its electorate, or a refusal of it that the registrar has signed.
    fn check(&self, asked: &RequestContent, answer: &RegistrarAnswer) -> Result<(), WordError> {
        let RequestContent::Register { poll, electorate, blinded, .. } = asked else {
            return Err(WordError::AboutSomethingElse);
        };
        let is_asked = match answer {
            RegistrarAnswer::Pending => true,
            RegistrarAnswer::Issued(issued) => {
                let Issued { entry, row, .. } = issued.as_ref();
                entry.electorate == *electorate
                    && *row == IssuanceRow::new(row.registrar, *electorate, entry.tag(*poll), blinded)
            }
            RegistrarAnswer::Refused(signed) => {
                let refusal = signed.verify(&self.party.value().key).map_err(AttestedError::from)?;
                let named = (refusal.poll, refusal.electorate, refusal.blinded);
                named == (*poll, *electorate, Hash::labelled(Label::BlindedToken, blinded.as_bytes()))
            }
        };
        if is_asked { Ok(()) } else { Err(WordError::AboutSomethingElse) }
    }
}
