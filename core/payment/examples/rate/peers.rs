//! Readers of others on the same pictures, as files: `zbarimg`, and OpenCV through its own language. What is not installed is skipped, and
//! said.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::GrayImage;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What a reader has told of the pictures, by their place in the set.
pub(crate) struct Told {
    pub(crate) name: String,
    /// The texts of each picture.
    pub(crate) texts: Texts,
    /// How long one picture took in the middle, if the reader tells it; or all of them together.
    pub(crate) times: Times,
}

/// Texts by the place of their picture.
type Texts = BTreeMap<usize, Vec<Vec<u8>>>;

/// How long a reader took.
pub(crate) enum Times {
    /// Each picture, without reading the file.
    Each(Vec<Duration>),
    /// All pictures in one run, with reading the files.
    Together(Duration),
}

/// The pictures as files in a folder that goes when this is dropped.
pub(crate) struct Files {
    _folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Files {
    pub(crate) fn write<'a>(pictures: impl Iterator<Item = &'a GrayImage>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |(place, picture): (usize, &GrayImage)| {
            let path = folder.path().join(format!("{place}.png"));
            picture.save(&path).unwrap();
            path
        };
        let paths = pictures.enumerate().map(write).collect();
        Self { _folder: folder, paths }
    }

    /// Every reader that is installed.
    pub(crate) fn read_by_all(&self) -> Vec<Told> {
        let mut told: Vec<Told> = self.zbar().into_iter().collect();
        told.extend(self.opencv());
        told
    }

    fn zbar(&self) -> Option<Told> {
        let start = Instant::now();
        let mut command = Command::new("zbarimg");
        command.args(["--quiet", "--xml", "-Sdisable", "-Sqrcode.enable"]).args(&self.paths);
        // Its exit status is 4 where a picture holds nothing.
        let Some(output) = run(&mut command, b"") else {
            skipped("zbarimg", "apt-get install zbar-tools");
            return None;
        };
        let (took, xml) = (start.elapsed(), String::from_utf8_lossy(&output.stdout).into_owned());
        let mut texts = BTreeMap::new();
        for source in xml.split("<source href='").skip(1) {
            let (name, rest) = source.split_once('\'').unwrap();
            let found = rest.split("<data").skip(1).filter_map(data).collect();
            texts.insert(place(name), found);
        }
        Some(Told { name: "zbarimg".to_owned(), texts, times: Times::Together(took) })
    }

    fn opencv(&self) -> Vec<Told> {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rate/opencv.py");
        let names: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
        let output = run(Command::new(python).arg(script), names.join("\n").as_bytes());
        let Some(output) = output.filter(|output| output.status.success()) else {
            skipped("OpenCV", "pip install opencv-python-headless (another interpreter: PYTHON=…)");
            return Vec::new();
        };
        let mut all: BTreeMap<String, (Texts, Vec<Duration>)> = BTreeMap::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let [detector, name, micros, text] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
            let (texts, times) = all.entry(detector.to_owned()).or_default();
            times.push(Duration::from_micros(micros.parse().unwrap()));
            texts.insert(place(name), if text.is_empty() { Vec::new() } else { vec![bytes_of_hex(text)] });
        }
        let told = |(name, (texts, times))| Told { name, texts, times: Times::Each(times) };
        all.into_iter().map(told).collect()
    }
}

fn run(command: &mut Command, input: &[u8]) -> Option<Output> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_vec();
    // A program that does not want it may have closed its end.
    let writing = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().ok()?;
    let _ = writing.join();
    Some(output)
}

fn skipped(reader: &str, remedy: &str) {
    eprintln!("skipped: {reader} is not installed; to get it: {remedy}");
}

/// The number of a picture's file.
fn place(name: &str) -> usize {
    Path::new(name).file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

/// What stands in an element, as text or in base64.
fn data(element: &str) -> Option<Vec<u8>> {
    let (attributes, rest) = element.split_once("><![CDATA[")?;
    let (text, _) = rest.split_once("]]>")?;
    if attributes.contains("base64") {
        STANDARD.decode(text.replace(['\n', ' '], "")).ok()
    } else {
        Some(text.as_bytes().to_vec())
    }
}

fn bytes_of_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}
