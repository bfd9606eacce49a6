//! A stranger's picture file.
#![no_main]

use citizen_payment::scan::read_image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_image(bytes);
});
