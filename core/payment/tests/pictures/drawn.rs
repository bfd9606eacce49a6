//! What is drawn, by the word of a decoder that shares no code with it.

use citizen_payment::render::{
    BAR_QUIET_ZONE, ErrorCorrection, QUIET_ZONE, code128_image, code128_png, code128_svg, qr_image, qr_svg,
};
use citizen_payment::scan::specimen::{BAR_PAYLOADS, PAYLOADS};
use citizen_payment::scan::{Symbology, read_image};
use image::{GrayImage, Luma};
use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{
    BarcodeFormat, BinaryBitmap, Luma8LuminanceSource, RXingResult, RXingResultMetadataType,
    RXingResultMetadataValue, Reader as _,
};

fn told(image: &GrayImage, format: BarcodeFormat) -> RXingResult {
    let (width, height) = image.dimensions();
    rxing::helpers::detect_in_luma_slice(image.as_raw(), width, height, Some(format)).unwrap()
}

/// The same by the reader that tells a symbol's data codewords.
fn codewords(image: &GrayImage) -> RXingResult {
    let source = Luma8LuminanceSource::new(image.as_raw().clone(), image.width(), image.height()).unwrap();
    QRCodeReader.decode(&mut BinaryBitmap::new(HybridBinarizer::new(source))).unwrap()
}

fn first_bits(result: &RXingResult, count: usize) -> String {
    let bits: String = result.getRawBytes().iter().map(|byte| format!("{byte:08b}")).collect();
    bits[..count].to_owned()
}

/// What the symbol says of itself: `]Q2` with an ECI, `]Q1` without; and its byte segments.
fn segments(result: &RXingResult) -> (String, Vec<Vec<u8>>) {
    let metadata = result.getRXingResultMetadata();
    let identifier = metadata.get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER);
    let segments = metadata.get(&RXingResultMetadataType::BYTE_SEGMENTS);
    match (identifier, segments) {
        (
            Some(RXingResultMetadataValue::SymbologyIdentifier(identifier)),
            Some(RXingResultMetadataValue::ByteSegments(segments)),
        ) => (identifier.clone(), segments.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn qr_2_a_text_begins_with_its_designator_and_the_byte_mode() {
    // ISO/IEC 18004: an ECI is 0111 and its number, 26 for UTF-8; byte mode is 0100, then the count in eight bits.
    for (text, head) in
        [("서울", "01110001101001000000_0110"), ("ABC 123", "01000000_0111"), ("12345678", "01000000_1000")]
    {
        let result = codewords(&qr_image(text, 4, ErrorCorrection::M).unwrap());
        let head = head.replace('_', "");
        assert_eq!(first_bits(&result, head.len()), head, "{text}");
    }
}

#[test]
fn qr_2_a_text_is_one_byte_segment_and_has_an_eci_where_it_is_not_ascii() {
    let texts =
        [PAYLOADS[0], PAYLOADS[1], PAYLOADS[3], "800088123456789012345678", "서울 ABC 0123456789", "é"];
    for text in texts {
        let result = codewords(&qr_image(text, 4, ErrorCorrection::M).unwrap());
        let identifier = if text.is_ascii() { "]Q1" } else { "]Q2" };
        assert_eq!(segments(&result), (identifier.to_owned(), vec![text.as_bytes().to_vec()]), "{text}");
        assert_eq!(result.getText(), text);
    }
}

#[test]
fn qr_4_the_error_correction_is_the_one_that_was_asked_for() {
    for (correction, name) in [
        (ErrorCorrection::L, "L"),
        (ErrorCorrection::M, "M"),
        (ErrorCorrection::Q, "Q"),
        (ErrorCorrection::H, "H"),
    ] {
        let result = told(&qr_image(PAYLOADS[0], 4, correction).unwrap(), BarcodeFormat::QR_CODE);
        let level = result.getRXingResultMetadata().get(&RXingResultMetadataType::ERROR_CORRECTION_LEVEL);
        let Some(RXingResultMetadataValue::ErrorCorrectionLevel(level)) = level else { panic!("{level:?}") };
        assert_eq!(level, name);
    }
}

#[test]
fn bar_1_every_character_and_every_pair_of_digits_is_read_back() {
    let printable: String = (b' '..=b'~').map(char::from).collect();
    let pairs: String = (0..100).map(|pair| format!("{pair:02}")).collect();
    let pieces = [&printable, &pairs].into_iter().flat_map(|text| text.as_bytes().chunks(40));
    let texts = pieces.map(|piece| String::from_utf8(piece.to_vec()).unwrap());
    let mixed =
        ["A1", "1A", "1234A", "A1234", "12345", "AB1234567CD12", "0", "00", "S-COIN 2026"].map(str::to_owned);
    for text in texts.chain(mixed).chain(BAR_PAYLOADS.map(str::to_owned)) {
        let result = told(&code128_image(&text, 3, 60).unwrap(), BarcodeFormat::CODE_128);
        assert_eq!(result.getText(), text);
    }
}

#[test]
fn bar_2_a_module_that_changes_never_makes_another_text() {
    let image = code128_image("800088123456789012345678", 2, 40).unwrap();
    let mut read = 0;
    for module in BAR_QUIET_ZONE..image.width() / 2 - BAR_QUIET_ZONE {
        let mut changed = image.clone();
        for (x, y) in [module * 2, module * 2 + 1].into_iter().flat_map(|x| (0..40).map(move |y| (x, y))) {
            let Luma([value]) = *changed.get_pixel(x, y);
            changed.put_pixel(x, y, Luma([255 - value]));
        }
        let found = read_image(&citizen_payment::render::encode_png(&changed).unwrap());
        let texts: Vec<_> = found.into_iter().flatten().map(|found| found.text).collect();
        read += texts.len();
        assert!(texts.iter().all(|text| text == "800088123456789012345678"), "{module}: {texts:?}");
    }
    println!("{read} read in spite of a changed module");
}

#[test]
fn bar_1_bars_in_a_picture_are_read_with_their_place() {
    let found = read_image(&code128_png(BAR_PAYLOADS[0], 3, 80).unwrap()).unwrap();
    assert_eq!((found[0].text.as_str(), found[0].symbology), (BAR_PAYLOADS[0], Symbology::Code128));
    assert_eq!(found.len(), 1);
}

/// The dark units of a drawing, by its paths alone.
fn rasterised(svg: &str, side: (u32, u32)) -> GrayImage {
    let mut image = GrayImage::from_pixel(side.0, side.1, Luma([255]));
    let path = svg.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
    for bar in path.split('z').filter(|bar| !bar.is_empty()) {
        let numbers: Vec<u32> = bar
            .split(|character: char| !character.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .map(|number| number.parse().unwrap())
            .collect();
        let [x, y, width, height, back] = numbers[..] else { panic!("{bar}") };
        assert_eq!(width, back);
        for (x, y) in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            image.put_pixel(x, y, Luma([0]));
        }
    }
    image
}

#[test]
fn qr_1_bar_1_the_drawing_is_the_picture() {
    let picture = qr_image(PAYLOADS[1], 1, ErrorCorrection::Q).unwrap();
    let drawing = qr_svg(PAYLOADS[1], ErrorCorrection::Q).unwrap();
    assert!(drawing.contains(&format!("viewBox=\"0 0 {0} {0}\"", picture.width())), "{drawing}");
    assert_eq!(rasterised(&drawing, picture.dimensions()), picture);
    let picture = code128_image(BAR_PAYLOADS[3], 1, 30).unwrap();
    let drawing = code128_svg(BAR_PAYLOADS[3], 30).unwrap();
    assert_eq!(rasterised(&drawing, picture.dimensions()), picture);
    assert_eq!((QUIET_ZONE, BAR_QUIET_ZONE), (4, 10));
    let dark = |x: u32| picture.get_pixel(x, 0).0 == [0];
    assert!((0..10).all(|x| !dark(x) && !dark(picture.width() - 1 - x)) && dark(10));
}
