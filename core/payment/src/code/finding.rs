//! A rule that a text breaks, and where.

use super::{Code, Field, Kind, Leniency, Reading, Rule, Severity};

/// A place in a text, counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Characters before it (Unicode scalar values, as EMV counts).
    pub character: usize,
    /// UTF-8 bytes before it.
    pub byte: usize,
}

impl Position {
    /// The beginning.
    pub const START: Self = Self { character: 0, byte: 0 };

    /// The place after `text`, if `text` begins here.
    #[must_use]
    pub fn after(self, text: &str) -> Self {
        Self { character: self.character + text.chars().count(), byte: self.byte + text.len() }
    }
}

/// A rule that is broken, and where: a refusal or a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Where in the text as scanned.
    pub position: Position,
    /// The data object: `54`, `62-05`; empty where it is the code as a whole.
    pub field: String,
}

/// Why a structure is not written as a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It would break a rule.
    #[error("breaks {}", .0.rule.mark())]
    Broken(Finding),
    /// It would be read as another structure: `***` given as a value, a template with nothing in it.
    #[error("would be read otherwise")]
    Ambiguous,
}

impl WriteError {
    pub(crate) const fn of(rule: Rule) -> Self {
        Self::Broken(Finding { rule, position: Position::START, field: String::new() })
    }
}

/// Collects what is found: the first refusal counts, all the rest is kept.
pub(crate) struct Findings {
    leniency: Leniency,
    refusal: Option<Finding>,
    further: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Findings {
    pub(crate) const fn new(leniency: Leniency) -> Self {
        Self { leniency, refusal: None, further: Vec::new(), warnings: Vec::new() }
    }

    pub(crate) const fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Files a broken rule as its severity and the leniency say.
    pub(crate) fn report(&mut self, rule: Rule, position: Position, field: &str) {
        let tolerated = match rule.severity() {
            Severity::Advice => true,
            Severity::Tolerable => self.leniency == Leniency::Lenient,
            Severity::Fatal => false,
        };
        self.file(Finding { rule, position, field: field.to_owned() }, tolerated);
    }

    /// Files a finding of an inner structure that is not ours to judge: a warning when lenient, whatever the rule.
    pub(crate) fn report_foreign(&mut self, finding: Finding) {
        let tolerated = self.leniency == Leniency::Lenient;
        self.file(finding, tolerated);
    }

    fn file(&mut self, finding: Finding, tolerated: bool) {
        if tolerated {
            self.warnings.push(finding);
        } else if self.refusal.is_none() {
            self.refusal = Some(finding);
        } else {
            self.further.push(finding);
        }
    }

    /// Reports white space around a code and says where the code begins.
    pub(crate) fn note_surrounding_space(&mut self, text: &str) -> Position {
        let body = text.trim_start();
        let start = Position::START.after(text.strip_suffix(body).unwrap_or_default());
        let end = start.after(body.trim_end());
        if !body.is_empty() && start != Position::START {
            self.report(Rule::SurroundingSpace, Position::START, "");
        } else if end.byte < text.len() && !body.is_empty() {
            self.report(Rule::SurroundingSpace, end, "");
        }
        start
    }

    pub(crate) fn into_reading(
        self,
        text: &str,
        kind: Kind,
        fields: Vec<Field>,
        code: Option<Code>,
    ) -> Reading {
        let nothing = Finding { rule: Rule::NoPaymentCode, position: Position::START, field: String::new() };
        let outcome = match (self.refusal, code) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(code)) => Ok(code),
            (None, None) => Err(nothing),
        };
        Reading {
            text: text.to_owned(),
            kind,
            fields,
            further: self.further,
            warnings: self.warnings,
            outcome,
        }
    }
}
