//! Whatever an issuer may sign as a status list.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::status_token(bytes);
});
