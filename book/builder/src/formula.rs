//! Formulas: found in Markdown between dollar signs, turned into MathML.

use std::ops::Range;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use mdbook_driver::errors::{Error, Result};
use pulldown_cmark::{Event, Options, Parser};

/// A formula of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// Where it stands in the Markdown, dollar signs included.
    pub range: Range<usize>,
    /// What stands between the dollar signs: LaTeX.
    pub latex: String,
    /// Whether it has a line of its own: `$$...$$` instead of `$...$`.
    pub display: bool,
}

/// The formulas of a page, in order.
pub fn formulas(markdown: &str) -> Vec<Formula> {
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES;
    let events = Parser::new_ext(markdown, options).into_offset_iter();
    events
        .filter_map(|(event, range)| match event {
            Event::InlineMath(latex) => {
                Some(Formula { range, latex: latex.into_string(), display: false })
            }
            Event::DisplayMath(latex) => {
                Some(Formula { range, latex: latex.into_string(), display: true })
            }
            _ => None,
        })
        .collect()
}

/// The formula as MathML, written so that Markdown leaves it alone.
///
/// A row of an environment ends with `\cr`: code hosts read the usual two backslashes as one.
///
/// # Errors
/// LaTeX that does not parse.
pub fn to_mathml(formula: &Formula) -> Result<String> {
    let display = match formula.display {
        true => MathDisplay::Block,
        false => MathDisplay::Inline,
    };
    let converter = LatexToMathML::new(MathCoreConfig::default())
        .map_err(|error| Error::msg(format!("{error:?}")))?;
    let latex = formula.latex.replace("\\cr", "\\\\");
    let converted = converter
        .convert_with_local_state(&latex, display)
        .map_err(|error| Error::msg(format!("{}: {error:?}", formula.latex)))?;
    let mathml = hide_from_markdown(&lower_primes(&converted.mathml));
    Ok(match formula.display {
        // A block of HTML ends at an empty line: Markdown does not look inside.
        true => format!("<div class=\"formula\">{mathml}</div>"),
        false => mathml,
    })
}

/// The sign for a derivative or a next state.
const PRIME: &str = "<mo>′</mo>";

/// Primes beside their letters instead of in a superscript.
///
/// The sign is high and small already. Chromium, which takes no other form of it for superscripts,
/// would raise and shrink it a second time.
fn lower_primes(mathml: &str) -> String {
    let mut lowered = mathml.to_owned();
    for name in ["msup", "msubsup"] {
        let (open, close) = (format!("<{name}>"), format!("{PRIME}</{name}>"));
        while let Some(end) = lowered.find(&close) {
            let Some(start) = last_open(&lowered[..end], &open, &format!("</{name}>")) else {
                break;
            };
            let inside = &lowered[start + open.len()..end];
            let beside = match first_element(inside) {
                Some((base, index)) if name == "msubsup" => {
                    format!("<msub><mrow>{base}{PRIME}</mrow>{index}</msub>")
                }
                _ => format!("<mrow>{inside}{PRIME}</mrow>"),
            };
            lowered.replace_range(start..end + close.len(), &beside);
        }
    }
    lowered
}

/// Where the last element begins that is open at the end of the text.
fn last_open(text: &str, open: &str, close: &str) -> Option<usize> {
    let opened = text.match_indices(open).map(|(place, _)| (place, true));
    let closed = text.match_indices(close).map(|(place, _)| (place, false));
    let mut tags: Vec<_> = opened.chain(closed).collect();
    tags.sort_unstable();
    let mut still_open = Vec::new();
    for (place, opens) in tags {
        match opens {
            true => still_open.push(place),
            false => drop(still_open.pop()),
        }
    }
    still_open.pop()
}

/// The first element of the text, and what follows it.
fn first_element(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (start, _) in text.match_indices('<') {
        let end = start + text[start..].find('>')? + 1;
        let tag = &text[start..end];
        depth += match (tag.starts_with("</"), tag.ends_with("/>")) {
            (true, _) => -1,
            (false, true) => 0,
            (false, false) => 1,
        };
        if depth == 0 {
            return Some(text.split_at(end));
        }
    }
    None
}

/// Text that Markdown could take for emphasis, code, a link or a cell, as character references.
fn hide_from_markdown(mathml: &str) -> String {
    let mut hidden = String::with_capacity(mathml.len());
    let mut inside_tag = false;
    for c in mathml.chars() {
        match c {
            '<' => inside_tag = true,
            '>' => inside_tag = false,
            _ => {}
        }
        match c {
            '\n' => hidden.push(' '),
            '*' | '_' | '`' | '[' | ']' | '~' | '|' | '\\' | '$' if !inside_tag => {
                hidden.push_str(&format!("&#{};", c as u32));
            }
            _ => hidden.push(c),
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_formulas_and_no_prices_or_code() {
        let markdown = "With $a_i$, and\n\n$$b^2$$\n\nnot `$x$`.\n\n```text\n$y$\n```\n";
        let found = formulas(markdown);
        let latex: Vec<_> = found.iter().map(|f| (f.latex.as_str(), f.display)).collect();
        assert_eq!(latex, [("a_i", false), ("b^2", true)]);
        assert_eq!(&markdown[found[0].range.clone()], "$a_i$");
    }

    #[test]
    fn leaves_nothing_for_markdown() {
        let formula = Formula { range: 0..0, latex: "[a]*b".into(), display: false };
        let mathml = to_mathml(&formula).unwrap();
        assert!(mathml.starts_with("<math>"), "{mathml}");
        assert!(mathml.contains("&#91;") && !mathml.contains('*'), "{mathml}");
    }

    #[test]
    fn ends_rows() {
        let latex = r"\begin{aligned} a &= b \cr c &= d \end{aligned}".into();
        let formula = Formula { range: 0..0, latex, display: true };
        assert_eq!(to_mathml(&formula).unwrap().matches("<mtr>").count(), 2);
    }

    #[test]
    fn puts_primes_beside_their_letters() {
        for (latex, beside) in [
            ("f'(y)", "<mrow><mi>f</mi><mo>′</mo></mrow>"),
            (r"\sum_{s'}", "<mrow><mi>s</mi><mo>′</mo></mrow></munder>"),
            ("c_0'", "<msub><mrow><mi>c</mi><mo>′</mo></mrow><mn>0</mn></msub>"),
            (r"{a_1}_2'", "<msub><mrow><msub><mi>a</mi><mn>1</mn></msub><mo>′</mo></mrow>"),
            (r"{x^2}'", "<mrow><msup><mi>x</mi><mn>2</mn></msup><mo>′</mo></mrow>"),
            (r"{x'}'", "<mrow><mrow><mi>x</mi><mo>′</mo></mrow><mo>′</mo></mrow>"),
        ] {
            let formula = Formula { range: 0..0, latex: latex.into(), display: false };
            let mathml = to_mathml(&formula).unwrap();
            assert!(mathml.contains(beside), "{latex}: {mathml}");
        }
        // A square stays where it was.
        let square = Formula { range: 0..0, latex: "x^2".into(), display: false };
        assert!(to_mathml(&square).unwrap().contains("<msup><mi>x</mi><mn>2</mn></msup>"));
    }

    #[test]
    fn refuses_what_is_no_latex() {
        for latex in [r"\frac{a}", r"\nosuchcommand", "a}"] {
            let formula = Formula { range: 0..0, latex: latex.into(), display: true };
            let error = to_mathml(&formula).unwrap_err().to_string();
            assert!(error.contains(latex), "{error}");
        }
    }
}
