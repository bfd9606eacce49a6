//! A recovery officer's client. What an officer answers counts by her signature alone, under the key that the registry proves; what is said
//! to her is sealed to that record's key: whoever could read it could ask in the citizen's name.

use crate::api::{
    Bytes, DecisionAnswer, DecisionRequest, EnrolmentAnswer, Identity, LossAnswer, OfficerRequest,
    OfficerSignatureAnswer, OfficerSignatureRequest, RecoveryApproval, RecoveryDecision, RecoveryRequest,
};
use crate::exchange::{CallError, Exchange};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, SealingPublicKey, Signature, Signed};
use citizen_ledger::{RoleRecord, TransactionBody, Verified};
use citizen_payment::request::DeviceRequest;
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{AccountId, Canonical as _, Label, Place, Text, UnixTime};
use serde::Serialize;

/// What the word on whose account it is is sealed in.
pub const ENROLMENT_CONTEXT: &[u8] = b"seoul-wallet/officer-enrolment";
/// What a request for an account is sealed in.
pub const CASE_CONTEXT: &[u8] = b"seoul-wallet/officer-case";
/// What is said after an objection is sealed in.
pub const DECISION_CONTEXT: &[u8] = b"seoul-wallet/officer-decision";

/// Tells the issuer behind a gateway that a resident's phone is lost: it revokes what it issued to her. How many copies that were, whoever
/// answers says: nothing of it is proved before the status lists show it.
pub async fn report_loss(exchange: &Exchange, place: Place, identity: &Identity) -> Result<u64, CallError> {
    let answer: LossAnswer = exchange.post(place, "v1/issuer/losses", identity).await?;
    Ok(answer.revoked)
}

/// An officer: "I have noted whose account this is."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EnrolmentWord {
    /// The account.
    pub account: AccountId,
    /// That of the request.
    pub nonce: [u8; 16],
    /// When it was signed.
    pub time: UnixTime,
}
citizen_primitives::canonical!(EnrolmentWord = 1);

/// An officer to the issuer: "she has lost her phone, and has shown me who she is."
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OfficerLoss {
    /// Her number in the register.
    pub number: Text,
    /// Her name, as she writes it.
    pub name: Text,
    /// Her day of birth: `1999-03-02`.
    pub birth_date: Text,
    /// When it was signed; the issuer refuses one that is older than a few minutes.
    pub time: UnixTime,
}
citizen_primitives::canonical!(OfficerLoss = 1);

impl std::fmt::Debug for OfficerLoss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfficerLoss(…)")
    }
}

impl Document for OfficerLoss {
    const LABEL: Label = Label::OfficerLoss;
}

impl Document for EnrolmentWord {
    const LABEL: Label = Label::OfficerEnrolment;
}

/// Asks one officer.
#[derive(Debug, Clone)]
pub struct RecoveryOfficerClient {
    exchange: Exchange,
    party: Verified<RoleRecord>,
}

impl RecoveryOfficerClient {
    /// Asks the officer whose role is proved.
    #[must_use]
    pub const fn new(exchange: Exchange, party: Verified<RoleRecord>) -> Self {
        Self { exchange, party }
    }

    /// Her record.
    #[must_use]
    pub const fn party(&self) -> &Verified<RoleRecord> {
        &self.party
    }

    /// Says who may ask for the account: a request of `RequestContent::EnrolRecovery`. It counts if the officer has signed that for this very
    /// request: whoever answers in her place has no key of hers.
    pub async fn enrol(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        request: &Signed<DeviceRequest>,
    ) -> Result<(), CallError> {
        let asked = request.dangerous_unverified().map_err(|_| CallError::Malformed)?;
        let request = self.seal(rng, ENROLMENT_CONTEXT, &request.to_canonical())?;
        let answer: EnrolmentAnswer = self.exchange.post(place, &self.path("enrolments"), &request).await?;
        let signed: Signed<EnrolmentWord> = answer.answer.read().map_err(|_| CallError::Malformed)?;
        let word = signed.verify(&self.party.value().key).map_err(|_| CallError::Malformed)?;
        let is_about_it = (word.account, word.nonce) == (asked.account, asked.nonce);
        if is_about_it { Ok(()) } else { Err(CallError::Malformed) }
    }

    /// Asks for a recovery; the answer names the account. It is a hint: other officers have to name the same.
    pub async fn request(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        request: &RecoveryRequest,
    ) -> Result<AccountId, CallError> {
        let request = self.seal_message(rng, CASE_CONTEXT, request)?;
        let answer: RecoveryApproval = self.exchange.post(place, &self.path("cases"), &request).await?;
        AccountId::from_hex(&answer.account).map_err(|_| CallError::Malformed)
    }

    /// Has the officer look again at a case that was objected to. Returns what she stands by: the first decision that was asked of her.
    pub async fn decide(
        &self,
        place: Place,
        rng: &mut (dyn CryptoRng + Send),
        request: &DecisionRequest,
    ) -> Result<RecoveryDecision, CallError> {
        let request = self.seal_message(rng, DECISION_CONTEXT, request)?;
        let answer: DecisionAnswer = self.exchange.post(place, &self.path("decisions"), &request).await?;
        Ok(answer.decision)
    }

    /// Asks for her signature over a transaction that she and others sign together; it is checked before it counts.
    pub async fn sign(&self, place: Place, body: &TransactionBody) -> Result<Signature, CallError> {
        let request = OfficerSignatureRequest { body: Bytes::of(body) };
        let path = self.path("signatures");
        let answer: OfficerSignatureAnswer = self.exchange.post(place, &path, &request).await?;
        let bytes = answer.signature.decode().map_err(|_| CallError::Malformed)?;
        let signature = Signature::Ed25519(bytes.try_into().map_err(|_| CallError::Malformed)?);
        let key = &self.party.value().key;
        let checked = key.verify(Label::Transaction, &body.signing_bytes(), &signature);
        checked.map(|()| signature).map_err(|_| CallError::Malformed)
    }

    fn seal_message(
        &self,
        rng: &mut (dyn CryptoRng + Send),
        context: &[u8],
        message: &(impl Serialize + Sync),
    ) -> Result<OfficerRequest, CallError> {
        let message = serde_json::to_vec(message).map_err(|_| CallError::Malformed)?;
        self.seal(rng, context, &message)
    }

    /// An officer whose record has no such key cannot be spoken to: what she would be told, all on the way would know.
    fn seal(
        &self,
        rng: &mut (dyn CryptoRng + Send),
        context: &[u8],
        message: &[u8],
    ) -> Result<OfficerRequest, CallError> {
        let key = self.party.value().sealing.ok_or(CallError::Malformed)?;
        let sealed = SealingPublicKey::from_bytes(key).seal(rng, context, message);
        Ok(OfficerRequest { sealed: Bytes::new(&sealed.map_err(|_| CallError::Malformed)?) })
    }

    fn path(&self, what: &str) -> String {
        format!("v1/recovery-officers/{}/{what}", self.party.value().id())
    }
}
