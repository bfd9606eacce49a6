//! Certificates.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_jose_fuzz::chain(bytes);
});
