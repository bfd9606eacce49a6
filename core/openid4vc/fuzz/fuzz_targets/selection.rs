//! What somebody selects from what a query leaves to choose.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::selection(bytes);
});
