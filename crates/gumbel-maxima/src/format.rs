//! Numbers as text: in full, as a share, as a p-value, and with the digits that an error allows.

/// A number as text: in full, or with an exponent where that is long.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || (1e-5..1e16).contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// Formats a share in per cent: 0.95 as `95 %`.
pub fn percent(confidence: f64) -> String {
    // Enough digits for a confidence, and none of the rounding error of the product.
    let text = format!("{:.10}", 100.0 * confidence);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Formats a p-value as text.
pub fn p_value(p: Option<f64>) -> String {
    match p {
        None => "none (any two values fit equally well)".to_owned(),
        Some(p) if p < 0.1 => format!("{p:.4}"),
        Some(p) => format!("{p:.2}"),
    }
}

/// Rounds a value to the place of the third digit of its error.
pub(crate) fn rounded(value: f64, error: f64) -> String {
    let decimals = 2 - error.log10().floor() as i32;
    let size = value.abs().max(error);
    let place = size.log10().floor() as i32;
    if value.abs() >= 1e9 || (decimals > 9 && size < 1e-3) {
        return format!("{value:.*e}", (place + decimals).clamp(0, 16) as usize);
    }
    // At most the 15 digits that every f64 holds.
    format!("{value:.*}", decimals.min(14 - place).max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_in_per_cent() {
        assert_eq!(percent(0.95), "95 %");
        assert_eq!(percent(0.995), "99.5 %");
    }

    #[test]
    fn numbers_have_the_digits_that_their_error_allows() {
        for (value, error, text) in [
            (192.003_4, 10.3, "192.0"),
            (10.3, 10.3, "10.3"),
            (0.012_345_6, 0.000_123, "0.012346"),
            (123_456.7, 2345.0, "123457"),
            (-4.999, 0.05, "-4.9990"),
            (1.5e300, 1.0e299, "1.500e300"),
            (2.5e-12, 1.0e-13, "2.500e-12"),
            // Values that are close together, none of them large or small.
            (5.000_000_000_004_39, 2.5e-12, "5.00000000000439"),
            (-312.5, 1e-13, "-312.500000000000"),
            (0.25, 1e-12, "0.25000000000000"),
            (2.5e-12, 2.5e-12, "2.50e-12"),
        ] {
            assert_eq!(rounded(value, error), text);
        }
    }
}
