//! What a platform gives the wallet, with the parts that a desktop or a server uses.

pub(crate) mod connections;
mod keystore_file;
mod randomness;
mod timer;

#[cfg(feature = "reqwest")]
pub use connections::FreshHttps;
pub use connections::{Connections, NoConnections};
pub use keystore_file::KeystoreFile;
pub use randomness::{Randomness, SystemRandomness};
pub use timer::SystemTimer;
