//! # 41. What flows through a network
//!
//! Data go up through the layers and an error comes back. `flow` follows one batch both ways and
//! writes down what arrives at each layer: mean and standard deviation of its outputs `y`, how many
//! of them are 0 (a relu that is off) or flat (a sigmoid at its end), and the lengths of the gradients.
//!
//! A sigmoid lets at most a quarter of an error through. At the first of eight layers a few millionths
//! are left, and the layer is marked. Relu with He's start hands on what it gets; with weights three
//! times as large, each layer makes of it three times as much.
//!
//! With a folder as its argument the lesson draws there what it prints: a histogram of the outputs and
//! one of the gradient for each layer, and the networks themselves.
//!
//! ```text
//! sigmoid, Glorot's start
//!
//! layer  what               mean     std  zero  flat   |y|  |dE/dy|   |W|  |dE/dW|   ratio
//! 0      Linear 16 -> 16   0.019    1.01              32.3   7.0e-7  3.98   3.0e-6  7.5e-7  vanishing
//! 1      sigmoid            0.50    0.21              17.4   3.3e-6                         vanishing
//! 2      Linear 16 -> 16   -0.13    0.51              16.7   3.1e-6  4.01   2.9e-5  7.2e-6  vanishing
//! 3      sigmoid            0.47    0.12              15.5   1.3e-5                         vanishing
//! 4      Linear 16 -> 16  -0.064    0.52              16.7   2.4e-5  4.02   2.1e-4  5.3e-5  vanishing
//! 5      sigmoid            0.49    0.12              16.0   9.9e-5                         vanishing
//! 6      Linear 16 -> 16   0.082    0.57              18.3   1.4e-4  3.78   1.3e-3  3.5e-4  vanishing
//! 7      sigmoid            0.52    0.13              17.1   5.8e-4
//! 8      Linear 16 -> 16    0.12    0.59              19.2   7.1e-4  3.99   7.0e-3  1.8e-3
//! 9      sigmoid            0.53    0.14              17.5   3.1e-3
//! 10     Linear 16 -> 16   0.061    0.54              17.3   4.2e-3  4.05    0.043   0.011
//! 11     sigmoid            0.51    0.13              16.9    0.018
//! 12     Linear 16 -> 16  -0.042    0.49              15.6    0.022  4.08     0.22   0.053
//! 13     sigmoid            0.49    0.12              16.1    0.092
//! 14     Linear 16 -> 16    0.14    0.68              22.1    0.093  4.22     0.86    0.20
//! 15     sigmoid            0.53    0.16              17.7     0.41
//! 16     Linear 16 -> 1    -0.68  2.3e-6              5.48     0.27  1.51     2.76    1.83
//!
//! loss 1.16
//!
//! relu, He's start
//!
//! layer  what               mean   std  zero  flat   |y|  |dE/dy|   |W|  |dE/dW|  ratio
//! 0      Linear 16 -> 16  -0.099  1.37              43.9    0.095  5.72     0.38  0.066
//! 1      relu               0.49  0.76   51%        28.9     0.15
//! 2      Linear 16 -> 16    0.13  1.21              38.9     0.11  5.53     0.35  0.064
//! 3      relu               0.53  0.74   44%        29.1     0.14
//! 4      Linear 16 -> 16    0.37  1.36              45.1     0.10  5.82     0.36  0.061
//! 5      relu               0.70  0.94   35%        37.3     0.13
//! 6      Linear 16 -> 16    0.47  1.58              52.7    0.082  6.07     0.40  0.066
//! 7      relu               0.82  1.18   37%        46.0     0.12
//! 8      Linear 16 -> 16    0.14  1.95              62.6    0.088  5.40     0.56   0.10
//! 9      relu               0.74  1.32   46%        48.5     0.12
//! 10     Linear 16 -> 16    0.20  1.79              57.6    0.090  5.35     0.67   0.13
//! 11     relu               0.73  1.26   45%        46.7     0.13
//! 12     Linear 16 -> 16  -0.036  2.41              77.2    0.096  5.80     0.74   0.13
//! 13     relu               0.86  1.55   52%        56.7     0.18
//! 14     Linear 16 -> 16   -0.73  2.36              79.2     0.12  5.58     1.31   0.23
//! 15     relu               0.54  1.05   63%        37.8     0.30
//! 16     Linear 16 -> 1    -0.18  0.24              2.35     0.22  1.34     1.82   1.36
//!
//! loss 0.79
//!
//! large, relu with three times He's start
//!
//! layer  what              mean    std  zero  flat    |y|  |dE/dy|   |W|  |dE/dW|  ratio
//! 0      Linear 16 -> 16  -0.30   4.11                132    4.7e6  17.2    1.9e7  1.1e6  exploding
//! 1      relu              1.48   2.27   51%         86.7    6.2e6                        exploding
//! 2      Linear 16 -> 16   1.17   10.9                350    1.5e6  16.6    2.8e7  1.7e6  exploding
//! 3      relu              4.80   6.62   44%          262    1.9e6                        exploding
//! 4      Linear 16 -> 16   9.91   36.7               1217    4.8e5  17.4    3.8e7  2.2e6
//! 5      relu              18.8   25.3   35%         1008    6.3e5
//! 6      Linear 16 -> 16   38.0    128               4268    1.3e5  18.2    4.7e7  2.6e6
//! 7      relu              66.5   95.5   37%         3723    1.7e5
//! 8      Linear 16 -> 16   33.4    474              15208    39996  16.2    6.2e7  3.8e6
//! 9      relu               179    322   46%        11786    59972
//! 10     Linear 16 -> 16    148   1304              41991    16062  16.0    8.9e7  5.6e6
//! 11     relu               535    919   45%        34022    23699
//! 12     Linear 16 -> 16  -79.2   5278              1.7e5     6208  17.4    1.1e8  6.3e6
//! 13     relu              1871   3395   52%        1.2e5    11776
//! 14     Linear 16 -> 16  -4795  15511              5.2e5     2688  16.7    2.1e8  1.2e7
//! 15     relu              3564   6890   63%        2.5e5     5808
//! 16     Linear 16 -> 1   -3447   4631              46188     1443  4.02    2.7e8  6.6e7
//!
//! loss 3.3e7
//! ```

use chainrule::nn::data::Dataset;
use chainrule::nn::flow::Mark;
use chainrule::nn::layers::{Linear, Sequential};
use chainrule::nn::{Activation, FlowReport, Init, Module, flow, loss, picture, seeded};
use chainrule::prelude::*;
use std::error::Error;
use std::path::PathBuf;

const LAYERS: usize = 8;
const WIDTH: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let sigmoid = deep(Activation::Sigmoid, Init::Glorot);
    let relu = deep(Activation::Relu, Init::He);
    let large = deep(Activation::Relu, Init::He);
    for named in &large
        .parameters()
        .only(|named| named.name.ends_with("weight"))
    {
        named
            .parameter
            .change(|weights| weights.iter_mut().for_each(|w| *w *= 3.0));
    }

    let mut rng = seeded(2);
    let x: Array = Init::Normal.weights(&[64, WIDTH], 1, 1, &mut rng);
    let y: Array = Init::Normal.weights(&[64, 1], 1, 1, &mut rng);
    let batch = Dataset::new(x, y).whole();

    let drawings = std::env::args_os().nth(1).map(PathBuf::from);
    let tell = |title: &str, net: &Sequential| -> Result<FlowReport, Box<dyn Error>> {
        let report = flow(net, &batch, loss::mse);
        println!("{title}\n\n{report}");
        if let Some(folder) = &drawings {
            let name = title.split(',').next().unwrap_or(title);
            picture::flow(title, &report).save(folder.join(format!("{name}_flow.svg")))?;
            let network = picture::Network::new(title, net, &batch.x).units(6);
            network.svg().save(folder.join(format!("{name}.svg")))?;
        }
        Ok(report)
    };
    let sigmoid = tell("sigmoid, Glorot's start", &sigmoid)?;
    let relu = tell("relu, He's start", &relu)?;
    let large = tell("large, relu with three times He's start", &large)?;

    assert_eq!(sigmoid.layers[0].marks, [Mark::Vanishing]);
    assert!(relu.is_healthy());
    assert_eq!(large.layers[0].marks, [Mark::Exploding]);
    Ok(())
}

/// Some layers, then one number.
fn deep(activation: Activation, init: Init) -> Sequential {
    let mut rng = seeded(1);
    let mut net = Sequential::new();
    for _ in 0..LAYERS {
        net = net
            .then(Linear::with_init(WIDTH, WIDTH, init, &mut rng))
            .then(activation);
    }
    net.then(Linear::with_init(WIDTH, 1, init, &mut rng))
}
