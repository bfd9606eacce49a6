//! Text in the columns of a terminal: how wide it is, and where a line ends.

/// The width that every terminal has.
pub(crate) const COLUMNS: usize = 80;

/// How many columns a text takes: Hangul, Han and full-width signs take two, everything else one.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// The text with blanks behind it, so that it fills its column.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Breaks a text between words, so that lines which begin `indent` columns from the left end in time. A word that is longer
/// than a line stays whole: an address or a path is to be copied.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    let room = COLUMNS.saturating_sub(indent);
    let (mut out, mut taken) = (String::new(), 0);
    for (blanks, word) in words(text) {
        let (before, needed) = (width(blanks), width(word));
        if taken > 0 && taken + before + needed > room {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            taken = 0;
        } else {
            out.push_str(blanks);
            taken += before;
        }
        out.push_str(word);
        taken += needed;
    }
    out
}

/// Each word with the blanks before it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text.trim_end();
    std::iter::from_fn(move || {
        let word = rest.trim_start_matches(' ');
        let blanks = rest.strip_suffix(word).unwrap_or("");
        let (word, behind) = word.find(' ').map_or((word, ""), |end| word.split_at(end));
        rest = behind;
        (!word.is_empty()).then_some((blanks, word))
    })
}

/// Unicode Standard Annex #11, East Asian Width W and F, for the signs that the catalogue and the names of Seoul use.
const fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115f}' // Hangul Jamo
        | '\u{2e80}'..='\u{303e}' // radicals, CJK signs
        | '\u{3041}'..='\u{a4cf}' // Kana, compatible Jamo, Han
        | '\u{ac00}'..='\u{d7a3}' // Hangul syllables
        | '\u{f900}'..='\u{faff}' // Han for compatibility
        | '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}') // full width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_takes_two_columns_and_arrows_one() {
        assert_eq!(width("원장 → a…✓"), 4 + 1 + 1 + 1 + 3);
        assert_eq!(padded("적립", 6), "적립  ");
        assert_eq!(padded("refuse", 3), "refuse");
    }

    #[test]
    fn a_long_line_is_broken_between_words_and_goes_on_under_its_beginning() {
        let text = ["word"; 30].join(" ");
        let lines: Vec<_> = wrapped(&text, 15).split('\n').map(str::to_owned).collect();
        assert!(lines.len() > 1);
        for (at, line) in lines.iter().enumerate() {
            let line = if at == 0 { format!("{}{line}", " ".repeat(15)) } else { line.clone() };
            assert!(line.starts_with("               word") && width(&line) <= COLUMNS, "{line}");
        }
        assert_eq!(lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" "), text);
    }

    #[test]
    fn columns_are_counted_for_korean() {
        let text = ["가맹점"; 20].join(" ");
        assert!(wrapped(&text, 15).split('\n').skip(1).all(|line| width(line) <= COLUMNS));
        assert_eq!(wrapped("가맹점  12,000원", 0), "가맹점  12,000원");
    }

    #[test]
    fn a_word_longer_than_a_line_stays_whole() {
        let path = "/a".repeat(60);
        assert_eq!(wrapped(&format!("in {path} now"), 4), format!("in\n    {path}\n    now"));
        assert_eq!(wrapped("", 4), "");
    }
}
