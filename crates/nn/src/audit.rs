//! Every gradient of a network three ways.

mod compare;
mod difference;
mod report;

use crate::hand::Hand;
use crate::watch::Seen;
use crate::{Module, Pass};
use std::cell::RefCell;
use std::fmt;
use tape::{Array, Tape, Tensor, Var};

pub use report::{Audit, Audited, Culprit};

/// Compares the gradient of a network by its input and by every parameter as the tape has it with
/// the backward pass derived by hand and with central differences.
///
/// The three share no formula: the tape differentiates the operations that it recorded, the
/// backward passes are written by hand in plain loops, and differences know nothing but values. What
/// is differentiated is the sum of the outputs with random weights; see [`Auditor`] for a loss of
/// your own, and for a network that learns. Differences take some dozen passes for each element:
/// take a small network.
///
/// ```
/// use nn::layers::{Linear, Sequential};
/// use nn::{Activation::Tanh, audit, seeded};
/// use tape::Array;
///
/// let mut rng = seeded(7);
/// let net = Sequential::new()
///     .then(Linear::new(2, 3, &mut rng))
///     .then(Tanh)
///     .then(Linear::new(3, 1, &mut rng));
/// let x = Array::from([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let audit = audit(&net, &x);
/// assert!(audit.passed(), "{audit}");
/// assert!(audit.by_hand().unwrap() < 1e-14 && audit.by_differences() < 1e-10);
/// ```
///
/// # Panics
/// If the network does not take such an input.
#[must_use]
#[track_caller]
pub fn audit(model: &(impl Module + ?Sized), x: &Array) -> Audit {
    Auditor::new().run(model, x)
}

/// How an [`audit`](audit()) is made: of which loss, in use or learning, how thoroughly.
///
/// ```
/// use nn::layers::{Dropout, Linear, Sequential};
/// use nn::{Auditor, seeded};
/// use tape::Array;
///
/// let net = Sequential::new().then(Linear::new(2, 3, &mut seeded(7))).then(Dropout::new(0.5));
/// let x = Array::from([[0.3, -0.8], [1.0, 0.4]]);
/// let audit = Auditor::new().learning(7, 0).loss(|y| y.square().mean()).run(&net, &x);
/// assert!(audit.passed(), "{audit}");
/// ```
pub struct Auditor<'l> {
    learning: Option<(u64, u64)>,
    draws: u64,
    most: usize,
    loss: Option<Box<dyn Fn(Tensor) -> Var + 'l>>,
}

impl<'l> Auditor<'l> {
    /// A network in use; the sum of its outputs with random weights; differences of at most 64
    /// elements of each parameter.
    #[must_use]
    pub fn new() -> Auditor<'l> {
        Auditor {
            learning: None,
            draws: 0,
            most: 64,
            loss: None,
        }
    }

    /// A network that learns, in this step of a session with this seed. What is random in it is the
    /// same in every pass. (Buffers, such as running means, stay as they are.)
    #[must_use]
    pub fn learning(self, seed: u64, step: u64) -> Auditor<'l> {
        let learning = Some((seed, step));
        Auditor { learning, ..self }
    }

    /// A loss of the outputs. (Its own derivative, which the backward pass by hand starts from, is the
    /// tape's; differences check it.)
    #[must_use]
    pub fn loss(self, loss: impl Fn(Tensor) -> Var + 'l) -> Auditor<'l> {
        let loss: Option<Box<dyn Fn(Tensor) -> Var + 'l>> = Some(Box::new(loss));
        Auditor { loss, ..self }
    }

    /// Differences of at most so many elements of each parameter, chosen at random where there are more.
    #[must_use]
    pub fn elements(self, most: usize) -> Auditor<'l> {
        Auditor { most, ..self }
    }

    /// Compares, and if something disagrees looks for the module that is wrong.
    ///
    /// # Panics
    /// If the network does not take such an input.
    #[must_use]
    #[track_caller]
    pub fn run(&self, model: &(impl Module + ?Sized), x: &Array) -> Audit {
        let mut audit = self.compare(&model, x);
        if !audit.agrees() {
            audit.culprits = self.culprits(&model, x);
        }
        audit
    }

    /// The modules that are wrong by themselves, although those inside of them are not: each is
    /// audited alone, at the input that it had in the network.
    fn culprits(&self, model: &dyn Module, x: &Array) -> Vec<Culprit> {
        let tape = Tape::without_lines();
        let found: RefCell<Vec<(usize, Culprit)>> = RefCell::default();
        let pass = self.pass(&tape).watched(|seen: &Seen<'_>| {
            // Those that began later and have ended are inside of this one.
            if found.borrow().iter().any(|inner| inner.0 > seen.number) {
                return;
            }
            let alone = Auditor {
                learning: self.learning,
                draws: seen.draws,
                most: self.most,
                loss: None,
            };
            let audit = alone.compare(seen.module, &seen.input.to_array());
            if !audit.agrees() {
                let culprit = Culprit::of(seen.path, &audit);
                found.borrow_mut().push((seen.number, culprit));
            }
        });
        pass.run("", model, tape.constant(x));
        drop(pass);
        let found = found.into_inner().into_iter();
        found.map(|(_, culprit)| culprit).collect()
    }

    fn pass<'t>(&self, tape: &'t Tape) -> Pass<'t> {
        let pass = match self.learning {
            Some((seed, step)) => Pass::learning(tape, seed, step),
            None => Pass::new(tape),
        };
        pass.behind(self.draws)
    }

    fn hand(&self) -> Hand {
        let hand = match self.learning {
            Some((seed, step)) => Hand::learning(seed, step),
            None => Hand::new(),
        };
        hand.behind(self.draws)
    }

    /// The loss of these outputs.
    #[track_caller]
    fn number(&self, y: Tensor, weights: &Array, tape: &Tape) -> Var {
        match &self.loss {
            Some(loss) => loss(y),
            None => (y * tape.constant(weights)).sum(),
        }
    }
}

impl Default for Auditor<'_> {
    fn default() -> Self {
        Auditor::new()
    }
}

impl fmt::Debug for Auditor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auditor")
            .field("learning", &self.learning)
            .field("elements", &self.most)
            .field("own_loss", &self.loss.is_some())
            .finish()
    }
}
