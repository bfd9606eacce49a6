//! Merchant-presented codes: the cases of `vectors/mpm/cases.txt`, written from the standard's rules.

use super::case::{Case, assert_alone, assert_lenient_accepts_more, assert_outcomes};
use citizen_payment::code::{Code, Kind, Leniency};

pub(crate) fn cases() -> Vec<Case> {
    Case::all(include_str!("../../vectors/mpm/cases.txt"))
}

#[test]
fn every_case_is_accepted_or_refused_by_its_rule_at_its_place() {
    assert_outcomes(&cases(), Some(Kind::EmvMpm));
}

#[test]
fn every_case_breaks_its_rule_alone_and_none_once_mended() {
    assert_alone(&cases());
}

#[test]
fn leniency_only_ever_accepts_more() {
    assert_lenient_accepts_more(&cases());
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
fn fields_of_an_invalid_code_are_shown_as_far_as_they_could_be_read() {
    let case = cases().into_iter().find(|case| case.name == "a length beyond the end").unwrap();
    let reading = Code::parse(&case.payload, Leniency::Strict);
    let ids: Vec<_> = reading.fields.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(ids, ["00", "01", "26", "52", "53", "58", "59"]);
    let inside: Vec<_> = reading.fields[2].children.iter().map(|field| field.value.as_str()).collect();
    assert_eq!(inside, ["kr.example.pay", "12345678"]);
    assert_eq!(reading.fields[2].name.ko, "가맹점 계정 정보");
}
