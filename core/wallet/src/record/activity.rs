//! A line of the activity log: who saw what of the citizen, when, and why.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::random::{self, CryptoRng};
use citizen_primitives::{PaymentId, Text, UnixTime, Won};
use citizen_store::{Row, Table};

/// A line. The words come from the catalogue, so an old line is read in today's language.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ActivityRow {
    /// When.
    pub(crate) time: UnixTime,
    /// What.
    pub(crate) kind: ActivityKind,
}
citizen_primitives::canonical!(ActivityRow = 1);

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum ActivityKind {
    /// The account was opened.
    AccountOpened,
    /// The bank account was connected.
    BankConnected,
    /// The bank was asked for the balance.
    BankAsked,
    /// Points were claimed.
    Claimed {
        /// The programme.
        programme: Text,
    },
    /// The centre was asked about a code.
    CodeAsked,
    /// A payment was approved.
    Approved(PaymentLine),
    /// It was captured.
    Captured(PaymentLine),
    /// It was reversed.
    Reversed(PaymentLine),
    /// It never happened.
    NeverHeld(PaymentLine),
    /// A backup was made.
    BackedUp,
    /// This phone took the wallet over.
    Restored,
    /// Another phone did.
    Fenced,
}

/// A payment in the log.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct PaymentLine {
    /// Which.
    pub(crate) payment: PaymentId,
    /// To whom.
    pub(crate) merchant: Text,
    /// How much in all.
    pub(crate) total: Won,
}

/// The row of a line: keys in the order of time, and two lines of one second do not meet.
pub(crate) fn activity_row(time: UnixTime, rng: &mut dyn CryptoRng) -> Row {
    let tail: [u8; 8] = random::generate_array(rng);
    Row::new(Table::Activity, [time.seconds().to_be_bytes(), tail].concat())
}
