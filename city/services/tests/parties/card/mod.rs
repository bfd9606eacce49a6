//! The citizen card: an issuer and verifiers with certificates over a real ledger, and a wallet made of the sessions of
//! `citizen-openid4vc`.

mod attested;
mod bounds;
mod by_did;
mod crash;
mod doubts;
mod issuance;
mod order;
mod presentation;
mod pushed;
mod refill;
mod register;
mod sign_in;
mod status;
mod wallet;
mod world;
