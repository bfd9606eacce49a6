//! Presentations that are bound to a verifier, and reach another.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::bound(bytes);
});
