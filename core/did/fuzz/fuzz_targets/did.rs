//! DIDs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_did_fuzz::did(bytes);
});
