//! CODE on the command line: a picture's file, or the text of a code.

use crate::failure::Failure;
use citizen_payment::code::{Code, Kind, LONGEST_TEXT, Leniency};
use citizen_payment::scan::{self, LARGEST_FILE};
use citizen_payment::till::{RECEIPT_PREFIX, ReceiptOpening};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Endings that only a picture's name has.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The text of a code that a customer shows to be charged, as it was read.
pub(crate) fn consumer_code(code: &str) -> Result<String, Failure> {
    let texts = texts(code)?;
    let kind = |text: &String| Code::parse(text, Leniency::Strict).kind;
    // A screen shows one code as a QR symbol and as a bar code: the symbol is taken where both are seen.
    for shape in [Kind::ZeropayQr, Kind::ZeropayBarcode] {
        if let Some(text) = only(texts.iter().filter(|text| kind(text) == shape))? {
            return Ok(text);
        }
    }
    let is_anothers = texts.iter().any(|text| kind(text).is_shown_by_customer());
    Err(Failure::bad_code(if is_anothers { "another-scheme" } else { "not-a-customer-code" }))
}

/// The opening that a customer's receipt code carries.
pub(crate) fn receipt(code: &str) -> Result<ReceiptOpening, Failure> {
    let texts = texts(code)?;
    let text = only(texts.iter().filter(|text| text.starts_with(RECEIPT_PREFIX)))?;
    let text = text.ok_or_else(|| Failure::bad_code("not-a-receipt"))?;
    ReceiptOpening::from_text(&text).map_err(|_| Failure::bad_code("not-a-receipt"))
}

/// The one of them: which of two is meant, nobody knows.
fn only<'a>(texts: impl Iterator<Item = &'a String>) -> Result<Option<String>, Failure> {
    let distinct: BTreeSet<&String> = texts.collect();
    let mut distinct = distinct.into_iter().cloned();
    match (distinct.next(), distinct.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(Failure::bad_code("several-codes")),
    }
}

/// What names a file, or looks like a picture's name, is a picture; anything else is the code itself.
fn texts(code: &str) -> Result<Vec<String>, Failure> {
    let code = code.trim();
    if code.len() > LONGEST_TEXT {
        return Err(Failure::bad_code("too-long"));
    }
    let path = Path::new(code);
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let is_named_like_one =
        ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) && !code.contains("://");
    if !is_named_like_one && !path.is_file() {
        return Ok(vec![code.to_owned()]);
    }
    let size = fs::metadata(path).map_err(|_| Failure::of_file())?.len();
    if size > LARGEST_FILE {
        return Err(Failure::bad_code("not-an-image"));
    }
    let bytes = fs::read(path).map_err(|_| Failure::of_file())?;
    let found = scan::read_image(&bytes).map_err(|error| match error {
        scan::ScanError::NoCode => Failure::bad_code("no-code-in-image"),
        _ => Failure::bad_code("not-an-image"),
    })?;
    Ok(found.into_iter().map(|found| found.text.trim().to_owned()).collect())
}
