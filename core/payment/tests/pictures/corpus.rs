//! The kept corpus of the fuzz targets, replayed through the same entry functions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizen_payment::code::mpm::checksum;
use citizen_payment::code::{Code, Leniency};
use citizen_payment::render::{RenderError, code128_image, code128_svg};
use citizen_payment::scan::{Symbology, read_image, read_luma};
use std::path::{Path, PathBuf};

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let corpus: Vec<_> = files.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect();
    assert!(corpus.len() >= 3, "{target}: only {} files", corpus.len());
    corpus
}

#[test]
fn every_kept_text_is_read_without_panic_and_written_again_as_the_same_code() {
    let mut written = 0;
    for (path, bytes) in ["mpm", "cpm", "classify"].into_iter().flat_map(corpus) {
        let text = String::from_utf8_lossy(&bytes);
        let sealed = format!("{text}6304");
        let sealed = format!("{sealed}{:04X}", checksum(sealed.as_bytes()));
        let behind_the_format = STANDARD.encode([b"\x85\x05CPV01", bytes.as_slice()].concat());
        for text in [text.as_ref(), &sealed, &behind_the_format] {
            for leniency in [Leniency::Strict, Leniency::Lenient] {
                let reading = Code::parse(text, leniency);
                assert_eq!(reading.is_valid(), reading.refusal().is_none(), "{}", path.display());
                let Ok(code) = reading.outcome else { continue };
                let again = match &code {
                    Code::Merchant(code) => code.render(),
                    Code::Consumer(code) => code.render(),
                    Code::Scheme(_) => continue,
                };
                match again {
                    Ok(text) => assert_eq!(Code::parse(&text, Leniency::Strict).outcome, Ok(code)),
                    Err(error) => assert_eq!(leniency, Leniency::Lenient, "{}: {error}", path.display()),
                }
                written += 1;
            }
        }
    }
    assert!(written >= 10, "{written}");
}

#[test]
fn bar_3_every_kept_text_is_refused_or_drawn_and_read_back() {
    let mut read = 0;
    for (path, bytes) in corpus("code128") {
        let text = std::str::from_utf8(&bytes).unwrap();
        match code128_image(text, 2, 40) {
            Ok(image) => {
                let found = read_luma(&image);
                let is_told =
                    found.iter().any(|found| found.text == text && found.symbology == Symbology::Code128);
                assert!(is_told, "{}: {found:?}", path.display());
                read += 1;
            }
            Err(error) => {
                assert_eq!(code128_svg(text, 20), Err(error));
                let holds = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !text.is_empty();
                let expected = if holds { RenderError::TooLong } else { RenderError::Characters };
                assert_eq!(error, expected, "{}", path.display());
            }
        }
    }
    assert!(read >= 5, "{read}");
}

#[test]
fn every_kept_picture_is_read_without_panic() {
    for (path, bytes) in corpus("image") {
        let valid = path.file_name().unwrap().to_string_lossy().starts_with("valid");
        assert_eq!(read_image(&bytes).is_ok(), valid, "{}", path.display());
    }
}
