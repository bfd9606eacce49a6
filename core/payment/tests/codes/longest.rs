//! The bound on a code's text.

use citizen_payment::code::{Code, LONGEST_TEXT, Leniency};

#[test]
fn code_2_a_text_that_no_symbol_holds_is_refused_whatever_it_looks_like() {
    let too_long = "0002010102112630".repeat(1_000);
    for leniency in [Leniency::Strict, Leniency::Lenient] {
        let reading = Code::parse(&too_long, leniency);
        assert_eq!(reading.refusal().unwrap().rule.mark(), "CODE-2");
        assert!(reading.code().is_none());
    }
}

#[test]
fn code_2_the_longest_text_of_a_symbol_is_looked_at_and_one_more_character_is_not() {
    let mark = |length: usize| {
        Code::parse(&"1".repeat(length), Leniency::Strict).refusal().map(|refusal| refusal.rule.mark())
    };
    assert_eq!((mark(LONGEST_TEXT), mark(LONGEST_TEXT + 1)), (Some("CODE-1"), Some("CODE-2")));
}
