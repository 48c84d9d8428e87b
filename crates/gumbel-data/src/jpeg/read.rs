//! Reads a file as an image of a set: decodes it, and keeps the blocks around its centre.

use std::fs::File;
use std::io::Read;

use gumbel_jpeg::{Limits, Rgb, decode_rgb, read};
use sha2::{Digest, Sha256};

use super::files::Found;
use super::image::{JpegImage, Kept};
use super::options::Content;
use super::report::LeftOut;

impl JpegImage {
    /// Reads a file of a folder and keeps at most `most` rows and columns of blocks around the centre.
    pub(super) fn of_file(
        found: &Found,
        content: Content,
        most: (usize, usize),
    ) -> Result<Self, LeftOut> {
        // One byte more than the limit: the reader then says that the file is too large.
        let limit = Limits::default().bytes as u64 + 1;
        let mut bytes = Vec::new();
        match File::open(&found.path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
            Ok(_) => Self::of_bytes(found.file.clone(), found.class, &bytes, content, most),
            Err(error) => Err(LeftOut {
                file: found.file.clone(),
                kind: "unreadable".into(),
                error: error.to_string(),
            }),
        }
    }

    /// Decodes the bytes of a file, as [`of_file`](Self::of_file) does.
    pub(super) fn of_bytes(
        file: String,
        class: usize,
        bytes: &[u8],
        content: Content,
        most: (usize, usize),
    ) -> Result<Self, LeftOut> {
        let limits = Limits::default();
        let kept = match content {
            Content::Coefficients => read(bytes, &limits).map(Kept::Coefficients),
            Content::Pixels => decode_rgb(bytes, &limits).map(Kept::Pixels),
        };
        match kept {
            Ok(kept) => {
                let (grid, sum) = (kept.grid(), Sha256::digest(bytes).into());
                let bytes = bytes.len() as u64;
                Ok(Self { file, class, bytes, sum, grid, origin: (0, 0), kept }.within(most))
            }
            Err(error) => {
                Err(LeftOut { file, kind: error.kind().to_owned(), error: error.to_string() })
            }
        }
    }

    /// Keeps at most `most` rows and columns around the centre of the whole image: the same as if the file
    /// were read so.
    pub(super) fn within(self, most: (usize, usize)) -> Self {
        let window = self.window(most.0, most.1);
        let (start, kept) = match self.kept {
            Kept::Coefficients(jpeg) if jpeg.rows() > most.0 || jpeg.columns() > most.1 => {
                let (jpeg, start) = jpeg.crop(window).unwrap_or((jpeg, (0, 0)));
                (start, Kept::Coefficients(jpeg))
            }
            Kept::Pixels(Rgb { width, height, pixels })
                if height > 8 * most.0 || width > 8 * most.1 =>
            {
                let (top, left) = (window.top.max(0) as usize, window.left.max(0) as usize);
                let (below, across) =
                    ((height - 8 * top).min(8 * most.0), (width - 8 * left).min(8 * most.1));
                let line =
                    |y: usize| &pixels[3 * ((8 * top + y) * width + 8 * left)..][..3 * across];
                let pixels = (0..below).flat_map(line).copied().collect();
                ((top, left), Kept::Pixels(Rgb { width: across, height: below, pixels }))
            }
            kept => ((0, 0), kept),
        };
        let origin = (self.origin.0 + start.0, self.origin.1 + start.1);
        Self { origin, kept, ..self }
    }
}
