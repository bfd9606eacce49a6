//! `cargo xtask size`: the wallet's stripped library for each set of features, held against the budget in
//! `bindings/size-budget.toml`. A library may grow by 3 % of it; a budget that changes is told of in CHANGELOG.md, byte for byte.

use crate::facade;
use crate::phone;
use crate::step::{self, Failure};
use std::path::Path;

const BUDGET: &str = "bindings/size-budget.toml";
const CHANGELOG: &str = "CHANGELOG.md";

/// What is weighed: its name in the budget, the crate's features.
pub(crate) const SETS: [(&str, &str); 4] = [
    ("payments", ""),
    ("core", "voting,credentials"),
    ("https", "voting,credentials,https"),
    ("scan", "voting,credentials,scan"),
];

/// How much it may grow before the budget has to change, in per cent.
const LEEWAY: u64 = 3;

/// One line of the budget.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    name: String,
    bytes: u64,
}

/// A weighed library.
struct Weighed {
    name: &'static str,
    bytes: u64,
}

pub(crate) fn run() -> Result<(), Failure> {
    let budget = read(&file(BUDGET)?)?;
    let mut findings = untold(&budget, &file(CHANGELOG)?);
    let mut weighed = Vec::new();
    for (name, features) in SETS {
        weighed.push(Weighed { name, bytes: weight(features)? });
    }
    println!("library   bytes stripped     budget");
    for Weighed { name, bytes } in &weighed {
        let allowed = allowed(&budget, name).map_or_else(|| "none".to_owned(), |bytes| bytes.to_string());
        println!("{name:8}  {bytes:>14}  {allowed:>9}");
    }
    facade::print()?;
    findings.extend(weighed.iter().filter_map(|one| too_heavy(&budget, one)));
    for finding in &findings {
        eprintln!("size: {finding}");
    }
    if findings.is_empty() { Ok(()) } else { Err(Failure::Untidy(findings.len())) }
}

/// How many bytes the library of these features has.
pub(crate) fn weight(features: &str) -> Result<u64, Failure> {
    let path = phone::library(features)?;
    Ok(std::fs::metadata(&path).map_err(|source| Failure::Read { path, source })?.len())
}

fn too_heavy(budget: &[Allowed], Weighed { name, bytes }: &Weighed) -> Option<String> {
    let Some(allowed) = allowed(budget, name).filter(|allowed| *allowed > 0) else {
        return Some(format!("{name} has no budget in {BUDGET}; it has {bytes} bytes"));
    };
    let most = allowed.saturating_mul(100 + LEEWAY) / 100;
    (*bytes > most).then(|| {
        format!(
            "{name} has {bytes} bytes, more than {LEEWAY} % above its budget of {allowed}: make it lighter, or change {BUDGET} \
             and say so in {CHANGELOG}"
        )
    })
}

/// Budgets that the changelog does not name.
fn untold(budget: &[Allowed], changelog: &str) -> Vec<String> {
    let is_told = |allowed: &&Allowed| {
        let told = format!("`{}` {}", allowed.name, grouped(allowed.bytes));
        // What was never weighed has nothing to be told.
        allowed.bytes > 0 && !changelog.contains(&told)
    };
    budget
        .iter()
        .filter(is_told)
        .map(|Allowed { name, bytes }| {
            format!("{CHANGELOG} does not say \"`{name}` {}\", the budget in {BUDGET}", grouped(*bytes))
        })
        .collect()
}

fn allowed(budget: &[Allowed], name: &str) -> Option<u64> {
    budget.iter().find(|allowed| allowed.name == name).map(|allowed| allowed.bytes)
}

fn read(text: &str) -> Result<Vec<Allowed>, Failure> {
    let malformed = || Failure::Malformed { file: BUDGET };
    let table: toml::Table = text.parse().map_err(|_| malformed())?;
    let library = table.get("library").and_then(toml::Value::as_table).ok_or_else(malformed)?;
    let lines = library.iter().map(|(name, bytes)| {
        let bytes = bytes.as_integer().and_then(|bytes| u64::try_from(bytes).ok()).ok_or_else(malformed)?;
        Ok(Allowed { name: name.clone(), bytes })
    });
    lines.collect()
}

fn file(name: &str) -> Result<String, Failure> {
    let path = step::root().join(Path::new(name));
    std::fs::read_to_string(&path).map_err(|source| Failure::Read { path, source })
}

/// `3057432` as `3,057,432`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_may_grow_by_three_per_cent_and_no_more() {
        let budget = read("[library]\ncore = 1000000\n").unwrap();
        let weighed = |bytes| Weighed { name: "core", bytes };
        assert_eq!(too_heavy(&budget, &weighed(1_030_000)), None);
        assert!(too_heavy(&budget, &weighed(1_030_001)).unwrap().contains("more than 3 %"));
        assert!(too_heavy(&[], &weighed(1)).unwrap().contains("no budget"));
        assert!(too_heavy(&read("[library]\ncore = 0\n").unwrap(), &weighed(7)).unwrap().contains("7 bytes"));
        assert!(read("[library]\ncore = \"heavy\"\n").is_err() && read("core = 1").is_err());
    }

    #[test]
    fn a_budget_that_changes_is_told_of_in_the_changelog() {
        let budget = read("[library]\ncore = 1000000\n").unwrap();
        assert!(untold(&budget, "- The library's budget: `core` 1,000,000 bytes.").is_empty());
        assert_eq!(untold(&budget, "- The library's budget: `core` 999,999 bytes.").len(), 1);
    }

    #[test]
    fn every_set_of_features_has_a_budget_and_the_changelog_tells_it() {
        let budget = read(&file(BUDGET).unwrap()).unwrap();
        assert!(SETS.iter().all(|(name, _)| allowed(&budget, name).is_some()));
        assert_eq!(budget.len(), SETS.len());
        assert_eq!(untold(&budget, &file(CHANGELOG).unwrap()), Vec::<String>::new());
    }
}
