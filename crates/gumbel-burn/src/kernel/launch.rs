//! The sizes of grids.

use cubecl::prelude::*;

/// The units of a cube, where a unit works on elements or on a narrow row.
pub(crate) const UNITS: u32 = 64;

/// A grid of at least this many cubes. WGPU allows 65,535 along an axis; more are refused when the result is read, and
/// not before, so the grid has two axes.
pub(crate) fn grid(cubes: usize) -> CubeCount {
    let high = cubes.div_ceil(65_535).max(1);
    CubeCount::Static(cubes.div_ceil(high) as u32, high as u32, 1)
}

/// A grid with a unit for each of `n` pieces of work, in cubes of [`UNITS`].
pub(crate) fn grid_of_units(n: usize) -> CubeCount {
    grid(n.div_ceil(UNITS as usize))
}

/// The shape of a cube with this many units.
pub(crate) fn cube(units: u32) -> CubeDim {
    CubeDim::new_1d(units)
}
