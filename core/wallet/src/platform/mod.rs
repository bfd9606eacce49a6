//! What a platform gives the wallet, with the parts that a desktop or a server uses.

mod keystore_file;
mod pause;
mod randomness;

pub use keystore_file::KeystoreFile;
pub use pause::{Pause, TokioPause};
pub use randomness::{Randomness, SystemRandomness};
