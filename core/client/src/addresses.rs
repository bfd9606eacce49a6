//! Where the parties of polls and the officers of recovery listen, as a gateway says: hints, trusted for nothing.

use crate::api::{PartiesAnswer, PartyAddress};
use crate::exchange::{CallError, Exchange};
use citizen_primitives::{KeyId, Place};
use std::collections::BTreeMap;
use url::Url;

/// Where registrars and relays listen. The manifest of a poll says which keys to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses(BTreeMap<KeyId, Url>);

/// The officers of recovery whom a gateway names, and where they listen. Whether they are any, the registry says.
pub async fn ask_officers(exchange: &Exchange, place: Place) -> Result<BTreeMap<KeyId, Url>, CallError> {
    let answer: PartiesAnswer = exchange.get(place, "v1/parties").await?;
    Ok(answer.recovery_officers.iter().filter_map(|party| read(party, exchange.base())).collect())
}

impl Addresses {
    /// Asks the gateway. What is no key or no address is left out: nobody looks for it.
    pub async fn ask(exchange: &Exchange, place: Place) -> Result<Self, CallError> {
        let answer: PartiesAnswer = exchange.get(place, "v1/parties").await?;
        let named = answer.registrars.iter().chain(&answer.relays);
        Ok(Self(named.filter_map(|party| read(party, exchange.base())).collect()))
    }

    /// Where the party with this key listens, if the gateway knows it.
    #[must_use]
    pub fn of(&self, key: &KeyId) -> Option<&Url> {
        self.0.get(key)
    }
}

fn read(party: &PartyAddress, gateway: &Url) -> Option<(KeyId, Url)> {
    let key = KeyId::from_hex(&party.key).ok()?;
    let base = party.base.as_ref().map_or_else(|| Some(gateway.clone()), |base| base.parse().ok())?;
    is_as_safe_as(&base, gateway).then_some((key, base))
}

/// **CLIENT-6** A gateway that is reached over TLS names nobody who is not, whatever an app's transport would open.
fn is_as_safe_as(base: &Url, gateway: &Url) -> bool {
    base.scheme() == "https" || (base.scheme() == "http" && gateway.scheme() == "http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_without_an_address_is_behind_its_gateway_and_nonsense_is_left_out() {
        let gateway: Url = "https://city.example/api/".parse().unwrap();
        let party = |key: &str, base: Option<&str>| PartyAddress {
            key: key.to_owned(),
            base: base.map(str::to_owned),
        };
        let key = "07".repeat(32);
        let id = KeyId::from_hex(&key).unwrap();
        assert_eq!(read(&party(&key, None), &gateway), Some((id, gateway.clone())));
        let elsewhere: Url = "https://relay.example/".parse().unwrap();
        assert_eq!(read(&party(&key, Some(elsewhere.as_str())), &gateway), Some((id, elsewhere)));
        assert_eq!(read(&party(&key, Some("nowhere")), &gateway), None);
        assert_eq!(read(&party("07", None), &gateway), None);
    }

    #[test]
    fn client_6_a_gateway_over_tls_names_no_party_without_it() {
        let party = |base: &str| PartyAddress { key: "07".repeat(32), base: Some(base.to_owned()) };
        let read = |base: &str, gateway: &str| read(&party(base), &gateway.parse().unwrap()).is_some();
        for (base, gateway, is_read) in [
            ("https://relay.example/", "https://city.example/", true),
            ("http://relay.example/", "https://city.example/", false),
            ("http://127.0.0.1:8081/", "http://127.0.0.1:8080/", true),
            ("https://relay.example/", "http://127.0.0.1:8080/", true),
            ("file:///etc/passwd", "http://127.0.0.1:8080/", false),
        ] {
            assert_eq!(read(base, gateway), is_read, "{base} by {gateway}");
        }
    }
}
