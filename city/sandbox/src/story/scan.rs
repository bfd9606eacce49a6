//! She reads codes from pictures.

use super::Story;
use super::till::{SHORT_LIFE, SHORT_ORDER, ShortOrder};
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_wallet::{ScannedCode, Text};
use std::fs;
use std::io::Write;

/// A printed code, straight from the printer.
const FIRST: &str = "static-straight.png";
/// The same code as a camera sees it, and codes of other makes.
const PICTURES: [&str; 7] = [
    "static-rotated.png",
    "static-small.png",
    "static-blurred.png",
    "static-shaded.png",
    "static-photo.jpg",
    "zeropay-sticker.png",
    "bookshop.png",
];

impl<W: Write> Story<'_, W> {
    /// The last of the codes is good for a moment only.
    pub(super) async fn scan(&mut self) -> Result<ShortOrder, Failure> {
        let first = self.read(FIRST).await?;
        self.narrator.step("name.scan", &described("scan.read", FIRST, &first))?;
        for name in PICTURES {
            let code = self.read(name).await?;
            let is_same = code.reading().text == first.reading().text;
            let line = described(if is_same { "scan.same" } else { "scan.read" }, name, &code);
            self.narrator.more(&line)?;
        }
        let unpaid = ShortOrder::show(self.city)?;
        let code = self.read(SHORT_ORDER).await?;
        let line = described("scan.short", SHORT_ORDER, &code).with("life", SHORT_LIFE.count());
        self.narrator.more(&line)?;
        Ok(unpaid)
    }

    /// Reads a picture of the folder and asks the centre whose code it is.
    pub(super) async fn read(&self, name: &str) -> Result<ScannedCode, Failure> {
        Ok(self.citizen.wallet.scan_image(&self.picture(name)?).await?)
    }

    pub(super) fn picture(&self, name: &str) -> Result<Vec<u8>, Failure> {
        Ok(fs::read(self.city.picture(name))?)
    }
}

/// The merchant's name by the centre's word, as it is written in each language.
pub(super) fn merchant_name(code: &ScannedCode) -> Line {
    let merchant = code.merchant();
    let text = |text: &Option<Text>| text.as_ref().map_or_else(String::new, |text| text.as_str().to_owned());
    Line::new(&text(merchant.name()), &text(merchant.name_latin()))
}

fn described(key: &str, name: &str, code: &ScannedCode) -> Line {
    let kind = code.reading().kind.name();
    Line::of(key)
        .with("file", name)
        .with_line("kind", &Line::new(kind.ko, kind.en))
        .with_line("merchant", &merchant_name(code))
        .with_line("status", &Line::of(&format!("status.{}", code.merchant().status())))
}
