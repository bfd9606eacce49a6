//! The rules of the merchant-presented mode, checked on the data objects.

use super::amount::Amount;
use super::checksum::checksum;
use super::name::Level;
use super::read::Node;
use crate::code::finding::Findings;
use crate::code::{Position, Rule};
use citizen_primitives::text::to_nfc;

/// Won has no decimals (ISO 4217: 410, exponent 0).
pub(crate) const WON: &str = "410";

/// Checks everything but the cutting: order and CRC first, since a changed code fails there, then presence, then values.
pub(crate) fn check(text: &str, start: Position, nodes: &[Node<'_>], findings: &mut Findings) {
    let end = start.after(text);
    check_order(nodes, start, findings);
    check_checksum(text, start, nodes, end, findings);
    check_presence(nodes, end, findings);
    for node in nodes {
        check_characters(node, findings);
        check_value(node, findings);
    }
    check_fees(nodes, end, findings);
    check_decimals(nodes, findings);
    if text.len() > 512 {
        findings.report(Rule::PayloadLength, end, "");
    }
}

fn check_order(nodes: &[Node<'_>], start: Position, findings: &mut Findings) {
    match (nodes.first(), find(nodes, 0)) {
        (Some(first), Some(_)) if first.object.id == 0 => {}
        (_, indicator) => {
            let at = indicator.map_or(start, |node| node.object.at);
            findings.report(Rule::FormatIndicatorFirst, at, "00");
        }
    }
    if let Some(indicator) = find(nodes, 0)
        && indicator.object.value != "01"
    {
        findings.report(Rule::FormatIndicator, indicator.object.value_at, "00");
    }
    let after = nodes.iter().skip_while(|node| node.object.id != 63).nth(1);
    if let Some(after) = after {
        findings.report(Rule::ChecksumLast, after.object.at, &after.path);
    }
}

fn check_checksum(text: &str, start: Position, nodes: &[Node<'_>], end: Position, findings: &mut Findings) {
    let Some(node) = find(nodes, 63) else {
        findings.report(Rule::ChecksumMissing, end, "63");
        return;
    };
    let (value, at) = (node.object.value, node.object.value_at);
    let written = if value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u16::from_str_radix(value, 16).ok()
    } else {
        None
    };
    let Some(written) = written else {
        findings.report(Rule::ChecksumForm, at, "63");
        return;
    };
    let covered = text.get(..at.byte.saturating_sub(start.byte)).unwrap_or_default();
    if written != checksum(covered.as_bytes()) {
        findings.report(Rule::Checksum, at, "63");
    } else if value.bytes().any(|byte| byte.is_ascii_lowercase()) {
        findings.report(Rule::ChecksumCase, at, "63");
    }
}

fn check_presence(nodes: &[Node<'_>], end: Position, findings: &mut Findings) {
    if !nodes.iter().any(|node| (2..=51).contains(&node.object.id)) {
        findings.report(Rule::MerchantAccountMissing, end, "");
    }
    if find(nodes, 53).is_none() {
        findings.report(Rule::CurrencyMissing, end, "53");
    }
    for id in [52, 58, 59, 60] {
        if find(nodes, id).is_none() {
            findings.report(Rule::ObjectMissing, end, &format!("{id}"));
        }
    }
}

/// The alphabet and normal form of a value; inside a template each object answers for itself.
fn check_characters(node: &Node<'_>, findings: &mut Findings) {
    for child in &node.children {
        check_characters(child, findings);
    }
    if !node.children.is_empty() {
        return;
    }
    let (value, at) = (node.object.value, node.object.value_at);
    let place = |offset: usize| at.after(value.get(..offset).unwrap_or_default());
    if let Some((offset, _)) = value.char_indices().find(|(_, character)| character.is_control()) {
        findings.report(Rule::ControlCharacter, place(offset), &node.path);
    } else if !is_string(node)
        && let Some((offset, _)) = value.char_indices().find(|(_, character)| !character.is_ascii())
    {
        findings.report(Rule::Characters, place(offset), &node.path);
    } else if to_nfc(value) != value {
        findings.report(Rule::NotPrecomposed, at, &node.path);
    }
}

/// Whether the format is S, which may hold any script.
const fn is_string(node: &Node<'_>) -> bool {
    match node.level {
        Level::Root => matches!(node.object.id, 62 | 64..=99),
        Level::Additional => node.object.id >= 10,
        Level::Language | Level::Unreserved | Level::PaymentSystem => node.object.id > 0,
        Level::Account => false,
    }
}

/// The longest value of a data object, in characters.
const fn longest(level: Level, id: u8) -> usize {
    match (level, id) {
        (Level::Root, 54 | 56) => 13,
        (Level::Root, 57) => 5,
        (Level::Root, 59) | (Level::Additional, 1..=8) | (Level::Language, 1) => 25,
        (Level::Root, 60) | (Level::Language, 2) => 15,
        (Level::Root, 61) => 10,
        (Level::Additional, 9) => 3,
        (Level::Account | Level::Unreserved | Level::PaymentSystem, 0) => 32,
        _ => 99,
    }
}

fn check_value(node: &Node<'_>, findings: &mut Findings) {
    let (value, at) = (node.object.value, node.object.value_at);
    // Amounts and the consumer data request have rules of their own, which a too long value breaks as well.
    let amount = matches!((node.level, node.object.id), (Level::Root, 54 | 56 | 57) | (Level::Additional, 9));
    if !amount && value.chars().count() > longest(node.level, node.object.id) {
        findings.report(Rule::ValueTooLong, at, &node.path);
    }
    match (node.level, node.object.id) {
        (Level::Root, _) => check_root_value(node, findings),
        (Level::Additional, 9) => {
            let letters: Vec<_> = value.chars().collect();
            let once = |letter: &char| letters.iter().filter(|other| *other == letter).count() == 1;
            if !letters.iter().all(|letter| matches!(letter, 'A' | 'M' | 'E') && once(letter)) {
                findings.report(Rule::ConsumerDataRequest, at, &node.path);
            }
        }
        (Level::Additional, 0 | 10..=49) | (Level::Language, 3..) => {
            findings.report(Rule::Reserved, node.object.at, &node.path);
        }
        (Level::Account | Level::Unreserved | Level::PaymentSystem, 0) if !is_unique_identifier(value) => {
            findings.report(Rule::IdentifierForm, at, &node.path);
        }
        _ => {}
    }
    check_template(node, findings);
    for child in &node.children {
        check_value(child, findings);
    }
}

fn check_root_value(node: &Node<'_>, findings: &mut Findings) {
    let (value, at) = (node.object.value, node.object.value_at);
    let digits = |length: usize| value.len() == length && value.bytes().all(|byte| byte.is_ascii_digit());
    let broken = match node.object.id {
        1 if !matches!(value, "11" | "12") => Rule::PointOfInitiation,
        52 if !digits(4) => Rule::CategoryCode,
        53 if !digits(3) => Rule::Currency,
        54 => match Amount::parse(value) {
            None => Rule::Amount,
            Some(amount) if amount.is_zero() => Rule::AmountZero,
            Some(_) => return,
        },
        55 if !matches!(value, "01" | "02" | "03") => Rule::TipIndicator,
        58 if value.len() != 2 || !value.bytes().all(|byte| byte.is_ascii_uppercase()) => Rule::Country,
        65..=79 => Rule::Reserved,
        _ => return,
    };
    findings.report(broken, if broken == Rule::Reserved { node.object.at } else { at }, &node.path);
}

/// What a template must hold.
fn check_template(node: &Node<'_>, findings: &mut Findings) {
    let holds = |id| find(&node.children, id);
    match node.level.inside(node.object.id) {
        Some(inside) if inside.is_foreign() && holds(0).is_none() => {
            findings.report(Rule::TemplateIdentifier, node.object.at, &node.path);
        }
        Some(Level::Language) => {
            let language = holds(0).filter(|node| {
                node.object.value.len() == 2
                    && node.object.value.bytes().all(|byte| byte.is_ascii_alphabetic())
            });
            if language.is_none() || holds(1).is_none() {
                findings.report(Rule::LanguageTemplate, node.object.at, &node.path);
            }
        }
        _ => {}
    }
}

fn check_fees(nodes: &[Node<'_>], end: Position, findings: &mut Findings) {
    let indicator = find(nodes, 55).map(|node| node.object.value);
    for (id, announces, rule) in [(56, "02", Rule::FixedFee), (57, "03", Rule::PercentageFee)] {
        match (find(nodes, id), indicator == Some(announces)) {
            (None, true) => findings.report(rule, end, &format!("{id}")),
            (Some(node), false) => findings.report(Rule::FeeUnexpected, node.object.at, &node.path),
            (Some(node), true) if !is_fee(id, node.object.value) => {
                findings.report(rule, node.object.value_at, &node.path);
            }
            _ => {}
        }
    }
}

fn is_fee(id: u8, value: &str) -> bool {
    let amount = Amount::parse(value).filter(|amount| !amount.is_zero());
    match (id, amount) {
        (_, None) => false,
        (56, Some(_)) => true,
        (_, Some(percentage)) => value.len() <= 5 && percentage.decimals() <= 2 && percentage.is_below(100),
    }
}

fn check_decimals(nodes: &[Node<'_>], findings: &mut Findings) {
    if find(nodes, 53).is_none_or(|node| node.object.value != WON) {
        return;
    }
    for node in [54, 56].into_iter().filter_map(|id| find(nodes, id)) {
        if Amount::parse(node.object.value).is_some_and(|amount| amount.decimals() > 0) {
            findings.report(Rule::AmountDecimals, node.object.value_at, &node.path);
        }
    }
}

/// An application identifier (5 to 16 bytes in hexadecimal), a UUID without hyphens, or a reverse domain name.
fn is_unique_identifier(value: &str) -> bool {
    let hexadecimal = (10..=32).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    hexadecimal || (value.contains('.') && value.split('.').all(label))
}

/// The first object with an ID.
pub(crate) fn find<'n, 'a>(nodes: &'n [Node<'a>], id: u8) -> Option<&'n Node<'a>> {
    nodes.iter().find(|node| node.object.id == id)
}
