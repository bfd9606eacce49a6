//! Pictures of codes as a phone's camera sees them: straight, turned, small, out of focus, half in the shade, photographed.

use crate::folder::{FolderError, Secrecy, at, write_whole};
use crate::merchants::{BAKERY, BOOKSHOP, CLOSED, ShopError, ZEROPAY_STICKER, printed_code};
use citizen_payment::render::distort::{
    Dice, Turn, blur, noise, perspective, place_on, rotate, shade, shrink,
};
use citizen_payment::render::{ErrorCorrection, RenderError, encode_jpeg, encode_png, qr_image};
use image::GrayImage;
use std::path::Path;

/// A picture file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its file name.
    pub name: &'static str,
    /// What the code in it says.
    pub text: String,
    /// PNG or JPEG.
    pub bytes: Vec<u8>,
}

/// Why no picture was made.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A merchant.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// A picture that cannot be drawn.
    #[error(transparent)]
    Drawing(#[from] RenderError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// A code that everybody has seen and that pays nothing.
pub const NOT_A_PAYMENT: &str = "https://www.seoul.go.kr/";

/// The printed codes of the sandbox's merchants: always the same bytes (SANDBOX-3).
pub fn printed() -> Result<Vec<Picture>, PictureError> {
    let bakery = printed_code(BAKERY)?;
    let straight = qr_image(&bakery, 6, ErrorCorrection::M)?;
    let png = |name, image: &GrayImage| picture(name, &bakery, image);
    Ok(vec![
        png("static-straight.png", &straight)?,
        png("static-rotated.png", &place_on(&rotate(&straight, turned()), 30, 200))?,
        png("static-small.png", &place_on(&shrink(&straight, 1, 3), 120, 230))?,
        png("static-blurred.png", &blur(&straight, 2, 2))?,
        png("static-shaded.png", &place_on(&shade(&straight, 70), 20, 60))?,
        Picture {
            name: "static-photo.jpg",
            bytes: encode_jpeg(&photographed(&straight), 70)?,
            text: bakery.clone(),
        },
        of("bookshop.png", &printed_code(BOOKSHOP)?)?,
        of("zeropay-sticker.png", ZEROPAY_STICKER)?,
        of("closed-shop.png", &printed_code(CLOSED)?)?,
        of("not-a-payment.png", NOT_A_PAYMENT)?,
    ])
}

/// A picture of one text, straight.
pub fn of(name: &'static str, text: &str) -> Result<Picture, PictureError> {
    picture(name, text, &qr_image(text, 6, ErrorCorrection::M)?)
}

/// Writes pictures into a folder, which is made if it is not there.
pub fn write(folder: &Path, pictures: &[Picture]) -> Result<(), PictureError> {
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    for picture in pictures {
        write_whole(&folder.join(picture.name), &picture.bytes, Secrecy::Open)?;
    }
    Ok(())
}

fn picture(name: &'static str, text: &str, image: &GrayImage) -> Result<Picture, PictureError> {
    Ok(Picture { name, text: text.to_owned(), bytes: encode_png(image)? })
}

/// By twenty degrees.
const fn turned() -> Turn {
    let [_, _, _, twenty, ..] = Turn::ALL;
    twenty
}

/// Held askew, in bad light, by a cheap camera.
fn photographed(straight: &GrayImage) -> GrayImage {
    noise(&shade(&perspective(&place_on(straight, 40, 210), 120, 60), 40), 8, &mut Dice::new(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_payment::scan::read_image;
    use std::path::PathBuf;

    fn committed() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/codes")
    }

    #[test]
    fn every_picture_reads_back_as_its_code() {
        for picture in printed().unwrap() {
            let found =
                read_image(&picture.bytes).unwrap_or_else(|error| panic!("{}: {error}", picture.name));
            assert_eq!(found.first().unwrap().text, picture.text, "{}", picture.name);
        }
    }

    #[test]
    fn sandbox_3_the_pictures_in_the_repository_are_those_of_the_program() {
        if std::env::var_os("UPDATE_CODES").is_some() {
            write(&committed(), &printed().unwrap()).unwrap();
        }
        for picture in printed().unwrap() {
            let bytes = std::fs::read(committed().join(picture.name)).unwrap_or_default();
            assert!(bytes == picture.bytes, "{}: run this test with UPDATE_CODES=1", picture.name);
        }
    }
}
