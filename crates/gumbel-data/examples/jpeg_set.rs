//! How long a folder of JPEGs takes to load, and how much memory it takes:
//! `cargo run --release -p gumbel-data --example jpeg_set -- DIR coefficients|pixels [CACHE]`

use std::time::Instant;

use gumbel_data::jpeg::{
    Content, JpegSet, LoadOptions, LoadProgress, channel_moments, nonzero_counts,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, content, cache @ ..] = arguments.as_slice() else {
        return Err("expected DIR coefficients|pixels [CACHE]".into());
    };
    let content = match content.as_str() {
        "coefficients" => Content::Coefficients,
        "pixels" => Content::Pixels,
        other => return Err(format!("expected coefficients or pixels, found {other:?}").into()),
    };
    let threads = std::thread::available_parallelism()?.get();
    let cache = cache.first().map(Into::into);
    let options = LoadOptions { content, cache, threads, ..LoadOptions::default() };
    let start = Instant::now();
    let set = JpegSet::load(dir.as_ref(), &options, &|progress| match progress {
        LoadProgress::Read { done, total } if done < total => {}
        progress => println!("{:6.2} s {progress:?}", start.elapsed().as_secs_f64()),
    })?;
    println!("{:6.2} s loaded: {}", start.elapsed().as_secs_f64(), memory());
    println!("{}\n{:?} {}", set.report, set.report.cache, set.sha256);
    let (rows, columns) = (set.rows, set.columns);
    let images = set.train.len() as f64;
    let start = Instant::now();
    if content == Content::Pixels {
        let mut out = vec![0; 192 * rows * columns];
        set.train.images.iter().for_each(|image| image.pixels_into(rows, columns, &mut out));
        println!(
            "{:.1} us to fill an image's pixels",
            start.elapsed().as_secs_f64() / images * 1e6
        );
        return Ok(());
    }
    let mut out = vec![0.0; 192 * rows * columns];
    set.train.images.iter().for_each(|image| image.coefficients_into(rows, columns, &mut out));
    println!("{:.1} us to fill an image's grid", start.elapsed().as_secs_f64() / images * 1e6);
    let start = Instant::now();
    let (mean, deviation) = channel_moments(&set.train, rows, columns, threads)?;
    println!("{:6.2} s channel_moments", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let counts = nonzero_counts(&set.train, threads)?;
    println!("{:6.2} s nonzero_counts", start.elapsed().as_secs_f64());
    for channel in [0, 1, 8, 63, 64, 65, 128, 191] {
        println!(
            "channel {channel}: mean {:.2}, deviation {:.2}, {:.2} not 0 an image",
            mean[channel], deviation[channel], counts[channel]
        );
    }
    Ok(())
}

/// Reads the memory of this process, now and at its peak, from Linux.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines =
        status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.replace([' ', '\t'], "")).collect::<Vec<_>>().join(", ")
}
