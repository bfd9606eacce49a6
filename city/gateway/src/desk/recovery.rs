//! The desk of a recovery officer.

use crate::refusal::Refusal;
use async_trait::async_trait;
use citizen_client::api::{
    DecisionAnswer, EnrolmentAnswer, OfficerRequest, OfficerSignatureAnswer, OfficerSignatureRequest,
    RecoveryApproval,
};
use city_services::RecoveryOfficer;

/// An officer who sees who asks for a lost account. What she is told is sealed to her.
#[async_trait]
pub trait RecoveryDesk: Send + Sync {
    /// Notes who may ask for an account.
    async fn enrol(&self, request: OfficerRequest) -> Result<EnrolmentAnswer, Refusal>;

    /// Somebody with a new phone asks for her account.
    async fn request(&self, request: OfficerRequest) -> Result<RecoveryApproval, Refusal>;

    /// Somebody shows again who she is, after an objection.
    async fn decide(&self, request: OfficerRequest) -> Result<DecisionAnswer, Refusal>;

    /// Signs what she has agreed to.
    async fn sign(&self, request: OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, Refusal>;

    /// How many cases are at each stage.
    fn cases(&self) -> Vec<(&'static str, u64)>;
}

#[async_trait]
impl RecoveryDesk for RecoveryOfficer {
    async fn enrol(&self, request: OfficerRequest) -> Result<EnrolmentAnswer, Refusal> {
        Ok(Self::enrol_sealed(self, &request).await?)
    }

    async fn request(&self, request: OfficerRequest) -> Result<RecoveryApproval, Refusal> {
        Ok(Self::request_sealed(self, &request)?)
    }

    async fn decide(&self, request: OfficerRequest) -> Result<DecisionAnswer, Refusal> {
        Ok(Self::decide_sealed(self, &request).await?)
    }

    async fn sign(&self, request: OfficerSignatureRequest) -> Result<OfficerSignatureAnswer, Refusal> {
        Ok(Self::sign(self, &request)?)
    }

    fn cases(&self) -> Vec<(&'static str, u64)> {
        Self::cases(self).unwrap_or_default()
    }
}
