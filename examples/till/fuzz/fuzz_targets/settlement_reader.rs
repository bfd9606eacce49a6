//! A stranger's file: both readers refuse it, or both take it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    till_fuzz::read_both(&String::from_utf8_lossy(bytes));
});
