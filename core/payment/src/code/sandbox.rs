//! The sandbox centre's own merchant codes: EMV merchant-presented codes under a reverse domain name of this project.
//!
//! ZeroPay's grammar and identifier are not public, and none is claimed: real ZeroPay codes are recognised by shape and
//! resolved by the centre.

use super::{Builder, MerchantCode};
use crate::code::mpm::{Initiation, Prompted};
use citizen_primitives::{Text, Won};

/// The globally unique identifier of the sandbox's merchant account template (26-00).
pub const SANDBOX_IDENTIFIER: &str = "kr.seoul.sandbox.zeropay";

/// What a sandbox code says to the centre. The centre alone knows whether the merchant is open, and until when an order is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxCode {
    /// 26-01: the merchant's number with the centre.
    pub merchant: Text,
    /// 62-05 of a dynamic code: the order's reference with the centre.
    pub order: Option<Text>,
}

impl SandboxCode {
    /// Reads the sandbox's template, if the code carries it.
    #[must_use]
    pub fn of(code: &MerchantCode) -> Option<Self> {
        let merchant = code.account_of(SANDBOX_IDENTIFIER)?.object(1)?.clone();
        let order = match (&code.additional.reference, code.initiation) {
            (Some(Prompted::Given(reference)), Initiation::Dynamic) => Some(reference.clone()),
            _ => None,
        };
        Some(Self { merchant, order })
    }

    /// Begins a static code for a merchant's number: the payer types the amount.
    #[must_use]
    pub fn printed(merchant: &str) -> Builder {
        Builder::in_korea()
            .initiation(Initiation::Static)
            .inner(26, 0, SANDBOX_IDENTIFIER)
            .inner(26, 1, merchant)
    }

    /// Begins a dynamic code for one order: amount and reference stand in it, its expiry is the centre's.
    #[must_use]
    pub fn for_order(merchant: &str, order: &str, amount: Won) -> Builder {
        Self::printed(merchant).initiation(Initiation::Dynamic).reference(order).amount(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Code, Leniency};

    fn merchant_code(payload: &str) -> MerchantCode {
        match Code::parse(payload, Leniency::Strict).outcome {
            Ok(Code::Merchant(code)) => *code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_printed_code_names_the_merchant_and_leaves_the_amount_to_the_payer() {
        let payload = SandboxCode::printed("M0000001")
            .merchant("5462", "MANGWON BAKERY", "SEOUL")
            .in_korean("망원빵집", "서울")
            .build()
            .unwrap();
        let code = merchant_code(&payload);
        assert_eq!(code.display_name().unwrap().as_str(), "망원빵집");
        assert_eq!(code.amount, None);
        let sandbox = SandboxCode::of(&code).unwrap();
        assert_eq!((sandbox.merchant.as_str(), sandbox.order), ("M0000001", None));
    }

    #[test]
    fn a_dynamic_code_carries_its_order_and_amount() {
        let amount = Won::new(12_000).unwrap();
        let builder = SandboxCode::for_order("M0000001", "ORDER-0001", amount);
        let code = merchant_code(&builder.merchant("5462", "MANGWON BAKERY", "SEOUL").build().unwrap());
        assert_eq!(code.amount_in_won(), Some(amount));
        assert_eq!(SandboxCode::of(&code).unwrap().order.unwrap().as_str(), "ORDER-0001");
    }
}
