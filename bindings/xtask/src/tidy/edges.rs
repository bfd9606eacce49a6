//! The layer picture is true: a crate uses only crates above it.

use serde_json::Value;

/// The crates from the first layer to the last, as the root README draws them. A crate may use those before it.
const ORDER: [&str; 22] = [
    "citizen-primitives",
    "citizen-keys",
    "citizen-merkle",
    "citizen-coin",
    "citizen-voting",
    "citizen-payment",
    "citizen-ledger",
    "citizen-store",
    "citizen-client",
    "citizen-wallet",
    "city-state",
    "city-storage",
    "city-chain",
    "city-services",
    "city-gateway",
    "city-sandbox",
    "wallet-cli",
    "till",
    "citizen-wallet-ffi",
    "uniffi-bindgen",
    "ledger-bench",
    "xtask",
];

/// Crates that are users of the facade and of nothing below it.
const USERS_OF_THE_FACADE: [&str; 2] = ["wallet-cli", "citizen-wallet-ffi"];

pub(super) fn check(metadata: &str) -> Vec<String> {
    let Ok(metadata) = serde_json::from_str::<Value>(metadata) else {
        return vec!["cargo metadata could not be read".to_owned()];
    };
    let packages = metadata.get("packages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Value) -> Vec<String> {
    let name = text(package, "name");
    let Some(layer) = layer(name) else { return vec![format!("{name} has no place in the layer picture")] };
    let dependencies =
        package.get("dependencies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let own = dependencies.iter().filter(|dependency| dependency.get("path").is_some());
    own.filter_map(|dependency| check_edge(name, layer, dependency)).collect()
}

fn check_edge(name: &str, own_layer: usize, dependency: &Value) -> Option<String> {
    let used = text(dependency, "name");
    let used_layer = layer(used)?;
    // A user of the facade may start a whole city in its tests.
    let in_tests = text(dependency, "kind") == "dev";
    let is_user = USERS_OF_THE_FACADE.contains(&name);
    if is_user && used != "citizen-wallet" && !in_tests {
        return Some(format!("{name} uses {used}: it is a user of the facade and of nothing below it"));
    }
    if !is_user && name.starts_with("citizen-") && used.starts_with("city-") {
        return Some(format!("{name} uses {used}: core never uses city"));
    }
    (used_layer >= own_layer).then(|| format!("{name} uses {used}, which is not above it"))
}

fn layer(name: &str) -> Option<usize> {
    ORDER.iter().position(|other| *other == name)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, used: &str, kind: &str) -> Vec<String> {
        let package = serde_json::json!({ "packages": [{
            "name": name,
            "dependencies": [{ "name": used, "path": "/x", "kind": kind }],
        }] });
        check(&package.to_string())
    }

    #[test]
    fn an_edge_upwards_is_allowed_and_one_downwards_is_not() {
        assert!(findings("citizen-wallet", "citizen-keys", "").is_empty());
        assert_eq!(findings("citizen-keys", "citizen-wallet", "").len(), 1);
        assert_eq!(findings("citizen-wallet", "city-state", "dev").len(), 1);
        assert_eq!(findings("wallet-cli", "citizen-keys", "").len(), 1);
        assert_eq!(findings("citizen-wallet-ffi", "city-sandbox", "").len(), 1);
        assert!(findings("citizen-wallet-ffi", "city-sandbox", "dev").is_empty());
        assert_eq!(findings("stranger", "citizen-keys", "").len(), 1);
    }
}
