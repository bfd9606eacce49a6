//! The words of a recovery by officers.

use crate::case::Fields;
use crate::phone::Hand;
use crate::play::Fault;
use crate::words::{Answer, Token, Trouble, With, account, and_optional, told};
use citizen_wallet::view::{RecoveryView, SubmissionView};
use citizen_wallet_ffi::{Identity, Secret, Wallet};
use std::sync::Arc;
use std::time::Duration;

const WORDS: [&str; 10] = [
    "recovery-code",
    "enrol-recovery",
    "recover-by-office",
    "recovery",
    "follow-recovery",
    "await-recovery",
    "uphold-recovery",
    "complete-recovery",
    "dismiss-recovery",
    "report-loss",
];

/// Between two questions of a word that asks until something has come about.
const PAUSE: Duration = Duration::from_millis(300);

/// Whether a word is one of these.
pub(crate) fn knows(word: &str) -> bool {
    WORDS.contains(&word)
}

/// Does what a word of a recovery says.
pub(crate) async fn act(
    hand: &mut Hand,
    wallet: &Wallet,
    word: &str,
    with: &mut With,
    token: Token,
) -> Answer {
    Ok(match word {
        "enrol-recovery" => {
            let view = wallet.enrol_recovery(identity(with)?, token).await?;
            told([
                ("enrolled", view.enrolled().to_string()),
                ("needed", view.needed().to_string()),
                ("officers", view.officers().to_string()),
            ])
        }
        "recovery-code" => {
            new_code(hand, wallet, token).await?;
            Fields::new()
        }
        "recover-by-office" => {
            let identity = identity(with)?;
            let code = new_code(hand, wallet, token.clone()).await?;
            recovery(&wallet.recover_by_office(identity, code, token).await?)
        }
        "recovery" => recovery(&wallet.recovery(token).await?),
        "follow-recovery" => recovery(&wallet.follow_recovery(token).await?),
        "await-recovery" => {
            let state = with.text("state")?;
            loop {
                let view = wallet.recovery(token.clone()).await?;
                if *view.state() == state {
                    break recovery(&view);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        "uphold-recovery" => recovery(&wallet.uphold_recovery(token).await?),
        "complete-recovery" => {
            let code = hand.recovery.clone().ok_or_else(|| Fault::said("no recovery code"))?;
            account(&wallet.complete_recovery(code, token).await?)
        }
        "report-loss" => {
            let told_of = wallet.report_loss(identity(with)?, token).await?;
            told([("revoked", told_of.revoked().to_string())])
        }
        "dismiss-recovery" => submission(&wallet.dismiss_recovery(identity(with)?, token).await?),
        other => return Err(Fault::said(&format!("no such word: {other}")).into()),
    })
}

/// The code that is on paper before anybody is asked; the same if she asks again.
async fn new_code(hand: &mut Hand, wallet: &Wallet, token: Token) -> Result<Arc<Secret>, Trouble> {
    if hand.recovery.is_none() {
        hand.recovery = Some(wallet.generate_recovery_code(token).await?);
    }
    Ok(hand.recovery.clone().ok_or_else(|| Fault::said("no recovery code"))?)
}

pub(crate) fn identity(with: &mut With) -> Result<Identity, Fault> {
    let (number, name) = (with.text("number")?, with.text("name")?);
    Ok(Identity { number, name, birth_date: with.text("birth_date")? })
}

fn recovery(view: &RecoveryView) -> Fields {
    let fields = told([
        ("state", (*view.state()).to_owned()),
        ("approved", view.approved().to_string()),
        ("needed", view.needed().to_string()),
        ("officers", view.officers().to_string()),
        ("can_complete", view.can_complete().to_string()),
        ("signers", view.verified().signers().to_string()),
    ]);
    and_optional(fields, "account", view.account().map(|account| account.to_hex()))
}

fn submission(view: &SubmissionView) -> Fields {
    told([("id", view.id().to_hex()), ("state", (*view.state()).to_owned())])
}
