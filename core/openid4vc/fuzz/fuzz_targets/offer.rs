//! The text of a QR code with a credential offer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::offer(bytes);
});
