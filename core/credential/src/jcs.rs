//! RFC 8785, JSON Canonicalization Scheme: one text for one value, to be hashed and signed.

use citizen_primitives::order::sort_by;
use serde_json::{Map, Number, Value};

/// Up to here (2^53) every whole number is a double.
const LAST_WHOLE: u64 = 1 << 53;

/// Why a value has no canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JcsError {
    /// A whole number that no double is equal to: two values would get one text (RFC 8785, 3.2.2.3).
    #[error("a number that no IEEE 754 double is equal to")]
    NoDouble,
}

/// The canonical text.
pub fn to_string(value: &Value) -> Result<String, JcsError> {
    let mut text = String::new();
    write_value(value, &mut text)?;
    Ok(text)
}

fn write_value(value: &Value, text: &mut String) -> Result<(), JcsError> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(&number_text(number)?),
        Value::String(string) => write_string(string, text),
        Value::Array(elements) => write_array(elements, text)?,
        Value::Object(members) => write_object(members, text)?,
    }
    Ok(())
}

fn write_array(elements: &[Value], text: &mut String) -> Result<(), JcsError> {
    text.push('[');
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_value(element, text)?;
    }
    text.push(']');
    Ok(())
}

/// Members in the order of their names as UTF-16 (3.2.3).
fn write_object(members: &Map<String, Value>, text: &mut String) -> Result<(), JcsError> {
    let mut sorted: Vec<_> = members.iter().collect();
    sort_by(&mut sorted, |(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    text.push('{');
    for (place, (name, value)) in sorted.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_string(name, text);
        text.push(':');
        write_value(value, text)?;
    }
    text.push('}');
    Ok(())
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            c if c < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}

fn number_text(number: &Number) -> Result<String, JcsError> {
    let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    match (whole, number.as_f64()) {
        (Some(whole), _) if whole <= LAST_WHOLE => Ok(number.to_string()),
        (Some(whole), _) if whole >> whole.trailing_zeros() > LAST_WHOLE => Err(JcsError::NoDouble),
        (_, Some(double)) => Ok(double_text(double)),
        (_, None) => Err(JcsError::NoDouble),
    }
}

/// A double as ECMAScript writes it: `Number::toString` of ECMA-262. The fewest digits that are read back as the same, and of those
/// the nearest, an even one between two: `serde_json` finds them, the formatting of Rust itself ends odd at times.
fn double_text(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    let sign = if double < 0.0 { "-" } else { "" };
    let text = Value::from(double.abs()).to_string();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let zeros = all.len().saturating_sub(all.trim_start_matches('0').len());
    let tens = i32::try_from(whole.len()).unwrap_or_default().saturating_sub(1);
    let tens = tens.saturating_sub(i32::try_from(zeros).unwrap_or_default());
    let exponent = exponent.parse::<i32>().unwrap_or_default().saturating_add(tens);
    format!("{sign}{}", placed(all.trim_matches('0'), exponent))
}

/// The digits with their point, the first digit standing for so many tens.
fn placed(digits: &str, exponent: i32) -> String {
    let before_point = usize::try_from(exponent.saturating_add(1)).unwrap_or_default();
    match exponent {
        0..=20 if digits.len() <= before_point => format!("{digits:0<before_point$}"),
        0..=20 => {
            let (whole, rest) = digits.split_at(before_point);
            format!("{whole}.{rest}")
        }
        -6..=-1 => {
            let zeros = usize::try_from(exponent.saturating_neg().saturating_sub(1)).unwrap_or_default();
            format!("0.{}{digits}", "0".repeat(zeros))
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            format!("{first}{point}{rest}e{exponent:+}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn jcs_2_doubles_are_written_as_ecmascript_writes_them() {
        for (bits, text) in [
            (0x4340_0000_0000_0001, "9007199254740994"),
            (0x4340_0000_0000_0002, "9007199254740996"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(double_text(f64::from_bits(bits)), text);
        }
    }

    #[test]
    fn jcs_3_a_whole_number_that_is_no_double_has_no_text() {
        assert_eq!(to_string(&json!(9_007_199_254_740_993_u64)), Err(JcsError::NoDouble));
        assert_eq!(to_string(&json!(-9_007_199_254_740_993_i64)), Err(JcsError::NoDouble));
        assert_eq!(to_string(&json!(u64::MAX)), Err(JcsError::NoDouble));
        assert_eq!(to_string(&json!(9_007_199_254_740_992_u64)).unwrap(), "9007199254740992");
        assert_eq!(to_string(&json!(9_223_372_036_854_775_808_u64)).unwrap(), "9223372036854776000");
    }

    #[test]
    fn jcs_1_members_stand_in_the_order_of_utf_16() {
        // U+FB33 is after U+1F600 in UTF-16, before it in UTF-8.
        let value = json!({ "\u{fb33}": 1, "\u{1f600}": 2, "\u{20ac}": 3, "\r": 4, "1": 5, "홍 길동": 6 });
        let text = "{\"\\r\":4,\"1\":5,\"\u{20ac}\":3,\"홍 길동\":6,\"\u{1f600}\":2,\"\u{fb33}\":1}";
        assert_eq!(to_string(&value).unwrap(), text);
    }
}
