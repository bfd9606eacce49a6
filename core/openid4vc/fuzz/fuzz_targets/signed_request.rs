//! Whatever a registered verifier may sign as a request.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::signed_request(bytes);
});
