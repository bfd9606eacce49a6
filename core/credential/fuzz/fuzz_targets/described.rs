//! What a type says of its claims, as anybody can publish it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::described(bytes);
});
