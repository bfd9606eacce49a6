//! `credential services` and `credential leave`: which services know this wallet, and to be known no more.

use crate::answer::{Answer, Failure, message};
use crate::arguments::Arguments;
use crate::folder;
use crate::verb::approval::approved;
use crate::verb::credential::one_of;
use citizen_wallet::error::Input;
use citizen_wallet::view::ServiceView;
use citizen_wallet::{Message, WalletError};
use serde_json::json;

pub(crate) fn list(arguments: &Arguments) -> Result<Answer, Failure> {
    let services = folder::open(arguments)?.services()?;
    let mut lines: Vec<Message> = services.iter().flat_map(lines_of).collect();
    if services.is_empty() {
        lines.push(message("로그인한 기관이 없습니다.", "No service knows this wallet."));
    }
    Ok(Answer::of(&json!({ "services": services }), lines))
}

pub(crate) async fn leave(arguments: &Arguments, id: &str, yes: bool) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let services = wallet.services()?;
    let unknown = Failure::Wallet(WalletError::Invalid { input: Input::ServiceUnknown });
    let id = one_of(services.iter().map(|service| *service.id()), id);
    let view = services.iter().find(|service| Some(*service.id()) == id).ok_or(unknown)?;
    let mut lines = lines_of(view);
    lines.push(message(
        "그 열쇠를 지웁니다. 다시 로그인하면 새 사람으로 압니다.",
        "Its key is removed: whoever signs in there again is a new person to it.",
    ));
    approved(arguments, yes, view, &lines)?;
    wallet.forget_service(view.id()).await?;
    let fields = json!({ "id": view.id().to_string(), "service": view.service(), "left": true });
    Ok(Answer::of(&fields, vec![message("지웠습니다.", "Removed.")]))
}

fn lines_of(view: &ServiceView) -> Vec<Message> {
    let (id, host, text) = (view.id(), view.host(), view.text());
    let first = message(format!("{id}  {host}"), format!("{id}  {host}"));
    vec![first, message(format!("    {}", text.ko), format!("    {}", text.en))]
}
