//! The sandbox's rules of payments, which its governors decide after the ledger has begun: limits, refunds, redemptions.

use crate::genesis::{BEGAN, DataError, text};
use crate::keys::Keys;
use citizen_coin::{LapsedRefund, Limits};
use citizen_keys::SigningKey;
use citizen_ledger::{
    Action, Dated, Govern, Nonce, Parameters, PaymentRules, RedemptionRule, SignedTransaction, Signer,
    TransactionBody, state_key,
};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Canonical as _, Height, Label, Points, Seconds, Won};
use city_chain::{Chain as _, ChainError, EmbeddedChain, SubmitError};
use city_storage::StorageError;

/// For how many blocks the decision may be executed.
const VALIDITY: u64 = 100;

/// Why the rules are not in force.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The sandbox's data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The ledger does not take the decision.
    #[error("the ledger does not take the governors' decision")]
    Submit(#[from] SubmitError),
    /// The state has no parameters.
    #[error("the ledger has no parameters")]
    NoParameters,
}

/// The rules, each with its date and its source.
pub fn payment_rules() -> Result<PaymentRules, DataError> {
    let won = |amount| Won::new(amount).map_err(|_| DataError("limits"));
    let points = |amount| Points::new(amount).map_err(|_| DataError("redemption"));
    let limits =
        Limits { per_payment: won(2_000_000)?, per_day: won(3_000_000)?, per_month: won(10_000_000)? };
    let rule = RedemptionRule { step: points(10_000)?, most: points(50_000)? };
    Ok(PaymentRules {
        limits: vec![Dated {
            from: BEGAN,
            value: limits,
            source: text(
                "The sandbox's choice, after the 2,000,000 won of a named prepaid account (Electronic Financial Transactions Act, decree art. 13)",
            )?,
        }],
        refundable: vec![Dated {
            from: BEGAN,
            value: Seconds::new(90 * 24 * 60 * 60),
            source: text("The sandbox's choice: 90 days")?,
        }],
        lapsed_refund: vec![Dated {
            from: BEGAN,
            value: LapsedRefund::Grace { months: 1 },
            source: text("The sandbox's choice: until the end of the month after the refund")?,
        }],
        redemption: vec![Dated {
            from: BEGAN,
            value: rule,
            source: text(
                "Mileage to gift certificates in steps of 10,000 up to 50,000 (webzine.smc.seoul.kr, 2024-04-18)",
            )?,
        }],
    })
}

/// Lets the governors decide on the rules, if the ledger has none: a new one, or one of a time before there were any.
pub fn decide(chain: &EmbeddedChain, keys: &Keys, rng: &mut dyn CryptoRng) -> Result<(), RulesError> {
    // A header shows the state before it: the first one shows none.
    for _ in 0..2 {
        if chain.prove(&[])?.is_none() {
            chain.step()?;
        }
    }
    let asked = [state_key::payment_rules(), state_key::parameters()];
    let proven = chain.prove(&asked)?.ok_or(RulesError::NoParameters)?;
    let value = |place: usize| proven.state.values.get(place).and_then(|proven| proven.value.clone());
    if value(0).is_some() {
        return Ok(());
    }
    let parameters = value(1).ok_or(RulesError::NoParameters)?;
    let parameters = Parameters::from_canonical(&parameters).map_err(|_| RulesError::NoParameters)?;
    let latest = chain.status().latest;
    let decision = decision(chain, keys, latest, &parameters, rng)?;
    chain.submit(decision.to_canonical())?;
    // The block with the decision, and the header that shows what it changed.
    for _ in 0..2 {
        chain.step()?;
    }
    Ok(())
}

fn decision(
    chain: &EmbeddedChain,
    keys: &Keys,
    latest: Height,
    parameters: &Parameters,
    rng: &mut dyn CryptoRng,
) -> Result<SignedTransaction, RulesError> {
    let mut governors: Vec<SigningKey> = keys.governors.iter().map(Keys::signing).collect();
    governors.sort_by_key(SigningKey::public);
    let body = TransactionBody {
        chain_id: chain.status().chain_id,
        valid_until: latest.plus(VALIDITY.min(parameters.validity_window)),
        nonce: Nonce::from_bytes(generate_array(rng)),
        signer: Signer::Governors { keys: governors.iter().map(SigningKey::public).collect() },
        action: Action::Govern(Govern::SetPaymentRules(payment_rules()?)),
    };
    let bytes = body.signing_bytes();
    Ok(body.signed(governors.iter().map(|key| key.sign(Label::Transaction, &bytes)).collect()))
}
