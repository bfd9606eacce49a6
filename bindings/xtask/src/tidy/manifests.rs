//! Every crate takes the workspace's lints, its version and its licence from one place.

use super::Source;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    sources.iter().filter(|source| source.path.ends_with("Cargo.toml")).flat_map(check_manifest).collect()
}

fn check_manifest(source: &Source) -> Vec<String> {
    let path = source.path.display();
    let Ok(manifest) = source.text.parse::<toml::Table>() else { return vec![format!("{path} is no TOML")] };
    // Fuzz crates stand outside the workspace: they need flags of their own.
    if !manifest.contains_key("package") || manifest.contains_key("workspace") {
        return Vec::new();
    }
    let is_true = |table: &str, key: &str| {
        let value = manifest.get(table).and_then(|table| table.get(key));
        value.and_then(|value| value.get("workspace").or(Some(value))).and_then(toml::Value::as_bool)
            == Some(true)
    };
    let mut findings = Vec::new();
    if !is_true("lints", "workspace") {
        findings.push(format!("{path} does not take the workspace's lints"));
    }
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !is_true("package", key) {
            findings.push(format!("{path} does not take {key} from the workspace"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_without_the_lints_line_is_found() {
        let whole = "[package]\nname = \"x\"\nversion.workspace = true\nedition.workspace = true\n\
                     rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
                     [lints]\nworkspace = true\n";
        let source = |text: &str| Source { path: "x/Cargo.toml".into(), text: text.to_owned() };
        assert!(check(&[source(whole)]).is_empty());
        assert_eq!(check(&[source(&whole.replace("[lints]\nworkspace = true\n", ""))]).len(), 1);
        assert_eq!(check(&[source(&whole.replace("license.workspace = true\n", ""))]).len(), 1);
    }
}
