//! The words of what is listed, set, and told beside paying.

use crate::case::Fields;
use crate::parts::Keys;
use crate::words::{Answer, Token, With, and_optional, told};
use citizen_wallet::view::{LimitsView, SubmissionView};
use citizen_wallet_ffi::{OwnLimits, SigningKind, Wallet};

const WORDS: [&str; 11] = [
    "won",
    "prefer-points",
    "receipts",
    "receipt-code",
    "codes",
    "redeem",
    "limits",
    "set-limits",
    "submissions",
    "polls-near",
    "attest",
];

/// Whether a word is one of these.
pub(crate) fn knows(word: &str) -> bool {
    WORDS.contains(&word)
}

/// What the key store was told last that a signature is for.
pub(crate) fn signed_for(keys: &Keys) -> Fields {
    let Some(reason) = keys.reason.lock().unwrap().clone() else { return Fields::new() };
    let kind = match reason.kind {
        SigningKind::Account => "account",
        SigningKind::Recovery => "recovery",
        SigningKind::Payment => "payment",
        SigningKind::Code => "code",
        SigningKind::Gift => "gift",
        SigningKind::Redemption => "redemption",
        SigningKind::Limits => "limits",
        SigningKind::Objection => "objection",
        SigningKind::CardKey => "card-key",
        SigningKind::Credential => "credential",
        SigningKind::Presentation => "presentation",
        SigningKind::SignIn => "sign-in",
        SigningKind::Poll => "poll",
        SigningKind::Other => "other",
    };
    told([("kind", kind.to_owned()), ("ko", reason.text.ko), ("en", reason.text.en)])
}

/// Does what a word says.
pub(crate) async fn asked(wallet: &Wallet, word: &str, with: &mut With, token: Token) -> Answer {
    Ok(match word {
        "won" => told([("krw", wallet.won(token).await?.krw().amount().to_string())]),
        "prefer-points" => {
            wallet.prefer_points(with.text("first")? == "true", token).await?;
            Fields::new()
        }
        "receipts" => told([("count", wallet.receipts(token).await?.len().to_string())]),
        "receipt-code" => told([("code", wallet.receipt_code(with.text("payment")?, token).await?)]),
        "codes" => {
            let codes = wallet.codes(token).await?;
            let last = codes.last().map(|code| (*code.state()).to_owned());
            and_optional(told([("count", codes.len().to_string())]), "last", last)
        }
        "redeem" => {
            let review = wallet.review_redemption(with.number("points")?, token.clone()).await?;
            let left = review.view().points_left().amount().to_string();
            let mut fields = submission(&wallet.approve_redemption(review, token).await?);
            fields.extend(told([("points_left", left)]));
            fields
        }
        "limits" => limits(&wallet.limits(token).await?),
        "set-limits" => {
            let (per_payment, per_day) = (with.number("per_payment")?, with.number("per_day")?);
            let own = OwnLimits { per_payment, per_day, per_month: with.number("per_month")? };
            submission(&wallet.set_limits(Some(own), token).await?)
        }
        "submissions" => {
            let all = wallet.submissions(token).await?;
            let last = all.last().map(|last| (*last.kind()).to_owned());
            and_optional(told([("count", all.len().to_string())]), "last", last)
        }
        "polls-near" => {
            let polls = wallet.polls_near(with.optional("district"), token).await?;
            told([
                ("near", polls.near().len().to_string()),
                ("elsewhere", polls.elsewhere().len().to_string()),
                ("whence", (*polls.whence()).to_owned()),
            ])
        }
        _ => {
            let stated = wallet.attest(with.text("challenge")?.into_bytes(), token).await?;
            told([("stated", stated.is_some().to_string())])
        }
    })
}

fn submission(view: &SubmissionView) -> Fields {
    told([("id", view.id().to_hex()), ("state", (*view.state()).to_owned())])
}

fn limits(view: &LimitsView) -> Fields {
    let per_payment = |set: Option<&citizen_wallet::view::LimitSetView>| {
        set.map(|set| set.per_payment().amount().to_string())
    };
    let fields = and_optional(Fields::new(), "legal", per_payment(view.legal().as_ref()));
    let fields = and_optional(fields, "own", per_payment(view.own().as_ref()));
    and_optional(fields, "left", view.left().map(|left| left.amount().to_string()))
}
