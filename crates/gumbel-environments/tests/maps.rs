//! Maps: every kind of bad text with its place, and properties of generated maps.

use gumbel::Key;
use gumbel_environments::maze::{Cell, MOST_CELLS, Map, Maze, Move, Rules};

#[test]
fn bad_map_is_one_line_with_its_place() {
    let long_line = "S".to_owned() + &".".repeat(MOST_CELLS) + "G";
    for (text, expected) in [
        ("", "row 1, column 1: expected a cell, found an empty line"),
        ("\n\n", "row 1, column 1: expected a cell, found an empty line"),
        ("\nS.G\n", "row 1, column 1: expected a cell, found an empty line"),
        ("S.G\n\n...\n", "row 2, column 1: expected a line of 3 cells as in row 1, found 0 cells"),
        ("S.G\n..\n", "row 2, column 3: expected a line of 3 cells as in row 1, found 2 cells"),
        ("S.G\n.....", "row 2, column 4: expected a line of 3 cells as in row 1, found 5 cells"),
        ("S.G\n.é.\n", "row 2, column 2: expected one of # . ~ S G T, found 'é'"),
        ("S\t.G", "row 1, column 2: expected one of # . ~ S G T, found '\\t'"),
        ("S.g", "row 1, column 3: expected one of # . ~ S G T, found 'g'"),
        ("..G\n...", "map: expected a start S, found none"),
        ("S..\n...", "map: expected a goal G, found none"),
        (
            "S..\n.SG",
            "row 2, column 2: expected one start S, found a second one after row 1, column 1",
        ),
        (
            "S.#G\n..##",
            "row 1, column 4: expected a goal that a move can enter, found a goal in a wall",
        ),
        (
            "S.G#\n####\n##.#",
            "row 3, column 3: expected a cell with a move, found walls on all sides",
        ),
        ("S#G\n##.", "row 1, column 1: expected a cell with a move, found walls on all sides"),
        ("..#G\n.S#.", "row 2, column 2: expected a path from the start to a goal, found none"),
        ("STG\n.T.", "row 1, column 1: expected a path from the start to a goal, found none"),
        (&long_line, "row 1, column 4097: expected at most 4096 cells, found more"),
    ] {
        let message = Map::parse(text).expect_err(text).to_string();
        assert_eq!(message, expected, "{text:?}");
        assert!(!message.contains('\n'));
    }
}

#[test]
fn good_text_is_read_and_written() {
    for text in ["SG\n", "S.~G\n#..T\n", "S\n.\nG\n", "SG#T\n"] {
        assert_eq!(Map::parse(text).unwrap().to_string(), text);
    }
    // Windows line ends, empty lines at the end, no line end.
    for text in ["S.\r\n.G\r\n", "S.\n.G\n\n\n", "S.\n.G"] {
        assert_eq!(Map::parse(text).unwrap(), Map::parse("S.\n.G\n").unwrap(), "{text:?}");
    }
}

#[test]
fn states_and_cells_name_each_other() {
    let map = Map::parse("S~#\n.T#\n..G\n").unwrap();
    let mut states = 0;
    for row in 0..map.rows() {
        for column in 0..map.columns() {
            match map.state_at(row, column) {
                None => assert_eq!(map.cell(row, column), Cell::Wall),
                Some(state) => {
                    assert_eq!((state, map.position(state)), (states, (row, column)));
                    assert_eq!(map.cell_of(state), map.cell(row, column));
                    states += 1;
                }
            }
        }
    }
    assert_eq!(states, map.states());
    assert_eq!((map.state_at(3, 0), map.state_at(0, 3)), (None, None));
    assert_eq!(map.neighbour(0, Move::Back), map.state_at(1, 0));
    assert_eq!(map.neighbour(1, Move::Right), None);
    // A path does not go through the trap.
    let beyond = Map::parse("STG\n.#.\n...\n").unwrap();
    assert_eq!(beyond.distances(0)[1..3], [Some(1), Some(6)]);
    assert_eq!(map.distances(0), [0, 1, 1, 2, 2, 3, 4].map(Some));
}

#[test]
fn generated_maps_are_solvable_and_varied() {
    let (mut traps, mut slippery, mut walls) = ([0; 3], 0, 0);
    let mut texts = std::collections::HashSet::new();
    for seed in 0..200 {
        for (rows, columns) in [(3, 3), (4, 7), (9, 9), (15, 11)] {
            let map = Map::generate(rows, columns, Key::new(seed)).unwrap();
            assert_eq!((map.rows(), map.columns()), (rows, columns));
            assert_eq!(Map::parse(&map.to_string()).as_ref(), Ok(&map));
            // Every cell but the traps is connected with the start.
            for (state, distance) in map.distances(map.start()).into_iter().enumerate() {
                assert!(distance.is_some() || map.cell_of(state) == Cell::Trap, "{map}");
            }
            if rows == 9 {
                let count = |cell| (0..map.states()).filter(|&s| map.cell_of(s) == cell).count();
                traps[count(Cell::Trap)] += 1;
                slippery += count(Cell::Slippery);
                walls += 81 - map.states();
                texts.insert(map.to_string());
            }
        }
    }
    assert_eq!(texts.len(), 200, "different keys give different maps");
    assert_eq!(traps[0], 0);
    assert!(traps[1] > 50 && traps[2] > 50, "{traps:?}");
    // Of about 50 cells without walls a fifth is slippery.
    assert!((6..12).contains(&(slippery / 200)), "{}", slippery / 200);
    // Of 40 passages between 25 rooms 24 are carved, and of the other 16 half are opened: 24 walls, posts included.
    let mean = f64::from(walls as u32) / 200.0;
    assert!((mean - 24.0).abs() < 5.0 * 2.0 / 200_f64.sqrt(), "{mean}");
}

/// Pins the draws: a change of this text is value-breaking.
#[test]
fn generated_map_is_stable() {
    let map = Map::generate(9, 9, Key::new(7)).unwrap();
    assert_eq!(map.to_string(), include_str!("golden/map_7.txt"));
}

#[test]
fn bad_sizes_and_rules_are_refused() {
    let message =
        |rows, columns| Map::generate(rows, columns, Key::new(1)).unwrap_err().to_string();
    assert_eq!(message(2, 9), "rows: expected at least 3, found 2");
    assert_eq!(message(9, 1), "columns: expected at least 3, found 1");
    assert_eq!(message(1000, 1000), "rows x columns: expected at most 4096 cells, found 1000000");
    assert!(message(usize::MAX, 9).starts_with("rows x columns: expected at most"));

    let message = |rules| Maze::parse("S.G").unwrap().with_rules(rules).unwrap_err().to_string();
    let good = Rules::default();
    assert_eq!(message(Rules { slip: 0.6, ..good }), "slip: expected 0 to 0.5, found 0.6");
    assert_eq!(message(Rules { slip: f64::NAN, ..good }), "slip: expected 0 to 0.5, found NaN");
    let expected = "discount: expected at least 0 and below 1, found 1";
    assert_eq!(message(Rules { discount: 1.0, ..good }), expected);
    let expected = "goal: expected a finite number, found inf";
    assert_eq!(message(Rules { goal: f64::INFINITY, ..good }), expected);
}
