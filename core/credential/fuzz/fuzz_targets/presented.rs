//! Presentations of W3C credentials, and what somebody adds to their proof.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::presented(bytes);
});
