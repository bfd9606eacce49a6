//! The verbs: one file for each group.

mod begin;
mod code;
mod earn;
mod keep;
mod pay;
mod receipt;
mod show;

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
        Verb::Sync => keep::sync(arguments).await,
        Verb::Backup { file } => keep::backup(arguments, file).await,
    }
}
