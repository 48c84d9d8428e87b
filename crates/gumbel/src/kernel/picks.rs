//! Where a kernel writes the class of the largest z of each row, and in which form.

/// The destination and form of the picked classes.
#[derive(Debug)]
pub(crate) enum Picks<'a, T> {
    /// The classes are not wanted.
    Unwanted,
    /// One class index for each row.
    Index(&'a mut [usize]),
    /// One-hot rows: 1 at the class, 0 elsewhere.
    OneHot(&'a mut [T]),
}

impl<T: From<f32> + Copy> Picks<'_, T> {
    /// Splits after `rows` rows, which have `elements` elements.
    pub(crate) fn split(self, rows: usize, elements: usize) -> (Self, Self) {
        match self {
            Picks::Unwanted => (Picks::Unwanted, Picks::Unwanted),
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
        !matches!(self, Picks::Unwanted)
    }

    /// The picks of `rows` rows of k from row `first` on. Sets one-hot rows to 0.
    #[inline(always)]
    pub(crate) fn part(&mut self, first: usize, rows: usize, k: usize) -> Picks<'_, T> {
        match self {
            Picks::Unwanted => Picks::Unwanted,
            Picks::Index(indices) => Picks::Index(&mut indices[first..first + rows]),
            Picks::OneHot(hard) => {
                let hard = &mut hard[first * k..(first + rows) * k];
                hard.fill(T::from(0.0));
                Picks::OneHot(hard)
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
            Picks::Unwanted => {}
            Picks::Index(indices) => {
                for (index, class) in indices[first..].iter_mut().zip(classes) {
                    *index = *class as usize;
                }
            }
            Picks::OneHot(hard) => {
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
            Picks::Unwanted => {}
            Picks::Index(indices) => indices[row] = class,
            Picks::OneHot(hard) => hard[place] = T::from(1.0),
        }
    }
}
