//! Whatever is fetched as a request.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::fetched_request(bytes);
});
