//! The treasury's client: claims, certificates for redemptions, and rewards for taking part in polls.

use crate::api::{
    Bytes, CertificateAnswer, ClaimResponse, RewardSigningAnswer, RewardSigningRequest, SignedRequest,
};
use crate::blind_keys::{self, BlindKeysOrder};
use crate::exchange::{CallError, Exchange};
use crate::word::{self, SignedWord, WordError};
use citizen_keys::{SealingKey, Signed};
use citizen_ledger::{RoleRecord, Verified};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::{Certificate, ClaimAnswer};
use citizen_primitives::Place;
use citizen_voting::blind::{BlindKey, BlindSignature};
use citizen_voting::reward::RewardRequest;

/// What a certificate is sealed in.
pub const CERTIFICATE_CONTEXT: &[u8] = b"seoul-wallet/treasury-certificate";

/// The programme under which taking part in a poll is granted: whichever poll it was.
pub const PARTICIPATION: &str = "participation";

/// Asks one treasury.
#[derive(Debug, Clone)]
pub struct TreasuryClient {
    exchange: Exchange,
    party: Verified<RoleRecord>,
}

impl TreasuryClient {
    /// Asks the treasury whose role is proved.
    #[must_use]
    pub const fn new(exchange: Exchange, party: Verified<RoleRecord>) -> Self {
        Self { exchange, party }
    }

    /// The treasury's record.
    #[must_use]
    pub const fn party(&self) -> &Verified<RoleRecord> {
        &self.party
    }

    /// Claims points. An answer of `Granted` says that the treasury grants; the account's record proves that it has.
    pub async fn claim(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
    ) -> Result<SignedWord<ClaimAnswer>, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let request = SignedRequest { request: Bytes::of(request) };
        let answer: ClaimResponse = self.exchange.post(place, "v1/treasury/claims", &request).await?;
        word::read(&answer.answer, &self.party, |answer: &ClaimAnswer| match &asked.content {
            RequestContent::Claim { programme, .. } => {
                answer.account == asked.account && answer.programme == *programme
            }
            RequestContent::OpenBankAccount { .. }
            | RequestContent::BankBalance
            | RequestContent::ConsumerCode
            | RequestContent::Charged { .. }
            | RequestContent::AskRefund { .. }
            | RequestContent::Mandate { .. }
            | RequestContent::Certificate { .. }
            | RequestContent::Register { .. }
            | RequestContent::Reward { .. }
            | RequestContent::EnrolRecovery { .. } => false,
        })
    }

    /// Asks for the certificate of a redemption; `reply` opens the answer.
    pub async fn certificate(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
        reply: &SealingKey,
    ) -> Result<SignedWord<Certificate>, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let RequestContent::Certificate { redemption, .. } = asked.content else {
            return Err(WordError::AboutSomethingElse);
        };
        let request = SignedRequest { request: Bytes::of(request) };
        let answer: CertificateAnswer =
            self.exchange.post(place, "v1/treasury/certificates", &request).await?;
        let opened = reply.open(CERTIFICATE_CONTEXT, &answer.sealed.decode()?);
        let opened = opened.map_err(|_| WordError::AboutSomethingElse)?;
        word::read(&Bytes::new(&opened), &self.party, |certificate: &Certificate| {
            certificate.redemption == redemption && certificate.account == asked.account
        })
    }

    /// Has the element signed that goes with a ballot on the board. Ask over a connection that carries no account; what the answer is
    /// worth, [`citizen_voting::token::PollSecret::reward_token`] finds out.
    pub async fn reward(
        &self,
        place: Place,
        request: &Signed<RewardRequest>,
    ) -> Result<BlindSignature, CallError> {
        let request = RewardSigningRequest { request: Bytes::of(request) };
        let answer: RewardSigningAnswer = self.exchange.post(place, "v1/treasury/rewards", &request).await?;
        answer.signature.read().map_err(|_| CallError::Malformed)
    }

    /// Redeems a reward: a request of [`RequestContent::Reward`]. An answer of `Granted` says that the treasury grants.
    pub async fn redeem_reward(
        &self,
        place: Place,
        request: &Signed<DeviceRequest>,
    ) -> Result<SignedWord<ClaimAnswer>, WordError> {
        let asked = request.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
        let request = SignedRequest { request: Bytes::of(request) };
        let answer: ClaimResponse = self.exchange.post(place, "v1/treasury/rewards/redeem", &request).await?;
        word::read(&answer.answer, &self.party, |answer: &ClaimAnswer| {
            answer.account == asked.account && answer.programme.as_str() == PARTICIPATION
        })
    }

    /// The election office asks for the key of a poll's reward; nothing while it is being made.
    pub async fn reward_key(
        &self,
        place: Place,
        order: &Signed<BlindKeysOrder>,
    ) -> Result<Option<Vec<BlindKey>>, WordError> {
        blind_keys::ask(&self.exchange, place, "v1/treasury/rewards/keys", &self.party, order).await
    }
}
