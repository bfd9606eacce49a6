//! The sandbox's merchants are the centre's; here are those the story meets, by number, and the codes on their counters.
//!
//! Their numbers never change, so a printed code stays good from folder to folder.

use citizen_payment::code::{Finding, SandboxCode};
use citizen_primitives::{IdentifierError, MerchantId};
use city_services::centre::{MerchantRecord, MerchantsError, default_merchants};

/// A bakery with a printed code.
pub const BAKERY: &str = "1000001";
/// A bookshop with a printed code.
pub const BOOKSHOP: &str = "1000002";
/// A restaurant whose till shows a code for each order.
pub const RESTAURANT: &str = "1000003";
/// A photo studio that has closed; its code still hangs on the door.
pub const CLOSED: &str = "1000008";

/// A sticker with ZeroPay's own digits on the bakery's window: type, registrar, merchant, terminal, check characters. The
/// digits are invented; the shape is the one that `citizen_payment` infers.
pub const ZEROPAY_STICKER: &str = "20100000000000001000001000000000000000000014821";

/// The sandbox's merchants are not as this program needs them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShopError {
    /// The list cannot be read.
    #[error(transparent)]
    List(#[from] MerchantsError),
    /// No such merchant in it.
    #[error("no merchant with the number {0}")]
    Missing(String),
    /// A code would break the standard.
    #[error("a merchant's code breaks a rule of its standard")]
    Code(Finding),
    /// A number that is none.
    #[error(transparent)]
    Number(#[from] IdentifierError),
}

/// The number of a merchant.
pub fn number(text: &str) -> Result<MerchantId, ShopError> {
    Ok(MerchantId::new(text)?)
}

/// The code on a merchant's counter: the payer types the amount. The centre makes the same.
pub fn printed_code(number: &str) -> Result<String, ShopError> {
    let MerchantRecord { merchant, category_code, .. } = shop(number)?;
    SandboxCode::printed(merchant.id.as_str())
        .merchant(category_code.as_str(), merchant.name_latin.as_str(), "SEOUL")
        .in_korean(merchant.name.as_str(), merchant.district.as_str())
        .build()
        .map_err(ShopError::Code)
}

fn shop(number: &str) -> Result<MerchantRecord, ShopError> {
    let mut all = default_merchants()?.into_iter();
    let found = all.find(|record| record.merchant.id.as_str() == number);
    found.ok_or_else(|| ShopError::Missing(number.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_payment::code::{Code, Kind, Leniency};

    #[test]
    fn every_code_is_what_it_should_be() {
        for number in [BAKERY, BOOKSHOP, RESTAURANT, CLOSED] {
            let text = printed_code(number).unwrap();
            assert_eq!(Code::parse(&text, Leniency::Strict).kind, Kind::EmvMpm);
            assert!(text.contains(number));
        }
        assert_eq!(Code::parse(ZEROPAY_STICKER, Leniency::Strict).kind, Kind::ZeropayStatic);
        assert!(shop(CLOSED).unwrap().is_suspended);
        assert_eq!(printed_code("7"), Err(ShopError::Missing("7".to_owned())));
    }
}
