//! The Rust blocks of the READMEs, compiled and run. A function here contains each of them, line for line,
//! and a test compares: a block that is new, or changed only in the README, fails.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use gumbel_burn::{Error, TemperatureSchedule};

/// This file, in which the blocks are searched.
const HERE: &str = include_str!("readme.rs");

/// The first block of README.md, and what it prints.
fn agent() -> Result<String, gumbel::Error> {
    let mut printed = String::new();
    macro_rules! println {
        ($($what:tt)*) => { printed += &format!("{}\n", format_args!($($what)*)) };
    }

    use gumbel::{Key, gumbel_max, gumbel_softmax};

    let logits = [0.9_f32, 0.05, 0.05, 0.0].map(f32::ln);
    let key = Key::new(66);
    let choice = gumbel_max(&logits, 4, key)?; // an exact sample
    let warm = gumbel_softmax(&logits, 4, 1.0, key)?; // its relaxation, with a derivative
    let cold = gumbel_softmax(&logits, 4, 0.1, key)?; // nearly the sample itself
    println!("{choice:?}\n{warm:.3?}\n{cold:.3?}");

    Ok(printed)
}

/// The block of README.md on tensors. The one-hot sample is the relaxed one's largest class in each step.
#[test]
fn the_block_on_tensors_draws_other_noise_in_each_step() -> Result<(), Error> {
    use burn::tensor::{Device, Tensor};
    use gumbel::Key;
    use gumbel_burn::{gumbel_softmax, straight_through_gumbel_softmax};

    let logits = Tensor::<2>::zeros([8, 10], &Device::flex().autodiff()).require_grad();
    let run_key = Key::new(7);
    let mut samples = Vec::new();
    for step in 0..3 {
        let key = run_key.fold_in(step); // the same key would repeat the same noise
        let soft = gumbel_softmax(logits.clone(), -1, 0.5, key)?; // along any axis
        let hard = straight_through_gumbel_softmax(logits.clone(), -1, 0.5, key)?; // one-hot
        let gradients = (soft * hard.clone()).sum().backward();
        assert!(logits.grad(&gradients).is_some());
        samples.push(hard.into_data());
    }

    assert!(samples[0] != samples[1] && samples[1] != samples[2] && samples[0] != samples[2]);
    Ok(())
}

/// The block of README.md on estimators.
#[test]
fn the_block_on_estimators_gives_gradients() -> Result<(), Error> {
    let your_cost = |x: Tensor<3>| x.sum_dim(1).square().sum_dim(2).flatten::<1>(0, 2);

    use burn::tensor::{Device, Tensor};
    use gumbel::Key;
    use gumbel_burn::estimator::{Cost, Name, Variables};

    let device = Device::flex().autodiff();
    let logits = Tensor::<3>::zeros([16, 2, 4], &device).require_grad(); // 16 rows, 2 variables of 4 classes
    let cost = |choice: Tensor<3>| Ok(your_cost(choice)); // one-hot in, a number for each row out
    for (step, name) in ["zgr", "rloo", "rebar"].into_iter().enumerate() {
        let estimator = name.parse::<Name>()?.estimator();
        let own = estimator.parameters(2, 4, Key::new(0), &device); // of rebar: trained beside the model
        let own = own.into_iter().map(Tensor::require_grad).collect();
        let key = Key::new(7).fold_in(step as u64);
        let variables = Variables::new(logits.clone(), key).with_parameters(own);
        let estimate = estimator.estimate(&variables, &Cost::new(&cost))?;
        let gradients = estimate.surrogate.mean().backward();
        assert!(logits.grad(&gradients).is_some());
    }

    Ok(())
}

/// The block of README.md on gates.
#[test]
fn the_block_on_gates_trains_and_decides() -> Result<(), Error> {
    let schedule = TemperatureSchedule::linear(1.0, 0.5, 3)?;
    let task_loss = |output: Tensor<4>| output.powi_scalar(2).mean();

    use burn::tensor::{Device, Tensor};
    use gumbel::Key;
    use gumbel_burn::{GateEvaluation, GatePenalty, GumbelGateConfig};

    let device = Device::flex().autodiff();
    let x = Tensor::<4>::ones([2, 192, 4, 4], &device); // images, channels, positions
    let [weights, noise] = Key::new(7).split();
    let gate = GumbelGateConfig::new(192).init(weights, &device)?;
    // Training: hard choices with a gradient, and a price on each channel that is kept.
    for step in 0..3 {
        let kept = gate.sample(x.clone(), schedule.tau(step), noise.fold_in(step))?;
        let loss = task_loss(kept.output) + GatePenalty::mean(0.3)?.loss(kept.gates)?;
        let _gradients = loss.backward(); // for the optimiser
    }
    // Evaluation: no noise.
    let kept = gate.decide(x, GateEvaluation::Threshold)?;

    assert_eq!(kept.gates.dims(), [2, 192]);
    Ok(())
}

/// The block of README.md on tokens. A request draws alone what it draws in a batch, and never the masked token.
#[test]
fn the_block_on_tokens_draws_the_same_alone() -> Result<(), gumbel::Error> {
    // Rows that depend on the text so far, as those of a network do.
    let next_logits = |texts: &[Vec<usize>]| -> Vec<f32> {
        let row = |text: &Vec<usize>| {
            let last = text.last().map_or(0, |&token| token as u64);
            (0..50_000).map(move |i| Key::new(last).word(i) as f32 / 2e9)
        };
        texts.iter().flat_map(row).collect()
    };

    use gumbel::{Categorical, Key};

    let vocabulary = 50_000;
    let server = Key::new(2026);
    let allowed: Vec<bool> = (0..vocabulary).map(|token| token != 13).collect(); // a mask
    let requests = [17, 4, 99]; // their seeds
    let mut texts = vec![Vec::new(); requests.len()];
    for position in 0..8 {
        let logits: Vec<f32> = next_logits(&texts); // [requests, vocabulary]
        let keys = requests.map(|request| server.fold_in(request).fold_in(position));
        let tokens = Categorical::from_logits(&logits, vocabulary)?
            .temperature(0.8)?
            .mask(&allowed)?
            .sample_rows(&keys)?;
        texts.iter_mut().zip(tokens).for_each(|(text, token)| text.push(token));
    }

    let mut alone = vec![Vec::new()];
    for position in 0..8 {
        let logits = next_logits(&alone);
        let row = Categorical::from_logits(&logits, vocabulary)?.temperature(0.8)?;
        let key = server.fold_in(requests[1]).fold_in(position);
        alone[0].extend(row.mask(&allowed)?.sample(key)?);
    }
    assert_eq!(alone[0], texts[1]);
    assert!(texts.iter().all(|text| text.len() == 8 && !text.contains(&13)));
    Ok(())
}

/// The block of the core crate's README.
#[test]
fn the_block_of_the_core_draws_one_choice_twice() -> Result<(), gumbel::Error> {
    use gumbel::{Key, gumbel_max, gumbel_softmax};

    let logits = [0.9_f32, 0.05, 0.05, 0.0].map(f32::ln);
    let key = Key::new(7);
    let choice = gumbel_max(&logits, 4, key)?;
    let relaxed = gumbel_softmax(&logits, 4, 0.5, key)?;

    assert!(relaxed.iter().all(|&y| y <= relaxed[choice[0]]));
    Ok(())
}

/// The line that the book shows for tensors.
#[test]
fn the_call_in_the_book_returns_shares() -> Result<(), Error> {
    let logits = Tensor::<2>::zeros([8, 10], &burn::tensor::Device::flex());
    let (run_key, step) = (gumbel::Key::new(7), 300);

    let y = gumbel_burn::gumbel_softmax(logits, -1, 0.5, run_key.fold_in(step))?;

    let sums = y.sum_dim(1).into_data().try_to_vec::<f32>().unwrap();
    assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6));
    Ok(())
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    let path = repository().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The README of the repository, and those of the crates that have one.
fn readmes() -> Vec<String> {
    let mut readmes = vec!["README.md".to_owned()];
    for entry in fs::read_dir(repository().join("crates")).unwrap() {
        let readme = format!("crates/{}/README.md", entry.unwrap().file_name().display());
        if repository().join(&readme).exists() {
            readmes.push(readme);
        }
    }
    readmes
}

/// The fenced blocks of a page: the text after the fence, and the lines.
fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(info) if !open => blocks.push((info, Vec::new())),
            None if open => blocks.last_mut().unwrap().1.push(line),
            _ => {}
        }
        open ^= line.starts_with("```");
    }
    assert!(!open, "a block is not closed");
    blocks
}

/// Lines indented as in a function.
fn indented(lines: &[&str]) -> String {
    let indent = |line: &&str| match line.is_empty() {
        true => "\n".to_owned(),
        false => format!("    {line}\n"),
    };
    lines.iter().map(indent).collect()
}

#[test]
fn every_rust_block_of_a_readme_is_compiled_here() {
    let mut found = 0;
    for readme in readmes() {
        for (info, lines) in blocks(&read(&readme)) {
            assert!(!info.contains("rust,"), "{readme}: `{info}` is not compiled");
            if info == "rust" {
                found += 1;
                let code = indented(&lines);
                assert!(HERE.contains(&code), "{readme}: not in tests/readme.rs:\n{code}");
            }
        }
    }
    assert_eq!(found, 6, "the Rust blocks of the READMEs");
}

#[test]
fn readme_shows_what_the_agent_prints_and_the_example_is_that_block() {
    let readme = read("README.md");
    let printed = agent().unwrap();
    let (_, after) = readme.split_once("--example agent`").expect("the command of the example");
    let shown = indented(&printed.lines().collect::<Vec<_>>());
    assert!(after.starts_with(&format!(")\n\n{shown}\n")), "README.md, expected:\n{shown}");

    // The example is the block in a function.
    let (_, block) = blocks(&readme).into_iter().find(|(info, _)| *info == "rust").unwrap();
    let example = read("crates/gumbel/examples/agent.rs");
    let (uses, body) = block.split_at(block.iter().position(|line| line.is_empty()).unwrap());
    assert!(example.contains(&uses.join("\n")), "{example}");
    assert!(example.contains(&indented(&body[1..])), "{example}");
}

#[test]
fn the_book_shows_a_call_on_tensors_that_is_compiled_here() {
    for page in ["book/en/src/gumbel-softmax.md", "book/zh/src/gumbel-softmax.md"] {
        let text = read(page);
        let calls = text.lines().filter(|line| line.contains("gumbel_burn::")).collect::<Vec<_>>();
        assert!(!calls.is_empty(), "{page} shows no call");
        for call in calls {
            assert!(HERE.contains(&indented(&[call])), "{page}: not in tests/readme.rs: {call}");
        }
    }
}
