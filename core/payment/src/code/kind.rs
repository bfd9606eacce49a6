//! What a text is, by its shape.
//!
//! Sources: the scan tables of two Korean payment terminal makers agree on the shapes and their order; ZeroPay's own
//! grammar is not public. Where one maker is wider than the other, the wider reading is taken.

use super::mpm;
use super::{Field, FieldName, Position};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// EMV merchant-presented mode.
    EmvMpm,
    /// EMV consumer-presented mode.
    EmvCpm,
    /// ZeroPay consumer code as a barcode: 24 digits, `800088…`.
    ZeropayBarcode,
    /// ZeroPay consumer code as a QR code: 25 characters, `3-…`.
    ZeropayQr,
    /// ZeroPay merchant's static code, by an inferred shape (CODE-5).
    ZeropayStatic,
    /// Seoul Pay consumer code.
    Seoulpay,
    /// KakaoPay consumer code.
    Kakaopay,
    /// Alipay consumer code.
    Alipay,
    /// WeChat Pay consumer code.
    Wechat,
    /// SSG Pay consumer code.
    Ssgpay,
    /// L.Pay consumer code.
    Lpay,
    /// A card company's app: another 21 digits.
    AppCard,
    /// None of these.
    Unknown,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::EmvMpm,
        Self::EmvCpm,
        Self::ZeropayBarcode,
        Self::ZeropayQr,
        Self::ZeropayStatic,
        Self::Seoulpay,
        Self::Kakaopay,
        Self::Alipay,
        Self::Wechat,
        Self::Ssgpay,
        Self::Lpay,
        Self::AppCard,
        Self::Unknown,
    ];

    /// The stable name: `emv-mpm`, `zeropay-static`…
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmvMpm => "emv-mpm",
            Self::EmvCpm => "emv-cpm",
            Self::ZeropayBarcode => "zeropay-barcode",
            Self::ZeropayQr => "zeropay-qr",
            Self::ZeropayStatic => "zeropay-static",
            Self::Seoulpay => "seoulpay",
            Self::Kakaopay => "kakaopay",
            Self::Alipay => "alipay",
            Self::Wechat => "wechat",
            Self::Ssgpay => "ssgpay",
            Self::Lpay => "lpay",
            Self::AppCard => "app-card",
            Self::Unknown => "unknown",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn name(self) -> FieldName {
        match self {
            Self::EmvMpm => FieldName::new("EMV merchant-presented code", "EMV 가맹점 제시 코드"),
            Self::EmvCpm => FieldName::new("EMV consumer-presented code", "EMV 소비자 제시 코드"),
            Self::ZeropayBarcode => FieldName::new("ZeroPay customer barcode", "제로페이 고객 바코드"),
            Self::ZeropayQr => FieldName::new("ZeroPay customer QR code", "제로페이 고객 QR 코드"),
            Self::ZeropayStatic => {
                FieldName::new("ZeroPay merchant code (by its shape)", "제로페이 가맹점 코드(모양으로 추정)")
            }
            Self::Seoulpay => FieldName::new("Seoul Pay customer code", "서울페이 고객 코드"),
            Self::Kakaopay => FieldName::new("KakaoPay customer code", "카카오페이 고객 코드"),
            Self::Alipay => FieldName::new("Alipay customer code", "알리페이 고객 코드"),
            Self::Wechat => FieldName::new("WeChat Pay customer code", "위챗페이 고객 코드"),
            Self::Ssgpay => FieldName::new("SSG Pay customer code", "SSG페이 고객 코드"),
            Self::Lpay => FieldName::new("L.Pay customer code", "엘페이 고객 코드"),
            Self::AppCard => FieldName::new("card app code", "앱카드 코드"),
            Self::Unknown => FieldName::new("not a payment code", "결제 코드가 아님"),
        }
    }

    /// Whether a customer shows such a code to be charged: a wallet that scans one cannot pay it.
    #[must_use]
    pub const fn is_shown_by_customer(self) -> bool {
        !matches!(self, Self::EmvMpm | Self::ZeropayStatic | Self::Unknown)
    }

    /// Classifies a text without white space around it; the order is part of the rule (CODE-4).
    pub(crate) fn of(text: &str) -> Self {
        if text.starts_with("hQVDUFY") {
            return Self::EmvCpm;
        }
        if text.starts_with("3-") && text.chars().count() == 25 {
            return Self::ZeropayQr;
        }
        let by_digits = if text.bytes().all(|byte| byte.is_ascii_digit()) { of_digits(text) } else { None };
        match by_digits {
            Some(kind) => kind,
            None if mpm::resembles(text) => Self::EmvMpm,
            None => Self::Unknown,
        }
    }

    /// The fields of a shape: the digits as a whole, or the record fields of a static ZeroPay code.
    pub(crate) fn fields(self, text: &str, start: Position) -> Vec<Field> {
        let whole = |name: FieldName| Field {
            id: "00".to_owned(),
            name,
            value: text.to_owned(),
            text: None,
            children: Vec::new(),
            position: start,
        };
        if self == Self::ZeropayStatic { static_fields(text, start) } else { vec![whole(self.name())] }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The shapes of digits alone. 281006 stands before Alipay's 28 (CODE-4).
fn of_digits(text: &str) -> Option<Kind> {
    let length = text.len();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    let two: u8 = text.get(..2)?.parse().ok()?;
    Some(match length {
        12..=33 if starts(&["281006"]) => Kind::Kakaopay,
        24 if starts(&["800088"]) => Kind::ZeropayBarcode,
        21 if starts(&["941083", "94204023", "94204024", "94204025"]) => Kind::Seoulpay,
        16..=21 if (10..=15).contains(&two) => Kind::Wechat,
        16..=24 if (25..=30).contains(&two) => Kind::Alipay,
        17..=24 if (20..=33).contains(&two) => Kind::Alipay,
        22 if starts(&["17"]) => Kind::Ssgpay,
        22 if starts(&["8710"]) => Kind::Lpay,
        21 => Kind::AppCard,
        STATIC_WIDTH if starts(&["1", "2"]) => Kind::ZeropayStatic,
        _ => return None,
    })
}

/// The widths of the operator's ledger record: type, registrar, merchant, terminal, check characters.
const STATIC_WIDTHS: [(usize, FieldName); 5] = [
    (1, FieldName::new("QR Type", "QR구분")),
    (2, FieldName::new("QR Registrar ID", "QR등록기관ID")),
    (20, FieldName::new("Merchant ID", "가맹점ID")),
    (20, FieldName::new("Terminal Number", "단말기번호")),
    (4, FieldName::new("QR Check Characters", "QR체크문자")),
];
const STATIC_WIDTH: usize = 47;

fn static_fields(text: &str, start: Position) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut rest = text;
    let mut position = start;
    for (number, (width, name)) in (1..).zip(STATIC_WIDTHS) {
        let Some((value, after)) = rest.split_at_checked(width) else { break };
        fields.push(Field {
            id: format!("{number:02}"),
            name,
            value: value.to_owned(),
            text: None,
            children: Vec::new(),
            position,
        });
        position = position.after(value);
        rest = after;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_4_shapes_are_tried_in_their_order() {
        let digits = |prefix: &str, length: usize| format!("{prefix:0<length$}");
        for (text, kind) in [
            (digits("281006", 24), Kind::Kakaopay),
            (digits("281007", 24), Kind::Alipay),
            (digits("281006", 18), Kind::Kakaopay),
            (digits("800088", 24), Kind::ZeropayBarcode),
            (digits("800088", 23), Kind::Unknown),
            (digits("800088", 21), Kind::AppCard),
            (digits("3-", 25), Kind::ZeropayQr),
            (digits("3-", 24), Kind::Unknown),
            (digits("941083", 21), Kind::Seoulpay),
            (digits("94204023", 21), Kind::Seoulpay),
            (digits("94204024", 21), Kind::Seoulpay),
            (digits("94204025", 21), Kind::Seoulpay),
            (digits("94204026", 21), Kind::AppCard),
            (digits("10", 18), Kind::Wechat),
            (digits("15", 21), Kind::Wechat),
            (digits("16", 21), Kind::AppCard),
            (digits("16", 18), Kind::Unknown),
            (digits("20", 17), Kind::Alipay),
            (digits("30", 24), Kind::Alipay),
            (digits("33", 24), Kind::Alipay),
            (digits("34", 24), Kind::Unknown),
            (digits("17", 22), Kind::Ssgpay),
            (digits("8710", 22), Kind::Lpay),
            (digits("8711", 22), Kind::Unknown),
            (digits("hQVDUFYwMWE", 100), Kind::EmvCpm),
            (digits("1", 47), Kind::ZeropayStatic),
            (digits("3", 47), Kind::Unknown),
            (digits("1", 46), Kind::Unknown),
            (String::new(), Kind::Unknown),
        ] {
            assert_eq!(Kind::of(&text), kind, "{text}");
        }
    }

    #[test]
    fn code_5_a_static_zeropay_code_is_cut_by_the_operators_record_widths() {
        let text = format!("1{}{}{}{}", "23", "4".repeat(20), "5".repeat(20), "6789");
        let fields = Kind::ZeropayStatic.fields(&text, Position::START);
        let values: Vec<_> = fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["1", "23", &"4".repeat(20), &"5".repeat(20), "6789"]);
        assert_eq!(STATIC_WIDTHS.iter().map(|(width, _)| width).sum::<usize>(), STATIC_WIDTH);
    }

    #[test]
    fn kinds_have_distinct_names() {
        let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
