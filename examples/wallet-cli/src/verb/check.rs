//! `credential check`: what somebody else has issued or presented.

use crate::answer::{Answer, Failure, message};
use crate::arguments::CheckCredential;
use citizen_wallet::{
    CheckedCredential, Clock as _, CredentialCheck, CredentialCheckError, Message, Presented, Seconds,
    SystemClock, UnixTime, check_credential, to_shown,
};
use serde_json::Value;
use std::fs;
use std::io::Read as _;

pub(crate) fn check(arguments: &CheckCredential) -> Result<Answer, Failure> {
    let issuer_key = issuer_key(&arguments.issuer_key)?;
    let token = read(&arguments.file)?;
    let presented = arguments
        .nonce
        .as_deref()
        .zip(arguments.audience.as_deref())
        .map(|(nonce, audience)| Presented { nonce, audience, longest: Seconds::new(arguments.max_age) });
    let now = arguments.at.map_or_else(|| SystemClock.now(), UnixTime::from_seconds);
    let checked =
        check_credential(&CredentialCheck { token: &token, issuer_key: &issuer_key, presented, now });
    match checked {
        Ok(checked) => Ok(Answer::of(&checked, lines(&checked))),
        Err(CredentialCheckError::IssuerKey) => Err(no_key()),
        Err(error) => Err(broken(error)),
    }
}

/// The sentence, and after it the rule's name and where it is written.
fn broken(error: CredentialCheckError) -> Failure {
    let detail = error.detail();
    let [section, rule] =
        ["section", "rule"].map(|name| detail.get(name).and_then(Value::as_str).unwrap_or_default());
    let Message { ko, en } = error.message();
    let text = message(format!("{ko} ({section}, {rule})"), format!("{en} ({section}, {rule})"));
    Failure::BadCredential { detail, text }
}

/// The JWK itself, or what stands in its file.
fn issuer_key(argument: &str) -> Result<String, Failure> {
    if argument.trim_start().starts_with('{') {
        return Ok(argument.to_owned());
    }
    fs::read_to_string(argument).map_err(|_| no_key())
}

const fn no_key() -> Failure {
    Failure::Usage {
        ko: "--issuer-key 에는 P-256 또는 Ed25519 공개 열쇠(JWK)나 그 파일을 적습니다.",
        en: "--issuer-key takes a public key of P-256 or Ed25519 as a JWK, or the file of one.",
    }
}

/// What is no text is no credential either: it is checked, and refused by its rule.
fn read(file: &std::path::Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map_err(|_| Failure::of_file())?;
    } else {
        bytes = fs::read(file).map_err(|_| Failure::of_file())?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn lines(checked: &CheckedCredential) -> Vec<Message> {
    let disclosed = if checked.disclosed.is_empty() { "-".to_owned() } else { checked.disclosed.join(", ") };
    let (binding_ko, binding_en) = match checked.key_binding {
        "verified" => ("소지자가 이 검증자를 위해 서명함", "the holder signed it for this verifier"),
        "not-asked" => (
            "열쇠 증명이 있지만 누구를 위한 것인지 확인하지 않음",
            "a key binding, not checked for whom it is",
        ),
        _ => ("열쇠 증명 없음: 누구나 낼 수 있음", "no key binding: anybody can show it"),
    };
    let mut lines = vec![
        message(
            "✓ 발급자의 서명이 맞고 어긴 규칙이 없습니다.",
            "✓ The issuer signed it, and it breaks no rule.",
        ),
        message(format!("공개된 항목: {disclosed}"), format!("Disclosed: {disclosed}")),
        message(binding_ko, binding_en),
    ];
    if let Some(status) = &checked.status {
        lines.push(message(
            format!("취소 여부는 확인하지 않았습니다: {status}"),
            format!("Not checked whether it was revoked: {status}"),
        ));
    }
    lines.push(message(checked.claims.to_string(), checked.claims.to_string()));
    // Anybody may have written it.
    let shown = |line: Message| message(to_shown(&line.ko), to_shown(&line.en));
    lines.into_iter().map(shown).collect()
}
