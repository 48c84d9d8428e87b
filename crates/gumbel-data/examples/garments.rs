//! Makes the embedded garments from Fashion-MNIST:
//! `cargo run --release -p gumbel-data --example garments -- crates/gumbel-data/data/garments`
//!
//! Of each of the ten classes the first 600 images of the training file and the first 100 of the test file, one class
//! after the other in turn, at 16 grey levels: a byte is the nearest multiple of 17. Fashion-MNIST is found where
//! `gumbel train vae --data fashion-mnist` finds it.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use gumbel_data::{Images, load};

const CLASSES: u8 = 10;
const LEVELS: f32 = 15.0;

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args_os().nth(1).ok_or("expected the folder to write to")?;
    let out = Path::new(&out);
    fs::create_dir_all(out)?;
    let all = load("fashion-mnist", None, 0)?;
    for (name, images, of_each) in [("train", &all.train, 600), ("t10k", &all.test, 100)] {
        let part = images.take(&in_turn(images, of_each)?);
        let sizes = [part.len(), part.height, part.width];
        let nearest = |x: &f32| (x * LEVELS).round() as u8 * 17;
        let grey: Vec<u8> = part.pixels.iter().map(nearest).collect();
        write(&out.join(format!("{name}-images-idx3-ubyte.gz")), &sizes, &grey)?;
        write(&out.join(format!("{name}-labels-idx1-ubyte.gz")), &sizes[..1], &part.labels)?;
    }
    Ok(())
}

/// The places of the first `n` images of each class, the classes in turn.
fn in_turn(images: &Images, n: usize) -> Result<Vec<usize>, String> {
    let mut places = vec![0; n * usize::from(CLASSES)];
    for class in 0..CLASSES {
        let labels = images.labels.iter().enumerate();
        let mut of_class = labels.filter(|(_, label)| **label == class).map(|(i, _)| i);
        for turn in 0..n {
            let place =
                of_class.next().ok_or(format!("class {class} has fewer than {n} images"))?;
            places[turn * usize::from(CLASSES) + usize::from(class)] = place;
        }
    }
    Ok(places)
}

/// Writes an idx file of bytes, compressed, without a time or a name in it.
fn write(path: &Path, sizes: &[usize], data: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut file = GzBuilder::new().write(fs::File::create(path)?, Compression::best());
    file.write_all(&(0x0800 + sizes.len() as u32).to_be_bytes())?;
    for &size in sizes {
        file.write_all(&u32::try_from(size)?.to_be_bytes())?;
    }
    file.write_all(data)?;
    file.finish()?;
    Ok(())
}
