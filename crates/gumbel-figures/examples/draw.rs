//! Draws the figures of the book and the chart of speeds in the README:
//! `cargo run --release -p gumbel-figures --example draw -- DIR [svg|png] [NAME...]`.
//!
//! `DIR/NAME.svg` is lettered in English, `DIR/zh/NAME.svg` in Chinese; PNG is in English only. The name `speed` is
//! the chart of the table in `README.md`, which is drawn from the root of the repository into `docs/images`.
//!
//! Builds in seconds, as it needs no tensors. `gumbel figures` has more options.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use gumbel_figures::{Figure, Format, Language, all, find, speed_chart};
use strum::IntoEnumIterator;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: draw DIR [svg|png] [NAME...]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let format = match arguments.next() {
        None => Format::Svg,
        Some(name) => Format::iter()
            .find(|format| format.to_string() == name)
            .ok_or_else(|| format!("format: expected svg or png, found {name}"))?,
    };
    let names: Vec<String> = arguments.collect();
    if let [name] = &names[..]
        && name == "speed"
    {
        let sketch = speed_chart(&fs::read_to_string("README.md")?)?;
        let path = folder.join("speed").with_extension(format.to_string());
        fs::write(&path, format.encode(&sketch)?)?;
        println!("{}", path.display());
        return Ok(());
    }
    let one = |name: &String| find(name).ok_or_else(|| format!("no figure is named {name}"));
    let named = names.iter().map(one).collect::<Result<Vec<&Figure>, String>>()?;
    let figures = if named.is_empty() { all().iter().collect() } else { named };
    for language in Language::iter() {
        let folder = match language {
            Language::English => folder.clone(),
            _ if format == Format::Png => continue,
            other => folder.join(other.to_string()),
        };
        fs::create_dir_all(&folder)?;
        for figure in &figures {
            let path = folder.join(figure.name).with_extension(format.to_string());
            fs::write(&path, format.encode(&figure.sketch_in(language)?)?)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
