//! Polls by how near they are.

use crate::error::Message;
use crate::view::{PollView, serial::plain, view};
use citizen_primitives::Text;

view! {
    /// All polls, those of her district first. Of which district she is was worked out on the phone and told to nobody.
    PollsNearView {
        /// Her district, by its Korean name; nothing if it is not known.
        #[serde(serialize_with = "plain")]
        district: Option<Text>,
        /// How it is known: `chosen`, `credential`, `unknown`.
        whence: &'static str,
        /// The same as a sentence.
        text: Message,
        /// Polls with an electorate of her district, the newest first.
        near: Vec<PollView>,
        /// Other polls with an electorate of the whole city.
        city: Vec<PollView>,
        /// Polls of other districts alone.
        elsewhere: Vec<PollView>,
    }
}

/// How her district is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whence {
    /// She chose it.
    Chosen,
    /// A credential of hers says it.
    Credential,
    /// It is not.
    Unknown,
}

impl Whence {
    #[cfg(test)]
    const ALL: [Self; 3] = [Self::Chosen, Self::Credential, Self::Unknown];

    const fn word(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Credential => "credential",
            Self::Unknown => "unknown",
        }
    }
}

impl PollsNearView {
    /// Sorts; the order within each list stays.
    pub(crate) fn of(district: Option<Text>, whence: Whence, polls: Vec<PollView>) -> Self {
        let is_near = |poll: &PollView| {
            let mut districts = poll.electorates().iter().flat_map(|electorate| electorate.districts());
            district.as_ref().is_some_and(|hers| districts.any(|name| name == hers))
        };
        let is_citys =
            |poll: &PollView| poll.electorates().iter().any(|electorate| electorate.districts().is_empty());
        let (near, others): (Vec<_>, Vec<_>) = polls.into_iter().partition(is_near);
        let (city, elsewhere) = others.into_iter().partition(is_citys);
        let text = Message::of(&format!("polls-near.{}", whence.word()));
        let text = text.with("district", district.as_ref().map_or("", Text::as_str));
        Self { district, whence: whence.word(), text, near, city, elsewhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallet_14_however_her_district_is_known_there_is_a_sentence() {
        for whence in Whence::ALL {
            assert!(Message::find(&format!("polls-near.{}", whence.word())).is_some(), "{whence:?}");
        }
    }
}
