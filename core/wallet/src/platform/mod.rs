//! What a platform gives the wallet, with the parts that a desktop or a server uses.

mod keystore_file;
mod randomness;
mod timer;

pub use keystore_file::KeystoreFile;
pub use randomness::{Randomness, SystemRandomness};
pub use timer::SystemTimer;
