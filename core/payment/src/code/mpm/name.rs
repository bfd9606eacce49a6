//! The names of data objects, in the standard's words and in Korean.

use crate::code::FieldName;

/// Where a data object stands: an ID means something only in its template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The root.
    Root,
    /// A payment network's merchant account template, 26 to 51.
    Account,
    /// The additional data field template, 62.
    Additional,
    /// The merchant information language template, 64.
    Language,
    /// An unreserved template, 80 to 99.
    Unreserved,
    /// A payment system's template inside 62, 50 to 99.
    PaymentSystem,
}

impl Level {
    /// The level inside the template `id`, if that is one.
    #[must_use]
    pub const fn inside(self, id: u8) -> Option<Self> {
        match (self, id) {
            (Self::Root, 26..=51) => Some(Self::Account),
            (Self::Root, 62) => Some(Self::Additional),
            (Self::Root, 64) => Some(Self::Language),
            (Self::Root, 80..=99) => Some(Self::Unreserved),
            (Self::Additional, 50..=99) => Some(Self::PaymentSystem),
            _ => None,
        }
    }

    /// Whether a scheme of its own decides what stands inside, after its identifier.
    #[must_use]
    pub const fn is_foreign(self) -> bool {
        matches!(self, Self::Account | Self::Unreserved | Self::PaymentSystem)
    }
}

/// The name of the data object `id` at a level.
#[must_use]
pub const fn field_name(level: Level, id: u8) -> FieldName {
    match level {
        Level::Root => root_name(id),
        Level::Additional => additional_name(id),
        Level::Language => language_name(id),
        Level::Account | Level::Unreserved | Level::PaymentSystem => match id {
            0 => FieldName::new("Globally Unique Identifier", "고유 식별자"),
            _ if matches!(level, Level::Account) => {
                FieldName::new("Payment Network Specific", "결제망 고유 항목")
            }
            _ => FieldName::new("Context Specific Data", "사업자 고유 항목"),
        },
    }
}

const RESERVED: FieldName = FieldName::new("RFU for EMVCo", "EMVCo 예약");

const fn root_name(id: u8) -> FieldName {
    match id {
        0 => FieldName::new("Payload Format Indicator", "페이로드 형식 표시"),
        1 => FieldName::new("Point of Initiation Method", "개시 방식"),
        2..=3 => FieldName::new("Merchant Account Information (Visa)", "가맹점 계정 정보(비자)"),
        4..=5 => FieldName::new("Merchant Account Information (Mastercard)", "가맹점 계정 정보(마스터카드)"),
        9..=10 => FieldName::new("Merchant Account Information (Discover)", "가맹점 계정 정보(디스커버)"),
        11..=12 => FieldName::new("Merchant Account Information (Amex)", "가맹점 계정 정보(아멕스)"),
        13..=14 => FieldName::new("Merchant Account Information (JCB)", "가맹점 계정 정보(JCB)"),
        15..=16 => FieldName::new("Merchant Account Information (UnionPay)", "가맹점 계정 정보(유니온페이)"),
        6..=8 | 17..=25 => FieldName::new("Merchant Account Information (EMVCo)", "가맹점 계정 정보(EMVCo)"),
        26..=51 => FieldName::new("Merchant Account Information", "가맹점 계정 정보"),
        52 => FieldName::new("Merchant Category Code", "업종 코드"),
        53 => FieldName::new("Transaction Currency", "거래 통화"),
        54 => FieldName::new("Transaction Amount", "거래 금액"),
        55 => FieldName::new("Tip or Convenience Indicator", "봉사료 표시"),
        56 => FieldName::new("Value of Convenience Fee Fixed", "정액 수수료"),
        57 => FieldName::new("Value of Convenience Fee Percentage", "비율 수수료"),
        58 => FieldName::new("Country Code", "국가 코드"),
        59 => FieldName::new("Merchant Name", "가맹점명"),
        60 => FieldName::new("Merchant City", "가맹점 도시"),
        61 => FieldName::new("Postal Code", "우편번호"),
        62 => FieldName::new("Additional Data Field Template", "추가 정보 템플릿"),
        63 => FieldName::new("CRC", "CRC"),
        64 => FieldName::new("Merchant Information—Language Template", "가맹점 정보 언어 템플릿"),
        80..=99 => FieldName::new("Unreserved Template", "자유 템플릿"),
        _ => RESERVED,
    }
}

const fn additional_name(id: u8) -> FieldName {
    match id {
        1 => FieldName::new("Bill Number", "청구서 번호"),
        2 => FieldName::new("Mobile Number", "휴대전화 번호"),
        3 => FieldName::new("Store Label", "매장"),
        4 => FieldName::new("Loyalty Number", "회원 번호"),
        5 => FieldName::new("Reference Label", "참조 번호"),
        6 => FieldName::new("Customer Label", "고객"),
        7 => FieldName::new("Terminal Label", "단말기"),
        8 => FieldName::new("Purpose of Transaction", "거래 목적"),
        9 => FieldName::new("Additional Consumer Data Request", "고객 정보 요청"),
        50..=99 => FieldName::new("Payment System Specific Template", "결제 시스템 템플릿"),
        _ => RESERVED,
    }
}

const fn language_name(id: u8) -> FieldName {
    match id {
        0 => FieldName::new("Language Preference", "언어"),
        1 => FieldName::new("Merchant Name—Alternate Language", "가맹점명(다른 언어)"),
        2 => FieldName::new("Merchant City—Alternate Language", "가맹점 도시(다른 언어)"),
        _ => RESERVED,
    }
}
