//! A measure over time.

use std::collections::VecDeque;

/// The last values of a measure, the oldest first. Never holds more than [`LONGEST`](Self::LONGEST).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(VecDeque<f64>);

impl History {
    /// More than any terminal is wide.
    pub const LONGEST: usize = 512;

    /// Adds a value. One that is no number counts as zero.
    pub fn push(&mut self, value: f64) {
        if self.0.len() == Self::LONGEST {
            self.0.pop_front();
        }
        self.0.push_back(if value.is_finite() { value } else { 0.0 });
    }

    /// The newest value.
    pub fn last(&self) -> Option<f64> {
        self.0.back().copied()
    }

    /// The newest `count` values, the oldest first; fewer if there are no more.
    pub fn tail(&self, count: usize) -> impl ExactSizeIterator<Item = f64> {
        self.0.range(self.0.len().saturating_sub(count)..).copied()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no value yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_is_old() {
        let mut history = History::default();
        for number in 0..2_000 {
            history.push(f64::from(number));
        }
        history.push(f64::NAN);
        assert_eq!(history.len(), History::LONGEST);
        assert_eq!(history.tail(3).collect::<Vec<_>>(), [1998.0, 1999.0, 0.0]);
        assert_eq!(history.tail(9_999).len(), History::LONGEST);
    }
}
