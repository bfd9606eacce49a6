//! Reading a code, and asking the centre whose it is.

use crate::error::{CodeRule, Party, WalletError, mapping};
use crate::place;
use crate::record::ActivityKind;
use crate::view::ScannedCode;
use crate::wallet::Wallet;
use citizen_payment::code::{Code, Finding, Kind, Leniency, Reading};
use citizen_primitives::random;

/// Reads a text without asking anybody: every field of it, and whether it is valid. Needs no wallet.
#[must_use]
pub fn inspect(text: &str, leniency: Leniency) -> Reading {
    Code::parse(text, leniency)
}

/// Reads the payment codes in a PNG or JPEG picture. Needs no wallet. Where a picture holds several codes, those that can be
/// paid come first.
#[cfg(feature = "scan")]
pub fn read_image(bytes: &[u8], leniency: Leniency) -> Result<Vec<Reading>, WalletError> {
    use citizen_payment::scan::{self, ScanError};
    let found = scan::read_image(bytes).map_err(|error| match error {
        ScanError::NoCode => bad_code(CodeRule::NoCodeInImage, 0),
        ScanError::NotAnImage | ScanError::TooLarge { .. } | ScanError::Damaged => {
            bad_code(CodeRule::NotAnImage, 0)
        }
    })?;
    let mut readings: Vec<_> = found.iter().map(|found| Code::parse(&found.text, leniency)).collect();
    readings.sort_by_key(|reading| (payable(reading).is_err(), !reading.is_valid()));
    Ok(readings)
}

/// The code that a picture is about. Where it holds several that can be paid, nobody but the citizen knows which is meant: a sticker
/// beside the shop's own would be paid instead. The app shows them and hands the chosen one to [`Wallet::scan`].
pub fn only_code(readings: Vec<Reading>) -> Result<Reading, WalletError> {
    let mut texts: Vec<&str> =
        readings.iter().filter(|reading| payable(reading).is_ok()).map(|it| it.text.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    if texts.len() > 1 {
        return Err(bad_code(CodeRule::SeveralCodes, 0));
    }
    readings.into_iter().next().ok_or(bad_code(CodeRule::NoCodeInImage, 0))
}

impl Wallet {
    /// Reads a text to the letter of its standard and asks the centre who it is. What cannot be paid is refused before
    /// anybody is asked. To be lenient, [`inspect`] and [`Wallet::scan`].
    pub async fn scan_text(&self, text: &str) -> Result<ScannedCode, WalletError> {
        self.scan(inspect(text.trim(), Leniency::Strict)).await
    }

    /// Reads a picture and asks the centre who it is. Two codes in it are refused: [`read_image`] tells both, the citizen chooses.
    #[cfg(feature = "scan")]
    pub async fn scan_image(&self, bytes: &[u8]) -> Result<ScannedCode, WalletError> {
        self.scan(only_code(read_image(bytes, Leniency::Strict)?)?).await
    }

    /// Asks the centre who a code is that was read already.
    pub async fn scan(&self, reading: Reading) -> Result<ScannedCode, WalletError> {
        self.session().touch()?;
        payable(&reading)?;
        let link = self.link().await?;
        let (_, parties) = link.with_parties(&[]).await?;
        let nonce = random::generate_array(&mut *self.session().rng());
        self.session().commit(place::CODE_ASKED, self.session().log(ActivityKind::CodeAsked)?)?;
        let answer = link
            .centre(parties.centre)
            .code(place::SEND_CODE, &reading.text, nonce)
            .await
            .map_err(|error| mapping::of_word(error, Party::Centre))?;
        Ok(ScannedCode { reading, answer: answer.word, signed: answer.signed })
    }
}

/// Whether a wallet could pay such a code at all.
pub(crate) fn payable(reading: &Reading) -> Result<(), WalletError> {
    match &reading.outcome {
        Err(Finding { rule, position, .. }) => Err(bad_code(CodeRule::Standard(*rule), position.character)),
        Ok(Code::Merchant(code)) if !code.is_in_won() => Err(bad_code(CodeRule::NotInWon, 0)),
        Ok(Code::Merchant(code)) if code.tip.is_some() => Err(bad_code(CodeRule::AsksForTip, 0)),
        Ok(Code::Merchant(_) | Code::Scheme(Kind::ZeropayStatic)) => Ok(()),
        Ok(Code::Consumer(_) | Code::Scheme(_)) => Err(bad_code(CodeRule::ShownByCustomer, 0)),
    }
}

const fn bad_code(rule: CodeRule, position: usize) -> WalletError {
    WalletError::BadCode { rule, position }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_payment::code::{Builder, SandboxCode};

    #[test]
    fn wallet_5_what_a_wallet_cannot_pay_is_refused_by_its_own_rule_before_anybody_is_asked() {
        let refusal = |text: &str| match payable(&inspect(text, Leniency::Lenient)) {
            Err(WalletError::BadCode { rule, .. }) => rule.word(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refusal("https://example.org/menu"), "no-payment-code");
        assert_eq!(refusal("800088123456789012345678"), "shown-by-customer");
        let code = SandboxCode::printed("M1").merchant("5462", "MANGWON BAKERY", "SEOUL").build().unwrap();
        assert_eq!(payable(&inspect(&code, Leniency::Strict)), Ok(()));
        assert_eq!(refusal(&code.replacen("MANGWON", "MANGWOM", 1)), "checksum");
        let in_dollars = Builder::in_korea()
            .object(53, "840")
            .inner(26, 0, "org.example")
            .merchant("5462", "DINER", "SEOUL")
            .build()
            .unwrap();
        assert_eq!(refusal(&in_dollars), "not-in-won");
    }
}
