//! What views are made of, as Kotlin and Swift see it: numbers and texts under names of their own.
//!
//! Amounts are whole points and whole won. Times are seconds since 1970-01-01 00:00 UTC. Identifiers and hashes are 64 lower-case
//! hexadecimal digits. A [`Word`] is stable: programs compare it, people are shown the [`Message`] beside it.
//!
//! The generator wants both directions for every type. No export takes a view: what an app makes up and hands back is read by
//! nobody (WALLET-1).

use crate::error::Message;
use crate::id::{CredentialId, IssuanceId, ServiceId};
use citizen_payment::Progress;
use citizen_primitives::{
    AccountId, Hash as HashHex, Height, Month as YearMonth, PaymentId, Points, PollId, ProgrammeId,
    Text as PlainText, TransactionId, UnixTime as UnixSeconds, Won,
};

/// A stable word of a closed list.
type Word = &'static str;
/// How many.
type Count = usize;

/// Why a value that comes back is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a view is made by the wallet alone")]
struct OneWay;

macro_rules! crossing {
    ($($(#[$doc:meta])* $type:ident as $plain:ty: $lower:expr, $lift:expr;)+) => {
        $(uniffi::custom_type!($(#[$doc])* $type, $plain, {
            remote,
            lower: |value| ($lower)(value),
            try_lift: |value| Ok(($lift)(value)?),
        });)+
    };
}

crossing! {
    /// Whole points.
    Points as u64: Points::amount, Points::new;
    /// Whole won.
    Won as u64: Won::amount, Won::new;
    /// A block's height.
    Height as u64: Height::value, |value| Ok::<_, OneWay>(Height::new(value));
    /// Seconds since 1970-01-01 00:00 UTC.
    UnixSeconds as u64: UnixSeconds::seconds, |value| Ok::<_, OneWay>(UnixSeconds::from_seconds(value));
    /// How many.
    Count as u64: |value: Count| u64::try_from(value).unwrap_or(u64::MAX), Count::try_from;
    /// A month in Seoul: `2031-11`.
    YearMonth as String: |value: YearMonth| value.to_string(), |_: String| Err(OneWay);
    /// A stable word of a closed list, for programs.
    Word as String: str::to_owned, |_: String| Err(OneWay);
    /// A hash: 64 hexadecimal digits.
    HashHex as String: |value: HashHex| value.to_hex(), |text: String| HashHex::from_hex(&text).ok_or(OneWay);
    /// An account: 64 hexadecimal digits.
    AccountId as String: |value: AccountId| value.to_hex(), |text: String| AccountId::from_hex(&text);
    /// A payment: 64 hexadecimal digits.
    PaymentId as String: |value: PaymentId| value.to_hex(), |text: String| PaymentId::from_hex(&text);
    /// A poll: 64 hexadecimal digits.
    PollId as String: |value: PollId| value.to_hex(), |text: String| PollId::from_hex(&text);
    /// A transaction: 64 hexadecimal digits.
    TransactionId as String: |value: TransactionId| value.to_hex(), |text: String| TransactionId::from_hex(&text);
    /// A credential that is held: 32 hexadecimal digits.
    CredentialId as String: |value: CredentialId| value.to_string(), |text: String| text.parse::<CredentialId>();
    /// What was accepted of an issuer and has not come: 32 hexadecimal digits.
    IssuanceId as String: |value: IssuanceId| value.to_string(), |text: String| text.parse::<IssuanceId>();
    /// A service that knows this wallet: 32 hexadecimal digits.
    ServiceId as String: |value: ServiceId| value.to_string(), |text: String| text.parse::<ServiceId>();
    /// A programme's name: `eco`.
    ProgrammeId as String: |value: ProgrammeId| value.as_str().to_owned(), |text: String| ProgrammeId::new(&text);
    /// A text in NFC, as it was signed.
    PlainText as String: |value: PlainText| value.as_str().to_owned(), |text: String| PlainText::new(&text);
}

/// The same sentence in both languages.
#[uniffi::remote(Record)]
pub struct Message {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

/// The steps of a payment. `Captured`, `Reversed` and `NeverHeld` are ends.
#[uniffi::remote(Enum)]
pub enum Progress {
    /// Signed and in the outbox; nothing is known yet.
    Requested,
    /// The ledger holds the points (proved).
    Held,
    /// The bank has debited the won (its signed word); not yet captured.
    Debited,
    /// Paid (proved).
    Captured,
    /// Released or lapsed (proved); the bank's word that won are back is still awaited.
    Reversing,
    /// Not paid: points are back (proved), won are back or were never taken (the bank's word).
    Reversed,
    /// The ledger never held it and never can: its time ran out or it was refused (proved).
    NeverHeld,
}
