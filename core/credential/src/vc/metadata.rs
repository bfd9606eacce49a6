//! Type metadata (SD-JWT VC, 4 and 5): what a type says of its claims, and that nobody has changed it.

use crate::sd_jwt::{Member, Tree};
use crate::vc::VerifiedCredential;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizen_jose::json;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use std::collections::BTreeSet;

/// How many types may stand behind one another.
const LONGEST_CHAIN: usize = 8;

/// Why a credential's type does not hold, and the credential with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is no description of a type (4.2, 4.6).
    #[error("no description of a type")]
    Malformed,
    /// It describes another type than the one asked for (4.3).
    #[error("the description of another type")]
    OtherType,
    /// Its bytes do not have the digest given for it (5).
    #[error("a description that somebody has changed")]
    Integrity,
    /// A type that it extends is missing, or extends it in turn (4.4, 6.5).
    #[error("a chain of types that is not whole, or runs in a circle")]
    Chain,
    /// It takes back what a type says that it extends (4.6.5.1).
    #[error("a type that loosens what it extends")]
    Loosened,
    /// A path leads into what is no object or array (4.6.1).
    #[error("a path that does not fit the credential")]
    Path,
    /// A claim is missing that the type demands (4.6.3).
    #[error("a claim that the type demands is missing")]
    Missing,
    /// A claim is selectively disclosable and must not be, or the other way round (4.6.4).
    #[error("a claim's disclosure is not as the type demands")]
    Disclosability,
}

/// Whether a claim is selectively disclosable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Disclosability {
    /// It must be.
    Always,
    /// It may be.
    #[default]
    Allowed,
    /// It must not be.
    Never,
}

/// One step of a claim's path in metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Select {
    Name(String),
    Index(usize),
    All,
}

/// What a type says of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimMetadata {
    path: Vec<Select>,
    mandatory: Option<bool>,
    disclosability: Option<Disclosability>,
    /// Labels by language, as they stand there.
    display: Option<Value>,
}

/// A type, with all that it inherits.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeMetadata {
    vct: String,
    claims: Vec<ClaimMetadata>,
    display: Option<Value>,
    types: Vec<String>,
}

/// Whether a document has one of the digests of an integrity text, by the strongest algorithm of it (5; W3C SRI, 3).
pub fn check_integrity(document: &[u8], integrity: &str) -> Result<(), MetadataError> {
    let expressions = || integrity.split_ascii_whitespace().filter_map(|text| text.split_once('-'));
    let computed = [
        ("sha512", Sha512::digest(document).to_vec()),
        ("sha384", Sha384::digest(document).to_vec()),
        ("sha256", Sha256::digest(document).to_vec()),
    ];
    let strongest = computed.into_iter().find(|(name, _)| expressions().any(|(used, _)| used == *name));
    let (name, digest) = strongest.ok_or(MetadataError::Integrity)?;
    let mut digests = expressions().filter(|(used, _)| *used == name).map(|(_, digest)| digest);
    let is_one = digests.any(|given| {
        let given = given.split('?').next().unwrap_or_default();
        STANDARD.decode(given).is_ok_and(|given| given == digest)
    });
    if is_one { Ok(()) } else { Err(MetadataError::Integrity) }
}

/// The integrity text of a document, for whoever pins it (5; W3C SRI, 3.5): by SHA-256.
#[must_use]
pub fn integrity_of(document: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(document)))
}

impl TypeMetadata {
    /// Reads the description of a type and of all that it extends, which `fetch` gives by their names (VC-5, VC-6).
    pub fn load(
        vct: &str,
        integrity: Option<&str>,
        fetch: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, MetadataError> {
        let mut documents: Vec<(String, Map<String, Value>)> = Vec::new();
        let mut next = Some((vct.to_owned(), integrity.map(str::to_owned)));
        while let Some((name, integrity)) = next.take() {
            let is_circle = documents.iter().any(|(earlier, _)| *earlier == name);
            if is_circle || documents.len() >= LONGEST_CHAIN {
                return Err(MetadataError::Chain);
            }
            let bytes = fetch(&name).ok_or(MetadataError::Chain)?;
            let document = read(&bytes, &name, integrity.as_deref())?;
            next = text(&document, "extends")?
                .map(|extends| Ok((extends, text(&document, "extends#integrity")?)))
                .transpose()?;
            documents.push((name, document));
        }
        let types = documents.iter().map(|(name, _)| name.clone()).collect();
        let mut whole = Self { vct: vct.to_owned(), claims: Vec::new(), display: None, types };
        for (_, document) in documents.iter().rev() {
            whole.extend(document)?;
        }
        Ok(whole)
    }

    /// The type.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.vct
    }

    /// The type and those it extends.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// How the type is shown, as it stands there.
    #[must_use]
    pub const fn display(&self) -> Option<&Value> {
        self.display.as_ref()
    }

    /// What it says of claims.
    #[must_use]
    pub fn claims(&self) -> &[ClaimMetadata] {
        &self.claims
    }

    /// Checks a credential that its holder has with all disclosures: also that nothing is missing (VC-7).
    pub fn check_whole(&self, credential: &VerifiedCredential) -> Result<(), MetadataError> {
        self.check(credential, true)
    }

    /// Checks what was shown to a verifier: what was not shown may be there (VC-7).
    pub fn check_shown(&self, credential: &VerifiedCredential) -> Result<(), MetadataError> {
        self.check(credential, false)
    }

    fn check(&self, credential: &VerifiedCredential, is_whole: bool) -> Result<(), MetadataError> {
        if credential.vct() != self.vct {
            return Err(MetadataError::OtherType);
        }
        let root = Member { tree: credential.token().tree().clone(), disclosure: None };
        self.claims.iter().try_for_each(|claim| claim.check(&root, is_whole))
    }

    /// Adds a description to those it extends: what it says goes before, and loosens nothing (4.6.5).
    fn extend(&mut self, document: &Map<String, Value>) -> Result<(), MetadataError> {
        if let Some(display) = document.get("display") {
            self.display = Some(display.clone());
        }
        let Some(claims) = document.get("claims") else { return Ok(()) };
        let mut seen = BTreeSet::new();
        for claim in claims.as_array().ok_or(MetadataError::Malformed)? {
            let claim = ClaimMetadata::read(claim)?;
            if !seen.insert(format!("{:?}", claim.path)) {
                return Err(MetadataError::Malformed);
            }
            match self.claims.iter_mut().find(|inherited| inherited.path == claim.path) {
                Some(inherited) => inherited.overlay(claim)?,
                None => self.claims.push(claim),
            }
        }
        Ok(())
    }
}

impl ClaimMetadata {
    /// Names of members from the top; `None` stands for any element of an array, and for one.
    #[must_use]
    pub fn names(&self) -> Vec<Option<&str>> {
        let steps = self.path.iter().map(|step| match step {
            Select::Name(name) => Some(name.as_str()),
            Select::Index(_) | Select::All => None,
        });
        steps.collect()
    }

    /// Labels and descriptions by language, as they stand there.
    #[must_use]
    pub const fn display(&self) -> Option<&Value> {
        self.display.as_ref()
    }

    fn read(value: &Value) -> Result<Self, MetadataError> {
        let claim = value.as_object().ok_or(MetadataError::Malformed)?;
        let path = claim.get("path").and_then(Value::as_array).filter(|path| !path.is_empty());
        let path = path.ok_or(MetadataError::Malformed)?.iter().map(select).collect::<Result<_, _>>()?;
        let mandatory =
            claim.get("mandatory").map(|mandatory| mandatory.as_bool().ok_or(MetadataError::Malformed));
        let disclosability = match claim.get("sd").map(Value::as_str) {
            None => None,
            Some(Some("always")) => Some(Disclosability::Always),
            Some(Some("allowed")) => Some(Disclosability::Allowed),
            Some(Some("never")) => Some(Disclosability::Never),
            Some(_) => return Err(MetadataError::Malformed),
        };
        if claim.get("display").is_some_and(|display| !display.is_array()) {
            return Err(MetadataError::Malformed);
        }
        let display = claim.get("display").cloned();
        Ok(Self { path, mandatory: mandatory.transpose()?, disclosability, display })
    }

    fn overlay(&mut self, child: Self) -> Result<(), MetadataError> {
        let inherited = self.disclosability.unwrap_or_default();
        let is_loosened = self.mandatory == Some(true) && child.mandatory == Some(false);
        let is_changed = child.disclosability.is_some_and(|own| own != inherited);
        if is_loosened || (is_changed && inherited != Disclosability::Allowed) {
            return Err(MetadataError::Loosened);
        }
        self.mandatory = child.mandatory.or(self.mandatory);
        self.disclosability = child.disclosability.or(self.disclosability);
        self.display = child.display.or_else(|| self.display.take());
        Ok(())
    }

    fn check(&self, root: &Member, is_whole: bool) -> Result<(), MetadataError> {
        let mut selected = vec![Selected::Shown(root)];
        for step in &self.path {
            selected = step.select(&selected)?;
        }
        if is_whole && self.mandatory == Some(true) && selected.is_empty() {
            return Err(MetadataError::Missing);
        }
        let wanted = self.disclosability.unwrap_or_default();
        let fits = |selected: &Selected<'_>| match wanted {
            Disclosability::Allowed => true,
            Disclosability::Always => selected.is_disclosable(),
            Disclosability::Never => !selected.is_disclosable(),
        };
        if selected.iter().all(fits) { Ok(()) } else { Err(MetadataError::Disclosability) }
    }
}

/// What a path leads to.
#[derive(Clone, Copy)]
enum Selected<'a> {
    Shown(&'a Member),
    /// An array's element that was not shown: it is disclosable, and nothing is known of what is in it.
    Withheld,
}

impl Selected<'_> {
    const fn is_disclosable(&self) -> bool {
        match self {
            Self::Shown(member) => member.disclosure.is_some(),
            Self::Withheld => true,
        }
    }
}

impl Select {
    /// One step on from everything that is selected (4.6.1.2).
    fn select<'a>(&self, from: &[Selected<'a>]) -> Result<Vec<Selected<'a>>, MetadataError> {
        let mut found = Vec::new();
        for selected in from {
            let Selected::Shown(member) = selected else { continue };
            match (self, &member.tree) {
                (Self::Name(name), Tree::Object(members)) => {
                    found.extend(members.get(name).map(Selected::Shown));
                }
                (Self::Index(index), Tree::Array(elements)) => {
                    found.extend(elements.get(*index).map(element));
                }
                (Self::All, Tree::Array(elements)) => found.extend(elements.iter().map(element)),
                _ => return Err(MetadataError::Path),
            }
        }
        Ok(found)
    }
}

const fn element(element: &Option<Member>) -> Selected<'_> {
    match element {
        Some(member) => Selected::Shown(member),
        None => Selected::Withheld,
    }
}

fn select(step: &Value) -> Result<Select, MetadataError> {
    match step {
        Value::String(name) => Ok(Select::Name(name.clone())),
        Value::Null => Ok(Select::All),
        step => {
            let index = step.as_u64().and_then(|index| usize::try_from(index).ok());
            index.map(Select::Index).ok_or(MetadataError::Malformed)
        }
    }
}

fn read(bytes: &[u8], vct: &str, integrity: Option<&str>) -> Result<Map<String, Value>, MetadataError> {
    integrity.map_or(Ok(()), |integrity| check_integrity(bytes, integrity))?;
    let document = json::parse_object(bytes).map_err(|_| MetadataError::Malformed)?;
    match document.get("vct").map(Value::as_str) {
        Some(Some(described)) if described == vct => Ok(document),
        Some(Some(_)) => Err(MetadataError::OtherType),
        _ => Err(MetadataError::Malformed),
    }
}

fn text(document: &Map<String, Value>, name: &str) -> Result<Option<String>, MetadataError> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(MetadataError::Malformed);
    document.get(name).map(text).transpose()
}
