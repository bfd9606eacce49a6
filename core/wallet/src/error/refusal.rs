//! What ledger, treasury and registrars refuse with, as reasons that a citizen reads.

use super::reason::Reason;
use citizen_ledger::Rejection;
use citizen_payment::word::ClaimRefusal;
use citizen_voting::issuance::RefusalReason;

impl From<RefusalReason> for Reason {
    fn from(refusal: RefusalReason) -> Self {
        match refusal {
            RefusalReason::NotOnTheRoll => Self::NotOnTheRoll,
            RefusalReason::AnotherKeySigned => Self::AnotherKeySigned,
            RefusalReason::NotOpen => Self::PollTime,
            RefusalReason::Malformed => Self::Malformed,
        }
    }
}

impl From<ClaimRefusal> for Reason {
    fn from(refusal: ClaimRefusal) -> Self {
        match refusal {
            ClaimRefusal::NotFound => Self::NotFound,
            ClaimRefusal::AlreadyGranted => Self::AlreadyGranted,
            ClaimRefusal::CapReached => Self::CapReached,
            ClaimRefusal::AnotherPerson => Self::AnotherPerson,
        }
    }
}

impl From<Rejection> for Reason {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Malformed => Self::Malformed,
            Rejection::WrongChain => Self::WrongChain,
            Rejection::TooLate => Self::TooLate,
            Rejection::TooFarAhead => Self::TooFarAhead,
            Rejection::Replayed => Self::Replayed,
            Rejection::Signature => Self::Signature,
            Rejection::NotAllowed => Self::NotAllowed,
            Rejection::NoAccount => Self::NoAccount,
            Rejection::AccountExists => Self::AccountExists,
            Rejection::Fenced => Self::Fenced,
            Rejection::CosignatureNeeded => Self::CosignatureNeeded,
            Rejection::NotEnough => Self::NotEnoughPoints,
            Rejection::Nothing => Self::Nothing,
            Rejection::NoProgramme => Self::NoProgramme,
            Rejection::CapReached => Self::CapReached,
            Rejection::AlreadyGranted => Self::AlreadyGranted,
            Rejection::PaymentExists => Self::PaymentExists,
            Rejection::NoPayment => Self::NoPayment,
            Rejection::PaymentEnded => Self::PaymentEnded,
            Rejection::HoldExpired => Self::HoldExpired,
            Rejection::HoldTime => Self::HoldTime,
            Rejection::UnknownParty => Self::UnknownParty,
            Rejection::DebitMissing => Self::DebitMissing,
            Rejection::Amount => Self::Amount,
            Rejection::WeakKey => Self::WeakKey,
            Rejection::NotDecided => Self::NotDecided,
            Rejection::OverLimit => Self::OverLimit,
            Rejection::MandateTime => Self::MandateTime,
            Rejection::MandateExceeded => Self::MandateExceeded,
            Rejection::NoRules => Self::NoRules,
            Rejection::NotCaptured => Self::NotCaptured,
            Rejection::RefundTooMuch => Self::RefundTooMuch,
            Rejection::RefundTooLate => Self::RefundTooLate,
            Rejection::RefundExists => Self::RefundExists,
            Rejection::RedeemAmount => Self::RedeemAmount,
            Rejection::RedemptionExists => Self::RedemptionExists,
            Rejection::NoPoll => Self::NoPoll,
            Rejection::PollExists => Self::PollExists,
            Rejection::Manifest => Self::Manifest,
            Rejection::PollTime => Self::PollTime,
            Rejection::Ceremony => Self::Ceremony,
            Rejection::Issuance => Self::Issuance,
            Rejection::Board => Self::Board,
            Rejection::Shares => Self::Shares,
            Rejection::Turnout => Self::Turnout,
            Rejection::Frozen => Self::Frozen,
            Rejection::UnderRecovery => Self::UnderRecovery,
            Rejection::NoRecovery => Self::NoRecovery,
            Rejection::RecoveryTime => Self::RecoveryTime,
            Rejection::CaseExists => Self::CaseExists,
            Rejection::NotAgreed => Self::NotAgreed,
            Rejection::NoDid => Self::NoDid,
            Rejection::DidExists => Self::DidExists,
            Rejection::DidEnded => Self::DidEnded,
            Rejection::DidVersion => Self::DidVersion,
            Rejection::DidContent => Self::DidContent,
            Rejection::TooManyDids => Self::TooManyDids,
            Rejection::Certificate => Self::Certificate,
            Rejection::NoCertificate => Self::NoCertificate,
            Rejection::StatusVersion => Self::StatusVersion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_ledger_has_a_reason_of_its_own() {
        let reasons: std::collections::BTreeSet<_> = Rejection::ALL.into_iter().map(Reason::from).collect();
        assert_eq!(reasons.len(), Rejection::ALL.len());
    }
}
