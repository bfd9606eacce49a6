//! Reading a payload: cut into data objects, templates opened, rules checked, then the typed code.

use super::check;
use super::merchant::MerchantCode;
use super::name::{Level, field_name};
use super::object::{Object, Unit, cut};
use crate::code::finding::Findings;
use crate::code::{Code, Field, Finding, Position, Rule};

/// A data object with its place in the tree.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) object: Object<'a>,
    pub(crate) level: Level,
    /// `54`, `62-05`, `62-50-00`.
    pub(crate) path: String,
    /// The objects inside, if it is a template that could be read.
    pub(crate) children: Vec<Self>,
}

/// Whether a text that fits no other shape is meant as a merchant-presented code: it begins with a payload format
/// indicator, or it ends in a CRC and names a currency or a country.
pub(crate) fn resembles(text: &str) -> bool {
    let digits =
        |range| text.get(range).is_some_and(|part: &str| part.bytes().all(|byte| byte.is_ascii_digit()));
    let begins = (text.starts_with("0002") || text.starts_with("000201")) && digits(0..4);
    let ends = text.len() > 8 && text.get(text.len() - 8..).is_some_and(|tail| tail.starts_with("6304"));
    let names = text.contains("5303") || text.contains("5802");
    begins || (names && (ends || text.contains("000201")))
}

/// Reads a payload; fields come back as far as they could be read.
pub(crate) fn read(text: &str, start: Position, findings: &mut Findings) -> (Vec<Field>, Option<Code>) {
    let (objects, unit) = cut_root(text, start, findings);
    let nodes = open(objects, Level::Root, "", unit, findings);
    let fields = nodes.iter().map(field).collect();
    if findings.is_refused() {
        return (fields, None);
    }
    check::check(text, start, &nodes, findings);
    if findings.is_refused() {
        return (fields, None);
    }
    let code = MerchantCode::from_nodes(&nodes);
    (fields, code.map(|code| Code::Merchant(Box::new(code))))
}

/// Cuts the root by characters; if that does not end in a CRC and counting bytes does, the code counts bytes (MPM-5).
fn cut_root<'a>(text: &'a str, start: Position, findings: &mut Findings) -> (Vec<Object<'a>>, Unit) {
    let by_characters = cut(text, start, Unit::Characters);
    if !text.is_ascii() && !by_characters.ends_in(63) {
        let by_bytes = cut(text, start, Unit::Bytes);
        let culprit = by_bytes.objects.iter().find(|object| !object.value.is_ascii());
        if let (true, Some(object)) = (by_bytes.ends_in(63), culprit) {
            findings.report(Rule::ByteLength, object.at, &format!("{:02}", object.id));
            return (by_bytes.objects, Unit::Bytes);
        }
    }
    if let Some(stopped) = by_characters.stopped {
        findings.report(stopped.rule, stopped.position, &stopped.field);
    }
    (by_characters.objects, Unit::Characters)
}

/// Opens templates and refuses an ID that stands twice at one level (MPM-6).
fn open<'a>(
    objects: Vec<Object<'a>>,
    level: Level,
    parent: &str,
    unit: Unit,
    findings: &mut Findings,
) -> Vec<Node<'a>> {
    let mut seen = [false; 100];
    let mut nodes = Vec::with_capacity(objects.len());
    for object in objects {
        let path = if parent.is_empty() {
            format!("{:02}", object.id)
        } else {
            format!("{parent}-{:02}", object.id)
        };
        match seen.get_mut(usize::from(object.id)) {
            Some(seen) if !*seen => *seen = true,
            _ => findings.report(Rule::Duplicate, object.at, &path),
        }
        if object.value.is_empty() {
            findings.report(Rule::EmptyValue, object.at, &path);
        }
        let children = match level.inside(object.id) {
            Some(inside) => open_template(&object, inside, &path, unit, findings),
            None => Vec::new(),
        };
        nodes.push(Node { object, level, path, children });
    }
    nodes
}

/// The objects inside a template. What a scheme of its own put there may be no data objects at all: live codes do it.
fn open_template<'a>(
    object: &Object<'a>,
    inside: Level,
    path: &str,
    unit: Unit,
    findings: &mut Findings,
) -> Vec<Node<'a>> {
    let cut = cut(object.value, object.value_at, unit);
    if let Some(stopped) = cut.stopped {
        let field =
            if stopped.field.is_empty() { path.to_owned() } else { format!("{path}-{}", stopped.field) };
        let finding = Finding { field, ..stopped };
        if inside.is_foreign() {
            findings.report_foreign(finding);
            return Vec::new();
        }
        findings.report(finding.rule, finding.position, &finding.field);
    }
    open(cut.objects, inside, path, unit, findings)
}

fn field(node: &Node<'_>) -> Field {
    Field {
        id: format!("{:02}", node.object.id),
        name: field_name(node.level, node.object.id),
        value: node.object.value.to_owned(),
        text: None,
        children: node.children.iter().map(field).collect(),
        position: node.object.at,
    }
}
