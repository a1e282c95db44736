/// Lowers the rate when the loss has stopped falling.
///
/// The definition of PyTorch's `ReduceLROnPlateau`, and its settings: the rate is multiplied by 0.1
/// when the loss has not fallen below its best by a ten-thousandth of it for more than 10 epochs.
/// A loss that is NaN is no better than any. A loss that may be negative wants
/// [`absolute`](Plateau::absolute), for a part of it points the wrong way.
///
/// ```
/// use nn::Plateau;
///
/// let mut plateau = Plateau::new(0.1).patience(1).factor(0.5);
/// let rates = [3.0, 2.0, 2.0, 2.0, 1.0].map(|loss| plateau.observe(loss));
/// assert_eq!(rates, [0.1, 0.1, 0.1, 0.05, 0.05]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    factor: f64,
    patience: u64,
    rises: bool,
    threshold: Threshold,
    cooldown: u64,
    least: f64,
    state: PlateauState,
}

/// By how much a loss must pass the best to be better.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Threshold {
    Relative(f64),
    Absolute(f64),
}

/// What a [`Plateau`] remembers, to be saved with a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlateauState {
    /// The rate as it is now.
    pub rate: f64,
    /// The best loss so far.
    pub best: f64,
    /// How often in a row the loss was no better.
    pub bad: u64,
    /// For how many epochs more a loss that is no better does not count.
    pub cooldown: u64,
}

impl Plateau {
    /// PyTorch's settings, and a rate to start from.
    #[must_use]
    pub fn new(rate: f64) -> Plateau {
        Plateau {
            factor: 0.1,
            patience: 10,
            rises: false,
            threshold: Threshold::Relative(1e-4),
            cooldown: 0,
            least: 0.0,
            state: PlateauState {
                rate,
                best: f64::INFINITY,
                bad: 0,
                cooldown: 0,
            },
        }
    }

    /// What the rate is multiplied by; 0.1 unless set.
    #[must_use]
    pub fn factor(self, factor: f64) -> Plateau {
        Plateau { factor, ..self }
    }

    /// How many epochs in a row may be no better; 10 unless set.
    #[must_use]
    pub fn patience(self, patience: u64) -> Plateau {
        Plateau { patience, ..self }
    }

    /// For a score that should rise, as an accuracy, instead of a loss that should fall.
    #[must_use]
    pub fn rising(mut self) -> Plateau {
        self.rises = true;
        self.state.best = f64::NEG_INFINITY;
        self
    }

    /// By which part of the best a loss must pass it to be better; 1e-4 unless set.
    #[must_use]
    pub fn relative(self, threshold: f64) -> Plateau {
        let threshold = Threshold::Relative(threshold);
        Plateau { threshold, ..self }
    }

    /// By how much a loss must pass the best to be better.
    #[must_use]
    pub fn absolute(self, threshold: f64) -> Plateau {
        let threshold = Threshold::Absolute(threshold);
        Plateau { threshold, ..self }
    }

    /// For how many epochs after a reduction a loss that is no better does not count; 0 unless set.
    #[must_use]
    pub fn cooldown(self, cooldown: u64) -> Plateau {
        Plateau { cooldown, ..self }
    }

    /// The rate that is not gone below; 0 unless set.
    #[must_use]
    pub fn least(self, least: f64) -> Plateau {
        Plateau { least, ..self }
    }

    /// The loss of an epoch; answers the rate for the next.
    pub fn observe(&mut self, loss: f64) -> f64 {
        let state = &mut self.state;
        let better = match (self.threshold, self.rises) {
            (Threshold::Relative(part), false) => loss < state.best * (1.0 - part),
            (Threshold::Relative(part), true) => loss > state.best * (1.0 + part),
            (Threshold::Absolute(least), false) => loss < state.best - least,
            (Threshold::Absolute(least), true) => loss > state.best + least,
        };
        if better {
            (state.best, state.bad) = (loss, 0);
        } else {
            state.bad += 1;
        }
        if state.cooldown > 0 {
            state.cooldown -= 1;
            state.bad = 0;
        }
        if state.bad > self.patience {
            let rate = (state.rate * self.factor).max(self.least);
            if state.rate - rate > 1e-8 {
                state.rate = rate;
            }
            (state.cooldown, state.bad) = (self.cooldown, 0);
        }
        state.rate
    }

    /// The rate as it is now.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.state.rate
    }

    /// What it remembers.
    #[must_use]
    pub fn state(&self) -> PlateauState {
        self.state
    }

    /// The same settings, going on from what another remembered.
    #[must_use]
    pub fn resumed(self, state: PlateauState) -> Plateau {
        Plateau { state, ..self }
    }
}
