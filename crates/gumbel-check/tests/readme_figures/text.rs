//! Markdown as blocks, and the numbers and words in them.

use std::collections::BTreeSet;

/// Words before a number that is a part of a name or a version.
const NAMED: [&str; 2] = ["Zen", "CC"];
const VERSIONED: [&str; 9] =
    ["Burn", "CUDA", "Gymnasium", "JAX", "NumPy", "Python", "PyTorch", "Rust", "SciPy"];

/// A number as it is written: its text, its value, half a unit of its last place.
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) value: f64,
    pub(crate) half: f64,
}

impl Number {
    /// Whether this number, of the page, is that one, of a source. A number without a sign is compared by its size.
    pub(crate) fn states(&self, source: &Self) -> bool {
        if self.value.is_nan() {
            return self.text == source.text;
        }
        let value = if self.value < 0.0 { source.value } else { source.value.abs() };
        (self.value - value).abs() <= self.half * (1.0 + 1e-9) + self.value.abs() * 1e-12
    }
}

/// The number that a word is, with its unit or without.
pub(crate) fn number(word: &str) -> Option<Number> {
    let text = word.trim_end_matches(char::is_alphabetic);
    let plain = text.replace(',', "");
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let (value, half) = if plain.contains('x') && plain.split('x').all(digits) {
        (f64::NAN, 0.0) // A shape, 20x10, which has no size.
    } else if let Some((base, power)) = plain.split_once('^') {
        (base.parse::<f64>().ok()?.powi(power.parse().ok()?), 0.0)
    } else {
        let (mantissa, power) = plain.split_once('e').unwrap_or((&plain, "0"));
        let places = mantissa.split_once('.').map_or(0, |(_, places)| places.len() as i32);
        (plain.parse().ok()?, 0.5 * 10f64.powi(power.parse::<i32>().ok()? - places))
    };
    Some(Number { text: text.to_owned(), value, half })
}

/// The numbers of a text, without those of names, versions and dates.
pub(crate) fn numbers(text: &str) -> Vec<Number> {
    let (mut found, mut before) = (Vec::new(), "");
    for word in text.split(|c: char| c.is_whitespace() || "()[]{}|;:/=~±×–—".contains(c)) {
        let negative = word.starts_with(['-', '\u{2212}']);
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_empty() {
            continue;
        }
        let name = std::mem::replace(&mut before, word);
        let year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
        let date = word.len() == 10 && word.matches('-').count() == 2;
        // A word that begins with a letter is none: x86-64, f32, CIFAR-10.
        let skipped = word.starts_with(char::is_alphabetic)
            || date
            || (year && name.starts_with(char::is_uppercase))
            || NAMED.contains(&name)
            || (word.contains('.') && VERSIONED.contains(&name));
        if skipped {
            continue;
        }
        match number(word) {
            Some(it) if negative => found.push(Number { value: -it.value, ..it }),
            Some(it) => found.push(it),
            // A range, 44-87; a version, 2.15.0, is no number.
            None => found.extend(word.split('-').filter_map(number)),
        }
    }
    found
}

/// The words of a text, in small letters; a name with hyphens and a number are one word.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    let of_word = |c: char| c.is_alphanumeric() || "-.,_^".contains(c);
    let words = text.split(|c| !of_word(c)).map(|word| word.trim_matches(|c| "-.,_^".contains(c)));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// What the text links to, and the text without addresses, HTML, and what describes pictures and names papers.
pub(crate) fn without_links(text: &str) -> (Vec<String>, String) {
    let (mut targets, mut kept, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, after)) = rest.split_once("](") {
        let (target, after) = after.split_once(')').unwrap_or((after, ""));
        match before.rsplit_once('[') {
            Some((before, _)) if target.starts_with("http") || before.ends_with('!') => {
                kept.push_str(before);
            }
            Some((before, text)) => kept.extend([before, text]),
            None => kept.push_str(before),
        }
        targets.push(target.to_owned());
        rest = after;
    }
    kept.push_str(rest);
    let mut pieces = kept.split('<');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('>') {
            Some((tag, after)) if tag.starts_with(|c: char| c.is_alphabetic() || c == '/') => {
                plain.push_str(after);
            }
            _ => plain.extend(["<", piece]),
        }
    }
    (targets, plain)
}

/// A paragraph, an item of a list or a row of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// The heading of the first or second level above it, and the nearest one.
    pub(crate) section: String,
    pub(crate) heading: String,
    /// Of a row the first row of its table.
    pub(crate) header: String,
    pub(crate) text: String,
}

impl Block {
    pub(crate) fn is_row(&self) -> bool {
        self.text.starts_with('|')
    }
}

pub(crate) fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// Whether a line is the one between the first row of a table and the others.
pub(crate) fn is_rule(line: &str) -> bool {
    line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c))
}

/// The blocks of a Markdown page, without code blocks and without the first rows of tables.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut now, mut fenced) = (Vec::new(), Block::default(), false);
    let mut finish = |now: &mut Block| {
        let text = std::mem::take(&mut now.text);
        if !text.trim().is_empty() {
            blocks.push(Block { text, ..now.clone() });
        }
    };
    let lines: Vec<&str> = page.lines().collect();
    for (i, &line) in lines.iter().enumerate() {
        let (fence, row) = (line.trim_start().starts_with("```"), line.starts_with('|'));
        fenced ^= fence;
        let text = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        let item = [". ", "- ", "* "].iter().any(|mark| text.starts_with(mark));
        let apart = row || fence || line.starts_with('#') || item;
        if apart || now.is_row() || line.trim().is_empty() {
            finish(&mut now);
        }
        if !row {
            now.header.clear();
        }
        if fence || fenced || line.starts_with("    ") || is_rule(line) {
            continue;
        }
        if line.starts_with('#') {
            now.heading = line.trim_start_matches('#').trim().to_owned();
            if !line.starts_with("###") {
                now.section.clone_from(&now.heading);
            }
        } else if row && lines.get(i + 1).is_some_and(|next| is_rule(next)) {
            line.clone_into(&mut now.header);
        } else {
            now.text += if item { text } else { line };
            now.text.push('\n');
        }
    }
    finish(&mut now);
    blocks
}

/// The comments of documentation in a file of Rust, as a page.
pub(crate) fn documentation(code: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim_start();
        let text =
            line.strip_prefix("//!").or_else(|| line.strip_prefix("///")).unwrap_or_default();
        text.strip_prefix(' ').unwrap_or(text).to_owned()
    };
    code.lines().map(comment).collect::<Vec<_>>().join("\n")
}
