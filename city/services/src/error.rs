//! Why a party does not do what it is asked.

use crate::db::DbError;
use citizen_client::{CallError, LedgerError, RegistryError, WordError};

/// Why a party gives no answer, or another than hoped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The request's bytes are not what they should be.
    #[error("malformed request")]
    Malformed,
    /// The party knows nothing of it.
    #[error("not found")]
    NotFound,
    /// The party refuses.
    #[error("refused: {}", .0.word())]
    Refused(Reason),
    /// It cannot be done now: the ledger does not answer, the disk is full. Whether it was done is not known.
    #[error("unavailable")]
    Unavailable,
    /// The party was stopped.
    #[error("stopped")]
    Stopped,
}

/// Why a party refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The request is for another party.
    WrongParty,
    /// The request is too old, or from the future.
    TooOld,
    /// The request is not signed by the device it names.
    Signature,
    /// No such account, on the ledger or at the bank.
    NoAccount,
    /// Another device has taken the account over.
    Fenced,
    /// The customer has connected another account, or the account belongs to another customer.
    AnotherCustomer,
    /// The order is not one to carry out: not a hold, or not as its terms say.
    Order,
    /// The order names a bank this centre does not work with.
    UnknownBank,
    /// The order's time is nearly over, or would last too long.
    HoldTime,
    /// The payment is known with another order.
    AnotherOrder,
    /// The code is not one of this centre's.
    UnknownCode,
    /// The merchant is suspended.
    Suspended,
    /// The code's time is over.
    Expired,
    /// The code was paid, or is being paid.
    Used,
    /// The amount is not the code's.
    Amount,
    /// Nothing proves the hold, or its proof is stale.
    NotHeld,
    /// Nothing proves the end.
    NotEnded,
    /// Nothing proves the refund.
    NotRefunded,
    /// Another settlement is booked as that part of the day.
    AnotherSettlement,
    /// More than the shown code allows.
    OverCap,
    /// The shown code was revoked, or replaced by another.
    Revoked,
    /// The shown code has no mandate yet.
    Unready,
    /// The till has reversed this charge.
    Reversed,
    /// The payment was not paid, or not to this merchant.
    NotPaid,
    /// More than is left of the payment.
    TooMuch,
    /// The merchant has not enough to refund from: it has been paid out.
    MerchantFunds,
    /// A name that does not fit a payment code.
    Name,
    /// The account has as many orders on their way as it may have at once.
    TooManyOrders,
    /// The number was shown too often with what is not its resident's: within the hour it is not looked at again.
    TooManyTries,
    /// The sum needs the citizen card, and it cannot be asked for here.
    CardNeeded,
    /// No such poll, or one that does not name this party.
    NoPoll,
    /// The trustees have not made the election key.
    NoElectionKey,
    /// Ballots are not taken at this time.
    NotCasting,
    /// The ballot is not one of the poll's: its proofs, its signature or its token do not hold.
    Ballot,
    /// A later ballot of the same voting key is on the board or on its way.
    OldBallot,
    /// The voting key has cast, in a poll without re-voting.
    CastBefore,
    /// The voting key has had as many ballots opened as the poll allows.
    OpenedTooMany,
    /// The voting key has cast as many ballots as one may, replaced ones too.
    CastTooOften,
    /// An element of the ballot stands on the board already, or is on its way there.
    RepeatedElement,
    /// The voting key has as many ballots on their way as it may have at once.
    TooManyBallots,
    /// The poll has no reward, or not by this treasury.
    NoReward,
    /// No ballot of the voting key stands on the board yet.
    NotOnBoard,
    /// Something else was signed for this voting key.
    AnotherReward,
    /// The treasury did not sign this token for this poll.
    RewardToken,
    /// Rewards are redeemed after the poll has closed.
    RewardsClosed,
    /// So few can be redeemed that one could guess whose it is.
    TooFewRewards,
    /// The token was redeemed by another account.
    RewardUsed,
    /// The office has ordered another number of keys for that draft.
    AnotherDraft,
    /// The register of residents has nobody with this number, this name and this day of birth.
    NotThisPerson,
    /// The register does not show what the credential would say.
    NotEligible,
    /// The card that was shown does not verify, or not for what it was asked for.
    CardNotVerified,
    /// The card that was shown was revoked.
    CardRevoked,
    /// Another card was shown for this before.
    CardShown,
    /// The recovery key has the account frozen.
    Frozen,
    /// A recovery of the account is under way.
    UnderRecovery,
    /// Nobody has said which account is this resident's.
    NotEnrolled,
    /// The officer has not agreed to what she is asked to sign.
    NotAgreed,
    /// The case was not objected to, or this officer has filed it.
    NotToUphold,
}

impl Reason {
    /// All of them; from `NoPoll` on those of polls, of the card and of recovery.
    pub const ALL: &'static [Self] = &[
        Self::WrongParty,
        Self::TooOld,
        Self::Signature,
        Self::NoAccount,
        Self::Fenced,
        Self::AnotherCustomer,
        Self::Order,
        Self::UnknownBank,
        Self::HoldTime,
        Self::AnotherOrder,
        Self::UnknownCode,
        Self::Suspended,
        Self::Expired,
        Self::Used,
        Self::Amount,
        Self::NotHeld,
        Self::NotEnded,
        Self::NotRefunded,
        Self::AnotherSettlement,
        Self::OverCap,
        Self::Revoked,
        Self::Unready,
        Self::Reversed,
        Self::NotPaid,
        Self::TooMuch,
        Self::MerchantFunds,
        Self::Name,
        Self::TooManyOrders,
        Self::TooManyTries,
        Self::CardNeeded,
        Self::NoPoll,
        Self::NoElectionKey,
        Self::NotCasting,
        Self::Ballot,
        Self::OldBallot,
        Self::CastBefore,
        Self::OpenedTooMany,
        Self::CastTooOften,
        Self::RepeatedElement,
        Self::TooManyBallots,
        Self::NoReward,
        Self::NotOnBoard,
        Self::AnotherReward,
        Self::RewardToken,
        Self::RewardsClosed,
        Self::TooFewRewards,
        Self::RewardUsed,
        Self::AnotherDraft,
        Self::NotThisPerson,
        Self::NotEligible,
        Self::CardNotVerified,
        Self::CardRevoked,
        Self::CardShown,
        Self::Frozen,
        Self::UnderRecovery,
        Self::NotEnrolled,
        Self::NotAgreed,
        Self::NotToUphold,
    ];

    /// Whether parties of polls and of the card alone give it: no till ever hears it.
    #[must_use]
    pub fn is_of_a_poll(self) -> bool {
        Self::ALL.iter().skip_while(|reason| **reason != Self::NoPoll).any(|reason| *reason == self)
    }

    /// The reason with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.word() == word)
    }

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongParty => "wrong-party",
            Self::TooOld => "request-too-old",
            Self::Signature => "wrong-signature",
            Self::NoAccount => "no-account",
            Self::Fenced => "fenced",
            Self::AnotherCustomer => "another-customer",
            Self::Order => "wrong-order",
            Self::UnknownBank => "unknown-bank",
            Self::HoldTime => "hold-time",
            Self::AnotherOrder => "another-order",
            Self::UnknownCode => "unknown-code",
            Self::Suspended => "merchant-suspended",
            Self::Expired => "code-expired",
            Self::Used => "code-used",
            Self::Amount => "wrong-amount",
            Self::NotHeld => "not-held",
            Self::NotEnded => "not-ended",
            Self::NotRefunded => "not-refunded",
            Self::AnotherSettlement => "another-settlement",
            Self::OverCap => "over-cap",
            Self::Revoked => "code-revoked",
            Self::Unready => "code-unready",
            Self::Reversed => "reversed",
            Self::NotPaid => "not-paid",
            Self::TooMuch => "too-much",
            Self::MerchantFunds => "merchant-funds",
            Self::Name => "wrong-name",
            Self::TooManyOrders => "too-many-orders",
            Self::TooManyTries => "too-many-tries",
            Self::CardNeeded => "card-needed",
            Self::NoPoll => "no-poll",
            Self::NoElectionKey => "no-election-key",
            Self::NotCasting => "not-casting",
            Self::Ballot => "wrong-ballot",
            Self::OldBallot => "old-ballot",
            Self::CastBefore => "cast-before",
            Self::OpenedTooMany => "opened-too-many",
            Self::CastTooOften => "cast-too-often",
            Self::RepeatedElement => "repeated-element",
            Self::TooManyBallots => "too-many-ballots",
            Self::NoReward => "no-reward",
            Self::NotOnBoard => "not-on-board",
            Self::AnotherReward => "another-reward",
            Self::RewardToken => "wrong-reward-token",
            Self::RewardsClosed => "rewards-closed",
            Self::TooFewRewards => "too-few-rewards",
            Self::RewardUsed => "reward-used",
            Self::AnotherDraft => "another-draft",
            Self::NotThisPerson => "not-this-person",
            Self::NotEligible => "not-eligible",
            Self::CardNotVerified => "card-not-verified",
            Self::CardRevoked => "card-revoked",
            Self::CardShown => "card-shown",
            Self::Frozen => "frozen",
            Self::UnderRecovery => "under-recovery",
            Self::NotEnrolled => "not-enrolled",
            Self::NotAgreed => "not-agreed",
            Self::NotToUphold => "not-to-uphold",
        }
    }
}

impl From<Reason> for ServiceError {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl From<DbError> for ServiceError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Cut(_) => Self::Stopped,
            error => {
                tracing::error!(%error, "the database failed");
                Self::Unavailable
            }
        }
    }
}

impl From<LedgerError> for ServiceError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Call(CallError::Stopped) => Self::Stopped,
            error => {
                tracing::warn!(%error, "the ledger gave no answer to act on");
                Self::Unavailable
            }
        }
    }
}

impl From<RegistryError> for ServiceError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Ledger(error) => error.into(),
            error => {
                tracing::warn!(%error, "a party is not in the registry");
                Self::Unavailable
            }
        }
    }
}

impl From<WordError> for ServiceError {
    fn from(error: WordError) -> Self {
        match error {
            WordError::Call(CallError::Stopped) => Self::Stopped,
            error => {
                tracing::warn!(%error, "another party gave no answer to act on");
                Self::Unavailable
            }
        }
    }
}
