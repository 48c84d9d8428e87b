//! How many JPEGs a second one thread reads: `cargo run --release -p gumbel-jpeg --example speed -- FOLDER...`
//! takes up to 2,000 files under each folder, holds them in memory, and says the best of five rounds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gumbel_jpeg::{Chroma, JpegError, Limits, decode_rgb, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for folder in std::env::args().skip(1) {
        let mut paths = Vec::new();
        list(Path::new(&folder), &mut paths)?;
        paths.sort();
        let step = paths.len().div_ceil(2_000).max(1);
        let files: Vec<Vec<u8>> =
            paths.iter().step_by(step).map(std::fs::read).collect::<Result<_, _>>()?;
        let bytes: usize = files.iter().map(Vec::len).sum();
        println!("{folder}: {} files of {} bytes each", files.len(), bytes / files.len().max(1));
        let limits = Limits::default();
        time("read", &files, |file| read(file, &limits).map(|_| ()))?;
        time("read, grid", &files, |file| {
            std::hint::black_box(read(file, &limits)?.grid(Chroma::Exact));
            Ok(())
        })?;
        time("decode_rgb", &files, |file| decode_rgb(file, &limits).map(|_| ()))?;
    }
    Ok(())
}

/// All JPEGs under a folder.
fn list(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, paths)?;
        } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jpg")) {
            paths.push(path);
        }
    }
    Ok(())
}

fn time(
    name: &str,
    files: &[Vec<u8>],
    work: impl Fn(&[u8]) -> Result<(), JpegError>,
) -> Result<(), JpegError> {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        files.iter().try_for_each(|file| work(file))?;
        best = best.min(start.elapsed());
    }
    let count = files.len() as f64;
    let seconds = best.as_secs_f64();
    println!("  {name}: {:.0} files/s, {:.1} us each", count / seconds, seconds / count * 1e6);
    Ok(())
}
