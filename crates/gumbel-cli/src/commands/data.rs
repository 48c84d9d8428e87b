//! `gumbel data list` and `gumbel data get`: lists and downloads data sets.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use gumbel_data::fetch::{self, FetchOptions};
use gumbel_data::{self as data, About, Listed, Presence};
use gumbel_files::names::number;
use serde_json::json;

use crate::args::{DataGetArgs, DataListArgs};
use crate::failure::Failure;
use crate::progress::FetchProgress;
use crate::{Result, say, table};

pub(crate) fn list(args: &DataListArgs) -> Result<ExitCode> {
    let sets = data::list(args.data_dir.as_deref(), args.check);
    let damaged = args.check && sets.iter().any(|set| matches!(set.presence, Presence::Damaged(_)));
    if args.json {
        let sets: Vec<_> = sets.iter().map(json_of).collect();
        say(&json!({ "sets": sets }).to_string())?;
    } else {
        print_sets(&sets)?;
    }
    Ok(if damaged { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_sets(sets: &[Listed]) -> Result<()> {
    let row = |Listed { about, presence }: &Listed| {
        let place = match presence {
            Presence::Embedded => "embedded".to_owned(),
            Presence::There(folder) => format!("{} (not checked: --check)", folder.display()),
            Presence::Checked(folder) => format!("{} (checked)", folder.display()),
            Presence::Damaged(error) => format!("damaged: {error}"),
            Presence::Absent => format!("not here: gumbel data get {}", about.name),
        };
        [
            about.name.to_owned(),
            about.images.to_owned(),
            size(about),
            about.licence.to_owned(),
            place,
        ]
    };
    let rows: Vec<[String; 5]> = sets.iter().map(row).collect();
    let names = ["set", "images", "download", "licence", "where"];
    let most = table::columns();
    for line in table::lines(names, &rows, most) {
        say(&line)?;
    }
    say("")?;
    for Listed { about, .. } in sets {
        say(&format!("{}: {}", about.name, about.credit))?;
    }
    Ok(())
}

fn size(about: &About) -> String {
    if about.download == 0 { "-".to_owned() } else { megabytes(about.download) }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn json_of(Listed { about, presence }: &Listed) -> serde_json::Value {
    let (state, folder, problem) = match presence {
        Presence::Embedded => ("embedded", None, None),
        Presence::There(folder) => ("there", Some(folder.display().to_string()), None),
        Presence::Checked(folder) => ("checked", Some(folder.display().to_string()), None),
        Presence::Damaged(error) => ("damaged", None, Some(error.to_string())),
        Presence::Absent => ("absent", None, None),
    };
    json!({
        "name": about.name,
        "state": state,
        "folder": folder,
        "problem": problem,
        "download_bytes": about.download,
        "licence": about.licence,
        "credit": about.credit,
        "mirrors": about.mirrors,
    })
}

pub(crate) fn get(args: &DataGetArgs) -> Result<ExitCode> {
    let about = args.set;
    let Some(mut source) = about.source() else {
        say(&format!("{} is embedded: there is nothing to download", about.name))?;
        return Ok(ExitCode::SUCCESS);
    };
    let folder = folder(args)?;
    if let Some(mirror) = &args.mirror {
        source.mirrors = vec![mirror.clone()];
    }
    let options = FetchOptions {
        timeout: Duration::from_secs_f64(timeout(args.timeout)?),
        force: args.force,
        ..FetchOptions::default()
    };
    let mut progress = FetchProgress::new(args.quiet);
    let fetched = fetch::fetch(&source, &folder, &options, &mut progress);
    progress.clear();
    let fetched = fetched?;
    let place = folder.display();
    if fetched == 0 {
        say(&format!("{} is in {place} already (checked); nothing was done", about.name))?;
    } else {
        say(&format!("{} is in {place} (checked)", about.name))?;
        say(&format!("licence {}, {}", about.licence, about.credit))?;
    }
    if args.out.is_none() {
        say(&format!("use it with: gumbel train vae --data {}", about.name))?;
    } else {
        let folder = super::quoted(&folder);
        say(&format!("use it with: gumbel train vae --data {} --data-dir {folder}", about.name))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn folder(args: &DataGetArgs) -> Result<PathBuf> {
    let folder =
        args.out.as_deref().map(Path::to_owned).or_else(|| data::cache_folder(args.set.name));
    if let Some(out) = &args.out {
        gumbel_files::output::check_folder("out", out)?;
    }
    folder.ok_or_else(|| Failure::usage("no cache folder for this user: name one with --out DIR"))
}

fn timeout(seconds: f64) -> Result<f64> {
    if (0.001..=86_400.0).contains(&seconds) {
        return Ok(seconds);
    }
    Err(Failure::usage(format!(
        "--timeout: expected 0.001 to 86400 seconds, found {}",
        number(seconds)
    )))
}
