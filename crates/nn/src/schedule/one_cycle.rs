use std::f64::consts::PI;

/// One cycle: the rate rises from a small one to its peak, and falls to almost nothing, while
/// momentum does the opposite.
///
/// The definition of PyTorch's `OneCycleLR`, and its settings: a rise over 30 % of the steps from
/// `peak / 25`, then a fall to a ten-thousandth of that, both along half a cosine. Behind the last
/// step, where PyTorch refuses to go on, the last rate stays. Source: Smith, Topin 2017.
///
/// ```
/// use nn::schedule::OneCycle;
///
/// let cycle = OneCycle::new(0.5, 100);
/// let told = |step| format!("{:.6} {:.2}", cycle.rate(step), cycle.momentum(step));
/// assert_eq!([0, 29, 99].map(told), ["0.020000 0.95", "0.500000 0.85", "0.000002 0.95"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    peak: f64,
    steps: u64,
    rise: f64,
    start: f64,
    end: f64,
    momenta: [f64; 2],
    linear: bool,
    three_phases: bool,
}

impl OneCycle {
    /// A cycle of so many steps, at least 2, with PyTorch's settings.
    #[must_use]
    pub fn new(peak: f64, steps: u64) -> OneCycle {
        OneCycle {
            peak,
            steps,
            rise: 0.3,
            start: 25.0,
            end: 1e4,
            momenta: [0.85, 0.95],
            linear: false,
            three_phases: false,
        }
    }

    /// The part of the steps in which the rate rises, from 0 to 1; 0.3 unless set.
    #[must_use]
    pub fn rise(self, rise: f64) -> OneCycle {
        OneCycle { rise, ..self }
    }

    /// The first rate is `peak / start`, the last one `peak / start / end`; 25 and 10000 unless set.
    #[must_use]
    pub fn divisors(self, start: f64, end: f64) -> OneCycle {
        OneCycle { start, end, ..self }
    }

    /// The least and the largest momentum; 0.85 and 0.95 unless set.
    #[must_use]
    pub fn momenta(self, least: f64, largest: f64) -> OneCycle {
        OneCycle {
            momenta: [least, largest],
            ..self
        }
    }

    /// Straight lines for half cosines.
    #[must_use]
    pub fn linear(self) -> OneCycle {
        OneCycle {
            linear: true,
            ..self
        }
    }

    /// Three phases: down to the first rate as fast as up from it, then to almost nothing.
    #[must_use]
    pub fn three_phases(self) -> OneCycle {
        OneCycle {
            three_phases: true,
            ..self
        }
    }

    /// The rate of a step.
    #[must_use]
    pub fn rate(&self, step: u64) -> f64 {
        let first = self.peak / self.start;
        self.between([first, self.peak, first, first / self.end], step)
    }

    /// The momentum of a step, for [`Sgd::set_momentum`](crate::Sgd::set_momentum), or the first of
    /// [`Adam::set_betas`](crate::Adam::set_betas).
    #[must_use]
    pub fn momentum(&self, step: u64) -> f64 {
        let [least, largest] = self.momenta;
        self.between([largest, least, largest, largest], step)
    }

    /// The value of a step, from those at the start, at the peak, back at the bottom, and at the end.
    fn between(&self, [start, peak, bottom, end]: [f64; 4], step: u64) -> f64 {
        let last = self.steps.saturating_sub(1) as f64;
        let rise = self.rise * self.steps as f64;
        let phases = match self.three_phases {
            true => [(rise - 1.0, peak), (2.0 * rise - 2.0, bottom), (last, end)],
            false => [(rise - 1.0, peak), (last, end), (last, end)],
        };
        let step = (step as f64).min(last);
        let (mut since, mut from) = (0.0, start);
        for (until, to) in phases {
            if step <= until {
                let part = match until > since {
                    true => (step - since) / (until - since),
                    false => 1.0,
                };
                return self.mix(from, to, part);
            }
            (since, from) = (until, to);
        }
        end
    }

    fn mix(&self, from: f64, to: f64, part: f64) -> f64 {
        match self.linear {
            true => from + (to - from) * part,
            false => to + (from - to) / 2.0 * (1.0 + (PI * part).cos()),
        }
    }
}
