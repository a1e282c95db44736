//! A step that repeats finds all its memory from the step before.

use nn::{Adagrad, Adam, AdamW, Optimizer, Parameter, RmsProp, Role, Session, Sgd, StepPlan};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use tape::{Array, Element};

thread_local! {
    /// How often this thread has asked for memory.
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: all is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn check<T: Element>() {
    let is_bias = |p: &Parameter<T>| p.role() == Role::Bias;
    let optimizers: Vec<Box<dyn Optimizer<T>>> = vec![
        Box::new(Sgd::new(0.1)),
        Box::new(Sgd::new(0.1).momentum(0.9).nesterov().decay(0.1)),
        Box::new(RmsProp::new(0.1).centered().momentum(0.9)),
        Box::new(Adagrad::new(0.1)),
        Box::new(Adam::new(0.1).amsgrad()),
        Box::new(AdamW::new(0.1).group(is_bias, |group| group.decay(0.0))),
    ];
    let parameters = [
        Parameter::<T>::weight(Array::zeros(&[30, 7])),
        Parameter::bias(Array::zeros(&[7])),
    ];
    let (_, mut gradient) = Session::new(0).step(|pass| {
        let [w, b] = [&parameters[0], &parameters[1]].map(|p| pass.parameter(p).exp().sum());
        w + b
    });
    for mut optimizer in optimizers {
        let mut step = || {
            gradient.clip_norm(1.0);
            optimizer.step(&gradient);
        };
        step();
        let before = ASKED.get();
        (0..10).for_each(|_| step());
        assert_eq!(ASKED.get(), before);
    }
    assert!(parameters[0].value()[[0, 0]].to_f64() < 0.0);
}

#[test]
fn steps_allocate_nothing() {
    check::<f64>();
    check::<f32>();
}

#[test]
fn planned_steps_allocate_nothing() {
    let w = [
        Parameter::<f32>::weight(Array::zeros(&[30, 7])),
        Parameter::bias(Array::zeros(&[30])),
        Parameter::bias(0.5),
    ];
    let mut plan = StepPlan::record(|pass| {
        let x = pass.tape().constant_of(&[4, 7], &[0.5; 28]);
        let [weight, bias, scale] = [&w[0], &w[1], &w[2]].map(|p| pass.parameter(p));
        (x.linear(weight, Some(bias)).tanh() * scale).cross_entropy(&[1, 2, 3, 4])
    })
    .unwrap();
    let mut optimizer = Adam::new(0.1);
    let mut step = || optimizer.step(plan.step().unwrap().1);
    (0..2).for_each(|_| step());
    let before = ASKED.get();
    (0..10).for_each(|_| step());
    assert_eq!(ASKED.get(), before);
}
