//! Words that do not belong: unfinished marks without an issue, paths of somebody's machine.

use super::Source;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    // This file names what it looks for.
    sources.iter().filter(|source| !source.path.ends_with("words.rs")).flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<String> {
    let path = source.path.display();
    let numbered = source.text.lines().zip(1..);
    numbered
        .filter_map(|(line, number)| finding(line).map(|finding| format!("{path}:{number}: {finding}")))
        .collect()
}

fn finding(line: &str) -> Option<&'static str> {
    let words = ["TODO", "FIXME", "XXX", "HACK"];
    let is_word = |word: &str| line.split(|c: char| !c.is_ascii_alphanumeric()).any(|other| other == word);
    if words.iter().any(|word| is_word(word)) && !line.contains("issue #") {
        return Some("an unfinished mark without an issue");
    }
    let homes = ["/root/", "/work/", "/Users/"];
    if homes.iter().any(|home| line.contains(home)) {
        return Some("a path of somebody's machine");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_mark_needs_an_issue() {
        assert!(finding("// TODO: later").is_some());
        assert!(finding("// TODO (issue #12): later").is_none());
        assert!(finding("let todos = 1;").is_none());
        assert!(finding("see /work/x").is_some());
    }
}
