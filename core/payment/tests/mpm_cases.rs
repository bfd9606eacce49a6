//! The cases of `vectors/mpm/cases.txt`, written from the standard's rules, and the public vectors if they are there.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use citizen_payment::code::{Code, Kind, Leniency, Reading, Rule, Severity};
use std::collections::BTreeSet;

struct Case {
    name: String,
    payload: String,
    strict: String,
    lenient: String,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../vectors/mpm/cases.txt");
    let blocks = text.split("\n\n").filter(|block| !block.starts_with('#'));
    blocks
        .map(|block| {
            let line = |key: &str| {
                let found = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
                found.unwrap_or_else(|| panic!("no {key} in {block}")).to_owned()
            };
            Case {
                name: line("name"),
                payload: unescaped(&line("payload")),
                strict: line("strict"),
                lenient: line("lenient"),
            }
        })
        .collect()
}

/// `\u{d}` in the file stands for one character.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once('}').unwrap();
        plain.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

/// The outcome in the words of the file.
fn told(reading: &Reading) -> String {
    match reading.refusal() {
        Some(refusal) => format!("{} at {}", refusal.rule.mark(), refusal.position.character),
        None => {
            let marks: Vec<_> = reading.warnings.iter().map(|warning| warning.rule.mark()).collect();
            if marks.is_empty() { "valid".to_owned() } else { format!("valid {}", marks.join(",")) }
        }
    }
}

#[test]
fn every_case_is_accepted_or_refused_by_its_rule_at_its_place() {
    let mut wrong = Vec::new();
    for case in cases() {
        for (leniency, expected) in [(Leniency::Strict, &case.strict), (Leniency::Lenient, &case.lenient)] {
            let reading = Code::parse(&case.payload, leniency);
            if reading.kind != Kind::EmvMpm || told(&reading) != *expected {
                let (kind, told) = (reading.kind, told(&reading));
                wrong.push(format!("{} ({leniency:?}): {kind} {told}, not {expected}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_sixty_cases_and_every_rule_has_one() {
    let cases = cases();
    let valid = cases.iter().filter(|case| case.strict.starts_with("valid")).count();
    assert!(cases.len() >= 60 && valid >= 30 && cases.len() - valid >= 30, "{} {valid}", cases.len());
    let named: BTreeSet<_> =
        cases.iter().flat_map(|case| case.strict.split([' ', ',']).map(str::to_owned)).collect();
    for rule in Rule::ALL.iter().filter(|rule| rule.mark().starts_with("MPM")) {
        assert!(named.contains(rule.mark()), "no case for {}", rule.mark());
    }
}

#[test]
fn a_position_counts_characters_and_bytes() {
    let case = cases().into_iter().find(|case| case.name == "Hangul in an account template").unwrap();
    let refusal = Code::parse(&case.payload, Leniency::Strict).outcome.unwrap_err();
    assert_eq!(case.payload.chars().nth(refusal.position.character), Some('가'));
    assert!(case.payload[refusal.position.byte..].starts_with('가'));
    assert_eq!(refusal.field, "26-01");
}

#[test]
fn leniency_only_ever_accepts_more() {
    for case in cases() {
        let strict = Code::parse(&case.payload, Leniency::Strict);
        let lenient = Code::parse(&case.payload, Leniency::Lenient);
        assert!(!strict.is_valid() || lenient.is_valid(), "{}", case.name);
        let advice = |reading: &Reading| {
            reading.warnings.iter().all(|warning| warning.rule.severity() == Severity::Advice)
        };
        assert!(advice(&strict), "{}", case.name);
    }
}

#[test]
fn fields_of_an_invalid_code_are_shown_as_far_as_they_could_be_read() {
    let case = cases().into_iter().find(|case| case.name == "a length beyond the end").unwrap();
    let reading = Code::parse(&case.payload, Leniency::Strict);
    let ids: Vec<_> = reading.fields.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(ids, ["00", "01", "26", "52", "53", "58", "59"]);
    let inside: Vec<_> = reading.fields[2].children.iter().map(|field| field.value.as_str()).collect();
    assert_eq!(inside, ["kr.example.pay", "12345678"]);
    assert_eq!(reading.fields[2].name.ko, "가맹점 계정 정보");
}
