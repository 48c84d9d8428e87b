//! Reads one cell: a number, a missing value, or a mistake, with a hint at what it looks like.

/// The largest size of a number: levels of larger ones could overflow.
const LARGEST: f64 = 1e290;
/// The smallest size of a number other than 0: differences of smaller ones lose digits.
const SMALLEST: f64 = 1e-290;

/// Words for a missing value, in any case.
const MISSING: [&str; 13] = [
    "na", "n/a", "nan", "-nan", "null", "none", "<na>", "-1.#ind", "1.#ind", "-1.#qnan", "1.#qnan",
    "(null)", "missing",
];
/// Errors of spreadsheets that end in neither `!` nor `?`.
const ERRORS: [&str; 10] =
    ["#N/A", "#NA", "#N/A N/A", "#N/D", "#NV", "#NB", "#I/T", "#Н/Д", "#GETTING_DATA", "#N/B"];

/// Errors of spreadsheets that end in `!` or `?`, without these marks and in capitals. They are known in any
/// case; any other word is an error in capitals only.
const MARKED: [&str; 44] = [
    "DIV/0",
    "VALUE",
    "REF",
    "NAME",
    "NUM",
    "NULL",
    "ERROR",
    "SPILL",
    "CALC",
    "CONNECT",
    "BLOCKED",
    "UNKNOWN",
    "FIELD",
    "BUSY",
    "PYTHON",
    "EXTERNAL",
    "WERT",
    "BEZUG",
    "ZAHL",
    "ÜBERLAUF",
    "VALEUR",
    "NOM",
    "NOMBRE",
    "NUL",
    "VALOR",
    "NULO",
    "DESBORDAMIENTO",
    "VALORE",
    "RIF",
    "NOME",
    "WAARDE",
    "VERW",
    "NAAM",
    "GETAL",
    "LEEG",
    "DEEL/0",
    "ЗНАЧ",
    "ССЫЛКА",
    "ИМЯ",
    "ЧИСЛО",
    "ПУСТО",
    "ДЕЛ/0",
    "ARG",
    "ADR",
];

/// The content of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A missing value: empty, or a word for it.
    Missing,
    /// A number. `rounded`: it is a whole number with more digits than 53 bits hold.
    Number { value: f64, rounded: bool },
    /// Anything else: what was expected and what was found.
    Wrong(String),
}

impl Cell {
    /// Reads a cell that has no spaces around it. Decimals have a point, or with `decimal_comma` a comma.
    pub(crate) fn of(cell: &str, decimal_comma: bool) -> Self {
        if is_missing(cell) {
            return Self::Missing;
        }
        let Some(value) = number(cell, decimal_comma) else {
            return Self::Wrong(format!(
                "expected a finite number, found {}{}",
                shown(cell),
                hint(cell, decimal_comma)
            ));
        };
        let digits = cell.split(['e', 'E']).next().unwrap_or_default();
        let is_zero = !digits.contains(|c: char| ('1'..='9').contains(&c));
        let size = value.abs();
        if size > LARGEST || (size < SMALLEST && !is_zero) {
            let found = shown(cell);
            return Self::Wrong(format!(
                "expected 0 or a number whose size is {SMALLEST:e} to {LARGEST:e}, found {found}: \
                 choose another unit"
            ));
        }
        let rounded = cell.parse::<i128>().is_ok_and(|whole| value as i128 != whole);
        Self::Number { value, rounded }
    }
}

/// Whether a cell is a missing value: empty, or a word for it.
pub(crate) fn is_missing(cell: &str) -> bool {
    cell.is_empty()
        || MISSING.contains(&cell.to_ascii_lowercase().as_str())
        || is_spreadsheet_error(cell)
}

/// Whether a cell is an error of a spreadsheet, in any language: #N/A, #DIV/0!, #NAME?, #¡VALOR!, Err:502.
/// Known errors may be in any case; others must be in capitals, which tell them from a comment.
pub(crate) fn is_spreadsheet_error(cell: &str) -> bool {
    let word = |text: &str| {
        let text = text.trim_end_matches(['!', '?']);
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_lowercase())
    };
    let upper = cell.to_uppercase();
    match upper.strip_prefix('#') {
        Some(_) if ERRORS.contains(&upper.as_str()) => true,
        Some(rest) if MARKED.contains(&rest.trim_matches(['!', '?', '¡', '¿'])) => {
            rest.ends_with(['!', '?'])
        }
        Some(_) => cell.ends_with(['!', '?']) && word(&cell[1..]),
        None => upper
            .strip_prefix("ERR:")
            .is_some_and(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit())),
    }
}

/// Parses a number with a decimal point, or with a decimal comma and no point. Words for infinity are not
/// numbers.
pub(crate) fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    let value: f64 = match decimal_comma {
        true if cell.contains('.') => return None,
        true => cell.replacen(',', ".", 1).parse().ok()?,
        false => cell.parse().ok()?,
    };
    // A word for infinity has no digit; 1e999 has, and is too large.
    (value.is_finite() || cell.contains(|c: char| c.is_ascii_digit())).then_some(value)
}

/// The first 40 characters of a cell, in quotes.
fn shown(cell: &str) -> String {
    format!("{:?}", cell.chars().take(40).collect::<String>())
}

/// Advice for a cell that is not a number.
fn hint(cell: &str, decimal_comma: bool) -> &'static str {
    let is_number = |text: &str| number(text, decimal_comma).is_some();
    let has_digit = cell.contains(|c: char| c.is_ascii_digit());
    let lower = cell.to_lowercase();
    let minus = cell.replace(['\u{2212}', '\u{2013}', '\u{2014}', '\u{fe63}', '\u{ff0d}'], "-");
    if cell.contains(['\n', '\r']) {
        " (a cell with several lines: is there a quote too many?)"
    } else if minus != cell && is_number(&minus) {
        " (this is not the minus sign of the keyboard: write -)"
    } else if cell.chars().all(|c| c == '#') {
        " (a spreadsheet writes this where a column is too narrow: widen it and save again)"
    } else if decimal_comma && cell.parse::<f64>().is_ok_and(f64::is_finite) {
        " (a decimal point, where --decimal-comma expects a comma)"
    } else if !decimal_comma && has_digit && cell.replace(',', ".").parse::<f64>().is_ok() {
        " (write 12.5, not 12,5, or choose --decimal-comma; no comma between thousands)"
    } else if is_grouped(cell) {
        " (no separators between thousands: write 1234567)"
    } else if cell.ends_with(['%', '\u{2030}']) {
        " (no percent signs: write the number alone)"
    } else if cell.starts_with(['<', '>', '\u{2264}', '\u{2265}', '~', '\u{2248}']) && has_digit {
        " (a bound is not a value: a fit of maxima cannot use it)"
    } else if is_date(cell) {
        " (a date or a time: choose the column of the maxima)"
    } else if has_digit && cell.split_whitespace().all(is_number) {
        " (several numbers: are the columns separated by spaces? Choose --delimiter space)"
    } else if lower.replace(['d', 'q'], "e").parse::<f64>().is_ok() && has_digit {
        " (write the exponent with e, as 1.5e3)"
    } else if cell.starts_with('#') {
        " (a line that begins with # is a comment only before the first row)"
    } else if has_digit {
        " (a number with a unit or a mark? Write the number alone)"
    } else if lower.contains("inf") || cell.contains('\u{221e}') {
        " (an infinite value cannot be fitted)"
    } else if cell.chars().any(char::is_numeric) {
        " (write numbers with the digits 0 to 9)"
    } else {
        " (is it a missing value? Leave the cell empty, or write NA)"
    }
}

/// Whether a cell has digits in groups of three, as 1,234,567.8 or 1 234 or 1.234,5.
fn is_grouped(cell: &str) -> bool {
    let body = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    const BETWEEN: [char; 8] = [',', '.', '\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}', '_'];
    let Some(mark) = body.chars().find(|c| BETWEEN.contains(c)) else { return false };
    let mut groups: Vec<&str> = body.split(mark).collect();
    // A decimal part with another mark may follow the last group.
    let last = groups.pop().unwrap_or_default();
    let whole = last.split(['.', ',']).next().unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let decimals = last[whole.len()..].trim_start_matches(['.', ',']);
    digits(groups[0])
        && groups[0].len() <= 3
        && groups[1..].iter().chain([&whole]).all(|group| digits(group) && group.len() == 3)
        && (decimals.is_empty() || digits(decimals))
}

/// Whether a cell is two or three numbers, separated as in dates or times.
pub(crate) fn is_date(cell: &str) -> bool {
    let date = cell.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['-', '/', ':', '.']).collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len()) && parts.iter().all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_spreadsheets_are_missing_values() {
        for cell in [
            "",
            "NA",
            "n/a",
            "NaN",
            "NULL",
            "None",
            "#N/A",
            "#n/a",
            "#DIV/0!",
            "#VALUE!",
            "#REF!",
            "#NAME?",
            "#NUM!",
            "#NULL!",
            "#GETTING_DATA",
            "#SPILL!",
            "#CALC!",
            "#CONNECT!",
            "#BLOCKED!",
            "#UNKNOWN!",
            "#FIELD!",
            "#BUSY!",
            "#PYTHON!",
            "#EXTERNAL!",
            "#WERT!",
            "#NV",
            "#VALEUR!",
            "#¡VALOR!",
            "#¿NOMBRE?",
            "#ССЫЛКА!",
            "#Н/Д",
            "Err:502",
            "err:522",
            // In the spelling of other programs.
            "#Div/0!",
            "#div/0!",
            "#value!",
            "#Ref!",
            "#name?",
            "#num!",
            "#Wert!",
            "#¡valor!",
            "#¿Nombre?",
            "#ссылка!",
            "#n/d",
            "#getting_data",
        ] {
            assert_eq!(Cell::of(cell, false), Cell::Missing, "{cell}");
        }
        for cell in [
            "#", "##", "####", "#!", "#5", "# N/A", "#Hello!", "#1 of 2!", "#value", "Err:5", "-",
            "?",
        ] {
            assert!(matches!(Cell::of(cell, false), Cell::Wrong(_)), "{cell}");
        }
    }

    #[test]
    fn numbers_are_read_to_the_last_bit_or_refused() {
        let plain = |value| Cell::Number { value, rounded: false };
        for (cell, value) in [
            ("1", 1.0),
            ("-2.5e1", -25.0),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("0e0", 0.0),
            ("-0.0", 0.0),
            ("0e-999", 0.0),
            ("1e290", 1e290),
            ("-1E-290", -1e-290),
            ("9007199254740992", 9_007_199_254_740_992.0),
        ] {
            assert_eq!(Cell::of(cell, false), plain(value), "{cell}");
        }
        let whole = Cell::of("9007199254740993", false);
        assert_eq!(whole, Cell::Number { value: 9_007_199_254_740_992.0, rounded: true });
        assert_eq!(Cell::of("1,5", true), plain(1.5));
        for cell in ["1e999", "-1e291", "1e-999", "2e-300", "1.8e308"] {
            let Cell::Wrong(problem) = Cell::of(cell, false) else { panic!("{cell}") };
            let part = format!("size is 1e-290 to 1e290, found {cell:?}");
            assert!(problem.contains(&part), "{problem}");
        }
    }

    #[test]
    fn cells_that_look_like_numbers_get_a_hint() {
        for (cell, part) in [
            ("inf", "infinite"),
            ("-Infinity", "infinite"),
            ("\u{221e}", "infinite"),
            ("\u{2212}5", "not the minus sign of the keyboard"),
            ("2,5", "choose --decimal-comma"),
            ("1,234.5", "between thousands"),
            ("1 234", "between thousands"),
            ("1\u{a0}234\u{a0}567", "between thousands"),
            ("1'234.5", "between thousands"),
            ("12.345.678", "between thousands"),
            ("1_234", "between thousands"),
            ("12 %", "percent"),
            ("95\u{2030}", "percent"),
            ("<5", "a bound"),
            ("> 300", "a bound"),
            ("1936-03-19", "a date"),
            ("03/19/1936", "a date"),
            ("19.03.1936", "a date"),
            ("12:30", "a date or a time"),
            ("1936-03-19T12:30", "a date"),
            ("2001 312.5", "--delimiter space"),
            ("1.5D+03", "as 1.5e3"),
            ("312 m3/s", "a unit or a mark"),
            ("312*", "a unit or a mark"),
            ("5e", "a unit or a mark"),
            ("$312", "a unit or a mark"),
            ("e312", "a unit or a mark"),
            ("\u{663}\u{661}", "digits 0 to 9"),
            ("'312'", "a unit or a mark"),
            ("(312)", "a unit or a mark"),
            ("# the end", "a comment only before the first row"),
            ("####", "too narrow"),
            ("1\n2", "several lines"),
            ("-", "missing value"),
            ("---", "missing value"),
            ("high", "missing value"),
        ] {
            let Cell::Wrong(problem) = Cell::of(cell, false) else { panic!("{cell}") };
            assert!(problem.contains(part), "{cell}: {problem}");
            assert!(problem.starts_with("expected a finite number, found \""), "{problem}");
        }
        let Cell::Wrong(problem) = Cell::of("1.5", true) else { panic!() };
        assert!(problem.contains("--decimal-comma expects a comma"), "{problem}");
        let Cell::Wrong(problem) = Cell::of("1.265,5", true) else { panic!() };
        assert!(problem.contains("between thousands"), "{problem}");
    }
}
