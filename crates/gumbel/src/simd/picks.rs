//! How the class of the largest z of each row is wanted: not at all, as an index, or one-hot.

/// How the class of the largest z is wanted.
pub(crate) enum Picks<'a> {
    No,
    Index(&'a mut [usize]),
    OneHot(&'a mut [f32]),
}

impl<'a> Picks<'a> {
    /// Those of the first `rows`, which have `elements`, and the rest.
    pub(crate) fn split(self, rows: usize, elements: usize) -> (Self, Self) {
        match self {
            Picks::No => (Picks::No, Picks::No),
            Picks::Index(indices) => {
                let (first, rest) = indices.split_at_mut(rows);
                (Picks::Index(first), Picks::Index(rest))
            }
            Picks::OneHot(hard) => {
                let (first, rest) = hard.split_at_mut(elements);
                (Picks::OneHot(first), Picks::OneHot(rest))
            }
        }
    }

    #[inline(always)]
    pub(crate) fn wanted(&self) -> bool {
        !matches!(self, Picks::No)
    }

    /// Those of some rows of k; one-hot rows are cleared.
    #[inline(always)]
    pub(crate) fn part(&mut self, first: usize, rows: usize, k: usize) -> Picks<'_> {
        match self {
            Picks::No => Picks::No,
            Picks::Index(indices) => Picks::Index(&mut indices[first..first + rows]),
            Picks::OneHot(hard) => {
                let hard = &mut hard[first * k..(first + rows) * k];
                hard.fill(0.0);
                Picks::OneHot(hard)
            }
        }
    }

    /// The classes of some rows, and where the class of a row stands in the array.
    #[inline(always)]
    pub(crate) fn set_rows(
        &mut self,
        first: usize,
        classes: &[i32],
        place: impl Fn(usize, usize) -> usize,
    ) {
        match self {
            Picks::No => {}
            Picks::Index(indices) => {
                for (index, class) in indices[first..].iter_mut().zip(classes) {
                    *index = *class as usize;
                }
            }
            Picks::OneHot(hard) => {
                for (i, class) in classes.iter().enumerate() {
                    hard[place(first + i, *class as usize)] = 1.0;
                }
            }
        }
    }

    /// The class of a row, and the place of that class in the array.
    #[inline(always)]
    pub(crate) fn set(&mut self, row: usize, class: usize, place: usize) {
        match self {
            Picks::No => {}
            Picks::Index(indices) => indices[row] = class,
            Picks::OneHot(hard) => hard[place] = 1.0,
        }
    }
}
