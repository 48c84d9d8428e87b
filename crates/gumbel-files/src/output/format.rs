//! File formats, and the format that a file's extension promises.

use std::fmt;
use std::path::Path;

use super::place::{check_can_be_folder, probe_folder};
use crate::FileError;

/// A format that a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A picture of pixels.
    Png,
    /// A picture of lines and letters.
    Svg,
    /// An array for NumPy.
    Npy,
    /// A table in plain text.
    Csv,
}

/// Extensions that people and programs know as a format, those of [`Format`] among them. Any other one
/// (`.part`, `.2`, the random ones of mktemp) promises nothing.
const KNOWN: &str = "\
    png svg npy csv \
    apng avif bmp cr2 dng eps exr gif hdr heic heif ico jfif jp2 jpe jpeg jpg jxl pbm pcx pgm pnm ppm \
    ps psd raw svgz tga tif tiff webp xcf \
    arff arrow dbf dta feather fits h5 hdf hdf5 ipc json jsonl mat ndjson nc npz ods orc parquet pkl \
    pickle rda rdata rds rec sas7bdat sav sqlite sqlite3 db tab tfrecord tsv xls xlsm xlsx xml yaml yml \
    toml ini \
    ckpt gguf joblib onnx pb pt pth safetensors tflite \
    doc docx epub htm html ipynb log markdown md odp odt pdf ppt pptx rst rtf tex text txt \
    7z bz2 gz lz4 rar tar tbz2 tgz txz xz zip zst \
    avi flac gifv m4a mkv mov mp3 mp4 mpeg mpg ogg wav webm \
    cpp css hpp java js py rs sh ts \
    idx idx1-ubyte idx3-ubyte ubyte";

impl Format {
    /// The file extension of the format, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Npy => "npy",
            Self::Csv => "csv",
        }
    }

    /// Chooses one of `formats` for a file: the one that its extension promises, in any case, or the first
    /// if the extension promises none. `argument` is the option that the name was given with.
    ///
    /// ```
    /// use gumbel_files::output::Format;
    /// let of = |name: &str| Format::of("out", name.as_ref(), &[Format::Npy, Format::Csv]);
    /// assert_eq!(of("codes.CSV")?, Format::Csv);
    /// assert_eq!(of("codes")?, Format::Npy);
    /// assert!(of("codes.xlsx").is_err());
    /// # Ok::<(), gumbel_files::FileError>(())
    /// ```
    ///
    /// # Errors
    /// An extension that promises another format.
    pub fn of(argument: &'static str, path: &Path, formats: &[Self]) -> Result<Self, FileError> {
        let Some(ending) = promise(path) else { return Ok(formats[0]) };
        if let Some(format) = formats.iter().find(|format| format.ending() == ending) {
            return Ok(*format);
        }
        let written: Vec<String> = formats.iter().map(Self::to_string).collect();
        let names: Vec<String> =
            formats.iter().map(|format| format!("FILE.{}", format.ending())).collect();
        let problem = format!(
            "the output is {}: expected {} or a name without an extension, found {}",
            written.join(" or "),
            names.join(", "),
            path.display()
        );
        Err(FileError::argument(argument, problem))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
            Self::Npy => "NumPy's npy",
            Self::Csv => "CSV",
        })
    }
}

/// Checks an output folder before long work. `argument` is the option that the name was given with.
///
/// The folder is not made: a temporary one is, in it or in the nearest parent that exists, and removed again.
///
/// # Errors
/// A new folder whose extension promises the format of a file; a path that is a file, or is below one; a place where
/// nothing can be written.
pub fn check_folder(argument: &'static str, path: &Path) -> Result<(), FileError> {
    match promise(path) {
        Some(ending) if !path.is_dir() => {
            let problem = format!(
                "the output is a folder: expected a name without .{ending}, found {}",
                path.display()
            );
            Err(FileError::argument(argument, problem))
        }
        _ => check_can_be_folder(path)
            .and_then(|()| probe_folder(path))
            .map_err(FileError::system("create", path)),
    }
}

/// The known extension of a name, in small letters, if it has one.
fn promise(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_str()?;
    KNOWN.split_ascii_whitespace().find(|known| known.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_promises_another_format_is_refused() {
        let png = |name: &str| Format::of("out", Path::new(name), &[Format::Png]);
        for name in [
            "grid.jpg",
            "grid.JPG",
            "a.b/grid.Jpeg",
            "grid.svg",
            "grid.png.gz",
            "grid.npy",
            "grid.pdf",
            "grid.webp",
            "grid.csv",
            "é.tiff",
            ".grid.gif",
        ] {
            let error = png(name).unwrap_err().to_string();
            assert!(error.contains("PNG") && error.contains("FILE.png"), "{error}");
            assert!(error.starts_with("out: ") && error.contains(name), "{error}");
        }
        for name in [
            "grid",
            "grid.png",
            "grid.PNG",
            "grid.v2.png",
            "grid.",
            "grid.2",
            "grid.part",
            ".png",
            ".jpg",
            "/dev/stdout",
            "/tmp/tmp.Xa8dZ0qWbR",
            "a.jpg/grid",
            "grid.jpg/..",
        ] {
            assert_eq!(png(name).unwrap(), Format::Png, "{name}");
        }
    }

    #[test]
    fn the_extension_chooses_and_the_first_is_the_default() {
        let of = |name: &str| Format::of("out", Path::new(name), &[Format::Svg, Format::Png]);
        let found = ["a", "a.svg", "a.PNG", "a.png"].map(|name| of(name).unwrap());
        assert_eq!(found, [Format::Svg, Format::Svg, Format::Png, Format::Png]);
        let error = of("a.eps").unwrap_err().to_string();
        assert!(error.contains("SVG or PNG") && error.contains("FILE.svg, FILE.png"), "{error}");
    }

    #[test]
    fn a_folder_that_is_named_like_a_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| check_folder("out", &folder.path().join(name));
        for name in ["images.npy", "decoded.PNG", "codes.csv", "report.html"] {
            let error = at(name).unwrap_err().to_string();
            assert!(error.contains("a folder") && error.contains(name), "{error}");
        }
        for name in ["decoded", "run.2", "mnist-0.5", ".hidden", "no/such/folder"] {
            at(name).unwrap();
        }
        // An existing folder of that name is meant.
        std::fs::create_dir(folder.path().join("images.npy")).unwrap();
        at("images.npy").unwrap();
    }

    /// Long work would end without a result.
    #[test]
    fn a_folder_that_nothing_can_be_written_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for below in [file.clone(), file.join("below"), file.join("far/below")] {
            assert!(check_folder("out", &below).is_err(), "{below:?}");
        }
        check_folder("out", &folder.path().join("new/folder")).unwrap();
        // The probe leaves nothing behind.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(target_os = "linux")]
        for nowhere in ["/proc/new", "/proc/new/folder", "/proc"] {
            let error = check_folder("out", Path::new(nowhere)).unwrap_err().to_string();
            assert!(
                error.contains(nowhere) && error.contains("cannot write into /proc"),
                "{error}"
            );
        }
    }
}
