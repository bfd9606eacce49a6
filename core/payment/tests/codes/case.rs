//! The cases of `vectors/`: a text, what becomes of it, and the same text with its fault mended.

use citizen_payment::code::{Code, Kind, Leniency, Reading, Rule, Severity};
use std::collections::BTreeSet;

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The mark of the rule that it is about, or data objects for a valid code.
    pub(crate) rule: String,
    pub(crate) payload: String,
    /// The payload of a consumer-presented code before base64, in hexadecimal.
    pub(crate) bytes: Option<String>,
    pub(crate) strict: String,
    pub(crate) lenient: String,
    /// The payload without its one fault.
    pub(crate) mended: Option<String>,
}

impl Case {
    /// Reads the cases of a file: blocks with an empty line between them.
    pub(crate) fn all(file: &str) -> Vec<Self> {
        let blocks = file.split("\n\n").filter(|block| !block.starts_with('#'));
        blocks.map(Self::of_block).collect()
    }

    fn of_block(block: &str) -> Self {
        let line = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let needed = |key: &str| line(key).unwrap_or_else(|| panic!("no {key} in {block}")).to_owned();
        Self {
            name: needed("name"),
            rule: needed("rule"),
            payload: unescaped(&needed("payload")),
            bytes: line("bytes").map(str::to_owned),
            strict: needed("strict"),
            lenient: needed("lenient"),
            mended: line("mended").map(unescaped),
        }
    }

    /// The rule it breaks, or is advised by.
    pub(crate) fn broken(&self) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.mark() == self.rule)
    }
}

/// `\u{d}` in the file stands for one character.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once('}').unwrap();
        plain.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

/// The outcome in the words of the files.
fn told(reading: &Reading) -> String {
    match reading.refusal() {
        Some(refusal) => format!("{} at {}", refusal.rule.mark(), refusal.position.character),
        None => {
            let marks: Vec<_> = reading.warnings.iter().map(|warning| warning.rule.mark()).collect();
            if marks.is_empty() { "valid".to_owned() } else { format!("valid {}", marks.join(",")) }
        }
    }
}

/// Every case is accepted or refused by its rule at its place.
pub(crate) fn assert_outcomes(cases: &[Case], kind: Option<Kind>) {
    let mut wrong = Vec::new();
    for case in cases {
        for (leniency, expected) in [(Leniency::Strict, &case.strict), (Leniency::Lenient, &case.lenient)] {
            let reading = Code::parse(&case.payload, leniency);
            if kind.is_some_and(|kind| kind != reading.kind) || told(&reading) != *expected {
                let (kind, told) = (reading.kind, told(&reading));
                wrong.push(format!("{} ({leniency:?}): {kind} {told}, not {expected}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A case about a rule breaks that rule, once, and no other, to the letter; with its fault mended it breaks none.
pub(crate) fn assert_alone(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let Some(rule) = case.broken() else {
            assert_eq!(case.mended, None, "{}: nothing is to be mended", case.name);
            continue;
        };
        let reading = Code::parse(&case.payload, Leniency::Strict);
        let found: Vec<_> =
            reading.refusal().into_iter().chain(&reading.further).chain(&reading.warnings).collect();
        if found.len() != 1 || found[0].rule != rule {
            wrong.push(format!("{}: {found:?}", case.name));
        }
        if reading.is_valid() != (rule.severity() == Severity::Advice) {
            wrong.push(format!("{}: {:?} for {:?}", case.name, reading.outcome, rule.severity()));
        }
        let Some(mended) = &case.mended else {
            wrong.push(format!("{}: not mended", case.name));
            continue;
        };
        let reading = Code::parse(mended, Leniency::Strict);
        if !reading.is_valid() || !reading.warnings.is_empty() || *mended == case.payload {
            wrong.push(format!("{} mended: {:?} {:?}", case.name, reading.refusal(), reading.warnings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Leniency only ever accepts more, and a strict reader warns of advice alone.
pub(crate) fn assert_lenient_accepts_more(cases: &[Case]) {
    for case in cases {
        let strict = Code::parse(&case.payload, Leniency::Strict);
        let lenient = Code::parse(&case.payload, Leniency::Lenient);
        assert!(!strict.is_valid() || lenient.is_valid(), "{}", case.name);
        assert!(
            strict.warnings.iter().all(|warning| warning.rule.severity() == Severity::Advice),
            "{}",
            case.name
        );
    }
}

#[test]
fn every_rule_has_a_case_that_breaks_it_alone_and_there_are_a_hundred_and_fifty() {
    let cases: Vec<_> =
        [super::mpm::cases(), super::cpm::cases(), super::shapes::cases()].into_iter().flatten().collect();
    let names: BTreeSet<_> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "a name stands twice");
    let emv =
        cases.iter().filter(|case| case.payload.starts_with("hQVDUFY") || case.payload.contains("000201"));
    assert!(emv.count() >= 150, "{}", cases.len());
    let broken: BTreeSet<_> = cases.iter().filter_map(Case::broken).collect();
    for rule in Rule::ALL {
        // A text that no symbol holds is made where it is tested, in `longest`.
        assert!(broken.contains(rule) || *rule == Rule::TextTooLong, "no case for {}", rule.mark());
    }
    println!("{} cases", cases.len());
}
