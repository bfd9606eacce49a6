//! The list of all that an app can call, hand over and read, `bindings/api.txt`: whoever changes it says so where an app developer looks.

use crate::surface::interfaces;
use std::collections::BTreeSet;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{AsType as _, Callable, Field, Type};

/// The list.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api.txt");
/// Set to anything: the list is written anew.
const WRITE: &str = "WRITE_API";
/// What stands before the lines.
const HEAD: &str = "# All that an app can call, implement and read, one line each, as the generator reads it from the library with every feature. Order of\n\
    # arguments and fields is part of it. Renewed by `WRITE_API=1 cargo test -p citizen-wallet-ffi --all-features --test facade api`.\n";

#[test]
fn what_an_app_can_call_and_read_changes_with_a_word_in_the_changelog() {
    let now = listed();
    assert!(now.len() > 300, "{}", now.len());
    if std::env::var_os(WRITE).is_some() {
        let lines: String = now.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(LIST, format!("{HEAD}{lines}")).unwrap();
    }
    let told = std::fs::read_to_string(LIST).unwrap();
    let told: BTreeSet<String> =
        told.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let gone: Vec<_> = told.difference(&now).map(|line| format!("\n- {line}")).collect();
    let new: Vec<_> = now.difference(&told).map(|line| format!("\n+ {line}")).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "the facade is not what bindings/api.txt lists:{}{}\nsay it in CHANGELOG.md (bindings/docs/versioning.md has what may change when) and renew \
         the list: {WRITE}=1 cargo test -p citizen-wallet-ffi --all-features --test facade api",
        gone.concat(),
        new.concat(),
    );
}

fn listed() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for crates in interfaces() {
        lines.extend(crates.function_definitions().iter().map(|own| call("", own.name(), own)));
        objects(&crates, &mut lines);
        for record in crates.record_definitions() {
            let owner = record.name();
            lines.insert(format!("record {owner} {{ {} }}", fields(record.fields())));
            lines.extend(record.methods().iter().map(|own| call(owner, own.name(), own)));
        }
        for words in crates.enum_definitions() {
            let owner = words.name();
            let variants = words.variants().iter();
            lines.extend(variants.map(|own| {
                format!("enum {owner}.{}({})", own.name(), fields(own.fields())).replace("()", "")
            }));
            lines.extend(words.methods().iter().map(|own| call(owner, own.name(), own)));
        }
    }
    lines
}

fn objects(crates: &ComponentInterface, lines: &mut BTreeSet<String>) {
    for object in crates.object_definitions() {
        let owner = object.name();
        // A trait is what the app implements: a method more breaks it.
        let kind = if object.is_trait_interface() { "trait" } else { "object" };
        lines.insert(format!("{kind} {owner}"));
        lines.extend(object.constructors().iter().map(|own| call(owner, own.name(), *own)));
        lines.extend(object.methods().iter().map(|own| call(owner, own.name(), *own)));
    }
}

fn call(owner: &str, name: &str, own: &impl Callable) -> String {
    let arguments = own.arguments().into_iter().map(|argument| {
        let default = if argument.default_value().is_some() { " = …" } else { "" };
        format!("{}: {}{default}", argument.name(), shown(&argument.as_type()))
    });
    let arguments: Vec<_> = arguments.collect();
    let waits = if own.is_async() { "async " } else { "" };
    let dot = if owner.is_empty() { "" } else { "." };
    let answer = own.return_type().map(|kind| format!(" -> {}", shown(kind))).unwrap_or_default();
    let throws = own.throws_type().map(|kind| format!(" throws {}", shown(kind))).unwrap_or_default();
    format!("{waits}fn {owner}{dot}{name}({}){answer}{throws}", arguments.join(", "))
}

fn fields(fields: &[Field]) -> String {
    let shown = fields.iter().map(|field| {
        let default = if field.default_value().is_some() { " = …" } else { "" };
        format!("{}: {}{default}", field.name(), shown(&field.as_type()))
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn shown(kind: &Type) -> String {
    match kind {
        Type::Optional { inner_type } => format!("{}?", shown(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", shown(inner_type)),
        Type::Map { key_type, value_type } => format!("[{}: {}]", shown(key_type), shown(value_type)),
        named => named.name().map_or_else(|| format!("{named:?}"), str::to_owned),
    }
}
