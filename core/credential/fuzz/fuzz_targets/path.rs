//! Paths of claims, as a person types them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::path(bytes);
});
