//! Consumer-presented codes: base64 after the prefix that makes them so.
#![no_main]

use citizen_payment::code::{Code, Leniency};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let with_prefix = format!("hQVDUFY{text}");
    for text in [text, &with_prefix] {
        let reading = Code::parse(text, Leniency::Lenient);
        assert_eq!(reading.is_valid(), reading.refusal().is_none());
    }
});
