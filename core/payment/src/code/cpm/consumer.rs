//! A consumer-presented code as its objects, and written again.

use super::tlv::{DataObject, Tag, Value, put};
use crate::code::{Code, Leniency, Rule, WriteError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A consumer-presented code: what a citizen shows and a till charges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsumerCode {
    /// Its one or two applications (61), the one the citizen prefers first.
    pub applications: Vec<Template>,
    /// What holds for every application (62).
    pub common: Option<Template>,
    /// Objects behind them, which a reader that does not know them ignores.
    pub others: Vec<DataObject>,
}

/// The objects of one template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// In their order.
    pub objects: Vec<DataObject>,
}

/// The version of an application that does not tell its own (9F08).
const VERSION_UNTOLD: [u8; 2] = [0x00, 0x10];

impl Template {
    /// An application of a name (4F).
    #[must_use]
    pub fn application(name: &[u8]) -> Self {
        Self::default().with(Tag::NAME, name)
    }

    /// With one object more.
    #[must_use]
    pub fn with(mut self, tag: Tag, value: &[u8]) -> Self {
        self.objects.push(DataObject { tag, value: Value::Bytes(value.to_vec()) });
        self
    }

    /// The bytes of an object.
    #[must_use]
    pub fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        self.objects.iter().find(|object| object.tag == tag).and_then(|object| match &object.value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            Value::Objects(_) => None,
        })
    }

    /// The application's name (4F).
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.bytes(Tag::NAME)
    }

    /// The application's version (9F08); untold, it is 0010.
    #[must_use]
    pub fn version(&self) -> [u8; 2] {
        self.bytes(Tag::VERSION).and_then(|bytes| bytes.try_into().ok()).unwrap_or(VERSION_UNTOLD)
    }
}

impl ConsumerCode {
    /// The first application that a till with this identifier takes: its name begins with the identifier.
    #[must_use]
    pub fn application_for(&self, identifier: &[u8]) -> Option<&Template> {
        let takes = |name: &[u8]| !identifier.is_empty() && name.starts_with(identifier);
        self.applications.iter().find(|application| application.name().is_some_and(takes))
    }

    /// The code as base64. What is written was read back, to the letter, as this very code.
    pub fn render(&self) -> Result<String, WriteError> {
        let mut bytes = Vec::new();
        let written = self.objects().iter().try_for_each(|object| put(&mut bytes, object));
        written.ok_or(WriteError::of(Rule::TextTooLong))?;
        let text = STANDARD.encode(bytes);
        match Code::parse(&text, Leniency::Strict).outcome {
            Ok(Code::Consumer(code)) if code == *self => Ok(text),
            Ok(_) => Err(WriteError::Ambiguous),
            Err(finding) => Err(WriteError::Broken(finding)),
        }
    }

    fn objects(&self) -> Vec<DataObject> {
        let template =
            |tag, template: &Template| DataObject { tag, value: Value::Objects(template.objects.clone()) };
        let format = DataObject { tag: Tag::FORMAT, value: Value::Bytes(b"CPV01".to_vec()) };
        let applications =
            self.applications.iter().map(|application| template(Tag::APPLICATION, application));
        let common = self.common.iter().map(|common| template(Tag::COMMON, common));
        std::iter::once(format).chain(applications).chain(common).chain(self.others.iter().cloned()).collect()
    }
}
