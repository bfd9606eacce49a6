//! EMV QR Code Specification for Payment Systems, Consumer-Presented Mode, v1.0 (July 2017): base64 of BER-TLV.
//!
//! Read far enough to show every field; what the card data mean is not judged here.

use super::finding::Findings;
use super::{Code, Field, FieldName, Position, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// A consumer-presented code whose structure is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerCode {
    /// The application names (4F) of its one or two application templates.
    pub applications: Vec<Vec<u8>>,
}

/// The deepest template: 63 inside 61, and one more.
const DEEPEST: usize = 4;

struct Tag<'a> {
    id: String,
    constructed: bool,
    value: &'a [u8],
    value_at: usize,
    at: usize,
}

struct Node<'a> {
    tag: Tag<'a>,
    children: Vec<Self>,
}

pub(crate) fn read(text: &str, start: Position, findings: &mut Findings) -> (Vec<Field>, Option<Code>) {
    let Some(bytes) = decode(text, start, findings) else { return (Vec::new(), None) };
    let place = Place { start };
    let nodes = open(&bytes, 0, 0, place, findings);
    let fields = nodes.iter().map(|node| field(node, place)).collect();
    if !findings.is_refused() {
        check(&nodes, bytes.len(), place, findings);
    }
    if bytes.len() > 512 {
        findings.report(Rule::ConsumerLength, start, "");
    }
    let applications =
        templates(&nodes).filter_map(|node| value_of(node, "4F").map(<[u8]>::to_vec)).collect();
    let code = (!findings.is_refused()).then_some(Code::Consumer(ConsumerCode { applications }));
    (fields, code)
}

/// Where in the text a decoded byte comes from: four characters carry three bytes.
#[derive(Clone, Copy)]
struct Place {
    start: Position,
}

impl Place {
    const fn of(self, offset: usize) -> Position {
        let characters = offset / 3 * 4 + offset % 3;
        Position { character: self.start.character + characters, byte: self.start.byte + characters }
    }
}

fn decode(text: &str, start: Position, findings: &mut Findings) -> Option<Vec<u8>> {
    if let Ok(bytes) = STANDARD.decode(text) {
        return Some(bytes);
    }
    if let Ok(bytes) = STANDARD_NO_PAD.decode(text.trim_end_matches('=')) {
        findings.report(Rule::Base64Padding, start.after(text), "");
        return Some(bytes);
    }
    let foreign =
        |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '='));
    let before = text.find(foreign).map_or(text, |offset| text.get(..offset).unwrap_or_default());
    findings.report(Rule::Base64, start.after(before), "");
    None
}

/// Cuts bytes into objects and opens templates; a tag that stands twice among primitives is refused (CPM-7).
fn open<'a>(
    bytes: &'a [u8],
    base: usize,
    depth: usize,
    place: Place,
    findings: &mut Findings,
) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
    let mut offset = 0;
    while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
        let Some((tag, length)) = first_tag(rest, base + offset) else {
            findings.report(Rule::Tlv, place.of(base + offset), "");
            break;
        };
        let twice = nodes.iter().any(|node| node.tag.id == tag.id);
        if twice && !tag.constructed {
            findings.report(Rule::DuplicateTag, place.of(tag.at), &tag.id);
        }
        let children = children_of(&tag, depth, place, findings);
        nodes.push(Node { tag, children });
        offset += length;
    }
    nodes
}

fn children_of<'a>(tag: &Tag<'a>, depth: usize, place: Place, findings: &mut Findings) -> Vec<Node<'a>> {
    if !tag.constructed || depth >= DEEPEST {
        return Vec::new();
    }
    // 63 and 64 are transparent: what is inside is the issuer's, and need not be objects at all.
    if matches!(tag.id.as_str(), "63" | "64") {
        let mut own = Findings::new(super::Leniency::Strict);
        let inside = open(tag.value, tag.value_at, depth + 1, place, &mut own);
        return if own.is_refused() { Vec::new() } else { inside };
    }
    open(tag.value, tag.value_at, depth + 1, place, findings)
}

/// The first object and how many bytes it takes.
fn first_tag(bytes: &[u8], at: usize) -> Option<(Tag<'_>, usize)> {
    let first = *bytes.first()?;
    let mut tag_length = 1;
    if first & 0x1F == 0x1F {
        // Subsequent bytes go on while their highest bit is set; EMV has tags of at most three bytes.
        while bytes.get(tag_length)? & 0x80 != 0 {
            tag_length += 1;
        }
        tag_length += 1;
        if tag_length > 3 {
            return None;
        }
    }
    let (length, length_bytes) = match *bytes.get(tag_length)? {
        short @ 0..=0x7F => (usize::from(short), 1),
        0x81 => (usize::from(*bytes.get(tag_length + 1)?), 2),
        0x82 => {
            let (high, low) = (*bytes.get(tag_length + 1)?, *bytes.get(tag_length + 2)?);
            (usize::from(u16::from_be_bytes([high, low])), 3)
        }
        _ => return None,
    };
    let begin = tag_length + length_bytes;
    let value = bytes.get(begin..begin + length)?;
    let id = hexadecimal(bytes.get(..tag_length)?);
    Some((Tag { id, constructed: first & 0x20 != 0, value, value_at: at + begin, at }, begin + length))
}

fn check(nodes: &[Node<'_>], length: usize, place: Place, findings: &mut Findings) {
    match nodes.first() {
        Some(node) if node.tag.id == "85" && node.tag.value == b"CPV01" => {}
        first => {
            let at = first.map_or(0, |node| node.tag.value_at);
            findings.report(Rule::ConsumerFormat, place.of(at), "85");
        }
    }
    match templates(nodes).count() {
        1 | 2 => {}
        0 => findings.report(Rule::ApplicationTemplate, place.of(length), "61"),
        _ => {
            let third = templates(nodes).nth(2).map_or(length, |node| node.tag.at);
            findings.report(Rule::ApplicationTemplate, place.of(third), "61");
        }
    }
    for node in templates(nodes) {
        if value_of(node, "4F").is_none_or(|name| !(5..=16).contains(&name.len())) {
            findings.report(Rule::ApplicationName, place.of(node.tag.at), "61-4F");
        }
    }
}

fn templates<'n, 'a>(nodes: &'n [Node<'a>]) -> impl Iterator<Item = &'n Node<'a>> {
    nodes.iter().filter(|node| node.tag.id == "61")
}

fn value_of<'a>(node: &Node<'a>, id: &str) -> Option<&'a [u8]> {
    node.children.iter().find(|child| child.tag.id == id).map(|child| child.tag.value)
}

fn field(node: &Node<'_>, place: Place) -> Field {
    Field {
        id: node.tag.id.clone(),
        name: name_of(&node.tag.id),
        value: hexadecimal(node.tag.value),
        text: text_of(&node.tag),
        children: node.children.iter().map(|child| field(child, place)).collect(),
        position: place.of(node.tag.at),
    }
}

/// The value as text, for the tags whose format is text.
fn text_of(tag: &Tag<'_>) -> Option<String> {
    let is_text = matches!(tag.id.as_str(), "85" | "50" | "5F20" | "5F2D" | "5F50" | "9F12");
    let printable = tag.value.iter().all(|byte| (0x20..0x7F).contains(byte));
    if is_text && printable { std::str::from_utf8(tag.value).ok().map(str::to_owned) } else { None }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn name_of(id: &str) -> FieldName {
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
