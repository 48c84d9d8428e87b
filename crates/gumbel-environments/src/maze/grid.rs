//! A rectangle of cells, before it is checked: neighbours and distances.

use super::cell::{Cell, Move};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// `[rows, columns]`.
    pub(crate) cells: Vec<Cell>,
}

impl Grid {
    /// The row and the column of a cell, from 0.
    pub(crate) fn place(&self, cell: usize) -> (usize, usize) {
        (cell / self.columns, cell % self.columns)
    }

    /// The cell `steps` away in a direction, if it is in the rectangle.
    pub(crate) fn beside(&self, cell: usize, direction: Move, steps: isize) -> Option<usize> {
        let (row, column) = self.place(cell);
        let (down, right) = direction.offset();
        let row = row.checked_add_signed(down * steps)?;
        let column = column.checked_add_signed(right * steps)?;
        (row < self.rows && column < self.columns).then_some(row * self.columns + column)
    }

    /// The cell to which a move leads, if it is no wall.
    pub(crate) fn neighbour(&self, cell: usize, direction: Move) -> Option<usize> {
        self.beside(cell, direction, 1).filter(|&next| self.cells[next] != Cell::Wall)
    }

    /// The smallest number of moves from a cell to each cell. A path ends at its first goal or trap.
    pub(crate) fn distances(&self, from: usize) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.cells.len()];
        distances[from] = Some(0);
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(cell) = queue.pop_front() {
            if self.cells[cell].is_terminal() {
                continue;
            }
            for to in Move::ALL.into_iter().filter_map(|m| self.neighbour(cell, m)) {
                if distances[to].is_none() {
                    distances[to] = distances[cell].map(|d| d + 1);
                    queue.push_back(to);
                }
            }
        }
        distances
    }
}
