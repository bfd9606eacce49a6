//! A verdict as one JSON object, or as lines for people.

use crate::verdict::{Anchor, Verdict};
use citizen_voting::manifest::Bilingual;
use citizen_voting::result::OptionVotes;
use citizen_voting::verify::Report;
use serde_json::{Value, json};

/// The name of the check that the logs are the ledger's.
const ANCHOR: &str = "anchor";

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Korean.
    Ko,
    /// English.
    En,
}

impl Language {
    /// The one of two sentences that is in this language.
    #[must_use]
    pub const fn of<'a>(self, ko: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ko => ko,
            Self::En => en,
        }
    }

    fn name(self, names: &Bilingual) -> &str {
        match self {
            Self::Ko => names.ko.as_str(),
            Self::En => names.en.as_str(),
        }
    }
}

/// `{ok, poll_id, counted, spoiled, replaced, checks, result, first_failure}`.
#[must_use]
pub fn json(verdict: &Verdict) -> Value {
    let Report { poll, counted, spoiled, replaced, .. } = &verdict.report;
    let checks: Vec<Value> = checks(verdict)
        .into_iter()
        .map(|(name, count, failed)| json!({ "name": name, "count": count, "failed": failed }))
        .collect();
    let result: Vec<Value> = votes(verdict)
        .iter()
        .map(|votes| {
            json!({ "contest": votes.contest.number(), "option": votes.option, "votes": votes.votes })
        })
        .collect();
    json!({
        "ok": verdict.is_ok(),
        "poll_id": poll.to_hex(),
        "counted": counted,
        "spoiled": spoiled,
        "replaced": replaced,
        "checks": checks,
        "result": result,
        "first_failure": first_failure(verdict),
    })
}

/// The same object where there is nothing to verify: the poll could not be had.
#[must_use]
pub fn json_of_nothing(poll_id: Option<String>, reason: &str) -> Value {
    let failure = json!({ "check": "reading", "index": null, "reason": reason });
    json!({
        "ok": false, "poll_id": poll_id, "counted": 0, "spoiled": 0, "replaced": 0, "checks": [], "result": [],
        "first_failure": failure,
    })
}

/// Every check with its count, the result by name, and what it comes to.
#[must_use]
pub fn lines(verdict: &Verdict, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(poll) = &verdict.poll {
        lines.push(language.name(&poll.manifest().title).to_owned());
    }
    lines.push(format!("{} {}", language.of("투표", "poll"), verdict.report.poll));
    for (name, count, failed) in checks(verdict) {
        let word = if failed == 0 { String::new() } else { format!("   FAILED {failed}") };
        lines.push(format!("  {name:<13}{count:>12}{word}"));
    }
    let Report { counted, spoiled, replaced, blamed, .. } = &verdict.report;
    lines.push(match language {
        Language::Ko => {
            format!("집계 {counted}표 · 확인용으로 연 표 {spoiled} · 다시 투표해 바뀐 표 {replaced}")
        }
        Language::En => format!("{counted} ballots count · {spoiled} were opened · {replaced} were replaced"),
    });
    for (electorate, trustee) in blamed {
        let trustee = format!("{trustee}, {} {electorate}", language.of("선거인단", "electorate"));
        let word = language.of("틀린 개표 조각을 낸 관리자:", "wrong shares of trustee");
        lines.push(format!("{word} {trustee}"));
    }
    lines.extend(result_lines(verdict, language));
    lines.push(anchor_line(&verdict.anchor, language));
    lines.push(match &verdict.report.first_failure {
        Some(failure) => format!("{}: {failure}", language.of("검증 실패", "NOT VERIFIED")),
        None if verdict.is_ok() => language.of("모두 검증했습니다.", "Everything holds.").to_owned(),
        None => language.of("검증 실패", "NOT VERIFIED").to_owned(),
    });
    lines
}

fn result_lines(verdict: &Verdict, language: Language) -> Vec<String> {
    let Some(poll) = &verdict.poll else { return Vec::new() };
    let line = |votes: &OptionVotes| {
        let contest = poll.manifest().contests.get(usize::from(votes.contest.number()))?;
        let option = contest.options.get(usize::from(votes.option))?;
        let names = (language.name(&contest.question), language.name(option));
        Some(format!("  {} · {}: {}", names.0, names.1, votes.votes))
    };
    votes(verdict).iter().filter_map(line).collect()
}

fn anchor_line(anchor: &Anchor, language: Language) -> String {
    match (anchor, language) {
        (Anchor::Proved(header), Language::Ko) => format!("원장이 증명한 게시판 (높이 {})", header.height()),
        (Anchor::Proved(header), Language::En) => {
            format!("The ledger proves the board, under its header {}.", header.height())
        }
        (Anchor::NotProved, Language::Ko) => {
            "신뢰 파일이 없어, 이 파일이 실제로 치른 투표인지는 확인하지 못했습니다 (--trust).".to_owned()
        }
        (Anchor::NotProved, Language::En) => {
            "Without a trust file nothing says that this is the poll that was held (--trust).".to_owned()
        }
        (Anchor::Refused(reason), Language::Ko) => format!("원장의 게시판이 아닙니다: {reason}"),
        (Anchor::Refused(reason), Language::En) => format!("Not the ledger's board: {reason}"),
    }
}

/// The verifier's checks, and before them that the logs are the ledger's.
fn checks(verdict: &Verdict) -> Vec<(&'static str, u64, u64)> {
    let anchor = match verdict.anchor {
        Anchor::Proved(_) => (ANCHOR, 1, 0),
        Anchor::NotProved => (ANCHOR, 0, 0),
        Anchor::Refused(_) => (ANCHOR, 1, 1),
    };
    let others = verdict.report.checks.iter().map(|check| (check.name.text(), check.count, check.failed));
    std::iter::once(anchor).chain(others).collect()
}

fn votes(verdict: &Verdict) -> Vec<OptionVotes> {
    match (&verdict.poll, &verdict.report.result) {
        (Some(poll), Some(result)) => result.votes(poll),
        _ => Vec::new(),
    }
}

fn first_failure(verdict: &Verdict) -> Value {
    match (&verdict.anchor, &verdict.report.first_failure) {
        (Anchor::Refused(reason), _) => json!({ "check": ANCHOR, "index": null, "reason": reason }),
        (_, Some(failure)) => json!({
            "check": failure.check.text(), "index": failure.index, "reason": failure.reason.to_string(),
        }),
        (_, None) => Value::Null,
    }
}
