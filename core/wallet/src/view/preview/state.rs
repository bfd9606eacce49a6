//! The states that screens have to draw, by name.

use super::{BAKERY, DAY, LONG, Shop, ago, header_time, payment_id, points};
use crate::error::{Amount, Party, Reason, WalletError};
use citizen_payment::Progress;

/// A state that screens have to draw. Loading is the app's own: there is no view yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum PreviewState {
    /// A new account: no point, no payment, nothing in the log but its opening.
    Empty,
    /// An ordinary Saturday.
    Ordinary,
    /// Without a connection: the last verified numbers, an hour old, no won.
    Stale,
    /// A payment was approved and is being checked.
    Pending,
    /// A payment was reversed: nothing was paid.
    Reversed,
    /// The merchant's code may not be paid.
    Refused,
    /// More points are asked for than there are.
    NotEnough,
    /// The bank does not answer: points alone.
    BankSilent,
    /// Trust began with the server itself: every number says so.
    FirstUse,
    /// Another phone has the wallet: this one only shows.
    Fenced,
    /// A code of this phone is on the screen.
    CodeShown,
    /// Names and amounts as long as they come.
    LongNames,
    /// She is registered in the poll that is open.
    Registered,
    /// The registrars of the poll refuse her.
    PollRefused,
    /// Her ballot is promised by a relay and not on the board yet.
    BallotSent,
    /// Her ballot stands on the board of the open poll.
    Voted,
    /// The poll is over, its result stands, and her ballot is in it.
    PollOver,
    /// Somebody whom the registry does not have offers a credential.
    OfferUnknown,
    /// A credential is offered for which she signs in at the issuer's page, and the browser is open for it.
    OfferBrowser,
    /// What she accepted has not come: one issuer takes a while, another has not answered.
    IssuancePending,
    /// Few copies of her card are left: it should be issued again.
    CardFew,
    /// Her card's time is over.
    CardExpired,
    /// Her card was revoked.
    CardRevoked,
    /// The registry has to be asked again about her card's issuer.
    CardUnproved,
    /// Somebody whom the registry does not have asks for her card: nothing is shown.
    RequestUnknown,
    /// She holds nothing of what is asked for.
    RequestUnanswerable,
    /// A part of what is asked for can be left out, and of another she chooses what to show.
    RequestOptional,
    /// More is asked for than the registry lets the verifier see: nothing is shown.
    RequestBeyond,
    /// The recovery code has stopped the account.
    Frozen,
    /// Officers are about to hand the account to another phone, which waits, and she may object.
    Recovering,
    /// A service that does not know her asks her to sign in, and for claims.
    SignInFirst,
    /// A service that knows her asks her to sign in, and for nothing else.
    SignInAgain,
    /// A payment above the limit: its review says what of her card is shown.
    CardPayment,
    /// The same, and she holds no card that could be shown.
    CardNeeded,
    /// A new phone has asked for the account, and too few officers have approved.
    RecoveryAsking,
    /// Officers have signed, and the ledger does not show the case yet.
    RecoverySent,
    /// The old phone has objected: the account stands still, and other officers have to look again.
    RecoveryObjected,
    /// Other officers stand by the recovery: it waits once more, and nobody objects.
    RecoveryUpheld,
    /// The wait is over: the new phone may take the account over.
    RecoveryReady,
    /// The officers have dropped the recovery.
    RecoveryDismissed,
}

impl PreviewState {
    /// All of them.
    pub const ALL: [Self; 40] = [
        Self::Empty,
        Self::Ordinary,
        Self::Stale,
        Self::Pending,
        Self::Reversed,
        Self::Refused,
        Self::NotEnough,
        Self::BankSilent,
        Self::FirstUse,
        Self::Fenced,
        Self::CodeShown,
        Self::LongNames,
        Self::Registered,
        Self::PollRefused,
        Self::BallotSent,
        Self::Voted,
        Self::PollOver,
        Self::OfferUnknown,
        Self::OfferBrowser,
        Self::IssuancePending,
        Self::CardFew,
        Self::CardExpired,
        Self::CardRevoked,
        Self::CardUnproved,
        Self::RequestUnknown,
        Self::RequestUnanswerable,
        Self::RequestOptional,
        Self::RequestBeyond,
        Self::Frozen,
        Self::Recovering,
        Self::SignInFirst,
        Self::SignInAgain,
        Self::CardPayment,
        Self::CardNeeded,
        Self::RecoveryAsking,
        Self::RecoverySent,
        Self::RecoveryObjected,
        Self::RecoveryUpheld,
        Self::RecoveryReady,
        Self::RecoveryDismissed,
    ];

    /// What a call that this state is about answers instead of a view.
    #[must_use]
    pub fn refusal(self) -> Option<WalletError> {
        let points = |amount| Amount::Points(points(amount));
        match self {
            Self::Stale => Some(WalletError::Stale { as_of: header_time(self) }),
            Self::Pending => Some(WalletError::Pending { payment: payment_id(1) }),
            Self::Refused => {
                Some(WalletError::Refused { by: Party::Centre, reason: Reason::MerchantSuspended })
            }
            Self::NotEnough => {
                Some(WalletError::NotEnough { asked: points(20_000), available: points(12_340) })
            }
            Self::BankSilent => Some(WalletError::Offline { can_queue: false }),
            Self::Fenced => Some(WalletError::Fenced { since: ago(DAY) }),
            Self::OfferUnknown => Some(WalletError::UnknownParty { claims_to_be: Party::Issuer }),
            Self::RequestUnknown => Some(WalletError::UnknownParty { claims_to_be: Party::Verifier }),
            Self::RequestBeyond => {
                Some(WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant })
            }
            Self::Frozen => Some(WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen }),
            Self::CardNeeded => Some(WalletError::Refused { by: Party::Phone, reason: Reason::CardNeeded }),
            state if state.stands_still() => {
                Some(WalletError::Refused { by: Party::Ledger, reason: Reason::UnderRecovery })
            }
            _ => None,
        }
    }

    /// Whether a case of recovery is open: nothing is ordered meanwhile.
    pub(super) const fn stands_still(self) -> bool {
        matches!(self, Self::Recovering | Self::RecoveryObjected | Self::RecoveryUpheld | Self::RecoveryReady)
    }

    pub(super) const fn shop(self) -> Shop {
        match self {
            Self::LongNames => LONG,
            _ => BAKERY,
        }
    }

    /// Spendable points and won.
    pub(super) const fn funds(self) -> (u64, u64) {
        match self {
            Self::Empty => (0, 0),
            Self::LongNames => (9_876_543_210, 99_999_999_999),
            Self::CardPayment | Self::CardNeeded => (62_340, 193_000),
            _ => (12_340, 93_000),
        }
    }

    pub(super) const fn progress(self) -> Progress {
        match self {
            Self::Pending => Progress::Held,
            Self::Reversed => Progress::Reversed,
            _ => Progress::Captured,
        }
    }
}
