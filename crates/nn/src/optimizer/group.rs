/// What may differ between parameters of one optimizer: see [`Descent::group`](super::Descent::group).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    pub(super) factor: f64,
    pub(super) decay: f64,
}

impl Group {
    /// The rate of these parameters is that of the optimizer times this: a schedule moves all.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn rate_factor(self, factor: f64) -> Group {
        assert!(factor >= 0.0, "a factor of {factor} for a learning rate");
        Group { factor, ..self }
    }

    /// The weight decay of these parameters.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn decay(self, decay: f64) -> Group {
        assert!(decay >= 0.0, "a weight decay of {decay}");
        Group { decay, ..self }
    }
}
