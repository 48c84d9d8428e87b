//! Where a kernel writes the class of the largest z of each row, and in which form.

/// The destination and form of the picked classes.
#[derive(Debug)]
pub(crate) enum Winners<'a, T> {
    /// The classes are not wanted.
    Unwanted,
    /// One class index for each row.
    Index(&'a mut [usize]),
    /// One-hot rows: 1 at the class, 0 elsewhere.
    OneHot(&'a mut [T]),
}

impl<T> Winners<'_, T> {
    /// Splits after `rows` rows, which have `elements` elements.
    pub(crate) fn split(self, rows: usize, elements: usize) -> (Self, Self) {
        match self {
            Winners::Unwanted => (Winners::Unwanted, Winners::Unwanted),
            Winners::Index(indices) => {
                let (first, rest) = indices.split_at_mut(rows);
                (Winners::Index(first), Winners::Index(rest))
            }
            Winners::OneHot(hard) => {
                let (first, rest) = hard.split_at_mut(elements);
                (Winners::OneHot(first), Winners::OneHot(rest))
            }
        }
    }

    #[inline(always)]
    pub(crate) fn wanted(&self) -> bool {
        !matches!(self, Winners::Unwanted)
    }
}

impl<T: From<f32> + Copy> Winners<'_, T> {
    /// The winners of `rows` rows of k from row `first` on. Sets one-hot rows to 0.
    #[inline(always)]
    pub(crate) fn part(&mut self, first: usize, rows: usize, k: usize) -> Winners<'_, T> {
        match self {
            Winners::Unwanted => Winners::Unwanted,
            Winners::Index(indices) => Winners::Index(&mut indices[first..first + rows]),
            Winners::OneHot(hard) => {
                let hard = &mut hard[first * k..(first + rows) * k];
                hard.fill(T::from(0.0));
                Winners::OneHot(hard)
            }
        }
    }

    /// Sets the classes of the rows from `first` on. `place(row, class)` is the element's index in the array.
    #[inline(always)]
    pub(crate) fn set_rows(
        &mut self,
        first: usize,
        classes: &[i32],
        place: impl Fn(usize, usize) -> usize,
    ) {
        match self {
            Winners::Unwanted => {}
            Winners::Index(indices) => {
                for (index, class) in indices[first..].iter_mut().zip(classes) {
                    *index = *class as usize;
                }
            }
            Winners::OneHot(hard) => {
                for (i, class) in classes.iter().enumerate() {
                    hard[place(first + i, *class as usize)] = T::from(1.0);
                }
            }
        }
    }

    /// Sets the class of a row. `place` is the element's index in the array.
    #[inline(always)]
    pub(crate) fn set(&mut self, row: usize, class: usize, place: usize) {
        match self {
            Winners::Unwanted => {}
            Winners::Index(indices) => indices[row] = class,
            Winners::OneHot(hard) => hard[place] = T::from(1.0),
        }
    }
}
