//! With programs that nobody here wrote, over HTTP: npm `@openid4vc` as issuer and as verifier before the whole wallet, and as a wallet before the
//! city's issuer and its verifiers. The sessions alone are held against the same program in `core/openid4vc`; its README says how.

#![cfg(test)]

#[path = "../../../../bindings/xtask/interop/node.rs"]
mod node;

mod town;

mod issuer;
mod verifier;
mod wallet;
