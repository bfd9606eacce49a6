//! Why a verb did not do it: a stable word, a detail for programs, a sentence for people.

use crate::catalogue::{Message, message};
use citizen_client::{CallError, LedgerError, RegistryError, WordError};
use citizen_ledger::HeaderError;
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};

/// A refusal. Its word and the names in its detail are part of the contract.
#[derive(Debug)]
pub(crate) struct Failure {
    code: &'static str,
    detail: Map<String, Value>,
    /// Places of the sentence whose words differ from the detail's.
    shown: Vec<(&'static str, Message)>,
}

impl Failure {
    /// With this word.
    pub(crate) fn new(code: &'static str) -> Self {
        Self { code, detail: Map::new(), shown: Vec::new() }
    }

    /// The command line names no folder.
    pub(crate) fn no_home() -> Self {
        Self::new("usage")
    }

    /// What was handed in cannot be used.
    pub(crate) fn invalid(reason: &'static str) -> Self {
        Self::new("invalid").with("reason", reason)
    }

    /// A file that cannot be read or written.
    pub(crate) fn of_file() -> Self {
        Self::invalid("file")
    }

    /// Not a code for this.
    pub(crate) fn bad_code(rule: &'static str) -> Self {
        Self::new("bad-code").with("rule", rule)
    }

    /// An answer failed its check: nothing of it is shown.
    pub(crate) fn unverified(what: &'static str, source: &'static str) -> Self {
        Self::new("unverified").with("what", what).with("source", source)
    }

    /// Another side refused.
    pub(crate) fn refused(by: &'static str, reason: &str) -> Self {
        Self::new("refused").with("by", by).with("reason", reason)
    }

    /// Not at its end; `resume` asks again.
    pub(crate) fn pending(what: &'static str, id: String) -> Self {
        Self::new("pending").with("what", what).with("id", id)
    }

    /// A receipt that is not taken.
    pub(crate) fn not_taken(reason: &'static str) -> Self {
        Self::new("receipt-refused").with("reason", reason)
    }

    /// A fault of the program.
    pub(crate) fn internal(incident: &'static str) -> Self {
        Self::new("internal").with("incident", incident)
    }

    /// With a field of the detail more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// With a time: for programs in UTC, for people in Seoul.
    pub(crate) fn with_time(mut self, name: &'static str, time: UnixTime) -> Self {
        self.shown.push((name, message(time.to_kst(), time.to_kst())));
        self.with(name, time.to_rfc3339())
    }

    /// The stable word.
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// Whether nobody answered: nothing is known then.
    pub(crate) fn is_offline(&self) -> bool {
        self.code == "offline"
    }

    /// Whether the command line is to blame.
    pub(crate) fn is_usage(&self) -> bool {
        self.code == "usage"
    }

    /// The detail, for programs.
    pub(crate) fn detail(&self) -> Value {
        Value::Object(self.detail.clone())
    }

    /// The sentence, for people.
    pub(crate) fn message(&self) -> Message {
        let mut sentence = Message::find(self.code).unwrap_or_else(|| message(self.code, self.code));
        for (name, shown) in &self.shown {
            sentence = sentence.with(name, shown);
        }
        for (name, value) in &self.detail {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let known = Message::find(&format!("{name}.{text}"));
            let other = (name == "reason").then(|| Message::find("reason.other")).flatten();
            sentence = sentence.with(name, &known.or(other).unwrap_or_else(|| message(&*text, &*text)));
        }
        // A reason may have places of its own.
        for (name, shown) in &self.shown {
            sentence = sentence.with(name, shown);
        }
        for (name, value) in &self.detail {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            sentence = sentence.with(name, &message(&*text, &*text));
        }
        sentence
    }
}

/// What a gateway, or somebody behind it, refuses with.
pub(crate) fn of_call(error: &CallError, by: &'static str) -> Failure {
    match error {
        CallError::Offline | CallError::Stopped => Failure::new("offline"),
        CallError::Refused(body) if body.code == "rejected" => Failure::refused(
            "ledger",
            &body.rejection.map_or("other".to_owned(), |n| format!("rejection-{n}")),
        ),
        CallError::Refused(body) => Failure::refused(by, &body.code),
        CallError::Malformed => Failure::unverified("answer", "gateway"),
    }
}

/// A word that does not verify is nobody's.
pub(crate) fn of_word(error: &WordError, by: &'static str) -> Failure {
    match error {
        WordError::Call(error) => of_call(error, by),
        WordError::Unverified(_) | WordError::AboutSomethingElse | WordError::NoSealingKey => {
            Failure::unverified("word", by)
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Call(error) => of_call(&error, "gateway"),
            LedgerError::Stale { as_of } => Self::new("stale").with_time("as_of", as_of),
            LedgerError::ClockWrong { by } => Self::new("clock-wrong").with("by", by.count()),
            LedgerError::Header(HeaderError::TrustExpired { .. }) => Self::invalid("trust-expired"),
            LedgerError::Header(_) | LedgerError::Conflict { .. } => Self::unverified("header", "ledger"),
            LedgerError::Unverified { .. } => Self::unverified("record", "ledger"),
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Ledger(error) => error.into(),
            RegistryError::Hint(role) | RegistryError::NotRegistered(role) => {
                Self::new("unknown-party").with("claims_to_be", role.name())
            }
        }
    }
}
