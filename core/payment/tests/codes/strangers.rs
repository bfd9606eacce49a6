//! Codes that are written and read back, mutated, and made of anything.

use citizen_payment::code::mpm::{Initiation, Level, field_name};
use citizen_payment::code::{Builder, Code, Field, Kind, Leniency, MerchantCode, Rule};
use citizen_primitives::Won;
use proptest::prelude::*;

fn merchant(payload: &str) -> MerchantCode {
    match Code::parse(payload, Leniency::Strict).outcome {
        Ok(Code::Merchant(code)) => *code,
        other => panic!("{payload}: {other:?}"),
    }
}

/// A base to build on; the strategies below only add what the standard allows.
fn builder() -> Builder {
    Builder::in_korea().merchant("5462", "MANGWON BAKERY", "SEOUL").inner(26, 0, "kr.example.pay")
}

prop_compose! {
    fn arbitrary_code()(
        dynamic in any::<bool>(),
        account in "[0-9A-Z]{1,60}",
        category in "[0-9]{4}",
        name in "[ -~]{0,23}[!-~]",
        city in "[ -~]{0,13}[!-~]",
        amount in proptest::option::of(1u64..=9_999_999_999_999),
        hangul in proptest::option::of(("[가-힣]{1,25}", "[가-힣]{1,15}")),
        reference in proptest::option::of("[A-Z0-9-]{1,25}"),
        points in proptest::option::of("[가-힣a-z ]{0,19}[a-z]"),
    ) -> (Builder, Option<Won>) {
        let initiation = if dynamic { Initiation::Dynamic } else { Initiation::Static };
        let mut code = builder().initiation(initiation).merchant(&category, &name, &city).inner(26, 1, &account);
        let amount = amount.map(|amount| Won::new(amount).unwrap());
        if let Some(amount) = amount { code = code.amount(amount); }
        if let Some((name, city)) = hangul { code = code.in_korean(&name, &city); }
        if let Some(reference) = reference { code = code.reference(&reference); }
        if let Some(points) = points { code = code.inner(80, 0, "kr.example.points").inner(80, 1, &points); }
        (code, amount)
    }
}

/// What the fields say, written again: each ID, its length in characters, its value.
fn written_again(fields: &[Field]) -> String {
    let one = |field: &Field| {
        let value =
            if field.children.is_empty() { field.value.clone() } else { written_again(&field.children) };
        format!("{}{:02}{value}", field.id, value.chars().count())
    };
    fields.iter().map(one).collect()
}

proptest! {
    #[test]
    fn a_code_that_is_written_is_read_back_field_by_field((code, amount) in arbitrary_code()) {
        let payload = code.build().unwrap();
        let reading = Code::parse(&payload, Leniency::Strict);
        prop_assert_eq!(written_again(&reading.fields), payload.clone());
        prop_assert_eq!(merchant(&payload).amount_in_won(), amount);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}|[0-9]{0,60}|(0002)?[0-9 a가\n]{0,120}") {
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let reading = Code::parse(&text, leniency);
            prop_assert_eq!(reading.is_valid(), reading.refusal().is_none());
            if let Some(refusal) = reading.refusal() {
                prop_assert!(text.is_char_boundary(refusal.position.byte));
                prop_assert_eq!(text[..refusal.position.byte].chars().count(), refusal.position.character);
            }
        }
    }

    #[test]
    fn mpm_13_no_single_changed_character_is_accepted(
        (code, _) in arbitrary_code(),
        place in any::<proptest::sample::Index>(),
        other in "[0-9A-Z가-힣]",
    ) {
        let payload = code.build().unwrap();
        let mut characters: Vec<char> = payload.chars().collect();
        let place = place.index(characters.len());
        characters[place] = other.chars().next().unwrap();
        let changed: String = characters.into_iter().collect();
        let valid = Code::parse(&changed, Leniency::Strict).is_valid();
        prop_assert_eq!(valid, changed == payload);
    }

    #[test]
    fn a_code_cut_short_or_spliced_never_panics((code, _) in arbitrary_code(), cut in any::<proptest::sample::Index>(), tail in "\\PC{0,8}") {
        let payload = code.build().unwrap();
        let characters: Vec<char> = payload.chars().collect();
        let mut text: String = characters[..cut.index(characters.len())].iter().collect();
        text.push_str(&tail);
        let _ = Code::parse(&text, Leniency::Lenient);
    }

    #[test]
    fn no_consumer_code_makes_the_parser_panic(tail in "[A-Za-z0-9+/=]{0,200}") {
        let reading = Code::parse(&format!("hQVDUFY{tail}"), Leniency::Lenient);
        prop_assert_eq!(reading.kind, Kind::EmvCpm);
    }
}

#[test]
fn the_builder_never_writes_what_the_parser_refuses() {
    for (code, rule) in [
        (builder().merchant("5462", "망원빵집", "SEOUL"), Rule::Characters),
        (builder().object(54, "0"), Rule::AmountZero),
        (builder().object(61, "12345678901"), Rule::ValueTooLong),
        (builder().inner(26, 1, &"1".repeat(90)), Rule::ValueTooLong),
        (Builder::in_korea().merchant("5462", "A", "B"), Rule::MerchantAccountMissing),
        (builder().inner(64, 1, "빵집"), Rule::LanguageTemplate),
    ] {
        assert_eq!(code.build().unwrap_err().rule, rule);
    }
}

#[test]
fn mpm_24_the_builder_writes_hangul_precomposed() {
    let decomposed = "\u{1107}\u{1161}\u{11bc}";
    let payload = builder().in_korean(decomposed, "서울").build().unwrap();
    assert_eq!(merchant(&payload).display_name().unwrap().as_str(), "방");
}

#[test]
fn code_1_code_2_a_text_that_is_no_code_says_so() {
    for text in ["", "https://seoul.go.kr", "서울", "\n", "0", "00020"] {
        let reading = Code::parse(text, Leniency::Lenient);
        assert!(!reading.is_valid(), "{text}");
    }
    assert_eq!(Code::parse("hello", Leniency::Strict).refusal().unwrap().rule, Rule::NoPaymentCode);
    let long = "1".repeat(7_090);
    assert_eq!(Code::parse(&long, Leniency::Strict).refusal().unwrap().rule, Rule::TextTooLong);
}

#[test]
fn code_3_white_space_around_a_shape_is_refused_and_tolerated_when_lenient() {
    let text = "800088123456789012345678\r\n";
    let strict = Code::parse(text, Leniency::Strict);
    assert_eq!((strict.kind, strict.refusal().unwrap().rule), (Kind::ZeropayBarcode, Rule::SurroundingSpace));
    assert_eq!(strict.refusal().unwrap().position.character, 24);
    let lenient = Code::parse(text, Leniency::Lenient);
    assert_eq!(lenient.code(), Some(&Code::Scheme(Kind::ZeropayBarcode)));
    assert_eq!(lenient.warnings[0].rule, Rule::SurroundingSpace);
}

#[test]
fn the_standards_sample_is_read_into_types() {
    let payload = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST \
                   TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A600866\
                   70902ME91320016A0112233449988770708123456786304A13A";
    let code = merchant(payload);
    assert_eq!(code.initiation, Initiation::Dynamic);
    assert_eq!(code.amount.as_ref().unwrap().to_string(), "23.72");
    assert_eq!(code.amount_in_won(), None);
    assert_eq!(code.display_name().unwrap().as_str(), "最佳运输");
    assert_eq!(code.accounts.len(), 2);
    assert_eq!(code.account_of("d15600000001").unwrap().object(3).unwrap().as_str(), "12345678");
    assert_eq!(code.additional.consumer_data.len(), 2);
    assert_eq!(code.unreserved.len(), 1);
    assert_eq!(field_name(Level::Additional, 5).en, "Reference Label");
}
