//! `gumbel encode` and `gumbel decode`: images to codes and back.

mod user;

use std::fs;
use std::path::Path;

use user::{gumbel, refused, text};

/// Runs a command that must succeed, and returns its standard output.
fn stdout_of(folder: &Path, arguments: &[&str]) -> String {
    let output = gumbel(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A folder with a trained run in `run`.
fn trained(latents: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["--latents", latents, "--hidden", "16", "--epochs", "60", "--lr", "0.01"];
    let train = ["train", "vae", "--data", "digits", "--out", "run", "--quiet"];
    stdout_of(folder.path(), &[&train[..], &settings].concat());
    folder
}

/// The header and the data of a NumPy file.
fn npy(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!(start % 64, 0);
    (text(&bytes[10..start]), bytes[start..].to_vec())
}

fn floats(path: &Path) -> Vec<f32> {
    let data = npy(path).1;
    data.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

#[test]
fn images_to_codes_and_back() {
    let folder = trained("5x4");
    let here = folder.path();
    let printed = stdout_of(here, &["encode", "run", "--logits", "logits.npy"]);
    assert!(
        printed.contains("250 test images of digits as codes of 5x4 in codes.npy (uint8"),
        "{printed}"
    );
    let (header, codes) = npy(&here.join("codes.npy"));
    assert!(header.contains("'|u1'") && header.contains("(250, 5"), "{header}");
    assert!(codes.len() == 250 * 5 && codes.iter().all(|&class| class < 4));
    // More than one class is used, and each code is the argmax of its logits.
    assert!((0..4).filter(|class| codes.contains(class)).count() > 1);
    let logits = floats(&here.join("logits.npy"));
    assert_eq!(logits.len(), 250 * 5 * 4);
    for (row, &class) in logits.chunks(4).zip(&codes) {
        assert!(row.iter().all(|&other| other <= row[usize::from(class)]));
    }

    let printed = stdout_of(here, &["decode", "run", "codes.npy", "--out", "out"]);
    assert!(printed.contains("250 images in out: images.npy (float32) and grid.png"), "{printed}");
    assert!(npy(&here.join("out/images.npy")).0.contains("(250, 8, 8"));
    let means = floats(&here.join("out/images.npy"));
    assert!(means.iter().all(|mean| (0.0..=1.0).contains(mean)));
    assert_eq!(fs::read(here.join("out/grid.png")).unwrap()[..4], *b"\x89PNG");
    // The means are nearer to their own images than to others: the code has information.
    let dataset = gumbel_data::load("digits", None, 0).unwrap();
    let distance = |i: usize, j: usize| -> f32 {
        let (mean, image) = (&means[i * 64..][..64], dataset.test.image(j));
        mean.iter().zip(image).map(|(a, b)| (a - b).powi(2)).sum()
    };
    let nearer = (0..250).filter(|&i| distance(i, i) < distance(i, (i + 1) % 250)).count();
    // 125 by chance, with a standard deviation of 8.
    assert!(nearer > 175, "{nearer}");
    // Equal codes give equal images, and different codes different images.
    for (a, b) in (0..250).flat_map(|a| (0..a).map(move |b| (a, b))) {
        let (x, y) = (&codes[a * 5..][..5], &codes[b * 5..][..5]);
        assert_eq!(x == y, means[a * 64..][..64] == means[b * 64..][..64], "{a} {b}");
    }

    // Encoding is deterministic; a draw is another code, fixed by its seed.
    stdout_of(here, &["encode", "run", "--out", "again.npy", "--threads", "1"]);
    let same =
        |a: &str, b: &str| fs::read(here.join(a)).unwrap() == fs::read(here.join(b)).unwrap();
    assert!(same("codes.npy", "again.npy"));
    for (seed, out) in [("7", "a.npy"), ("7", "b.npy"), ("8", "c.npy")] {
        stdout_of(here, &["encode", "run", "--sample", "--seed", seed, "--out", out]);
    }
    assert!(same("a.npy", "b.npy") && !same("a.npy", "c.npy") && !same("a.npy", "codes.npy"));

    stdout_of(here, &["encode", "run", "--split", "train", "--out", "train.npy"]);
    assert!(npy(&here.join("train.npy")).0.contains("(1297, 5"));
    stdout_of(here, &["encode", "run", "--split", "validation", "--out", "validation.npy"]);
    stdout_of(here, &["decode", "run", "validation.npy", "--out", "each", "--each"]);
    assert_eq!(fs::read_dir(here.join("each")).unwrap().count(), 251);
    assert!(here.join("each/249.png").exists());
    // Without --out, earlier decoded images stay.
    for (codes, folder) in
        [("codes.npy", "decoded"), ("a.npy", "decoded-2"), ("c.npy", "decoded-3")]
    {
        let printed = stdout_of(here, &["decode", "run", codes]);
        assert!(printed.contains(&format!("250 images in {folder}: images.npy")), "{printed}");
    }
    assert!(same("out/images.npy", "decoded/images.npy"));
    assert!(!same("decoded/images.npy", "decoded-2/images.npy"));
    // A header of another program, without a byte order.
    let plain = b"{\"shape\":(250,5),\"fortran_order\":False,\"descr\":\"u1\"}\n";
    let start = [b'\x93', b'N', b'U', b'M', b'P', b'Y', 1, 0, plain.len() as u8, 0];
    fs::write(here.join("plain.npy"), [&start[..], plain, &codes].concat()).unwrap();
    stdout_of(here, &["decode", "run", "plain.npy", "--out", "plain"]);
    assert!(same("out/images.npy", "plain/images.npy"));
    let printed = stdout_of(here, &["decode", "run", "train.npy", "--out", "many"]);
    assert!(printed.contains("grid.png of the first 1024"), "{printed}");
}

/// A table has the same codes: a line of column names, then a line for each image.
#[test]
fn codes_as_a_table_and_back() {
    for (latents, name, columns) in [("5x4", "variable", 5), ("gaussian:3", "dimension", 3)] {
        let folder = trained(latents);
        let here = folder.path();
        stdout_of(here, &["encode", "run"]);
        let printed = stdout_of(here, &["encode", "run", "--out", "codes.csv"]);
        assert!(printed.contains("in codes.csv (CSV, "), "{printed}");
        let table = fs::read_to_string(here.join("codes.csv")).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 251);
        assert!(lines[0].starts_with(&format!("{name}_0,{name}_1,")), "{}", lines[0]);
        assert!(lines.iter().all(|line| line.split(',').count() == columns));
        let data = npy(&here.join("codes.npy")).1;
        let cell = |i: usize| lines[1 + i / columns].split(',').nth(i % columns).unwrap();
        for i in 0..250 * columns {
            if name == "variable" {
                assert_eq!(cell(i).parse::<u8>().unwrap(), data[i]);
            } else {
                let bytes = cell(i).parse::<f32>().unwrap().to_le_bytes();
                assert_eq!(bytes, data[4 * i..][..4]);
            }
        }
        stdout_of(here, &["decode", "run", "codes.npy", "--out", "a"]);
        stdout_of(here, &["decode", "run", "codes.csv", "--out", "b"]);
        // A NumPy file with the name of a table, as an earlier version wrote it, is read too.
        fs::rename(here.join("codes.npy"), here.join("array.csv")).unwrap();
        stdout_of(here, &["decode", "run", "array.csv", "--out", "c"]);
        let images = |out: &str| fs::read(here.join(out).join("images.npy")).unwrap();
        assert!(images("a") == images("b") && images("a") == images("c"));

        let short = lines[..3].join("\n").replacen(',', ",,", 1);
        fs::write(here.join("codes.csv"), short).unwrap();
        let decode = ["decode", "run", "codes.csv"];
        refused(here, &decode, 1, "codes.csv, line 2: expected");
        fs::write(here.join("codes.csv"), "1,2\n").unwrap();
        refused(here, &decode, 1, "found an array [1, 2]");
        assert!(!here.join("decoded").exists());
    }
}

#[test]
fn bad_codes_and_images_are_refused() {
    let folder = trained("5x4");
    let here = folder.path();
    let decode = ["decode", "run", "codes.npy"];
    refused(here, &["encode", "nowhere"], 1, "nowhere");
    refused(here, &["encode", "run", "--split", "all"], 2, "train, validation or test");
    refused(here, &["encode", "run", "--seed", "1"], 2, "--sample");
    refused(here, &["encode", "run", "--data", "minst"], 2, "fashion-mnist");
    refused(here, &["encode", "run", "--threads", "0"], 2, "threads");
    refused(here, &decode, 1, "codes.npy");

    let npy = |dtype: &str, shape: &str, data: &[u8]| {
        let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}");
        let text = format!("{text:<117}\n");
        let head = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..]].concat();
        fs::write(here.join("codes.npy"), [&head, text.as_bytes(), data].concat()).unwrap();
    };
    fs::write(here.join("codes.npy"), "1 2 3").unwrap();
    refused(here, &decode, 1, "codes.npy: not a .npy file");
    npy("|u1", "(2, 5)", &[0, 1, 2, 3, 0, 0, 4, 0, 0, 0]);
    refused(here, &decode, 1, "row 1, variable 1: expected a class of 0 to 3, found 4");
    npy("|i1", "(1, 5)", &[0, 1, 2, 255, 0]);
    refused(here, &decode, 1, "row 0, variable 3: expected a class of 0 to 3, found -1");
    npy("|u1", "(2, 4)", &[0; 8]);
    refused(here, &decode, 1, "[images, 5] of classes 0 to 3, found an array [2, 4]");
    npy("<f8", "(1, 5)", &[0; 40]);
    refused(here, &decode, 1, "expected integers");
    npy("|u1", "(2, 5)", &[0; 9]);
    refused(here, &decode, 1, "ends before");
    npy("|u1", "(0, 5)", &[]);
    refused(here, &decode, 1, "found an array [0, 5]");
    assert!(!here.join("decoded").exists(), "nothing was written");

    // Images of another size.
    fs::create_dir(here.join("data")).unwrap();
    let images = |n: u8| {
        [&[0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 2, 0, 0, 0, 3][..], &vec![7; usize::from(n) * 6]]
            .concat()
    };
    let labels = |n: u8| [&[0, 0, 8, 1, 0, 0, 0, n][..], &vec![1; usize::from(n)]].concat();
    for (name, bytes) in [
        ("train-images-idx3-ubyte", images(12)),
        ("train-labels-idx1-ubyte", labels(12)),
        ("t10k-images-idx3-ubyte", images(4)),
        ("t10k-labels-idx1-ubyte", labels(4)),
    ] {
        fs::write(here.join("data").join(name), bytes).unwrap();
    }
    refused(here, &["encode", "run", "--data", "./data"], 1, "images of 8x8 pixels, found 2x3");
    refused(here, &["encode", "run", "--out", "no/codes.npy"], 1, "no/codes.npy");
    for command in ["encode", "decode"] {
        let help = stdout_of(here, &[command, "--help"]);
        assert!(help.contains("Example") && help.contains("numpy"), "{help}");
    }
}

#[test]
fn gaussian_codes_are_numbers() {
    let folder = trained("gaussian:3");
    let here = folder.path();
    let printed = stdout_of(here, &["encode", "run"]);
    assert!(printed.contains("as codes of gaussian:3 in codes.npy (float32, means)"), "{printed}");
    assert!(npy(&here.join("codes.npy")).0.contains("(250, 3"));
    let codes = floats(&here.join("codes.npy"));
    assert!(codes.iter().all(|z| z.is_finite()) && codes.iter().any(|z| z.abs() > 0.1));
    stdout_of(here, &["decode", "run", "codes.npy", "--out", "out"]);
    let means = floats(&here.join("out/images.npy"));
    assert!(means.len() == 250 * 64 && means.iter().all(|&p| (0.0..=1.0).contains(&p)));
    // A draw differs from the mean; the same seed gives the same draw.
    let draw = |seed: &str, out: &str| {
        stdout_of(here, &["encode", "run", "--sample", "--seed", seed, "--out", out]);
        fs::read(here.join(out)).unwrap()
    };
    let (first, again, other) = (draw("1", "a.npy"), draw("1", "b.npy"), draw("2", "c.npy"));
    assert!(first == again && first != other && first != fs::read(here.join("codes.npy")).unwrap());
    refused(here, &["encode", "run", "--logits", "l.npy"], 2, "Gaussian latents has none");
    let integers = trained("5x4");
    stdout_of(integers.path(), &["encode", "run"]);
    let classes = integers.path().join("codes.npy");
    refused(here, &["decode", "run", classes.to_str().unwrap()], 1, "expected floating-point");
}
