//! Bars: any text is refused, or drawn and read back as it was.
#![no_main]

use citizen_payment::render::{RenderError, code128_image, code128_svg};
use citizen_payment::scan::{Symbology, read_luma};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let drawing = code128_svg(text, 20);
    match code128_image(text, 2, 40) {
        Ok(image) => {
            assert!(drawing.is_ok());
            let found = read_luma(&image);
            assert!(found.iter().any(|found| found.text == text && found.symbology == Symbology::Code128));
        }
        Err(error) => {
            assert_eq!(drawing, Err(error));
            let holds = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !text.is_empty();
            let expected = if holds { RenderError::TooLong } else { RenderError::Characters };
            assert_eq!(error, expected);
        }
    }
});
