//! Warnings about a fit, to read before using its levels: each is given only if the values call for it.

use crate::analysis::Analysis;
use crate::format::{number, p_value};

/// Fewer values than this are called few.
const FEW: usize = 20;
/// A p-value below this speaks against the law.
const SMALL: f64 = 0.05;
/// A period of more than this many times the number of values is called far.
const FAR: f64 = 2.0;
/// More values than this are seldom yearly maxima.
const MANY: usize = 250;
/// A correlation of neighbours of more than this many times 1 / sqrt(n), its deviation by chance, is called
/// large: chance gives one in two thousand.
const LARGE: f64 = 3.3;
/// Steps between floating-point numbers of more than this share of the scale are coarse.
const COARSE: f64 = 1e-3;
/// A value that more than this share of all values are equal to is called a heap.
const HEAP: f64 = 0.2;

impl Analysis {
    /// Warnings to read before using the levels, those about the table among them.
    pub fn warnings(&self) -> Vec<String> {
        let (column, n) = (self.column(), self.fit().count());
        let values = column.values.as_slice();
        let mut warnings = Vec::new();
        if n == 2 {
            warnings.push(
                "Two values are too few for any use of the levels: any two fit equally well, so nothing shows \
                 whether the law is right."
                    .to_owned(),
            );
        }
        warnings.extend(column.warnings.iter().cloned());
        if column.rounded > 0 {
            warnings.push(format!(
                "{} of the values are whole numbers beyond 9007199254740992 (2^53) with more digits than are kept: \
                 they were rounded.",
                column.rounded
            ));
        }
        let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let step = largest * f64::EPSILON;
        if step > COARSE * self.fit().scale() {
            warnings.push(format!(
                "Numbers as large as these are kept in steps of up to {step:.1e}, and so are the levels: subtract \
                 what all values share, as {}, for finer ones.",
                number(values.iter().copied().fold(f64::INFINITY, f64::min))
            ));
        }
        let counting = counting_warning(&column.name, values);
        warnings.extend(counting.clone());
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        warnings.extend(outlier_warning(&sorted));
        warnings.extend(heap_warning(&sorted));
        if n > MANY {
            warnings.push(format!(
                "{n} values are many for yearly maxima. A period counts values: with one value a day the \
                 level of period 100 is exceeded once in 100 days. If these are all measurements, not the \
                 maxima of blocks, take the largest of each block first."
            ));
        }
        if let Some(correlation) = neighbour_correlation(values).filter(|_| counting.is_none()) {
            warnings.push(format!(
                "Values are like their neighbours in the file (rank correlation {correlation:.2}), so they are not \
                 independent, and the bounds are too narrow. Raw measurements in place of maxima look like this, \
                 and so does a trend."
            ));
        }
        if let Some(p) = self.p_value().filter(|&p| p < SMALL) {
            warnings.push(format!(
                "The goodness-of-fit p-value is {}: values of a Gumbel law are seldom as far from their \
                 fit, so do not rely on the levels. Look at quantiles.png for an outlier, a trend or \
                 two kinds of event; take longer blocks, or a law with one more parameter (GEV).",
                p_value(Some(p))
            ));
        }
        if (3..FEW).contains(&n) {
            warnings.push(format!(
                "{n} values are few: the bounds are wide, and a wrong law would hardly be noticed."
            ));
        }
        let longest = self.settings().periods.iter().copied().fold(0.0, f64::max);
        let reach = FAR * n as f64;
        if longest > reach && n >= FEW {
            warnings.push(format!(
                "Levels of periods beyond {reach} lie far outside of {n} values: their bounds hold \
                 only if the values really are of a Gumbel law."
            ));
        }
        warnings
    }
}

/// Warns of values that count something in place of measuring it: years, dates, rows.
fn counting_warning(name: &str, values: &[f64]) -> Option<String> {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let question = "is this the column of the maxima?";
    let (from, to) = (number(low), number(high));
    let n = values.len();
    if values.iter().all(|v| v.fract() == 0.0) {
        let mut distinct: Vec<f64> = values.to_vec();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let once = distinct.len() == n && high - low < 2.0 * n as f64;
        if low >= 1000.0 && high < 3000.0 && n > 2 && (once || is_year(name)) {
            return Some(format!("The values look like years ({from} to {to}): {question}"));
        }
        let is_date = |&value: &f64| {
            let date = value as i64;
            let (month, day) = (date / 100 % 100, date % 100);
            (17_000_000..30_000_000).contains(&date) && (0..=12).contains(&month) && day <= 31
        };
        if n > 2 && values.iter().all(is_date) {
            return Some(format!("The values look like dates ({from} to {to}): {question}"));
        }
    }
    let step = values.get(1)? - values[0];
    let even = |pair: &[f64]| (pair[1] - pair[0] - step).abs() <= 1e-9 * step.abs();
    (n > 3 && step != 0.0 && values.windows(2).all(even)).then(|| {
        format!(
            "Each value is {} {} than the one before it, as in a count of rows ({from} to {to}): {question}",
            number(step.abs()),
            if step > 0.0 { "more" } else { "less" }
        )
    })
}

/// Whether the name of a column means year, in some languages.
fn is_year(name: &str) -> bool {
    const YEARS: [&str; 14] = [
        "year",
        "years",
        "yr",
        "year_nu",
        "water_year",
        "water year",
        "wateryear",
        "jahr",
        "année",
        "annee",
        "año",
        "anno",
        "年",
        "年份",
    ];
    YEARS.contains(&name.trim().to_lowercase().as_str())
}

/// Warns of a smallest or largest value far from all others: a mark for missing data, or a slip.
fn outlier_warning(sorted: &[f64]) -> Option<String> {
    let n = sorted.len();
    let (low, high) = (sorted[0], sorted[n - 1]);
    let lows = sorted.partition_point(|&v| v <= low);
    let highs = n - sorted.partition_point(|&v| v < high);
    let end = |value: f64, count: usize, rest: &[f64]| {
        let (&[first, ..], &[.., last]) = (rest, rest) else { return None };
        let gap = (value - first).abs().min((value - last).abs());
        let range = last - first;
        let far = if is_mark(value) { gap > range } else { range > 0.0 && gap > 20.0 * range };
        (rest.len() >= 4 && far).then(|| {
            let (value, first, last) = (number(value), number(first), number(last));
            let these = match count {
                1 => format!("One value is {value}"),
                count => format!("{count} values are {value}"),
            };
            format!(
                "{these}, far from the others ({first} to {last}), and fitted like them: a mark for missing \
                 data, or a slip? Leave such cells empty."
            )
        })
    };
    end(low, lows, &sorted[lows..]).or_else(|| end(high, highs, &sorted[..n - highs]))
}

/// Whether a number is a usual mark for a missing value: -999, 9999, -99.9, -32768.
fn is_mark(value: f64) -> bool {
    let digits: String = number(value.abs()).chars().filter(|&c| c != '.').collect();
    let nines = digits.trim_end_matches('0');
    (nines.len() >= 2 && nines.bytes().all(|byte| byte == b'9')) || value == -32_768.0
}

/// Warns of a value that many values are equal to.
fn heap_warning(sorted: &[f64]) -> Option<String> {
    let n = sorted.len();
    let heap = sorted.chunk_by(|a, b| a == b).max_by_key(|equal| equal.len())?;
    (n >= 10 && heap.len() as f64 > HEAP * n as f64).then(|| {
        format!(
            "{} of {n} values are {}: no value of a Gumbel law repeats so often.",
            heap.len(),
            number(heap[0])
        )
    })
}

/// The rank correlation of each value with the next one, if it is too large for chance. Values in rising or
/// falling order were sorted: their order means nothing.
fn neighbour_correlation(values: &[f64]) -> Option<f64> {
    let n = values.len();
    if n < FEW || values.is_sorted() || values.is_sorted_by(|a, b| a >= b) {
        return None;
    }
    let ranks = ranks(values);
    let middle = (n as f64 - 1.0) / 2.0;
    let square: f64 = ranks.iter().map(|rank| (rank - middle).powi(2)).sum();
    let product: f64 = ranks.windows(2).map(|r| (r[0] - middle) * (r[1] - middle)).sum();
    let correlation = product / square;
    (correlation > LARGE / (n as f64).sqrt()).then_some(correlation)
}

/// The rank of each value from 0; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = first as f64 + (equal.len() as f64 - 1.0) / 2.0;
        equal.iter().for_each(|&index| ranks[index] = mean);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use gumbel::Key;
    use gumbel::distribution::Gumbel;

    use super::*;
    use crate::analysis::Settings;
    use crate::table::Column;

    fn drawn(n: usize, seed: u64) -> Vec<f64> {
        let mut values = vec![0.0; n];
        Gumbel::new(100.0, 20.0).unwrap().sample_into(Key::new(seed), 0, &mut values);
        values
    }

    fn warnings(name: &str, values: Vec<f64>) -> Vec<String> {
        let settings = Settings { periods: vec![10.0], bootstrap: 39, ..Settings::default() };
        let column = Column { name: name.to_owned(), values, ..Column::default() };
        Analysis::of(column, settings).unwrap().warnings()
    }

    /// Exactly one of the warnings begins so.
    fn assert_warns(name: &str, values: Vec<f64>, start: &str) {
        let warnings = warnings(name, values);
        let found = warnings.iter().filter(|warning| warning.starts_with(start)).count();
        assert_eq!(found, 1, "{start}: {warnings:?}");
    }

    #[test]
    fn yearly_maxima_are_fitted_without_a_warning() {
        for seed in 0..20 {
            let rounded = drawn(60, seed).iter().map(|v| v.round()).collect();
            for values in [drawn(60, seed), rounded] {
                let warnings = warnings("flow", values);
                let chance = warnings.iter().all(|s| s.starts_with("The goodness-of-fit"));
                assert!(chance, "{seed}: {warnings:?}");
            }
        }
        let mut sorted = drawn(60, 1);
        sorted.sort_by(f64::total_cmp);
        assert!(warnings("flow", sorted).is_empty());
    }

    #[test]
    fn counts_are_not_maxima() {
        let years = "The values look like years (1961 to 2020): is this the column";
        assert_warns("y", (1961..=2020).map(f64::from).collect(), years);
        // Ranked by something else, and with a year missing or twice.
        let ranked = (0..60).map(|i| f64::from(1961 + i * 7 % 60)).collect();
        assert_warns("y", ranked, years);
        let twice: Vec<f64> = (1961..=2020).chain([1990, 1991]).map(f64::from).collect();
        assert_warns("Water_Year", twice.clone(), years);
        assert!(!warnings("flow", twice).iter().any(|s| s.contains("look like years")));
        assert_warns(
            "x",
            (1..=30).map(f64::from).collect(),
            "Each value is 1 more than the one before",
        );
        assert_warns("x", (1..=30).rev().map(f64::from).collect(), "Each value is 1 less than");
        assert_warns(
            "x",
            (0..30).map(|i| 0.1 * f64::from(i)).collect(),
            "Each value is 0.1 more than",
        );
        let dates = (1..=12).map(|m| f64::from(20_200_003 + 100 * m)).collect();
        assert_warns("x", dates, "The values look like dates (20200103 to 20201203)");
    }

    #[test]
    fn daily_values_are_not_maxima() {
        let season = |i: i32| 100.0 + 30.0 * (f64::from(i) * std::f64::consts::TAU / 365.0).sin();
        let daily: Vec<f64> =
            drawn(3650, 4).iter().zip(0..).map(|(v, i)| season(i) + 0.1 * v).collect();
        assert_warns("flow", daily.clone(), "3650 values are many for yearly maxima");
        assert_warns(
            "flow",
            daily,
            "Values are like their neighbours in the file (rank correlation 0.9",
        );
        let mut rain = drawn(400, 5);
        rain.iter_mut().step_by(3).for_each(|v| *v = 0.0);
        assert_warns("rain", rain, "134 of 400 values are 0: ");
    }

    #[test]
    fn marks_for_missing_data_are_noticed() {
        for mark in [-999.0, -9999.0, -99.9, 99_999.0, -32_768.0, 1e20] {
            let mut values = drawn(40, 6);
            values[3] = mark;
            assert_warns(
                "flow",
                values.clone(),
                &format!("One value is {}, far from", number(mark)),
            );
            values[9] = mark;
            assert_warns("flow", values, &format!("2 values are {}, far from", number(mark)));
        }
        for value in [99.0, 60.0, 350.0] {
            let mut values = drawn(40, 6);
            values[3] = value;
            assert!(!warnings("flow", values).iter().any(|s| s.contains("a slip")), "{value}");
        }
    }

    #[test]
    fn two_values_have_no_p_value() {
        assert_warns("flow", vec![3.0, 5.0], "Two values are too few for any use");
        assert!(
            warnings("flow", vec![3.0, 5.0, 9.0]).iter().any(|s| s.starts_with("3 values are few"))
        );
    }

    #[test]
    fn numbers_with_too_many_digits_are_coarse() {
        let near = |start: f64| drawn(40, 6).iter().map(|v| start + v).collect::<Vec<_>>();
        assert_warns(
            "x",
            near(1e15),
            "Numbers as large as these are kept in steps of up to 2.2e-1, and so",
        );
        assert!(!warnings("x", near(1e13)).iter().any(|s| s.starts_with("Numbers as large")));
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, -2.0]), [2.5, 1.0, 2.5, 0.0]);
        assert_eq!(number(1e290), "1e290");
        assert_eq!(number(-312.5), "-312.5");
    }
}
