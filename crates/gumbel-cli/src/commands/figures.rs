//! `gumbel figures`: draws the figures of the book.

use std::process::ExitCode;

use gumbel_figures::{Figure, FigureError, Format, Language};
use gumbel_files::output::{self, write as write_file};

use crate::args::FiguresArgs;
use crate::failure::Failure;
use crate::{Result, say};

pub(crate) fn run(args: &FiguresArgs) -> Result<ExitCode> {
    let figures = selected(&args.only);
    if args.list {
        let widest = figures.iter().map(|figure| figure.name.len()).max().unwrap_or(0);
        for figure in figures {
            say(&format!("{:widest$}  {}", figure.name, figure.title_in(args.language)))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (out, format, language) = (&args.out, args.format, args.language);
    if language == Language::Chinese && format == Format::Png {
        let problem =
            "format: expected svg for --language zh, found png, whose font has no Chinese letters";
        return Err(Failure::usage(problem));
    }
    output::check_folder("out", out)?;
    output::make_folder(out)?;
    let mut drawn = Vec::new();
    for figure in figures {
        let failed = |error: FigureError| Failure::run(format!("{}: {error}", figure.name));
        let sketch = figure.sketch_in(language).map_err(failed)?;
        let path = out.join(figure.name).with_extension(format.to_string());
        write_file(&path, &format.encode(&sketch).map_err(failed)?)?;
        say(&path.display().to_string())?;
        drawn.push((figure, sketch));
    }
    // A page of some figures would replace the page of all figures. Captions are in English.
    if !args.only.is_empty() || language != Language::English {
        return Ok(ExitCode::SUCCESS);
    }
    let page = gumbel_figures::index(&drawn);
    let path = out.join("index.html");
    write_file(&path, page.as_bytes())?;
    say(&format!("{}  the figures with their captions", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The figures that `--only` names, or all, in the order of the book.
fn selected(only: &[&'static Figure]) -> Vec<&'static Figure> {
    let named = |figure: &Figure| only.iter().any(|one| one.name == figure.name);
    gumbel_figures::all().iter().filter(|figure| only.is_empty() || named(figure)).collect()
}
