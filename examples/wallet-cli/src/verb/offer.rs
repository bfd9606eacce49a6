//! `credential receive`: who offers what, the code or the sign-in at the issuer's page, and what came of it.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Receive};
use crate::verb::approval::{confirmed, typed};
use crate::verb::credential::{credential_lines, named};
use crate::verb::show;
use crate::{folder, human, picture};
use citizen_wallet::view::{CredentialView, OfferReviewView, OfferedCredentialView};
use citizen_wallet::{Leniency, Message, Wallet};
use serde_json::json;

pub(crate) async fn receive(arguments: &Arguments, receive: &Receive) -> Result<Answer, Failure> {
    let Some(offer) = &receive.offer else { return go_on(arguments, receive).await };
    let link = picture::read(offer.trim(), None, Leniency::Strict)?.text;
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
    if *view.needs_browser() {
        let page = wallet.authorize_offer(review).await?;
        let mut lines =
            vec![page.text().clone(), Message { ko: page.address().clone(), en: page.address().clone() }];
        let ask = message("브라우저가 돌아온 주소: ", "The address that the browser came back to: ");
        for line in &lines {
            human::progress(arguments, line);
        }
        if let Some(back) = typed(arguments, &ask)?.filter(|back| !back.is_empty()) {
            let received = wallet.complete_authorization(&back).await?;
            return Ok(taken(&wallet, &received)?.with("issuer", json!(view.issuer())));
        }
        lines.push(message(
            "브라우저가 돌아온 주소를 credential receive --redirect 로 넘겨 주세요.",
            "Hand the address that it comes back to over by credential receive --redirect.",
        ));
        let pending = wallet.pending_credentials()?;
        let fields = json!({
            "credentials": [], "pending": pending, "issuer": view.issuer(), "authorization": page,
        });
        return Ok(Answer::of(&fields, lines));
    }
    let code = code(arguments, receive, &view)?;
    human::progress(arguments, &message("받는 중", "receiving"));
    let received = wallet.accept_offer(review, code.as_deref()).await?;
    Ok(taken(&wallet, &received)?.with("issuer", json!(view.issuer())))
}

/// The browser is back from the issuer's page, or nobody waits for it any more.
async fn go_on(arguments: &Arguments, receive: &Receive) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let Some(back) = &receive.redirect else {
        let given_up = wallet.pending_authorization()?.is_some();
        wallet.cancel_authorization().await?;
        let line = message("기다리던 본인 확인을 그만둡니다.", "No sign-in is waited for any more.");
        return Ok(Answer::of(&json!({ "given_up": given_up }), vec![line]));
    };
    human::progress(arguments, &message("받는 중", "receiving"));
    let received = wallet.complete_authorization(back).await?;
    taken(&wallet, &received)
}

fn taken(wallet: &Wallet, received: &[CredentialView]) -> Result<Answer, Failure> {
    let pending = wallet.pending_credentials()?;
    let mut lines = Vec::new();
    if !received.is_empty() {
        lines.push(message("받았습니다.", "Received."));
        lines.extend(received.iter().flat_map(credential_lines));
    }
    lines.extend(pending.iter().map(|pending| pending.text().clone()));
    Ok(Answer::of(&json!({ "credentials": received, "pending": pending }), lines))
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
