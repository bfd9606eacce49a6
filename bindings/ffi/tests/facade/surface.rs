//! Everything the app can call, as the generator reads it from the built library.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use uniffi_bindgen::interface::{Argument, Callable, Type};
use uniffi_bindgen::{BindgenLoader, BindgenPaths, ComponentInterface, GlobalConfig};

/// One export: its owner and name, and what the generator knows of it.
pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) is_async: bool,
    /// Whether it is a method of an object, not what makes one, a function, or a word's or record's.
    pub(crate) is_objects: bool,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) answer: Option<Type>,
}

/// What the app calls. What the app implements (its traits) is not among it.
pub(crate) fn exports() -> Vec<Export> {
    let mut found = Vec::new();
    for crates in interfaces() {
        for function in crates.function_definitions() {
            found.push(export(String::new(), function));
        }
        for object in crates.object_definitions().iter().filter(|object| !object.is_trait_interface()) {
            found.extend(
                object.constructors().iter().map(|call| export(format!("{}.", object.name()), *call)),
            );
            let method = |call| Export { is_objects: true, ..export(format!("{}.", object.name()), call) };
            found.extend(object.methods().iter().map(|call| method(*call)));
        }
        for words in crates.enum_definitions() {
            found.extend(words.methods().iter().map(|call| export(format!("{}.", words.name()), call)));
        }
        for record in crates.record_definitions() {
            found.extend(record.methods().iter().map(|call| export(format!("{}.", record.name()), call)));
        }
    }
    found
}

fn export<C: Callable + Named>(owner: String, call: &C) -> Export {
    Export {
        name: owner + call.own_name(),
        is_async: call.is_async(),
        is_objects: false,
        arguments: call.arguments().into_iter().cloned().collect(),
        answer: call.return_type().cloned(),
    }
}

/// What the generator's kinds of calls do not have in common.
trait Named {
    fn own_name(&self) -> &str;
}

macro_rules! named {
    ($($kind:ident)+) => {
        $(impl Named for uniffi_bindgen::interface::$kind {
            fn own_name(&self) -> &str {
                self.name()
            }
        })+
    };
}

named! { Function Constructor Method }

/// The library as it was built for this test.
pub(crate) fn library() -> String {
    let test = std::env::current_exe().unwrap();
    let file = format!("{DLL_PREFIX}citizen_wallet_ffi{DLL_SUFFIX}");
    test.parent().unwrap().join(file).to_str().unwrap().to_owned()
}

pub(crate) fn interfaces() -> Vec<ComponentInterface> {
    let library = library();
    let loader = BindgenLoader::new(BindgenPaths::default(), GlobalConfig::default());
    loader.load_cis(loader.load_metadata(library.as_str().into()).unwrap()).unwrap()
}
