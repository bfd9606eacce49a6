//! Any text: it is some kind, and strict accepts nothing that lenient refuses.
#![no_main]

use citizen_payment::code::{Code, Leniency};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let strict = Code::parse(text, Leniency::Strict);
    let lenient = Code::parse(text, Leniency::Lenient);
    assert_eq!(strict.kind, lenient.kind);
    assert!(!strict.is_valid() || lenient.is_valid());
});
