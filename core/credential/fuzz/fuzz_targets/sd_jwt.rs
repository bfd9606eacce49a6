//! SD-JWTs, as anybody can send them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::sd_jwt(bytes);
});
