use std::fs;

use super::*;
use crate::output::{check, is_same, make_folder, remove_temporaries, write};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn refused(path: &Path, part: &str) {
    for error in [check(path).unwrap_err(), write(path, b"new").unwrap_err()] {
        let error = error.to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{part}: {error}");
        assert!(error.starts_with("cannot write ") && !error.contains(".gumbel-"), "{error}");
    }
}

#[test]
fn a_file_is_replaced_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, b"one").unwrap();
    write(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn a_write_that_fails_half_way_costs_no_earlier_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, b"good").unwrap();
    let found = fs::metadata(&path).unwrap();
    for found in [Some(&found), None] {
        let error = replace(&path, found, |file| {
            file.write_all(b"ne")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"good");
        assert_eq!(names(folder.path()), ["a"]);
    }
}

#[test]
fn a_file_of_the_user_beside_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a.tmp", ".a.tmp", "a~", ".gumbel-.tmp.txt"] {
        fs::write(at(name), "mine").unwrap();
    }
    write(&at("a"), b"new").unwrap();
    for name in ["a.tmp", ".a.tmp", "a~", ".gumbel-.tmp.txt"] {
        assert_eq!(fs::read(at(name)).unwrap(), b"mine", "{name}");
    }
    // Temporary files of killed processes are removed where no other process writes.
    fs::write(at(".gumbel-0123456789ab.tmp"), "half").unwrap();
    fs::create_dir(at(".gumbel-folder.tmp")).unwrap();
    remove_temporaries(folder.path()).unwrap();
    let left = [".a.tmp", ".gumbel-.tmp.txt", ".gumbel-folder.tmp", "a", "a.tmp", "a~"];
    assert_eq!(names(folder.path()), left);
}

#[test]
fn paths_that_no_file_can_have_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    refused(&at("folder"), "is a folder");
    refused(&at("."), "is a folder");
    refused(&at("folder/.."), "is a folder");
    refused(&at("new/"), "expected the name of a file");
    refused(Path::new(""), "expected the name of a file");
    refused(Path::new("-"), "for standard output write /dev/stdout");
    refused(&at("no/a"), "there is no folder");
    refused(&at("no/.."), "");
    assert_eq!(names(folder.path()), ["folder"]);
    assert!(names(&at("folder")).is_empty());
}

/// The temporary name is short, so the longest file name works too.
#[cfg(target_os = "linux")]
#[test]
fn a_name_may_be_as_long_as_the_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a".repeat(255));
    write(&path, b"one").unwrap();
    write(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    refused(&folder.path().join("a".repeat(256)), "too long");
    assert_eq!(names(folder.path()).len(), 1);
}

/// At any time, readers see one whole file.
#[test]
fn several_writers_of_one_name_make_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let content = |i: u8| vec![i; 100_000];
    let whole = |bytes: &[u8]| bytes.len() == 100_000 && bytes.iter().all(|b| *b == bytes[0]);
    write(&path, &content(0)).unwrap();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=4)
            .map(|i| {
                let path = &path;
                scope.spawn(move || (0..25).for_each(|_| write(path, &content(i)).unwrap()))
            })
            .collect();
        while !writers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            assert!(whole(&fs::read(&path).unwrap()));
        }
    });
    assert!(whole(&fs::read(&path).unwrap()));
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn two_names_of_one_file_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("b")).unwrap();
    assert!(is_same(&at("a"), &at("b/../a")));
    assert!(!is_same(&at("a"), &at("b/a")) && !is_same(&at("a"), &at("no/a")));
}

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn the_mode_of_a_file_stays_and_a_new_one_has_that_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "").unwrap();
        write(&at("new"), b"new").unwrap();
        assert_eq!(mode(&at("new")), mode(&at("plain")));
        for wanted in [0o600, 0o644, 0o640, 0o666, 0o755] {
            fs::set_permissions(at("plain"), fs::Permissions::from_mode(wanted)).unwrap();
            write(&at("plain"), b"again").unwrap();
            assert_eq!(
                (mode(&at("plain")), fs::read(at("plain")).unwrap()),
                (wanted, b"again".into())
            );
        }
    }

    /// Root may write everything; for other users the system decides.
    #[test]
    fn read_only_files_are_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "old").unwrap();
        fs::set_permissions(at("a"), fs::Permissions::from_mode(0o444)).unwrap();
        let may = OpenOptions::new().write(true).open(at("a")).is_ok();
        assert_eq!(write(&at("a"), b"new").is_ok(), may);
        assert_eq!(fs::read(at("a")).unwrap() == b"new", may);
        assert_eq!(mode(&at("a")), 0o444);

        fs::create_dir(at("folder")).unwrap();
        fs::write(at("folder/a"), "old").unwrap();
        fs::set_permissions(at("folder"), fs::Permissions::from_mode(0o555)).unwrap();
        let may = File::create(at("folder/probe")).is_ok();
        assert_eq!(write(&at("folder/a"), b"new").is_ok(), may);
        assert_eq!(fs::read(at("folder/a")).unwrap() == b"new", may);
        let there = if may { &["a", "probe"][..] } else { &["a"] };
        assert_eq!(names(&at("folder")), there);
        fs::set_permissions(at("folder"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A folder in which not even root can make a file.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_takes_no_file_is_named() {
        let error = write(Path::new("/proc/gumbel.png"), b"new").unwrap_err().to_string();
        assert!(
            error.starts_with("cannot write /proc/gumbel.png: cannot make a file in /proc"),
            "{error}"
        );
    }

    #[test]
    fn a_link_stays_and_its_target_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("far")).unwrap();
        fs::write(at("far/target"), "old").unwrap();
        fs::set_permissions(at("far/target"), fs::Permissions::from_mode(0o600)).unwrap();
        symlink("far/target", at("one")).unwrap();
        symlink(at("one"), at("two")).unwrap();
        for (name, new) in [("one", b"1"), ("two", b"2")] {
            write(&at(name), new).unwrap();
            assert_eq!(fs::read(at("far/target")).unwrap(), new);
        }
        assert_eq!(mode(&at("far/target")), 0o600);
        assert!(is_same(&at("two"), &at("far/target")));
        // A link to nothing yet: its target is made.
        symlink("far/new", at("dangling")).unwrap();
        symlink("dangling", at("again")).unwrap();
        write(&at("again"), b"made").unwrap();
        assert_eq!(fs::read(at("far/new")).unwrap(), b"made");
        for link in ["one", "two", "dangling", "again"] {
            assert!(at(link).is_symlink(), "{link}");
        }
        assert_eq!(names(&at("far")), ["new", "target"]);
    }

    #[test]
    fn links_that_lead_to_no_file_are_refused_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("b", at("a")).unwrap();
        symlink("a", at("b")).unwrap();
        symlink("no/file", at("lost")).unwrap();
        symlink(".", at("folder")).unwrap();
        refused(&at("a"), "cannot write");
        refused(&at("lost"), "there is no folder");
        refused(&at("folder"), "is a folder");
        assert_eq!(names(folder.path()), ["a", "b", "folder", "lost"]);
        assert!(["a", "b", "folder", "lost"].iter().all(|name| at(name).is_symlink()));
    }

    #[test]
    fn a_folder_is_made_where_a_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("far/away", at("link")).unwrap();
        for _ in 0..2 {
            make_folder(&at("link")).unwrap();
            assert!(at("far/away").is_dir() && at("link").is_symlink());
        }
        symlink("a", at("a")).unwrap();
        fs::write(at("file"), "").unwrap();
        for (name, part) in [
            ("a", "its links lead in a circle".to_owned()),
            ("file", "file: it is a file, expected a folder".to_owned()),
            ("file/b", format!("{} is a file, expected a folder", at("file").display())),
            ("file/b/c", format!("{} is a file, expected a folder", at("file").display())),
        ] {
            let error = make_folder(&at(name)).unwrap_err().to_string();
            assert!(error.starts_with("cannot create") && error.ends_with(&part), "{error}");
        }
    }

    #[test]
    fn a_pipe_is_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink("pipe", &link).unwrap();
        for path in [&pipe, &link] {
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || {
                    let mut read = Vec::new();
                    File::open(pipe).unwrap().read_to_end(&mut read).unwrap();
                    read
                }
            });
            let bytes = vec![7; 300_000];
            write(path, &bytes).unwrap();
            assert_eq!(reader.join().unwrap(), bytes);
        }
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo() && link.is_symlink());
        assert_eq!(names(folder.path()), ["link", "pipe"]);
    }

    #[test]
    fn a_device_is_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/null", &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert_eq!(names(folder.path()), ["link"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error() {
        let error = write(Path::new("/dev/full"), b"new").unwrap_err().to_string();
        assert!(error.contains("/dev/full") && error.contains("No space left"), "{error}");
    }

    #[test]
    fn a_socket_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _open = std::os::unix::net::UnixListener::bind(&path).unwrap();
        refused(&path, "is a socket");
        assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    }

    /// A file with two names: only the given one gets the new content, as with an editor.
    #[test]
    fn another_name_of_the_same_file_keeps_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "old").unwrap();
        fs::hard_link(&a, &b).unwrap();
        write(&a, b"new").unwrap();
        assert_eq!((fs::read(&a).unwrap(), fs::read(&b).unwrap()), (b"new".into(), b"old".into()));
    }

    /// Only root can test this: other users cannot give a file away.
    #[test]
    fn the_owner_of_a_file_stays_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        let given = std::os::unix::fs::chown(&path, Some(12_345), Some(23_456)).is_ok();
        let before = fs::metadata(&path).unwrap();
        write(&path, b"new").unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_eq!(given, after.uid() == 12_345);
        assert_ne!(before.ino(), after.ino());
    }

    /// A file that was deleted and is still open has no name to be replaced under.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_open_file_without_a_name_is_written_into() {
        use std::io::Seek;
        use std::os::fd::AsRawFd;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"something longer").unwrap();
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        write(Path::new(&path), b"new").unwrap();
        file.rewind().unwrap();
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert_eq!(read, b"new");
    }
}
