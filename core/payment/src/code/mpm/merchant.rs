//! What a valid merchant-presented code says, typed.

use super::amount::Amount;
use super::check::{WON, find};
use super::read::Node;
use citizen_primitives::{Text, Won};
use std::fmt;

/// The ID of a data object, 00 to 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(u8);

impl ObjectId {
    /// From a number up to 99.
    #[must_use]
    pub const fn new(id: u8) -> Option<Self> {
        if id <= 99 { Some(Self(id)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

/// Whether a code is for one payment or for many (ID 01).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Initiation {
    /// 11: printed once, paid many times.
    Static,
    /// 12: made for one payment.
    Dynamic,
    /// Not said.
    #[default]
    Unstated,
}

/// A template under an identifier of its scheme's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// Object 00, which names the scheme.
    pub identifier: Option<Text>,
    /// The other objects, raw.
    pub objects: Vec<(ObjectId, Text)>,
}

impl Template {
    /// The raw value of one object.
    #[must_use]
    pub fn object(&self, id: u8) -> Option<&Text> {
        self.objects.iter().find(|(object, _)| object.value() == id).map(|(_, value)| value)
    }
}

/// A merchant's account with one payment network (IDs 02 to 51).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantAccount {
    /// The ID, which for 02 to 25 says the network.
    pub id: ObjectId,
    /// What stands there.
    pub content: AccountContent,
}

/// What a merchant account holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountContent {
    /// 02 to 25: the network's own text.
    Primitive(Text),
    /// 26 to 51.
    Template(Template),
}

/// A tip or convenience fee (IDs 55 to 57).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tip {
    /// The payer is asked for a tip.
    Prompt,
    /// A fixed fee is added.
    Fixed(Amount),
    /// A percentage is added, 00.01 to 99.99.
    Percentage(Amount),
}

/// A value that the merchant gives or the payer is asked for (`***`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompted {
    /// The merchant's value.
    Given(Text),
    /// The app asks the payer.
    Ask,
}

/// Which of the payer's data the merchant asks for (62-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsumerData {
    /// A: address.
    Address,
    /// M: mobile number.
    Mobile,
    /// E: email address.
    Email,
}

/// The additional data field template (ID 62).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdditionalData {
    /// 01.
    pub bill_number: Option<Prompted>,
    /// 02.
    pub mobile_number: Option<Prompted>,
    /// 03.
    pub store: Option<Prompted>,
    /// 04.
    pub loyalty_number: Option<Prompted>,
    /// 05: in a dynamic code the order's reference.
    pub reference: Option<Prompted>,
    /// 06.
    pub customer: Option<Prompted>,
    /// 07.
    pub terminal: Option<Prompted>,
    /// 08.
    pub purpose: Option<Prompted>,
    /// 09.
    pub consumer_data: Vec<ConsumerData>,
    /// 50 to 99.
    pub templates: Vec<(ObjectId, Template)>,
}

/// The merchant in another language (ID 64): where Hangul stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Localised {
    /// 00: two letters (ISO 639).
    pub language: Option<Text>,
    /// 01.
    pub name: Option<Text>,
    /// 02.
    pub city: Option<Text>,
}

/// A valid merchant-presented code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MerchantCode {
    /// ID 01.
    pub initiation: Initiation,
    /// IDs 02 to 51, at least one.
    pub accounts: Vec<MerchantAccount>,
    /// ID 52: four digits (ISO 18245).
    pub category: Option<Text>,
    /// ID 53: three digits (ISO 4217).
    pub currency: Text,
    /// ID 54; nothing means the payer types it.
    pub amount: Option<Amount>,
    /// IDs 55 to 57.
    pub tip: Option<Tip>,
    /// ID 58: two letters (ISO 3166-1).
    pub country: Option<Text>,
    /// ID 59.
    pub name: Option<Text>,
    /// ID 60.
    pub city: Option<Text>,
    /// ID 61.
    pub postal_code: Option<Text>,
    /// ID 62.
    pub additional: AdditionalData,
    /// ID 64.
    pub localised: Option<Localised>,
    /// IDs 80 to 99.
    pub unreserved: Vec<(ObjectId, Template)>,
}

impl MerchantCode {
    /// Whether the currency is won (410).
    #[must_use]
    pub fn is_in_won(&self) -> bool {
        self.currency.as_str() == WON
    }

    /// The amount in won: nothing if there is none, if the currency is another, or if it has a fraction.
    #[must_use]
    pub fn amount_in_won(&self) -> Option<Won> {
        if self.is_in_won() { self.amount.as_ref().and_then(Amount::won) } else { None }
    }

    /// The merchant's name to show: in its own language if the code has it.
    #[must_use]
    pub fn display_name(&self) -> Option<&Text> {
        let localised = self.localised.as_ref().and_then(|localised| localised.name.as_ref());
        localised.or(self.name.as_ref())
    }

    /// The merchant account under a scheme's identifier, compared without regard to case.
    #[must_use]
    pub fn account_of(&self, identifier: &str) -> Option<&Template> {
        self.accounts.iter().find_map(|account| match &account.content {
            AccountContent::Template(template) => template
                .identifier
                .as_ref()
                .filter(|text| text.as_str().eq_ignore_ascii_case(identifier))
                .map(|_| template),
            AccountContent::Primitive(_) => None,
        })
    }

    /// From data objects that passed every check.
    pub(crate) fn from_nodes(nodes: &[Node<'_>]) -> Option<Self> {
        let value = |id| find(nodes, id).map(|node| node.object.value);
        let text = |id| value(id).and_then(text_of);
        let amount = |id| value(id).and_then(Amount::parse).filter(|amount| !amount.is_zero());
        Some(Self {
            initiation: match value(1) {
                Some("11") => Initiation::Static,
                Some("12") => Initiation::Dynamic,
                _ => Initiation::Unstated,
            },
            accounts: nodes.iter().filter_map(account).collect(),
            category: text(52),
            currency: text(53)?,
            amount: amount(54),
            tip: match value(55) {
                Some("01") => Some(Tip::Prompt),
                Some("02") => amount(56).map(Tip::Fixed),
                Some("03") => amount(57).map(Tip::Percentage),
                _ => None,
            },
            country: text(58),
            name: text(59),
            city: text(60),
            postal_code: text(61),
            additional: find(nodes, 62).map(additional).unwrap_or_default(),
            localised: find(nodes, 64).map(localised),
            unreserved: templates(nodes, 80),
        })
    }
}

fn text_of(value: &str) -> Option<Text> {
    Text::new(value).ok().filter(|text| !text.as_str().is_empty())
}

fn account(node: &Node<'_>) -> Option<MerchantAccount> {
    let content = match node.object.id {
        2..=25 => AccountContent::Primitive(text_of(node.object.value)?),
        26..=51 => AccountContent::Template(template(node)),
        _ => return None,
    };
    Some(MerchantAccount { id: ObjectId(node.object.id), content })
}

fn template(node: &Node<'_>) -> Template {
    let others = node.children.iter().filter(|child| child.object.id != 0);
    Template {
        identifier: find(&node.children, 0).and_then(|child| text_of(child.object.value)),
        objects: others
            .filter_map(|child| Some((ObjectId(child.object.id), text_of(child.object.value)?)))
            .collect(),
    }
}

fn templates(nodes: &[Node<'_>], from: u8) -> Vec<(ObjectId, Template)> {
    let of_schemes = nodes.iter().filter(|node| node.object.id >= from);
    of_schemes.map(|node| (ObjectId(node.object.id), template(node))).collect()
}

fn additional(node: &Node<'_>) -> AdditionalData {
    let prompted = |id| match find(&node.children, id)?.object.value {
        "***" => Some(Prompted::Ask),
        value => text_of(value).map(Prompted::Given),
    };
    let asked = find(&node.children, 9).map_or("", |child| child.object.value);
    AdditionalData {
        bill_number: prompted(1),
        mobile_number: prompted(2),
        store: prompted(3),
        loyalty_number: prompted(4),
        reference: prompted(5),
        customer: prompted(6),
        terminal: prompted(7),
        purpose: prompted(8),
        consumer_data: asked
            .chars()
            .filter_map(|letter| match letter {
                'A' => Some(ConsumerData::Address),
                'M' => Some(ConsumerData::Mobile),
                'E' => Some(ConsumerData::Email),
                _ => None,
            })
            .collect(),
        templates: templates(&node.children, 50),
    }
}

fn localised(node: &Node<'_>) -> Localised {
    let text = |id| find(&node.children, id).and_then(|child| text_of(child.object.value));
    Localised { language: text(0), name: text(1), city: text(2) }
}
