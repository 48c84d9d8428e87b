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
    let mathml = hide_from_markdown(&converted.mathml);
    Ok(match formula.display {
        // A block of HTML ends at an empty line: Markdown does not look inside.
        true => format!("<div class=\"formula\">{mathml}</div>"),
        false => mathml,
    })
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
    fn refuses_what_is_no_latex() {
        for latex in [r"\frac{a}", r"\nosuchcommand", "a}"] {
            let formula = Formula { range: 0..0, latex: latex.into(), display: true };
            let error = to_mathml(&formula).unwrap_err().to_string();
            assert!(error.contains(latex), "{error}");
        }
    }
}
