//! The golden values of the Python package are those that this crate gives now.

// Its `main` prints the values.
#[expect(dead_code, reason = "the example's main function")]
#[path = "../examples/golden_draws.rs"]
mod golden_draws;

#[test]
fn the_golden_draws_of_python_are_todays() {
    // The bits of f32 depend on the level that a test of another level asks for.
    if !gumbel::fuses_multiply_add() || std::env::var_os("GUMBEL_LEVEL").is_some() {
        return;
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python/tests/golden/draws.txt");
    let stored = std::fs::read_to_string(file).unwrap();
    let now = golden_draws::golden().unwrap();
    for (stored, now) in stored.lines().zip(now.lines()) {
        assert_eq!(stored, now);
    }
    assert_eq!(stored.lines().count(), now.lines().count());
}
