//! The cache, and the number of threads: neither changes the set.

use gumbel_files::digest::sha256;

use super::*;
use crate::jpeg::{CacheUse, Content};

/// A folder with images of several sizes and a bad one, and options with a cache of its own.
fn folder(content: Content) -> (Folder, Folder, LoadOptions) {
    let folder = Folder::of(&ALL, 3);
    for (i, (width, height)) in [(300, 40), (9, 9), (45, 290)].into_iter().enumerate() {
        folder.put(&format!("train/b/x{i}.jpg"), &photo(i, width, height));
    }
    folder.put("test/b/bad.jpg", b"GIF89a");
    let cache = Folder::new();
    let options =
        LoadOptions { content, cache: Some(cache.at("new/cache")), ..LoadOptions::default() };
    (folder, cache, options)
}

fn cache_files(options: &LoadOptions) -> Vec<PathBuf> {
    let folder = options.cache.as_ref().unwrap();
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Loads a set, and takes the use of the cache out of its report.
fn load(folder: &Folder, options: &LoadOptions) -> (JpegSet, CacheUse) {
    let mut set = folder.load(options).unwrap();
    let used = std::mem::take(&mut set.report.cache);
    (set, used)
}

#[test]
fn the_second_load_uses_the_cache() {
    for content in [Content::Coefficients, Content::Pixels] {
        let (folder, _cache, options) = folder(content);
        let plain = folder.load(&LoadOptions { cache: None, ..options.clone() }).unwrap();
        let first = load(&folder, &options);
        assert_eq!(first.1, CacheUse::Written { replaced: None });
        let second = load(&folder, &options);
        assert_eq!(second.1, CacheUse::Used);
        assert!(first.0 == plain && second.0 == plain);
        assert_eq!(plain.report.left_out.len(), 1);
        assert_eq!(cache_files(&options).len(), 1);
        // Other seeds divide the same files; smaller grids are cut out of what is cached.
        let seed = LoadOptions { seed: 3, ..options.clone() };
        assert_eq!(load(&folder, &seed).1, CacheUse::Used);
        for grid in [(1, 1), (2, 2), (3, 1), (4, 31), (32, 32)] {
            let grid = LoadOptions { grid: Some(grid), ..options.clone() };
            let plain = folder.load(&LoadOptions { cache: None, ..grid.clone() }).unwrap();
            assert_eq!(load(&folder, &grid), (plain, CacheUse::Used));
        }
        let grid = LoadOptions { grid: Some((35, 3)), ..options.clone() };
        let plain = folder.load(&LoadOptions { cache: None, ..grid.clone() }).unwrap();
        let written = CacheUse::Written { replaced: None };
        assert_eq!(load(&folder, &grid), (plain.clone(), written));
        assert_eq!(load(&folder, &grid), (plain, CacheUse::Used));
        // The file left out is remembered with its error.
        let strict = LoadOptions { strict: true, ..options };
        folder.error(&strict, &["test/b/bad.jpg", "not a JPEG"]);
    }
}

#[test]
fn a_folder_that_changed_has_another_cache() {
    let (folder, _cache, options) = folder(Content::Coefficients);
    let before = load(&folder, &options).0;
    folder.put("train/a/000.jpg", &photo(77, 16, 16));
    let changed = load(&folder, &options);
    assert_eq!(changed.1, CacheUse::Written { replaced: None });
    assert_ne!(changed.0.sha256, before.sha256);
    // The same number of bytes, later.
    let path = folder.at("train/a/001.jpg");
    let later =
        fs::metadata(&path).unwrap().modified().unwrap() + std::time::Duration::from_nanos(7_000);
    fs::File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
    assert_eq!(load(&folder, &options).1, CacheUse::Written { replaced: None });
    fs::remove_file(path).unwrap();
    assert_eq!(load(&folder, &options).1, CacheUse::Written { replaced: None });
    assert_eq!(load(&folder, &options).1, CacheUse::Used);
}

#[test]
fn damage_is_noted_and_repaired() {
    for content in [Content::Coefficients, Content::Pixels] {
        let (folder, _cache, options) = folder(content);
        let whole = load(&folder, &options).0;
        let [file] = cache_files(&options).try_into().unwrap();
        let good = fs::read(&file).unwrap();
        let step = good.len() / 40;
        let places = (0..90).chain((90..good.len()).step_by(step)).chain([good.len() - 1]);
        let changed = places.map(|at| {
            let mut bytes = good.clone();
            bytes[at] ^= 0x40;
            bytes
        });
        let cut =
            [0, 1, 79, 80, good.len() / 2, good.len() - 1].map(|length| good[..length].to_vec());
        let longer = [[good.as_slice(), &[0]].concat(), b"something else entirely".to_vec()];
        for bytes in changed.chain(cut).chain(longer) {
            fs::write(&file, bytes).unwrap();
            let (set, used) = load(&folder, &options);
            let CacheUse::Written { replaced: Some(why) } = &used else { panic!("{used:?}") };
            assert!(why.ends_with("is not as it was written"), "{why}");
            assert!(used.to_string().starts_with("cache rebuilt: "));
            assert!(set == whole && fs::read(&file).unwrap() == good);
        }
    }
}

/// Changed records with the right sum.
#[test]
fn the_right_sum_is_not_enough() {
    for content in [Content::Coefficients, Content::Pixels] {
        let (folder, _cache, options) = folder(content);
        let whole = load(&folder, &options).0;
        let [file] = cache_files(&options).try_into().unwrap();
        let good = fs::read(&file).unwrap();
        // The first record: its length, 1, sum, size, rows, columns, row, column, kind, length.
        let mut refused = 0;
        for at in (80..89).chain(121..190).chain([good.len() - 60, good.len() - 1]) {
            let mut bytes = good.clone();
            bytes[at] ^= 0xff;
            let sum = sha256([&bytes[80..]]);
            let sum: Vec<u8> =
                (0..32).map(|i| u8::from_str_radix(&sum[2 * i..2 * i + 2], 16).unwrap()).collect();
            bytes[48..80].copy_from_slice(&sum);
            fs::write(&file, bytes).unwrap();
            let (set, used) = load(&folder, &options);
            match used {
                CacheUse::Written { replaced: Some(_) } => {
                    assert_eq!(set, whole);
                    refused += 1;
                }
                // Another valid image: only the files could tell.
                CacheUse::Used => assert_eq!(set.report.images, whole.report.images),
                other => panic!("{other:?}"),
            }
        }
        assert!(refused > 40, "{refused}");
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_noted() {
    let (folder, cache, options) = folder(Content::Coefficients);
    let whole = load(&folder, &options).0;
    cache.put("file", b"");
    let set =
        folder.load(&LoadOptions { cache: Some(cache.at("file/in")), ..options.clone() }).unwrap();
    assert!(matches!(set.report.cache, CacheUse::Failed { .. }));
    let text = set.report.to_string();
    assert!(text.contains("\ncache not written: ") && text.contains("file/in"), "{text}");
    assert_eq!(set.train, whole.train);
    // A folder in the place of the file can be neither read nor replaced.
    let [file] = cache_files(&options).try_into().unwrap();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let (set, used) = load(&folder, &options);
    assert!(set == whole && matches!(used, CacheUse::Failed { .. }), "{used:?}");
}

#[test]
fn threads_change_nothing() {
    for content in [Content::Coefficients, Content::Pixels] {
        let (folder, _cache, options) = folder(content);
        let one = load(&folder, &LoadOptions { cache: None, threads: 0, ..options.clone() }).0;
        let mut caches = Vec::new();
        for threads in [1, 2, 7] {
            let options = LoadOptions { threads, ..options.clone() };
            assert_eq!(load(&folder, &options).0, one);
            assert_eq!(load(&folder, &options).0, one);
            let [file] = cache_files(&options).try_into().unwrap();
            caches.push(fs::read(&file).unwrap());
            fs::remove_file(file).unwrap();
        }
        assert!(caches[1..].iter().all(|cache| *cache == caches[0]));
    }
}
