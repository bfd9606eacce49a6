//! The messages of recovery: who may ask for an account, who asks, and what officers sign.

use super::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who somebody is, as she shows it at a counter. It says nothing of itself in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Her number in the register of residents. Never a resident registration number.
    pub number: String,
    /// Her name, as she writes it.
    pub name: String,
    /// Her day of birth: `1999-03-02`.
    pub birth_date: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// What somebody who shows who she is says about a case that was objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryDecision {
    /// The new phone is hers.
    Uphold,
    /// The old one is.
    Dismiss,
}

messages! {
    /// The answer to `POST /v1/issuer/losses`, which takes an `Identity`.
    LossAnswer {
        /// How many copies of credentials the issuer has revoked now; those that were before are not counted.
        revoked: u64,
    }
    /// What is said to an officer at `enrolments`, `cases` and `decisions`: sealed to the key in her record on the ledger, under the context
    /// of the route (`recovery::ENROLMENT_CONTEXT` and its neighbours). Who carries it does not learn who asks.
    OfficerRequest {
        /// A sealed box of the canonical `Signed<DeviceRequest>` (`enrolments`) or of the JSON of a `RecoveryRequest` or a `DecisionRequest`.
        sealed: Bytes,
    }
    /// The answer to `POST /v1/recovery-officers/{key}/enrolments`.
    EnrolmentAnswer {
        /// The officer's `EnrolmentWord` for this request, signed by her key in the registry.
        answer: Bytes,
    }
    /// `POST /v1/recovery-officers/{key}/cases`, sealed: phone and recovery code are lost.
    RecoveryRequest {
        /// Who asks.
        identity: Identity,
        /// What the new phone calls the case: 32 random bytes, in hexadecimal.
        case: String,
        /// The new phone's keys: a `DevicePair`.
        device: Bytes,
        /// The key of the new recovery code: a `PublicKey`.
        recovery: Bytes,
    }
    /// The officer has approved: she will sign for this.
    RecoveryApproval {
        /// The account that the person enrolled, in hexadecimal.
        account: String,
    }
    /// `POST /v1/recovery-officers/{key}/decisions`, sealed: an objection has sent the case back, and somebody shows again who she is.
    DecisionRequest {
        /// Who.
        identity: Identity,
        /// The case, in hexadecimal.
        case: String,
        /// What she says.
        decision: RecoveryDecision,
    }
    /// What the officer stands by.
    DecisionAnswer {
        /// The first one of the two that was asked for in this case.
        decision: RecoveryDecision,
    }
    /// `POST /v1/recovery-officers/{key}/signatures`: officers sign one and the same transaction, and whoever asks brings it from
    /// one to the next.
    OfficerSignatureRequest {
        /// A `TransactionBody` that files, upholds or dismisses a case.
        body: Bytes,
    }
    /// An officer's agreement.
    OfficerSignatureAnswer {
        /// Her Ed25519 signature over the body: 64 bytes.
        signature: Bytes,
    }
}
