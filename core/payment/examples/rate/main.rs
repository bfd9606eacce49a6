//! How many of the frozen pictures are read, by what, and how fast: this reader beside `rxing` alone, and beside `zbarimg` and OpenCV where
//! they are installed, on the same pictures in the same run. Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used)] // A measurement that cannot be made is stopped.

mod peers;

use citizen_payment::scan::read_luma;
use citizen_payment::scan::specimen::{
    Distortion, FROZEN, FROZEN_SCENES, Scene, Specimen, digest, scenery, specimens,
};
use image::GrayImage;
use peers::{Files, Times, Told};
use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BinaryBitmap, Luma8LuminanceSource, Reader as _};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Tally {
    read: u32,
    wrong: u32,
    times: Vec<Duration>,
}

fn main() {
    let drawn: Vec<_> = specimens().map(|specimen| (specimen.draw().unwrap(), specimen)).collect();
    assert_eq!(
        digest(drawn.iter().map(|(image, _)| image)).to_hex(),
        FROZEN,
        "the set is not the frozen one"
    );
    let (mut alone, mut ours) = (Tally::default(), Tally::default());
    let mut by_distortion: BTreeMap<&str, (u32, u32, u32)> = BTreeMap::new();
    for (image, specimen) in &drawn {
        let text = specimen.text;
        let theirs_read = alone.take(text, || rxing_alone(image));
        let ours_read = ours.take(text, || read_luma(image).into_iter().map(|found| found.text).next());
        let row = by_distortion.entry(Distortion::as_str(specimen.distortion)).or_default();
        *row = (row.0 + 1, row.1 + u32::from(theirs_read), row.2 + u32::from(ours_read));
    }
    for (name, (all, theirs, ours)) in by_distortion {
        println!("figure\tdecode-{name}\t{ours}\tof {all}, rxing alone {theirs}");
    }
    for (name, tally) in [("rxing-alone", alone), ("ours", ours)] {
        tally.print(name, drawn.len());
    }
    for told in Files::write(drawn.iter().map(|(image, _)| image)).read_by_all() {
        print_peer(told, &drawn);
    }
    scenes();
}

/// A picture counts as read when the reader tells its text; any other text is wrong.
fn print_peer(told: Told, drawn: &[(GrayImage, Specimen)]) {
    let Told { name, texts, times } = told;
    let (mut read, mut wrong) = (0_u32, 0_u32);
    let mut by_distortion: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (place, (_, specimen)) in drawn.iter().enumerate() {
        let found = texts.get(&place).map(Vec::as_slice).unwrap_or_default();
        let is_read = found.iter().any(|text| text.as_slice() == specimen.text.as_bytes());
        read += u32::from(is_read);
        wrong += u32::from(found.iter().any(|text| text.as_slice() != specimen.text.as_bytes()));
        let row = by_distortion.entry(Distortion::as_str(specimen.distortion)).or_default();
        *row = (row.0 + 1, row.1 + u32::from(is_read));
    }
    for (distortion, (all, read)) in by_distortion {
        println!("figure\tdecode-{distortion}-{name}\t{read}\tof {all}");
    }
    match times {
        Times::Each(times) => Tally { read, wrong, times }.print(&name, drawn.len()),
        Times::Together(all) => {
            println!("figure\tdecode-{name}\t{read}\tof {}, {wrong} wrong", drawn.len());
            let each = all.as_secs_f64() * 1e3 / f64::from(u32::try_from(drawn.len()).unwrap());
            println!("figure\tdecode-{name}-mean\t{each:.2}\tms, with reading the file");
        }
    }
}

/// The second set: a picture counts as read when every code in it is told, and nothing else.
fn scenes() {
    let drawn: Vec<_> = scenery().map(|scene| (scene.draw().unwrap(), scene)).collect();
    assert_eq!(
        digest(drawn.iter().map(|(image, _)| image)).to_hex(),
        FROZEN_SCENES,
        "the scenes are not the frozen ones"
    );
    let mut all = Tally::default();
    let mut by_scene: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (image, scene) in &drawn {
        let mut texts = scene.texts();
        texts.sort_unstable();
        let is_read = all.take(&texts.join("\n"), || {
            let mut found: Vec<_> = read_luma(image).into_iter().map(|found| found.text).collect();
            found.sort_unstable();
            (!found.is_empty()).then(|| found.join("\n"))
        });
        let row = by_scene.entry(Scene::as_str(scene.scene)).or_default();
        *row = (row.0 + 1, row.1 + u32::from(is_read));
    }
    for (name, (all, read)) in by_scene {
        println!("figure\tdecode-{name}\t{read}\tof {all}");
    }
    // What is told in part counts as wrong here; that nothing is told that is not there, the tests say.
    all.print("scenes", drawn.len());
}

impl Tally {
    fn take(&mut self, text: &str, read: impl FnOnce() -> Option<String>) -> bool {
        let start = Instant::now();
        let found = read();
        self.times.push(start.elapsed());
        let is_right = found.as_deref() == Some(text);
        self.read += u32::from(is_right);
        self.wrong += u32::from(found.is_some() && !is_right);
        is_right
    }

    fn print(mut self, name: &str, all: usize) {
        self.times.sort();
        let milliseconds =
            |place: usize| self.times.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3;
        println!("figure\tdecode-{name}\t{}\tof {all}, {} wrong", self.read, self.wrong);
        println!("figure\tdecode-{name}-median\t{:.2}\tms", milliseconds(self.times.len() / 2));
        println!("figure\tdecode-{name}-worst\t{:.2}\tms", milliseconds(self.times.len().saturating_sub(1)));
    }
}

/// What an app gets that calls the library once.
fn rxing_alone(image: &GrayImage) -> Option<String> {
    let source = Luma8LuminanceSource::new(image.as_raw().clone(), image.width(), image.height()).unwrap();
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    QRCodeReader.decode(&mut bitmap).ok().map(|found| found.getText().to_owned())
}
