//! What everything the app can call promises: secrets, tokens, both languages, the guide.

use crate::surface::{Export, exports, interfaces, library};
use citizen_wallet::{KeystoreError, WalletError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};
use uniffi_bindgen::interface::{AsType as _, Type};

/// What crosses as a secret.
const SECRETS: [&str; 13] = [
    "Wallet.accept_offer: code",
    "Wallet.backup: code",
    "Wallet.change_pin: new",
    "Wallet.change_pin: old",
    "Wallet.complete_recovery: recovery",
    "Wallet.create: pin",
    "Wallet.freeze: recovery",
    "Wallet.open_account: code",
    "Wallet.recover_by_office: recovery",
    "Wallet.restore: code",
    "Wallet.restore: pin",
    "Wallet.unfreeze: recovery",
    "Wallet.unlock: pin",
];

/// The names of texts and bytes that are no secrets. `bytes` make one, and `message` and what is wrapped are a desktop's keys in a file.
const PLAIN: [&str; 22] = [
    "Wallet.review_gift: code",
    "alias",
    "backup",
    "bytes",
    "challenge",
    "citizen",
    "district",
    "evidence",
    "file",
    "id",
    "keys",
    "link",
    "message",
    "path",
    "payment",
    "plain",
    "poll",
    "programme",
    "reason",
    "text",
    "trust",
    "wrapped",
];

/// Export and argument, of all arguments of a kind, whether or not they may be left out.
fn arguments(all: &[Export], is_wanted: impl Fn(&Type) -> bool) -> BTreeSet<String> {
    let of = |export: &Export| {
        let wanted = export.arguments.iter().filter(|argument| match argument.as_type() {
            Type::Optional { inner_type } => is_wanted(&inner_type),
            kind => is_wanted(&kind),
        });
        wanted.map(|argument| format!("{}: {}", export.name, argument.name())).collect::<Vec<_>>()
    };
    all.iter().flat_map(of).collect()
}

#[test]
fn ffi_2_and_3_secrets_cross_as_secrets_and_every_long_call_takes_a_token() {
    let all = exports();
    assert!(all.len() > 50, "{}", all.len());
    // What has no token: it is itself the end of all calls, or only reads the keys of a desktop.
    let has_token =
        |name: &str| !["Wallet.release", "Platform.desktop"].contains(&name) && !name.starts_with("KeyFile.");
    for export in &all {
        let argument = |name: &str| export.arguments.iter().find(|argument| argument.name() == name);
        assert_eq!(
            argument("cancel").is_some(),
            export.is_async && has_token(&export.name),
            "{}",
            export.name
        );
    }
    let secrets = arguments(&all, |kind| is_object(kind, "Secret"));
    assert_eq!(secrets, SECRETS.map(str::to_owned).into());
    let texts = arguments(&all, |kind| matches!(kind, Type::String | Type::Bytes));
    // A code may be one that a shop prints or one that nobody else may see: each says of which call it is.
    let plain: BTreeSet<&str> = texts
        .iter()
        .map(|text| text.split(": ").nth(1).filter(|name| *name != "code").unwrap_or(text))
        .collect();
    assert_eq!(plain, PLAIN.into(), "whoever adds a text says here that it is no secret");
    let code = all.iter().find(|export| export.name == "Wallet.generate_recovery_code").unwrap();
    assert!(code.answer.as_ref().is_some_and(|answer| is_object(answer, "Secret")));
}

#[test]
fn ffi_10_everything_the_app_can_call_is_generated_for_kotlin_and_swift() {
    let kotlin = generated(TargetLanguage::Kotlin, "kt");
    // Swift puts backticks around its own words alone.
    let swift = generated(TargetLanguage::Swift, "swift").replace('`', "");
    assert!(
        kotlin.contains("package kr.citizenwallet.ffi\n")
            && kotlin.contains("package kr.citizenwallet.ffi.view\n")
    );
    for export in exports() {
        let name = camel_case(export.name.split('.').next_back().unwrap());
        // Kotlin and Swift have a word of their own for what makes an object.
        if name != "new" {
            let waits = if export.is_async { "suspend fun" } else { "fun" };
            let owner = export.name.split('.').next().unwrap();
            let (in_kotlin, in_swift) = if export.is_objects {
                let kotlin = declared(&kotlin, &format!("interface {owner}Interface {{"));
                (kotlin, declared(&swift, &format!("protocol {owner}Protocol: ")))
            } else {
                (&*kotlin, &*swift)
            };
            assert!(in_kotlin.contains(&format!("{waits} `{name}`(")), "Kotlin: {}", export.name);
            assert!(in_swift.contains(&format!("func {name}(")), "Swift: {}", export.name);
        }
    }
    for crates in interfaces() {
        let records = crates.record_definitions().iter().map(|record| record.name().to_owned());
        let objects = crates.object_definitions().iter().map(|object| object.name().to_owned());
        for name in records.chain(objects) {
            // What an app throws is an exception in Kotlin.
            assert!(
                kotlin.contains(&format!("class {name}")) || kotlin.contains(&format!("interface {name}")),
                "{name}"
            );
            assert!(
                ["struct", "class", "protocol"].iter().any(|kind| swift.contains(&format!("{kind} {name}"))),
                "{name}"
            );
        }
    }
    assert!(!kotlin.contains("    var `points`: "), "a view is read, not written");
}

#[test]
fn ffi_1_the_integration_guide_says_of_every_error_what_the_screen_does() {
    let guide =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/integration.md")).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let mut told = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").map(|cell| cell.trim_matches('`')).collect();
        // Rows of other tables have fewer.
        if let [code, variant, screen, korean, english] = cells[..] {
            assert!(!screen.is_empty() && english.is_ascii() && !english.is_empty(), "{code}");
            assert!(korean.chars().any(|letter| ('가'..='힣').contains(&letter)), "{code}");
            assert!(told.insert(variant.to_owned(), code.to_owned()).is_none(), "{code} stands twice");
        }
    }
    let mut exported = BTreeMap::new();
    for crates in interfaces() {
        for error in crates.enum_definitions().iter().filter(|words| words.name() == "WalletError") {
            for variant in error.variants() {
                exported.insert(variant.name().to_owned(), kebab_case(variant.name()));
            }
        }
    }
    assert!(exported.len() > 20, "{exported:?}");
    assert_eq!(told, exported);
}

/// What the sources declare of an object: from the line that begins its interface up to the brace that ends it.
fn declared<'a>(sources: &'a str, interface: &str) -> &'a str {
    let start = sources.find(interface).unwrap_or_else(|| panic!("{interface}"));
    let rest = &sources[start..];
    &rest[..rest.find("\n}").unwrap()]
}

/// The rows of the guide's tables.
fn guide() -> (String, Vec<Vec<String>>) {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/integration.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.map(|row| row.split(" | ").map(str::to_owned).collect()).collect();
    (guide, rows)
}

#[test]
fn ffi_9_the_integration_guide_says_what_every_error_of_a_key_store_comes_to() {
    let (_, rows) = guide();
    let told = |name: &str| {
        let row = rows.iter().find(|row| row.len() == 3 && row[0] == format!("`{name}`"));
        row.unwrap_or_else(|| panic!("{name}"))[2].trim_matches('`').to_owned()
    };
    let mut named = Vec::new();
    for crates in interfaces() {
        for error in crates.enum_definitions().iter().filter(|words| words.name() == "KeystoreError") {
            named.extend(error.variants().iter().map(|variant| variant.name().to_owned()));
        }
    }
    assert_eq!(named.len(), 7, "{named:?}");
    for name in named {
        let core = match name.as_str() {
            "Cancelled" => KeystoreError::Cancelled,
            "Invalidated" => KeystoreError::Invalidated,
            "NotSetUp" => KeystoreError::NotSetUp,
            "Locked" => KeystoreError::Locked,
            "Missing" => KeystoreError::Missing,
            "Full" => KeystoreError::Full,
            "Failed" => KeystoreError::Failed,
            other => panic!("{other}"),
        };
        assert_eq!(told(&name), WalletError::from(core).code(), "{name}");
    }
}

#[test]
fn ffi_1_the_integration_guide_names_every_detail_that_the_contract_refuses_with() {
    let (guide, _) = guide();
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/cases");
    let mut told = BTreeSet::new();
    for case in std::fs::read_dir(cases).unwrap() {
        let case = std::fs::read_to_string(case.unwrap().path()).unwrap();
        collect_reasons(&serde_json::from_str(&case).unwrap(), &mut told);
    }
    assert!(told.len() > 20, "{told:?}");
    for reason in told {
        assert!(guide.contains(&format!("`{reason}`")), "{reason} stands in no table");
    }
}

/// The details of refused steps, wherever they stand in a case.
fn collect_reasons(value: &serde_json::Value, told: &mut BTreeSet<String>) {
    let is_refused = value.get("refused").is_some();
    if let Some(reason) = value.pointer("/expect/reason").filter(|_| is_refused) {
        told.insert(reason.as_str().unwrap().to_owned());
    }
    match value {
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect_reasons(field, told)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_reasons(item, told)),
        _ => {}
    }
}

/// All sources of one language, one after the other.
fn generated(language: TargetLanguage, extension: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../uniffi.toml");
    let options = GenerateOptions {
        languages: vec![language],
        source: library().into(),
        out_dir: folder.path().to_str().unwrap().into(),
        config_override: Some(config.into()),
        format: false,
        crate_filter: None,
        metadata_no_deps: true,
    };
    generate(options).unwrap();
    let sources =
        files(folder.path()).into_iter().filter(|path| path.extension().is_some_and(|own| own == extension));
    sources.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

fn is_object(kind: &Type, wanted: &str) -> bool {
    matches!(kind, Type::Object { name, .. } if name == wanted)
}
