//! What a presentation of the citizen card authorises besides being one: `transaction_data` of OpenID4VP 1.0, section 8.4. Whoever asks and
//! whoever shows write it by the same functions, so that a phone takes no other than what it has itself approved.

use citizen_ledger::PaymentCardRule;
use citizen_payment::Hold;
use citizen_primitives::{Hash, KeyId, PollId, TransactionId};
use serde_json::{Map, Value, json};

/// The type of the transaction data of a payment.
pub const PAYMENT: &str = "urn:seoul:zeropay-payment:1";
/// The type of the transaction data of a registration for a poll.
pub const REGISTRATION: &str = "urn:seoul:poll-registration:1";
/// The type of the citizen card.
pub const CITIZEN_CARD: &str = "urn:seoul:citizen-card:1";
/// The claim of the card by which rolls know a resident: 64 hexadecimal digits that only they can match with her.
pub const VOTER: &str = "voter";
/// The name of the only part of such a request: an `id` in DCQL.
pub const CARD: &str = "card";

/// A type of transaction data with its fields (CLIENT-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorised {
    /// The type.
    pub kind: &'static str,
    /// The fields.
    pub fields: Map<String, Value>,
}

impl Authorised {
    /// A payment by an order. The merchant stands in it by the salted commitment: whoever carries the request does not learn it.
    #[must_use]
    pub fn payment(order: &TransactionId, hold: &Hold) -> Self {
        let Hold { payment, points, won, commitment, centre, bank: _, expires: _ } = hold;
        let fields = [
            ("payment", payment.to_hex().into()),
            ("order", order.to_hex().into()),
            ("commitment", commitment.to_hex().into()),
            ("centre", centre.to_hex().into()),
            ("points", points.amount().into()),
            ("won", won.amount().into()),
        ];
        Self::of(PAYMENT, fields)
    }

    /// A registration for a poll. What was blinded, and for which electorate, stands in it by the request's digest, which holds random bytes:
    /// whoever carries the question learns no row of the issuance log.
    #[must_use]
    pub fn registration(poll: &PollId, registrar: &KeyId, request: &Hash) -> Self {
        let fields = [
            ("poll", poll.to_hex().into()),
            ("registrar", registrar.to_hex().into()),
            ("request", request.to_hex().into()),
        ];
        Self::of(REGISTRATION, fields)
    }

    fn of<const N: usize>(kind: &'static str, fields: [(&str, Value); N]) -> Self {
        Self { kind, fields: fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect() }
    }
}

/// The question for the card that a payment needs, in DCQL: each claim of the rule must be true.
#[must_use]
pub fn payment_query(rule: &PaymentCardRule) -> Value {
    let claims = rule.claims.iter().map(|claim| {
        let path: Vec<&str> = claim.0.iter().map(|name| name.as_str()).collect();
        json!({ "path": path, "values": [true] })
    });
    query(rule.credential.as_str(), claims.collect())
}

/// The question for the card of somebody who registers for a poll, in DCQL: by which number rolls know her, and nothing else.
#[must_use]
pub fn registration_query() -> Value {
    query(CITIZEN_CARD, vec![json!({ "path": [VOTER] })])
}

/// The question for one credential. Without claims only what is open in it is shown: who issued it, and until when it counts.
fn query(credential: &str, claims: Vec<Value>) -> Value {
    let mut asked = json!({ "id": CARD, "format": "dc+sd-jwt", "meta": { "vct_values": [credential] } });
    if let Some(members) = asked.as_object_mut().filter(|_| !claims.is_empty()) {
        members.insert("claims".to_owned(), Value::Array(claims));
    }
    json!({ "credentials": [asked] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::CardRegistration;
    use citizen_ledger::GrantedClaim;
    use citizen_primitives::{PaymentId, Points, Text, UnixTime, Won};
    use citizen_voting::blind::BlindedMessage;
    use citizen_voting::identifier::ElectorateIndex;

    #[test]
    fn client_14_a_payment_is_authorised_by_its_order_and_its_amounts_and_tells_no_merchant() {
        let hold = Hold {
            payment: PaymentId::from_bytes([1; 32]),
            points: Points::new(5).unwrap(),
            won: Won::new(7).unwrap(),
            commitment: Hash::from_bytes([2; 32]),
            centre: KeyId::from_bytes([3; 32]),
            bank: KeyId::from_bytes([4; 32]),
            expires: UnixTime::from_seconds(9),
        };
        let order = TransactionId::from_bytes([5; 32]);
        let authorised = Authorised::payment(&order, &hold);
        assert_eq!(
            Value::Object(authorised.fields.clone()),
            json!({ "payment": "01".repeat(32), "order": "05".repeat(32), "commitment": "02".repeat(32),
                    "centre": "03".repeat(32), "points": 5, "won": 7 })
        );
        let others = [
            Hold { points: Points::new(6).unwrap(), ..hold.clone() },
            Hold { won: Won::new(8).unwrap(), ..hold.clone() },
            Hold { payment: PaymentId::from_bytes([9; 32]), ..hold.clone() },
            Hold { commitment: Hash::from_bytes([9; 32]), ..hold.clone() },
            Hold { centre: KeyId::from_bytes([9; 32]), ..hold },
        ];
        assert!(others.iter().all(|other| Authorised::payment(&order, other) != authorised));
    }

    #[test]
    fn client_14_a_registration_is_authorised_by_its_request_and_tells_nothing_of_what_was_blinded() {
        let request = CardRegistration {
            to: KeyId::from_bytes([1; 32]),
            poll: PollId::from_bytes([2; 32]),
            electorate: ElectorateIndex::new(0),
            blinded: Box::new(BlindedMessage::from_bytes([3; 384])),
            reply: [4; 32],
            nonce: [5; 16],
        };
        let of = |request: &CardRegistration| {
            Authorised::registration(&request.poll, &request.to, &request.digest())
        };
        let authorised = of(&request);
        let names: Vec<&str> = authorised.fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["poll", "registrar", "request"]);
        let others = [
            CardRegistration { to: KeyId::from_bytes([9; 32]), ..request.clone() },
            CardRegistration { poll: PollId::from_bytes([9; 32]), ..request.clone() },
            CardRegistration { electorate: ElectorateIndex::new(1), ..request.clone() },
            CardRegistration { blinded: Box::new(BlindedMessage::from_bytes([9; 384])), ..request.clone() },
            CardRegistration { reply: [9; 32], ..request.clone() },
            CardRegistration { nonce: [9; 16], ..request.clone() },
        ];
        assert!(others.iter().all(|other| of(other) != authorised));
        let asked = registration_query();
        assert_eq!(asked["credentials"][0]["claims"], json!([{ "path": ["voter"] }]), "nothing else");
    }

    #[test]
    fn client_14_the_card_of_a_payment_is_asked_for_what_the_rule_says() {
        let text = |text: &str| Text::new(text).unwrap();
        let mut rule = PaymentCardRule {
            above: Won::new(1).unwrap(),
            credential: text("urn:card"),
            claims: vec![GrantedClaim(vec![text("age_over_14")])],
        };
        let asked = payment_query(&rule);
        assert_eq!(asked["credentials"][0]["claims"], json!([{ "path": ["age_over_14"], "values": [true] }]));
        rule.claims.clear();
        assert_eq!(payment_query(&rule)["credentials"][0].get("claims"), None);
    }
}
