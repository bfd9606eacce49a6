//! `init` and `restore`: a wallet comes to be.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, CityArguments, Init, Restore};
use crate::{folder, human, secret};
use citizen_wallet::error::Input;
use citizen_wallet::{Message, RecoveryCode, Wallet, WalletError};
use std::fs;

pub(crate) async fn init(arguments: &Arguments, init: &Init) -> Result<Answer, Failure> {
    let (wallet, code) = match make(arguments, &init.city).await {
        // A card that has no bank yet gets one.
        Err(Failure::Wallet(WalletError::Invalid { input: Input::AccountExists })) => {
            (without_bank(arguments).await?, None)
        }
        made => made.map(|(wallet, code)| (wallet, Some(code)))?,
    };
    let account = wallet.account()?;
    let made_up = || format!("citizen-{}", account.account().to_hex().chars().take(8).collect::<String>());
    let citizen = init.citizen.clone().unwrap_or_else(made_up);
    human::progress(arguments, &message("은행 계좌를 연결하는 중", "connecting the bank account"));
    let won = wallet.enrol(&citizen).await?;
    let text = code.map(|code| code.to_text());
    let mut lines = vec![
        message(format!("계정 {}", account.account()), format!("Account {}", account.account())),
        message(format!("은행 잔액 {}원", won.krw()), format!("At the bank: {} won", won.krw())),
    ];
    lines.extend(text.iter().map(|text| code_line(text)));
    let code = text.as_ref().map(|text| text.as_str());
    let answer = Answer::of(&account, lines).with("citizen", citizen).with("recovery_code", code);
    Ok(answer.with("krw", won.krw().amount()))
}

async fn without_bank(arguments: &Arguments) -> Result<Wallet, Failure> {
    let wallet = folder::open(arguments)?;
    if wallet.balance().await?.won().is_some() {
        return Err(Failure::Wallet(WalletError::Invalid { input: Input::AccountExists }));
    }
    Ok(wallet)
}

/// A wallet with an account on the ledger, and the code that is shown once.
pub(crate) async fn make(
    arguments: &Arguments,
    city: &CityArguments,
) -> Result<(Wallet, RecoveryCode), Failure> {
    let (wallet, code) = without_account(arguments, city)?;
    human::progress(arguments, &message("장부에 계정을 여는 중", "opening the account on the ledger"));
    wallet.open_account(&code).await?;
    Ok((wallet, code))
}

/// A wallet that has no account yet, and a code for one. What was interrupted is gone on with, with another code; a whole wallet is refused by
/// what is asked of it next.
pub(crate) fn without_account(
    arguments: &Arguments,
    city: &CityArguments,
) -> Result<(Wallet, RecoveryCode), Failure> {
    let city = folder::city(city)?.ok_or(Failure::Usage {
        ko: "도시의 주소가 없습니다. --city URL 로 알려 주세요.",
        en: "no city: give --city URL",
    })?;
    folder::home(arguments)?;
    let pin = secret::pin(arguments)?;
    let config = folder::new_config(arguments)?.with_city(city.clone());
    match Wallet::create(config, &pin) {
        Err(WalletError::Invalid { input: Input::WalletExists }) => {
            let wallet = Wallet::open(folder::new_config(arguments)?.with_city(city))?.unlock(&pin)?;
            let code = wallet.generate_recovery_code()?;
            Ok((wallet, code))
        }
        created => Ok(created?),
    }
}

/// For paper.
pub(crate) fn code_line(text: &str) -> Message {
    message(
        format!("복구 코드 (종이에 적어 두세요. 다시 보여 드리지 않습니다)\n  {text}"),
        format!("Recovery code (write it down; it is not shown again)\n  {text}"),
    )
}

pub(crate) async fn restore(arguments: &Arguments, restore: &Restore) -> Result<Answer, Failure> {
    let backup = fs::read(&restore.file).map_err(|_| Failure::of_file())?;
    let city = folder::city(&restore.city)?;
    folder::home(arguments)?;
    let code: RecoveryCode = secret::recovery_code(arguments)?;
    let pin = secret::pin(arguments)?;
    let mut config = folder::new_config(arguments)?;
    config.city = city;
    human::progress(arguments, &message("계정을 넘겨받는 중", "taking the account over"));
    let (_, account) = Wallet::restore(config, &backup, &code, &pin).await?;
    let lines = vec![message(
        format!("계정 {}을 넘겨받았습니다. 이전 휴대전화는 볼 수만 있습니다.", account.account()),
        format!("Account {} is on this device now. The old one can only show.", account.account()),
    )];
    Ok(Answer::of(&account, lines))
}
