//! Measures how many JPEGs per second one thread reads:
//! `cargo run --release -p gumbel-jpeg --example jpeg_speed -- FOLDER...` loads up to 2,000 files under each folder
//! into memory, and prints the best of five rounds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gumbel_jpeg::{CHANNELS, Chroma, Jpeg, JpegError, Limits, decode_rgb, read};

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
        let jpegs: Vec<Jpeg> =
            files.iter().map(|file| read(file, &limits)).collect::<Result<_, _>>()?;
        let blocks = jpegs.iter().map(|jpeg| jpeg.rows() * jpeg.columns()).max().unwrap_or(0);
        let mut out = vec![0.0; CHANNELS * blocks];
        time("grid", &jpegs, |jpeg| {
            let out = &mut out[..CHANNELS * jpeg.rows() * jpeg.columns()];
            jpeg.grid_into(Chroma::Exact, std::hint::black_box(out))
        })?;
        let sparse: Vec<Vec<u8>> = jpegs.iter().map(Jpeg::to_sparse).collect();
        let bytes: usize = sparse.iter().map(Vec::len).sum();
        println!("  sparse: {} bytes each", bytes / files.len().max(1));
        time("from_sparse", &sparse, |bytes| Jpeg::from_sparse(bytes).map(|_| ()))?;
        time("decode_rgb", &files, |file| decode_rgb(file, &limits).map(|_| ()))?;
    }
    Ok(())
}

/// Adds the paths of all JPEGs under a folder.
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

fn time<T>(
    name: &str,
    files: &[T],
    mut work: impl FnMut(&T) -> Result<(), JpegError>,
) -> Result<(), JpegError> {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        files.iter().try_for_each(&mut work)?;
        best = best.min(start.elapsed());
    }
    let count = files.len() as f64;
    let seconds = best.as_secs_f64();
    println!("  {name}: {:.0} files/s, {:.1} us each", count / seconds, seconds / count * 1e6);
    Ok(())
}
