//! Modules, seen while they run.

use crate::module::{Module, joined};
use std::cell::{Cell, RefCell};
use std::fmt;
use tape::{Element, Tensor};

/// A module that a pass has just run, as a [watcher](crate::Pass::watched) sees it.
pub struct Seen<'a, T: Element = f64> {
    /// Its name behind those of the modules around it, joined by dots. The network itself, run
    /// without a name, has none.
    pub path: &'a str,
    /// How many modules began before it. (One that runs others ends, and is seen, after them.)
    pub number: usize,
    /// How many modules it is inside of.
    pub depth: usize,
    /// The module.
    pub module: &'a dyn Module<T>,
    /// What it read.
    pub input: Tensor<T>,
    /// What it made of it.
    pub output: Tensor<T>,
    /// How many layers had drawn random numbers before it.
    pub(crate) draws: u64,
}

impl<T: Element> fmt::Debug for Seen<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module = self.module.describe();
        write!(
            f,
            "Seen({:?}, {module}, {} to {})",
            self.path,
            self.input.shape(),
            self.output.shape()
        )
    }
}

type Watcher<'w, T> = dyn Fn(&Seen<'_, T>) + 'w;

/// Who watches a pass, and where it is.
pub(crate) struct Watch<'w, T: Element> {
    watcher: Box<Watcher<'w, T>>,
    path: RefCell<String>,
    depth: Cell<usize>,
    begun: Cell<usize>,
}

impl<'w, T: Element> Watch<'w, T> {
    pub(crate) fn new(watcher: impl Fn(&Seen<'_, T>) + 'w) -> Watch<'w, T> {
        Watch {
            watcher: Box::new(watcher),
            path: RefCell::default(),
            depth: Cell::new(0),
            begun: Cell::new(0),
        }
    }

    /// Goes into a module; [`leave`](Watch::leave) wants the answer back.
    pub(crate) fn enter(&self, name: &str) -> Entered {
        let mut path = self.path.borrow_mut();
        let outer = path.clone();
        *path = joined(&outer, name);
        self.depth.set(self.depth.get() + 1);
        Entered {
            outer,
            number: self.begun.replace(self.begun.get() + 1),
        }
    }

    pub(crate) fn leave(
        &self,
        entered: Entered,
        module: &dyn Module<T>,
        [input, output]: [Tensor<T>; 2],
        draws: u64,
    ) {
        let path = self.path.replace(entered.outer);
        self.depth.set(self.depth.get() - 1);
        (self.watcher)(&Seen {
            path: &path,
            number: entered.number,
            depth: self.depth.get(),
            module,
            input,
            output,
            draws,
        });
    }
}

/// A module that has begun.
pub(crate) struct Entered {
    outer: String,
    number: usize,
}

impl<T: Element> fmt::Debug for Watch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch(in {:?})", self.path.borrow())
    }
}
