//! What comes back from a gateway in the centre's place: an answer has one form, and only the centre's signature makes it one.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    till_fuzz::answer(bytes);
});
