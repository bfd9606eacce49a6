//! The activity log in plain words.

use crate::error::Message;
use crate::record::{ActivityKind, ActivityRow, DisclosureLine, PaymentLine};
use crate::view::{serial::plain, view};
use citizen_primitives::UnixTime;
use citizen_voting::manifest::Bilingual;

view! {
    /// A line of the phone's own log: who saw what of the citizen, when, and why.
    ActivityView {
        /// When.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
        /// The line.
        text: Message,
    }
}

impl ActivityView {
    pub(crate) fn of(row: &ActivityRow) -> Self {
        Self { time: row.time, text: text(&row.kind) }
    }
}

fn text(kind: &ActivityKind) -> Message {
    let payment = |key: &str, line: &PaymentLine| {
        Message::of(key).with("merchant", line.merchant.as_str()).with("total", line.total)
    };
    match kind {
        ActivityKind::AccountOpened => Message::of("activity.account-opened"),
        ActivityKind::BankConnected => Message::of("activity.bank-connected"),
        ActivityKind::BankAsked => Message::of("activity.bank-asked"),
        ActivityKind::Claimed { programme } => {
            Message::of("activity.claimed").with("programme", programme.as_str())
        }
        ActivityKind::CodeAsked => Message::of("activity.code-asked"),
        ActivityKind::Approved(line) => payment("activity.approved", line),
        ActivityKind::Captured(line) => payment("activity.captured", line),
        ActivityKind::Reversed(line) => payment("activity.reversed", line),
        ActivityKind::NeverHeld(line) => payment("activity.never-held", line),
        ActivityKind::BackedUp => Message::of("activity.backed-up"),
        ActivityKind::Restored => Message::of("activity.restored"),
        ActivityKind::Fenced => Message::of("activity.fenced"),
        ActivityKind::CodeShown { total } => Message::of("activity.code-shown").with("total", total),
        ActivityKind::Charged(line) => payment("activity.charged", line),
        ActivityKind::CodeHidden => Message::of("activity.code-hidden"),
        ActivityKind::RefundAsked { payment: line, amount } => Message::of("activity.refund-asked")
            .with("merchant", line.merchant.as_str())
            .with("total", amount),
        ActivityKind::Gave { points } => Message::of("activity.gave").with("points", points),
        ActivityKind::Redeemed { points } => Message::of("activity.redeemed").with("points", points),
        ActivityKind::LimitsSet => Message::of("activity.limits-set"),
        ActivityKind::PollRegistered { title } => titled("activity.poll-registered", title),
        ActivityKind::BallotOpened { title } => titled("activity.ballot-opened", title),
        ActivityKind::BallotCast { title } => titled("activity.ballot-cast", title),
        ActivityKind::BallotPlaced { title } => titled("activity.ballot-placed", title),
        ActivityKind::PromiseBroken { relay } => {
            Message::of("activity.promise-broken").with_message("relay", &Message::written(relay))
        }
        ActivityKind::PollRewarded { title } => titled("activity.poll-rewarded", title),
        ActivityKind::Frozen => Message::of("activity.frozen"),
        ActivityKind::Unfrozen => Message::of("activity.unfrozen"),
        ActivityKind::Objected => Message::of("activity.objected"),
        ActivityKind::CredentialReceived { credential, issuer } => {
            Message::of("activity.credential-received")
                .with_message("issuer", &Message::written(issuer))
                .with("credential", credential)
        }
        ActivityKind::CredentialForgotten { credential } => {
            Message::of("activity.credential-forgotten").with("credential", credential)
        }
        ActivityKind::Presented(line) => presented(line),
        ActivityKind::Declined { verifier, host } => Message::of("activity.declined")
            .with_message("verifier", &Message::written(verifier))
            .with("host", host),
        ActivityKind::CardKeyChanged => Message::of("activity.card-key-changed"),
        ActivityKind::SignedIn(line) => {
            let key = if line.is_first { "activity.signed-in-first" } else { "activity.signed-in" };
            Message::of(key)
                .with_message("verifier", &Message::written(&line.verifier))
                .with("host", &line.host)
        }
        ActivityKind::ServiceForgotten { verifier } => {
            Message::of("activity.service-forgotten").with_message("verifier", &Message::written(verifier))
        }
        ActivityKind::RecoveryEnrolled => Message::of("activity.recovery-enrolled"),
        ActivityKind::RecoveryAsked => Message::of("activity.recovery-asked"),
        ActivityKind::RecoveryDismissed => Message::of("activity.recovery-dismissed"),
        ActivityKind::LossReported { revoked } => {
            Message::of("activity.loss-reported").with("revoked", revoked)
        }
    }
}

fn titled(key: &str, title: &Bilingual) -> Message {
    Message::of(key).with_message("title", &Message::written(title))
}

fn presented(line: &DisclosureLine) -> Message {
    let unstated = || Message::of("request.purpose-unstated");
    let purpose = line.purpose.as_ref().map_or_else(unstated, Message::written);
    let claims = match line.claims.as_slice() {
        [] => Message::of("request.nothing-beside"),
        claims => Message::same(claims.join(", ")),
    };
    Message::of("activity.presented")
        .with_message("verifier", &Message::written(&line.verifier))
        .with("host", &line.host)
        .with("credential", &line.credential)
        .with_message("claims", &claims)
        .with_message("purpose", &purpose)
}
