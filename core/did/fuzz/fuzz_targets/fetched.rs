//! Documents that a web server hands out for a DID.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_did_fuzz::fetched(bytes);
});
