//! Every rule a code can break: its mark, its source, how grave it is, and what to say of it.
//!
//! "MPM" is EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, v1.0 (July 2017); "CPM" is the
//! Consumer-Presented Mode, v1.0 (July 2017).

/// What breaking a rule means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The code is refused, also when lenient.
    Fatal,
    /// Refused when strict, a warning when lenient: live schemes do it.
    Tolerable,
    /// A warning in both modes: the standard says "should", or a reader is to ignore it.
    Advice,
}

macro_rules! rules {
    ($($name:ident $mark:literal $code:literal $severity:ident $source:literal $en:literal $ko:literal;)+) => {
        /// A rule for codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = concat!("**", $mark, "** ", $en, " (", $source, ")")] $name,)+
        }

        impl Rule {
            /// Every rule, in the order of the marks.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The mark: `MPM-13`.
            #[must_use]
            pub const fn mark(self) -> &'static str {
                match self { $(Self::$name => $mark,)+ }
            }

            /// The stable kebab-case name: `checksum`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// How grave it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// The specification and the section or data object.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)+ }
            }

            /// What the rule demands, in English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$name => $en,)+ }
            }

            /// What the rule demands, in Korean.
            #[must_use]
            pub const fn ko(self) -> &'static str {
                match self { $(Self::$name => $ko,)+ }
            }
        }
    };
}

rules! {
    NoPaymentCode "CODE-1" "no-payment-code" Fatal "scan table of this project"
        "This is not a payment code that is known here." "알려진 결제 코드가 아닙니다.";
    TextTooLong "CODE-2" "text-too-long" Fatal "ISO/IEC 18004, largest symbol"
        "No QR code holds a text this long." "QR 코드에 담길 수 없을 만큼 긴 글입니다.";
    SurroundingSpace "CODE-3" "surrounding-space" Tolerable "scan table of this project"
        "A code has no white space before or after it." "코드 앞뒤에 공백이나 줄바꿈이 있으면 안 됩니다.";

    Identifier "MPM-1" "identifier" Fatal "MPM v1.0, data objects"
        "A data object begins with an ID of two digits." "데이터 항목은 두 자리 숫자 ID로 시작해야 합니다.";
    Length "MPM-2" "length" Fatal "MPM v1.0, 4.4.1.1"
        "After the ID stands the length, two digits." "ID 다음에는 두 자리 숫자 길이가 와야 합니다.";
    EmptyValue "MPM-3" "empty-value" Tolerable "MPM v1.0, 4.4.1.1"
        "A length is 01 to 99: an empty data object is left out." "길이는 01~99이며 빈 항목은 넣지 않습니다.";
    Truncated "MPM-4" "truncated" Fatal "MPM v1.0, 4.4.1.1"
        "The value ends before its length is reached." "값이 적힌 길이보다 짧게 끝났습니다.";
    ByteLength "MPM-5" "byte-length" Tolerable "MPM v1.0, 4.4.1.1"
        "A length counts characters, not bytes." "길이는 바이트가 아니라 글자 수로 세어야 합니다.";
    Duplicate "MPM-6" "duplicate" Fatal "MPM v1.0, data objects"
        "An ID stands once in its template." "같은 ID가 한 단계에 두 번 나올 수 없습니다.";
    FormatIndicatorFirst "MPM-7" "format-indicator-first" Tolerable "MPM v1.0, 4.6.1.1"
        "The payload format indicator (00) is the first data object." "페이로드 형식 표시(00)가 맨 앞에 있어야 합니다.";
    ChecksumLast "MPM-8" "checksum-last" Fatal "MPM v1.0, ID 63"
        "The CRC (63) is the last data object." "CRC(63)가 맨 끝에 있어야 합니다.";
    FormatIndicator "MPM-9" "format-indicator" Fatal "MPM v1.0, ID 00"
        "The payload format indicator is 01." "페이로드 형식 표시는 01이어야 합니다.";
    ChecksumMissing "MPM-10" "checksum-missing" Tolerable "MPM v1.0, ID 63"
        "The CRC (63) is present." "CRC(63)가 있어야 합니다.";
    ChecksumForm "MPM-11" "checksum-form" Fatal "MPM v1.0, ID 63"
        "The CRC is four hexadecimal digits." "CRC는 16진수 네 자리여야 합니다.";
    ChecksumCase "MPM-12" "checksum-case" Tolerable "MPM v1.0, ID 63"
        "The hexadecimal digits of the CRC are upper case." "CRC의 16진수는 대문자여야 합니다.";
    Checksum "MPM-13" "checksum" Fatal "MPM v1.0, ID 63; ISO/IEC 13239"
        "The CRC does not fit the data: the code was changed or misread." "CRC가 내용과 맞지 않습니다. 코드가 바뀌었거나 잘못 읽혔습니다.";
    PointOfInitiation "MPM-14" "point-of-initiation" Tolerable "MPM v1.0, ID 01"
        "The point of initiation method is 11 (static) or 12 (dynamic)." "개시 방식은 11(정적) 또는 12(동적)여야 합니다.";
    MerchantAccountMissing "MPM-15" "merchant-account-missing" Fatal "MPM v1.0, IDs 02-51"
        "At least one merchant account (02 to 51) is present." "가맹점 계정 정보(02~51)가 하나 이상 있어야 합니다.";
    ObjectMissing "MPM-16" "object-missing" Tolerable "MPM v1.0, IDs 52, 58, 59, 60"
        "Category code (52), country (58), merchant name (59) and city (60) are present." "업종 코드(52), 국가(58), 가맹점명(59), 도시(60)가 있어야 합니다.";
    CurrencyMissing "MPM-17" "currency-missing" Fatal "MPM v1.0, ID 53"
        "The transaction currency (53) is present." "거래 통화(53)가 있어야 합니다.";
    CategoryCode "MPM-18" "category-code" Fatal "MPM v1.0, ID 52; ISO 18245"
        "The merchant category code is four digits." "업종 코드는 숫자 네 자리여야 합니다.";
    Currency "MPM-19" "currency" Fatal "MPM v1.0, ID 53; ISO 4217"
        "The transaction currency is three digits." "거래 통화는 숫자 세 자리여야 합니다.";
    Country "MPM-20" "country" Tolerable "MPM v1.0, ID 58; ISO 3166-1"
        "The country is two capital letters." "국가 코드는 영문 대문자 두 자리여야 합니다.";
    ValueTooLong "MPM-21" "value-too-long" Tolerable "MPM v1.0, tables of data objects"
        "The value is longer than its data object allows." "값이 항목에 허용된 길이보다 깁니다.";
    Characters "MPM-22" "characters" Tolerable "MPM v1.0, format ans; EMV Book 4, common character set"
        "Only the common character set (space to ~) stands here; other scripts belong in 64." "이 항목에는 공통 문자(영문·숫자·기호)만 쓸 수 있고 한글은 64에 넣습니다.";
    ControlCharacter "MPM-23" "control-character" Fatal "MPM v1.0, formats N, ans and S"
        "A value holds no control character." "값에 제어 문자가 있으면 안 됩니다.";
    NotPrecomposed "MPM-24" "not-precomposed" Tolerable "MPM v1.0, 4.5.3.1"
        "Characters are precomposed (Unicode NFC)." "글자는 완성형(유니코드 NFC)이어야 합니다.";
    Amount "MPM-25" "amount" Fatal "MPM v1.0, ID 54"
        "An amount is digits with at most one point: no comma, no space." "금액은 숫자와 소수점 하나만 쓸 수 있고 쉼표나 공백은 안 됩니다.";
    AmountZero "MPM-26" "amount-zero" Tolerable "MPM v1.0, ID 54"
        "An amount is not zero; it is left out if the payer types it." "금액은 0일 수 없으며 직접 입력하는 경우에는 넣지 않습니다.";
    TipIndicator "MPM-27" "tip-indicator" Fatal "MPM v1.0, ID 55"
        "The tip or convenience indicator is 01, 02 or 03." "봉사료 표시는 01, 02, 03 중 하나여야 합니다.";
    FixedFee "MPM-28" "fixed-fee" Fatal "MPM v1.0, ID 56"
        "With indicator 02 a fixed fee (56) is present, an amount that is not zero." "표시가 02이면 정액 수수료(56)가 0이 아닌 금액으로 있어야 합니다.";
    PercentageFee "MPM-29" "percentage-fee" Fatal "MPM v1.0, ID 57"
        "With indicator 03 a percentage (57) is present, 00.01 to 99.99." "표시가 03이면 비율 수수료(57)가 00.01~99.99로 있어야 합니다.";
    FeeUnexpected "MPM-30" "fee-unexpected" Fatal "MPM v1.0, IDs 55, 56, 57"
        "A fee (56, 57) stands only with its own indicator (55)." "수수료(56, 57)는 그에 맞는 표시(55)가 있을 때만 넣습니다.";
    TemplateIdentifier "MPM-31" "template-identifier" Tolerable "MPM v1.0, IDs 26-51, 80-99, 62-50 to 62-99"
        "A scheme's template holds its globally unique identifier (00)." "사업자 템플릿에는 고유 식별자(00)가 있어야 합니다.";
    ConsumerDataRequest "MPM-32" "consumer-data-request" Fatal "MPM v1.0, ID 62-09"
        "The consumer data request is A, M and E, each at most once." "고객 정보 요청은 A, M, E를 한 번씩만 쓸 수 있습니다.";
    LanguageTemplate "MPM-33" "language-template" Tolerable "MPM v1.0, ID 64"
        "The language template holds a language of two letters (00) and a merchant name (01)." "언어 템플릿에는 두 글자 언어 코드(00)와 가맹점명(01)이 있어야 합니다.";
    PayloadLength "MPM-34" "payload-length" Advice "MPM v1.0, payload length"
        "A payload should be at most 512 bytes long." "페이로드는 512바이트를 넘지 않는 것이 좋습니다.";
    AmountDecimals "MPM-35" "amount-decimals" Advice "MPM v1.0, IDs 54 and 56; ISO 4217"
        "The decimals should be those of the currency: won has none." "소수 자릿수는 통화에 맞아야 합니다. 원화에는 소수가 없습니다.";
    Reserved "MPM-36" "reserved" Advice "MPM v1.0, IDs 65-79, 62-10 to 62-49, 64-03 to 64-99"
        "This data object is reserved for future use and is ignored." "예약된 항목이므로 무시합니다.";
    IdentifierForm "MPM-37" "identifier-form" Advice "MPM v1.0, ID 26-00"
        "A globally unique identifier is an AID, a UUID without hyphens or a reverse domain name." "고유 식별자는 AID, 하이픈 없는 UUID, 역순 도메인 이름 중 하나입니다.";

    Base64 "CPM-1" "base64" Fatal "CPM v1.0, payload encoding; RFC 4648, section 4"
        "The code is base64 of the standard alphabet." "코드는 표준 base64여야 합니다.";
    Base64Padding "CPM-2" "base64-padding" Tolerable "CPM v1.0, payload encoding; RFC 4648"
        "The base64 is padded with = to a multiple of four." "base64 끝은 =로 채워 네 글자 단위여야 합니다.";
    Tlv "CPM-3" "tlv" Fatal "CPM v1.0, payload data; EMV Book 3, BER-TLV"
        "The data is a sequence of BER-TLV objects, each whole." "데이터는 온전한 BER-TLV 항목의 나열이어야 합니다.";
    ConsumerFormat "CPM-4" "consumer-format" Fatal "CPM v1.0, tag 85"
        "The first object is the payload format indicator (85) CPV01." "첫 항목은 형식 표시(85) CPV01이어야 합니다.";
    ApplicationTemplate "CPM-5" "application-template" Fatal "CPM v1.0, tag 61"
        "One or two application templates (61) follow." "응용 템플릿(61)이 하나 또는 둘 있어야 합니다.";
    ApplicationName "CPM-6" "application-name" Fatal "CPM v1.0, tag 4F"
        "An application template holds an application name (4F) of 5 to 16 bytes." "응용 템플릿에는 5~16바이트 응용 이름(4F)이 있어야 합니다.";
    DuplicateTag "CPM-7" "duplicate-tag" Fatal "CPM v1.0, payload data"
        "A primitive object stands once in its template." "같은 항목이 한 템플릿에 두 번 나올 수 없습니다.";
    ConsumerLength "CPM-8" "consumer-length" Advice "CPM v1.0, payload length"
        "A reader need support only 512 bytes." "판독기는 512바이트까지만 지원하면 됩니다.";
    AccountMissing "CPM-9" "account-missing" Tolerable "CPM v1.0, tags 57 and 5A"
        "An application has track 2 data (57) or an account number (5A), its own or in the common data template (62)." "응용마다 트랙 2 상당 데이터(57)나 계정 번호(5A)가 응용 템플릿 또는 공통 템플릿(62)에 있어야 합니다.";
    TemplateOrder "CPM-10" "template-order" Tolerable "CPM v1.0, payload data"
        "The application templates (61) come first, then the common data template (62), then all others." "응용 템플릿(61), 공통 데이터 템플릿(62), 나머지 순서여야 합니다.";
    CommonTemplate "CPM-11" "common-template" Fatal "CPM v1.0, tag 62"
        "There is at most one common data template (62)." "공통 데이터 템플릿(62)은 하나까지만 넣습니다.";
    ValueLength "CPM-12" "value-length" Tolerable "EMV Book 3, data elements dictionary"
        "A value is as long as its data element may be." "값의 길이가 데이터 요소에 정해진 길이여야 합니다.";
    IssuerUrl "CPM-13" "issuer-url" Advice "CPM v1.0, tag 5F50; RFC 3986"
        "The issuer's address has a scheme: https:, tel:, mailto: and the like." "발급사 주소는 https:, tel:, mailto: 같은 접두어로 시작합니다.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_its_own_mark_and_name() {
        let marks: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.mark()).collect();
        let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
        assert_eq!((marks.len(), names.len()), (Rule::ALL.len(), Rule::ALL.len()));
    }

    #[test]
    fn every_rule_stands_in_the_readme() {
        let readme = include_str!("../../CODES.md");
        for rule in Rule::ALL {
            assert!(readme.contains(&format!("**{}**", rule.mark())), "{}", rule.mark());
        }
    }
}
