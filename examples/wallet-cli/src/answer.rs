//! What a verb answers, and how it is printed: one JSON object, or lines for people.

use crate::arguments::{Arguments, Language};
use crate::human;
use citizen_wallet::error::Input;
use citizen_wallet::{Message, WalletError};
use serde_json::{Map, Value, json};
use std::io::{self, ErrorKind, Write as _};

/// What a verb answers.
pub(crate) struct Answer {
    /// The fields of the JSON object.
    pub(crate) fields: Map<String, Value>,
    /// The lines for people.
    pub(crate) lines: Vec<Message>,
}

/// Why a verb did not do it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The wallet refused.
    Wallet(WalletError),
    /// The payment has ended, and is not paid.
    NotPaid {
        /// The payment.
        payment: String,
        /// How it ended.
        state: &'static str,
        /// For people.
        text: Message,
    },
    /// What was asked of the ledger did not come about.
    NotDone {
        /// The transaction.
        id: String,
        /// How it ended.
        state: &'static str,
        /// For people.
        text: Message,
    },
    /// A registrar has refused.
    NotRegistered {
        /// Who has answered what.
        registration: Value,
        /// For people.
        text: Message,
    },
    /// Something of a poll does not hold.
    NotVerified {
        /// Every check.
        report: Value,
        /// For people.
        text: Message,
    },
    /// A credential breaks a rule.
    BadCredential {
        /// Which, and where it is written.
        detail: Value,
        /// For people.
        text: Message,
    },
    /// This wallet holds nothing that answers a request.
    CannotPresent {
        /// The request.
        review: Value,
    },
    /// Nobody approved; what would have happened stands in the detail.
    NotApproved {
        /// The review.
        review: Value,
    },
    /// The command line is not right.
    Usage {
        /// What is missing, in Korean.
        ko: &'static str,
        /// And in English.
        en: &'static str,
    },
}

impl Answer {
    /// An answer with the fields of a value.
    pub(crate) fn of(value: &impl serde::Serialize, lines: Vec<Message>) -> Self {
        let fields = match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        Self { fields, lines }
    }

    /// And one field more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

impl Failure {
    /// A file that cannot be read or written.
    pub(crate) const fn of_file() -> Self {
        Self::Wallet(WalletError::Invalid { input: Input::File })
    }

    /// A file that could not be written: for want of room (WALLET-22), or otherwise.
    pub(crate) fn of_writing(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Wallet(WalletError::StorageFull)
            }
            _ => Self::of_file(),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Wallet(error) => error.code(),
            Self::NotPaid { .. } => "not-paid",
            Self::NotDone { .. } => "not-done",
            Self::NotRegistered { .. } => "not-registered",
            Self::NotVerified { .. } => "not-verified",
            Self::BadCredential { .. } => "bad-credential",
            Self::CannotPresent { .. } => "cannot-present",
            Self::NotApproved { .. } => "not-approved",
            Self::Usage { .. } => "usage",
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Wallet(error) => error.message(),
            Self::NotPaid { text, .. }
            | Self::NotDone { text, .. }
            | Self::NotRegistered { text, .. }
            | Self::NotVerified { text, .. }
            | Self::BadCredential { text, .. } => text.clone(),
            Self::CannotPresent { .. } => message(
                "이 요청에 답할 수 있는 증명서가 이 지갑에 없습니다. 아무것도 보여 주지 않았습니다.",
                "This wallet holds nothing that answers the request. Nothing was shown.",
            ),
            Self::NotApproved { .. } => {
                message("승인하지 않았습니다. --yes 로 승인합니다.", "Not approved. To approve: --yes")
            }
            Self::Usage { ko, en } => message(*ko, *en),
        }
    }

    fn detail(&self) -> Value {
        match self {
            Self::Wallet(error) => error.detail(),
            Self::NotPaid { payment, state, .. } => json!({ "payment_id": payment, "state": state }),
            Self::NotDone { id, state, .. } => json!({ "id": id, "state": state }),
            Self::NotRegistered { registration, .. } => json!({ "registration": registration }),
            Self::NotVerified { report, .. } => json!({ "report": report }),
            Self::BadCredential { detail, .. } => detail.clone(),
            Self::CannotPresent { review } | Self::NotApproved { review } => json!({ "review": review }),
            Self::Usage { .. } => json!({}),
        }
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Self::Wallet(error)
    }
}

/// A sentence in both languages.
pub(crate) fn message(ko: impl Into<String>, en: impl Into<String>) -> Message {
    Message { ko: ko.into(), en: en.into() }
}

/// Prints what came of a verb.
pub(crate) fn print(arguments: &Arguments, outcome: &Result<Answer, Failure>) {
    match (arguments.json, outcome) {
        (true, Ok(answer)) => {
            let mut object = Map::from_iter([("ok".to_owned(), Value::Bool(true))]);
            object.extend(answer.fields.clone());
            line(&Value::Object(object).to_string());
        }
        (true, Err(failure)) => print_failure(failure.code(), &failure.message(), &failure.detail()),
        (false, Ok(answer)) => {
            for message in &answer.lines {
                line(said(message, arguments.lang));
            }
        }
        (false, Err(failure)) => human::complain(said(&failure.message(), arguments.lang)),
    }
}

/// Prints a wrong command line in JSON.
pub(crate) fn print_usage_json(text: &str) {
    print_failure("usage", &message("명령이 잘못되었습니다.", text.trim()), &json!({}));
}

/// The sentence in the language asked for.
pub(crate) fn said(message: &Message, language: Language) -> &str {
    match language {
        Language::Ko => &message.ko,
        Language::En => &message.en,
    }
}

fn print_failure(code: &str, message: &Message, detail: &Value) {
    let error = json!({ "code": code, "ko": message.ko, "en": message.en, "detail": detail });
    line(&json!({ "ok": false, "error": error }).to_string());
}

fn line(text: &str) {
    // A closed pipe is the reader's choice.
    let _ = writeln!(io::stdout(), "{text}");
}
