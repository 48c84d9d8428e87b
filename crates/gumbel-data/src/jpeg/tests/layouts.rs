//! The layouts of folders.

use super::*;
use crate::jpeg::{CacheUse, LoadProgress, Part, Parts};

#[test]
fn three_folders() {
    let folder = Folder::of(&ALL, 3);
    let set = folder.set();
    assert_eq!(set.classes, ["a", "b"]);
    assert_eq!(set.report.images, [6, 6, 6]);
    assert_eq!(files(&set.test)[2..4], ["test/a/002.jpg", "test/b/000.jpg"]);
    assert_eq!(set.validation.labels(), [0, 0, 0, 1, 1, 1]);
    assert_eq!(set.train.images[0].bytes, photo(0, 16, 16).len() as u64);
    assert_eq!(set.origin, folder.path().display().to_string());
    assert_eq!(set.name, folder.path().file_name().unwrap().to_string_lossy());
    assert!(set.report.divided.is_empty());
    assert_eq!((set.columns, set.rows, set.train.len(), set.test.len()), (2, 2, 6, 6));
}

#[test]
fn the_sum_covers_grid_parts_classes_paths_and_files() {
    let sum = |change: &dyn Fn(&Folder)| {
        let folder = Folder::of(&ALL, 3);
        change(&folder);
        folder.set().sha256
    };
    let all = [
        sum(&|_| ()),
        sum(&|folder| folder.put("train/a/000.jpg", &photo(50, 16, 16))),
        sum(&|folder| {
            fs::rename(folder.at("train/a/000.jpg"), folder.at("train/a/9.jpg")).unwrap();
        }),
        sum(&|folder| fs::remove_file(folder.at("test/b/000.jpg")).unwrap()),
        sum(&|folder| {
            for part in ["train", "validation", "test"] {
                fs::rename(folder.at(part).join("b"), folder.at(part).join("c")).unwrap();
            }
        }),
    ];
    for (i, sum) in all.iter().enumerate() {
        assert!(sum.len() == 64 && !all[..i].contains(sum), "{i}");
    }
    // Files that are passed over do not count.
    assert_eq!(sum(&|folder| folder.put("train/a/notes.txt", b"?")), all[0]);
    let folder = Folder::of(&ALL, 3);
    let grid = LoadOptions { grid: Some((1, 2)), ..LoadOptions::default() };
    assert_ne!(folder.load(&grid).unwrap().sha256, all[0]);
}

#[test]
fn other_names_of_the_folders() {
    for name in ["val", "valid", "Validation"] {
        let folders = ALL.map(|folder| folder.replace("validation", name).replace("test", "TEST"));
        let set = Folder::of(&folders.each_ref().map(String::as_str), 2).set();
        assert_eq!(set.report.images, [4, 4, 4], "{name}");
    }
    let folder = Folder::of(&[&ALL[..], &["val/a", "val/b"]].concat(), 1);
    folder
        .error(&LoadOptions::default(), &["one folder of validation images", "val and validation"]);
}

#[test]
fn parts_without_a_folder_are_drawn_from_train() {
    let folder = Folder::of(&["train/a", "train/b", "test/a", "test/b"], 20);
    let set = folder.set();
    assert_eq!(set.report.images, [36, 4, 40]);
    assert_eq!(set.report.divided, [Part::Validation]);
    assert!(set.report.to_string().contains("(validation drawn from train)"), "{}", set.report);
    assert_eq!(set.validation.labels(), [0, 0, 1, 1]);
    let mut all = [files(&set.train), files(&set.validation)].concat();
    assert!(files(&set.train).is_sorted() && files(&set.validation).is_sorted());
    all.sort_unstable();
    all.dedup();
    assert!(all.len() == 40 && all.iter().all(|file| file.starts_with("train/")));
    let other = folder.load(&LoadOptions { seed: 1, ..LoadOptions::default() }).unwrap();
    assert_ne!(files(&other.validation), files(&set.validation));
    assert_eq!(files(&other.test), files(&set.test));

    let set = Folder::of(&["train/a", "train/b", "val/a", "val/b"], 10).set();
    assert_eq!(set.report.images, [18, 20, 2]);
    assert_eq!(set.report.divided, [Part::Test]);
}

#[test]
fn no_folders_of_parts() {
    for prefix in ["", "train/"] {
        let names = ["cats", "dogs", "eels"].map(|class| format!("{prefix}{class}"));
        let set = Folder::of(&names.each_ref().map(String::as_str), 10).set();
        assert_eq!(set.report.images, [24, 3, 3]);
        assert_eq!(set.classes, ["cats", "dogs", "eels"]);
        assert_eq!((set.validation.labels(), set.test.labels()), (vec![0, 1, 2], vec![0, 1, 2]));
    }
}

#[test]
fn extensions_nested_folders_and_other_files() {
    let folder = Folder::of(&ALL, 2);
    for (i, name) in ["x.JPG", "x.jpeg", "x.JPEG", "x.Jpe", "deep/er/x.jpg"].iter().enumerate() {
        folder.put(&format!("train/a/{name}"), &photo(i, 16, 16));
    }
    for name in ["train/a/x.png", "train/a/jpg", "train/notes.jpg", "LICENSE", "other/a/x.jpg"] {
        folder.put(name, &photo(0, 16, 16));
    }
    for name in [".git/x.jpg", "train/.hidden/x.jpg", "train/a/.x.jpg"] {
        folder.put(name, b"not looked at");
    }
    let set = folder.set();
    assert_eq!(set.report.images, [9, 4, 4]);
    assert_eq!((set.report.others, set.report.left_out.len()), (5, 0));
    assert!(files(&set.train).contains(&"train/a/deep/er/x.jpg"));
    assert!(set.report.to_string().ends_with("\n5 other files passed over"), "{}", set.report);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once() {
    use std::os::unix::fs::symlink;
    let folder = Folder::of(&ALL, 2);
    let elsewhere = Folder::of(&["more"], 3);
    for (to, at) in [
        (folder.path().to_owned(), "train/a/root"),
        (folder.at("train"), "train/a/up"),
        (folder.at("train/a"), "train/a/self"),
        (elsewhere.at("more"), "train/a/more"),
        (elsewhere.at("more"), "train/a/more-again"),
    ] {
        symlink(to, folder.at(at)).unwrap();
    }
    let set = folder.set();
    assert_eq!(set.report.images, [7, 4, 4]);
    assert!(files(&set.train).contains(&"train/a/more/002.jpg"));
}

#[cfg(unix)]
#[test]
fn a_socket_is_no_file() {
    let folder = Folder::of(&ALL, 2);
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("test/a/x.jpg")).unwrap();
    let report = folder.set().report;
    assert_eq!((report.images, report.others, report.left_out), ([4, 4, 4], 1, Vec::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::of(&ALL, 2);
    for part in ["train", "validation", "test"] {
        let class = folder.at(part).join(OsStr::from_bytes(b"b\xff"));
        fs::create_dir(&class).unwrap();
        fs::write(class.join(OsStr::from_bytes(b"\xfe.jpg")), photo(9, 16, 16)).unwrap();
        fs::write(class.join(OsStr::from_bytes(b"\xfd.jpg")), b"GIF").unwrap();
    }
    let set = folder.set();
    assert_eq!(set.classes, ["a", "b", "b\u{fffd}"]);
    assert_eq!(set.report.images, [5, 5, 5]);
    assert_eq!(set.train.images[4].file, "train/b\u{fffd}/\u{fffd}.jpg");
    assert_eq!(set.report.left_out.len(), 3);
}

/// The error once said that there was no JPEG.
#[test]
fn the_error_for_photographs_in_one_folder_shows_the_layout() {
    let layout = "photographs in one folder for each class (CLASS/*.jpg, or train/CLASS/*.jpg and \
                  test/CLASS/*.jpg), found ";
    let found = |found: &str| format!("{layout}{found}");
    let test = LoadOptions { parts: Parts::TestOnly, ..LoadOptions::default() };
    for options in [LoadOptions::default(), test] {
        let folder = Folder::of(&["."], 1);
        folder.error(&options, &[&found("1 JPEG directly in it")]);
        let folder = Folder::of(&["."], 150);
        folder.put("notes.txt", b"");
        folder.error(&options, &[&found("150 JPEGs directly in it")]);
        let folder = Folder::of(&["train", "test"], 3);
        let count = if options.parts == Parts::All { 6 } else { 3 };
        folder.error(&options, &[&found(&format!("{count} JPEGs directly in a folder of a part"))]);
    }
    let folder = Folder::of(&[".", "cats"], 2);
    let text = found("one, \"cats\", and 2 JPEGs directly in it");
    folder.error(&LoadOptions::default(), &[&text]);
}

#[test]
fn folders_that_are_not_sets_of_classes() {
    let none = LoadOptions::default();
    let no_class = "two or more folders of JPEGs, one for each class";
    Folder::new().error(&none, &[no_class, "no JPEG, and 0 other files"]);
    let other = Folder::new();
    other.put("a.txt", b"");
    other.error(&none, &[no_class, "no JPEG, and 1 other file"]);
    Folder::of(&["train/a", "test/a"], 3).error(&none, &[no_class, "one, \"a\""]);
    Folder::of(&["a"], 3).error(&none, &["one, \"a\""]);
    Folder::of(&["test/a", "test/b"], 3).error(&none, &["a folder train", "no such folder"]);

    let folder = Folder::of(&["train/a", "train/b", "test/a", "test/b", "test/c"], 3);
    let error = folder.error(&none, &["train: expected the class \"c\", which test has"]);
    assert!(matches!(error, DataError::Classes { .. }));
    let folder = Folder::of(&["train/a", "train/b", "train/c", "test/a", "test/b"], 3);
    folder.error(&none, &["test: expected the class \"c\", which train has"]);

    let folder = Folder::of(&["train/a", "test/a", "test/b"], 3);
    fs::create_dir(folder.at("train/b")).unwrap();
    folder.error(&none, &["training images in every class", "none in \"b\""]);
    let folder = Folder::of(&["train/a", "train/b"], 3);
    fs::create_dir_all(folder.at("test/a")).unwrap();
    fs::create_dir_all(folder.at("test/b")).unwrap();
    folder.error(&none, &["images in every part", "none for test"]);
    Folder::of(&["a", "b"], 2).error(&none, &["none for validation"]);

    let folder = Folder::new();
    let missing = JpegSet::load(&folder.at("missing"), &none, &|_| ()).unwrap_err();
    assert!(matches!(missing, DataError::Classes { .. }), "{missing}");
    assert!(missing.to_string().ends_with("found no folder"), "{missing}");
    folder.put("file", b"");
    let file = JpegSet::load(&folder.at("file"), &none, &|_| ()).unwrap_err();
    assert!(matches!(file, DataError::Classes { .. }), "{file}");
    assert!(file.to_string().ends_with("found a file"), "{file}");
}

#[test]
fn only_the_folder_of_test_images() {
    let folder = Folder::of(&["train/a", "train/b", "Test/b", "Test/c", "validation/d"], 3);
    folder.put("train/a/bad.jpg", b"not looked at");
    folder.put("Test/c/bad.jpg", b"GIF89a");
    fs::create_dir(folder.at("Test/empty")).unwrap();
    let cache = Folder::new();
    let options = LoadOptions {
        parts: Parts::TestOnly,
        cache: Some(cache.path().to_owned()),
        ..LoadOptions::default()
    };
    let set = folder.load(&options).unwrap();
    assert_eq!(set.classes, ["b", "c", "empty"]);
    assert_eq!(set.report.images, [0, 0, 6]);
    assert_eq!(set.test.labels(), [0, 0, 0, 1, 1, 1]);
    assert_eq!(files(&set.test)[0], "Test/b/000.jpg");
    assert!(set.train.is_empty() && set.validation.is_empty() && set.report.divided.is_empty());
    assert_eq!((set.report.left_out.len(), set.report.others), (1, 0));
    let text = set.report.to_string();
    assert!(text.starts_with("6 test images\n2 x 2 blocks of 8x8 pixels\n1 file left"), "{text}");
    let again = folder.load(&LoadOptions { seed: 5, ..options.clone() }).unwrap();
    assert_eq!((again.report.cache, &again.test), (CacheUse::Used, &set.test));
    assert_eq!(again.sha256, set.sha256);
    folder.error(&LoadOptions { strict: true, ..options }, &["Test/c/bad.jpg", "not a JPEG"]);

    // The same images as in the whole set.
    let folder = Folder::of(&ALL, 3);
    let test = LoadOptions { parts: Parts::TestOnly, ..LoadOptions::default() };
    assert_eq!(folder.load(&test).unwrap().test, folder.set().test);
}

#[test]
fn a_folder_without_parts_is_a_test() {
    let folder = Folder::of(&["cats", "dogs"], 10);
    let cache = Folder::new();
    let all = LoadOptions { cache: Some(cache.path().to_owned()), ..LoadOptions::default() };
    let test = LoadOptions { parts: Parts::TestOnly, ..all.clone() };
    let divided = folder.load(&all).unwrap();
    let set = folder.load(&test).unwrap();
    // The files are the same, so the cache serves both.
    assert_eq!(set.report.cache, CacheUse::Used);
    assert_eq!((divided.report.images, set.report.images), ([16, 2, 2], [0, 0, 20]));
    assert_ne!(divided.sha256, set.sha256);
    assert_eq!(set.classes, ["cats", "dogs"]);
    assert!(set.report.to_string().starts_with("20 test images\n"), "{}", set.report);
    // One class is enough, and one image.
    let one = Folder::of(&["cats"], 1).load(&test).unwrap();
    assert_eq!((one.report.images, one.test.labels()), ([0, 0, 1], vec![0]));
    assert!(one.report.to_string().starts_with("1 test image\n"), "{}", one.report);
}

#[test]
fn folders_without_test_images() {
    let test = LoadOptions { parts: Parts::TestOnly, ..LoadOptions::default() };
    let layout = "expected folders of JPEGs, one for each class";
    Folder::new().error(&test, &[layout, "no JPEG, and 0 other files"]);
    // Without its own folder the test would be drawn from images that the model may have seen.
    Folder::of(&["train/a", "train/b"], 3).error(&test, &["a folder test beside train"]);
    let folder = Folder::of(&["train/a", "train/b"], 3);
    fs::create_dir_all(folder.at("test/a")).unwrap();
    folder.error(&test, &[layout, "no JPEG"]);
    folder.put("test/a/x.jpg", b"GIF89a");
    folder.error(&test, &["a JPEG that can be read", "1 that cannot: test/a/x.jpg"]);
}

#[test]
fn progress_counts_every_file() {
    let folder = Folder::of(&ALL, 2);
    let seen = std::sync::Mutex::new(Vec::new());
    let options = LoadOptions { threads: 3, ..LoadOptions::default() };
    JpegSet::load(folder.path(), &options, &|progress| seen.lock().unwrap().push(progress))
        .unwrap();
    let mut seen = seen.into_inner().unwrap();
    assert_eq!(seen.remove(0), LoadProgress::Found { files: 12 });
    let mut done: Vec<usize> = seen
        .into_iter()
        .map(|progress| match progress {
            LoadProgress::Read { done, total: 12 } => done,
            other => panic!("{other:?}"),
        })
        .collect();
    done.sort_unstable();
    assert!(done.into_iter().eq(1..=12));
}
