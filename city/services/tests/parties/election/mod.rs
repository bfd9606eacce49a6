//! Trustees and the election office over a real ledger, in the poll of `citizen-voting`'s own tests.

mod ceremony;
mod office;
mod opening;
mod world;
