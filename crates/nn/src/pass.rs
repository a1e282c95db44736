//! One pass of data through a network.

use crate::gradient::Gradient;
use crate::parameter::Parameter;
use crate::watch::{Seen, Watch};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use tape::{Array, Element, Entered, Tape, Tensor, Var};

/// One pass of data through a network: the tape it is recorded on, the parameters that are on it
/// so far, and whether the network is learning.
///
/// A parameter is recorded when it is asked for first, and is the same node from then on: a weight
/// that is used in five places has the sum of five terms as its adjoint.
///
/// ```
/// use nn::layers::Linear;
/// use nn::{Module, Pass, seeded};
/// use tape::Tape;
///
/// let layer = Linear::new(2, 1, &mut seeded(1));
/// let tape = Tape::new();
/// let pass = Pass::new(&tape);
/// let y = layer.forward(tape.constant([[1.0, 2.0], [3.0, 4.0]]), &pass);
/// let gradient = pass.gradient(y.sum());
/// assert_eq!(gradient.of(layer.weight()), Some(&[4.0, 6.0][..]));
/// ```
#[derive(Debug)]
pub struct Pass<'t, T: Element = f64> {
    tape: &'t Tape,
    learning: Option<Learning>,
    leaves: RefCell<Vec<(Parameter<T>, Tensor<T>)>>,
    /// Where the next parameter is looked for first: they are asked for in the same order as before.
    next: Cell<usize>,
    /// New values of buffers, for when the pass has succeeded.
    kept: RefCell<Kept<T>>,
    /// How many layers have drawn random numbers.
    draws: Cell<u64>,
    watch: Option<Watch<'t, T>>,
    /// The data that was recorded, if it is noted.
    noted: Option<RefCell<Noted<T>>>,
    /// Whether modules enter scopes of the tape.
    scoped: bool,
}

/// New values of buffers.
pub(crate) type Kept<T> = Vec<(Parameter<T>, Array<T>)>;

/// Arrays of data, and what they are on the tape.
type Noted<T> = Vec<(Arc<Array<T>>, Tensor<T>)>;

/// Where random numbers in a step come from.
#[derive(Clone, Copy, Debug)]
struct Learning {
    seed: u64,
    step: u64,
    part: u64,
}

impl<'t, T: Element> Pass<'t, T> {
    /// A pass of a network in use: dropout lets all through, batch norm uses its running statistics.
    #[must_use]
    pub fn new(tape: &'t Tape) -> Pass<'t, T> {
        Pass {
            tape,
            learning: None,
            leaves: RefCell::new(Vec::new()),
            next: Cell::new(0),
            kept: RefCell::new(Vec::new()),
            draws: Cell::new(0),
            watch: None,
            noted: None,
            scoped: tape.keeps_lines(),
        }
    }

    /// A pass of a network that learns. What is random in it depends on the seed, the number of the
    /// step, and the place of the layer, and on nothing else.
    #[must_use]
    pub fn learning(tape: &'t Tape, seed: u64, step: u64) -> Pass<'t, T> {
        Pass::learning_part(tape, seed, step, 0)
    }

    /// As [`learning`](Pass::learning), for one part of a batch.
    pub(crate) fn learning_part(tape: &'t Tape, seed: u64, step: u64, part: u64) -> Pass<'t, T> {
        Pass {
            learning: Some(Learning { seed, step, part }),
            ..Pass::new(tape)
        }
    }

    /// The same pass, behind `draws` layers that have drawn random numbers.
    pub(crate) fn behind(self, draws: u64) -> Pass<'t, T> {
        self.draws.set(draws);
        self
    }

    /// The same pass, watched: `watcher` sees every module that is [run](Pass::run) by name, inner ones
    /// before the one that runs them.
    ///
    /// ```
    /// use nn::layers::{Linear, Sequential};
    /// use nn::{Activation::Tanh, Pass, seeded};
    /// use std::cell::RefCell;
    /// use tape::Tape;
    ///
    /// let mut rng = seeded(7);
    /// let net = Sequential::new().then(Linear::new(2, 8, &mut rng)).then(Tanh);
    /// let (tape, seen) = (Tape::new(), RefCell::new(Vec::new()));
    /// let pass = Pass::new(&tape).watched(|module| {
    ///     seen.borrow_mut().push(format!("{} {}", module.path, module.output.shape()));
    /// });
    /// pass.run("net", &net, tape.constant([[1.0, 2.0]]));
    /// assert_eq!(*seen.borrow(), ["net.0 [1,8]", "net.1 [1,8]", "net [1,8]"]);
    /// ```
    #[must_use]
    pub fn watched(self, watcher: impl Fn(&Seen<'_, T>) + 't) -> Pass<'t, T> {
        Pass {
            watch: Some(Watch::new(watcher)),
            ..self
        }
    }

    /// The same pass, in which every module that is [run](Pass::run) by name is a
    /// [scope](Tape::scope) of the tape, called by its name and what it is. A tape that keeps lines,
    /// as [`Tape::new`] does, has scopes anyway; one that is there to be fast does without.
    ///
    /// ```
    /// use nn::layers::{Linear, Sequential};
    /// use nn::{Activation::Tanh, Module, Pass, seeded};
    /// use tape::Tape;
    ///
    /// let mut rng = seeded(7);
    /// let net = Sequential::new().then(Linear::new(2, 8, &mut rng)).then_named("squash", Tanh);
    /// let tape = Tape::without_lines();
    /// let pass = Pass::new(&tape).scoped();
    /// let y = net.forward(tape.constant([[1.0, 2.0]]), &pass);
    /// let explanation = y.sum().explain();
    /// let names: Vec<_> = explanation.scopes().iter().map(|scope| &scope.name[..]).collect();
    /// assert_eq!(names, ["0: Linear 2 -> 8", "squash: tanh"]);
    /// ```
    #[must_use]
    pub fn scoped(self) -> Pass<'t, T> {
        Pass {
            scoped: true,
            ..self
        }
    }

    /// Enters a scope of the tape, if the pass has [scopes](Pass::scoped), until the answer is
    /// dropped: a part of a module that is no module itself.
    #[track_caller]
    pub fn enter(&self, name: impl fmt::Display) -> Option<Entered<'t>> {
        // A closure would have a line of its own.
        match self.scoped {
            true => Some(self.tape.enter(name.to_string())),
            false => None,
        }
    }

    /// The tape.
    #[must_use]
    pub fn tape(&self) -> &'t Tape {
        self.tape
    }

    /// Whether the network is learning.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.learning.is_some()
    }

    /// A parameter, as a tensor on the tape.
    #[track_caller]
    pub fn parameter(&self, parameter: &Parameter<T>) -> Tensor<T> {
        let mut leaves = self.leaves.borrow_mut();
        let next = self.next.get();
        let ahead = leaves
            .iter()
            .skip(next)
            .position(|leaf| leaf.0 == *parameter);
        let place = match ahead {
            Some(ahead) => Some(next + ahead),
            None => leaves
                .iter()
                .take(next)
                .position(|leaf| leaf.0 == *parameter),
        };
        if let Some(place) = place {
            self.next.set(place + 1);
            return leaves[place].1;
        }
        let value = parameter.value();
        let tensor = match parameter.learns() {
            true => self.tape.shared(&value),
            false => self.tape.shared_constant(&value),
        };
        leaves.push((parameter.share(), tensor));
        self.next.set(leaves.len());
        tensor
    }

    /// A parameter that a layer may be without, as a tensor on the tape. (With `Option::map` it would
    /// have the closure's line in the ledger, where here it has that of the module's caller.)
    #[track_caller]
    pub fn optional(&self, parameter: Option<&Parameter<T>>) -> Option<Tensor<T>> {
        Some(self.parameter(parameter?))
    }

    /// Runs an inner module under its name. (Calling its `forward` does the same without a name for
    /// those who [watch](Pass::watched): a summary, an audit; and what it records is no
    /// [scope](Pass::scoped) of its own.)
    #[track_caller]
    pub fn run(
        &self,
        name: &str,
        module: &(impl crate::Module<T> + ?Sized),
        x: Tensor<T>,
    ) -> Tensor<T> {
        let _scope = match self.scoped && !name.is_empty() {
            true => Some(self.tape.enter(format!("{name}: {}", module.describe()))),
            false => None,
        };
        let Some(watch) = &self.watch else {
            return module.forward(x, self);
        };
        let (entered, draws) = (watch.enter(name), self.draws.get());
        let y = module.forward(x, self);
        watch.leave(entered, &module, [x, y], draws);
        y
    }

    /// Data: no derivative is asked for it. The tape looks at the elements where they are.
    #[track_caller]
    pub fn data(&self, array: &Arc<Array<T>>) -> Tensor<T> {
        let tensor = self.tape.shared_constant(array);
        if let Some(noted) = &self.noted {
            noted.borrow_mut().push((Arc::clone(array), tensor));
        }
        tensor
    }

    /// The same pass, which notes its data.
    pub(crate) fn noting(self) -> Pass<'t, T> {
        Pass {
            noted: Some(RefCell::default()),
            ..self
        }
    }

    /// What an array is on the tape of a pass that notes its data: as often as it was recorded.
    pub(crate) fn noted(&self, array: &Arc<Array<T>>) -> Vec<Tensor<T>> {
        let noted = self.noted.iter().flat_map(|noted| noted.borrow().clone());
        let same = noted.filter(|(own, _)| Arc::ptr_eq(own, array));
        same.map(|(_, tensor)| tensor).collect()
    }

    /// Random numbers for one layer's use of them in a pass that learns; `None` in another.
    #[must_use]
    pub fn random(&self) -> Option<ChaCha8Rng> {
        let Learning { seed, step, part } = self.learning?;
        let draw = self.draws.replace(self.draws.get() + 1);
        Some(stream([seed, step, draw, part]))
    }

    /// Puts a new value into a buffer once the pass has succeeded: when
    /// [`gradient`](Pass::gradient) or [`finish`](Pass::finish) is called.
    pub fn keep(&self, buffer: &Parameter<T>, value: Array<T>) {
        self.kept.borrow_mut().push((buffer.share(), value));
    }

    /// What a buffer will hold once the pass has succeeded: what was put there last, or what it holds.
    #[must_use]
    pub fn latest(&self, buffer: &Parameter<T>) -> Arc<Array<T>> {
        let kept = self.kept.borrow();
        match kept.iter().rev().find(|kept| kept.0 == *buffer) {
            Some((_, value)) => Arc::new(value.clone()),
            None => buffer.value(),
        }
    }

    /// Names the parameters that are on the tape by their names in a module, for the ledger.
    #[track_caller]
    pub fn name_parameters(&self, module: &(impl crate::Module<T> + ?Sized)) {
        for named in &module.parameters() {
            self.parameter(&named.parameter).named(&named.name);
        }
    }

    /// The gradient of a loss by the parameters, from a reverse sweep; ends the pass.
    #[track_caller]
    pub fn gradient(self, loss: Var) -> Gradient<T> {
        let gradients = loss.backward();
        let leaves = self.finish();
        Gradient::new(leaves, gradients)
    }

    /// As [`gradient`](Pass::gradient), with the new values of buffers not yet put into them.
    #[track_caller]
    pub(crate) fn gradient_and_kept(self, loss: Var) -> (Gradient<T>, Kept<T>) {
        let gradients = loss.backward();
        let kept = self.kept.into_inner();
        (Gradient::new(self.leaves.into_inner(), gradients), kept)
    }

    /// Ends a pass without asking for a gradient, and answers the parameters that were used.
    pub fn finish(self) -> Vec<(Parameter<T>, Tensor<T>)> {
        for (buffer, value) in self.kept.into_inner() {
            buffer.set(value);
        }
        self.leaves.into_inner()
    }

    /// How many layers have drawn random numbers.
    pub(crate) fn draws(&self) -> u64 {
        self.draws.get()
    }

    /// How many buffers wait for new values.
    pub(crate) fn buffers_kept(&self) -> usize {
        self.kept.borrow().len()
    }

    /// The parameters that were used, of a pass whose buffers are left as they were.
    pub(crate) fn give_up(self) -> Vec<(Parameter<T>, Tensor<T>)> {
        self.leaves.into_inner()
    }
}

/// The random numbers of one place in one step: seed, step, draw, part of the batch.
pub(crate) fn stream(place: [u64; 4]) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (bytes, number) in key.chunks_exact_mut(8).zip(place) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}
