//! The treasury's client: claims, and certificates for redemptions.

use crate::api::{Bytes, CertificateAnswer, ClaimResponse, SignedRequest};
use crate::exchange::Exchange;
use crate::word::{self, SignedWord, WordError};
use citizen_keys::{SealingKey, Signed};
use citizen_ledger::{RoleRecord, Verified};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::{Certificate, ClaimAnswer};
use citizen_primitives::Place;

/// What a certificate is sealed in.
pub const CERTIFICATE_CONTEXT: &[u8] = b"seoul-wallet/treasury-certificate";

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
            | RequestContent::Certificate { .. } => false,
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
}
