//! `balance`, `history`, `activity`: what there is and what was.

use crate::answer::{Answer, Failure, message};
use crate::arguments::Arguments;
use crate::folder;
use citizen_wallet::Message;
use citizen_wallet::view::{AttestedMark, Freshness, TrustOrigin, VerifiedMark};
use serde_json::Value;

pub(crate) async fn balance(arguments: &Arguments) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let balance = wallet.balance().await?;
    let points = balance.points();
    let mut lines = vec![message(
        format!("포인트 {}점 (결제 중 {}점)", points.points(), points.points_held()),
        format!("Points {} ({} on hold)", points.points(), points.points_held()),
    )];
    lines.extend(points.expiring().iter().map(|lot| {
        message(
            format!("  {} 말까지 {}점", lot.month(), lot.points()),
            format!("  {} until the end of {}", lot.points(), lot.month()),
        )
    }));
    lines.push(verified(points.verified()));
    if *points.freshness() == Freshness::Stale {
        lines.push(message(
            format!("  {} 기준입니다. 지금은 결제할 수 없습니다.", points.verified().time().to_kst()),
            format!("  As of {}. Nothing can be approved now.", points.verified().time().to_kst()),
        ));
    }
    if let Some(won) = balance.won() {
        lines.push(message(format!("원화 {}원", won.krw()), format!("Won {}", won.krw())));
        lines.push(attested(won.attested()));
    }
    let answer = Answer::of(&balance, lines);
    // What the bank has not said is null, never zero.
    Ok(if balance.won().is_none() {
        answer.with("krw", Value::Null).with("attested", Value::Null)
    } else {
        answer
    })
}

pub(crate) async fn history(arguments: &Arguments) -> Result<Answer, Failure> {
    let history = folder::open(arguments)?.history().await?;
    let mut lines: Vec<_> = history
        .entries()
        .iter()
        .map(|entry| {
            let (time, text) = (entry.time().to_kst(), entry.text());
            message(format!("{time}  {}", text.ko), format!("{time}  {}", text.en))
        })
        .collect();
    lines.push(verified(history.verified()));
    Ok(Answer::of(&history, lines))
}

pub(crate) fn activity(arguments: &Arguments) -> Result<Answer, Failure> {
    let activity = folder::open(arguments)?.activity()?;
    let lines = activity
        .iter()
        .map(|line| {
            let (time, text) = (line.time().to_kst(), line.text());
            message(format!("{time}  {}", text.ko), format!("{time}  {}", text.en))
        })
        .collect();
    Ok(Answer::of(&serde_json::json!({ "activity": activity }), lines))
}

/// How this device knows.
pub(crate) fn verified(mark: &VerifiedMark) -> Message {
    let (height, time) = (mark.height(), mark.time().to_kst());
    let (signers, of, percent) = (mark.signers(), mark.validators(), mark.power_percent());
    let (ko, en) = match mark.trust() {
        TrustOrigin::File => ("", ""),
        TrustOrigin::FirstUse => (", 처음 본 장부를 믿음", ", trusted at first use"),
    };
    message(
        format!("  이 기기가 확인함: 블록 {height}, {time}, 서명 {of}개 중 {signers}개 ({percent}%){ko}"),
        format!(
            "  checked by this device: block {height}, {time}, {signers} of {of} signatures ({percent}%){en}"
        ),
    )
}

/// Whose word it is.
pub(crate) fn attested(mark: &AttestedMark) -> Message {
    let time = mark.time().to_kst();
    message(format!("  {}의 말, {time}", mark.by().ko), format!("  the word of {}, {time}", mark.by().en))
}
