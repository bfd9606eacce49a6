//! What other people wrote about JOSE, and what hostile people write.
#![cfg(test)]

mod hostile;
mod rfc;
