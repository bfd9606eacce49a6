//! JSON, to be brought into its one form.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::canonical(bytes);
});
