//! Code 128 (ISO/IEC 15417), code sets B and C: text as bars, in the fewest symbol characters.

use super::RenderError;
use super::picture::{check_module, encode_png, svg};
use image::{GrayImage, Luma};

/// The light margin on either side, in modules (ISO/IEC 15417).
pub const BAR_QUIET_ZONE: u32 = 10;

/// The most characters that are drawn: no till's scanner reads a longer one.
pub const LONGEST_BAR_TEXT: usize = 80;

/// The highest bars, in pixels.
const HIGHEST: u32 = 4_096;

const CODE_C: u8 = 99;
const CODE_B: u8 = 100;
const START_B: u8 = 104;
const START_C: u8 = 105;

/// Draws bars as a PNG file, `module_px` pixels to the module and `height_px` high, with their quiet zone.
pub fn code128_png(text: &str, module_px: u32, height_px: u32) -> Result<Vec<u8>, RenderError> {
    encode_png(&code128_image(text, module_px, height_px)?)
}

/// Draws bars as grey pixels: 0 is dark, 255 is light.
pub fn code128_image(text: &str, module_px: u32, height_px: u32) -> Result<GrayImage, RenderError> {
    check_module(module_px)?;
    check_height(height_px)?;
    let (width, bars) = bars(text)?;
    let is_dark = |module: u32| bars.iter().any(|(begin, wide)| (*begin..*begin + *wide).contains(&module));
    let row: Vec<u8> = (0..width).map(|module| if is_dark(module) { 0 } else { 255 }).collect();
    Ok(GrayImage::from_fn(width * module_px, height_px, |x, _| {
        let module = usize::try_from(x / module_px).ok().and_then(|module| row.get(module));
        Luma([module.copied().unwrap_or(255)])
    }))
}

/// Draws bars as an SVG file, one unit to the module and `height` modules high, with their quiet zone.
pub fn code128_svg(text: &str, height: u32) -> Result<String, RenderError> {
    check_height(height)?;
    let (width, bars) = bars(text)?;
    svg((width, height), height, bars.into_iter().map(|(x, width)| (x, 0, width)))
}

const fn check_height(height: u32) -> Result<(), RenderError> {
    if height == 0 || height > HIGHEST { Err(RenderError::ModuleSize) } else { Ok(()) }
}

/// The width of the symbol in modules, and its dark bars: where each begins, and how wide it is.
fn bars(text: &str) -> Result<(u32, Vec<(u32, u32)>), RenderError> {
    let mut symbol = symbol_characters(text)?;
    symbol.push(check_character(&symbol));
    let patterns = symbol.iter().filter_map(|value| PATTERNS.get(usize::from(*value)));
    let mut at = BAR_QUIET_ZONE;
    let mut bars = Vec::new();
    for pattern in patterns.chain([&STOP]) {
        for (number, width) in pattern.bytes().map(|digit| u32::from(digit - b'0')).enumerate() {
            // Bars and spaces take turns, a bar first.
            if number.is_multiple_of(2) {
                bars.push((at, width));
            }
            at += width;
        }
    }
    Ok((at + BAR_QUIET_ZONE, bars))
}

/// The start character and the data, in the fewest characters: two digits are one in set C, a change of sets costs one.
fn symbol_characters(text: &str) -> Result<Vec<u8>, RenderError> {
    let holds = |byte: u8| (b' '..=b'~').contains(&byte);
    if text.is_empty() || !text.bytes().all(holds) {
        return Err(RenderError::Characters);
    }
    if text.len() > LONGEST_BAR_TEXT {
        return Err(RenderError::TooLong);
    }
    let costs = costs(text.as_bytes());
    let cost = |at: usize| costs.get(at).copied().unwrap_or(Cost::DEAR);
    let mut is_in_c = cost(0).in_c < cost(0).in_b;
    let mut symbol = vec![if is_in_c { START_C } else { START_B }];
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let pair = pair_at(text.as_bytes(), at);
        let (through_b, through_c) = (cost(at + 1).in_b, pair.map_or(usize::MAX, |_| cost(at + 2).in_c));
        let change = if is_in_c {
            through_b.saturating_add(1) < through_c
        } else {
            through_c.saturating_add(1) < through_b
        };
        if change {
            symbol.push(if is_in_c { CODE_B } else { CODE_C });
            is_in_c = !is_in_c;
        }
        match pair.filter(|_| is_in_c) {
            Some(pair) => {
                symbol.push(pair);
                at += 2;
            }
            None => {
                symbol.push(byte - b' ');
                at += 1;
            }
        }
    }
    Ok(symbol)
}

/// How many symbol characters the rest of a text takes, by the set one is in.
#[derive(Clone, Copy)]
struct Cost {
    in_b: usize,
    in_c: usize,
}

impl Cost {
    const NOTHING: Self = Self { in_b: 0, in_c: 0 };
    /// Beyond the end, where nothing leads.
    const DEAR: Self = Self { in_b: usize::MAX / 4, in_c: usize::MAX / 4 };
}

/// The costs from every place of a text, and from its end.
fn costs(text: &[u8]) -> Vec<Cost> {
    let mut backwards = vec![Cost::NOTHING];
    for at in (0..text.len()).rev() {
        let after = |steps: usize| backwards.iter().rev().nth(steps - 1).copied().unwrap_or(Cost::DEAR);
        let through_b = 1 + after(1).in_b;
        let through_c = if pair_at(text, at).is_some() { 1 + after(2).in_c } else { Cost::DEAR.in_c };
        backwards.push(Cost { in_b: through_b.min(1 + through_c), in_c: through_c.min(1 + through_b) });
    }
    backwards.reverse();
    backwards
}

/// Two digits as one number.
fn pair_at(text: &[u8], at: usize) -> Option<u8> {
    match text.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

/// The start character and each character times its place, modulo 103.
fn check_character(symbol: &[u8]) -> u8 {
    let sum: u32 = symbol
        .iter()
        .zip([1].into_iter().chain(1..))
        .map(|(value, place): (_, u32)| u32::from(*value) * place)
        .sum();
    u8::try_from(sum % 103).unwrap_or_default()
}

/// The widths of bars and spaces, by a character's value (ISO/IEC 15417, table of symbol characters).
#[rustfmt::skip]
const PATTERNS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];

/// The stop character with its termination bar.
const STOP: &str = "2331112";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_1_a_text_takes_the_fewest_characters() {
        for (text, characters) in [
            ("A", &[START_B, 33][..]),
            ("12", &[START_C, 12]),
            ("123", &[START_B, 17, 18, 19]),
            ("1234", &[START_C, 12, 34]),
            ("12345", &[START_B, 17, CODE_C, 23, 45]),
            ("1234A", &[START_C, 12, 34, CODE_B, 33]),
            ("A1234", &[START_B, 33, CODE_C, 12, 34]),
            ("A12B", &[START_B, 33, 17, 18, 34]),
            ("00A", &[START_B, 16, 16, 33]),
            ("~ ", &[START_B, 94, 0]),
        ] {
            assert_eq!(symbol_characters(text).unwrap(), characters, "{text}");
        }
        // 24 digits: a start, twelve pairs; then check and stop, and the quiet zones.
        let (width, _) = bars("800088123456789012345678").unwrap();
        assert_eq!(width, 11 * (1 + 12 + 1) + 13 + 20);
    }

    #[test]
    fn bar_2_the_check_character_is_weighted_by_place() {
        // The well-known example "PJJ123C" begins in set A (103) and has a check character of 54.
        let symbol: Vec<u8> = [103].into_iter().chain("PJJ123C".bytes().map(|byte| byte - b' ')).collect();
        assert_eq!(check_character(&symbol), 54);
        assert_ne!(check_character(&[START_B, 1, 2]), check_character(&[START_B, 2, 1]));
    }

    #[test]
    fn bar_3_what_bars_do_not_hold_is_refused() {
        for text in ["", "서울", "a\n", "\u{7f}", "é"] {
            assert_eq!(code128_png(text, 2, 40).unwrap_err(), RenderError::Characters, "{text}");
        }
        assert_eq!(code128_png(&"1".repeat(81), 2, 40).unwrap_err(), RenderError::TooLong);
        assert!(code128_png(&"A".repeat(80), 2, 40).is_ok());
        for (module, height) in [(0, 40), (65, 40), (2, 0), (2, 4_097)] {
            assert_eq!(code128_png("1", module, height).unwrap_err(), RenderError::ModuleSize);
        }
    }

    #[test]
    fn every_pattern_is_eleven_modules_in_three_bars_and_stands_once() {
        let distinct: std::collections::BTreeSet<_> = PATTERNS.iter().collect();
        assert_eq!(distinct.len(), 106);
        for pattern in PATTERNS {
            let widths: Vec<u32> = pattern.bytes().map(|digit| u32::from(digit - b'0')).collect();
            assert_eq!((widths.len(), widths.iter().sum::<u32>()), (6, 11), "{pattern}");
            // The bars of every character add up to an even number of modules.
            assert_eq!(widths.iter().step_by(2).sum::<u32>() % 2, 0, "{pattern}");
        }
    }
}
