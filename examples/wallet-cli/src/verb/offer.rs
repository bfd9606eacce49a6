//! `credential receive`: who offers what, the code, and what came of it.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Receive};
use crate::verb::approval::{confirmed, typed};
use crate::verb::credential::{credential_lines, named};
use crate::verb::show;
use crate::{folder, human, picture};
use citizen_wallet::view::{OfferReviewView, OfferedCredentialView};
use citizen_wallet::{Leniency, Message};
use serde_json::json;

pub(crate) async fn receive(arguments: &Arguments, receive: &Receive) -> Result<Answer, Failure> {
    let link = picture::read(receive.offer.trim(), None, Leniency::Strict)?.text;
    let wallet = folder::open(arguments)?;
    human::progress(arguments, &message("발급 기관에 묻는 중", "asking the issuer"));
    let review = wallet.review_offer(&link).await?;
    let view = review.view().clone();
    if receive.review {
        return Ok(Answer::of(&view, review_lines(&view)));
    }
    let question = message("받을까요? [y/N] ", "Take it? [y/N] ");
    for line in review_lines(&view) {
        human::progress(arguments, &line);
    }
    confirmed(arguments, receive.yes, &question, &view)?;
    let code = code(arguments, receive, &view)?;
    human::progress(arguments, &message("받는 중", "receiving"));
    let received = wallet.accept_offer(review, code.as_deref()).await?;
    let mut lines = vec![message("받았습니다.", "Received.")];
    lines.extend(received.iter().flat_map(credential_lines));
    Ok(Answer::of(&json!({ "credentials": received, "issuer": view.issuer() }), lines))
}

/// The transaction code: from the command line, or asked for where somebody can be asked.
fn code(arguments: &Arguments, receive: &Receive, view: &OfferReviewView) -> Result<Option<String>, Failure> {
    match &receive.tx_code {
        Some(code) => Ok(Some(code.clone())),
        None if *view.needs_code() => {
            let hint = view.code_hint().clone().unwrap_or_default();
            let ask = message(format!("확인 번호 ({hint}): "), format!("Transaction code ({hint}): "));
            typed(arguments, &ask)
        }
        None => Ok(None),
    }
}

fn review_lines(view: &OfferReviewView) -> Vec<Message> {
    let mut lines = vec![view.text().clone()];
    lines.extend(view.credentials().iter().map(offered));
    if *view.needs_code() {
        let hint = view.code_hint().clone().unwrap_or_default();
        lines.push(message(
            format!("  따로 보낸 확인 번호가 필요합니다. {hint}"),
            format!("  It asks for a code that was sent by other means. {hint}"),
        ));
    }
    lines.extend(view.issuer().verified().as_ref().map(show::verified));
    lines
}

fn offered(credential: &OfferedCredentialView) -> Message {
    let vct = credential.vct().as_deref().unwrap_or(credential.configuration());
    let Message { ko, en } = named(credential.name(), vct);
    let unstated = message("", "");
    let purpose = credential.purpose().as_ref().unwrap_or(&unstated);
    if *credential.is_granted() {
        message(format!("  {ko} {}", purpose.ko), format!("  {en} {}", purpose.en))
    } else {
        message(
            format!("  {ko}: 등록부가 허락하지 않은 종류입니다."),
            format!("  {en}: the registry does not let this issuer issue it."),
        )
    }
}
