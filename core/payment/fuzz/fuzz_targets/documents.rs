//! Documents and texts that tills, phones and parties hand each other: one form each, and no arithmetic that breaks.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    citizen_payment_fuzz::documents(bytes);
});
