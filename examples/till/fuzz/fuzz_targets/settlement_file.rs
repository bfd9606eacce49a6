//! What the centre writes is read back by both readers, field by field; after a change of one character they agree.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| till_fuzz::write_and_read(bytes));
