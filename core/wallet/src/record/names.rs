//! What issuers call the types that they have issued to her: their own words, of issuers that the registry proved, for people alone.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Canonical as _;
#[cfg(feature = "credentials")]
use citizen_primitives::Hash;
#[cfg(feature = "credentials")]
use citizen_store::Row;
use citizen_store::{Store, StoreError, Table};
use citizen_voting::manifest::Bilingual;

/// The kind of row: the first byte of its key. Others of the table are in `record/credential.rs`.
const NAMES: u8 = 8;

/// The names of a type. They outlive its credentials, for the log.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct NamesRow {
    /// The type.
    pub(crate) vct: String,
    /// What it is called.
    pub(crate) name: Option<Bilingual>,
    /// What its claims are called.
    pub(crate) claims: Vec<ClaimName>,
}

/// The name of a claim.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ClaimName {
    /// Names of members from the top; nothing stands for any element of an array.
    pub(crate) path: Vec<Option<String>>,
    /// What it is called.
    pub(crate) name: Bilingual,
}

impl ClaimName {
    /// Whether it is the name of the claim at a path as paths are written: `list[0].date`.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let mut rest = path;
        for (place, step) in self.path.iter().enumerate() {
            let after = match step {
                Some(name) if place == 0 => rest.strip_prefix(name.as_str()),
                Some(name) => rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(name.as_str())),
                None => element(rest),
            };
            let Some(after) = after else { return false };
            rest = after;
        }
        rest.is_empty()
    }
}

/// What follows a place in an array.
fn element(text: &str) -> Option<&str> {
    let (number, after) = text.strip_prefix('[')?.split_once(']')?;
    (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit())).then_some(after)
}

citizen_primitives::canonical!(NamesRow = 1);

/// The row of a type's names.
#[cfg(feature = "credentials")]
pub(crate) fn names_row(vct: &str) -> Row {
    let name = Hash::plain(&[vct.as_bytes()]);
    Row::new(Table::Credentials, [&[NAMES], name.as_bytes().as_slice()].concat())
}

/// All names that are known.
pub(crate) fn names(store: &dyn Store) -> Result<Vec<NamesRow>, StoreError> {
    let entries = store.list(Table::Credentials)?;
    let known = entries.iter().filter(|entry| entry.key.first() == Some(&NAMES));
    known.map(|entry| NamesRow::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Text;

    #[test]
    fn a_claim_is_named_at_its_path_and_nowhere_else() {
        let text = || Text::new("구").unwrap();
        let named = |path: &[Option<&str>]| ClaimName {
            path: path.iter().map(|step| step.map(str::to_owned)).collect(),
            name: Bilingual { ko: text(), en: text() },
        };
        assert!(named(&[Some("address"), Some("district")]).is_at("address.district"));
        assert!(named(&[Some("list"), None, Some("date")]).is_at("list[12].date"));
        let age = named(&[Some("age")]);
        for other in ["age_over_19", "", "age.x", "age[0]", "agee", "a"] {
            assert!(!age.is_at(other), "{other}");
        }
        assert!(!named(&[Some("list"), None]).is_at("list[x]"));
    }
}
