//! What types of credentials and their claims are called on screens: by the issuer's word where the registry proved the issuer, else as they
//! are written (CARD-30).

use crate::error::Message;
use crate::record::NamesRow;
use citizen_primitives::text::to_shown;

/// The names that this wallet knows.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<NamesRow>);

impl Names {
    pub(crate) const fn of(rows: Vec<NamesRow>) -> Self {
        Self(rows)
    }

    /// A type's name; the type itself where nobody has given it one.
    pub(crate) fn of_type(&self, vct: &str) -> Message {
        let name = self.row(vct).and_then(|row| row.name.as_ref());
        name.map_or_else(|| Message::same(to_shown(vct)), Message::written)
    }

    /// The name with the type beside it, which nobody chooses for its sound.
    pub(crate) fn of_type_with_it(&self, vct: &str) -> Message {
        let Message { ko, en } = self.of_type(vct);
        let with = |name: String| if name == vct { name } else { format!("{name}, {}", to_shown(vct)) };
        Message { ko: with(ko), en: with(en) }
    }

    /// The name of a claim by its written path; nothing where it has none.
    pub(crate) fn of_claim(&self, vct: &str, path: &str) -> Option<Message> {
        let named = self.row(vct)?.claims.iter().find(|claim| claim.is_at(path))?;
        Some(Message::written(&named.name))
    }

    /// A claim of the log: its name with the path beside it, or the path.
    pub(crate) fn of_claim_with_it(&self, vct: &str, path: &str) -> Message {
        let shown = to_shown(path);
        let Some(Message { ko, en }) = self.of_claim(vct, path) else { return Message::same(shown) };
        Message { ko: format!("{ko}({shown})"), en: format!("{en} ({shown})") }
    }

    fn row(&self, vct: &str) -> Option<&NamesRow> {
        self.0.iter().find(|row| row.vct == vct)
    }
}
