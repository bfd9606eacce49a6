//! Why the ledger refuses a transaction: a number that is part of the block's results, and a name.

/// A refusal. The numbers are part of the ledger and never change; 0 is success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[repr(u32)]
pub enum Rejection {
    /// The bytes are no transaction.
    #[error("not a transaction")]
    Malformed = 1,
    /// For another ledger.
    #[error("for another ledger")]
    WrongChain = 2,
    /// Its last height has passed.
    #[error("its last height has passed")]
    TooLate = 3,
    /// Its last height is further ahead than the window allows.
    #[error("its last height is too far ahead")]
    TooFarAhead = 4,
    /// It is in an earlier block.
    #[error("it was executed before")]
    Replayed = 5,
    /// A signature is missing or wrong.
    #[error("a signature is missing or wrong")]
    Signature = 6,
    /// The signer may not do this.
    #[error("the signer may not do this")]
    NotAllowed = 7,
    /// No such account.
    #[error("no such account")]
    NoAccount = 8,
    /// The account exists already.
    #[error("the account exists already")]
    AccountExists = 9,
    /// The device is not the one the account lists.
    #[error("another device has taken this account over")]
    Fenced = 10,
    /// Above the limit the hardware key must co-sign.
    #[error("the hardware key must co-sign")]
    CosignatureNeeded = 11,
    /// Fewer points than asked.
    #[error("not enough points")]
    NotEnough = 12,
    /// Nothing is asked: zero points and zero won, or a transfer to oneself.
    #[error("nothing to do")]
    Nothing = 13,
    /// No such programme, or it is closed.
    #[error("no such programme")]
    NoProgramme = 14,
    /// A yearly cap is reached.
    #[error("a yearly cap is reached")]
    CapReached = 15,
    /// The evidence has been granted on before.
    #[error("granted before")]
    AlreadyGranted = 16,
    /// The payment id was used before.
    #[error("the payment exists already")]
    PaymentExists = 17,
    /// No such payment.
    #[error("no such payment")]
    NoPayment = 18,
    /// The payment has ended.
    #[error("the payment has ended")]
    PaymentEnded = 19,
    /// The hold's time is up.
    #[error("the hold's time is up")]
    HoldExpired = 20,
    /// The hold would last too long, or not at all.
    #[error("the hold's time is out of range")]
    HoldTime = 21,
    /// The named centre or bank is not in the registry.
    #[error("the named party is not in the registry")]
    UnknownParty = 22,
    /// The bank's signed debit is missing, or not for this payment.
    #[error("the bank's debit is missing or wrong")]
    DebitMissing = 23,
    /// An amount leaves the range.
    #[error("an amount is out of range")]
    Amount = 24,
    /// A key that may not be registered.
    #[error("a key that may not be registered")]
    WeakKey = 25,
    /// Fewer governors than must agree, or parameters nobody could live with.
    #[error("not a decision of the governors")]
    NotDecided = 26,
    /// A limit of one payment, a day or a month would be passed.
    #[error("over a limit")]
    OverLimit = 27,
    /// The mandate's time has not come, is over, or is too long.
    #[error("outside the mandate's time")]
    MandateTime = 28,
    /// More is charged than the mandate allows.
    #[error("over the mandate's caps")]
    MandateExceeded = 29,
    /// The ledger has no rules for this yet.
    #[error("no rules for this are in force")]
    NoRules = 30,
    /// Only a captured payment can be refunded.
    #[error("the payment was not captured")]
    NotCaptured = 31,
    /// More than is left of what was paid.
    #[error("more than is left of the payment")]
    RefundTooMuch = 32,
    /// The time for refunds is over.
    #[error("too late for a refund")]
    RefundTooLate = 33,
    /// The refund's id was used before.
    #[error("the refund exists already")]
    RefundExists = 34,
    /// Not a whole number of steps, or too many.
    #[error("not an amount that can be redeemed")]
    RedeemAmount = 35,
    /// The redemption's id was used before.
    #[error("the redemption exists already")]
    RedemptionExists = 36,
    /// No such poll.
    #[error("no such poll")]
    NoPoll = 37,
    /// The poll was announced before.
    #[error("the poll was announced before")]
    PollExists = 38,
    /// A rule refuses the manifest, or it names parties that have not their role.
    #[error("a manifest that is refused")]
    Manifest = 39,
    /// Not the time for this in the poll.
    #[error("not the time for this")]
    PollTime = 40,
    /// Not what may be said now in the ceremony.
    #[error("out of place in the ceremony")]
    Ceremony = 41,
    /// A row that stands already, of another registrar's, or beyond the roll.
    #[error("not a row of the issuance log")]
    Issuance = 42,
    /// None of the entries can stand on the board.
    #[error("nothing of it can stand on the board")]
    Board = 43,
    /// The shares are not proved, of another tally, or of a result that is known.
    #[error("not shares of this tally")]
    Shares = 44,
    /// Too few ballots: their sums would show how single persons voted.
    #[error("below the minimum turnout")]
    Turnout = 45,
    /// The recovery key has the account frozen.
    #[error("the account is frozen")]
    Frozen = 46,
    /// A case of recovery is open: the account's device orders nothing, and no second case is filed.
    #[error("a recovery of the account is under way")]
    UnderRecovery = 47,
    /// The account has no such case.
    #[error("no such recovery")]
    NoRecovery = 48,
    /// Not the time for this in the recovery.
    #[error("not the time for this in the recovery")]
    RecoveryTime = 49,
    /// The case was filed before.
    #[error("the case was filed before")]
    CaseExists = 50,
    /// Fewer officers than must agree, or some of those who filed the case.
    #[error("not a decision of officers who may take it")]
    NotAgreed = 51,
    /// No such DID.
    #[error("no such DID")]
    NoDid = 52,
    /// The DID exists already.
    #[error("the DID exists already")]
    DidExists = 53,
    /// The DID was deactivated.
    #[error("the DID was deactivated")]
    DidEnded = 54,
    /// Not the version after the one in force.
    #[error("not the next version of the DID")]
    DidVersion = 55,
    /// A DID out of bounds, or a key for what it cannot do.
    #[error("content that a DID cannot have")]
    DidContent = 56,
    /// The organisation has as many as one may have.
    #[error("the organisation has too many DIDs")]
    TooManyDids = 57,
    /// A certificate's record out of bounds.
    #[error("a record that a certificate cannot have")]
    Certificate = 58,
    /// The registry has no such certificate, or not now.
    #[error("no such certificate")]
    NoCertificate = 59,
    /// The version of a status list does not rise.
    #[error("the status list's version does not rise")]
    StatusVersion = 60,
}

impl Rejection {
    /// All refusals.
    pub const ALL: [Self; 60] = [
        Self::Malformed,
        Self::WrongChain,
        Self::TooLate,
        Self::TooFarAhead,
        Self::Replayed,
        Self::Signature,
        Self::NotAllowed,
        Self::NoAccount,
        Self::AccountExists,
        Self::Fenced,
        Self::CosignatureNeeded,
        Self::NotEnough,
        Self::Nothing,
        Self::NoProgramme,
        Self::CapReached,
        Self::AlreadyGranted,
        Self::PaymentExists,
        Self::NoPayment,
        Self::PaymentEnded,
        Self::HoldExpired,
        Self::HoldTime,
        Self::UnknownParty,
        Self::DebitMissing,
        Self::Amount,
        Self::WeakKey,
        Self::NotDecided,
        Self::OverLimit,
        Self::MandateTime,
        Self::MandateExceeded,
        Self::NoRules,
        Self::NotCaptured,
        Self::RefundTooMuch,
        Self::RefundTooLate,
        Self::RefundExists,
        Self::RedeemAmount,
        Self::RedemptionExists,
        Self::NoPoll,
        Self::PollExists,
        Self::Manifest,
        Self::PollTime,
        Self::Ceremony,
        Self::Issuance,
        Self::Board,
        Self::Shares,
        Self::Turnout,
        Self::Frozen,
        Self::UnderRecovery,
        Self::NoRecovery,
        Self::RecoveryTime,
        Self::CaseExists,
        Self::NotAgreed,
        Self::NoDid,
        Self::DidExists,
        Self::DidEnded,
        Self::DidVersion,
        Self::DidContent,
        Self::TooManyDids,
        Self::Certificate,
        Self::NoCertificate,
        Self::StatusVersion,
    ];

    /// The number in the block's results.
    #[must_use]
    pub const fn code(self) -> u32 {
        // A fieldless enum's own discriminant.
        #[allow(clippy::as_conversions)]
        {
            self as u32
        }
    }

    /// The refusal of a number.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rejection| rejection.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_found_by_its_number() {
        for (number, rejection) in (1..).zip(Rejection::ALL) {
            assert_eq!(rejection.code(), number);
            assert_eq!(Rejection::from_code(number), Some(rejection));
        }
        assert_eq!(Rejection::from_code(0), None);
        assert_eq!(Rejection::from_code(61), None);
    }
}
