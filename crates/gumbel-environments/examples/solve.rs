//! Prints mazes with the best move in each cell: a map from a file, or generated ones.
//!
//! `cargo run --release -p gumbel-environments --example solve [FILE]`

use gumbel::Key;
use gumbel_environments::maze::{Cell, Maze};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(file) = std::env::args().nth(1) {
        let text = std::fs::read_to_string(&file)?;
        show(&Maze::parse(&text).map_err(|error| format!("{file}: {error}"))?)?;
        return Ok(());
    }
    for seed in 0..3 {
        println!("key {seed}");
        show(&Maze::generate(9, 9, Key::new(seed))?)?;
    }
    Ok(())
}

fn show(maze: &Maze) -> gumbel_environments::Result<()> {
    let (map, model) = (maze.map(), maze.model());
    let optimum = model.optimum();
    let uniform = model.evaluate(&model.uniform_policy())?;
    for row in 0..map.rows() {
        let line: String = (0..map.columns())
            .map(|column| match (map.cell(row, column), map.state_at(row, column)) {
                (Cell::Floor | Cell::Slippery, Some(state)) => {
                    ['^', 'v', '<', '>'][optimum.actions[state]]
                }
                (cell, _) => cell.character(),
            })
            .collect();
        let text: String = (0..map.columns()).map(|c| map.cell(row, c).character()).collect();
        println!("    {text}    {line}");
    }
    println!(
        "the return from the start: {:.4} at best, {:.4} with equal probabilities",
        optimum.expected_return, uniform.expected_return,
    );
    Ok(())
}
