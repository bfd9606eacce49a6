//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A merchant's till.
#[derive(Debug, Parser)]
#[command(name = "till", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// The till's folder.
    #[arg(long, global = true, env = "TILL_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print exactly one JSON object on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The language of sentences for people.
    #[arg(long, global = true, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Korean.
    Ko,
    /// English.
    En,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a key, register the shop with the centre; or join a shop that is registered, as another counter.
    Init(Box<Init>),
    /// The shop's printed code, as text, picture or a page to print.
    StaticCode(StaticCode),
    /// A code for one order, to be paid once within three minutes.
    DynamicCode(DynamicCode),
    /// Charge the code on a customer's screen.
    Charge(Charge),
    /// The payments of a day, each proved.
    Today(OfDay),
    /// Check a customer's receipt and take it, once.
    Check(Check),
    /// Give part of a payment back.
    Refund(Refund),
    /// Give all that is left of a payment back.
    Cancel(Cancel),
    /// Fetch the end-of-day file, read it back and add it up.
    Settlement(Settlement),
    /// What customers have asked to be given back.
    Wishes,
    /// Bring to its end what got no answer or was to be checked.
    Resume,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The gateway's address.
    #[arg(long, value_name = "URL")]
    pub(crate) city: String,
    /// The trust file.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// The counter's name: which till of the shop this is.
    #[arg(long, value_name = "NAME", default_value = "1")]
    pub(crate) counter: String,
    /// Join this merchant as another counter.
    #[arg(long, value_name = "ID", requires = "key", conflicts_with = "name")]
    pub(crate) merchant: Option<String>,
    /// The merchant's key file, from a till that is registered.
    #[arg(long, value_name = "FILE", requires = "merchant")]
    pub(crate) key: Option<PathBuf>,
    /// The shop's name as it is written: registers a new merchant.
    #[arg(long, required_unless_present = "merchant")]
    pub(crate) name: Option<String>,
    /// Its name in Latin letters, at most 25.
    #[arg(long, value_name = "NAME", required_unless_present = "merchant", conflicts_with = "merchant")]
    pub(crate) name_latin: Option<String>,
    /// Its district.
    #[arg(long, default_value = "서울")]
    pub(crate) district: String,
    /// Its kind of business.
    #[arg(long, default_value = "소매")]
    pub(crate) category: String,
    /// The category code: four digits (ISO 18245).
    #[arg(long, value_name = "MCC", default_value = "5999")]
    pub(crate) category_code: String,
    /// What it sold in the year before, in won: the fee depends on it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) prior_year_sales: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Pictures {
    /// Write the symbol as a PNG file.
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// Write the symbol as an SVG file.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct StaticCode {
    #[command(flatten)]
    pub(crate) pictures: Pictures,
    /// Write a page of A6 to print, as SVG.
    #[arg(long, value_name = "FILE")]
    pub(crate) a6: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DynamicCode {
    /// The amount in won.
    #[arg(long, value_name = "N")]
    pub(crate) amount: u64,
    #[command(flatten)]
    pub(crate) pictures: Pictures,
}

#[derive(Debug, Args)]
pub(crate) struct Charge {
    /// The code on the customer's screen: its text, or a picture of its QR symbol or bar code.
    pub(crate) code: String,
    /// The amount in won.
    #[arg(long, value_name = "N")]
    pub(crate) amount: u64,
    /// How many seconds to wait for the end.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct OfDay {
    /// Another day: YYYY-MM-DD or YYYYMMDD, in Seoul.
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The receipt code on the customer's screen: its text, or a picture of its QR symbol.
    pub(crate) code: String,
    /// Refuse a receipt of another amount, in won.
    #[arg(long, value_name = "N")]
    pub(crate) amount: Option<u64>,
    /// Refuse a payment that is older.
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub(crate) within: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Refund {
    /// The payment's identifier.
    pub(crate) payment: String,
    /// How much, points and won together.
    #[arg(long, value_name = "N")]
    pub(crate) amount: u64,
    /// Why; the customer sees it.
    #[arg(long, value_name = "TEXT", default_value = "refund")]
    pub(crate) reason: String,
    /// How many seconds to wait for the end.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The payment's identifier.
    pub(crate) payment: String,
    /// How many seconds to wait for the end.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Settlement {
    #[command(flatten)]
    pub(crate) day: OfDay,
    /// Where to write the file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
