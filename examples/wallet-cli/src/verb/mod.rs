//! The verbs: one file for each group.

mod approval;
mod ballot;
mod begin;
mod card;
mod check;
mod code;
mod credential;
mod earn;
mod give;
mod keep;
mod limits;
mod offer;
mod pay;
mod receipt;
mod recover;
mod refund;
mod request;
mod service;
mod show;
mod shown;
mod vote;

use crate::answer::{Answer, Failure};
use crate::arguments::{Arguments, Verb};

/// Does what was asked.
pub(crate) async fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    match &arguments.verb {
        Verb::Init(init) => begin::init(arguments, init).await,
        Verb::Restore(restore) => begin::restore(arguments, restore).await,
        Verb::Balance => show::balance(arguments).await,
        Verb::History => show::history(arguments).await,
        Verb::Activity => show::activity(arguments),
        Verb::Earn(earn) => earn::earn(arguments, earn).await,
        Verb::Inspect(inspect) => code::inspect(inspect),
        Verb::Scan(scan) => code::scan(arguments, scan).await,
        Verb::Pay(pay) => pay::pay(arguments, pay).await,
        Verb::Receipt { id } => receipt::receipt(arguments, id).await,
        Verb::Verify(verify) => receipt::verify(arguments, verify).await,
        Verb::ShowCode(show) => shown::show_code(arguments, show).await,
        Verb::Code(code) => shown::code(arguments, code).await,
        Verb::ReceiptCode { id, png } => refund::receipt_code(arguments, id, png.as_deref()),
        Verb::Refund(refund) => refund::refund(arguments, refund).await,
        Verb::Redeem { points, yes } => give::redeem(arguments, *points, *yes).await,
        Verb::Gift(gift) => give::gift(arguments, gift).await,
        Verb::GiftCode { png } => give::gift_code(arguments, png.as_deref()).await,
        Verb::Limits(limits) => limits::limits(arguments, limits).await,
        Verb::Vote(vote) => vote::run(arguments, vote).await,
        Verb::Card(card) => card::run(arguments, card).await,
        Verb::Credential(credential) => credential::run(arguments, credential).await,
        Verb::Sync => keep::sync(arguments).await,
        Verb::Backup { file } => keep::backup(arguments, file).await,
    }
}
