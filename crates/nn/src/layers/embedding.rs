use crate::hand::{Back, Hand};
use crate::{Init, Module, Parameter, Parts, Pass};
use rand::Rng;
use tape::{Array, Element, Indices, Tensor};

/// A table with a row of numbers for each class: of words, say.
///
/// Shapes: classes `[..]` give `[.., width]`; `weight [classes, width]`, as PyTorch's `Embedding`.
/// By hand: `dE/dy` of each place is added to the row that was read there; a class has no derivative.
///
/// ```
/// use nn::layers::Embedding;
/// use nn::{Module, Pass};
/// use tape::Tape;
///
/// let layer = Embedding::from_array([[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]);
/// let tape = Tape::new();
/// let pass = Pass::new(&tape);
/// let y = layer.rows([2, 0], &pass);
/// assert_eq!(y.to_vec(), [2.0, 2.5, 0.0, 0.5]);
/// let same = layer.forward(tape.constant([2.0, 0.0]), &pass); // classes as whole numbers
/// assert_eq!(same.to_vec(), y.to_vec());
/// ```
#[derive(Debug)]
pub struct Embedding<T: Element = f64> {
    weight: Parameter<T>,
    padding: Option<usize>,
}

impl<T: Element> Embedding<T> {
    /// A table drawn from the standard normal distribution, as PyTorch does.
    #[must_use]
    #[track_caller]
    pub fn new(classes: usize, width: usize, rng: &mut impl Rng) -> Embedding<T> {
        let weight = Init::Normal.weights(&[classes, width], classes, width, rng);
        Embedding::from_array(weight)
    }

    /// This table.
    ///
    /// # Panics
    /// If it is no matrix.
    #[must_use]
    #[track_caller]
    pub fn from_array(weight: impl Into<Array<T>>) -> Embedding<T> {
        let weight = weight.into();
        assert!(
            weight.rank() == 2,
            "Embedding: a table of shape {}, where [classes, width] belongs",
            weight.shape()
        );
        Embedding {
            weight: Parameter::weight(weight),
            padding: None,
        }
    }

    /// The same, but one class stands for nothing: its row starts as zeros and does not learn, as
    /// PyTorch's `padding_idx`. (Its derivative is declared to be 0. Differences, as in an
    /// [`audit`](crate::audit()), see the row that is read.)
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    #[track_caller]
    pub fn with_padding(self, class: usize) -> Embedding<T> {
        let (classes, width) = (self.weight.shape()[0], self.weight.shape()[1]);
        assert!(
            class < classes,
            "Embedding: class {class} for padding, of {classes}"
        );
        self.weight
            .change(|weight| weight[class * width..][..width].fill(T::default()));
        Embedding {
            padding: Some(class),
            ..self
        }
    }

    /// The table, `[classes, width]`.
    #[must_use]
    pub fn weight(&self) -> &Parameter<T> {
        &self.weight
    }

    /// The rows of these classes: `[..]` gives `[.., width]`.
    ///
    /// # Panics
    /// If there is no such class.
    #[track_caller]
    pub fn rows(&self, classes: impl Into<Indices>, pass: &Pass<'_, T>) -> Tensor<T> {
        let classes = classes.into();
        let rows = pass.parameter(&self.weight).embedding(&classes);
        match self.padding {
            Some(padding) if classes.as_slice().contains(&padding) => {
                let learns = |class: &usize| T::from_f64(f64::from(u8::from(*class != padding)));
                let learns: Vec<T> = classes.as_slice().iter().map(learns).collect();
                let mut lengths = classes.shape().to_vec();
                lengths.push(1);
                let learns = pass.tape().constant_of::<T>(&lengths, &learns);
                learns.select(rows, rows.detach())
            }
            _ => rows,
        }
    }
}

/// Whole numbers as classes; what is none is told with its place.
fn classes<T: Element>(numbers: &[T], count: usize) -> Result<Vec<usize>, String> {
    let class = |(place, number): (usize, &T)| {
        let number = number.to_f64();
        if number >= 0.0 && number < count as f64 && number.fract() == 0.0 {
            return Ok(number as usize);
        }
        Err(format!(
            "element {place} of the input is {number}; classes are whole numbers from 0, below {count}"
        ))
    };
    numbers.iter().enumerate().map(class).collect()
}

impl<T: Element> Module<T> for Embedding<T> {
    /// The rows of the classes that a tensor of whole numbers names.
    ///
    /// # Panics
    /// If a number is not whole, or there is no such class.
    fn forward(&self, x: Tensor<T>, pass: &Pass<'_, T>) -> Tensor<T> {
        let count = self.weight.shape()[0];
        match x.with(|numbers| classes(numbers, count)) {
            Ok(classes) => {
                let classes = Indices::new(&x.shape(), classes);
                self.rows(classes.expect("a class for each number"), pass)
            }
            Err(story) => panic!("Embedding: {story}"),
        }
    }

    fn parts(&self, parts: &mut Parts<T>) {
        parts.parameter("weight", &self.weight);
    }

    fn describe(&self) -> String {
        let shape = self.weight.shape();
        format!("Embedding {} -> {}", shape[0], shape[1])
    }

    fn by_hand<'a>(&'a self, x: &Array, _: &mut Hand) -> Option<(Array, Back<'a>)> {
        let weight: Array = self.weight.value().cast();
        let [count, width] = [weight.shape()[0], weight.shape()[1]];
        let classes = classes(x.as_slice(), count).ok()?;
        let mut lengths = x.shape().to_vec();
        lengths.push(width);
        let mut y = Array::zeros(&lengths);
        for (place, &class) in classes.iter().enumerate() {
            let row = &weight.as_slice()[class * width..][..width];
            y.as_mut_slice()[place * width..][..width].copy_from_slice(row);
        }
        let shape = x.shape().clone();
        let back = move |delta: &Array, hand: &mut Hand| {
            let mut dw = Array::zeros(weight.shape());
            for (place, &class) in classes.iter().enumerate() {
                for i in 0..width {
                    if self.padding != Some(class) {
                        dw[[class, i]] += delta.as_slice()[place * width + i];
                    }
                }
            }
            hand.add(&self.weight, dw);
            Array::zeros(&shape)
        };
        Some((y, Box::new(back)))
    }
}
