//! candle, on the processor: fused kernels of `candle-nn` where only a value is wanted, its
//! differentiable compositions where a gradient is (its fused ones have none).

use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor, Var};

use crate::Entry;
use crate::task::{Map, RATE, REPEATS, SIDE, Task, Vector, classes, numbers, weights};

/// A task on tensors made once.
pub(crate) fn entry(task: Task, dtype: DType) -> Entry {
    build(task, dtype).expect("candle builds what the others do")
}

fn array(shape: &[usize], seed: usize, dtype: DType) -> Result<Tensor> {
    let values = numbers(shape.iter().product(), seed);
    Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(dtype)
}

fn build(task: Task, dtype: DType) -> Result<Entry> {
    let square = |seed| array(&[SIDE, SIDE], seed, dtype);
    Ok(match task {
        Task::MatMul { n, transposed } => {
            let fit = |seed, transposed| {
                let x = array(&[n, n], seed, dtype)?;
                if transposed { x.t() } else { Ok(x) }
            };
            let (a, b) = (fit(1, transposed[0])?, fit(2, transposed[1])?);
            timed(move || a.matmul(&b))
        }
        Task::Map(map) => {
            let x = square(1)?;
            let x = if map == Map::Ln { (x + 1.5)? } else { x };
            match map {
                Map::Exp => timed(move || x.exp()),
                Map::Ln => timed(move || x.log()),
                Map::Tanh => timed(move || x.tanh()),
                Map::Sigmoid => timed(move || candle_nn::ops::sigmoid(&x)),
                Map::AddTransposed => timed(move || &x + x.t()?),
            }
        }
        Task::Add(vector) => {
            let x = square(1)?;
            let b = match vector {
                Vector::Row => array(&[SIDE], 2, dtype)?,
                Vector::Column => array(&[SIDE, 1], 2, dtype)?,
            };
            timed(move || x.broadcast_add(&b))
        }
        Task::Sum(axis) => {
            let x = square(1)?;
            timed(move || match axis {
                Some(axis) => x.sum(axis),
                None => x.sum_all(),
            })
        }
        Task::Softmax { pull: false } => {
            let x = square(1)?;
            timed(move || candle_nn::ops::softmax_last_dim(&x))
        }
        Task::Softmax { pull: true } => pulled(dtype, |x| candle_nn::ops::softmax(x, 1))?,
        Task::LayerNorm { pull: false } => {
            let x = square(1)?;
            let one = Tensor::ones(SIDE, dtype, &Device::Cpu)?;
            let zero = Tensor::zeros(SIDE, dtype, &Device::Cpu)?;
            // The fused kernel has no double precision.
            match dtype {
                DType::F64 => timed(move || candle_nn::ops::layer_norm_slow(&x, &one, &zero, 1e-5)),
                _ => timed(move || candle_nn::ops::layer_norm(&x, &one, &zero, 1e-5)),
            }
        }
        Task::LayerNorm { pull: true } => pulled(dtype, |x| {
            let count = SIDE as f64;
            let centred = x.broadcast_sub(&(x.sum_keepdim(1)? / count)?)?;
            let variance = (centred.sqr()?.sum_keepdim(1)? / count)?;
            centred.broadcast_div(&(variance + 1e-5)?.sqrt()?)
        })?,
        Task::Small { pull } => small(dtype, pull)?,
        Task::Step {
            batch,
            inputs,
            hidden,
            outputs,
        } => step(dtype, batch, [inputs, hidden, outputs])?,
    })
}

fn elements(x: &Tensor) -> Vec<f64> {
    let list = x.flatten_all().and_then(|x| x.to_dtype(DType::F64));
    list.and_then(|x| x.to_vec1())
        .expect("a tensor on the processor")
}

fn timed(work: impl Fn() -> Result<Tensor> + 'static) -> Entry {
    Box::new(move |answer| {
        let start = Instant::now();
        let y = work().expect("candle computes what the others do");
        let time = start.elapsed();
        if let Some(answer) = answer {
            *answer = elements(&y);
        }
        time
    })
}

fn pulled(dtype: DType, work: impl Fn(&Tensor) -> Result<Tensor> + 'static) -> Result<Entry> {
    let x = Var::from_tensor(&array(&[SIDE, SIDE], 1, dtype)?)?;
    let g = array(&[SIDE, SIDE], 2, dtype)?;
    Ok(timed(move || {
        let gradients = (work(&x)? * &g)?.sum_all()?.backward()?;
        Ok(gradients.get(&x).expect("it is an input").clone())
    }))
}

fn small(dtype: DType, pull: bool) -> Result<Entry> {
    let x = Var::from_tensor(&array(&[4], 1, dtype)?)?;
    Ok(timed(move || {
        let mut y = x.as_tensor().clone();
        for _ in 0..REPEATS {
            y = ((y + x.as_tensor())? * 0.5)?;
        }
        if !pull {
            return Ok(y);
        }
        let gradients = y.sum_all()?.backward()?;
        Ok(gradients.get(&x).expect("it is an input").clone())
    }))
}

fn step(dtype: DType, batch: usize, [inputs, hidden, outputs]: [usize; 3]) -> Result<Entry> {
    let mut vars = Vec::new();
    for (shape, values) in weights(inputs, hidden, outputs) {
        let values = Tensor::from_vec(values, shape, &Device::Cpu)?;
        vars.push(Var::from_tensor(&values.to_dtype(dtype)?)?);
    }
    let x = array(&[batch, inputs], 1, dtype)?;
    let classes = classes(batch, outputs)
        .into_iter()
        .map(|class| class as u32);
    let classes = Tensor::from_iter(classes, &Device::Cpu)?;
    Ok(timed(move || {
        let linear = |x: &Tensor, w: &Var, b: &Var| x.matmul(&w.t()?)?.broadcast_add(b);
        let hidden = linear(&x, &vars[0], &vars[1])?.relu()?;
        let logits = linear(&hidden, &vars[2], &vars[3])?;
        let gradients = candle_nn::loss::cross_entropy(&logits, &classes)?.backward()?;
        for var in &vars {
            let g = gradients.get(var).expect("it is an input");
            var.set(&(var.as_tensor() - (g * RATE)?)?)?;
        }
        let flat: Result<Vec<Tensor>> = vars.iter().map(|var| var.flatten_all()).collect();
        Tensor::cat(&flat?, 0)
    }))
}
