//! Signatures that are made with parts of small order, and bytes that were never signed, judged alone, together and by the validators' software.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_keys_fuzz::zip_215(bytes);
});
