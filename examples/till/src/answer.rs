//! What a verb answers, and how it is printed: one JSON object, or lines for people.

use crate::arguments::{Arguments, Language};
use crate::catalogue::{Message, message};
use crate::failure::Failure;
use crate::human;
use serde_json::{Map, Value, json};
use std::io::Write as _;

/// What a verb answers.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The fields of the JSON object.
    fields: Map<String, Value>,
    /// The lines for people.
    lines: Vec<Message>,
}

impl Answer {
    /// With a field more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// With a line more.
    pub(crate) fn line(mut self, line: Message) -> Self {
        self.lines.push(line);
        self
    }
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
    let _ = writeln!(std::io::stdout(), "{text}");
}
