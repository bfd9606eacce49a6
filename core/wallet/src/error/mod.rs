//! The one error of the facade: its variants are what an app does next (EXPERIENCE, "errors say what to do next").

mod catalogue;
mod input;
pub(crate) mod mapping;
mod reason;
mod refusal;

pub use catalogue::Message;
pub use input::Input;
pub use reason::{CodeRule, Party, Reason, Subject};

use citizen_primitives::{PaymentId, Seconds, UnixTime};
use serde_json::{Value, json};
use std::fmt;

/// Why the wallet did not do it. [`WalletError::code`] is stable; [`WalletError::message`] is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletError {
    /// Show the PIN screen.
    Locked,
    /// Show the PIN screen again: so many tries are left, or so long to wait.
    WrongPin {
        /// Tries before the next wait.
        tries_left: u32,
        /// How long until the next try.
        wait: Seconds,
    },
    /// No connection.
    Offline {
        /// Whether it lies in the outbox and will be sent: "will be sent", else "try again".
        can_queue: bool,
    },
    /// "Being checked": never "paid", never "failed"; it ends by itself.
    Pending {
        /// The payment.
        payment: PaymentId,
    },
    /// The newest proof is too old: the last verified numbers may be shown with their time, nothing may be approved.
    Stale {
        /// The time of the newest header that was verified.
        as_of: UnixTime,
    },
    /// Ask to set the phone's clock.
    ClockWrong {
        /// By how much the ledger's newest header is ahead of it.
        by: Seconds,
    },
    /// An answer failed its check: nothing of it is shown; another gateway may be tried.
    Unverified {
        /// What was asked for.
        what: Subject,
        /// Who answered.
        source: Party,
    },
    /// More than there is.
    NotEnough {
        /// What was asked for.
        asked: Amount,
        /// What there is.
        available: Amount,
    },
    /// Above a limit.
    Limit {
        /// The limit.
        limit: Amount,
        /// What is left of it.
        left: Amount,
        /// When it is reset; never, if it is that of one payment.
        resets: Option<UnixTime>,
    },
    /// The other side refused.
    Refused {
        /// Who.
        by: Party,
        /// Why.
        reason: Reason,
    },
    /// Renew it.
    Expired {
        /// What.
        what: Subject,
    },
    /// Not a code that can be paid.
    BadCode {
        /// The rule it breaks.
        rule: CodeRule,
        /// Where, in characters from 0.
        position: usize,
    },
    /// The platform threw this phone's key away.
    KeyInvalidated,
    /// The wallet has to be restored from its backup.
    NeedsRestore,
    /// Another phone was restored from this wallet: this one can only show.
    Fenced {
        /// Since when, by the ledger.
        since: UnixTime,
    },
    /// Whoever answers is not in the city's registry: nothing was sent.
    UnknownParty {
        /// What it claims to be.
        claims_to_be: Party,
    },
    /// The app is too old for the ledger's rules.
    NeedsUpdate,
    /// Another program has the store open.
    StoreBusy,
    /// The store does not read as it was written.
    StoreDamaged,
    /// No space; nothing acknowledged is lost.
    StorageFull,
    /// The citizen stopped it, or the app closed.
    Cancelled,
    /// A receipt from before the trust file's checkpoint: a newer proof has to be fetched.
    NeedsRefresh {
        /// The height of the receipt's header.
        height: u64,
    },
    /// What was handed in cannot be used.
    Invalid {
        /// What, and why.
        input: Input,
    },
    /// A fault of the program.
    Internal {
        /// A number to report; it says where in the program, nothing about anybody.
        incident: Incident,
    },
}

/// An amount in an error: points or won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Points.
    Points(citizen_primitives::Points),
    /// Won.
    Won(citizen_primitives::Won),
}

/// Where in the program a fault was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incident(pub(crate) &'static str);

impl Incident {
    /// A fault that an app's edge noticed.
    #[must_use]
    pub const fn new(place: &'static str) -> Self {
        Self(place)
    }

    /// The word to report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.0
    }
}

impl WalletError {
    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::WrongPin { .. } => "wrong-pin",
            Self::Offline { .. } => "offline",
            Self::Pending { .. } => "pending",
            Self::Stale { .. } => "stale",
            Self::ClockWrong { .. } => "clock-wrong",
            Self::Unverified { .. } => "unverified",
            Self::NotEnough { .. } => "not-enough",
            Self::Limit { .. } => "limit",
            Self::Refused { .. } => "refused",
            Self::Expired { .. } => "expired",
            Self::BadCode { .. } => "bad-code",
            Self::KeyInvalidated => "key-invalidated",
            Self::NeedsRestore => "needs-restore",
            Self::Fenced { .. } => "fenced",
            Self::UnknownParty { .. } => "unknown-party",
            Self::NeedsUpdate => "needs-update",
            Self::StoreBusy => "store-busy",
            Self::StoreDamaged => "store-damaged",
            Self::StorageFull => "storage-full",
            Self::Cancelled => "cancelled",
            Self::NeedsRefresh { .. } => "needs-refresh",
            Self::Invalid { .. } => "invalid",
            Self::Internal { .. } => "internal",
        }
    }

    /// The variant's fields, for programs.
    #[must_use]
    pub fn detail(&self) -> Value {
        match self {
            Self::WrongPin { tries_left, wait } => json!({ "tries_left": tries_left, "wait": wait.count() }),
            Self::Offline { can_queue } => json!({ "can_queue": can_queue }),
            Self::Pending { payment } => json!({ "payment": payment.to_hex() }),
            Self::Stale { as_of } => json!({ "as_of": as_of.to_rfc3339() }),
            Self::ClockWrong { by } => json!({ "by": by.count() }),
            Self::Unverified { what, source } => json!({ "what": what.word(), "source": source.word() }),
            Self::NotEnough { asked, available } => {
                json!({ "unit": asked.unit(), "asked": asked.number(), "available": available.number() })
            }
            Self::Limit { limit, left, resets } => json!({
                "unit": limit.unit(),
                "limit": limit.number(),
                "left": left.number(),
                "resets": resets.map(UnixTime::to_rfc3339),
            }),
            Self::Refused { by, reason } => json!({ "by": by.word(), "reason": reason.word() }),
            Self::Expired { what } => json!({ "what": what.word() }),
            Self::BadCode { rule, position } => json!({ "rule": rule.word(), "position": position }),
            Self::Fenced { since } => json!({ "since": since.to_rfc3339() }),
            Self::UnknownParty { claims_to_be } => json!({ "claims_to_be": claims_to_be.word() }),
            Self::NeedsRefresh { height } => json!({ "height": height }),
            Self::Invalid { input } => json!({ "reason": input.word() }),
            Self::Internal { incident } => json!({ "incident": incident.0 }),
            Self::Locked
            | Self::KeyInvalidated
            | Self::NeedsRestore
            | Self::NeedsUpdate
            | Self::StoreBusy
            | Self::StoreDamaged
            | Self::StorageFull
            | Self::Cancelled => json!({}),
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = Message::of(self.key());
        match self {
            Self::WrongPin { tries_left, wait } => {
                message.with("tries_left", tries_left).with("wait", wait.count())
            }
            Self::Stale { as_of } => message.with("as_of", as_of.to_kst()),
            Self::ClockWrong { by } => message.with("by", by.count()),
            Self::Unverified { what, source } => {
                message.with_message("what", &what.message()).with_message("source", &source.message())
            }
            Self::NotEnough { asked, available } => message
                .with_message("asked", &asked.message())
                .with_message("available", &available.message()),
            Self::Limit { limit, left, resets } => message
                .with_message("limit", &limit.message())
                .with_message("left", &left.message())
                .with("resets", resets.map(UnixTime::to_kst).unwrap_or_default()),
            Self::Refused { by, reason } => {
                message.with_message("by", &by.message()).with_message("reason", &reason.message())
            }
            Self::Expired { what } => message.with_message("what", &what.message()),
            Self::BadCode { rule, .. } => message.with_message("reason", &rule.message()),
            Self::Fenced { since } => message.with("since", since.to_kst()),
            Self::UnknownParty { claims_to_be } => {
                message.with_message("claims_to_be", &claims_to_be.message())
            }
            Self::Invalid { input } => message.with_message("reason", &input.message()),
            Self::Internal { incident } => message.with("incident", incident.0),
            _ => message,
        }
    }

    /// The catalogue's key: two errors have two sentences.
    const fn key(&self) -> &'static str {
        match self {
            Self::WrongPin { wait, .. } if wait.count() > 0 => "wrong-pin.wait",
            Self::Offline { can_queue: true } => "offline.queued",
            Self::Limit { resets: None, .. } => "limit.payment",
            _ => self.code(),
        }
    }
}

impl fmt::Display for WalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message().en)
    }
}

impl std::error::Error for WalletError {}

impl Amount {
    const fn unit(self) -> &'static str {
        match self {
            Self::Points(_) => "points",
            Self::Won(_) => "won",
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::Points(points) => points.amount(),
            Self::Won(won) => won.amount(),
        }
    }

    fn message(self) -> Message {
        match self {
            Self::Points(points) => {
                Message { ko: format!("{points}포인트"), en: format!("{points} points") }
            }
            Self::Won(won) => Message { ko: format!("{won}원"), en: format!("{won} won") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::{Points, Won};

    fn one_of_each() -> Vec<WalletError> {
        let time = UnixTime::from_seconds(1_763_683_500);
        let points = |n| Amount::Points(Points::new(n).unwrap());
        let won = |n| Amount::Won(Won::new(n).unwrap());
        vec![
            WalletError::Locked,
            WalletError::WrongPin { tries_left: 4, wait: Seconds::new(0) },
            WalletError::WrongPin { tries_left: 0, wait: Seconds::new(30) },
            WalletError::Offline { can_queue: false },
            WalletError::Offline { can_queue: true },
            WalletError::Pending { payment: PaymentId::from_bytes([1; 32]) },
            WalletError::Stale { as_of: time },
            WalletError::ClockWrong { by: Seconds::new(90) },
            WalletError::Unverified { what: Subject::Record, source: Party::Ledger },
            WalletError::NotEnough { asked: points(5), available: points(3) },
            WalletError::Limit { limit: won(9), left: won(3), resets: Some(time) },
            WalletError::Limit { limit: won(9), left: won(9), resets: None },
            WalletError::Refused { by: Party::Treasury, reason: Reason::CapReached },
            WalletError::Expired { what: Subject::Code },
            WalletError::BadCode { rule: CodeRule::NotInWon, position: 7 },
            WalletError::KeyInvalidated,
            WalletError::NeedsRestore,
            WalletError::Fenced { since: time },
            WalletError::UnknownParty { claims_to_be: Party::Bank },
            WalletError::NeedsUpdate,
            WalletError::StoreBusy,
            WalletError::StoreDamaged,
            WalletError::StorageFull,
            WalletError::Cancelled,
            WalletError::NeedsRefresh { height: 3 },
            WalletError::Invalid { input: Input::AmountMissing },
            WalletError::Internal { incident: Incident("review-1") },
        ]
    }

    #[test]
    fn wallet_14_every_error_has_a_whole_sentence_in_both_languages() {
        for error in one_of_each() {
            let Message { ko, en } = error.message();
            assert!(Message::find(error.key()).is_some(), "{error:?} has no sentence");
            assert!(!ko.contains('{') && !en.contains('{'), "{error:?} left a place unfilled: {ko} | {en}");
            assert!(error.code().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            assert!(error.detail().is_object());
        }
    }

    #[test]
    fn the_sentence_says_what_to_do_in_the_citizens_units() {
        let error = WalletError::NotEnough {
            asked: Amount::Won(Won::new(12_000).unwrap()),
            available: Amount::Won(Won::new(7_500).unwrap()),
        };
        assert!(error.message().ko.contains("12,000원"));
        assert_eq!(error.to_string(), "12,000 won are needed and 7,500 won can be spent.");
        assert_eq!(error.detail(), json!({ "unit": "won", "asked": 12_000, "available": 7_500 }));
    }
}
