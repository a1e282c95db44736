//! What an optimizer keeps of its steps, parameter by parameter, and its way out and in.

use super::{Group, Rule};
use crate::{Mismatch, Parameter, ParameterId, Parameters, Role};
use std::collections::HashMap;
use tape::{Array, Element};

/// What is kept of one parameter.
#[derive(Clone, Debug)]
pub(super) struct State<T> {
    pub(super) steps: u64,
    pub(super) kept: Vec<Vec<T>>,
    count: usize,
}

impl<T: Element> State<T> {
    pub(super) fn new(count: usize) -> State<T> {
        State {
            steps: 0,
            kept: Vec::new(),
            count,
        }
    }

    /// The number of elements.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// An array for each name that the rule has.
    pub(super) fn make_room(&mut self, rule: &impl Rule<T>) {
        let names = rule.keeps().len();
        if self.kept.len() != names {
            let fresh = || vec![T::from_f64(rule.start()); self.count];
            self.kept.resize_with(names, fresh);
        }
    }
}

/// What is kept of every parameter that had a gradient so far.
#[derive(Clone, Debug)]
pub(super) struct States<T> {
    entries: Vec<Entry<T>>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<T> {
    id: ParameterId,
    pub(super) state: State<T>,
    /// What the groups make of it, once it was asked for.
    pub(super) group: Option<Group>,
}

impl<T> Default for States<T> {
    fn default() -> States<T> {
        States {
            entries: Vec::new(),
        }
    }
}

impl<T: Element> States<T> {
    /// The place of a parameter's entry, made if there is none. It is looked for from `next` on:
    /// gradients list parameters in the same order, step after step.
    pub(super) fn place_of(&mut self, parameter: &Parameter<T>, next: usize) -> usize {
        let id = parameter.id();
        let (before, ahead) = self.entries.split_at(next.min(self.entries.len()));
        let place = |entries: &[Entry<T>]| entries.iter().position(|entry| entry.id == id);
        if let Some(place) = place(ahead) {
            return before.len() + place;
        }
        place(before).unwrap_or_else(|| {
            let state = State::new(parameter.count());
            let group = None;
            self.entries.push(Entry { id, state, group });
            self.entries.len() - 1
        })
    }

    pub(super) fn entry(&mut self, place: usize) -> &mut Entry<T> {
        &mut self.entries[place]
    }

    /// Groups have changed: ask anew.
    pub(super) fn forget_groups(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.group = None);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// For each parameter that is not a buffer the number of its steps, and behind the first step
    /// what is kept of it.
    pub(super) fn memory(
        &self,
        rule: &impl Rule<T>,
        parameters: &Parameters<T>,
    ) -> Vec<(String, Array<T>)> {
        let known: HashMap<_, _> = self.entries.iter().map(|e| (e.id, &e.state)).collect();
        let mut memory = Vec::new();
        for named in learnable(parameters) {
            let (name, shape) = (&named.name, named.parameter.shape());
            let state = known.get(&named.parameter.id());
            let steps = state.map_or(0, |state| state.steps);
            memory.push((format!("{name}.step"), to_array(steps)));
            for (kind, kept) in rule.keeps().iter().zip(state.iter().flat_map(|s| &s.kept)) {
                memory.push((format!("{name}.{kind}"), Array::new(shape, kept.clone())));
            }
        }
        memory
    }

    pub(super) fn recall(
        &mut self,
        rule: &impl Rule<T>,
        parameters: &Parameters<T>,
        memory: &[(String, Array<T>)],
    ) -> Result<(), Mismatch> {
        let mut wrong = Mismatch::default();
        let mut rest = HashMap::new();
        for (name, array) in memory {
            if rest.insert(name.as_str(), array).is_some() {
                wrong.extra.push(format!("{name}, a second time"));
            }
        }

        let mut recalled = Vec::new();
        for named in learnable(parameters) {
            let (name, parameter) = (&named.name, &named.parameter);
            let mut state = State::new(parameter.count());
            let step = format!("{name}.step");
            match rest
                .remove(step.as_str())
                .map(|array| (array, to_steps(array)))
            {
                Some((_, Some(steps))) => state.steps = steps,
                Some((array, None)) => {
                    let what = format!("{:?} is no number of steps", array.as_slice());
                    wrong.misfits.push((step, what));
                }
                None => wrong.missing.push(step),
            }
            for kind in rule.keeps() {
                let name = format!("{name}.{kind}");
                match rest.remove(name.as_str()) {
                    Some(array) if array.shape() == parameter.shape() => {
                        state.kept.push(array.to_vec());
                    }
                    Some(array) => {
                        let (found, needed) = (array.shape(), parameter.shape());
                        let what = format!("shape {found}, needed {needed}");
                        wrong.misfits.push((name, what));
                    }
                    None if state.steps > 0 => wrong.missing.push(name),
                    None => {}
                }
            }
            recalled.push((parameter.share(), state));
        }
        let mut extra: Vec<String> = rest.into_keys().map(str::to_string).collect();
        extra.sort_unstable();
        wrong.extra.extend(extra);
        wrong.into_result()?;

        let mut next = 0;
        for (parameter, state) in recalled {
            let place = self.place_of(&parameter, next);
            self.entry(place).state = state;
            next = place + 1;
        }
        Ok(())
    }
}

/// All but buffers; frozen ones may have learned before, and may again.
fn learnable<T: Element>(parameters: &Parameters<T>) -> impl Iterator<Item = &crate::Named<T>> {
    let mut all = parameters.iter();
    std::iter::from_fn(move || all.find(|named| named.parameter.role() != Role::Buffer))
}

/// Steps are kept as two numbers, `low + high 2^20`: an `f32` counts no further than to 2^24.
const HALF: u64 = 1 << 20;

fn to_array<T: Element>(steps: u64) -> Array<T> {
    let halves = [steps % HALF, steps / HALF];
    Array::new(&[2], halves.map(|half| T::from_f64(half as f64)).to_vec())
}

fn to_steps<T: Element>(array: &Array<T>) -> Option<u64> {
    let &[low, high] = array.as_slice() else {
        return None;
    };
    let whole = |number: T| {
        let number = number.to_f64();
        let fits = number >= 0.0 && number < HALF as f64 && number.fract() == 0.0;
        fits.then_some(number as u64)
    };
    Some(whole(low)? + whole(high)? * HALF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_steps_survives_single_precision() {
        for steps in [0, 1, 1_048_575, 1_048_576, 16_777_217, (1 << 40) - 1] {
            assert_eq!(to_steps(&to_array::<f32>(steps)), Some(steps));
        }
        for bad in [
            [-1.0, 0.0],
            [0.5, 0.0],
            [f64::NAN, 0.0],
            [0.0, f64::INFINITY],
        ] {
            assert_eq!(to_steps(&Array::from(bad)), None, "{bad:?}");
        }
        assert_eq!(to_steps(&Array::from([1.0])), None);
    }
}
