//! Reading a consumer-presented code: base64 opened, cut into objects, rules checked, then the typed code.

use super::check::check;
use super::consumer::{ConsumerCode, Template};
use super::name::{is_text, name_of};
use super::tlv::{DataObject, Raw, Tag, Value};
use crate::code::finding::Findings;
use crate::code::{Code, Field, Leniency, Position, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// The deepest template: 63 inside 61, and one more.
const DEEPEST: usize = 4;

/// An object with its place in the tree.
pub(crate) struct Node<'a> {
    pub(crate) tag: Tag,
    pub(crate) value: &'a [u8],
    /// Decoded bytes before it.
    pub(crate) at: usize,
    /// Decoded bytes before its value.
    pub(crate) value_at: usize,
    /// `61-4F`.
    pub(crate) path: String,
    /// The objects inside, if it is a template that could be opened.
    pub(crate) children: Vec<Self>,
}

impl Node<'_> {
    pub(crate) fn child(&self, tag: Tag) -> Option<&Self> {
        self.children.iter().find(|child| child.tag == tag)
    }
}

/// Where in the text a decoded byte comes from: four characters carry three bytes.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: Position,
}

impl Place {
    pub(crate) const fn of(self, offset: usize) -> Position {
        let characters = offset / 3 * 4 + offset % 3;
        Position { character: self.start.character + characters, byte: self.start.byte + characters }
    }
}

/// Reads a code; fields come back as far as they could be read.
pub(crate) fn read(text: &str, start: Position, findings: &mut Findings) -> (Vec<Field>, Option<Code>) {
    let Some(bytes) = decode(text, start, findings) else { return (Vec::new(), None) };
    let place = Place { start };
    let root = Spot { at: 0, depth: 0, path: "" };
    let nodes = open(&bytes, root, place, findings);
    let fields = nodes.iter().map(|node| field(node, place)).collect();
    if findings.is_refused() {
        return (fields, None);
    }
    check(&nodes, bytes.len(), place, findings);
    let code = (!findings.is_refused()).then(|| Code::Consumer(consumer(&nodes)));
    (fields, code)
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

/// Where the objects to be cut stand.
#[derive(Clone, Copy)]
struct Spot<'p> {
    at: usize,
    depth: usize,
    path: &'p str,
}

/// Cuts bytes into objects and opens templates; a tag that stands twice among primitives is refused (CPM-7).
fn open<'a>(bytes: &'a [u8], spot: Spot<'_>, place: Place, findings: &mut Findings) -> Vec<Node<'a>> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
    let mut offset = 0;
    while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
        let at = spot.at + offset;
        let Some(raw) = Raw::first(rest) else {
            findings.report(Rule::Tlv, place.of(at), spot.path);
            break;
        };
        let path =
            if spot.path.is_empty() { raw.tag.to_string() } else { format!("{}-{}", spot.path, raw.tag) };
        if !raw.tag.is_constructed() && nodes.iter().any(|node| node.tag == raw.tag) {
            findings.report(Rule::DuplicateTag, place.of(at), &path);
        }
        let value_at = at + raw.head;
        let inside = Spot { at: value_at, depth: spot.depth + 1, path: &path };
        let children = children_of(&raw, inside, place, findings);
        offset += raw.length();
        nodes.push(Node { tag: raw.tag, value: raw.value, at, value_at, path, children });
    }
    nodes
}

fn children_of<'a>(raw: &Raw<'a>, inside: Spot<'_>, place: Place, findings: &mut Findings) -> Vec<Node<'a>> {
    if !raw.tag.is_constructed() || inside.depth > DEEPEST {
        return Vec::new();
    }
    // What is transparent is opened to be shown, if it can be, and judged by nobody here.
    if raw.tag.is_transparent() {
        let mut own = Findings::new(Leniency::Strict);
        let nodes = open(raw.value, inside, place, &mut own);
        return if own.is_refused() { Vec::new() } else { nodes };
    }
    open(raw.value, inside, place, findings)
}

/// From objects that passed every check.
fn consumer(nodes: &[Node<'_>]) -> ConsumerCode {
    let template = |node: &Node<'_>| Template { objects: objects(&node.children, 1) };
    let of_tag = |tag| nodes.iter().filter(move |node| node.tag == tag);
    let known = [Tag::FORMAT, Tag::APPLICATION, Tag::COMMON];
    ConsumerCode {
        applications: of_tag(Tag::APPLICATION).map(template).collect(),
        common: of_tag(Tag::COMMON).map(template).next(),
        others: nodes.iter().filter(|node| !known.contains(&node.tag)).map(|node| object(node, 0)).collect(),
    }
}

fn objects(nodes: &[Node<'_>], depth: usize) -> Vec<DataObject> {
    nodes.iter().map(|node| object(node, depth)).collect()
}

fn object(node: &Node<'_>, depth: usize) -> DataObject {
    let is_open = node.tag.is_constructed() && !node.tag.is_transparent() && depth < DEEPEST;
    let value = if is_open {
        Value::Objects(objects(&node.children, depth + 1))
    } else {
        Value::Bytes(node.value.to_vec())
    };
    DataObject { tag: node.tag, value }
}

fn field(node: &Node<'_>, place: Place) -> Field {
    let id = node.tag.to_string();
    Field {
        name: name_of(&id),
        value: hexadecimal(node.value),
        text: text_of(&id, node.value),
        children: node.children.iter().map(|child| field(child, place)).collect(),
        position: place.of(node.at),
        id,
    }
}

/// The value as text, for the tags whose format is text.
fn text_of(id: &str, value: &[u8]) -> Option<String> {
    let printable = value.iter().all(|byte| (0x20..0x7F).contains(byte));
    if is_text(id) && printable { std::str::from_utf8(value).ok().map(str::to_owned) } else { None }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
