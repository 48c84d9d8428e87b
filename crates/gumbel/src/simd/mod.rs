//! The `f32` kernels, and noise, `ln` and `exp` of `f64`: the same vector operations in the same order at every
//! instruction level.
//!
//! Each kernel is written once, generic over `Simd`, on vectors with a fixed number of lanes, and is
//! compiled for each instruction level; [`level`] picks one at run time. Every level
//! that fuses multiplication and addition (AVX2, AVX-512, NEON) computes the same bits. SSE, WASM and
//! the scalar fallback also round the product: their words are the same, and their floats stay within
//! the wider bounds that the docs state.
//!
//! Every function between `dispatch!` and a vector operation is `#[inline(always)]`. Without it the
//! compiler does not use the instructions of the level, and the function is ten times slower, without
//! a warning.

pub(crate) mod double;
pub(crate) mod draw;
pub(crate) mod lanes;
pub(crate) mod math;
pub(crate) mod noise;
pub(crate) mod philox;
pub(crate) mod relax;
pub(crate) mod scan;
pub(crate) mod top_k;
pub(crate) mod unit;

use fearless_simd::Level;

/// The best instruction level of this machine. `fearless_simd` detects it once and caches it.
///
/// Without the standard library there is no detection: the result is the level that the program was
/// compiled for.
#[inline]
pub(crate) fn level() -> Level {
    #[cfg(all(feature = "levels", feature = "std"))]
    if let Some(level) = *LEVEL_FROM_ENVIRONMENT {
        return level;
    }
    Level::try_detect().unwrap_or(Level::baseline())
}

/// Whether the kernels round a product and a sum once, on this machine.
pub(crate) fn fuses_multiply_add() -> bool {
    let level = level();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_avx2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    return cfg!(target_arch = "aarch64") && !level.is_fallback();
}

/// The level that `GUMBEL_LEVEL` names, to compare levels.
#[cfg(all(feature = "levels", feature = "std"))]
static LEVEL_FROM_ENVIRONMENT: std::sync::LazyLock<Option<Level>> =
    std::sync::LazyLock::new(|| {
        let name = std::env::var("GUMBEL_LEVEL").ok()?;
        let named = |level: &Level| format!("{level:?}").to_lowercase().starts_with(&name);
        let found = levels().into_iter().map(|(level, _)| level).find(named);
        Some(found.unwrap_or_else(|| panic!("GUMBEL_LEVEL: this machine has no {name:?}")))
    });

/// The levels that this machine can use, and whether each fuses multiply-add.
#[cfg(any(test, all(feature = "levels", feature = "std")))]
pub(crate) fn levels() -> Vec<(Level, bool)> {
    use fearless_simd::Simd;
    let best = Level::try_detect().unwrap_or(Level::baseline());
    let mut levels = Vec::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(best.as_avx512().map(|token| (token.level(), true)));
        levels.extend(best.as_avx2().map(|token| (token.level(), true)));
        levels.extend(best.as_sse4_2().map(|token| (token.level(), false)));
        levels.extend(best.as_sse2().map(|token| (token.level(), false)));
    }
    if levels.is_empty() {
        levels.push((best, cfg!(target_arch = "aarch64")));
    }
    #[cfg(feature = "fallback")]
    levels.push((Level::fallback(), false));
    levels
}

/// Whether to run the exhaustive form of a test: `GUMBEL_SLOW=1 cargo test --release`.
#[cfg(test)]
pub(crate) fn exhaustive() -> bool {
    std::env::var_os("GUMBEL_SLOW").is_some_and(|value| value == "1")
}

/// Calls `f` with all 2^32 words in parts, or with one word in 1021, and with the words around each of
/// `edges`, where a kernel changes its branch. Runs on all cores.
#[cfg(test)]
pub(crate) fn for_words(edges: &[u32], f: impl Fn(&[u32]) + Sync) {
    let near = |edge: u32| (0..1u32 << 13).map(move |i| edge.wrapping_add(i).wrapping_sub(1 << 12));
    for edge in edges {
        f(&near(*edge).collect::<Vec<_>>());
    }
    let parts: Vec<u32> = (0..1 << 12).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for parts in parts.chunks(parts.len().div_ceil(threads)) {
            let f = &f;
            scope.spawn(move || {
                for part in parts {
                    // All the words of the part, or every 1021th.
                    let step = if exhaustive() { 1 } else { 1021 };
                    f(&(0..1u32 << 20).step_by(step).map(|i| part << 20 | i).collect::<Vec<_>>());
                }
            });
        }
    });
}
