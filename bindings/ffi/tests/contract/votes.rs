//! The words of polls.

use crate::case::Fields;
use crate::phone::Hand;
use crate::play::Fault;
use crate::words::{Answer, Token, With, and_optional, none, told};
use citizen_wallet::view::{ChosenView, PollView, RegistrationView, VoteView};
use citizen_wallet_ffi::{BallotChoice, Wallet, WalletError};
use std::time::Duration;

/// Between two questions of a word that asks until something has come about.
const PAUSE: Duration = Duration::from_millis(300);

/// What makes or takes the registration or the ballot in the hand.
pub(crate) async fn act(
    hand: &mut Hand,
    wallet: &Wallet,
    word: &str,
    with: &mut With,
    token: Token,
) -> Answer {
    match word {
        "review-registration" => review_registration(hand, wallet, with, token).await,
        "approve-registration" => approve_registration(hand, wallet, token).await,
        "review-ballot" => review(hand, wallet, with, token).await,
        "check-ballot" => check(hand, wallet, token).await,
        _ => cast(hand, wallet, token).await,
    }
}

/// Asks how the registrars want to know her, and keeps it in the hand.
async fn review_registration(hand: &mut Hand, wallet: &Wallet, with: &mut With, token: Token) -> Answer {
    let review = wallet.review_registration(with.text("poll")?, None, token).await?;
    let view = review.view();
    hand.registration = Some(review);
    let answering = view.registrars().iter().filter(|registrar| *registrar.answers()).count();
    Ok(told([
        ("by", (*view.by()).to_owned()),
        ("claims", view.card().as_ref().map_or_else(none, |card| card.claims().join(", "))),
        ("registrars", view.registrars().len().to_string()),
        ("answering", answering.to_string()),
    ]))
}

/// Registers as was reviewed last, and goes on with it.
async fn approve_registration(hand: &mut Hand, wallet: &Wallet, token: Token) -> Answer {
    let review = hand.registration.clone().ok_or_else(|| Fault::said("no registration was reviewed"))?;
    let view = wallet.register(review, token.clone()).await?;
    if *view.state() != "registering" {
        return Ok(registration(&view));
    }
    tokio::time::sleep(PAUSE).await;
    Ok(registration(&register(wallet, view.poll_id().to_hex(), token).await?))
}

/// Encrypts a ballot with one option of the only contest, and keeps it in the hand.
async fn review(hand: &mut Hand, wallet: &Wallet, with: &mut With, token: Token) -> Answer {
    let poll = with.text("poll")?;
    let option = u8::try_from(with.number("option")?).map_err(|_| Fault::said("no such option"))?;
    let choices = vec![BallotChoice { contest: 0, numbers: vec![option] }];
    let review = wallet.review_ballot(poll, choices, token).await?;
    let view = review.view();
    hand.ballot = Some(review);
    Ok(told([
        ("fingerprint", view.fingerprint().to_hex()),
        ("chosen", in_words(view.choices())),
        ("sequence", view.sequence().to_string()),
        ("replaces", view.replaces().to_string()),
        ("checks_left", view.checks_left().to_string()),
    ]))
}

/// Opens what was reviewed last.
async fn check(hand: &mut Hand, wallet: &Wallet, token: Token) -> Answer {
    let review = hand.ballot.clone().ok_or_else(|| Fault::said("no ballot was reviewed"))?;
    let opened = wallet.check_ballot(review, token).await?;
    Ok(told([
        ("fingerprint", opened.fingerprint().to_hex()),
        ("chosen", in_words(opened.choices())),
        ("promised", opened.promised().to_string()),
        ("checks_left", opened.checks_left().to_string()),
    ]))
}

/// Casts what was reviewed last.
async fn cast(hand: &mut Hand, wallet: &Wallet, token: Token) -> Answer {
    let review = hand.ballot.clone().ok_or_else(|| Fault::said("no ballot was reviewed"))?;
    Ok(vote(&wallet.cast_ballot(review, token).await?))
}

/// What asks the wallet about a poll and leaves nothing in the hand.
pub(crate) async fn asked(wallet: &Wallet, word: &str, with: &mut With, token: Token) -> Answer {
    Ok(match word {
        "polls" => {
            let polls = wallet.polls(token).await?;
            let newest = polls.first().map(|poll| poll.id().to_hex());
            and_optional(told([("count", polls.len().to_string())]), "newest", newest)
        }
        "poll" => poll(&wallet.poll(with.text("poll")?, token).await?),
        "await-casting" => {
            let id = with.text("poll")?;
            loop {
                let view = wallet.poll(id.clone(), token.clone()).await?;
                if *view.open() {
                    break poll(&view);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        "register" => registration(&register(wallet, with.text("poll")?, token).await?),
        "registration" => registration(&wallet.poll_registration(with.text("poll")?, token).await?),
        "vote" => vote(&wallet.vote(with.text("poll")?, token).await?),
        "follow-vote" => vote(&wallet.follow_vote(with.text("poll")?, token).await?),
        "vote-receipt" => {
            let receipt = wallet.vote_receipt(with.text("poll")?, token).await?;
            told([
                ("fingerprint", receipt.fingerprint().to_hex()),
                ("sequence", receipt.sequence().to_string()),
                ("signers", receipt.verified().signers().to_string()),
            ])
        }
        "verify-counted" => {
            let counted = wallet.verify_counted(with.text("poll")?, token).await?;
            told([
                ("fingerprint", counted.fingerprint().to_hex()),
                ("counted", counted.is_counted().to_string()),
                ("state", (*counted.state()).to_owned()),
            ])
        }
        "reward" => {
            let reward = wallet.reward(with.text("poll")?, token).await?;
            told([("state", (*reward.state()).to_owned()), ("points", reward.points().amount().to_string())])
        }
        "verify-poll" => {
            let report = wallet.verify_poll(with.text("poll")?, token).await?;
            let fields = told([
                ("ok", report.ok().to_string()),
                ("counted", report.counted().to_string()),
                ("spoiled", report.spoiled().to_string()),
                ("replaced", report.replaced().to_string()),
            ]);
            and_optional(fields, "failure", report.first_failure().clone())
        }
        other => return Err(Fault::said(&format!("no such word: {other}")).into()),
    })
}

/// Until all registrars have signed or one refuses: a roll takes a moment to reach them.
async fn register(wallet: &Wallet, poll: String, token: Token) -> Result<RegistrationView, WalletError> {
    loop {
        let view = wallet.register_for_poll(poll.clone(), None, token.clone()).await?;
        if *view.state() != "registering" {
            return Ok(view);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn poll(view: &PollView) -> Fields {
    told([
        ("title", view.title().ko.clone()),
        ("phase", (*view.phase()).to_owned()),
        ("standing", (*view.standing()).to_owned()),
        ("open", view.open().to_string()),
        ("signers", view.verified().signers().to_string()),
    ])
}

fn registration(view: &RegistrationView) -> Fields {
    let signed = view.registrars().iter().filter(|registrar| *registrar.state() == "signed").count();
    let fields = told([("state", (*view.state()).to_owned()), ("signed", signed.to_string())]);
    let reason = view.registrars().iter().find_map(|registrar| registrar.reason().clone());
    and_optional(fields, "reason_ko", reason.map(|reason| reason.ko))
}

fn vote(view: &VoteView) -> Fields {
    let fields = told([
        ("state", (*view.state()).to_owned()),
        ("replaced", view.replaced().to_string()),
        ("opened", view.opened().to_string()),
    ]);
    and_optional(fields, "fingerprint", view.fingerprint().map(|fingerprint| fingerprint.to_hex()))
}

/// What was chosen, in Korean.
fn in_words(choices: &[ChosenView]) -> String {
    let words = choices.iter().flat_map(ChosenView::chosen).map(|option| option.ko.as_str());
    words.collect::<Vec<_>>().join(", ")
}
