//! The catalogue of what the gateway says, in Korean and English: a text file that a translator can edit.

use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILE: &str = include_str!("../messages.txt");

/// The Korean and the English sentence of a key.
pub(crate) fn sentences(key: &str) -> Option<(&'static str, &'static str)> {
    static CATALOGUE: OnceLock<BTreeMap<&'static str, (&'static str, &'static str)>> = OnceLock::new();
    CATALOGUE.get_or_init(|| lines().filter_map(read_line).collect()).get(key).copied()
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

    #[test]
    fn gateway_1_every_line_is_whole_in_both_languages_and_stands_once() {
        let mut keys = std::collections::BTreeSet::new();
        for line in lines() {
            let (key, (ko, en)) = read_line(line).unwrap_or_else(|| panic!("not a line: {line}"));
            assert!(keys.insert(key), "{key} stands twice");
            assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)), "{key} is not in Korean");
            assert!(!en.is_empty() && en.is_ascii(), "{key} is not in English");
        }
    }

    #[test]
    fn gateway_1_every_refusal_of_the_ledger_has_its_sentence() {
        for rejection in Rejection::ALL {
            assert!(sentences(&format!("rejection.{}", rejection.code())).is_some(), "{rejection:?}");
        }
    }
}
