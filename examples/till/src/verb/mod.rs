//! The verbs: one file for each group.

mod charge;
mod check;
mod code;
mod init;
mod refund;
mod resume;
mod served;
mod settle;
mod today;

use crate::answer::Answer;
use crate::arguments::{Arguments, Verb};
use crate::failure::Failure;
use citizen_primitives::{PaymentId, Text, Won};

/// Does what was asked.
pub(crate) async fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    match &arguments.verb {
        Verb::Init(init) => init::init(arguments, init).await,
        Verb::StaticCode(code) => code::printed(arguments, code),
        Verb::DynamicCode(code) => code::dynamic(arguments, code).await,
        Verb::Charge(charge) => charge::charge(arguments, charge).await,
        Verb::Today(day) => today::today(arguments, day).await,
        Verb::Check(check) => check::check(arguments, check).await,
        Verb::Refund(refund) => refund::refund(arguments, refund).await,
        Verb::Cancel(cancel) => refund::cancel(arguments, cancel).await,
        Verb::Settlement(settlement) => settle::settlement(arguments, settlement).await,
        Verb::Wishes => refund::wishes(arguments).await,
        Verb::Resume => resume::resume(arguments).await,
    }
}

/// An amount of at least one won.
fn amount(number: u64) -> Result<Won, Failure> {
    let amount = Won::new(number).map_err(|_| Failure::invalid("amount"))?;
    if amount.is_zero() { Err(Failure::invalid("amount")) } else { Ok(amount) }
}

fn payment_id(text: &str) -> Result<PaymentId, Failure> {
    PaymentId::from_hex(text.trim()).map_err(|_| Failure::invalid("payment"))
}

/// A name of so many letters at most.
fn name(text: &str, longest: usize) -> Result<Text, Failure> {
    let name = Text::new(text.trim()).map_err(|_| Failure::invalid("name"))?;
    let letters = name.as_str().chars().count();
    if (1..=longest).contains(&letters) { Ok(name) } else { Err(Failure::invalid("name")) }
}
