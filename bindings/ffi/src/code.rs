//! Payment codes: read without asking anybody, then asked about.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::live::Live;
use crate::wallet::Wallet;
use citizen_wallet::code::{Field, Finding};
use citizen_wallet::view::MerchantView;
use citizen_wallet::{Leniency, Message, Reading, ScannedCode as CoreScannedCode, inspect};
use std::sync::Arc;

uniffi::use_remote_type!(citizen_wallet::Message);

/// A text read as a code. Unverified: a stranger printed it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CodeReading {
    /// The text as it was scanned.
    pub text: String,
    /// What it is, valid or not: `emv-mpm`, `zeropay-static`…
    pub kind: String,
    /// Every field that could be read, also of an invalid code.
    pub fields: Vec<CodeField>,
    /// Rules that were tolerated or are advice only.
    pub warnings: Vec<CodeFinding>,
    /// The first rule that an invalid code breaks; nothing if it may be acted on.
    pub refusal: Option<CodeFinding>,
}

/// A data object of a code.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CodeField {
    /// Its number: `54`.
    pub id: String,
    /// Its name.
    pub name: Message,
    /// Its value as it stands.
    pub value: String,
    /// Its value for people, where that differs.
    pub text: Option<String>,
    /// What is inside it.
    pub children: Vec<CodeField>,
}

/// A rule that a code breaks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CodeFinding {
    /// The rule's stable word.
    pub rule: String,
    /// The rule for people.
    pub text: Message,
    /// Where, in characters from 0.
    pub position: u64,
    /// The data object: `54`, `62-05`; empty where it is the code as a whole.
    pub field: String,
}

/// Reads a text without asking anybody and without a wallet. Lenient: what live schemes do against the letter of the standard is a
/// warning.
#[uniffi::export(default(lenient = false))]
#[must_use]
pub fn inspect_code(text: String, lenient: bool) -> CodeReading {
    let leniency = if lenient { Leniency::Lenient } else { Leniency::Strict };
    CodeReading::of(&inspect(text.trim(), leniency))
}

/// A code with the centre's signed word on whose it is.
#[derive(Debug, uniffi::Object)]
pub struct ScannedCode {
    pub(crate) code: CoreScannedCode,
    _live: Live,
}

#[uniffi::export]
impl ScannedCode {
    /// The code as it was read: unverified.
    #[must_use]
    pub fn reading(&self) -> CodeReading {
        CodeReading::of(self.code.reading())
    }

    /// Whose it is, by the centre's word.
    #[must_use]
    pub fn merchant(&self) -> MerchantView {
        self.code.merchant()
    }

    /// Whether it may be paid.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.code.is_usable()
    }
}

#[uniffi::export]
impl Wallet {
    /// Reads a text and asks the centre who it is. What cannot be paid is refused before anybody is asked.
    #[uniffi::method(default(cancel = None))]
    pub async fn scan_text(
        &self,
        text: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<ScannedCode>, WalletError> {
        self.call(cancel, async move |wallet| Ok(ScannedCode::of(wallet.scan_text(&text).await?))).await
    }
}

impl ScannedCode {
    pub(crate) fn of(code: CoreScannedCode) -> Arc<Self> {
        Arc::new(Self { code, _live: Live::new() })
    }
}

impl CodeReading {
    pub(crate) fn of(reading: &Reading) -> Self {
        Self {
            text: reading.text.clone(),
            kind: reading.kind.as_str().to_owned(),
            fields: reading.fields.iter().map(CodeField::of).collect(),
            warnings: reading.warnings.iter().map(CodeFinding::of).collect(),
            refusal: reading.refusal().map(CodeFinding::of),
        }
    }
}

impl CodeField {
    fn of(field: &Field) -> Self {
        Self {
            id: field.id.clone(),
            name: Message { ko: field.name.ko.to_owned(), en: field.name.en.to_owned() },
            value: field.value.clone(),
            text: field.text.clone(),
            children: field.children.iter().map(Self::of).collect(),
        }
    }
}

impl CodeFinding {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.as_str().to_owned(),
            text: Message { ko: finding.rule.ko().to_owned(), en: finding.rule.en().to_owned() },
            position: u64::try_from(finding.position.character).unwrap_or(u64::MAX),
            field: finding.field.clone(),
        }
    }
}
