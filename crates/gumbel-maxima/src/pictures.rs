//! The two pictures of a fit.

use gumbel_report::color::{BLUE, INK, SKY, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::analysis::Analysis;
use crate::error::{FitError, MaximaError};
use crate::format::{number, percent};

/// The size of a picture, and whether its title is drawn; a page for telephones has a heading in its place.
#[derive(Clone, Copy)]
struct Form {
    width: u32,
    height: u32,
    titled: bool,
    /// The ticks of an axis.
    ticks: f64,
}

const WIDE: Form = Form { width: 900, height: 480, titled: true, ticks: 8.0 };
const NARROW: Form = Form { width: 400, height: 400, titled: false, ticks: 4.0 };
/// The most values in a plot: of more, only some are drawn.
pub(crate) const MANY: usize = 400;
/// Values that differ by less than this share of their size are drawn minus the smallest one.
const NEAR: f64 = 1e-5;
/// Sizes from `SMALL` to `LARGE` are drawn as they are, others in units of a power of ten.
const SMALL: f64 = 1e-80;
const LARGE: f64 = 1e80;
/// Points of a curve.
const POINTS: i32 = 120;

/// The plotting position of the value of rank i = 1 .. n, a probability: (i - 0.44) / (n + 0.12), the rule
/// of Gringorten (Journal of Geophysical Research 68, 1963) for a Gumbel law.
fn position(rank: usize, n: usize) -> f64 {
    (rank as f64 + 1.0 - 0.44) / (n as f64 + 0.12)
}

/// The ranks from 0 that are drawn: all, or, of many, all at both ends and some between, at even steps of
/// the reduced variate y = -ln(-ln p), so that neither plot has a gap.
fn ranks(n: usize) -> Vec<usize> {
    if n <= MANY {
        return (0..n).collect();
    }
    let ends = MANY / 4;
    let reduced = |rank: usize| -(-position(rank, n).ln()).ln();
    let (low, high) = (reduced(ends - 1), reduced(n - ends));
    let between = (1..=MANY / 2).map(|i| {
        let y = low + (high - low) * i as f64 / (MANY / 2 + 1) as f64;
        ((-(-y).exp()).exp() * n as f64) as usize
    });
    let between = between.filter(|rank| (ends..n - ends).contains(rank));
    let mut ranks: Vec<usize> = (0..ends).chain(between).chain(n - ends..n).collect();
    ranks.dedup();
    ranks
}

/// Turns values into numbers that an axis can show: minus `origin`, divided by `unit`.
struct Unit {
    origin: f64,
    unit: f64,
    /// The label of the unit, after the name of the values; mostly empty.
    label: String,
}

impl Unit {
    /// The unit for values in rising order: their own, unless they share their first digits or are too large
    /// or too small for an axis.
    fn of(sorted: &[f64]) -> Self {
        let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
        let near = high - low < NEAR * low.abs().max(high.abs());
        let origin = if near { low } else { 0.0 };
        let size = (low - origin).abs().max((high - origin).abs());
        let power = format!("1e{}", size.log10().floor());
        let plain = (SMALL..LARGE).contains(&size);
        let unit = if plain { 1.0 } else { power.parse().unwrap_or(1.0) };
        let less = if near { format!(" less {}", number(origin)) } else { String::new() };
        let times = if plain { String::new() } else { format!(", in units of {power}") };
        Self { origin, unit, label: less + &times }
    }

    fn place(&self, value: f64) -> f64 {
        (value - self.origin) / self.unit
    }
}

/// Draws the values against the quantiles of the fitted law, with a simulated envelope.
///
/// # Errors
/// Values that differ in their last digits only, so that no axis can show them.
pub fn quantiles(analysis: &Analysis) -> Result<Sketch, MaximaError> {
    quantiles_in(analysis, WIDE)
}

/// The same as wide as a telephone.
pub(crate) fn narrow_quantiles(analysis: &Analysis) -> Result<Sketch, MaximaError> {
    quantiles_in(analysis, NARROW)
}

fn quantiles_in(analysis: &Analysis, form: Form) -> Result<Sketch, MaximaError> {
    let (fit, n) = (analysis.fit(), analysis.fit().count());
    let mut sorted = analysis.column().values.clone();
    sorted.sort_by(f64::total_cmp);
    let ranks = ranks(n);
    let confidence = analysis.settings().confidence;
    let refused =
        |error: FitError| MaximaError::table(&analysis.column().path, None, error.to_string());
    let envelope = analysis.bootstrap().envelope(&ranks, confidence).map_err(refused)?;
    let fitted: Vec<f64> = ranks
        .iter()
        .map(|&rank| fit.law().quantile(position(rank, n)))
        .collect::<gumbel::Result<_>>()
        .map_err(FitError::from)
        .map_err(refused)?;
    let unit = Unit::of(&sorted);
    let fitted: Vec<f64> = fitted.into_iter().map(|x| unit.place(x)).collect();
    let values = ranks.iter().map(|&r| unit.place(sorted[r]));
    let points: Vec<_> = fitted.iter().copied().zip(values).collect();
    // Two values always lie at the same place about their fit: their envelope has no width.
    let envelope = if n > 2 { envelope } else { Vec::new() };
    let bounds = envelope.iter().map(|&(low, high)| (unit.place(low), unit.place(high)));
    let band: Vec<_> = fitted.iter().zip(bounds).map(|(&x, (low, high))| (x, low, high)).collect();
    let name = short(&analysis.column().name);
    let title = format!("Quantiles of {name} against those of the fitted law");
    let x = fewer_ticks(analysis, &fitted, form)?;
    let y = scale(
        analysis,
        band.iter().flat_map(|b| [b.1, b.2]).chain(points.iter().map(|p| p.1)),
        6.0,
    )?;
    let ends = [(x.low(), x.low()), (x.high(), x.high())];
    let (mut sketch, area) = frame(&title, &y, form);
    let panel = Panel::new(area, x, y);
    panel
        .plain()
        .x_label(format!("quantile of the fitted Gumbel law{}", unit.label))
        .y_label(name + &unit.label)
        .axes(&mut sketch);
    panel.band(&mut sketch, &band, thin(SKY, 0.3));
    panel.line(&mut sketch, ends, Stroke::solid(BLUE));
    panel.points(&mut sketch, points, 3.5, thin(VERMILION, 0.9));
    let percent = percent(confidence);
    legend(
        &mut sketch,
        (area, form),
        "equal to the quantile",
        (n > 2).then(|| format!("where {percent} of such values lie")),
    );
    Ok(sketch)
}

/// Draws the levels over their periods, with bounds, and the values at their plotting positions.
///
/// # Errors
/// As [`quantiles`].
pub fn return_levels(analysis: &Analysis) -> Result<Sketch, MaximaError> {
    return_levels_in(analysis, WIDE)
}

/// The same as wide as a telephone.
pub(crate) fn narrow_return_levels(analysis: &Analysis) -> Result<Sketch, MaximaError> {
    return_levels_in(analysis, NARROW)
}

fn return_levels_in(analysis: &Analysis, form: Form) -> Result<Sketch, MaximaError> {
    let n = analysis.fit().count();
    let mut sorted = analysis.column().values.clone();
    sorted.sort_by(f64::total_cmp);
    let unit = Unit::of(&sorted);
    let at = |rank: usize| (1.0 / (1.0 - position(rank, n)), unit.place(sorted[rank]));
    let points: Vec<_> = ranks(n).into_iter().map(at).collect();
    let asked = analysis.settings().periods.iter().copied();
    let longest = asked.chain(points.iter().map(|p| p.0)).fold(10.0, f64::max) * 1.15;
    // The level falls without end as the period goes to 1.
    let shortest = 1.01_f64;
    let periods = (0..=POINTS).map(|i| {
        let t = f64::from(i) / f64::from(POINTS);
        shortest * (longest / shortest).powf(t)
    });
    let curve = periods.map(|period| analysis.level(period)).collect::<Result<Vec<_>, _>>()?;
    let name = short(&analysis.column().name);
    let title = format!("Return levels of {name}");
    let band: Vec<_> =
        curve.iter().map(|l| (l.period, unit.place(l.low), unit.place(l.high))).collect();
    let bounds = band.iter().flat_map(|&(_, low, high)| [low, high]);
    let shown = points.iter().filter(|p| p.0 >= shortest);
    let y = scale(analysis, bounds.chain(shown.map(|p| p.1)), 6.0)?;
    let x = Scale::log(shortest, longest)?.with_ticks(ticks(longest, form));
    let (mut sketch, area) = frame(&title, &y, form);
    let panel = Panel::new(area, x, y);
    panel
        .plain()
        .x_label("period, in blocks (years for yearly maxima)")
        .y_label(name + &unit.label)
        .axes(&mut sketch);
    panel.band(&mut sketch, &band, thin(SKY, 0.3));
    panel.line(
        &mut sketch,
        curve.iter().map(|l| (l.period, unit.place(l.value))),
        Stroke::solid(BLUE),
    );
    panel.points(&mut sketch, points, 3.5, thin(VERMILION, 0.9));
    let percent = percent(analysis.settings().confidence);
    legend(&mut sketch, (area, form), "level of the fitted law", Some(format!("{percent} bounds")));
    Ok(sketch)
}

/// Cuts a name, so that a title has room for its rest. Characters from the first of the East Asian
/// blocks on are twice as wide.
fn short(name: &str) -> String {
    const ROOM: usize = 40;
    let mut width = 0;
    let fits = |c: &char| {
        width += if *c < '\u{2e80}' { 1 } else { 2 };
        width <= ROOM
    };
    let cut: String = name.chars().take_while(fits).collect();
    if cut.len() == name.len() { cut } else { format!("{}…", cut.trim_end()) }
}

/// A sketch with its title, and the place of the axes, right of the widest tick of `y`.
fn frame(title: &str, y: &Scale, form: Form) -> (Sketch, Rect) {
    let margin = if form.titled { 32.0 } else { 20.0 };
    let left = margin + widest(y);
    let mut sketch = Sketch::new(title, form.width, form.height);
    if form.titled {
        sketch.text(title, (24.0, 34.0), 19.0, INK, Anchor::Start);
    }
    let (width, height) = (f64::from(form.width) - left - margin, f64::from(form.height) - 170.0);
    (sketch, Rect::new(left, 110.0, width, height))
}

/// The width of the widest tick.
fn widest(scale: &Scale) -> f64 {
    let mut measure = Sketch::new("", WIDE.width, WIDE.height);
    for (_, tick) in scale.ticks() {
        measure.text(tick, (0.0, 0.0), TEXT, INK, Anchor::Start);
    }
    measure.texts().iter().map(|text| text.to.0).fold(0.0, f64::max)
}

/// A scale for the x axis, with no more ticks than fit side by side.
fn fewer_ticks(analysis: &Analysis, values: &[f64], form: Form) -> Result<Scale, MaximaError> {
    let mut count = form.ticks;
    loop {
        let scale = scale(analysis, values.iter().copied(), count)?;
        let room = 0.6 * f64::from(form.width) / scale.ticks().len() as f64;
        if widest(&scale) < room || count <= 1.0 {
            return Ok(scale);
        }
        count /= 2.0;
    }
}

/// A scale with a little room at both ends.
fn scale(
    analysis: &Analysis,
    values: impl Iterator<Item = f64>,
    ticks: f64,
) -> Result<Scale, MaximaError> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let room = 0.04 * (high - low);
    Scale::linear(low - room, high + room, ticks).map_err(|_| {
        let problem =
            "the values differ in their last digits only, too little to draw: subtract what all share".to_owned();
        MaximaError::table(&analysis.column().path, None, problem)
    })
}

/// The ticks 1, 2, 5, 10, ... up to `longest`; from 1e5 on, or from 1000 on in a narrow form, powers of ten only.
fn ticks(longest: f64, form: Form) -> Vec<(f64, String)> {
    let decades = longest.log10();
    let steps: &[f64] =
        if decades < if form.titled { 5.0 } else { 3.0 } { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let all = (0..=decades.floor() as i32)
        .flat_map(|e| steps.iter().map(move |step| step * 10f64.powi(e)))
        .filter(|&t| (1.01..=longest).contains(&t));
    all.map(|t| (t, if t < 1e5 { format!("{t}") } else { format!("{t:e}") })).collect()
}

fn legend(sketch: &mut Sketch, (area, form): (Rect, Form), line: &str, band: Option<String>) {
    const SAMPLE: f64 = 26.0;
    // Side by side, or one below the other.
    let (mut x, mut y) = match form.titled {
        true => (area.left, area.top - 40.0),
        false => (20.0, 22.0),
    };
    let name = |sketch: &mut Sketch, text: &str, (x, y): (f64, f64)| {
        sketch.text(text, (x, y), TEXT, INK, Anchor::Start);
        match form.titled {
            true => (sketch.texts().last().map_or(x, |placed| placed.to.0) + 24.0, y),
            false => (20.0, y + 22.0),
        }
    };
    sketch.disc((x + 5.0, y - 4.5), 3.5, thin(VERMILION, 0.9));
    (x, y) = name(sketch, "values", (x + 18.0, y));
    sketch.line(&[(x, y - 4.5), (x + SAMPLE, y - 4.5)], BLUE, 2.25);
    (x, y) = name(sketch, line, (x + SAMPLE + 10.0, y));
    if let Some(band) = band {
        sketch.rect((x, y - 11.0), (x + SAMPLE, y + 2.0), thin(SKY, 0.3));
        name(sketch, &band, (x + SAMPLE + 10.0, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_are_thinned_and_keep_their_ends() {
        for n in [2, MANY, MANY + 1, 1000, 1_000_000] {
            let ranks = ranks(n);
            assert!(ranks.is_sorted_by(|a, b| a < b), "{n}");
            assert_eq!((ranks[0], ranks[ranks.len() - 1]), (0, n - 1));
            assert!(ranks.len() <= MANY && ranks.len() >= n.min(MANY / 2), "{n}");
            // Between whole ends no step is wider than those at the very ends.
            let y: Vec<f64> = ranks.iter().map(|&r| -(-position(r, n).ln()).ln()).collect();
            let steps: Vec<f64> = y.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let last = steps[steps.len() - 1];
            assert!(steps.iter().all(|step| *step <= last), "{n}");
        }
    }

    #[test]
    fn values_of_any_size_have_an_axis() {
        let unit = |values: &[f64]| {
            let unit = Unit::of(values);
            assert!(values.iter().all(|&v| unit.place(v).abs() < 1e81), "{values:?}");
            unit.label
        };
        assert_eq!(unit(&[1.0, 2.0, 300.0]), "");
        assert_eq!(unit(&[-3e79, 2.0]), "");
        assert_eq!(unit(&[-1e290, 9.9e289]), ", in units of 1e290");
        assert_eq!(unit(&[2e-290, 3e-290]), ", in units of 1e-290");
        assert_eq!(unit(&[1e15, 1e15 + 1.0]), " less 1000000000000000");
        assert_eq!(unit(&[1e100, 1.000005e100]), " less 1e100, in units of 1e94");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(short("flow (m³/s)"), "flow (m³/s)");
        assert_eq!(
            short(&"ab ".repeat(20)),
            format!("{}…", "ab ".repeat(14).trim_end()[..40].trim_end())
        );
        assert_eq!(short(&"流".repeat(21)), format!("{}…", "流".repeat(20)));
    }

    #[test]
    fn periods_have_round_ticks() {
        let texts = |longest| ticks(longest, WIDE).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(texts(230.0), ["2", "5", "10", "20", "50", "100", "200"]);
        let narrow = ticks(1.2e4, NARROW).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(narrow, ["10", "100", "1000", "10000"]);
        assert_eq!(texts(1.2e6), ["10", "100", "1000", "10000", "1e5", "1e6"]);
    }
}
