//! The desk of a recovery officer.

use crate::refusal::Refusal;
use async_trait::async_trait;
use citizen_client::api::{
    DecisionAnswer, DecisionRequest, EnrolmentAnswer, OfficerSignatureAnswer, OfficerSignatureRequest,
    RecoveryApproval, RecoveryRequest, SignedRequest,
};
use city_services::RecoveryOfficer;

/// An officer who sees who asks for a lost account.
#[async_trait]
pub trait RecoveryDesk: Send + Sync {
    /// Notes who may ask for an account.
    async fn enrol(&self, request: SignedRequest) -> Result<EnrolmentAnswer, Refusal>;

    /// Somebody with a new phone asks for her account.
    async fn request(&self, request: RecoveryRequest) -> Result<RecoveryApproval, Refusal>;

    /// Somebody shows again who she is, after an objection.
    async fn decide(&self, request: DecisionRequest) -> Result<DecisionAnswer, Refusal>;

    /// Signs what she has agreed to.
    async fn sign(&self, request: OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, Refusal>;

    /// How many cases are at each stage.
    fn cases(&self) -> Vec<(&'static str, u64)>;
}

#[async_trait]
impl RecoveryDesk for RecoveryOfficer {
    async fn enrol(&self, request: SignedRequest) -> Result<EnrolmentAnswer, Refusal> {
        Ok(Self::enrol(self, request).await?)
    }

    async fn request(&self, request: RecoveryRequest) -> Result<RecoveryApproval, Refusal> {
        Ok(Self::request(self, &request)?)
    }

    async fn decide(&self, request: DecisionRequest) -> Result<DecisionAnswer, Refusal> {
        Ok(Self::decide(self, &request).await?)
    }

    async fn sign(&self, request: OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, Refusal> {
        Ok(Self::sign(self, &request)?)
    }

    fn cases(&self) -> Vec<(&'static str, u64)> {
        Self::cases(self).unwrap_or_default()
    }
}
