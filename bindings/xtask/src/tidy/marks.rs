//! A rule that must hold carries a mark in a README, and a test names the mark.
//!
//! A test names marks in its name (`coin_3_and_4_a_promise`) or in a comment (`COIN-3`); a case in a file under `vectors/`, which
//! a test runs, names the mark of the rule it is about.

use super::Source;
use std::collections::BTreeSet;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let written: BTreeSet<String> =
        sources.iter().filter(|source| source.has_extension("md")).flat_map(marks_in_document).collect();
    let in_tests = sources.iter().filter(|source| source.has_extension("rs")).flat_map(marks_in_tests);
    let in_vectors = sources.iter().filter(|source| is_vector(source)).flat_map(marks_in_vectors);
    let tested: BTreeSet<String> = in_tests.chain(in_vectors).collect();
    written.difference(&tested).map(|mark| format!("rule {mark} has no test that names it")).collect()
}

fn is_vector(source: &Source) -> bool {
    source.has_extension("txt") && source.path.iter().any(|part| part == "vectors")
}

fn marks_in_vectors(source: &Source) -> Vec<String> {
    source.text.lines().filter(|line| !line.starts_with('#')).flat_map(marks_in_line).collect()
}

/// Marks in bold, as rules are written: `**COIN-3**`.
fn marks_in_document(source: &Source) -> Vec<String> {
    source.text.split("**").skip(1).step_by(2).filter(|bold| is_mark(bold)).map(str::to_owned).collect()
}

fn is_mark(text: &str) -> bool {
    text.split_once('-').is_some_and(|(subject, number)| {
        !subject.is_empty()
            && subject.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

fn marks_in_tests(source: &Source) -> Vec<String> {
    let skipped = if source.is_test() { 0 } else { source.production_lines() };
    let lines: Vec<&str> = source.text.lines().skip(skipped).collect();
    lines.iter().flat_map(|line| marks_in_line(line)).collect()
}

fn marks_in_line(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    words.flat_map(|word| if is_mark(word) { vec![word.to_owned()] } else { marks_in_name(word) }).collect()
}

/// `coin_3_and_4_points_expire` names COIN-3 and COIN-4.
fn marks_in_name(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('_').collect();
    let Some((subject, rest)) = parts.split_first() else { return Vec::new() };
    let mut numbers = Vec::new();
    for part in rest {
        if !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()) {
            numbers.push(*part);
        } else if *part != "and" {
            break;
        }
    }
    numbers.iter().map(|number| format!("{}-{number}", subject.to_ascii_uppercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.to_owned() }
    }

    #[test]
    fn a_rule_without_a_test_is_found() {
        let readme = source("core/x/README.md", "- **X-1** one\n- **X-2** two\n- **bold** text");
        let test =
            source("core/x/src/lib.rs", "fn x_2() {}\n#[cfg(test)]\nmod tests { fn x_1_and_3_hold() {} }");
        assert_eq!(check(&[readme, test]), ["rule X-2 has no test that names it"]);
    }

    #[test]
    fn a_test_may_name_a_rule_in_its_comment() {
        assert_eq!(marks_in_line("    // PAY-12: nothing"), ["PAY-12"]);
        assert_eq!(marks_in_line("fn coin_3_and_4_and_5_sum()"), ["COIN-3", "COIN-4", "COIN-5"]);
        assert!(marks_in_line("let a_b = x_y;").is_empty());
    }
}
