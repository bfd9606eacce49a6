//! The catalogue of what the wallet says, in Korean and English: text files that a translator can edit.

use citizen_voting::manifest::Bilingual;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILES: &[&str] = &[
    #[cfg(feature = "credentials")]
    include_str!("../../messages/credentials.txt"),
    include_str!("../../messages/errors.txt"),
    include_str!("../../messages/words.txt"),
];

/// The same sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

impl Message {
    /// The sentence of a key. A key that is missing shows itself: `every_key_of_the_program_is_in_the_catalogue`.
    pub(crate) fn of(key: &str) -> Self {
        Self::find(key).unwrap_or_else(|| Self { ko: key.to_owned(), en: key.to_owned() })
    }

    /// The sentence of a key, if there is one.
    pub(crate) fn find(key: &str) -> Option<Self> {
        catalogue().get(key).map(|(ko, en)| Self { ko: (*ko).to_owned(), en: (*en).to_owned() })
    }

    /// The same text in both languages: a number, a name as it is written.
    pub(crate) fn same(text: impl ToString) -> Self {
        let text = text.to_string();
        Self { ko: text.clone(), en: text }
    }

    /// What a manifest says in both languages.
    pub(crate) fn written(text: &Bilingual) -> Self {
        Self { ko: text.ko.as_str().to_owned(), en: text.en.as_str().to_owned() }
    }

    /// Puts a value in the place of `{name}`.
    pub(crate) fn with(self, name: &str, value: impl ToString) -> Self {
        self.with_message(name, &Self::same(value))
    }

    /// Puts a sentence in the place of `{name}`, each language into its own. A brace in it becomes a wide one: what a party calls itself is no
    /// place for what comes next.
    pub(crate) fn with_message(self, name: &str, value: &Self) -> Self {
        let place = format!("{{{name}}}");
        let put = |sentence: &str, value: &str| sentence.replace(&place, &value.replace('{', "｛"));
        Self { ko: put(&self.ko, &value.ko), en: put(&self.en, &value.en) }
    }
}

fn catalogue() -> &'static BTreeMap<&'static str, (&'static str, &'static str)> {
    static CATALOGUE: OnceLock<BTreeMap<&'static str, (&'static str, &'static str)>> = OnceLock::new();
    CATALOGUE.get_or_init(|| FILES.iter().flat_map(|file| lines(file)).filter_map(read_line).collect())
}

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn read_line(line: &'static str) -> Option<(&'static str, (&'static str, &'static str))> {
    let (key, sentences) = line.split_once('=')?;
    let (ko, en) = sentences.split_once('|')?;
    Some((key.trim(), (ko.trim(), en.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn wallet_14_every_line_is_whole_in_both_languages_and_stands_once() {
        let mut keys = BTreeSet::new();
        for line in FILES.iter().flat_map(|file| lines(file)) {
            let (key, (ko, en)) = read_line(line).unwrap_or_else(|| panic!("not a line: {line}"));
            assert!(keys.insert(key), "{key} stands twice");
            assert!(!ko.is_empty() && !en.is_empty(), "{key} is half translated");
            assert_eq!(placeholders(ko), placeholders(en), "{key}");
            let same_in_both = ["spoken.merchant"].contains(&key);
            assert!(same_in_both || ko.chars().any(|c| ('가'..='힣').contains(&c)), "{key} is not in Korean");
            assert!(en.is_ascii(), "{key} is not in English");
        }
    }

    #[test]
    fn wallet_14_a_name_is_no_place_for_what_comes_after_it() {
        let name = Message::same("{attester} {subject}");
        let said = Message::of("verifier.attested").with_message("subject", &name).with("attester", "도서관");
        for text in [&said.ko, &said.en] {
            assert_eq!(text.matches("도서관").count(), 1, "{text}");
            assert!(text.contains("｛attester} ｛subject}"), "{text}");
        }
    }

    #[test]
    fn values_are_put_into_both_languages() {
        let message = Message::of("wrong-pin").with("tries_left", 3);
        assert_eq!(message.en, "The PIN is not right. 3 tries left.");
        assert!(message.ko.contains("3번"));
        assert_eq!(Message::find("no-such-key"), None);
    }
}
