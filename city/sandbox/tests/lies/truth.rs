//! What is true, by the honest session and by the city's own state, and whether something that was shown is.

use crate::session::Session;
use crate::town::Town;
use citizen_ledger::{Action, SignedTransaction, TransactionBody};
use citizen_payment::PaymentState;
use citizen_primitives::{Canonical as _, PaymentId, UnixTime};
use citizen_wallet::WalletError;
use citizen_wallet::error::{Party, Subject};
use city_chain::Chain as _;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Fields that stand on another word than the rest of their view.
const BANK_WORD: [&str; 3] = ["krw", "attested", "krw_spoken"];
/// What only a liar says: a wallet has words of its own for every refusal.
pub const WORDS: [&str; 2] = ["이 번호로 전화하세요", "<b>call</b>"];
/// A header older than this may not be called fresh.
const STALE_AFTER: u64 = 60;

/// What may be shown.
#[derive(Clone)]
pub struct Truth<'a> {
    town: &'a Town,
    facts: BTreeSet<String>,
}

impl<'a> Truth<'a> {
    pub fn of(session: &'a Session) -> Self {
        Self { town: &session.town, facts: BTreeSet::new() }
    }

    /// Learns what an honest city made a phone show.
    pub fn learn<'b>(&mut self, views: impl IntoIterator<Item = &'b Value>) {
        for view in views {
            collect(view, &mut |fact, _| self.facts.extend([fact]));
        }
    }

    /// What in a view is not true.
    pub fn lies_in(&self, view: &Value, now: UnixTime) -> Vec<String> {
        let mut lies = Vec::new();
        collect(view, &mut |fact, _| {
            if !self.facts.contains(&fact) {
                lies.push(format!("never said: {fact}"));
            }
        });
        let text = view.to_string();
        lies.extend(WORDS.iter().filter(|word| text.contains(**word)).map(|word| format!("says {word}")));
        lies.extend(lies_in_marks(self.town, view, now));
        lies
    }
}

/// What in a view is not what the city itself has, whoever showed it.
pub fn lies_in_marks(town: &Town, view: &Value, now: UnixTime) -> Vec<String> {
    let mut lies = Vec::new();
    collect(view, &mut |_, object| lies.extend(object.and_then(|object| Own(town).lie_in(object, now))));
    lies
}

/// The city's own state.
struct Own<'a>(&'a Town);

impl Own<'_> {
    /// The mark is a header of this ledger with as many signatures as were checked, and the points are those of its state.
    fn lie_in(&self, object: &Map<String, Value>, now: UnixTime) -> Option<String> {
        let mark = object.get("verified").filter(|mark| !mark.is_null())?;
        let height = mark["height"].as_u64()?;
        if height > self.0.latest() {
            return Some(format!("no header {height}"));
        }
        let block = self.0.block(height);
        let is_header = mark["header_hash"] == block.header_hash().to_hex()
            && mark["app_hash"] == block.app_hash().to_hex()
            && mark["time"] == block.time().to_rfc3339();
        let signers = mark["signers"].as_u64()?;
        let is_signed = (3..=4).contains(&signers) && mark["power_percent"] == signers * 25;
        if !is_header || !is_signed || mark["validators"] != 4 || mark["trust"] != "file" {
            return Some(format!("not a mark of this ledger: {mark}"));
        }
        if object.get("freshness").is_some_and(|word| word == "fresh")
            && now.since(block.time()).count() > STALE_AFTER
        {
            return Some(format!("called fresh, and of {}", block.time()));
        }
        self.lie_in_points(object, height).or_else(|| self.lie_in_payment(object, height))
    }

    fn lie_in_points(&self, object: &Map<String, Value>, height: u64) -> Option<String> {
        let held = object.get("points_held")?.as_u64()?;
        let funds = self.0.funds_at(height)?;
        let is_true = funds.held == held && object["points"] == funds.points;
        (!is_true).then(|| format!("{} and {held} held at {height}, where it is {funds:?}", object["points"]))
    }

    /// An end is shown only where the ledger has it under that header.
    fn lie_in_payment(&self, object: &Map<String, Value>, height: u64) -> Option<String> {
        let state = object.get("state")?.as_str()?;
        let payment = PaymentId::from_hex(object.get("payment_id")?.as_str()?).unwrap();
        let ended = self.0.ended(&payment);
        let is_true = match state {
            "captured" => matches!(ended, Some((PaymentState::Captured { .. }, seen)) if seen <= height),
            "reversing" | "reversed" => {
                matches!(ended, Some((state, seen)) if state.is_reversed() && seen <= height)
            }
            "never-held" | "expired" => ended.is_none(),
            "revoked" => matches!(ended, Some((PaymentState::Revoked { .. }, seen)) if seen <= height),
            "undone" => matches!(ended, Some((state, seen)) if state.is_reversed() && seen <= height),
            "paid" => matches!(ended, Some((PaymentState::Captured { .. }, seen)) if seen <= height),
            _ => true,
        };
        (!is_true).then(|| format!("{payment} is not {state} at {height}: {ended:?}"))
    }
}

/// Hears a fact, and the part of the view that it stands in, if that has a mark of its own.
type Hear<'a> = &'a mut dyn FnMut(String, Option<&Map<String, Value>>);

/// Takes a view apart into what stands on one proof or one word; the marks of proofs are left out and looked at apart.
fn collect(view: &Value, tell: Hear<'_>) {
    match view {
        Value::Array(items) => items.iter().for_each(|item| collect(item, tell)),
        Value::Object(object) => {
            let mut whole = object.clone();
            for inner in ["payments", "open_payments", "balance", "recent"] {
                if let Some(inner) = whole.remove(inner) {
                    collect(&inner, tell);
                }
            }
            // How much was new to the phone is nothing about the ledger; what the gateway said of a transaction is shown as that, in
            // the wallet's own words.
            for apart in ["verified", "freshness", "new_entries", "renewed_receipts", "hint"] {
                whole.remove(apart);
            }
            let is_balance = whole.contains_key("points_held");
            let mut split = |fields: &[&str], whole: &mut Map<String, Value>| {
                let part: Map<_, _> = fields.iter().filter_map(|name| whole.remove_entry(*name)).collect();
                if part.values().any(|value| !value.is_null()) {
                    tell(Value::Object(part).to_string(), None);
                }
            };
            if is_balance {
                split(&BANK_WORD, &mut whole);
            }
            if let Some(payment) = whole.get("payment_id").filter(|_| whole.contains_key("approved")).cloned()
            {
                for word in ["debited", "undone"] {
                    if let Some(said) = whole.remove(word).filter(|said| !said.is_null()) {
                        tell(format!("{payment} {word} {said}"), None);
                    }
                }
            }
            tell(Value::Object(whole).to_string(), Some(object));
        }
        other => tell(other.to_string(), None),
    }
}

/// The wallet's name for a word that does not verify.
pub fn word_unverified() -> WalletError {
    WalletError::Unverified { what: Subject::Word, source: Party::Bank }
}

/// The order of a payment, as the ledger has it.
pub fn order_of(town: &Town, payment: &PaymentId) -> Vec<u8> {
    let blocks = (1..=town.latest())
        .filter_map(|height| town.chain.block(citizen_primitives::Height::new(height)).unwrap());
    let mut transactions = blocks.flat_map(|block| block.transactions);
    let is_it = |bytes: &Vec<u8>| {
        let transaction = SignedTransaction::from_canonical(bytes).unwrap();
        let body = TransactionBody::from_canonical(&transaction.body).unwrap();
        matches!(body.action, Action::Hold(hold) if hold.payment == *payment)
    };
    transactions.find(is_it).unwrap()
}

/// Somebody else does something on the ledger, and its history goes on.
pub async fn busy(town: &Arc<Town>) {
    let around = crate::phone::Around {
        transport: town.net.clone(),
        timer: Arc::new(crate::town::Turning(Arc::clone(town))),
        clock: town.clock.clone(),
        seed: 77,
    };
    let neighbour = crate::phone::Phone::default();
    let (wallet, code) = neighbour.create(&around, &crate::town::url(), town.trust());
    wallet.open_account(&code).await.unwrap();
    town.turn().await;
    town.turn().await;
}
