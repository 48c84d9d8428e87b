//! The sparse form: it gives back the same image, and other bytes are refused.

use std::path::Path;

use gumbel_jpeg::{Encoding, Jpeg, JpegError, Limits, Sampling, encode_grey, encode_rgb, read};

fn image(sampling: Sampling) -> Jpeg {
    let pixels: Vec<u8> = (0..37 * 21 * 3).map(|i| ((i * 2_654_435_761_u64) >> 9) as u8).collect();
    let encoding = Encoding { sampling, quality: 60, ..Encoding::default() };
    let file = encode_rgb(&pixels, 37, 21, &encoding).expect("pixels");
    read(&file, &Limits::default()).expect("a good file")
}

#[test]
fn the_sparse_form_gives_back_the_image() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the golden files") {
        let file = std::fs::read(entry.expect("an entry").path()).expect("a file");
        if let Ok(jpeg) = read(&file, &Limits::default()) {
            let bytes = jpeg.to_sparse();
            assert_eq!(Jpeg::from_sparse(&bytes).as_ref(), Ok(&jpeg));
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

/// Each image has one form: accepted bytes are always the sparse form of their image.
#[test]
fn changed_bytes_are_refused_or_give_another_image() {
    for jpeg in [image(Sampling::Full), image(Sampling::Quarter)] {
        let bytes = jpeg.to_sparse();
        let mut refused = 0;
        for at in 0..bytes.len() {
            for change in [0x01, 0x08, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                match Jpeg::from_sparse(&changed) {
                    Ok(other) => assert_eq!(other.to_sparse(), changed),
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > bytes.len(), "{refused} of {}", 4 * bytes.len());
        for length in 0..bytes.len() {
            let error = Jpeg::from_sparse(&bytes[..length]).unwrap_err();
            assert_eq!(error.kind(), "truncated", "{length}: {error}");
        }
    }
}

#[test]
fn bytes_of_no_image_are_refused() {
    let file = encode_grey(&[77; 64], 8, 8, &Encoding::default()).expect("pixels");
    let bytes = read(&file, &Limits::default()).expect("a good file").to_sparse();
    let with = |changes: &[(usize, u8)]| {
        let mut bytes = bytes.clone();
        changes.iter().for_each(|&(at, byte)| bytes[at] = byte);
        Jpeg::from_sparse(&bytes).unwrap_err()
    };
    let text = |changes: &[(usize, u8)]| with(changes).to_string();
    assert_eq!(text(&[(0, 0), (1, 0)]), "byte 0: width: expected 1 to 65535, found 0");
    assert_eq!(with(&[(4, 2)]), JpegError::Components { found: 2 });
    assert!(text(&[(5, 0x51)]).contains("sampling factors"));
    assert_eq!(text(&[(6, 0), (7, 0)]), "byte 6: quantisation step: expected at least 1, found 0");
    // 65,288 x 65,288 pixels: four bytes claim 66 million blocks.
    assert_eq!(
        with(&[(0, 8), (1, 255), (2, 8), (3, 255)]),
        JpegError::Claim { blocks: 8_161 * 8_161, fit: 4 }
    );
    // One block with one coefficient: count, place, value.
    assert_eq!(
        text(&[(135, 64)]),
        "byte 135: place: expected above the one before, below 64, found 64"
    );
    assert!(text(&[(136, 0), (137, 0)]).contains("not 0, found 0"));
    assert!(text(&[(136, 0), (137, 8)]).contains("found 2048"));
    assert!(text(&[(136, 0), (137, 0xf8)]).contains("found -2048"));
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(Jpeg::from_sparse(&longer).unwrap_err().to_string().contains("the end of the bytes"));
    // The same place twice.
    let mut twice = bytes.clone();
    twice[134] = 2;
    twice.extend([0, 1, 0]);
    assert!(Jpeg::from_sparse(&twice).unwrap_err().to_string().contains("above the one before"));
    // A luma with fewer samples than a chroma.
    let mut colour = image(Sampling::Full).to_sparse();
    colour[5 + 129] = 0x21;
    assert_eq!(Jpeg::from_sparse(&colour).unwrap_err().kind(), "sampling layout");
}
