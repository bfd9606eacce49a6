//! Files and functions stay readable.

use super::Source;

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 80;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.has_extension("rs") && !source.is_test())
        .flat_map(check_source)
        .collect()
}

fn check_source(source: &Source) -> Vec<String> {
    let path = source.path.display();
    let lines: Vec<&str> = source.text.lines().take(source.production_lines()).collect();
    let mut findings = Vec::new();
    if lines.len() > LONGEST_FILE {
        findings.push(format!("{path} has {} lines; {LONGEST_FILE} is the most", lines.len()));
    }
    for (name, length) in functions(&lines) {
        if length > LONGEST_FUNCTION {
            findings.push(format!("{path}: {name} has {length} lines; {LONGEST_FUNCTION} is the most"));
        }
    }
    findings
}

/// Names and lengths of the functions of a formatted file: a function ends at a brace with its own indentation.
fn functions<'a>(lines: &[&'a str]) -> Vec<(&'a str, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    for (number, line) in lines.iter().enumerate() {
        let indentation = line.len().saturating_sub(line.trim_start().len());
        if let Some(name) = function_name(line) {
            open = Some((name, number, indentation));
        } else if let Some((name, start, own)) = open
            && *line == format!("{}}}", " ".repeat(own))
        {
            found.push((name, number.saturating_sub(start).saturating_add(1)));
            open = None;
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifiers = ["pub", "pub(crate)", "pub(super)", "const", "async"];
    if !before.split_whitespace().all(|word| qualifiers.contains(&word)) || line.trim_end().ends_with('}') {
        return None;
    }
    after.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_function_is_found_and_its_neighbour_is_not() {
        let long = format!(
            "fn short() {{\n    x();\n}}\n\npub(crate) fn long() {{\n{}}}\n",
            "    x();\n".repeat(80)
        );
        let lines: Vec<&str> = long.lines().collect();
        assert_eq!(functions(&lines), [("short", 3), ("long", 82)]);
        let source = Source { path: "a.rs".into(), text: long };
        assert_eq!(check(&[source]).len(), 1);
    }
}
