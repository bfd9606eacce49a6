//! `limits`: how much may be spent.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Limits};
use crate::folder;
use crate::verb::{give, show};
use citizen_wallet::view::{LimitSetView, LimitsView};
use citizen_wallet::{Message, WalletError, Won};

pub(crate) async fn limits(arguments: &Arguments, limits: &Limits) -> Result<Answer, Failure> {
    let own = own(limits)?;
    let wallet = folder::open(arguments)?;
    if own.is_some() || limits.clear {
        let sent = wallet.set_limits(own).await?;
        give::answer(wallet.follow_submission(sent.id()).await?)?;
    }
    let view = wallet.limits().await?;
    Ok(Answer::of(&view, lines(&view)))
}

fn own(limits: &Limits) -> Result<Option<citizen_wallet::Limits>, Failure> {
    let (Some(per_payment), Some(per_day), Some(per_month)) =
        (limits.per_payment, limits.per_day, limits.per_month)
    else {
        return Ok(None);
    };
    let won = |amount| Won::new(amount).map_err(|error| Failure::Wallet(WalletError::from(error)));
    Ok(Some(citizen_wallet::Limits {
        per_payment: won(per_payment)?,
        per_day: won(per_day)?,
        per_month: won(per_month)?,
    }))
}

fn lines(view: &LimitsView) -> Vec<Message> {
    let mut lines = Vec::new();
    lines.extend(view.legal().as_ref().map(|limits| set_line(("법정 한도", "By law"), limits)));
    lines.extend(view.own().as_ref().map(|limits| set_line(("내 한도", "Your own"), limits)));
    if let Some(left) = view.left() {
        lines.push(message(
            format!("지금 한 번에 {left}원까지 쓸 수 있습니다."),
            format!("{left} won can be spent at once now."),
        ));
    }
    lines.push(show::verified(view.verified()));
    lines
}

fn set_line((ko, en): (&str, &str), limits: &LimitSetView) -> Message {
    let (payment, day, month) = (limits.per_payment(), limits.per_day(), limits.per_month());
    message(
        format!("{ko}: 한 번 {payment}원, 하루 {day}원, 한 달 {month}원"),
        format!("{en}: {payment} won at once, {day} a day, {month} a month"),
    )
}
