//! The cells of a map, and the four moves.

/// A cell of a map. Each kind is one character of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// `#`: no agent can enter.
    Wall,
    /// `.`: a move goes where it should.
    Floor,
    /// `~`: a move may go to one of the two sides instead.
    Slippery,
    /// `S`: floor on which each episode starts. A map has one.
    Start,
    /// `G`: ends the episode with a reward. A map has one or more.
    Goal,
    /// `T`: ends the episode with a penalty.
    Trap,
}

impl Cell {
    /// All kinds of cells, in the order of the enum.
    pub const ALL: [Self; 6] =
        [Self::Wall, Self::Floor, Self::Slippery, Self::Start, Self::Goal, Self::Trap];

    /// Returns the character of the cell.
    pub const fn character(self) -> char {
        match self {
            Self::Wall => '#',
            Self::Floor => '.',
            Self::Slippery => '~',
            Self::Start => 'S',
            Self::Goal => 'G',
            Self::Trap => 'T',
        }
    }

    /// Returns the cell of a character, `None` for other characters.
    ///
    /// ```
    /// use gumbel_environments::maze::Cell;
    /// assert_eq!(Cell::of_character('~'), Some(Cell::Slippery));
    /// assert_eq!(Cell::of_character('s'), None);
    /// ```
    pub fn of_character(character: char) -> Option<Self> {
        Self::ALL.into_iter().find(|cell| cell.character() == character)
    }

    /// Whether the cell ends an episode.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Goal | Self::Trap)
    }
}

/// A move: the four actions of a maze, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Action 0: one row up.
    Forward,
    /// Action 1: one row down.
    Back,
    /// Action 2: one column to the left.
    Left,
    /// Action 3: one column to the right.
    Right,
}

impl Move {
    /// All moves. `Move::ALL[a]` is action a.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Back, Self::Left, Self::Right];

    /// Returns the step in (rows, columns): rows count downwards, columns to the right.
    pub const fn offset(self) -> (isize, isize) {
        match self {
            Self::Forward => (-1, 0),
            Self::Back => (1, 0),
            Self::Left => (0, -1),
            Self::Right => (0, 1),
        }
    }

    /// Returns the two directions at a right angle, into which a move may slip.
    ///
    /// ```
    /// use gumbel_environments::maze::Move;
    /// assert_eq!(Move::Forward.sides(), [Move::Left, Move::Right]);
    /// ```
    pub const fn sides(self) -> [Self; 2] {
        match self {
            Self::Forward | Self::Back => [Self::Left, Self::Right],
            Self::Left | Self::Right => [Self::Forward, Self::Back],
        }
    }
}
