//! Lines for people: what is going on while they wait, and what went wrong.

use crate::answer::said;
use crate::arguments::Arguments;
use crate::catalogue::Message;
use anstyle::{AnsiColor, Style};
use std::io::Write as _;

const BAD: Style = AnsiColor::Red.on_default();
const QUIET: Style = Style::new().dimmed();

/// Says what goes on. In JSON mode nothing is said: the one object comes at the end.
pub(crate) fn progress(arguments: &Arguments, message: &Message) {
    if !arguments.json {
        // A closed pipe is the reader's choice.
        let _ = writeln!(anstream::stderr(), "{QUIET}… {}{QUIET:#}", said(message, arguments.lang));
    }
}

/// Says what went wrong; the sign before it is there for those who see no colour.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr(), "{BAD}✗{BAD:#} {text}");
}
