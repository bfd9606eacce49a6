//! The PIN and the recovery code: from a file, from the environment, or asked for. Never an argument, which every program
//! on the machine could read.

use crate::answer::{Failure, message};
use crate::arguments::Arguments;
use crate::human;
use citizen_wallet::RecoveryCode;
use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;
use std::process::Command;

/// The PIN.
pub(crate) fn pin(arguments: &Arguments) -> Result<String, Failure> {
    let ask = message("PIN을 입력하세요 (숫자 여섯 자리):", "PIN (six digits):");
    secret(arguments, arguments.pin_file.as_deref(), "WALLET_PIN", &ask)?.ok_or(Failure::Usage {
        ko: "PIN이 없습니다. --pin-file FILE 이나 WALLET_PIN 으로 주거나 터미널에서 실행해 주세요.",
        en: "no PIN: give --pin-file FILE or the variable WALLET_PIN, or run it in a terminal",
    })
}

/// The recovery code.
pub(crate) fn recovery_code(arguments: &Arguments) -> Result<RecoveryCode, Failure> {
    let ask = message("복구 코드를 입력하세요:", "Recovery code:");
    let text = secret(arguments, arguments.code_file.as_deref(), "WALLET_RECOVERY_CODE", &ask)?;
    let text = text.ok_or(Failure::Usage { ko: "복구 코드가 없습니다. --code-file FILE 이나 WALLET_RECOVERY_CODE 로 주거나 터미널에서 실행해 주세요.", en: "no recovery code: give --code-file FILE or the variable WALLET_RECOVERY_CODE, or run it in a terminal" })?;
    Ok(RecoveryCode::parse(&text).map_err(citizen_wallet::WalletError::from)?)
}

fn secret(
    arguments: &Arguments,
    file: Option<&Path>,
    variable: &str,
    ask: &citizen_wallet::Message,
) -> Result<Option<String>, Failure> {
    if let Some(file) = file {
        let text = fs::read_to_string(file).map_err(|_| Failure::of_file())?;
        return Ok(Some(text.lines().next().unwrap_or_default().trim().to_owned()));
    }
    if let Ok(text) = std::env::var(variable) {
        return Ok(Some(text.trim().to_owned()));
    }
    if !io::stdin().is_terminal() || arguments.json {
        return Ok(None);
    }
    human::progress(arguments, ask);
    let _quiet = Quiet::begin();
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|_| Failure::of_file())?;
    Ok(Some(line.trim().to_owned()))
}

/// While it lives the terminal does not show what is typed, where that can be had.
struct Quiet;

impl Quiet {
    fn begin() -> Self {
        let _ = Command::new("stty").arg("-echo").status();
        Self
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = Command::new("stty").arg("echo").status();
    }
}
