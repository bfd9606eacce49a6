//! How the story is told: one catalogue in both languages, one line a step, marks as well as colours.

use crate::typeset::{padded, wrapped};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::OnceLock;

/// The language of a telling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

/// A sentence with its places filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    ko: String,
    en: String,
}

impl Line {
    /// The sentence of a key. A key that is missing shows itself, and a test finds it.
    #[must_use]
    pub fn of(key: &str) -> Self {
        let (ko, en) = catalogue().get(key).copied().unwrap_or((key, key));
        Self { ko: ko.to_owned(), en: en.to_owned() }
    }

    /// The same text in both languages.
    #[must_use]
    pub fn same(text: impl Display) -> Self {
        let text = text.to_string();
        Self { ko: text.clone(), en: text }
    }

    /// Two texts.
    #[must_use]
    pub fn new(ko: &str, en: &str) -> Self {
        Self { ko: ko.to_owned(), en: en.to_owned() }
    }

    /// Puts a value in the place of `{name}`.
    #[must_use]
    pub fn with(self, name: &str, value: impl Display) -> Self {
        self.with_line(name, &Self::same(value))
    }

    /// Puts a sentence in the place of `{name}`, each language into its own.
    #[must_use]
    pub fn with_line(self, name: &str, value: &Self) -> Self {
        let place = format!("{{{name}}}");
        Self { ko: self.ko.replace(&place, &value.ko), en: self.en.replace(&place, &value.en) }
    }

    /// In one language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Ko => &self.ko,
            Language::En => &self.en,
        }
    }
}

/// Tells the story, line by line.
pub struct Narrator<W> {
    out: W,
    language: Language,
    chapter: u32,
}

/// The width of the column of chapter names, in columns of a terminal.
const NAME_WIDTH: usize = 10;
/// The width of the column of names in front of rows.
const ROW_WIDTH: usize = 14;
/// Where the text of a step begins: behind its mark and its name.
const INDENT: usize = NAME_WIDTH + 5;

impl<W: Write> Narrator<W> {
    /// Tells in a language.
    pub const fn new(out: W, language: Language) -> Self {
        Self { out, language, chapter: 0 }
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A line of the story's frame: its title, its end.
    pub fn frame(&mut self, line: &Line) -> io::Result<()> {
        self.write(&format!("{}\n", wrapped(line.text(self.language), 2)))
    }

    /// A line without a mark, as long as it is: programs read it too.
    pub fn say(&mut self, line: &Line) -> io::Result<()> {
        self.write(&format!("{}\n", line.text(self.language)))
    }

    /// A line under a name, as long as it is: programs read it too.
    pub fn row(&mut self, name: &str, line: &Line) -> io::Result<()> {
        let name = padded(Line::of(name).text(self.language), ROW_WIDTH);
        self.write(&format!("{name}{}\n", line.text(self.language)))
    }

    /// Something stands.
    pub fn stands(&mut self, name: &str, line: &Line) -> io::Result<()> {
        self.under("  \u{2713}", name, line)
    }

    /// A numbered step.
    pub fn step(&mut self, name: &str, line: &Line) -> io::Result<()> {
        self.chapter += 1;
        self.under(&format!("{:>2} ", self.chapter), name, line)
    }

    /// More of the step before.
    pub fn more(&mut self, line: &Line) -> io::Result<()> {
        self.write(&format!("{}{}\n", " ".repeat(INDENT), wrapped(line.text(self.language), INDENT)))
    }

    fn under(&mut self, mark: &str, name: &str, line: &Line) -> io::Result<()> {
        let name = padded(Line::of(name).text(self.language), NAME_WIDTH);
        self.write(&format!("{mark} {name} {}\n", wrapped(line.text(self.language), INDENT)))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        // Progress is seen when it happens, also through a pipe.
        self.out.flush()
    }
}

/// A number with its thousands set apart.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const FILE: &str = include_str!("../messages.txt");

fn catalogue() -> &'static BTreeMap<&'static str, (&'static str, &'static str)> {
    static CATALOGUE: OnceLock<BTreeMap<&'static str, (&'static str, &'static str)>> = OnceLock::new();
    CATALOGUE.get_or_init(|| lines().filter_map(read_line).collect())
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
    use std::collections::BTreeSet;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn sandbox_4_every_line_is_whole_in_both_languages_and_stands_once() {
        let mut keys = BTreeSet::new();
        for line in lines() {
            let (key, (ko, en)) = read_line(line).unwrap_or_else(|| panic!("not a line: {line}"));
            assert!(keys.insert(key), "{key} stands twice");
            assert!(!ko.is_empty() && !en.is_empty(), "{key} is half translated");
            assert_eq!(places(ko), places(en), "{key}");
            assert!(!en.chars().any(|c| ('가'..='힣').contains(&c)), "{key} is not in English");
        }
    }

    #[test]
    fn steps_are_numbered_and_marked_without_colour() {
        let mut out = Vec::new();
        let mut narrator = Narrator::new(&mut out, Language::Ko);
        narrator.stands("name.ledger", &Line::same("1")).unwrap();
        narrator.step("name.earn", &Line::same("2")).unwrap();
        narrator.more(&Line::same("3")).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "  ✓ 장부       1\n 1  적립       2\n               3\n");
        assert_eq!(
            (grouped(0), grouped(999), grouped(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
    }
}
