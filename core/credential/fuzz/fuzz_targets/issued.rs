//! Whatever an issuer may sign: claims, and disclosures in any places.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_credential_fuzz::issued(bytes);
});
