//! # 39. Handwritten digits
//!
//! Images of 8 x 8 pixels, drawn by a shaky hand, 64 inputs; 32 hidden units; ten outputs, one for
//! each digit. The network has not seen the 500 images it is tested on. The confusion matrix says
//! which digit it took for which, and a look at the ones it got wrong whether one can blame it.
//!
//! ```text
//! epoch  1/10  loss 1.023535  *
//! epoch  2/10  loss 0.255749  *
//! epoch  5/10  loss 0.117553  *
//! epoch 10/10  loss 0.055254  *
//!
//! 96.8 % of 500 new images right
//!
//!         predicted
//! actual   0   1   2   3   4   5   6   7   8   9
//! 0       50   0   0   0   0   0   0   0   0   0
//! 1        0  49   0   1   0   0   0   0   0   0
//! 2        0   0  48   2   0   0   0   0   0   0
//! 3        0   0   0  50   0   0   0   0   0   0
//! 4        0   0   0   1  49   0   0   0   0   0
//! 5        0   0   0   0   0  49   0   1   0   0
//! 6        0   0   0   0   1   0  48   0   1   0
//! 7        0   4   0   0   1   0   0  45   0   0
//! 8        1   0   0   0   0   0   0   0  48   1
//! 9        1   0   0   1   0   0   0   0   0  48
//!
//! 4 taken for 3      8 taken for 0      6 taken for 8      9 taken for 0
//!                        ++##++..           ..@@++..             ..++..
//!           ++..       ..##..##             @@##..             @@@@##@@##
//!         ..##..       ++    ++             @@@@@@@@++       ++##      @@
//!       ..##  ++       ++##..##..         ..@@..  ####       ##..      @@
//!       ##  ....       @@++@@             ..@@..  ..@@       @@####++@@++
//!     ##..  ....     ++..  ..##             ++@@++@@++       ..++++##@@
//!     ++++++####++   ..##    @@               ++++....           ++@@..
//!           ....       ######                                  ++@@..
//! ```

use chainrule::nn::Activation::Tanh;
use chainrule::nn::data::digits;
use chainrule::nn::layers::{Flatten, Linear, Sequential};
use chainrule::nn::metrics::{Confusion, classes};
use chainrule::nn::{Adam, Trainer, loss, predict, seeded};

const SIDE: usize = 8;

fn main() {
    let mut rng = seeded(7);
    let (train, test) = (digits(3000, SIDE, &mut rng), digits(500, SIDE, &mut rng));
    let net = Sequential::new()
        .then(Flatten::new())
        .then(Linear::new(SIDE * SIDE, 32, &mut rng))
        .then(Tanh)
        .then(Linear::new(32, 10, &mut rng));
    Trainer::new(loss::cross_entropy)
        .epochs(10)
        .batch_size(50)
        .seed(1)
        .on_epoch(|epoch| {
            if [1, 2, 5, 10].contains(&epoch.number) {
                println!("{epoch}");
            }
        })
        .fit(&net, &mut Adam::new(0.01), &train)
        .expect("finite numbers");

    let found = classes(&predict(&net, test.x()));
    let confusion = Confusion::new(10, &found, test.y());
    println!(
        "\n{:.1} % of {} new images right\n",
        100.0 * confusion.accuracy(),
        test.len()
    );
    println!("{confusion}");
    assert!(confusion.accuracy() > 0.9);
    let diagonal: usize = (0..10).map(|digit| confusion.count(digit, digit)).sum();

    // Some that it took for others.
    let wrong = Vec::from_iter((0..test.len()).filter(|&i| found[i] != test.y()[i]));
    assert_eq!(wrong.len(), test.len() - diagonal);
    let shown = &wrong[..wrong.len().min(4)];
    let titles = shown
        .iter()
        .map(|&i| format!("{:19}", format!("{} taken for {}", test.y()[i], found[i])));
    println!("{}", titles.collect::<String>().trim_end());
    let images = Vec::from_iter(test.x().rows());
    for row in 0..SIDE {
        let mut line = String::new();
        for &i in shown {
            for ink in &images[i][row * SIDE..][..SIDE] {
                let shade = [' ', '.', '+', '#', '@'][(ink * 4.99) as usize];
                line.extend([shade, shade]);
            }
            line += "   ";
        }
        println!("{}", line.trim_end());
    }
}
