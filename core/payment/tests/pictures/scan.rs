//! Codes in pictures: what is read, what is refused and why, and the rate over the frozen set.

use citizen_payment::render::distort::{self, Dice, Turn};
use citizen_payment::render::{ErrorCorrection, encode_jpeg, encode_png, qr_image, qr_png};
use citizen_payment::scan::specimen::{Distortion, PAYLOADS};
use citizen_payment::scan::{LARGEST_FILE, LARGEST_PICTURE, ScanError, Symbology, read_image, read_luma};
use image::{GrayImage, Luma, Rgba, RgbaImage};
use std::time::{Duration, Instant};

const HANGUL: &str = "서울 착한가게 S-Coin 1,000원 결제 👍";

fn texts(bytes: &[u8]) -> Vec<String> {
    let mut texts: Vec<_> = read_image(bytes).unwrap().into_iter().map(|found| found.text).collect();
    texts.sort();
    texts
}

#[test]
fn scan_1_a_drawn_code_is_read_back_exactly_hangul_too() {
    for text in [HANGUL, PAYLOADS[0], PAYLOADS[1], "1"] {
        for correction in [ErrorCorrection::L, ErrorCorrection::M, ErrorCorrection::Q, ErrorCorrection::H] {
            assert_eq!(texts(&qr_png(text, 4, correction).unwrap()), [text]);
        }
    }
}

#[test]
fn scan_1_a_jpeg_is_read_as_a_png_is() {
    let image = qr_image(HANGUL, 6, ErrorCorrection::M).unwrap();
    for quality in [20, 50, 90] {
        assert_eq!(texts(&encode_jpeg(&image, quality).unwrap()), [HANGUL]);
    }
}

#[test]
fn scan_1_hangul_without_an_eci_is_read_too() {
    let symbol = qrcode::QrCode::new(HANGUL.as_bytes()).unwrap();
    let side = u32::try_from(symbol.width()).unwrap();
    let colors = symbol.to_colors();
    let image = GrayImage::from_fn((side + 8) * 4, (side + 8) * 4, |x, y| {
        let module = |at: u32| (at / 4).checked_sub(4).filter(|module| *module < side);
        let dark = module(x)
            .zip(module(y))
            .is_some_and(|(x, y)| colors[usize::try_from(y * side + x).unwrap()] == qrcode::Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    });
    assert_eq!(texts(&encode_png(&image).unwrap()), [HANGUL]);
}

#[test]
fn scan_5_every_code_in_a_picture_is_found_with_its_place() {
    let left = qr_image(PAYLOADS[0], 4, ErrorCorrection::M).unwrap();
    let right = qr_image(HANGUL, 5, ErrorCorrection::M).unwrap();
    let both = distort::beside(&left, &distort::place_on(&right, 30, 255));
    let found = read_image(&encode_png(&both).unwrap()).unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    let middle = i32::try_from(left.width()).unwrap();
    for code in &found {
        assert_eq!(code.symbology, Symbology::Qr);
        assert_eq!(code.corners.iter().all(|corner| corner.x > middle), code.text == HANGUL, "{code:?}");
    }
}

#[test]
fn scan_1_a_code_on_transparent_ground_is_read() {
    let image = qr_image(HANGUL, 4, ErrorCorrection::M).unwrap();
    let layered = RgbaImage::from_fn(image.width(), image.height(), |x, y| {
        Rgba([0, 0, 0, if image.get_pixel(x, y).0[0] == 0 { 255 } else { 0 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    layered.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    assert_eq!(texts(bytes.get_ref()), [HANGUL]);
}

#[test]
fn a_large_photograph_is_read_reduced_and_corners_are_in_its_own_pixels() {
    let code = qr_image(PAYLOADS[0], 16, ErrorCorrection::M).unwrap();
    let photograph = distort::place_on(&code, 700, 200);
    let found = read_luma(&photograph);
    assert_eq!(found.len(), 1);
    assert!(found[0].corners.iter().all(|corner| corner.x > 700 && corner.y > 700), "{found:?}");
}

#[test]
fn scan_2_a_file_that_is_no_picture_is_refused() {
    for bytes in [&b""[..], b"hello", b"GIF89a", b"\x89PNG", b"%PDF-1.7"] {
        assert_eq!(read_image(bytes), Err(ScanError::NotAnImage));
    }
}

#[test]
fn scan_3_a_huge_file_or_picture_is_refused_before_it_is_decoded() {
    let mut huge = qr_png("1", 1, ErrorCorrection::M).unwrap();
    huge.resize(usize::try_from(LARGEST_FILE).unwrap() + 1, 0);
    assert!(matches!(read_image(&huge), Err(ScanError::TooLarge { unit: "bytes", .. })));
    // A decompression bomb: a header that promises 60,000 by 60,000 pixels, and almost no data.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\0\0\0\0".to_vec();
    bomb.extend(crc32(&bomb[12..]).to_be_bytes());
    bomb.extend(b"\0\0\0\x02IDAT\x78\x9c");
    bomb.extend(crc32(b"IDAT\x78\x9c").to_be_bytes());
    let error = read_image(&bomb).unwrap_err();
    assert_eq!(error, ScanError::TooLarge { size: 3_600_000_000, limit: LARGEST_PICTURE, unit: "pixels" });
}

/// The check value of a PNG chunk (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xEDB8_8320 },
        )
    })
}

#[test]
fn scan_4_a_truncated_picture_is_damaged_and_an_empty_one_has_no_code() {
    let png = qr_png(HANGUL, 4, ErrorCorrection::M).unwrap();
    for length in [9, 20, 33, 60, png.len() / 2] {
        assert_eq!(read_image(&png[..length]), Err(ScanError::Damaged), "{length}");
    }
    let jpeg = encode_jpeg(&qr_image(HANGUL, 4, ErrorCorrection::M).unwrap(), 80).unwrap();
    assert_eq!(read_image(&jpeg[..30]), Err(ScanError::Damaged));
    for length in [jpeg.len() / 4, jpeg.len() / 2, jpeg.len() - 2] {
        assert_eq!(read_image(&jpeg[..length]), Err(ScanError::Damaged), "{length}");
    }
    let white = encode_png(&GrayImage::from_pixel(200, 100, Luma([255]))).unwrap();
    assert_eq!(read_image(&white), Err(ScanError::NoCode));
}

#[test]
fn scan_4_a_jpeg_is_whole_whatever_stands_inside_and_behind_it() {
    let jpeg = encode_jpeg(&qr_image(HANGUL, 4, ErrorCorrection::M).unwrap(), 80).unwrap();
    // A camera's own segment that holds an end marker, as that of a small preview; a film behind the picture.
    let segment = [0xFF, 0xE1, 0x00, 0x08, b'E', b'x', 0xFF, 0xD9, 0x00, 0x00];
    let photograph = [&jpeg[..2], &segment, &jpeg[2..], b"film"].concat();
    assert_eq!(texts(&photograph), [HANGUL]);
    let cut = &photograph[..photograph.len() - 6];
    assert_eq!(read_image(cut), Err(ScanError::Damaged));
}

#[test]
fn scan_3_what_unpacks_to_too_much_is_refused_in_little_time() {
    let start = Instant::now();
    // 7,000 by 7,000 pixels are within bounds; at eight bytes to the pixel they are not.
    let deep = png_of_zeros(7_000, 7_000, 16, 6);
    assert!(deep.len() < 3_000_000, "{}", deep.len());
    assert!(matches!(read_image(&deep), Err(ScanError::TooLarge { .. })));
    // A colour profile of 300 million bytes in a picture of one pixel.
    let mut small = png_of_zeros(1, 1, 8, 0);
    let profile = [b"icc\0\0".to_vec(), deflated_zeros(300_000_000)].concat();
    let header = 8 + 25;
    small.splice(header..header, chunk(b"iCCP", &profile));
    assert!(!matches!(read_image(&small), Ok(_) | Err(ScanError::NotAnImage)));
    // A black picture within bounds: nothing is found, in bounded time.
    assert_eq!(read_image(&png_of_zeros(7_000, 7_000, 8, 0)), Err(ScanError::NoCode));
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// A PNG chunk (ISO/IEC 15948).
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let covered = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), &covered, &crc32(&covered).to_be_bytes()].concat()
}

/// A PNG whose rows are all zero: of depth `depth` and colour type `color`.
fn png_of_zeros(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let channels = if color == 6 { 4 } else { 1 };
    let row = 1 + u64::from(width) * channels * u64::from(depth) / 8;
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = [size.as_slice(), &[depth, color, 0, 0, 0]].concat();
    let data = deflated_zeros(row * u64::from(height));
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &data), chunk(b"IEND", b"")]
        .concat()
}

#[test]
fn scan_4_no_flipped_byte_makes_the_reader_panic_or_read_another_text() {
    let png = qr_png("3-12345678901234567890123", 2, ErrorCorrection::M).unwrap();
    for place in (0..png.len()).step_by(7) {
        let mut damaged = png.clone();
        damaged[place] ^= 0x55;
        if let Ok(found) = read_image(&damaged) {
            assert!(found.iter().all(|found| found.text == "3-12345678901234567890123"), "{place}");
        }
    }
}

#[test]
fn pictures_of_the_smallest_sizes_are_looked_at() {
    for (width, height) in [(1, 1), (1, 50), (50, 1), (2, 3), (3, 200)] {
        assert!(read_luma(&GrayImage::from_pixel(width, height, Luma([0]))).is_empty());
    }
    assert!(read_luma(&GrayImage::new(0, 0)).is_empty());
}

#[test]
fn the_distortions_do_what_they_say() {
    let symbol = qr_image("1", 4, ErrorCorrection::M).unwrap();
    let mut dice = Dice::new(1);
    assert_eq!(distort::invert(&distort::invert(&symbol)), symbol);
    assert!(distort::rotate(&symbol, Turn::ALL[4]).width() > symbol.width());
    assert_eq!(distort::shrink(&symbol, 1, 4).width(), symbol.width() / 4);
    assert_ne!(distort::noise(&symbol, 30, &mut dice), distort::noise(&symbol, 30, &mut dice));
    let names: std::collections::BTreeSet<_> = Distortion::ALL.iter().map(|one| one.as_str()).collect();
    assert_eq!(names.len(), 10);
}

/// Zeros as a zlib stream (RFC 1950, RFC 1951), one byte for 1,032 of them: fixed codes, a zero, then runs of 258.
fn deflated_zeros(count: u64) -> Vec<u8> {
    // Final block with fixed codes (1, then 01 lowest bit first); literal 0 is 00110000; length 258 is code 285,
    // 11000101; distance 1 is code 0, five zero bits; the end of the block is seven zero bits.
    let mut bits = Bits { bytes: vec![0x78, 0x9C], used: 0 };
    bits.put(&[1, 1, 0]);
    let literal = [0, 0, 1, 1, 0, 0, 0, 0];
    for _ in 0..=count % 258 {
        bits.put(&literal);
    }
    let run = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    for _ in 0..count / 258 {
        bits.put(&run);
    }
    bits.put(&[0; 7]);
    // The sum of Adler-32 over zeros: 1, and the count.
    let total = count + 1;
    let high = u32::try_from(total % 65_521).unwrap();
    let mut bytes = bits.bytes;
    bytes.extend(((high << 16) | 1).to_be_bytes());
    bytes
}

struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, bits: &[u8]) {
        for bit in bits {
            if self.used == 0 {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= bit << self.used;
            self.used = (self.used + 1) % 8;
        }
    }
}
