//! Consumer-presented codes: the cases of `vectors/cpm/cases.txt`; what can be read is shown.

use super::case::{Case, assert_alone, assert_lenient_accepts_more, assert_outcomes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizen_payment::code::{Code, Kind, Leniency};

const FIRST: &str = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=";
const SECOND: &str = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1\
                      WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==";

pub(crate) fn cases() -> Vec<Case> {
    Case::all(include_str!("../../vectors/cpm/cases.txt"))
}

#[test]
fn every_case_is_accepted_or_refused_by_its_rule_at_its_place() {
    assert_outcomes(&cases(), Some(Kind::EmvCpm));
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
fn the_bytes_of_a_case_are_those_of_its_base64() {
    for case in cases() {
        let Some(bytes) = &case.bytes else { continue };
        let digits: String = bytes.split(' ').collect();
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        assert_eq!(STANDARD.encode(bytes), case.payload, "{}", case.name);
    }
}

#[test]
fn the_standards_samples_show_every_field() {
    let reading = Code::parse(FIRST, Leniency::Strict);
    let ids: Vec<_> = reading.fields.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(ids, ["85", "61"]);
    assert_eq!(reading.fields[0].text.as_deref(), Some("CPV01"));
    assert_eq!(reading.fields[1].children[0].value, "A0000000555555");
    assert_eq!(reading.fields[1].children[1].name.en, "Track 2 Equivalent Data");
    let reading = Code::parse(SECOND, Leniency::Strict);
    let Some(Code::Consumer(code)) = reading.code() else { panic!("{reading:?}") };
    let names: Vec<_> = code.applications.iter().map(|application| application.name().unwrap()).collect();
    assert_eq!(names, [[0xA0, 0, 0, 0, 0x55, 0x55, 0x55], [0xA0, 0, 0, 0, 0x66, 0x66, 0x66]]);
    let common: Vec<_> = reading.fields[3].children.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(common, ["5A", "5F20", "5F2D", "64"]);
    let transparent: Vec<_> =
        reading.fields[3].children[3].children.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(transparent, ["9F10", "9F26", "9F36", "9F37"]);
}

#[test]
fn an_unknown_tag_is_kept_and_shown() {
    let case = cases().into_iter().find(|case| case.name == "an unknown tag in an application").unwrap();
    let reading = Code::parse(&case.payload, Leniency::Strict);
    let field = reading.fields[1].children.last().unwrap();
    assert_eq!((field.id.as_str(), field.name.en, field.value.as_str()), ("DF8101", "Unknown Tag", "0102"));
}

#[test]
fn fields_of_an_invalid_code_are_shown_as_far_as_they_could_be_read() {
    let case =
        cases().into_iter().find(|case| case.name == "a value cut short inside an application").unwrap();
    let reading = Code::parse(&case.payload, Leniency::Strict);
    let inside: Vec<_> = reading.fields[1].children.iter().map(|field| field.id.as_str()).collect();
    assert_eq!((inside, reading.refusal().unwrap().field.as_str()), (vec!["4F"], "61"));
}
