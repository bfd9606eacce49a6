//! The centre's client for a merchant's till.

use crate::api::{Bytes, RegisterAnswer, RegisterRequest, TillAnswer, TillRequest, TillResponse};
use crate::exchange::{CallError, Exchange};
use crate::word::{self, SignedWord, WordError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, PublicKey, Signed};
use citizen_ledger::{Role, RoleRecord, Verified, Word};
use citizen_payment::till::{MerchantApplication, MerchantRequest};
use citizen_primitives::{Canonical as _, Hash, Label, Place, UnixTime};

/// The centre: "to this request of a till I answer this."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TillWord {
    /// The digest of the signed request.
    pub request: Hash,
    /// The answer.
    pub answer: TillAnswer,
    /// When.
    pub time: UnixTime,
}
citizen_primitives::canonical!(TillWord = 2);

impl Document for TillWord {
    const LABEL: Label = Label::CentreTill;
}

impl Word for TillWord {
    const ROLE: Role = Role::Centre;

    fn time(&self) -> UnixTime {
        self.time
    }
}

/// The digest by which an answer names its request.
#[must_use]
pub fn request_digest(request: &Signed<MerchantRequest>) -> Hash {
    Hash::labelled(Label::MerchantRequest, &request.to_canonical())
}

/// Asks one centre on behalf of a merchant. What the centre says of a payment, the till checks on the ledger.
#[derive(Debug, Clone)]
pub struct TillClient {
    exchange: Exchange,
    party: Verified<RoleRecord>,
}

impl TillClient {
    /// Asks the centre whose role is proved.
    #[must_use]
    pub const fn new(exchange: Exchange, party: Verified<RoleRecord>) -> Self {
        Self { exchange, party }
    }

    /// The centre's record.
    #[must_use]
    pub const fn party(&self) -> &Verified<RoleRecord> {
        &self.party
    }

    /// Registers a merchant by its key. The answer is a hint: whose the printed code is, [`crate::CentreClient::code`] tells.
    pub async fn register(
        &self,
        place: Place,
        application: &Signed<MerchantApplication>,
        key: &PublicKey,
    ) -> Result<RegisterAnswer, CallError> {
        let request = RegisterRequest { application: Bytes::of(application), key: Bytes::of(key) };
        self.exchange.post(place, "v1/centre/merchants", &request).await
    }

    /// Hands a request in; the answer is the centre's word on this request and on no other.
    pub async fn ask(
        &self,
        place: Place,
        request: &Signed<MerchantRequest>,
    ) -> Result<SignedWord<TillWord>, WordError> {
        let digest = request_digest(request);
        let request = TillRequest { request: Bytes::of(request) };
        let answer: TillResponse = self.exchange.post(place, "v1/centre/tills", &request).await?;
        word::read(&answer.answer, &self.party, |word: &TillWord| word.request == digest)
    }
}
