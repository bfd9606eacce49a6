//! The one error that crosses: its variants are what an app does next, its words are stable, its sentence is asked for apart.

use citizen_wallet::code::Rule;
use citizen_wallet::error::{Amount as CoreAmount, CodeRule, Incident, Input, Party, Reason, Subject};
use citizen_wallet::{PaymentId, Points, Seconds, UnixTime, WalletError as Core, Won};

/// Why the wallet did not do it. Times are seconds since 1970-01-01 00:00 UTC; `String` fields are stable words, not sentences:
/// [`WalletError::text`] is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum WalletError {
    /// Show the PIN screen.
    #[error("locked")]
    Locked,
    /// Show the PIN screen again: so many tries are left, or so long to wait.
    #[error("wrong PIN")]
    WrongPin {
        /// Tries before the next wait.
        tries_left: u32,
        /// Seconds until the next try.
        wait_seconds: u64,
    },
    /// No connection.
    #[error("offline")]
    Offline {
        /// Whether it lies in the outbox and will be sent: "will be sent", else "try again".
        can_queue: bool,
    },
    /// "Being checked": never "paid", never "failed"; it ends by itself.
    #[error("pending")]
    Pending {
        /// The payment.
        payment: String,
    },
    /// The newest proof is too old: show the last verified numbers with their time, approve nothing.
    #[error("stale")]
    Stale {
        /// The time of the newest header that was verified.
        as_of: u64,
    },
    /// Ask to set the phone's clock.
    #[error("the clock is wrong")]
    ClockWrong {
        /// By how many seconds the ledger is ahead of it.
        by_seconds: u64,
    },
    /// An answer failed its check: show nothing of it; another gateway may be tried.
    #[error("unverified: {what} of {origin}")]
    Unverified {
        /// What was asked for.
        what: String,
        /// Who answered.
        origin: String,
    },
    /// More than there is.
    #[error("not enough")]
    NotEnough {
        /// What was asked for.
        asked: Amount,
        /// What there is.
        available: Amount,
    },
    /// Above a limit.
    #[error("above a limit")]
    Limit {
        /// The limit.
        limit: Amount,
        /// What is left of it.
        left: Amount,
        /// When it is reset; never, if it is that of one payment.
        resets: Option<u64>,
    },
    /// The other side refused: show its reason.
    #[error("refused by {by}: {reason}")]
    Refused {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Renew it.
    #[error("expired: {what}")]
    Expired {
        /// What.
        what: String,
    },
    /// Not a code that can be paid.
    #[error("bad code: {rule}")]
    BadCode {
        /// The rule it breaks.
        rule: String,
        /// Where, in characters from 0.
        position: u64,
    },
    /// The platform threw this phone's key away: restore from the backup.
    #[error("the key was invalidated")]
    KeyInvalidated,
    /// Restore from the backup.
    #[error("the wallet has to be restored")]
    NeedsRestore,
    /// Another phone was restored from this wallet: this one can only show.
    #[error("fenced")]
    Fenced {
        /// Since when, by the ledger.
        since: u64,
    },
    /// Whoever answers is not in the city's registry: nothing was sent.
    #[error("unknown party: {claims_to_be}")]
    UnknownParty {
        /// What it claims to be.
        claims_to_be: String,
    },
    /// Ask to update the app.
    #[error("the app is too old")]
    NeedsUpdate,
    /// Another program, or another instance, has the store open.
    #[error("the store is in use")]
    StoreBusy,
    /// The store does not read as it was written: restore from the backup.
    #[error("the store is damaged")]
    StoreDamaged,
    /// Ask to free space; nothing acknowledged is lost.
    #[error("no space")]
    StorageFull,
    /// The citizen stopped it, or the app closed: show nothing.
    #[error("cancelled")]
    Cancelled,
    /// Fetch a newer proof for the receipt.
    #[error("the receipt needs a newer proof")]
    NeedsRefresh {
        /// The height of the receipt's header.
        height: u64,
    },
    /// What was handed in cannot be used: show why beside the input.
    #[error("invalid: {reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
    /// A fault of the program: show the incident to report.
    #[error("internal: {incident}")]
    Internal {
        /// Where in the program; nothing about anybody.
        incident: String,
    },
}

/// An amount in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Amount {
    /// Whole points.
    Points {
        /// How many.
        amount: u64,
    },
    /// Whole won.
    Won {
        /// How many.
        amount: u64,
    },
}

/// A language the wallet speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Language {
    /// Korean.
    Korean,
    /// English.
    English,
}

#[uniffi::export]
impl WalletError {
    /// The stable code: `not-enough`.
    #[must_use]
    pub fn code(&self) -> String {
        self.to_core().code().to_owned()
    }

    /// The sentence for people, in a language.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let message = self.to_core().message();
        match language {
            Language::Korean => message.ko,
            Language::English => message.en,
        }
    }
}

/// Faults that are noticed on this side.
pub(crate) const PANIC: Incident = Incident::new("panic");
pub(crate) const RUNTIME: Incident = Incident::new("runtime");
/// A word that no wallet of this version writes.
const STRANGE: Incident = Incident::new("strange-error");
/// Everything a report can name.
const INCIDENTS: [&str; 10] = [
    "panic",
    "runtime",
    "strange-error",
    "slot",
    "alias",
    "store",
    "keystore",
    "own-transaction",
    "ballot",
    "verify-poll",
];

impl From<Core> for WalletError {
    fn from(error: Core) -> Self {
        match error {
            Core::Locked => Self::Locked,
            Core::WrongPin { tries_left, wait } => Self::WrongPin { tries_left, wait_seconds: wait.count() },
            Core::Offline { can_queue } => Self::Offline { can_queue },
            Core::Pending { payment } => Self::Pending { payment: payment.to_hex() },
            Core::Stale { as_of } => Self::Stale { as_of: as_of.seconds() },
            Core::ClockWrong { by } => Self::ClockWrong { by_seconds: by.count() },
            Core::Unverified { what, source } => {
                Self::Unverified { what: what.word().to_owned(), origin: source.word().to_owned() }
            }
            Core::NotEnough { asked, available } => {
                Self::NotEnough { asked: asked.into(), available: available.into() }
            }
            Core::Limit { limit, left, resets } => {
                Self::Limit { limit: limit.into(), left: left.into(), resets: resets.map(UnixTime::seconds) }
            }
            Core::Refused { by, reason } => {
                Self::Refused { by: by.word().to_owned(), reason: reason.word().to_owned() }
            }
            Core::Expired { what } => Self::Expired { what: what.word().to_owned() },
            Core::BadCode { rule, position } => Self::BadCode {
                rule: rule.word().to_owned(),
                position: u64::try_from(position).unwrap_or(u64::MAX),
            },
            Core::KeyInvalidated => Self::KeyInvalidated,
            Core::NeedsRestore => Self::NeedsRestore,
            Core::Fenced { since } => Self::Fenced { since: since.seconds() },
            Core::UnknownParty { claims_to_be } => {
                Self::UnknownParty { claims_to_be: claims_to_be.word().to_owned() }
            }
            Core::NeedsUpdate => Self::NeedsUpdate,
            Core::StoreBusy => Self::StoreBusy,
            Core::StoreDamaged => Self::StoreDamaged,
            Core::StorageFull => Self::StorageFull,
            Core::Cancelled => Self::Cancelled,
            Core::NeedsRefresh { height } => Self::NeedsRefresh { height },
            Core::Invalid { input } => Self::Invalid { reason: input.word().to_owned() },
            Core::Internal { incident } => Self::Internal { incident: incident.word().to_owned() },
        }
    }
}

impl From<CoreAmount> for Amount {
    fn from(amount: CoreAmount) -> Self {
        match amount {
            CoreAmount::Points(points) => Self::Points { amount: points.amount() },
            CoreAmount::Won(won) => Self::Won { amount: won.amount() },
        }
    }
}

impl WalletError {
    /// The wallet's own error again: its catalogue has the sentences. What an app made up is a fault.
    fn to_core(&self) -> Core {
        self.read().unwrap_or(Core::Internal { incident: STRANGE })
    }

    fn read(&self) -> Option<Core> {
        Some(match self {
            Self::Locked => Core::Locked,
            Self::WrongPin { tries_left, wait_seconds } => {
                Core::WrongPin { tries_left: *tries_left, wait: Seconds::new(*wait_seconds) }
            }
            Self::Offline { can_queue } => Core::Offline { can_queue: *can_queue },
            Self::Pending { payment } => Core::Pending { payment: PaymentId::from_hex(payment).ok()? },
            Self::Stale { as_of } => Core::Stale { as_of: UnixTime::from_seconds(*as_of) },
            Self::ClockWrong { by_seconds } => Core::ClockWrong { by: Seconds::new(*by_seconds) },
            Self::Unverified { what, origin } => {
                Core::Unverified { what: subject(what)?, source: party(origin)? }
            }
            Self::NotEnough { asked, available } => {
                Core::NotEnough { asked: asked.read()?, available: available.read()? }
            }
            Self::Limit { limit, left, resets } => Core::Limit {
                limit: limit.read()?,
                left: left.read()?,
                resets: resets.map(UnixTime::from_seconds),
            },
            Self::Refused { by, reason } => Core::Refused { by: party(by)?, reason: self::reason(reason)? },
            Self::Expired { what } => Core::Expired { what: subject(what)? },
            Self::BadCode { rule, position } => {
                Core::BadCode { rule: code_rule(rule)?, position: usize::try_from(*position).ok()? }
            }
            Self::KeyInvalidated => Core::KeyInvalidated,
            Self::NeedsRestore => Core::NeedsRestore,
            Self::Fenced { since } => Core::Fenced { since: UnixTime::from_seconds(*since) },
            Self::UnknownParty { claims_to_be } => Core::UnknownParty { claims_to_be: party(claims_to_be)? },
            Self::NeedsUpdate => Core::NeedsUpdate,
            Self::StoreBusy => Core::StoreBusy,
            Self::StoreDamaged => Core::StoreDamaged,
            Self::StorageFull => Core::StorageFull,
            Self::Cancelled => Core::Cancelled,
            Self::NeedsRefresh { height } => Core::NeedsRefresh { height: *height },
            Self::Invalid { reason } => Core::Invalid { input: input(reason)? },
            Self::Internal { incident } => Core::Internal { incident: self::incident(incident)? },
        })
    }
}

impl Amount {
    fn read(self) -> Option<CoreAmount> {
        match self {
            Self::Points { amount } => Points::new(amount).ok().map(CoreAmount::Points),
            Self::Won { amount } => Won::new(amount).ok().map(CoreAmount::Won),
        }
    }
}

fn party(word: &str) -> Option<Party> {
    Party::ALL.iter().copied().find(|known| known.word() == word)
}

fn subject(word: &str) -> Option<Subject> {
    Subject::ALL.iter().copied().find(|known| known.word() == word)
}

fn reason(word: &str) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|known| known.word() == word)
}

fn input(word: &str) -> Option<Input> {
    Input::ALL.iter().copied().find(|known| known.word() == word)
}

fn code_rule(word: &str) -> Option<CodeRule> {
    let own = [
        CodeRule::ShownByCustomer,
        CodeRule::NotInWon,
        CodeRule::AsksForTip,
        CodeRule::NoCodeInImage,
        CodeRule::NotAnImage,
    ];
    let standard = Rule::ALL.iter().copied().map(CodeRule::Standard);
    own.into_iter().chain(standard).find(|known| known.word() == word)
}

fn incident(word: &str) -> Option<Incident> {
    INCIDENTS.iter().copied().find(|known| *known == word).map(Incident::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_core_error() -> Vec<Core> {
        let time = UnixTime::from_seconds(1_763_683_500);
        let points = CoreAmount::Points(Points::new(5).unwrap());
        let won = CoreAmount::Won(Won::new(7).unwrap());
        let mut all = vec![
            Core::Locked,
            Core::WrongPin { tries_left: 3, wait: Seconds::new(0) },
            Core::WrongPin { tries_left: 0, wait: Seconds::new(30) },
            Core::Offline { can_queue: false },
            Core::Offline { can_queue: true },
            Core::Pending { payment: PaymentId::from_bytes([1; 32]) },
            Core::Stale { as_of: time },
            Core::ClockWrong { by: Seconds::new(90) },
            Core::NotEnough { asked: points, available: won },
            Core::Limit { limit: won, left: points, resets: Some(time) },
            Core::Limit { limit: won, left: won, resets: None },
            Core::KeyInvalidated,
            Core::NeedsRestore,
            Core::Fenced { since: time },
            Core::NeedsUpdate,
            Core::StoreBusy,
            Core::StoreDamaged,
            Core::StorageFull,
            Core::Cancelled,
            Core::NeedsRefresh { height: 3 },
            Core::BadCode { rule: CodeRule::NotInWon, position: 7 },
        ];
        all.extend(Subject::ALL.iter().map(|what| Core::Unverified { what: *what, source: Party::Ledger }));
        all.extend(Subject::ALL.iter().map(|what| Core::Expired { what: *what }));
        all.extend(Party::ALL.iter().map(|claims_to_be| Core::UnknownParty { claims_to_be: *claims_to_be }));
        all.extend(Reason::ALL.iter().map(|reason| Core::Refused { by: Party::Bank, reason: *reason }));
        all.extend(Input::ALL.iter().map(|input| Core::Invalid { input: *input }));
        all.extend(
            Rule::ALL.iter().map(|rule| Core::BadCode { rule: CodeRule::Standard(*rule), position: 0 }),
        );
        all.extend(INCIDENTS.map(|word| Core::Internal { incident: Incident::new(word) }));
        all
    }

    #[test]
    fn ffi_1_every_error_crosses_with_its_code_and_its_sentences() {
        for core in every_core_error() {
            let crossed = WalletError::from(core.clone());
            assert_eq!(crossed.read().as_ref(), Some(&core));
            assert_eq!(crossed.code(), core.code());
            assert_eq!(crossed.text(Language::Korean), core.message().ko);
            assert_eq!(crossed.text(Language::English), core.message().en);
        }
    }

    #[test]
    fn an_error_that_an_app_made_up_is_a_fault() {
        let made_up = WalletError::Refused { by: "me".to_owned(), reason: "<b>call</b>".to_owned() };
        assert_eq!(made_up.code(), "internal");
        assert!(!made_up.text(Language::English).contains("call"));
    }
}
