//! A recovery officer's client. What an officer answers counts by her signature alone, under the key that the registry proves.

use crate::api::{
    Bytes, DecisionAnswer, DecisionRequest, EnrolmentAnswer, Identity, LossAnswer, OfficerSignatureAnswer,
    OfficerSignatureRequest, RecoveryApproval, RecoveryDecision, RecoveryRequest, SignedRequest,
};
use crate::exchange::{CallError, Exchange};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{DevicePair, Document, PublicKey, Signature, Signed};
use citizen_ledger::{RoleRecord, TransactionBody, Verified};
use citizen_payment::request::DeviceRequest;
use citizen_primitives::{AccountId, Label, Place, RecoveryCaseId, Text, UnixTime};

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
    pub async fn enrol(&self, place: Place, request: &Signed<DeviceRequest>) -> Result<(), CallError> {
        let asked = request.dangerous_unverified().map_err(|_| CallError::Malformed)?;
        let request = SignedRequest { request: Bytes::of(request) };
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
        identity: &Identity,
        case: &RecoveryCaseId,
        (device, recovery): (&DevicePair, &PublicKey),
    ) -> Result<AccountId, CallError> {
        let request = RecoveryRequest {
            identity: identity.clone(),
            case: case.to_hex(),
            device: Bytes::of(device),
            recovery: Bytes::of(recovery),
        };
        let answer: RecoveryApproval = self.exchange.post(place, &self.path("cases"), &request).await?;
        AccountId::from_hex(&answer.account).map_err(|_| CallError::Malformed)
    }

    /// Has the officer look again at a case that was objected to. Returns what she stands by: the first decision that was asked of her.
    pub async fn decide(
        &self,
        place: Place,
        identity: &Identity,
        case: &RecoveryCaseId,
        decision: RecoveryDecision,
    ) -> Result<RecoveryDecision, CallError> {
        let request = DecisionRequest { identity: identity.clone(), case: case.to_hex(), decision };
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

    fn path(&self, what: &str) -> String {
        format!("v1/recovery-officers/{}/{what}", self.party.value().id())
    }
}
