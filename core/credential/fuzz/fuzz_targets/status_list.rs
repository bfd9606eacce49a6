//! Status lists, as anybody can publish them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::status_list(bytes);
});
