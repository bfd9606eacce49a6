//! What is said to an officer comes sealed to her: who carries it does not learn who asks, and cannot ask in her name (RECOVERY-12).

use super::RecoveryOfficer;
use crate::error::ServiceError;
use citizen_client::api::{
    Bytes, DecisionAnswer, DecisionRequest, EnrolmentAnswer, OfficerRequest, RecoveryApproval,
    RecoveryRequest, SignedRequest,
};
use citizen_client::recovery::{CASE_CONTEXT, DECISION_CONTEXT, ENROLMENT_CONTEXT};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

impl RecoveryOfficer {
    /// [`Self::enrol`], as it comes over the network.
    pub async fn enrol_sealed(&self, request: &OfficerRequest) -> Result<EnrolmentAnswer, ServiceError> {
        let request = self.opened(ENROLMENT_CONTEXT, request)?;
        self.enrol(SignedRequest { request: Bytes::new(&request) }).await
    }

    /// [`Self::request`], as it comes over the network.
    pub fn request_sealed(&self, request: &OfficerRequest) -> Result<RecoveryApproval, ServiceError> {
        self.request(&self.read::<RecoveryRequest>(CASE_CONTEXT, request)?)
    }

    /// [`Self::decide`], as it comes over the network.
    pub async fn decide_sealed(&self, request: &OfficerRequest) -> Result<DecisionAnswer, ServiceError> {
        let request: DecisionRequest = self.read(DECISION_CONTEXT, request)?;
        self.decide(&request).await
    }

    fn read<T: DeserializeOwned>(&self, context: &[u8], request: &OfficerRequest) -> Result<T, ServiceError> {
        serde_json::from_slice(&self.opened(context, request)?).map_err(|_| ServiceError::Malformed)
    }

    /// **RECOVERY-12** Sealed for another officer or another route it does not open.
    fn opened(&self, context: &[u8], request: &OfficerRequest) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        let sealed = request.sealed.decode().map_err(|_| ServiceError::Malformed)?;
        self.sealing.open(context, &sealed).map_err(|_| ServiceError::Malformed)
    }
}
