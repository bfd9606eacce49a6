//! What is said of a scan or a check: one JSON object, the same for program and page.

use crate::device::{CheckError, Checked};
use crate::polls::PollsError;
use citizen_voting::manifest::{Bilingual, Contest};
use citizen_voting::spoil::OpeningError;
use citizen_voting::{ContestChoice, Fingerprint};
use serde_json::{Value, json};

/// A fingerprint that was noted.
#[must_use]
pub fn scanned(fingerprint: Fingerprint) -> Value {
    json!({ "ok": true, "fingerprint": fingerprint.to_string() })
}

/// A ballot that is the one that was shown, and what is chosen in it.
#[must_use]
pub fn checked(checked: &Checked) -> Value {
    let Checked { opening, poll } = checked;
    let contests = poll.contests(opening.electorate).zip(&opening.choices);
    let choices: Vec<Value> = contests
        .map(|((index, contest), choice)| {
            json!({
                "contest": index.number(), "question": both(&contest.question), "chosen": chosen(contest, choice),
            })
        })
        .collect();
    json!({
        "ok": true,
        "poll_id": opening.poll.to_hex(),
        "electorate": opening.electorate.number(),
        "fingerprint": opening.fingerprint.to_string(),
        "choices": choices,
    })
}

/// A refusal.
#[must_use]
pub fn refused(error: &CheckError) -> Value {
    let (code, ko, en) = sentence(error);
    json!({ "ok": false, "error": { "code": code, "ko": ko, "en": en, "detail": error.to_string() } })
}

/// The stable word of a refusal, and a sentence in both languages.
#[must_use]
pub const fn sentence(error: &CheckError) -> (&'static str, &'static str, &'static str) {
    match error {
        CheckError::Folder(_) | CheckError::Polls(PollsError::Folder(_)) => {
            ("folder", "폴더를 읽거나 쓸 수 없습니다.", "The folder cannot be read or written.")
        }
        CheckError::Fingerprint => {
            ("fingerprint", "투표용지 지문이 아닙니다.", "This is not the fingerprint of a ballot.")
        }
        CheckError::Malformed => ("malformed", "열린 투표용지가 아닙니다.", "This is not an opened ballot."),
        CheckError::Refused(OpeningError::NotScanned) => (
            "not-scanned",
            "이 지문은 먼저 읽지 않았습니다. 투표용지를 열기 전에 지문부터 읽어야 합니다.",
            "This fingerprint was not scanned before. Scan it first, before the ballot is opened.",
        ),
        CheckError::Refused(_) => (
            "wrong-opening",
            "보여 준 투표용지가 아닙니다. 휴대전화가 다른 것을 암호화했습니다. 투표하지 마십시오.",
            "This is not the ballot that was shown: the phone encrypted something else. Do not cast it.",
        ),
        CheckError::Polls(PollsError::Unknown) => (
            "unknown-poll",
            "아직 모르는 투표입니다. --gateway 와 --trust 로 알려 주십시오.",
            "This poll is not known yet: name --gateway and --trust.",
        ),
        CheckError::Polls(_) => (
            "unproved-poll",
            "이 투표의 공고와 열쇠를 확인하지 못했습니다.",
            "The poll's manifest and key could not be proved.",
        ),
    }
}

fn both(names: &Bilingual) -> Value {
    json!({ "ko": names.ko.as_str(), "en": names.en.as_str() })
}

/// What is chosen, by name: options; scores with theirs; a ranking in its order.
fn chosen(contest: &Contest, choice: &ContestChoice) -> Value {
    let name = |option: &u8| contest.options.get(usize::from(*option)).map_or(Value::Null, both);
    match choice {
        ContestChoice::Choose(options) | ContestChoice::Rank(options) => options.iter().map(name).collect(),
        ContestChoice::Score(scores) => (0..u8::MAX)
            .zip(scores)
            .map(|(option, score)| json!({ "option": name(&option), "score": score }))
            .collect(),
    }
}
