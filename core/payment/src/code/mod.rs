#![doc = include_str!("../../CODES.md")]

pub mod cpm;
mod field;
mod finding;
mod kind;
pub mod mpm;
mod rule;
mod sandbox;

pub use cpm::ConsumerCode;
pub use field::{Field, FieldName};
pub use finding::{Finding, Position, WriteError};
pub use kind::Kind;
pub use mpm::{Builder, MerchantCode};
pub use rule::{Rule, Severity};
pub use sandbox::{SANDBOX_IDENTIFIER, SandboxCode};

use finding::Findings;

/// The longest text that is looked at, in bytes: a QR symbol holds at most 2,953 bytes or 7,089 digits (ISO/IEC 18004).
pub const LONGEST_TEXT: usize = 7_089;

/// How a standard is applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Leniency {
    /// To the letter.
    #[default]
    Strict,
    /// What live schemes do against the letter is accepted, and each such thing is a warning.
    Lenient,
}

/// A text read as a code: what kind it is, every field that could be read, and whether it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The text as it was scanned.
    pub text: String,
    /// What it is, valid or not.
    pub kind: Kind,
    /// Every field that could be read, also of an invalid code.
    pub fields: Vec<Field>,
    /// What else it breaks, behind the rule that refuses it, as far as the reading went on.
    pub further: Vec<Finding>,
    /// Rules that were tolerated or are advice only.
    pub warnings: Vec<Finding>,
    /// The code, or the first rule it breaks.
    pub outcome: Result<Code, Finding>,
}

impl Reading {
    /// Whether the code may be acted on.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.outcome.is_ok()
    }

    /// The code, if it is valid.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        self.outcome.as_ref().ok()
    }

    /// The rule it breaks, if it is not.
    #[must_use]
    pub fn refusal(&self) -> Option<&Finding> {
        self.outcome.as_ref().err()
    }
}

/// A valid code. Nobody has vouched for what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// EMV merchant-presented: the shop shows it, the citizen pays it.
    Merchant(Box<MerchantCode>),
    /// EMV consumer-presented: the citizen shows it, the till charges it.
    Consumer(ConsumerCode),
    /// Recognised by its shape alone; only its scheme's operator knows what it means.
    Scheme(Kind),
}

impl Code {
    /// Reads a text. Never fails: a text that is no code is a [`Reading`] of [`Kind::Unknown`] with a refusal.
    #[must_use]
    pub fn parse(text: &str, leniency: Leniency) -> Reading {
        let mut findings = Findings::new(leniency);
        if text.len() > LONGEST_TEXT {
            findings.report(Rule::TextTooLong, Position::START, "");
            return findings.into_reading(text, Kind::Unknown, Vec::new(), None);
        }
        let start = findings.note_surrounding_space(text);
        let body = text.trim();
        let kind = Kind::of(body);
        let (fields, code) = match kind {
            Kind::EmvMpm => mpm::read(body, start, &mut findings),
            Kind::EmvCpm => cpm::read(body, start, &mut findings),
            Kind::Unknown => {
                findings.report(Rule::NoPaymentCode, Position::START, "");
                (Vec::new(), None)
            }
            shape => (shape.fields(body, start), Some(Self::Scheme(shape))),
        };
        findings.into_reading(text, kind, fields, code)
    }
}
