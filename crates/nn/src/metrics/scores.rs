use super::Confusion;

/// How the scores of several classes become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Average {
    /// The mean over classes, a rare one counting as much as a frequent one. Classes that neither
    /// occur nor are predicted are left out.
    Macro,
    /// Of the sums over classes; where each example has one class it is the accuracy, for precision,
    /// recall and F1 alike.
    Micro,
    /// The mean over classes, each counting as often as it occurs.
    Weighted,
}

/// Scores of one class. With `tp` examples that are of the class and were taken for it, `fp` that
/// were taken for it and are not, `fn` that are and were not.
///
/// Where a quotient is 0/0 it is 0, as in scikit-learn: the precision of a class that is never
/// predicted, the recall of one that does not occur, the F1 of one that does neither.
impl Confusion {
    /// The share of the examples taken for a class that are of it: `tp / (tp + fp)`.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn precision(&self, class: usize) -> f64 {
        quotient(self.count(class, class), self.predicted(class))
    }

    /// The share of the examples of a class that were taken for it: `tp / (tp + fn)`.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn recall(&self, class: usize) -> f64 {
        quotient(self.count(class, class), self.support(class))
    }

    /// The harmonic mean of precision and recall: `2 tp / (2 tp + fp + fn)`.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn f1(&self, class: usize) -> f64 {
        let both = self.predicted(class) + self.support(class);
        quotient(2 * self.count(class, class), both)
    }

    /// How many examples of a class there are.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn support(&self, class: usize) -> usize {
        (0..self.classes())
            .map(|predicted| self.count(class, predicted))
            .sum()
    }

    /// How many examples were taken for a class.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn predicted(&self, class: usize) -> usize {
        (0..self.classes())
            .map(|actual| self.count(actual, class))
            .sum()
    }

    /// The precision of all classes; NaN of no examples.
    ///
    /// ```
    /// use nn::metrics::{Average, Confusion};
    ///
    /// let confusion = Confusion::new(3, &[0, 2, 1, 0, 0, 1], &[0, 1, 2, 0, 1, 2]);
    /// assert_eq!(confusion.average_precision(Average::Macro), 2.0 / 9.0);
    /// assert_eq!(confusion.average_precision(Average::Micro), 1.0 / 3.0);
    /// ```
    #[must_use]
    pub fn average_precision(&self, average: Average) -> f64 {
        self.averaged(average, |class| self.precision(class))
    }

    /// The recall of all classes; NaN of no examples.
    #[must_use]
    pub fn average_recall(&self, average: Average) -> f64 {
        self.averaged(average, |class| self.recall(class))
    }

    /// The F1 of all classes; NaN of no examples.
    #[must_use]
    pub fn average_f1(&self, average: Average) -> f64 {
        self.averaged(average, |class| self.f1(class))
    }

    fn averaged(&self, average: Average, score: impl Fn(usize) -> f64) -> f64 {
        let classes = 0..self.classes();
        match average {
            // Every example is predicted once and is of one class: tp + fp = tp + fn = all.
            Average::Micro => self.accuracy(),
            Average::Macro => {
                let occurs = |class: &usize| self.predicted(*class) + self.support(*class) > 0;
                let scores: Vec<f64> = classes.filter(occurs).map(score).collect();
                scores.iter().sum::<f64>() / scores.len() as f64
            }
            Average::Weighted => {
                let weighed = classes.map(|class| self.support(class) as f64 * score(class));
                weighed.sum::<f64>() / self.total() as f64
            }
        }
    }
}

fn quotient(part: usize, whole: usize) -> f64 {
    match whole {
        0 => 0.0,
        _ => part as f64 / whole as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// The numbers of scikit-learn's `precision_recall_fscore_support`, worked by hand:
    /// y_true = 0 1 2 2 1 0 0 3, y_pred = 0 2 2 1 1 0 2 0.
    #[test]
    fn scores_are_scikit_learns() {
        let actual = [0, 1, 2, 2, 1, 0, 0, 3];
        let predicted = [0, 2, 2, 1, 1, 0, 2, 0];
        let c = Confusion::new(5, &predicted, &actual); // class 4 is absent
        let each = |score: &dyn Fn(usize) -> f64| Vec::from_iter((0..5).map(score));
        let third = 1.0 / 3.0;
        assert_eq!(
            each(&|k| c.precision(k)),
            [2.0 * third, 0.5, third, 0.0, 0.0]
        );
        assert_eq!(each(&|k| c.recall(k)), [2.0 * third, 0.5, 0.5, 0.0, 0.0]);
        assert_eq!(each(&|k| c.f1(k)), [2.0 * third, 0.5, 0.4, 0.0, 0.0]);
        assert_eq!(each(&|k| c.support(k) as f64), [3.0, 2.0, 2.0, 1.0, 0.0]);

        let cases = [
            (
                Average::Macro,
                [0.375, 5.0 / 12.0, (2.0 * third + 0.9) / 4.0],
            ),
            (Average::Micro, [0.5, 0.5, 0.5]),
            (
                Average::Weighted,
                [11.0 / 24.0, 0.5, (2.0 + 1.0 + 0.8) / 8.0],
            ),
        ];
        for (average, [precision, recall, f1]) in cases {
            assert_relative_eq!(c.average_precision(average), precision, epsilon = 1e-15);
            assert_relative_eq!(c.average_recall(average), recall, epsilon = 1e-15);
            assert_relative_eq!(c.average_f1(average), f1, epsilon = 1e-15);
        }
    }

    #[test]
    fn of_no_examples() {
        let none = Confusion::empty(2);
        assert_eq!(
            (none.precision(0), none.recall(1), none.f1(0)),
            (0.0, 0.0, 0.0)
        );
        for average in [Average::Macro, Average::Micro, Average::Weighted] {
            assert!(none.average_f1(average).is_nan());
        }
    }
}
