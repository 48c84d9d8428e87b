//! A map: a rectangle of cells, read from text and checked.

use std::fmt;

use super::cell::{Cell, Move};
use super::grid::Grid;
use crate::error::{EnvironmentError, Result};

/// The largest number of cells of a map. The exact solution takes time in proportion to its cube.
pub const MOST_CELLS: usize = 4096;

/// A checked map of a maze.
///
/// The text has one line for each row and one character for each cell, all rows with the same number:
///
/// | character | cell |
/// |---|---|
/// | `#` | wall |
/// | `.` | floor |
/// | `~` | slippery floor |
/// | `S` | start, one on each map |
/// | `G` | goal, one or more |
/// | `T` | trap |
///
/// Outside the rectangle is wall. The cells that are no walls are the states of the maze, numbered by rows.
/// `Display` writes the text that [`Map::parse`] reads.
///
/// ```
/// use gumbel_environments::maze::{Cell, Map, Move};
///
/// let map = Map::parse("S~G\n.#T\n")?;
/// assert_eq!((map.rows(), map.columns(), map.states()), (2, 3, 5));
/// assert_eq!(map.cell(0, 1), Cell::Slippery);
/// assert_eq!(map.position(4), (1, 2)); // the trap: the wall before it is no state
/// assert_eq!(map.neighbour(map.start(), Move::Right), Some(1));
/// assert_eq!(map.to_string(), "S~G\n.#T\n");
/// # Ok::<(), gumbel_environments::EnvironmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    grid: Grid,
    /// The index in `cells` of each state.
    cell_of_state: Vec<usize>,
    /// The state of each cell, `None` for a wall.
    state_of_cell: Vec<Option<usize>>,
    start: usize,
}

impl Map {
    /// Reads a map. Empty lines at its end are ignored.
    ///
    /// # Errors
    /// One line with the row and column in the text, both from 1: an empty map, more than [`MOST_CELLS`] cells, a line
    /// of another length, an unknown character, a second start, a goal or floor with walls on all sides, no path from
    /// the start to a goal. Also a map without a start or without a goal.
    ///
    /// ```
    /// use gumbel_environments::maze::Map;
    /// let message = |text| Map::parse(text).unwrap_err().to_string();
    ///
    /// assert_eq!(message("S.\n.x\n.G"), "row 2, column 2: expected one of # . ~ S G T, found 'x'");
    /// let expected = "row 2, column 3: expected a goal that a move can enter, found a goal in a wall";
    /// assert_eq!(message("S.#\n.#G"), expected);
    /// assert_eq!(message("S.\n##\n.G"), "row 1, column 1: expected a path from the start to a goal, found none");
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        let Some(first) = lines[..used].first().filter(|line| !line.is_empty()) else {
            return fault(0, 0, "a cell", "an empty line");
        };
        let columns = first.chars().count();
        let mut cells = Vec::new();
        for (row, line) in lines[..used].iter().enumerate() {
            for (column, character) in line.chars().enumerate() {
                let Some(cell) = Cell::of_character(character) else {
                    return fault(
                        row,
                        column,
                        "one of # . ~ S G T",
                        format!("'{}'", character.escape_debug()),
                    );
                };
                if cells.len() == MOST_CELLS {
                    return fault(row, column, format!("at most {MOST_CELLS} cells"), "more");
                }
                cells.push(cell);
            }
            let found = line.chars().count();
            if found != columns {
                let expected = format!("a line of {columns} cells as in row 1");
                return fault(row, found.min(columns), expected, format!("{found} cells"));
            }
        }
        let rows = cells.len() / columns;
        Self::of_grid(Grid { rows, columns, cells })
    }

    /// Numbers the states of a grid and checks it.
    pub(crate) fn of_grid(grid: Grid) -> Result<Self> {
        let cells = &grid.cells;
        let mut starts = (0..cells.len()).filter(|&c| cells[c] == Cell::Start);
        let start = starts.next().ok_or(EnvironmentError::Missing { cell: "a start S" })?;
        if let Some(second) = starts.next() {
            let ((row, column), (first_row, first_column)) =
                (grid.place(second), grid.place(start));
            let found =
                format!("a second one after row {}, column {}", first_row + 1, first_column + 1);
            return fault(row, column, "one start S", found);
        }
        let mut state_of_cell = vec![None; cells.len()];
        let cell_of_state: Vec<usize> =
            (0..cells.len()).filter(|&c| cells[c] != Cell::Wall).collect();
        for (state, &cell) in cell_of_state.iter().enumerate() {
            state_of_cell[cell] = Some(state);
        }
        let start = cell_of_state.partition_point(|&cell| cell < start);
        let map = Self { grid, cell_of_state, state_of_cell, start };
        map.check_moves()?;
        map.check_path()?;
        Ok(map)
    }

    /// Checks that there is a goal, and that no goal or floor has walls on all sides.
    fn check_moves(&self) -> Result<()> {
        if !self.grid.cells.contains(&Cell::Goal) {
            return Err(EnvironmentError::Missing { cell: "a goal G" });
        }
        for state in 0..self.states() {
            let enclosed = Move::ALL.into_iter().all(|m| self.neighbour(state, m).is_none());
            let (row, column) = self.position(state);
            match self.cell_of(state) {
                Cell::Goal if enclosed => {
                    return fault(row, column, "a goal that a move can enter", "a goal in a wall");
                }
                Cell::Floor | Cell::Slippery | Cell::Start if enclosed => {
                    return fault(row, column, "a cell with a move", "walls on all sides");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_path(&self) -> Result<()> {
        let distances = self.distances(self.start);
        let mut goals = (0..self.states()).filter(|&s| self.cell_of(s) == Cell::Goal);
        if goals.any(|goal| distances[goal].is_some()) {
            return Ok(());
        }
        let (row, column) = self.position(self.start);
        fault(row, column, "a path from the start to a goal", "none")
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.grid.rows
    }

    /// Returns the number of columns.
    pub fn columns(&self) -> usize {
        self.grid.columns
    }

    /// Returns the number of states: cells that are no walls.
    pub fn states(&self) -> usize {
        self.cell_of_state.len()
    }

    /// Returns the state of the start.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns the cell in a row and a column, both from 0.
    ///
    /// # Panics
    /// If the row or the column is outside the map.
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        assert!(column < self.columns(), "column {column} of {}", self.columns());
        self.grid.cells[row * self.columns() + column]
    }

    /// Returns the cell of a state.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn cell_of(&self, state: usize) -> Cell {
        self.grid.cells[self.cell_of_state[state]]
    }

    /// Returns the row and the column of a state, both from 0.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn position(&self, state: usize) -> (usize, usize) {
        self.grid.place(self.cell_of_state[state])
    }

    /// Returns the state in a row and a column, `None` for a wall and outside the map.
    pub fn state_at(&self, row: usize, column: usize) -> Option<usize> {
        if row >= self.rows() || column >= self.columns() {
            return None;
        }
        self.state_of_cell[row * self.columns() + column]
    }

    /// Returns the state beside a state, `None` for a wall and the edge of the map.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn neighbour(&self, state: usize, direction: Move) -> Option<usize> {
        let cell = self.grid.neighbour(self.cell_of_state[state], direction)?;
        self.state_of_cell[cell]
    }

    /// Returns the smallest number of moves from a state to each state, `None` where no path leads. A path ends at its
    /// first goal or trap.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn distances(&self, from: usize) -> Vec<Option<usize>> {
        let of_cells = self.grid.distances(self.cell_of_state[from]);
        self.cell_of_state.iter().map(|&cell| of_cells[cell]).collect()
    }
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.grid.cells.chunks(self.columns()) {
            writeln!(f, "{}", row.iter().map(|cell| cell.character()).collect::<String>())?;
        }
        Ok(())
    }
}

fn fault<T>(
    row: usize,
    column: usize,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> Result<T> {
    let (expected, found) = (expected.into(), found.into());
    Err(EnvironmentError::Map { row: row + 1, column: column + 1, expected, found })
}
