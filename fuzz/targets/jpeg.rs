//! Any bytes as a JPEG, and as the sparse form of one: coefficients, the grid, pixels. The golden files are its seeds.

#![no_main]

use gumbel_jpeg::{Chroma, Jpeg, JpegError, Limits, decode_rgb, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes: 1 << 16, pixels: 1 << 18, scans: 20 };
    // An image has one sparse form.
    if let Ok(jpeg) = Jpeg::from_sparse(bytes) {
        assert_eq!(jpeg.to_sparse(), bytes);
    }
    let found = read(bytes, &limits);
    assert_eq!(found, read(bytes, &limits));
    let jpeg = match found {
        Ok(jpeg) => jpeg,
        Err(error) => {
            assert!(!error.kind().is_empty() && !error.to_string().is_empty());
            assert_eq!(decode_rgb(bytes, &limits).err(), Some(error));
            return;
        }
    };
    let (rows, columns) = (jpeg.rows(), jpeg.columns());
    assert!(jpeg.width() * jpeg.height() <= 1 << 18 && matches!(jpeg.components().len(), 1 | 3));
    let mut held = 0;
    for component in jpeg.components() {
        let blocks = component.blocks_wide() * component.blocks_high();
        assert_eq!(component.coefficients().len(), 64 * blocks);
        assert!(component.blocks_wide() <= columns && component.blocks_high() <= rows);
        assert!(component.coefficients().iter().all(|c| (-2047..=2047).contains(c)));
        assert!(component.quantisation().iter().all(|&step| step > 0));
        assert_eq!(component.dequantised().count(), 64 * blocks);
        held += blocks;
    }
    assert_eq!(jpeg.components()[0].coefficients().len(), 64 * rows * columns);
    assert!(held <= 8 * bytes.len(), "{held} blocks of {} bytes", bytes.len());

    assert_eq!(Jpeg::from_sparse(&jpeg.to_sparse()).as_ref(), Ok(&jpeg));
    let mut exact = vec![f32::NAN; 192 * rows * columns];
    jpeg.grid_into(Chroma::Exact, &mut exact).expect("the right length");
    assert_eq!(exact, jpeg.grid(Chroma::Exact));
    let simple = jpeg.grid(Chroma::Replicate);
    assert!(exact.iter().chain(&simple).all(|x| x.abs() < 2e9));
    assert_eq!(exact[..64 * rows * columns], simple[..64 * rows * columns]);

    // An end may be added where there is none, and what stands after it is not looked at.
    let ended = [bytes, &[0xff, 0xd9], b"anything"].concat();
    assert_eq!(read(&ended, &limits).as_ref(), Ok(&jpeg));
    match decode_rgb(bytes, &limits) {
        Ok(image) => {
            assert_eq!((image.width, image.height), (jpeg.width(), jpeg.height()));
            assert_eq!(image.pixels.len(), image.width * image.height * 3);
        }
        Err(error) => assert!(matches!(error, JpegError::Codec { .. }), "{error}"),
    }
});
