//! Codes to print: a QR symbol as PNG or SVG, and a page of A6 for the counter.

use crate::failure::Failure;
use crate::folder::Shop;
use citizen_payment::render::{ErrorCorrection, QUIET_ZONE, qr_image, qr_png};
use std::fmt::Write as _;

/// Pixels to the module of a PNG: 300 dots to the inch make 0.68 mm of it.
const MODULE_PIXELS: u32 = 8;

/// A4 folded twice: 105 by 148 mm (ISO 216).
const PAGE: (f32, f32) = (105.0, 148.0);
/// The symbol's side on the page, in mm, quiet zone included.
const SYMBOL: f32 = 70.0;

/// The symbol as a PNG file.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, Failure> {
    qr_png(text, MODULE_PIXELS, ErrorCorrection::M).map_err(|_| Failure::invalid("code-too-long"))
}

/// The symbol as an SVG file, one unit to the module.
pub(crate) fn svg(text: &str) -> Result<String, Failure> {
    let (side, path) = modules(text)?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>\n"
    ))
}

/// A page of A6: the shop's name, the symbol, what to do, and what to look for before paying.
pub(crate) fn page(shop: &Shop) -> Result<String, Failure> {
    let (side, path) = modules(&shop.printed_code)?;
    let (width, height) = PAGE;
    let scale = SYMBOL / f32::from(u16::try_from(side).unwrap_or(u16::MAX));
    let left = (width - SYMBOL) / 2.0;
    let [name, latin, district, merchant] =
        [shop.name.as_str(), shop.name_latin.as_str(), shop.district.as_str(), shop.merchant.as_str()]
            .map(escaped);
    let mut page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" text-anchor=\"middle\">\n\
         <title>{name}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    let mut line = |y: f32, size: f32, text: &str| {
        // Writing to a string does not fail. A long name is set as wide as the page.
        let widest = width - 10.0;
        let letters = text.chars().map(|letter| if letter.is_ascii() { 0.6_f32 } else { 1.0 }).sum::<f32>();
        let size = size.min(widest / letters.max(1.0));
        let _ = writeln!(page, "<text x=\"{}\" y=\"{y}\" font-size=\"{size:.2}\">{text}</text>", width / 2.0);
    };
    line(17.0, 9.0, &name);
    line(24.0, 4.5, &latin);
    line(107.0, 4.5, "스캔하고 금액을 입력하세요");
    line(113.0, 3.6, "Scan, then type the amount");
    line(124.0, 3.2, &format!("화면의 가게 이름이 {name}인지 확인하세요"));
    line(129.0, 3.0, &format!("Check that the screen says {latin}"));
    line(140.0, 2.6, &format!("{district} · {merchant}"));
    let _ = writeln!(
        page,
        "<g transform=\"translate({left} 29) scale({scale})\" shape-rendering=\"crispEdges\">\
         <path d=\"{path}\" fill=\"#000\"/></g>\n</svg>"
    );
    Ok(page)
}

/// The symbol's side with its quiet zone, in modules, and its dark modules as a path: runs of each row.
fn modules(text: &str) -> Result<(u32, String), Failure> {
    let image = qr_image(text, 1, ErrorCorrection::M).map_err(|_| Failure::invalid("code-too-long"))?;
    let side = image.width();
    let mut path = String::new();
    for y in QUIET_ZONE..side.saturating_sub(QUIET_ZONE) {
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|at| image.get_pixel(*at, y).0 == [0]).count();
            let run = u32::try_from(run).unwrap_or(0);
            if run > 0 {
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x = x.saturating_add(run.max(1));
        }
    }
    Ok((side, path))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::{MerchantId, Text};
    use std::collections::BTreeSet;

    fn shop(name: &str) -> Shop {
        Shop {
            city: "http://127.0.0.1:1/".parse().unwrap(),
            merchant: MerchantId::new("2000001").unwrap(),
            name: Text::new(name).unwrap(),
            name_latin: Text::new("A & B").unwrap(),
            district: Text::new("마포구").unwrap(),
            counter: Text::new("1").unwrap(),
            printed_code: "1".to_owned(),
        }
    }

    /// Where a path is dark: each run is `M{x} {y}h{length}v1h-{length}z`.
    fn dark(path: &str) -> BTreeSet<(u32, u32)> {
        let mut dark = BTreeSet::new();
        for run in path.split_terminator('z') {
            let (place, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (length, back) = rest.split_once("v1h-").unwrap();
            assert_eq!(length, back);
            let (x, y, length): (u32, u32, u32) =
                (x.parse().unwrap(), y.parse().unwrap(), length.parse().unwrap());
            dark.extend((x..x + length).map(|x| (x, y)));
        }
        dark
    }

    #[test]
    fn the_drawing_is_the_symbol_module_by_module() {
        for text in ["1", "00020101021129300012D156000000000510A93FO3230Q", "망원빵집"] {
            let image = qr_image(text, 1, ErrorCorrection::M).unwrap();
            let pixels = image.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 == [0]);
            let (side, path) = modules(text).unwrap();
            assert_eq!(side, image.width());
            assert_eq!(dark(&path), pixels.map(|(x, y, _)| (x, y)).collect());
            assert!(svg(text).unwrap().contains(&path));
        }
    }

    #[test]
    fn a_name_cannot_write_into_the_page() {
        let page = page(&shop("<script>\"&")).unwrap();
        assert!(page.contains("&lt;script&gt;&quot;&amp;") && !page.contains("<script"));
        assert!(page.contains("width=\"105mm\" height=\"148mm\"") && page.contains("A &amp; B"));
    }
}
