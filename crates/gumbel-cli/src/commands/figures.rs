//! `gumbel figures`: draws the figures of the book.

use std::process::ExitCode;

use gumbel_figures::{Figure, FigureError, Format};
use gumbel_files::output::{self, write as write_file};

use crate::args::FiguresArgs;
use crate::failure::Failure;
use crate::{Result, say};

pub(crate) fn run(args: &FiguresArgs) -> Result<ExitCode> {
    let figures = selected(&args.only)?;
    if args.list {
        let widest = figures.iter().map(|figure| figure.name.len()).max().unwrap_or(0);
        for figure in figures {
            say(&format!("{:widest$}  {}", figure.name, figure.title))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let format = if args.format == "png" { Format::Png } else { Format::Svg };
    let out = &args.out;
    output::check_folder("out", out)?;
    output::make_folder(out)?;
    let mut drawn = Vec::new();
    for figure in figures {
        let failed = |error: FigureError| Failure::run(format!("{}: {error}", figure.name));
        let sketch = figure.sketch().map_err(failed)?;
        let path = out.join(figure.name).with_extension(format.extension());
        write_file(&path, &format.encode(&sketch).map_err(failed)?)?;
        say(&path.display().to_string())?;
        drawn.push((figure, sketch));
    }
    // A page of some figures would replace the page of all figures.
    if !args.only.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let page = gumbel_figures::index(&drawn);
    let path = out.join("index.html");
    write_file(&path, page.as_bytes())?;
    say(&format!("{}  the figures with their captions", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The figures that `--only` names, or all, in the order of the book.
fn selected(only: &[String]) -> Result<Vec<&'static Figure>> {
    let all = gumbel_figures::all();
    for name in only {
        if gumbel_figures::find(name).is_none() {
            let names: Vec<_> = all.iter().map(|figure| figure.name).collect();
            let names = names.join(", ");
            return Err(Failure::usage(format!(
                "--only: there is no figure {name:?}: the figures are {names}"
            )));
        }
    }
    let asked = |figure: &&Figure| only.is_empty() || only.iter().any(|name| name == figure.name);
    Ok(all.iter().filter(asked).collect())
}
