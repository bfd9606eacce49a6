//! Messages that are changed on their way.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_jose_fuzz::sealed(bytes);
});
