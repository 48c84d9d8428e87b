//! A comparison can be resumed, and its table is that of its runs.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use gumbel_data::DataError;
use gumbel_data::jpeg::{Content, JpegSet};
use gumbel_lab::ComparisonObserver;
use gumbel_lab::frequency::comparison::{Comparison, Finished, Variant, difference, report, table};
use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun, Input, Stem};
use gumbel_train::{Observer, Progress, RunState};

use crate::watch::{Watch, assert_same, bytes};
use crate::{digits, small};

/// Notes which runs begin, and stops the comparison after some steps.
struct Notes<'a> {
    watch: Watch<'a>,
    begun: Vec<String>,
}

impl Observer for Notes<'_> {
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, progress: &Progress) {
        self.watch.step(progress);
    }
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

impl ComparisonObserver for Notes<'_> {
    fn begin(&mut self, number: usize, total: usize, name: &str) {
        self.begun.push(format!("{number}/{total} {name}"));
    }
}

/// Runs a comparison. Returns its result, the runs that began and how often images were loaded.
fn run_comparison(
    comparison: &Comparison,
    out: &Path,
    after: Option<u64>,
) -> (Option<Vec<Finished>>, Vec<String>, usize) {
    let stop = AtomicBool::new(false);
    let mut notes = Notes { watch: Watch::new(&stop, after), begun: Vec::new() };
    let mut loads = 0;
    let mut load = |_: u64, content: Content| -> Result<JpegSet, DataError> {
        loads += 1;
        Ok(digits(match content {
            Content::Coefficients => Input::Coefficients,
            Content::Pixels => Input::Pixels(Stem::Patch),
        })
        .clone())
    };
    let runs = comparison.run(out, 2, &mut load, &mut notes, &stop).unwrap();
    (runs, notes.begun, loads)
}

fn comparison() -> Comparison {
    let mut base = small();
    base.epochs = 1;
    let variants = vec![Variant::Learned(24), Variant::All, Variant::Rgb(Stem::Patch)];
    Comparison { seeds: 1, variants, ..Comparison::new(base) }
}

const FOLDERS: [&str; 4] = ["gate-seed-0", "all-seed-0", "learned-24-seed-0", "rgb-patch-seed-0"];

#[test]
fn it_can_be_stopped_and_resumed_and_trains_once() {
    let folder = tempfile::tempdir().unwrap();
    let (all, parts) = (folder.path().join("all"), folder.path().join("parts"));
    let comparison = comparison();
    let (runs, begun, loads) = run_comparison(&comparison, &all, None);
    // The gate is trained although it is no variant: a learned choice needs it.
    let names = ["1/4 gate", "2/4 all", "3/4 learned-24", "4/4 rgb-patch"];
    assert_eq!(begun, names.map(|name| format!("{name}, seed 0")));
    assert_eq!(loads, 2, "coefficients once, pixels once");

    // 7 steps a run: in the gate; at its last step, after which only its result is missing; in the third.
    for (after, last) in [(3, "1/4"), (4, "1/4"), (9, "3/4")] {
        let (stopped, begun, _) = run_comparison(&comparison, &parts, Some(after));
        assert!(stopped.is_none() && begun[0].starts_with("1/4"), "{after} {begun:?}");
        assert!(begun.last().unwrap().starts_with(last), "{after} {begun:?}");
    }
    let (again, begun, _) = run_comparison(&comparison, &parts, None);
    assert!(begun[0].starts_with("3/4") && begun.len() == 2, "{begun:?}");
    for run in FOLDERS {
        assert_same(&all.join(run), &parts.join(run));
    }
    let (runs, again) = (runs.unwrap(), again.unwrap());
    for (a, b) in runs.iter().zip(&again) {
        assert_eq!(
            (a.variant, a.seed, &a.summary, &a.correct),
            (b.variant, b.seed, &b.summary, &b.correct)
        );
    }

    let times = |out: &Path| {
        FOLDERS.map(|run| {
            fs::metadata(out.join(run).join("summary.json")).unwrap().modified().unwrap()
        })
    };
    let before = times(&all);
    let (third, begun, loads) = run_comparison(&comparison, &all, None);
    assert_eq!(third, Some(runs));
    // The images are loaded all the same: finished runs of other data must not be taken for these.
    assert!(begun.is_empty() && loads == 2 && times(&all) == before, "{begun:?} {loads}");

    // Runs with other settings are not the same runs.
    let mut other = comparison;
    other.base.lr = 0.5;
    let stop = AtomicBool::new(false);
    let mut notes = Notes { watch: Watch::new(&stop, None), begun: Vec::new() };
    let mut load = |_: u64, _: Content| Ok(digits(Input::Coefficients).clone());
    let error = other.run(&all, 2, &mut load, &mut notes, &stop).unwrap_err().to_string();
    assert!(error.contains("lr is 0.01 there and 0.5 here"), "{error}");
}

#[test]
fn its_table_is_that_of_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("comparison");
    let mut comparison = comparison();
    // Long enough for answers that differ.
    let small = comparison.base;
    comparison.base = FrequencyConfig { width: 16, epochs: 3, batch: 8, flip: false, ..small };
    let runs = run_comparison(&comparison, &out, None).0.unwrap();
    let rows = table(&runs);
    assert_eq!(rows.len(), 4);
    for (row, run) in rows.iter().zip(&runs) {
        let opened = FrequencyRun::open(&run.folder).unwrap();
        let RunState::Finished(summary) = opened.state().unwrap() else { panic!("{row:?}") };
        assert_eq!(row.variant, run.variant.to_string());
        assert_eq!((row.seeds, row.accuracy), (1, summary.test_accuracy));
        assert_eq!((row.lowest, row.highest), (row.accuracy, row.accuracy));
        assert_eq!((row.channels, row.input_size), (summary.channels, summary.input_size));
        assert_eq!(
            (row.coded_bytes, row.coded_share, row.parameters),
            (summary.coded_bytes, summary.coded_share, summary.parameters)
        );
        assert_eq!(row.mflop, summary.flop as f64 / 1e6);
        let right = run.correct.values().filter(|right| **right).count();
        // Up to the rounding of a number that is read from JSON.
        assert!((right as f64 / 130.0 - summary.test_accuracy).abs() < 1e-15);
    }

    // The learned choice is that of the gate: no channel left out is more probable than one that is in.
    let gate = FrequencyRun::open(&out.join("gate-seed-0")).unwrap().channel_table().unwrap();
    let learned = FrequencyRun::open(&out.join("learned-24-seed-0")).unwrap();
    let chosen = learned.config().channels.clone().unwrap();
    let of = |inside: bool| {
        let rows = gate.iter().filter(|row| chosen.contains(&row.index) == inside);
        rows.map(|row| row.probability).collect::<Vec<f64>>()
    };
    let least = of(true).into_iter().fold(f64::INFINITY, f64::min);
    let most = of(false).into_iter().fold(0.0, f64::max);
    // Grey images: the channels of chroma are all as probable.
    let lowest = of(false).into_iter().fold(1.0, f64::min);
    assert!(chosen.len() == 24 && least >= most && most > lowest, "{least} {most} {lowest}");
    assert_eq!(rows[2].channels, Some(24.0));

    for variant in [Variant::All, Variant::Rgb(Stem::Patch)] {
        let same = difference(&runs, variant, variant).unwrap();
        assert_eq!((same.difference, same.se), (0.0, 0.0));
    }
    let learned = difference(&runs, Variant::Learned(24), Variant::All).unwrap();
    assert!((learned.difference - (rows[2].accuracy - rows[1].accuracy)).abs() < 1e-12);
    assert_eq!(rows[2].difference, Some(learned.difference));
    assert_eq!(rows[2].difference_se, Some(learned.se));
    let back = difference(&runs, Variant::All, Variant::Learned(24)).unwrap();
    assert_eq!((back.difference, back.se), (-learned.difference, learned.se));
    assert!(difference(&runs, Variant::Low(24), Variant::All).is_none());
    assert!(learned.se > 0.0 && rows[1].difference.is_none());

    report(&comparison, &runs, &out).unwrap();
    for file in ["accuracy.png", "bytes.png", "channels.png"] {
        assert_eq!(bytes(&out, file)[..8], *b"\x89PNG\r\n\x1a\n", "{file}");
    }
    let text = |file: &str| String::from_utf8(bytes(&out, file)).unwrap();
    let (csv, markdown, page) =
        (text("comparison.csv"), text("comparison.md"), text("report.html"));
    assert_eq!(csv.lines().count(), 5);
    assert!(
        csv.lines().nth(3).unwrap().starts_with(&format!("learned-24,1,{},", rows[2].accuracy)),
        "{csv}"
    );
    for row in &rows {
        let start = format!("| {} | {:.2} (", row.variant, 100.0 * row.accuracy);
        assert_eq!(
            markdown
                .lines()
                .filter(|line| line.starts_with(&start) && line.contains(" of 1 | "))
                .count(),
            1,
            "{markdown}"
        );
    }
    assert!(page.contains("data:image/svg+xml") && page.contains("learned-24"));
    for part in [
        "<h2>What to look at</h2>",
        "The highest accuracy is that of ",
        "<h2>What is odd</h2>",
        "<dt>command</dt>",
        ", of 4 trainings together</dd>",
        "<dt>machine</dt>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("{&quot;"), "a setting is JSON");
}

/// The set of coefficients, with a change.
fn changed(change: fn(&mut JpegSet)) -> JpegSet {
    let mut set = digits(Input::Coefficients).clone();
    change(&mut set);
    set
}

/// Once, pixels of five of six files were compared with coefficients of six.
#[test]
fn variants_that_see_other_images_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut comparison = comparison();
    comparison.variants = vec![Variant::All, Variant::Rgb(Stem::Patch)];
    let stop = AtomicBool::new(false);
    let mut notes = Notes { watch: Watch::new(&stop, None), begun: Vec::new() };
    let mut load = |_: u64, content: Content| {
        let mut set = match content {
            Content::Coefficients => digits(Input::Coefficients).clone(),
            Content::Pixels => digits(Input::Pixels(Stem::Patch)).clone(),
        };
        if content == Content::Pixels {
            drop(set.test.images.remove(3));
        }
        Ok(set)
    };
    let out = folder.path().join("out");
    let error = comparison.run(&out, 2, &mut load, &mut notes, &stop).unwrap_err().to_string();
    let file = &digits(Input::Coefficients).test.images[3].file;
    let expected = format!(
        "seed 0: the images read as pixels are not those read as coefficients: 1 of them are in only one of \
         the two, the first {file};"
    );
    assert!(error.contains(&expected) && !error.contains('\n'), "{error}");
    assert!(!out.join("rgb-patch-seed-0").exists());
}

#[test]
fn files_left_out_are_listed_beside_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut comparison = comparison();
    comparison.variants = vec![Variant::All];
    let stop = AtomicBool::new(false);
    let mut notes = Notes { watch: Watch::new(&stop, None), begun: Vec::new() };
    let mut load = |_: u64, _: Content| {
        Ok(changed(|set| {
            set.report.left_out.push(gumbel_data::jpeg::LeftOut {
                file: "7/x.jpg".to_owned(),
                kind: "truncated".to_owned(),
                error: "the file ends".to_owned(),
            });
        }))
    };
    let out = folder.path();
    let runs = comparison.run(out, 2, &mut load, &mut notes, &stop).unwrap().unwrap();
    report(&comparison, &runs, out).unwrap();
    let text = |file: &str| String::from_utf8(bytes(out, file)).unwrap();
    let lines = "1 file left out\n  truncated: 1\n    7/x.jpg: the file ends";
    let fenced = format!("For every variant:\n\n```text\n{lines}\n```\n");
    assert!(text("comparison.md").contains(&fenced), "{}", text("comparison.md"));
    // They once were one paragraph.
    let listed = format!("<pre class=\"lines\">{lines}</pre>");
    assert!(text("report.html").contains(&listed));
    // They once were gone when the training had ended.
    let run = Comparison::folder(out, Variant::All, 0);
    let of_run = |file: &str| String::from_utf8(bytes(&run, file)).unwrap();
    assert!(of_run("report.html").contains(&listed));
    let RunState::Finished(summary) = FrequencyRun::open(&run).unwrap().state().unwrap() else {
        panic!("not finished")
    };
    let left_out = gumbel_data::jpeg::LeftOutCount {
        kind: "truncated".to_owned(),
        files: 1,
        first: "7/x.jpg".to_owned(),
        error: "the file ends".to_owned(),
    };
    assert_eq!(summary.left_out, [left_out]);
    assert!(of_run("summary.json").contains("\"first\": \"7/x.jpg\""));
}

/// With six test images, all right, the interval once went above 100 %.
#[test]
fn intervals_stay_within_their_range() {
    let folder = tempfile::tempdir().unwrap();
    let mut comparison = comparison();
    comparison.variants = vec![Variant::All, Variant::Low(24)];
    let mut runs = run_comparison(&comparison, folder.path(), None).0.unwrap();
    for (count, wrong) in [(6, 0), (6, 1), (6, 6), (1, 0), (130, 1)] {
        for run in &mut runs {
            let low = run.variant == Variant::Low(24);
            run.correct = (0..count).map(|i| (format!("{i}"), low || i >= wrong)).collect();
            let right = run.correct.values().filter(|right| **right).count();
            run.summary.test_accuracy = right as f64 / count as f64;
        }
        let rows = table(&runs);
        for row in &rows {
            let right = (row.accuracy * count as f64).round() as usize;
            let expected = gumbel_lab::statistics::wilson(right, count);
            assert!((row.accuracy_low - expected.low).abs() < 1e-12, "{row:?}");
            assert!((row.accuracy_high - expected.high).abs() < 1e-12, "{row:?}");
        }
        let (low, high) = (rows[1].difference_low.unwrap(), rows[1].difference_high.unwrap());
        let difference = rows[1].difference.unwrap();
        assert!(
            -1.0 <= low && low <= difference && difference <= high && high <= 1.0,
            "{low} {high}"
        );
        assert!(high - low > 0.0);
    }
    report(&comparison, &runs, folder.path()).unwrap();
    let text = String::from_utf8(bytes(folder.path(), "comparison.md")).unwrap();
    assert!(text.contains("One seed: each variant was trained once."), "{text}");
    assert!(text.contains("\n1 epoch, batch "), "{text}");
}

/// A random choice differs from draw to draw, and is the same for all seeds.
#[test]
fn random_draws_differ() {
    let folder = tempfile::tempdir().unwrap();
    let mut comparison = comparison();
    comparison.seeds = 2;
    comparison.variants = vec![Variant::Random(5, 0), Variant::Random(5, 1)];
    run_comparison(&comparison, folder.path(), None).0.unwrap();
    let channels = |draw: u64, seed: u64| {
        let run = Comparison::folder(folder.path(), Variant::Random(5, draw), seed);
        FrequencyRun::open(&run).unwrap().config().channels.clone().unwrap()
    };
    assert_eq!(channels(0, 0).len(), 5);
    assert_eq!(channels(0, 0), channels(0, 1));
    assert_ne!(channels(0, 0), channels(1, 0));
}
