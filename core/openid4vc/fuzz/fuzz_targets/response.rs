//! Whatever anybody may post to a verifier.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::response(bytes);
});
