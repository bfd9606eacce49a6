//! The bound on a code's text.

use citizen_payment::code::{Code, Leniency};

#[test]
fn code_2_a_text_that_no_symbol_holds_is_refused_whatever_it_looks_like() {
    let too_long = "0002010102112630".repeat(1_000);
    for leniency in [Leniency::Strict, Leniency::Lenient] {
        let reading = Code::parse(&too_long, leniency);
        assert_eq!(reading.refusal().unwrap().rule.mark(), "CODE-2");
        assert!(reading.code().is_none());
    }
}
