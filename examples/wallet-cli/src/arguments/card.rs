//! The command line of `card` and `credential`.

use super::CityArguments;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with the card.
#[derive(Debug, Subcommand)]
pub(crate) enum Card {
    /// Make the card's key and list it on the ledger; prints the recovery code, once. A card that is there is shown.
    Init(MakeCard),
    /// The key, its DID, and whether it may be used.
    Show,
    /// Put a new key in the place of the old one, which signs that.
    Rotate {
        /// Approve without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// A phone is lost: stop the account of the recovery code at once, from any wallet; where there is none, with `--city` one is made.
    #[command(visible_alias = "freeze")]
    Revoke(RevokeCard),
    /// Let a stopped account go on with this phone, by the recovery code.
    Unfreeze,
    /// Object to a recovery that officers have filed: this phone is not lost.
    Object,
    /// A phone is lost: have the issuer revoke every credential of hers, on whichever phone it is.
    Lost(Who),
    /// Tell the officers of recovery whose account this is, for the day when phone and recovery code are lost.
    Enrol(Who),
    /// Phone and recovery code are lost: ask the officers for the account, on a new device. Prints the new recovery code, once.
    Recover(RecoverCard),
    /// How far that is, proved.
    Recovery,
    /// Stand by it, after the old phone has objected: other officers look again.
    Uphold,
    /// Take the account over once the wait is over, by the new recovery code.
    Takeover,
    /// Have the officers drop a recovery: this phone, the old one, is not lost.
    Dismiss(Who),
}

/// Who she is, as the register of residents has her.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// Her number in the register of residents: in the sandbox SB-1001 and the next. Never a resident registration number.
    #[arg(long, value_name = "N")]
    pub(crate) number: String,
    /// Her name.
    #[arg(long)]
    pub(crate) name: String,
    /// Her day of birth: 1999-03-02.
    #[arg(long, value_name = "DATE")]
    pub(crate) birth_date: String,
}

#[derive(Debug, Args)]
pub(crate) struct RecoverCard {
    #[command(flatten)]
    pub(crate) who: Who,
    #[command(flatten)]
    pub(crate) city: CityArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeCard {
    #[command(flatten)]
    pub(crate) city: CityArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MakeCard {
    #[command(flatten)]
    pub(crate) city: CityArguments,
}

/// What to do with credentials. ID is a credential's identifier, or the first digits of it.
#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    /// What this wallet holds; asks whether anything was revoked.
    List {
        /// Ask nobody.
        #[arg(long)]
        offline: bool,
    },
    /// A credential with all it says.
    Show {
        /// The credential.
        id: String,
        /// Ask nobody.
        #[arg(long)]
        offline: bool,
    },
    /// Take what an issuer offers.
    Receive(Receive),
    /// Answer a request for credentials, or decline it.
    Present(Present),
    /// Remove a credential with its keys; the issuer hears nothing of it.
    Forget {
        /// The credential.
        id: String,
        /// Remove it without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Services that know this wallet: those that it has signed in to.
    Services,
    /// Remove the key by which a service knows this wallet; the service hears nothing of it, and will see a new person.
    Leave {
        /// The service: its identifier, or the first digits of it.
        id: String,
        /// Remove it without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Who saw what, when, and why.
    Log,
    /// Check any SD-JWT or SD-JWT VC: needs no wallet, no city and no network.
    Check(CheckCredential),
}

#[derive(Debug, Args)]
pub(crate) struct Receive {
    /// The offer: its link, or a PNG or JPEG file with its code.
    #[arg(required_unless_present_any = ["redirect", "give_up"])]
    pub(crate) offer: Option<String>,
    /// Go on with a sign-in at the issuer's page: the address to which the browser came back.
    #[arg(long, value_name = "URL", conflicts_with_all = ["offer", "tx_code", "review", "yes"])]
    pub(crate) redirect: Option<String>,
    /// Give up the sign-in that waits for the browser.
    #[arg(long, conflicts_with_all = ["offer", "redirect", "tx_code", "review", "yes"])]
    pub(crate) give_up: bool,
    /// The transaction code that was sent by other means, if the issuer asks for one.
    #[arg(long, value_name = "N")]
    pub(crate) tx_code: Option<String>,
    /// Say who offers what, and take nothing.
    #[arg(long, conflicts_with_all = ["tx_code", "yes"])]
    pub(crate) review: bool,
    /// Take it without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// What is shown to verifiers that the registry does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Unknown {
    /// Nothing.
    Refuse,
    /// What is insisted on.
    IfInsisted,
}

#[derive(Debug, Args)]
pub(crate) struct Present {
    /// The request: its link, or a PNG or JPEG file with its code.
    pub(crate) request: String,
    /// What to show, instead of the least that answers: claims by credential, as `credential show` lists them.
    #[arg(long, value_name = "ID.claim[,ID.claim…]", conflicts_with = "decline")]
    pub(crate) select: Vec<String>,
    /// Show nothing, and say so.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) decline: bool,
    /// This wallet's policy: what to do when the registry does not prove who asks.
    #[arg(long, value_enum, default_value_t = Unknown::Refuse)]
    pub(crate) unknown_verifiers: Unknown,
    /// Nobody proves who asks, and it shall be shown all the same: counts under `--unknown-verifiers if-insisted`, and is logged.
    #[arg(long, conflicts_with = "decline")]
    pub(crate) insist: bool,
    /// Approve without being asked.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckCredential {
    /// The credential's file: compact or JSON, with or without key binding; `-` is standard input.
    pub(crate) file: PathBuf,
    /// The issuer's public key: a JWK, or the file of one.
    #[arg(long, value_name = "JWK")]
    pub(crate) issuer_key: String,
    /// The nonce of the presentation: the holder must have signed it.
    #[arg(long, value_name = "N", requires = "audience")]
    pub(crate) nonce: Option<String>,
    /// The verifier of the presentation: the holder must have signed for it.
    #[arg(long, value_name = "A", requires = "nonce")]
    pub(crate) audience: Option<String>,
    /// How many seconds ago the holder may have signed.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "nonce")]
    pub(crate) max_age: u64,
    /// Check as of another time, in seconds since 1970.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) at: Option<u64>,
}
