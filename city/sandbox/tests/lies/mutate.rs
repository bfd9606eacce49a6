//! Every lie that is one change of one answer: a field of it, the bytes in a field, the status, or the answer as a whole.

use crate::record::Told;
use crate::structure::structured_lies;
use citizen_client::Response;
use citizen_client::api::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How thoroughly one answer is gone through. Every field is changed in every answer in every kind of way; how many ways of
/// a kind, and how many places in its bytes, is what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thoroughness {
    /// So many of each kind, four times as many of changed bytes, other ones in each answer.
    Sampled(usize),
    /// All, and every byte.
    Exhaustive,
}

/// One lie.
pub struct Lie {
    /// The field as a JSON pointer with `*` for an index; empty for the whole answer.
    pub field: String,
    pub kind: &'static str,
    pub answer: Response,
}

/// All lies about one answer. `others` are answers that the gateway gave earlier.
pub fn lies(told: &Told, others: &[&Told], thoroughness: Thoroughness, salt: usize) -> Vec<Lie> {
    let mut lies = whole(&told.answer);
    let Ok(body) = serde_json::from_slice::<Value>(&told.answer.body) else { return lies };
    let others: Vec<Value> =
        others.iter().filter_map(|told| serde_json::from_slice(&told.answer.body).ok()).collect();
    for pointer in pointers(&body) {
        let mut push = |kind, changed: Option<Value>| {
            if let Some(changed) = changed.filter(|changed| *changed != body) {
                let answer = Response { body: changed.to_string().into_bytes(), ..told.answer.clone() };
                lies.push(Lie { field: general(&pointer), kind, answer });
            }
        };
        push("removed", without(&body, &pointer));
        for value in [json!(null), json!(7), json!("x"), json!(true), json!([]), json!({})] {
            push("another type", with(&body, &pointer, value));
        }
        let Some(value) = body.pointer(&pointer) else { continue };
        for value in same_type(value) {
            push("another value", with(&body, &pointer, value));
        }
        for value in elsewhere(&body, &others, &pointer) {
            push("from elsewhere", with(&body, &pointer, value));
        }
        if let Some(bytes) = binary(value) {
            for changed in structured_lies(&bytes) {
                push("structure", with(&body, &pointer, json!(Bytes::new(&changed))));
            }
            let places = match thoroughness {
                Thoroughness::Sampled(_) => 64,
                Thoroughness::Exhaustive => bytes.len(),
            };
            for changed in byte_lies(&bytes, places, salt) {
                push("bytes", with(&body, &pointer, json!(Bytes::new(&changed))));
            }
        }
    }
    match thoroughness {
        Thoroughness::Sampled(most) => sample(lies, most, salt),
        Thoroughness::Exhaustive => lies,
    }
}

/// So many of each field and kind.
fn sample(lies: Vec<Lie>, most: usize, salt: usize) -> Vec<Lie> {
    let mut groups: BTreeMap<(String, &'static str), Vec<Lie>> = BTreeMap::new();
    for lie in lies {
        groups.entry((lie.field.clone(), lie.kind)).or_default().push(lie);
    }
    let pick = |mut group: Vec<Lie>| {
        let length = group.len();
        let most = if ["bytes", "structure"].contains(&group[0].kind) { most * 4 } else { most };
        // Spread over the group, from another beginning in each answer.
        let step = length.div_ceil(most).max(1);
        group.rotate_left(salt % length);
        group.into_iter().step_by(step).collect::<Vec<_>>()
    };
    groups.into_values().flat_map(pick).collect()
}

/// The fields of an answer, `*` for an index.
pub fn fields(body: &[u8]) -> BTreeSet<String> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return BTreeSet::new() };
    pointers(&body).iter().map(|pointer| general(pointer)).collect()
}

fn general(pointer: &str) -> String {
    let part = |part: &str| if part.parse::<u32>().is_ok() { "*".to_owned() } else { part.to_owned() };
    pointer.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        found.extend(pointers(value).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}

fn with(body: &Value, pointer: &str, value: Value) -> Option<Value> {
    let mut changed = body.clone();
    *changed.pointer_mut(pointer)? = value;
    Some(changed)
}

fn without(body: &Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let mut changed = body.clone();
    match changed.pointer_mut(parent)? {
        Value::Object(object) => drop(object.remove(name)?),
        Value::Array(items) => drop(items.remove(name.parse().ok()?)),
        _ => return None,
    }
    Some(changed)
}

fn same_type(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            let shorter: String = text.chars().skip(1).collect();
            let cases = [text.to_uppercase(), format!("{text}A"), format!("{text}="), shorter];
            let mut values: Vec<_> = cases.into_iter().map(Value::from).collect();
            values.extend([
                json!(""),
                json!("가"),
                json!("0".repeat(text.len())),
                json!("x".repeat(100_000)),
            ]);
            values
        }
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or_default();
            let more = number.wrapping_add(1);
            [0, 1, 5, 10, 17, more, number.wrapping_sub(1), u64::from(u32::MAX), u64::MAX]
                .map(Value::from)
                .to_vec()
        }
        Value::Bool(is) => vec![json!(!is)],
        Value::Array(items) => {
            let mut values = vec![json!(items.iter().rev().collect::<Vec<_>>()), json!([items, items])];
            values.push(Value::Array([items.clone(), items.clone()].concat()));
            values.push(Value::Array(items.iter().skip(1).cloned().collect()));
            values.push(Value::Array(items.iter().take(items.len().saturating_sub(1)).cloned().collect()));
            values
        }
        Value::Object(object) => {
            let mut more = object.clone();
            more.insert("more".to_owned(), json!({ "points": 1_000_000 }));
            vec![Value::Object(more)]
        }
        Value::Null => Vec::new(),
    }
}

/// What stood in other fields of this answer, and in this field of other answers.
fn elsewhere(body: &Value, others: &[Value], pointer: &str) -> Vec<Value> {
    let is_text = body.pointer(pointer).is_some_and(Value::is_string);
    let siblings = pointers(body).into_iter().filter(|other| other != pointer);
    let siblings =
        siblings.filter_map(|other| body.pointer(&other)).filter(|other| is_text && other.is_string());
    let earlier = others.iter().filter_map(|other| other.pointer(pointer));
    let mut values: Vec<Value> = Vec::new();
    for value in siblings.take(4).chain(earlier) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    // The newest of them: they are likeliest to pass.
    values.into_iter().rev().take(6).collect()
}

fn binary(value: &Value) -> Option<Vec<u8>> {
    let bytes: Bytes = serde_json::from_value(value.clone()).ok()?;
    bytes.decode().ok().filter(|bytes| bytes.len() >= 16)
}

fn byte_lies(bytes: &[u8], places: usize, salt: usize) -> Vec<Vec<u8>> {
    let stride = bytes.len().div_ceil(places).max(1);
    let mut lies = Vec::new();
    for (turn, place) in (salt % stride..bytes.len()).step_by(stride).enumerate() {
        let mut changed = bytes.to_vec();
        match (turn + salt) % 8 {
            // A range of sixteen bytes: zeroed, left out, doubled.
            5 => changed.iter_mut().skip(place).take(16).for_each(|byte| *byte = 0),
            6 => drop(changed.splice(place..bytes.len().min(place + 16), [])),
            7 => drop(changed.splice(place..place, bytes[place..bytes.len().min(place + 16)].to_vec())),
            bit => changed[place] ^= [1, 128, 4, 32, 255][bit],
        }
        lies.push(changed);
    }
    lies.push(bytes[..bytes.len() / 2].to_vec());
    lies.push([bytes, &[0]].concat());
    lies.push([&bytes[..1], bytes].concat());
    lies.push(Vec::new());
    lies
}

/// Lies about the answer as a whole.
fn whole(answer: &Response) -> Vec<Lie> {
    let status = |status| Response { status, ..answer.clone() };
    let body = |body: &[u8]| Response { body: body.to_vec(), ..answer.clone() };
    let refusal = |status, code: &str, rejection: Option<u32>| {
        let [ko, en] = crate::truth::WORDS;
        let error = json!({ "code": code, "ko": ko, "en": en, "rejection": rejection });
        Response { status, body: json!({ "error": error }).to_string().into_bytes() }
    };
    let mut lies = Vec::new();
    let mut push = |kind, answer| lies.push(Lie { field: String::new(), kind, answer });
    for number in [0, 100, 204, 302, 400, 404, 429, 500, 502, 503, 504, 600, u16::MAX] {
        push("another status", status(number));
    }
    for bytes in [&b""[..], b"{}", b"[]", b"null", b"\xff\xfe", b"<html>", b"{\"a\":1,\"a\":2}"] {
        push("another body", body(bytes));
    }
    push("another body", body("[".repeat(100_000).as_bytes()));
    push("another body", body(&answer.body[..answer.body.len() / 2]));
    push("another body", body(&[answer.body.as_slice(), b"{}"].concat()));
    for code in ["not-found", "internal", "fenced", "used", "nobody-knows", "", "locked"] {
        push("a refusal", refusal(409, code, None));
        push("a refusal", refusal(404, code, None));
    }
    for number in (0..30).chain([u32::MAX]) {
        push("a refusal", refusal(422, "rejected", Some(number)));
    }
    lies
}
