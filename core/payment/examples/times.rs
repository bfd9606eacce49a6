//! How long it takes to write, read and draw a code, beside the peers on the same text in the same run.
//! Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used)] // A measurement that cannot be made is stopped.

use citizen_payment::code::{Code, Leniency};
use citizen_payment::render::{ErrorCorrection, code128_svg, qr_svg};
use std::hint::black_box;
use std::time::Instant;

/// A shop's code with Hangul in it.
const MERCHANT: &str = "00020101021226400024kr.seoul.sandbox.zeropay0108M0000002520458125303410540512000\
                        5802KR5912MAPO KITCHEN6005SEOUL62280510ORDER-00010710TERMINAL-16425\
                        0002ko0106마포밥상집점0205서울마포구630421CF";

/// A customer's code: the standard's second sample.
const CONSUMER: &str = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0\
                        IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==";

const ROUNDS: u32 = 501;

fn main() {
    for (name, text) in [("merchant", MERCHANT), ("consumer", CONSUMER)] {
        let code = Code::parse(text, Leniency::Strict).outcome.unwrap();
        measure(&format!("parse-{name}"), || Code::parse(text, Leniency::Strict).is_valid());
        measure(&format!("write-{name}"), || match &code {
            Code::Merchant(code) => code.render().is_ok(),
            Code::Consumer(code) => code.render().is_ok(),
            Code::Scheme(_) => false,
        });
        measure(&format!("draw-{name}-ours"), || qr_svg(text, ErrorCorrection::M).is_ok());
        // The peers make the symbol and draw nothing; qrcode and fast_qr choose the modes and write no ECI.
        measure(&format!("draw-{name}-qrcode"), || qrcode::QrCode::new(text).is_ok());
        measure(&format!("draw-{name}-fast_qr"), || {
            fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().is_ok()
        });
        measure(&format!("draw-{name}-qrcodegen"), || {
            let segments =
                [qrcodegen::QrSegment::make_eci(26), qrcodegen::QrSegment::make_bytes(text.as_bytes())];
            qrcodegen::QrCode::encode_segments(&segments, qrcodegen::QrCodeEcc::Medium).is_ok()
        });
    }
    measure("draw-bars-ours", || code128_svg("800088123456789012345678", 60).is_ok());
}

/// The middle of many rounds, in microseconds.
fn measure(name: &str, work: impl Fn() -> bool) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            assert!(black_box(work()), "{name}");
            start.elapsed()
        })
        .collect();
    times.sort();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("figure\t{name}\t{:.1}\tµs, median of {ROUNDS}", middle.as_secs_f64() * 1e6);
}
