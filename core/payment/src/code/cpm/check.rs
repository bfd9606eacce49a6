//! The rules of the consumer-presented mode, checked on the data objects.

use super::name::lengths_of;
use super::read::{Node, Place};
use super::tlv::Tag;
use crate::code::Rule;
use crate::code::finding::Findings;

/// A reader need support no more, in bytes.
const SUPPORTED: usize = 512;

/// Checks everything but the cutting.
pub(crate) fn check(nodes: &[Node<'_>], length: usize, place: Place, findings: &mut Findings) {
    check_format(nodes, place, findings);
    check_templates(nodes, length, place, findings);
    for application in of_tag(nodes, Tag::APPLICATION) {
        check_application(application, nodes, place, findings);
    }
    for node in nodes {
        check_value(node, place, findings);
    }
    if length > SUPPORTED {
        findings.report(Rule::ConsumerLength, place.of(SUPPORTED), "");
    }
}

fn check_format(nodes: &[Node<'_>], place: Place, findings: &mut Findings) {
    match nodes.first() {
        Some(node) if node.tag == Tag::FORMAT && node.value == b"CPV01" => {}
        first => {
            let at = first.map_or(0, |node| node.value_at);
            findings.report(Rule::ConsumerFormat, place.of(at), "85");
        }
    }
}

/// How many of each template there are, and that they stand in their order.
fn check_templates(nodes: &[Node<'_>], length: usize, place: Place, findings: &mut Findings) {
    match of_tag(nodes, Tag::APPLICATION).count() {
        1 | 2 => {}
        0 => findings.report(Rule::ApplicationTemplate, place.of(length), "61"),
        _ => {
            let third = of_tag(nodes, Tag::APPLICATION).nth(2).map_or(length, |node| node.at);
            findings.report(Rule::ApplicationTemplate, place.of(third), "61");
        }
    }
    if let Some(second) = of_tag(nodes, Tag::COMMON).nth(1) {
        findings.report(Rule::CommonTemplate, place.of(second.at), "62");
    }
    let mut furthest = 0;
    for node in nodes.iter().filter(|node| node.tag != Tag::FORMAT) {
        let rank = match node.tag {
            Tag::APPLICATION => 1,
            Tag::COMMON => 2,
            _ => 3,
        };
        if rank < furthest {
            findings.report(Rule::TemplateOrder, place.of(node.at), &node.path);
            break;
        }
        furthest = rank;
    }
}

fn check_application(application: &Node<'_>, nodes: &[Node<'_>], place: Place, findings: &mut Findings) {
    if application.child(Tag::NAME).is_none_or(|name| !(5..=16).contains(&name.value.len())) {
        findings.report(Rule::ApplicationName, place.of(application.at), "61-4F");
    }
    let has_account = |node: &Node<'_>| node.child(Tag::TRACK_2).or(node.child(Tag::ACCOUNT)).is_some();
    if !has_account(application) && !of_tag(nodes, Tag::COMMON).any(has_account) {
        findings.report(Rule::AccountMissing, place.of(application.at), "61");
    }
}

/// Lengths and the issuer's address; what is transparent is the issuer's.
fn check_value(node: &Node<'_>, place: Place, findings: &mut Findings) {
    if node.tag.is_transparent() {
        return;
    }
    if lengths_of(&node.tag.to_string()).is_some_and(|lengths| !lengths.contains(&node.value.len())) {
        findings.report(Rule::ValueLength, place.of(node.at), &node.path);
    }
    if node.tag == Tag::ISSUER_URL && !is_address(node.value) {
        findings.report(Rule::IssuerUrl, place.of(node.value_at), &node.path);
    }
    for child in &node.children {
        check_value(child, place, findings);
    }
}

/// Whether a scheme stands before the rest: `https:`, `tel:`, `mailto:` (RFC 3986, 3.1).
fn is_address(value: &[u8]) -> bool {
    let mut parts = value.splitn(2, |byte| *byte == b':');
    let (Some([first, others @ ..]), Some(rest)) = (parts.next(), parts.next()) else { return false };
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    first.is_ascii_alphabetic() && others.iter().all(in_scheme) && !rest.is_empty()
}

fn of_tag<'n, 'a>(nodes: &'n [Node<'a>], tag: Tag) -> impl Iterator<Item = &'n Node<'a>> {
    nodes.iter().filter(move |node| node.tag == tag)
}
