//! Bundles on disk, plain or compressed by gzip (RFC 1952).

use citizen_client::{Bundle, BundleError};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// How much of a file is read and written at once, in bytes.
const BUFFER: usize = 1 << 18;

/// A file, decompressed.
pub type Input = Box<dyn Read>;
/// A bundle in a file.
pub type Opened = Bundle<Box<dyn Fn() -> io::Result<Input>>>;

/// Opens a bundle. Nothing of it is held but what stands before its logs.
pub fn open(path: &Path) -> Result<Opened, BundleError> {
    let path = path.to_owned();
    Bundle::open(Box::new(move || input(&path)))
}

/// A file to write a bundle into; compressed if its name ends in `.gz`.
pub fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    let file = BufWriter::with_capacity(BUFFER, File::create(path)?);
    let is_compressed = path.extension().is_some_and(|extension| extension == "gz");
    Ok(if is_compressed { Box::new(GzEncoder::new(file, Compression::fast())) } else { Box::new(file) })
}

fn input(path: &PathBuf) -> io::Result<Input> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    // A bundle begins with the length of an anchor: never with gzip's mark.
    let is_compressed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_compressed {
        Box::new(BufReader::with_capacity(BUFFER, GzDecoder::new(file)))
    } else {
        Box::new(file)
    })
}
