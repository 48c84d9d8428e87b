//! Maps from a key: a carved maze with loops, slippery cells and traps.

use gumbel::Key;

use super::cell::{Cell, Move};
use super::grid::Grid;
use super::map::{MOST_CELLS, Map};
use crate::draws::Draws;
use crate::error::{EnvironmentError, Result};

/// The share of the walls between two rooms that are removed after carving, so that there are loops.
const LOOPS: f64 = 0.5;
/// The share of the floor that becomes slippery.
const SLIPPERY: f64 = 0.2;

impl Map {
    /// Makes a map with `rows` x `columns` cells from a key. The same arguments give the same map.
    ///
    /// Rooms are the cells with even row and column, from 0. A depth-first walk carves passages until all rooms are
    /// connected, then each wall that is left between two rooms is removed with probability 1/2. The start is any
    /// room, the goal is a room farthest from it. One or two cells that are not beside the start become traps, so that
    /// every other cell is still connected with the start; a small map may have no such cell. A fifth of the
    /// remaining floor becomes slippery. Odd sizes use the whole rectangle.
    ///
    /// # Errors
    /// Fewer than 3 rows or columns, or more than [`MOST_CELLS`] cells.
    ///
    /// ```
    /// use gumbel::Key;
    /// use gumbel_environments::maze::Map;
    ///
    /// let map = Map::generate(9, 9, Key::new(7))?;
    /// println!("{map}");
    /// assert_eq!(map, Map::parse(&map.to_string())?);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn generate(rows: usize, columns: usize, key: Key) -> Result<Self> {
        EnvironmentError::unless(rows >= 3, "rows", "at least 3", rows as f64)?;
        EnvironmentError::unless(columns >= 3, "columns", "at least 3", columns as f64)?;
        let cells = rows.saturating_mul(columns);
        EnvironmentError::unless(
            cells <= MOST_CELLS,
            "rows x columns",
            "at most 4096 cells",
            cells as f64,
        )?;
        let mut draws = Draws::new(key);
        let mut grid = Grid { rows, columns, cells: vec![Cell::Wall; cells] };
        grid.carve(&mut draws);
        grid.open_loops(&mut draws);
        grid.place_ends(&mut draws);
        grid.place_traps(&mut draws);
        for cell in grid.cells.iter_mut().filter(|cell| **cell == Cell::Floor) {
            if draws.happens(SLIPPERY) {
                *cell = Cell::Slippery;
            }
        }
        Self::of_grid(grid)
    }
}

impl Grid {
    fn rooms(&self) -> Vec<usize> {
        let is_room = |&cell: &usize| {
            let (row, column) = self.place(cell);
            row % 2 == 0 && column % 2 == 0
        };
        (0..self.cells.len()).filter(is_room).collect()
    }

    /// Connects all rooms by a depth-first walk: no loops yet.
    fn carve(&mut self, draws: &mut Draws) {
        let rooms = self.rooms();
        let mut path = vec![rooms[draws.below(rooms.len())]];
        self.cells[path[0]] = Cell::Floor;
        while let Some(&room) = path.last() {
            let fresh = Move::ALL.into_iter().filter_map(|direction| {
                let next = self.beside(room, direction, 2)?;
                (self.cells[next] == Cell::Wall).then_some((direction, next))
            });
            let fresh: Vec<_> = fresh.collect();
            if fresh.is_empty() {
                path.pop();
                continue;
            }
            let (direction, next) = fresh[draws.below(fresh.len())];
            let passage = self.beside(room, direction, 1).expect("a cell between two rooms");
            self.cells[passage] = Cell::Floor;
            self.cells[next] = Cell::Floor;
            path.push(next);
        }
    }

    fn open_loops(&mut self, draws: &mut Draws) {
        for room in self.rooms() {
            for direction in [Move::Back, Move::Right] {
                let Some(passage) =
                    self.beside(room, direction, 2).and(self.beside(room, direction, 1))
                else {
                    continue;
                };
                if self.cells[passage] == Cell::Wall && draws.happens(LOOPS) {
                    self.cells[passage] = Cell::Floor;
                }
            }
        }
    }

    fn place_ends(&mut self, draws: &mut Draws) {
        let rooms = self.rooms();
        let start = rooms[draws.below(rooms.len())];
        let distances = self.distances(start);
        let farthest = rooms.iter().filter_map(|&room| distances[room]).max().unwrap_or(0);
        let goals: Vec<usize> =
            rooms.into_iter().filter(|&room| distances[room] == Some(farthest)).collect();
        self.cells[start] = Cell::Start;
        self.cells[goals[draws.below(goals.len())]] = Cell::Goal;
    }

    /// Places up to one or two traps, each so that all other cells stay connected.
    fn place_traps(&mut self, draws: &mut Draws) {
        let start = self.cells.iter().position(|&c| c == Cell::Start).expect("a start");
        let near = self.distances(start);
        let free = |cell: &usize| self.cells[*cell] == Cell::Floor && near[*cell] > Some(1);
        let mut places: Vec<usize> = (0..self.cells.len()).filter(free).collect();
        let mut left = 1 + draws.below(2);
        while left > 0 && !places.is_empty() {
            let place = places.swap_remove(draws.below(places.len()));
            self.cells[place] = Cell::Trap;
            let reached = self.distances(start);
            let apart = (0..self.cells.len())
                .any(|c| reached[c].is_none() && !matches!(self.cells[c], Cell::Wall | Cell::Trap));
            if apart {
                self.cells[place] = Cell::Floor;
            } else {
                left -= 1;
            }
        }
    }
}
