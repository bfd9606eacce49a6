//! The catalogue of sentences, in Korean and English: a text file that a translator can edit.

use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILE: &str = include_str!("../messages.txt");

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Korean.
    pub(crate) ko: String,
    /// English.
    pub(crate) en: String,
}

/// A sentence in both languages.
pub(crate) fn message(ko: impl Into<String>, en: impl Into<String>) -> Message {
    Message { ko: ko.into(), en: en.into() }
}

impl Message {
    /// The sentence of a key, if the catalogue has it.
    pub(crate) fn find(key: &str) -> Option<Self> {
        static CATALOGUE: OnceLock<BTreeMap<&'static str, (&'static str, &'static str)>> = OnceLock::new();
        let catalogue = CATALOGUE.get_or_init(|| lines().filter_map(read_line).collect());
        catalogue.get(key).map(|(ko, en)| message(*ko, *en))
    }

    /// With a place in braces filled in.
    pub(crate) fn with(self, place: &str, value: &Self) -> Self {
        let place = format!("{{{place}}}");
        Self { ko: self.ko.replace(&place, &value.ko), en: self.en.replace(&place, &value.en) }
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    FILE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn read_line(line: &'static str) -> Option<(&'static str, (&'static str, &'static str))> {
    let (key, sentences) = line.split_once('=')?;
    let (ko, en) = sentences.split_once('|')?;
    Some((key.trim(), (ko.trim(), en.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_ledger::Rejection;
    use city_services::Reason;

    #[test]
    fn every_line_is_whole_in_both_languages_and_stands_once() {
        let mut keys = std::collections::BTreeSet::new();
        for line in lines() {
            let (key, (ko, en)) = read_line(line).unwrap_or_else(|| panic!("not a line: {line}"));
            assert!(keys.insert(key), "{key} stands twice");
            assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)), "{key} is not in Korean");
            assert!(!en.is_empty() && en.is_ascii(), "{key} is not in English");
        }
    }

    #[test]
    fn every_refusal_of_centre_and_ledger_has_its_sentence() {
        for reason in Reason::ALL.iter().filter(|reason| !reason.is_of_a_poll()) {
            let word = reason.word();
            assert!(Message::find(&format!("reason.{word}")).is_some(), "{word}");
        }
        for rejection in Rejection::ALL {
            let key = format!("reason.rejection-{}", rejection.code());
            assert!(Message::find(&key).is_some(), "{key}");
        }
    }
}
