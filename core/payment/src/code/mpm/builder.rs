//! Writing a merchant-presented code: what the sandbox's centre mints.

use super::merchant::Initiation;
use super::write::Objects;
use crate::code::{Code, Finding, Leniency, Position, Rule};
use citizen_primitives::Won;
use citizen_primitives::order::set_of;
use citizen_primitives::text::to_nfc;
use std::collections::BTreeMap;

/// Collects data objects and writes them in the order of their IDs, format indicator first, CRC last.
///
/// `build` reads back what it wrote, to the letter: what the parser refuses is never written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builder {
    objects: BTreeMap<u8, String>,
    templates: BTreeMap<u8, BTreeMap<u8, String>>,
}

impl Builder {
    /// An empty code in won, in Korea.
    #[must_use]
    pub fn in_korea() -> Self {
        Self::default().object(53, "410").object(58, "KR")
    }

    /// Sets a data object at the root; a value is brought into normal form C.
    #[must_use]
    pub fn object(mut self, id: u8, value: &str) -> Self {
        self.objects.insert(id, to_nfc(value));
        self
    }

    /// Sets a data object inside a template of the root.
    #[must_use]
    pub fn inner(mut self, template: u8, id: u8, value: &str) -> Self {
        self.templates.entry(template).or_default().insert(id, to_nfc(value));
        self
    }

    /// Static or dynamic (01).
    #[must_use]
    pub fn initiation(self, initiation: Initiation) -> Self {
        match initiation {
            Initiation::Static => self.object(1, "11"),
            Initiation::Dynamic => self.object(1, "12"),
            Initiation::Unstated => self,
        }
    }

    /// Category code (52), name (59) and city (60) of the merchant, in the common character set.
    #[must_use]
    pub fn merchant(self, category: &str, name: &str, city: &str) -> Self {
        self.object(52, category).object(59, name).object(60, city)
    }

    /// Name and city in Hangul (64).
    #[must_use]
    pub fn in_korean(self, name: &str, city: &str) -> Self {
        self.inner(64, 0, "ko").inner(64, 1, name).inner(64, 2, city)
    }

    /// The amount (54).
    #[must_use]
    pub fn amount(self, amount: Won) -> Self {
        self.object(54, &amount.amount().to_string())
    }

    /// The order's reference (62-05).
    #[must_use]
    pub fn reference(self, reference: &str) -> Self {
        self.inner(62, 5, reference)
    }

    /// The payload with its CRC, or the first rule it would break.
    pub fn build(&self) -> Result<String, Finding> {
        let payload = self.write().ok_or_else(too_long)?;
        match Code::parse(&payload, Leniency::Strict).outcome {
            Ok(Code::Merchant(_)) => Ok(payload),
            Ok(_) => {
                Err(Finding { rule: Rule::NoPaymentCode, position: Position::START, field: String::new() })
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn write(&self) -> Option<String> {
        let mut objects = Objects::default();
        objects.put(0, "01");
        let ids = set_of(self.objects.keys().chain(self.templates.keys()).copied());
        for id in ids.into_iter().filter(|id| !matches!(id, 0 | 63)) {
            match self.templates.get(&id) {
                Some(inner) => objects.put_template(id, &written(inner)),
                None => objects.put_if(id, self.objects.get(&id).map(String::as_str)),
            }
        }
        objects.sealed()
    }
}

fn written(inner: &BTreeMap<u8, String>) -> Objects {
    let mut objects = Objects::default();
    for (id, value) in inner {
        objects.put(*id, value);
    }
    objects
}

const fn too_long() -> Finding {
    Finding { rule: Rule::ValueTooLong, position: Position::START, field: String::new() }
}
