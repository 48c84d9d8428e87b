//! The kind of the code between encoder and decoder.

use std::fmt;
use std::str::FromStr;

use gumbel::Key;

use crate::error::LabError;

/// Discrete choices: v variables of k classes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The number of variables, v.
    pub variables: usize,
    /// The number of classes of each variable, k.
    pub classes: usize,
}

/// The kind and the size of the code, written `20x10` or `gaussian:16`.
///
/// ```
/// use gumbel_lab::vae::Latents;
/// assert_eq!("gaussian:16".parse::<Latents>()?, Latents::Gaussian(16));
/// assert_eq!("20x10".parse::<Latents>()?.to_string(), "20x10");
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latents {
    /// Discrete choices, each one-hot in the code.
    Categorical(Choices),
    /// Gaussian latents, this many: numbers that are normal given the image.
    Gaussian(usize),
}

impl Latents {
    /// The length of a code: v k one-hot entries, or the number of dimensions. Drawing the code of an image
    /// uses as many noise values.
    pub fn code_size(self) -> usize {
        match self {
            Self::Categorical(Choices { variables, classes }) => variables * classes,
            Self::Gaussian(dimensions) => dimensions,
        }
    }

    /// The number of encoder outputs for an image: the logits, or mu and ln sigma.
    pub(crate) fn encoded_size(self) -> usize {
        match self {
            Self::Categorical(_) => self.code_size(),
            Self::Gaussian(dimensions) => 2 * dimensions,
        }
    }
}

impl FromStr for Latents {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let wrong = || {
            let expected = "expected VARIABLESxCLASSES, at least 1x2, or gaussian:DIMENSIONS, at \
                            least 1, and at most 1,000,000 encoder outputs";
            let example = "(for example 20x10 or gaussian:16)";
            LabError::setting("latents", format!("{expected} {example}, found {text:?}"))
        };
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        if let Some(dimensions) = text.strip_prefix("gaussian:") {
            let dimensions = number(dimensions)?;
            return match dimensions {
                1..=500_000 => Ok(Self::Gaussian(dimensions)),
                _ => Err(wrong()),
            };
        }
        let (variables, classes) = text.split_once('x').ok_or_else(wrong)?;
        let (variables, classes) = (number(variables)?, number(classes)?);
        let logits = variables.checked_mul(classes).ok_or_else(wrong)?;
        if variables == 0 || classes < 2 || logits > 1_000_000 {
            return Err(wrong());
        }
        Ok(Self::Categorical(Choices { variables, classes }))
    }
}

impl fmt::Display for Latents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Categorical(Choices { variables, classes }) => write!(f, "{variables}x{classes}"),
            Self::Gaussian(dimensions) => write!(f, "gaussian:{dimensions}"),
        }
    }
}

/// Computes ln p(z) - ln q(z | x) of each row, from the codes, the key that drew them, and the number of
/// the image in the first row.
pub(crate) type LnRatio = Box<dyn Fn(&[f32], Key, usize) -> Vec<f64>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in ["1x2", "20x10", "gaussian:1", "gaussian:500000"] {
            assert_eq!(name.parse::<Latents>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn invalid_latents_are_named() {
        for bad in [
            "0x10",
            "1x1",
            "20",
            "20x",
            "x10",
            "20x1",
            "-1x10",
            "999999999x999999999",
            "a x b",
            "gaussian",
            "gaussian:",
            "gaussian:0",
            "gaussian:-1",
            "gaussian:500001",
            "normal:3",
        ] {
            let error = bad.parse::<Latents>().unwrap_err().to_string();
            assert!(error.contains("latents") && error.contains(bad), "{error}");
        }
    }
}
