//! `gumbel fit`: fits a Gumbel law to maxima.

use std::process::ExitCode;

use gumbel_files::output;
use gumbel_maxima::{Analysis, Column, Options, Settings, Written};
use gumbel_train::report::made_here;

use crate::args::FitArgs;
use crate::{Result, note, say};

/// A simulation of more values than this is announced, because it takes long.
const ANNOUNCED_VALUES: usize = 20_000_000;

pub(crate) fn run(args: &FitArgs) -> Result<ExitCode> {
    let options = Options {
        column: args.column.clone(),
        delimiter: args.delimiter,
        decimal_comma: args.decimal_comma,
        strict: args.strict,
    };
    options.check()?;
    let defaults = Settings::default();
    let settings = Settings {
        periods: if args.period.is_empty() { defaults.periods } else { args.period.clone() },
        confidence: args.confidence.unwrap_or(defaults.confidence),
        bootstrap: args.bootstrap.unwrap_or(defaults.bootstrap),
        seed: args.seed,
    };
    settings.check()?;
    if let Some(out) = &args.out {
        output::check_folder("out", out)?;
    }
    let column = Column::read(&args.file, &options)?;
    let (samples, n) = (settings.bootstrap, column.values.len());
    if samples.saturating_mul(n) > ANNOUNCED_VALUES {
        note(&format!(
            "simulating {samples} samples of {n} values (a smaller --bootstrap takes less time)"
        ));
    }
    let analysis = Analysis::of(column, settings)?;
    let Written { folder, replaced } =
        gumbel_maxima::write(&analysis, args.out.as_deref(), Some(made_here(1)))?;
    if let Some(other) = replaced {
        note(&format!("{} held {other}: replaced", folder.display()));
    }
    if args.json {
        let mut json = analysis.json();
        json["report"] = folder.join("report.html").to_string_lossy().into();
        say(&json.to_string())?;
    } else {
        print(&analysis)?;
        say(&format!("\nreport: {}", folder.join("report.html").display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(analysis: &Analysis) -> Result<()> {
    let (column, fit, settings) = (analysis.column(), analysis.fit(), analysis.settings());
    let write = |value| analysis.written(value);
    let left_out = match column.left_out.to_string() {
        nothing if nothing.is_empty() => nothing,
        counts => format!(" (left out: {counts})"),
    };
    say(&format!("{}, {}: {} values{left_out}", column.path.display(), column.name, fit.count()))?;
    say("\nGumbel law of maxima, by maximum likelihood")?;
    let parameters = [
        ("location", write(fit.location()), fit.location_error()),
        ("scale", write(fit.scale()), fit.scale_error()),
    ];
    let width = parameters.iter().map(|(_, value, _)| value.len()).max().unwrap_or(0).max(12);
    for (name, value, error) in parameters {
        say(&format!("  {name:10}{value:>width$}   standard error {}", write(error)))?;
    }
    let start = fit.l_moments();
    say(&format!(
        "  (from L-moments, where the search started: location {}, scale {})",
        write(start.location()),
        write(start.scale())
    ))?;
    say(&format!("  log-likelihood {:.3}", fit.ln_likelihood()))?;
    say("")?;
    let bounds = format!("{} bounds", gumbel_maxima::percent(settings.confidence));
    let mut rows = vec![["period", "level", &bounds, "standard error"].map(str::to_owned)];
    rows.extend(analysis.levels().iter().map(|level| {
        let bounds = format!("{} to {}", write(level.low), write(level.high));
        [level.period.to_string(), write(level.value), bounds, write(level.standard_error)]
    }));
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}"));
        say(&format!("  {}", cells.collect::<Vec<_>>().join("   ")))?;
    }
    say(&format!(
        "\ngoodness of fit: Anderson-Darling {:.4}, p-value {} ({} bootstrap samples)",
        fit.anderson_darling(),
        gumbel_maxima::p_value(analysis.p_value()),
        settings.bootstrap
    ))?;
    for sentence in analysis.warnings() {
        say(&format!("note: {sentence}"))?;
    }
    Ok(())
}
