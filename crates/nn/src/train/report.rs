use crate::picture::Curves;
use std::fmt;

/// One step of the optimizer, as [`Trainer::on_step`](super::Trainer::on_step) sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The epoch, from 1.
    pub epoch: usize,
    /// How many epochs there will be.
    pub epochs: usize,
    /// The number of the step in its epoch, from 1.
    pub number: usize,
    /// How many steps an epoch has.
    pub steps: usize,
    /// How many steps there were in all, this one included.
    pub total: u64,
    /// The loss before the step.
    pub loss: f64,
    /// The learning rate of the step.
    pub rate: f64,
}

/// One epoch, as [`Trainer::on_epoch`](super::Trainer::on_epoch) sees it, and the [`Report`] keeps it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// How many there will be.
    pub epochs: usize,
    /// How many steps there were in all, up to its end.
    pub steps: u64,
    /// The learning rate of its last step.
    pub rate: f64,
    /// The loss of the training set: the mean over examples, each from before the step that it was
    /// learned in.
    pub loss: f64,
    /// The loss of the validation set, behind the last step.
    pub validation: Option<f64>,
    /// The numbers that were asked for, with their names.
    pub metrics: Vec<(String, f64)>,
    /// Whether no epoch before it had a loss as small.
    pub is_best: bool,
}

impl Epoch {
    /// A number that was asked for, by its name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        let found = self.metrics.iter().find(|(own, _)| own == name)?;
        Some(found.1)
    }

    /// The loss that epochs are compared by: of the validation set, if there is one.
    #[must_use]
    pub fn judged(&self) -> f64 {
        self.validation.unwrap_or(self.loss)
    }
}

/// `epoch  3/20  loss 0.123456  validation 0.234567  accuracy 0.9667  *`, the star for the best so far.
impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.epochs.to_string().len();
        write!(f, "epoch {:width$}/{}", self.number, self.epochs)?;
        write!(f, "  loss {:.6}", self.loss)?;
        if let Some(validation) = self.validation {
            write!(f, "  validation {validation:.6}")?;
        }
        for (name, number) in &self.metrics {
            write!(f, "  {name} {number:.4}")?;
        }
        match self.is_best {
            true => f.write_str("  *"),
            false => Ok(()),
        }
    }
}

/// What one who watches answers: nothing, `()`, is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Train on.
    GoOn,
    /// Stop here.
    Stop,
}

impl From<()> for Flow {
    fn from((): ()) -> Flow {
        Flow::GoOn
    }
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stopped {
    /// All epochs were done.
    Finished,
    /// The loss did not become less for as long as patience lasted.
    Patience,
    /// One who watched answered [`Flow::Stop`].
    Watcher,
}

/// What training was like: an [`Epoch`] for each, those before a resumption included.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub(super) epochs: Vec<Epoch>,
    pub(super) stopped: Stopped,
    pub(super) unplanned: Option<String>,
}

impl Report {
    /// The epochs, in order.
    #[must_use]
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// The last epoch; `None` if there was none.
    #[must_use]
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The epoch with the smallest loss (of the validation set, if there is one), the first of equals.
    #[must_use]
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.iter().rev().find(|epoch| epoch.is_best)
    }

    /// Why it ended.
    #[must_use]
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }

    /// Why steps that were to be [planned](super::Trainer::planned) were recorded, if they were.
    #[must_use]
    pub fn unplanned(&self) -> Option<&str> {
        self.unplanned.as_deref()
    }

    /// The losses of training and validation, to be drawn.
    ///
    /// ```
    /// # fn draw(report: nn::train::Report) -> std::io::Result<()> {
    /// report.curves("Learning").logarithmic().svg().save("learning.svg")
    /// # }
    /// ```
    #[must_use]
    pub fn curves(&self, title: &str) -> Curves {
        let at = |loss: fn(&Epoch) -> Option<f64>| {
            let points = self.epochs.iter();
            points.filter_map(move |epoch| Some([epoch.number as f64, loss(epoch)?]))
        };
        let curves = Curves::new(title).axes("epoch", "loss");
        let curves = curves.points("training", at(|epoch| Some(epoch.loss)));
        match self.epochs.iter().any(|epoch| epoch.validation.is_some()) {
            true => curves.points("validation", at(|epoch| epoch.validation)),
            false => curves,
        }
    }
}

/// A line for each epoch.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.epochs
            .iter()
            .try_for_each(|epoch| writeln!(f, "{epoch}"))
    }
}
