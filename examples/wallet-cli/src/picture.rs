//! CODE on the command line: a picture's file, or the text of a code.

use crate::answer::{Failure, message};
use citizen_wallet::code::{Field, Finding};
use citizen_wallet::error::CodeRule;
use citizen_wallet::{Leniency, Message, Reading, WalletError, inspect, only_code, read_image};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// Endings that only a picture's name has.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Reads the code to act on. A picture that holds several which can be paid is refused, unless one of them was picked.
pub(crate) fn read(code: &str, pick: Option<usize>, leniency: Leniency) -> Result<Reading, Failure> {
    let readings = read_all(code, leniency)?;
    match pick {
        None => Ok(only_code(readings)?),
        Some(number) => Ok(picked(readings, number).ok_or(no_code())?),
    }
}

/// Reads every code. What names a file, or looks like a picture's name, is a picture; anything else is the code itself.
pub(crate) fn read_all(code: &str, leniency: Leniency) -> Result<Vec<Reading>, Failure> {
    let path = Path::new(code);
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let is_named_like_one =
        ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) && !code.contains("://");
    if !is_named_like_one && !path.is_file() {
        return Ok(vec![inspect(code, leniency)]);
    }
    let bytes = fs::read(path).map_err(|_| Failure::of_file())?;
    Ok(read_image(&bytes, leniency)?)
}

/// One of them, counted from 1.
pub(crate) fn picked(mut readings: Vec<Reading>, number: usize) -> Option<Reading> {
    let at = number.checked_sub(1).filter(|at| *at < readings.len())?;
    Some(readings.swap_remove(at))
}

pub(crate) const fn no_code() -> WalletError {
    WalletError::BadCode { rule: CodeRule::NoCodeInImage, position: 0 }
}

/// The fields of the JSON contract.
pub(crate) fn fields(reading: &Reading) -> Map<String, Value> {
    let object = json!({
        "kind": reading.kind.as_str(),
        "valid": reading.is_valid(),
        "text": reading.text,
        "fields": reading.fields.iter().map(field).collect::<Vec<_>>(),
        "warnings": reading.warnings.iter().map(finding).collect::<Vec<_>>(),
        "refusal": reading.refusal().map(finding),
    });
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The lines for people.
pub(crate) fn lines(reading: &Reading) -> Vec<Message> {
    let name = reading.kind.name();
    let verdict = match reading.refusal() {
        None => message(format!("{}: 올바른 코드", name.ko), format!("{}: valid", name.en)),
        Some(refusal) => said("✗", refusal),
    };
    let mut lines = vec![verdict];
    for field in &reading.fields {
        field_lines(field, 1, &mut lines);
    }
    lines.extend(reading.warnings.iter().map(|warning| said("!", warning)));
    lines
}

fn field(field: &Field) -> Value {
    let mut object = json!({
        "id": field.id,
        "name": field.name.en,
        "name_ko": field.name.ko,
        "value": field.value,
    });
    if let Value::Object(object) = &mut object {
        if let Some(text) = &field.text {
            object.insert("text".to_owned(), json!(text));
        }
        if !field.children.is_empty() {
            object.insert("children".to_owned(), field.children.iter().map(self::field).collect());
        }
    }
    object
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.as_str(),
        "mark": finding.rule.mark(),
        "source": finding.rule.source(),
        "position": finding.position.character,
        "byte": finding.position.byte,
        "field": finding.field,
        "ko": finding.rule.ko(),
        "en": finding.rule.en(),
    })
}

fn said(sign: &str, finding: &Finding) -> Message {
    let at = finding.position.character.saturating_add(1);
    let (rule, mark) = (finding.rule, finding.rule.mark());
    message(
        format!("{sign} {} ({at}번째 글자, {mark})", rule.ko()),
        format!("{sign} {} (character {at}, {mark})", rule.en()),
    )
}

fn field_lines(field: &Field, depth: usize, lines: &mut Vec<Message>) {
    let indent = "  ".repeat(depth);
    let value = if field.children.is_empty() { field.value.as_str() } else { "" };
    lines.push(message(
        format!("{indent}{} {}  {value}", field.id, field.name.ko),
        format!("{indent}{} {}  {value}", field.id, field.name.en),
    ));
    for child in &field.children {
        field_lines(child, depth + 1, lines);
    }
}
