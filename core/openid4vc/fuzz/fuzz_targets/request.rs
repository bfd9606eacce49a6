//! The text of a QR code that asks for a presentation.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_openid4vc_fuzz::request(bytes);
});
