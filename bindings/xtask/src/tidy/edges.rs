//! The layer picture is true: a crate uses only what the root README draws below it.

use serde_json::Value;

/// The arrows that the root README draws, from a crate down to what it uses. A crate may also use what those use in turn. A crate
/// stands after all that it uses, so that no arrow runs up.
const USES: [(&str, &[&str]); 27] = [
    ("citizen-primitives", &[]),
    ("citizen-keys", &["citizen-primitives"]),
    ("citizen-merkle", &["citizen-primitives"]),
    ("citizen-jose", &["citizen-keys"]),
    ("citizen-did", &["citizen-jose"]),
    ("citizen-credential", &["citizen-did"]),
    ("citizen-openid4vc", &["citizen-credential"]),
    ("citizen-coin", &["citizen-keys"]),
    ("citizen-voting", &["citizen-keys", "citizen-merkle"]),
    ("citizen-payment", &["citizen-coin", "citizen-voting"]),
    ("citizen-ledger", &["citizen-payment", "citizen-voting"]),
    ("citizen-store", &["citizen-keys"]),
    ("citizen-client", &["citizen-ledger", "citizen-did"]),
    ("citizen-wallet", &["citizen-client", "citizen-store", "citizen-openid4vc"]),
    ("city-state", &["citizen-ledger"]),
    ("city-storage", &["city-state"]),
    ("city-chain", &["city-storage"]),
    ("city-services", &["citizen-client", "citizen-openid4vc"]),
    ("city-gateway", &["city-chain", "city-services"]),
    ("city-sandbox", &["city-gateway", "citizen-wallet"]),
    ("citizen-wallet-ffi", &["citizen-wallet"]),
    ("wallet-cli", &["citizen-wallet"]),
    ("till", &["citizen-client"]),
    ("verify-poll", &["citizen-client"]),
    ("ballot-check", &["citizen-client"]),
    ("uniffi-bindgen", &[]),
    ("xtask", &[]),
];

/// Users of the facade, and of nothing below it.
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
    if place(name).is_none() {
        return vec![format!("{name} has no place in the layer picture")];
    }
    let dependencies =
        package.get("dependencies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let own = dependencies.iter().filter(|dependency| dependency.get("path").is_some());
    own.filter_map(|dependency| check_edge(name, dependency)).collect()
}

fn check_edge(name: &str, dependency: &Value) -> Option<String> {
    let used = text(dependency, "name");
    let in_tests = text(dependency, "kind") == "dev";
    if !in_tests && USERS_OF_THE_FACADE.contains(&name) && used != "citizen-wallet" {
        return Some(format!("{name} uses {used}: it is a user of the facade and of nothing below it"));
    }
    if in_tests && may_be_tested_with(name, used) {
        return None;
    }
    (!reaches(name, used)).then(|| format!("{name} uses {used}, which is not drawn below it"))
}

/// A crate's tests may use itself with other features; those of a program or a binding, and those of the parties, may start what they
/// talk to. Tests of `core/` below the facade never need the city.
fn may_be_tested_with(name: &str, used: &str) -> bool {
    let is_earlier = place(used) < place(name);
    name == used || (is_earlier && (!name.starts_with("citizen-") || USERS_OF_THE_FACADE.contains(&name)))
}

fn reaches(name: &str, used: &str) -> bool {
    let uses = USES.iter().find(|(crate_name, _)| *crate_name == name).map_or(&[][..], |(_, uses)| uses);
    uses.iter().any(|below| *below == used || reaches(below, used))
}

fn place(name: &str) -> Option<usize> {
    USES.iter().position(|(other, _)| *other == name)
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
    fn a_use_that_the_picture_draws_is_allowed_and_no_other_is() {
        for (name, used, kind) in [
            ("citizen-wallet", "citizen-client", ""),
            ("citizen-wallet", "citizen-primitives", ""),
            ("citizen-keys", "citizen-keys", "dev"),
            ("citizen-wallet-ffi", "city-sandbox", "dev"),
            ("city-services", "city-chain", "dev"),
            ("till", "city-sandbox", "dev"),
        ] {
            assert!(findings(name, used, kind).is_empty(), "{name} {used}");
        }
        for (name, used, kind) in [
            ("citizen-keys", "citizen-wallet", ""),
            // Both are above what they share, and neither above the other.
            ("citizen-client", "citizen-store", ""),
            ("city-services", "city-chain", ""),
            ("till", "city-sandbox", ""),
            ("citizen-wallet", "city-state", "dev"),
            ("wallet-cli", "citizen-keys", ""),
            ("citizen-wallet-ffi", "city-sandbox", ""),
            ("stranger", "citizen-keys", ""),
        ] {
            assert_eq!(findings(name, used, kind).len(), 1, "{name} {used}");
        }
    }

    #[test]
    fn no_arrow_runs_up() {
        for (at, (name, uses)) in USES.iter().enumerate() {
            assert!(uses.iter().all(|used| place(used).is_some_and(|below| below < at)), "{name}");
        }
    }
}
