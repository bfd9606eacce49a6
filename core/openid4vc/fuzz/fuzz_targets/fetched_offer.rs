//! Whatever is fetched as an offer, and what an issuer answers then.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::fetched_offer(bytes);
});
