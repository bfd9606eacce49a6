//! Consumer-presented codes: what can be read is shown, and what is broken is named with its place.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use citizen_payment::code::{Code, Kind, Leniency, Reading};

const FIRST: &str = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=";
const SECOND: &str = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1\
                      WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==";

fn read(bytes: &[u8]) -> Reading {
    Code::parse(&STANDARD.encode(bytes), Leniency::Strict)
}

/// `85 05 CPV01` and then the rest, given as bytes.
fn with_format(rest: &[u8]) -> Reading {
    read(&[b"\x85\x05CPV01", rest].concat())
}

fn refused(reading: &Reading) -> (&'static str, usize) {
    let refusal = reading.refusal().unwrap();
    (refusal.rule.mark(), refusal.position.character)
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
    assert_eq!(code.applications, [[0xA0, 0, 0, 0, 0x55, 0x55, 0x55], [0xA0, 0, 0, 0, 0x66, 0x66, 0x66]]);
    let common: Vec<_> = reading.fields[3].children.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(common, ["5A", "5F20", "5F2D", "64"]);
    let transparent: Vec<_> =
        reading.fields[3].children[3].children.iter().map(|field| field.id.as_str()).collect();
    assert_eq!(transparent, ["9F10", "9F26", "9F36", "9F37"]);
}

#[test]
fn cpm_1_what_is_not_base64_is_refused_where_it_stops_being_so() {
    let reading = Code::parse("hQVDUFYwMWEaTwegAAAA*VVVVw8", Leniency::Lenient);
    assert_eq!((reading.kind, refused(&reading)), (Kind::EmvCpm, ("CPM-1", 20)));
}

#[test]
fn cpm_2_missing_padding_is_tolerated_when_lenient() {
    let unpadded = STANDARD_NO_PAD.encode(STANDARD.decode(FIRST).unwrap());
    assert_eq!(refused(&Code::parse(&unpadded, Leniency::Strict)).0, "CPM-2");
    assert!(Code::parse(&unpadded, Leniency::Lenient).is_valid());
}

#[test]
fn cpm_3_an_object_cut_short_is_refused_where_it_begins() {
    // 61 announces 9 bytes and 8 follow: offset 7, which is character 9 of the base64.
    assert_eq!(refused(&with_format(b"\x61\x09\x4F\x05\xA0\0\0\0\x55")), ("CPM-3", 9));
    assert_eq!(refused(&with_format(b"\x61\x80")).0, "CPM-3");
    assert_eq!(refused(&with_format(b"\x61\x07\x4F\x05\xA0\0\0\0\x55\x9F\xFF\xFF\x01\0")).0, "CPM-3");
}

#[test]
fn cpm_3_lengths_of_two_and_three_bytes_are_read() {
    let name = [0x61, 0x81, 0x07, 0x4F, 0x05, 0xA0, 0, 0, 0, 0x55];
    assert!(with_format(&name).is_valid());
    let name = [0x61, 0x82, 0x00, 0x07, 0x4F, 0x05, 0xA0, 0, 0, 0, 0x55];
    assert!(with_format(&name).is_valid());
}

#[test]
fn cpm_4_another_format_is_refused() {
    let reading = read(b"\x85\x05CPV02\x61\x07\x4F\x05\xA0\0\0\0\x55");
    assert_eq!((reading.kind, refused(&reading)), (Kind::EmvCpm, ("CPM-4", 2)));
}

#[test]
fn cpm_5_one_or_two_application_templates() {
    let template = b"\x61\x07\x4F\x05\xA0\0\0\0\x55";
    assert_eq!(refused(&with_format(b"")).0, "CPM-5");
    assert!(with_format(&template.repeat(2)).is_valid());
    assert_eq!(refused(&with_format(&template.repeat(3))).0, "CPM-5");
}

#[test]
fn cpm_6_an_application_name_has_five_to_sixteen_bytes() {
    let named = |length: u8| {
        let mut template = vec![0x61, length + 2, 0x4F, length];
        template.resize(usize::from(length) + 4, 0xA0);
        with_format(&template)
    };
    for length in [5, 16] {
        assert!(named(length).is_valid());
    }
    for length in [0, 4, 17] {
        assert_eq!(refused(&named(length)).0, "CPM-6", "{length}");
    }
}

#[test]
fn cpm_7_the_same_primitive_twice_is_refused() {
    let twice = with_format(b"\x61\x0D\x4F\x05\xA0\0\0\0\x55\x50\x01A\x50\x01B");
    assert_eq!(refused(&twice).0, "CPM-7");
}

#[test]
fn cpm_8_more_than_512_bytes_is_advised_against() {
    let mut long = vec![0x61, 0x82, 0x02, 0x0B, 0x4F, 0x05, 0xA0, 0, 0, 0, 0x55, 0x50, 0x82, 0x02, 0x00];
    long.resize(15 + 512, b'A');
    let reading = with_format(&long);
    assert!(reading.is_valid(), "{:?}", reading.refusal());
    assert_eq!(reading.warnings[0].rule.mark(), "CPM-8");
}

#[test]
fn a_transparent_template_need_hold_no_objects() {
    let reading = with_format(b"\x61\x0B\x4F\x05\xA0\0\0\0\x55\x63\x02\xFF\xFF");
    assert!(reading.is_valid(), "{:?}", reading.refusal());
    assert_eq!(reading.fields[1].children[1].value, "FFFF");
}
