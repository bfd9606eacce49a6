//! Chains of certificates, as a header has them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_jose_fuzz::chains(bytes);
});
