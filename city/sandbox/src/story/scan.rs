//! She reads codes from pictures.

use super::Story;
use crate::failure::Failure;
use crate::narrator::Line;
use citizen_wallet::ScannedCode;
use std::fs;
use std::io::Write;

/// The same code as a camera sees it, and codes of other makes.
const PICTURES: [&str; 8] = [
    "static-straight.png",
    "static-rotated.png",
    "static-small.png",
    "static-blurred.png",
    "static-shaded.png",
    "static-photo.jpg",
    "zeropay-sticker.png",
    "bookshop.png",
];

impl<W: Write> Story<'_, W> {
    pub(super) async fn scan(&mut self) -> Result<(), Failure> {
        for (at, name) in PICTURES.iter().enumerate() {
            let code = self.read(name).await?;
            let line = scanned(name, &code);
            if at == 0 { self.narrator.step("name.scan", &line)? } else { self.narrator.more(&line)? }
        }
        Ok(())
    }

    /// Reads a picture of the folder and asks the centre whose code it is.
    pub(super) async fn read(&self, name: &str) -> Result<ScannedCode, Failure> {
        Ok(self.citizen.wallet.scan_image(&self.picture(name)?).await?)
    }

    pub(super) fn picture(&self, name: &str) -> Result<Vec<u8>, Failure> {
        Ok(fs::read(self.city.picture(name))?)
    }
}

fn scanned(name: &str, code: &ScannedCode) -> Line {
    let merchant = code.merchant();
    let text = |text: &Option<citizen_wallet::Text>| {
        text.as_ref().map_or_else(String::new, |text| text.as_str().to_owned())
    };
    let kind = code.reading().kind.name();
    let names = Line::new(&text(merchant.name()), &text(merchant.name_latin()));
    Line::of("scan.read")
        .with("file", name)
        .with_line("kind", &Line::new(kind.ko, kind.en))
        .with_line("merchant", &names)
        .with_line("status", &Line::of(&format!("status.{}", merchant.status())))
}
