//! The sandbox's rules of payments and of recovery, which its governors decide after the ledger has begun.

use crate::genesis::{BEGAN, DataError, text};
use crate::keys::Keys;
use citizen_client::authorised::CITIZEN_CARD;
use citizen_coin::{LapsedRefund, Limits};
use citizen_keys::SigningKey;
use citizen_ledger::{
    Action, CardRules, CertificateRecord, Dated, Govern, GrantedClaim, Nonce, Parameters, PaymentCardRule,
    PaymentRules, RecoveryRules, RedemptionRule, SignedTransaction, Signer, TransactionBody, state_key,
};
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Canonical as _, ChainId, Height, Label, Points, Seconds, Won};
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

/// When the citizen card is asked for: a payment above 150,000 won, points and won together, of whoever is over 14.
pub fn card_rules() -> Result<CardRules, DataError> {
    let rule = PaymentCardRule {
        above: Won::new(150_000).map_err(|_| DataError("the card's limit"))?,
        credential: text(CITIZEN_CARD)?,
        claims: vec![GrantedClaim(vec![text("age_over_14")?])],
    };
    let source = text(
        "The sandbox's choice. Under 14 a guardian has to agree to what is done with personal data (Personal Information Protection Act, art. 22-2)",
    )?;
    Ok(CardRules { payments: vec![Dated { from: BEGAN, value: rule, source }] })
}

/// The rules of recovery: design decision 20, with two officers of five.
pub fn recovery_rules() -> Result<RecoveryRules, DataError> {
    let source = text("The sandbox's choice: 2 of 5 officers, 72 hours")?;
    let wait = Seconds::new(72 * 60 * 60);
    Ok(RecoveryRules {
        officers: vec![Dated { from: BEGAN, value: 2, source: source.clone() }],
        wait: vec![Dated { from: BEGAN, value: wait, source }],
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
    let asked = [
        state_key::payment_rules(),
        state_key::recovery_rules(),
        state_key::card_rules(),
        state_key::parameters(),
    ];
    let proven = chain.prove(&asked)?.ok_or(RulesError::NoParameters)?;
    let value = |place: usize| proven.state.values.get(place).and_then(|proven| proven.value.clone());
    let mut decisions = Vec::new();
    if value(0).is_none() {
        decisions.push(Govern::SetPaymentRules(payment_rules()?));
    }
    if value(1).is_none() {
        decisions.push(Govern::SetRecoveryRules(recovery_rules()?));
    }
    if value(2).is_none() {
        decisions.push(Govern::SetCardRules(card_rules()?));
    }
    let parameters = value(3).ok_or(RulesError::NoParameters)?;
    submit(chain, keys, &parameters, decisions, rng)
}

/// Lets the governors enter certificates that the registry does not have, or has otherwise.
pub fn enter(
    chain: &EmbeddedChain,
    keys: &Keys,
    records: Vec<CertificateRecord>,
    rng: &mut dyn CryptoRng,
) -> Result<(), RulesError> {
    let mut asked = vec![state_key::parameters()];
    asked.extend(records.iter().map(|record| state_key::certificate(record.role, &record.thumbprint)));
    let proven = chain.prove(&asked)?.ok_or(RulesError::NoParameters)?;
    let mut values = proven.state.values.into_iter().map(|proven| proven.value);
    let parameters = values.next().flatten().ok_or(RulesError::NoParameters)?;
    let missing = records.into_iter().zip(values);
    let missing =
        missing.filter(|(record, value)| value.as_deref() != Some(record.to_canonical().as_slice()));
    let decisions = missing.map(|(record, _)| Govern::SetCertificate(Box::new(record))).collect();
    submit(chain, keys, &parameters, decisions, rng)
}

/// Submits what the governors decide, and seals it.
fn submit(
    chain: &EmbeddedChain,
    keys: &Keys,
    parameters: &[u8],
    decisions: Vec<Govern>,
    rng: &mut dyn CryptoRng,
) -> Result<(), RulesError> {
    if decisions.is_empty() {
        return Ok(());
    }
    let parameters = Parameters::from_canonical(parameters).map_err(|_| RulesError::NoParameters)?;
    let latest = chain.status().latest;
    for decision in decisions {
        let (chain_id, valid_until) =
            (chain.status().chain_id, latest.plus(VALIDITY.min(parameters.validity_window)));
        chain.submit(decided(keys, (chain_id, valid_until), decision, rng).to_canonical())?;
    }
    // The block with the decision, and the header that shows what it changed.
    for _ in 0..2 {
        chain.step()?;
    }
    Ok(())
}

/// What the governors decide, signed by all of them: for a ledger of this name, to be executed up to a height.
#[must_use]
pub fn decided(
    keys: &Keys,
    (chain_id, valid_until): (ChainId, Height),
    decision: Govern,
    rng: &mut dyn CryptoRng,
) -> SignedTransaction {
    let mut governors: Vec<SigningKey> = keys.governors.iter().map(Keys::signing).collect();
    governors.sort_by_key(SigningKey::public);
    let body = TransactionBody {
        chain_id,
        valid_until,
        nonce: Nonce::from_bytes(generate_array(rng)),
        signer: Signer::Governors { keys: governors.iter().map(SigningKey::public).collect() },
        action: Action::Govern(decision),
    };
    let bytes = body.signing_bytes();
    body.signed(governors.iter().map(|key| key.sign(Label::Transaction, &bytes)).collect())
}
