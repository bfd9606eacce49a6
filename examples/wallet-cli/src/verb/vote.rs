//! `vote`: polls, registration, a ballot that is checked or cast, its receipt, what verifies it, the reward.

use crate::answer::{Answer, Failure, message, said};
use crate::arguments::{Arguments, Cast, Vote};
use crate::verb::approval::{approved, confirmed};
use crate::verb::{ballot, show};
use crate::{folder, human};
use citizen_wallet::error::Input;
use citizen_wallet::view::{
    CountedView, PollReportView, PollView, RegistrationReviewView, RegistrationView, ResultView,
};
use citizen_wallet::{Message, PollId, Text, Wallet, WalletError};
use serde_json::json;

pub(crate) async fn run(arguments: &Arguments, vote: &Vote) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    match vote {
        Vote::List { district } => list(&wallet, district.as_deref()).await,
        Vote::Show { poll } => {
            let view = wallet.poll(&named(&wallet, poll).await?).await?;
            Ok(Answer::of(&view, poll_lines(&view)))
        }
        Vote::Register { poll, electorate, yes } => {
            let id = named(&wallet, poll).await?;
            register(arguments, &wallet, (&id, *electorate), *yes).await
        }
        Vote::Cast(cast) => cast_or_check(arguments, &wallet, cast).await,
        Vote::Receipt { poll } => receipt(&wallet, poll).await,
        Vote::Verify { poll, whole: false } => {
            let view = wallet.verify_counted(&named(&wallet, poll).await?).await?;
            counted(&view)
        }
        Vote::Verify { poll, whole: true } => whole(arguments, &wallet, poll).await,
        Vote::Reward { poll } => {
            let view = wallet.reward(&named(&wallet, poll).await?).await?;
            Ok(Answer::of(&view, vec![view.text().clone()]))
        }
    }
}

async fn list(wallet: &Wallet, district: Option<&str>) -> Result<Answer, Failure> {
    let district = district.map(Text::new).transpose().map_err(WalletError::from)?;
    let view = wallet.polls_near(district).await?;
    let (mut polls, mut lines, mut mark) = (Vec::new(), vec![view.text().clone()], None);
    for (near, list) in [("near", view.near()), ("city", view.city()), ("elsewhere", view.elsewhere())] {
        for poll in list {
            lines.push(listed(poll));
            mark = mark.or(Some(poll.verified()));
            polls.push(Answer::of(poll, Vec::new()).with("near", near).fields);
        }
    }
    if polls.is_empty() {
        lines.push(message("공고된 투표가 없습니다.", "No poll has been announced."));
    }
    lines.extend(mark.map(show::verified));
    let district = view.district().as_ref().map(Text::as_str);
    let fields =
        json!({ "district": district, "whence": view.whence(), "text": view.text(), "polls": polls });
    Ok(Answer::of(&fields, lines))
}

/// A poll in the list: its name, its title, of which districts it is, where it stands.
fn listed(poll: &PollView) -> Message {
    let (id, title, text, standing) = (poll.id().to_hex(), poll.title(), poll.text(), poll.standing_text());
    let mut districts: Vec<&str> =
        poll.electorates().iter().flat_map(|one| one.districts()).map(Text::as_str).collect();
    districts.dedup();
    let of = if districts.is_empty() { String::new() } else { format!(" ({})", districts.join(", ")) };
    message(
        format!("{id}  {}{of}\n    {} {}", title.ko, text.ko, standing.ko),
        format!("{id}  {}{of}\n    {} {}", title.en, text.en, standing.en),
    )
}

async fn register(
    arguments: &Arguments,
    wallet: &Wallet,
    (id, electorate): (&PollId, Option<u8>),
    yes: bool,
) -> Result<Answer, Failure> {
    human::progress(arguments, &message("등록소들에 묻는 중", "asking the registrars"));
    let is_begun = wallet.poll_registration(id).is_ok_and(|view| *view.state() == "registering");
    let view = if is_begun && !yes {
        // What was approved goes on.
        wallet.register_for_poll(id, electorate).await?
    } else {
        let review = wallet.review_registration(id, electorate).await?;
        if review.view().card().is_some() {
            approved(arguments, yes, review.view(), &review_lines(review.view()))?;
        }
        wallet.register(review).await?
    };
    if *view.state() == "refused" {
        let registration = serde_json::to_value(&view).unwrap_or_default();
        return Err(Failure::NotRegistered { registration, text: refusals(&view) });
    }
    let lines = registrar_lines(&view);
    Ok(Answer::of(&view, lines))
}

async fn cast_or_check(arguments: &Arguments, wallet: &Wallet, cast: &Cast) -> Result<Answer, Failure> {
    let id = named(wallet, &cast.poll).await?;
    let choices = ballot::choices(&wallet.poll(&id).await?, &cast.choose)?;
    let review = wallet.review_ballot(&id, &choices).await?;
    let view = review.view().clone();
    // The fingerprint is shown before the question: a second device scans it now.
    for line in ballot::review_lines(&view) {
        human::progress(arguments, &line);
    }
    if cast.check {
        let opened = wallet.check_ballot(review).await?;
        return Ok(Answer::of(&opened, ballot::opened_lines(&opened)));
    }
    let question = message("이대로 투표할까요? [y/N] ", "Cast this ballot? [y/N] ");
    confirmed(arguments, cast.yes, &question, &view)?;
    let sent = wallet.cast_ballot(review).await?;
    if cast.no_wait {
        return Ok(ballot::sent(&sent));
    }
    human::progress(arguments, sent.text());
    let mut shown = *sent.state();
    let ended = wallet
        .follow_vote(&id, |step| {
            if shown != *step.state() {
                shown = *step.state();
                human::progress(arguments, step.text());
            }
        })
        .await?;
    if ended.is_placed() {
        return Ok(ballot::sent(&ended));
    }
    let (id, state, text) = (id.to_hex(), *ended.state(), ended.text().clone());
    Err(Failure::NotDone { id, state, text })
}

async fn receipt(wallet: &Wallet, poll: &str) -> Result<Answer, Failure> {
    let id = named(wallet, poll).await?;
    let view = match wallet.vote_receipt(&id) {
        // It may have come onto the board since it was last looked at.
        Err(WalletError::Invalid { input: Input::BallotMissing }) => {
            wallet.advance_vote(&id).await?;
            wallet.vote_receipt(&id)?
        }
        view => view?,
    };
    let place = message(
        format!("지문 {}, {}번째 자리", view.fingerprint(), view.index()),
        format!("Fingerprint {}, place {}", view.fingerprint(), view.index()),
    );
    let lines = vec![view.text().clone(), place, show::verified(view.verified())];
    Ok(Answer::of(&view, lines))
}

fn counted(view: &CountedView) -> Result<Answer, Failure> {
    if !view.is_counted() {
        let (id, state, text) = (view.poll_id().to_hex(), *view.state(), view.text().clone());
        return Err(Failure::NotDone { id, state, text });
    }
    Ok(Answer::of(view, vec![view.text().clone(), show::verified(view.verified())]))
}

async fn whole(arguments: &Arguments, wallet: &Wallet, poll: &str) -> Result<Answer, Failure> {
    let id = named(wallet, poll).await?;
    human::progress(
        arguments,
        &message("게시판 전체를 읽고 검증하는 중", "reading and checking the whole board"),
    );
    let report = wallet.verify_poll(&id, |_| {}).await?;
    if !report.ok() {
        let text = failure_text(&report);
        return Err(Failure::NotVerified { report: serde_json::to_value(&report).unwrap_or_default(), text });
    }
    let mut lines = vec![report.text().clone()];
    for check in report.checks() {
        let text = check.text();
        lines.push(message(
            format!("  ✓ {} {}건", text.ko, check.count()),
            format!("  ✓ {}: {}", text.en, check.count()),
        ));
    }
    lines.extend(report.result().iter().map(result_line));
    lines.push(show::verified(report.verified()));
    Ok(Answer::of(&report, lines))
}

fn failure_text(report: &PollReportView) -> Message {
    let first = report.first_failure().clone().unwrap_or_default();
    message(format!("{} ({first})", report.text().ko), format!("{} ({first})", report.text().en))
}

fn result_line(result: &ResultView) -> Message {
    let (contest, name, votes) = (result.contest(), result.name(), result.votes());
    message(format!("  {contest}. {}: {votes}", name.ko), format!("  {contest}. {}: {votes}", name.en))
}

fn poll_lines(view: &PollView) -> Vec<Message> {
    let mut lines = vec![view.title().clone(), view.text().clone(), view.standing_text().clone()];
    lines.extend(view.notices().iter().cloned());
    for electorate in view.electorates() {
        let (index, name, eligible) = (electorate.index(), electorate.name(), electorate.eligible());
        let (roll, counted) = (electorate.roll(), electorate.counted());
        lines.push(message(
            format!("선거인단 {index}: {} ({}), 명부 {roll}명, 집계 {counted}", name.ko, eligible.ko),
            format!("Electorate {index}: {} ({}), roll {roll}, counted {counted}", name.en, eligible.en),
        ));
    }
    for contest in view.contests() {
        let (number, question, how) = (contest.contest(), contest.question(), contest.how());
        lines.push(message(
            format!("{number}. {} {}", question.ko, how.ko),
            format!("{number}. {} {}", question.en, how.en),
        ));
        for option in contest.options() {
            let (number, name) = (option.option(), option.name());
            lines.push(message(format!("    {number} {}", name.ko), format!("    {number} {}", name.en)));
        }
    }
    lines.extend(view.result().iter().map(result_line));
    lines.push(show::verified(view.verified()));
    lines
}

/// Who asks for what, before she approves it.
fn review_lines(view: &RegistrationReviewView) -> Vec<Message> {
    let (title, electorate) = (view.title(), view.electorate_name());
    let mut lines = vec![message(
        format!("「{}」 · {}", title.ko, electorate.ko),
        format!("\"{}\" · {}", title.en, electorate.en),
    )];
    lines.push(view.text().clone());
    for registrar in view.registrars() {
        let (name, text) = (registrar.name(), registrar.text());
        lines.push(message(format!("  {}: {}", name.ko, text.ko), format!("  {}: {}", name.en, text.en)));
    }
    lines
}

fn registrar_lines(view: &RegistrationView) -> Vec<Message> {
    let mut lines = vec![view.text().clone()];
    for registrar in view.registrars() {
        let (name, text) = (registrar.name(), registrar.text());
        let hint = registrar.hint().clone().or_else(|| registrar.reason().clone());
        let hint = hint.unwrap_or_else(|| message("", ""));
        lines.push(message(
            format!("  {}: {} {}", name.ko, text.ko, hint.ko),
            format!("  {}: {} {}", name.en, text.en, hint.en),
        ));
    }
    lines
}

fn refusals(view: &RegistrationView) -> Message {
    let lines = registrar_lines(view);
    let in_one =
        |language| lines.iter().map(|line| said(line, language).trim_end()).collect::<Vec<_>>().join("\n");
    message(in_one(crate::arguments::Language::Ko), in_one(crate::arguments::Language::En))
}

/// The poll of a name: its 64 hexadecimal digits, so many of them that only one poll begins with them, or its title.
async fn named(wallet: &Wallet, text: &str) -> Result<PollId, Failure> {
    if let Ok(id) = PollId::from_hex(text) {
        return Ok(id);
    }
    let polls = wallet.polls().await?;
    let is_it = |poll: &&PollView| {
        let title = poll.title();
        title.ko == text || title.en == text || (text.len() >= 4 && poll.id().to_hex().starts_with(text))
    };
    let mut fitting = polls.iter().filter(is_it);
    match (fitting.next(), fitting.next()) {
        (Some(poll), None) => Ok(*poll.id()),
        _ => Err(Failure::Wallet(WalletError::Invalid { input: Input::PollUnknown })),
    }
}
