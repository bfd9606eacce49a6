//! Messages of a key ceremony, as anybody can send them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    citizen_voting_fuzz::ceremony(bytes);
});
