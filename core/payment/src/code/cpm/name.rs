//! What the tags of a consumer-presented code are called, and how long their values are.

use crate::code::FieldName;
use std::ops::RangeInclusive;

/// The name of a tag, in the standard's words and in Korean.
pub(crate) fn name_of(id: &str) -> FieldName {
    match id {
        "85" => FieldName::new("Payload Format Indicator", "페이로드 형식 표시"),
        "61" => FieldName::new("Application Template", "응용 템플릿"),
        "62" => FieldName::new("Common Data Template", "공통 데이터 템플릿"),
        "63" => FieldName::new("Application Specific Transparent Template", "응용 투명 템플릿"),
        "64" => FieldName::new("Common Data Transparent Template", "공통 투명 템플릿"),
        "4F" => FieldName::new("ADF Name", "응용 이름"),
        "50" => FieldName::new("Application Label", "응용 표시명"),
        "57" => FieldName::new("Track 2 Equivalent Data", "트랙 2 상당 데이터"),
        "5A" => FieldName::new("Application PAN", "계정 번호"),
        "5F20" => FieldName::new("Cardholder Name", "소지자 이름"),
        "5F2D" => FieldName::new("Language Preference", "언어"),
        "5F50" => FieldName::new("Issuer URL", "발급사 주소"),
        "9F08" => FieldName::new("Application Version Number", "응용 버전"),
        "9F10" => FieldName::new("Issuer Application Data", "발급사 응용 데이터"),
        "9F12" => FieldName::new("Application Preferred Name", "응용 선호 이름"),
        "9F19" => FieldName::new("Token Requestor ID", "토큰 요청자 ID"),
        "9F24" => FieldName::new("Payment Account Reference", "결제 계정 참조"),
        "9F25" => FieldName::new("Last 4 Digits of PAN", "계정 번호 끝 네 자리"),
        "9F26" => FieldName::new("Application Cryptogram", "응용 암호문"),
        "9F27" => FieldName::new("Cryptogram Information Data", "암호문 정보"),
        "9F36" => FieldName::new("Application Transaction Counter", "거래 카운터"),
        "9F37" => FieldName::new("Unpredictable Number", "난수"),
        "82" => FieldName::new("Application Interchange Profile", "응용 교환 프로파일"),
        _ => FieldName::new("Unknown Tag", "알 수 없는 태그"),
    }
}

/// The lengths, in bytes, that a value may have (EMV Book 3, data elements dictionary); nothing where it is not ours to say.
pub(crate) fn lengths_of(id: &str) -> Option<RangeInclusive<usize>> {
    Some(match id {
        "50" | "9F12" => 1..=16,
        "57" => 1..=19,
        "5A" => 1..=10,
        "5F20" => 2..=26,
        "5F2D" => 2..=8,
        "82" | "9F08" | "9F25" | "9F36" => 2..=2,
        "9F10" => 1..=32,
        "9F19" => 6..=6,
        "9F24" => 29..=29,
        "9F26" => 8..=8,
        "9F27" => 1..=1,
        "9F37" => 4..=4,
        _ => return None,
    })
}

/// Whether a value is text.
pub(crate) fn is_text(id: &str) -> bool {
    matches!(id, "85" | "50" | "5F20" | "5F2D" | "5F50" | "9F12")
}
