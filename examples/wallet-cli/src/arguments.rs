//! The command line.

mod card;

pub(crate) use card::{
    Card, CheckCredential, Credential, MakeCard, Present, Receive, RecoverCard, RevokeCard, Unknown, Who,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A citizen's wallet in a terminal.
#[derive(Debug, Parser)]
#[command(name = "wallet", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// The wallet's folder.
    #[arg(long, global = true, env = "WALLET_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print exactly one JSON object on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The language of sentences for people.
    #[arg(long, global = true, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
    /// A file whose first line is the PIN; else the variable WALLET_PIN, else it is asked for.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// A file whose first line is the recovery code; else the variable WALLET_RECOVERY_CODE, else it is asked for.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) code_file: Option<PathBuf>,
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
    /// Make a wallet, open its account on the ledger, connect the bank account.
    Init(Init),
    /// What there is: points by proof, won by the bank's word.
    Balance,
    /// Every entry of the account, none missing.
    History,
    /// Who saw what, when, and why.
    Activity,
    /// Claim points of a programme.
    Earn(Earn),
    /// Read a code: needs no city and no wallet.
    Inspect(Inspect),
    /// Read a code and ask the centre whose it is.
    Scan(Code),
    /// Pay a code.
    Pay(Pay),
    /// Write the receipt of a payment and show it.
    Receipt {
        /// The payment's identifier.
        id: String,
    },
    /// Verify a receipt: needs no wallet, and no network unless --city is given.
    Verify(Verify),
    /// Show a code that a shop may charge once within three minutes, and wait for what becomes of it.
    ShowCode(ShowCode),
    /// What became of a shown code; take it back, or put another in its place.
    Code(ShownCode),
    /// The code of a paid payment, for the shop's till to check.
    ReceiptCode {
        /// The payment's identifier.
        id: String,
        /// Write it as a picture.
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
    },
    /// Ask the merchant to give back, or see what came back.
    Refund(Refund),
    /// Change points into a gift certificate, for good.
    Redeem {
        /// How many points.
        points: u64,
        /// Approve without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Give points to another citizen, for good.
    Gift(Gift),
    /// The code to show to somebody who wants to give points.
    GiftCode {
        /// Write it as a picture.
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
    },
    /// How much may be spent; set limits of your own, or take them back.
    Limits(Limits),
    /// Polls: list, register, cast, verify.
    #[command(subcommand)]
    Vote(Vote),
    /// The card: this phone's key on the ledger; make it, change it, stop it.
    #[command(subcommand)]
    Card(Card),
    /// Credentials: receive, show, and what anybody's is worth.
    #[command(subcommand)]
    Credential(Credential),
    /// Bring everything up to date.
    Sync,
    /// Seal a backup under the recovery code.
    Backup {
        /// Where to write it.
        file: PathBuf,
    },
    /// Make a wallet out of a backup; the old phone can only show from then on.
    Restore(Restore),
}

/// Where the city is and from what its ledger is trusted.
#[derive(Debug, Args)]
pub(crate) struct CityArguments {
    /// The gateway's address.
    #[arg(long, value_name = "URL")]
    pub(crate) city: Option<String>,
    /// The trust file.
    #[arg(long, value_name = "FILE", conflicts_with = "trust_first_use")]
    pub(crate) trust: Option<PathBuf>,
    /// Trust the first header that the gateway shows; every answer says so.
    #[arg(long)]
    pub(crate) trust_first_use: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) city: CityArguments,
    /// How bank and treasury know you; never a resident registration number. Made up if it is left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) citizen: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Earn {
    /// The programme: `etax`, `poll`, `eco`.
    pub(crate) kind: String,
    /// What it rests on: a bill's number, a poll's name, a period.
    pub(crate) evidence: String,
}

#[derive(Debug, Args)]
pub(crate) struct Code {
    /// A PNG or JPEG file, or the text of a code.
    pub(crate) code: String,
    /// Which code of a picture that holds several: 1 is the first that `inspect` lists.
    #[arg(long, value_name = "N")]
    pub(crate) pick: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[command(flatten)]
    pub(crate) code: Code,
    /// Accept what live schemes do against the letter of the standard, and list it under warnings.
    #[arg(long)]
    pub(crate) lenient: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Pay {
    #[command(flatten)]
    pub(crate) code: Code,
    /// The amount in won, for a code that carries none.
    #[arg(long, value_name = "N")]
    pub(crate) amount: Option<u64>,
    /// How many points to spend; as many as there are if it is left out.
    #[arg(long, value_name = "M")]
    pub(crate) coins: Option<u64>,
    /// Approve without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowCode {
    /// The most the shop may charge, points and won together.
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub(crate) max: u64,
    /// How many points of it; as many as there are if it is left out.
    #[arg(long, value_name = "M")]
    pub(crate) coins: Option<u64>,
    /// Write the QR symbol as a picture.
    #[arg(long, value_name = "FILE")]
    pub(crate) qr: Option<PathBuf>,
    /// Write the bar code as a picture.
    #[arg(long, value_name = "FILE")]
    pub(crate) barcode: Option<PathBuf>,
    /// Approve without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Do not wait for what becomes of it.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShownCode {
    /// The payment's identifier, as `show-code` told it.
    pub(crate) id: String,
    /// Take it back.
    #[arg(long, conflicts_with = "renew")]
    pub(crate) hide: bool,
    /// Show another code with the same caps in its place.
    #[arg(long)]
    pub(crate) renew: bool,
}

/// What to do in polls. POLL is a poll's identifier, the first digits of it, or its title.
#[derive(Debug, Subcommand)]
pub(crate) enum Vote {
    /// All polls of the city, proved; those of her district first. Which one that is, is told to nobody.
    List {
        /// Her district, by its Korean name; if it is not given, the one that a credential of hers says.
        #[arg(long, value_name = "DISTRICT")]
        district: Option<String>,
    },
    /// What a poll asks, of whom, when, and where it stands.
    Show {
        /// The poll.
        poll: String,
    },
    /// Have every registrar sign the voting key without seeing it; who is down is asked again.
    Register {
        /// The poll.
        poll: String,
        /// As a member of which electorate.
        #[arg(long, value_name = "N")]
        electorate: Option<u8>,
        /// Show the citizen card to the registrars without asking first, if the roll knows its people by it.
        #[arg(long)]
        yes: bool,
    },
    /// Cast a ballot, or open one to check it.
    Cast(Cast),
    /// The proof that the ballot stands on the board.
    Receipt {
        /// The poll.
        poll: String,
    },
    /// Whether the ballot is counted; with --whole, the whole result.
    Verify {
        /// The poll.
        poll: String,
        /// Check everything that was published.
        #[arg(long)]
        whole: bool,
    },
    /// The next step to the reward for taking part.
    Reward {
        /// The poll.
        poll: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Cast {
    /// The poll.
    pub(crate) poll: String,
    /// What to choose: once for each contest. Options by number or name; scores for all options; or all options in order.
    #[arg(long, value_name = "CONTEST=OPTION[,OPTION…]", required = true)]
    pub(crate) choose: Vec<String>,
    /// Open it instead of casting it, so that a second device can check it. It never counts.
    #[arg(long)]
    pub(crate) check: bool,
    /// Cast without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Do not wait until it stands on the board: `sync` goes on.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Refund {
    /// The payment's identifier.
    pub(crate) id: String,
    /// How much to ask for, points and won together; without it, what came back is shown.
    #[arg(long, value_name = "N")]
    pub(crate) amount: Option<u64>,
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "환불 요청")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct Gift {
    /// The other citizen's code: a PNG or JPEG file, or its text.
    pub(crate) code: String,
    /// How many points.
    #[arg(long, value_name = "N")]
    pub(crate) points: u64,
    /// Approve without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// The most in one payment.
    #[arg(long, value_name = "N", requires_all = ["per_day", "per_month"])]
    pub(crate) per_payment: Option<u64>,
    /// The most in one day.
    #[arg(long, value_name = "N", requires = "per_payment")]
    pub(crate) per_day: Option<u64>,
    /// The most in one month.
    #[arg(long, value_name = "N", requires = "per_payment")]
    pub(crate) per_month: Option<u64>,
    /// Take the own limits back.
    #[arg(long, conflicts_with = "per_payment")]
    pub(crate) clear: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The receipt's file.
    pub(crate) file: PathBuf,
    /// The trust file.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// Where to fetch a newer proof if the trust file begins above the receipt; the file is renewed.
    #[arg(long, value_name = "URL")]
    pub(crate) city: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) city: CityArguments,
}
