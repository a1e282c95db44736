//! # 21. Two starts, two minima
//!
//! A convex cost has one lowest place and every descent finds it. This surface has two valleys,
//! and a descent only ever sees the slope under its feet: two starts a step apart, on either side of
//! the ridge, end in different valleys, and only one of them is the deeper. On the ridge lies a
//! saddle: the gradient is 0 there too, but the surface curves down on one side.
//!
//! In the picture the surface rises by a third from band to band; the paths run from `a` and `b`
//! to `A` and `B`, and `x` is the saddle.
//!
//! ```text
//!               x         y    height   curvatures
//! A      -0.973994  0.474332  0.197434   2.292, 12.887
//! B       1.024120  0.524411 -0.202440   2.386, 14.395
//! saddle -0.050126  0.001256  1.005006   -3.965, 4.005
//!
//!   =====  ++  * ## %  @@@@@@@@@@@@@@@@@@  % ## * ++ ==  ----
//!  =      ==  +  * ## %%  @@@@@@@@@@@@  %% ## *  + ==  --- ---
//! =   ---   ==  +  *  #  %%%  a   b %%%  #  *  + ==  --      --
//! = --------  == ++  *  ###          ###  *  +  =  -   :::::  -
//! = --      --  == ++  **    #######   **  +  =  --  ::: :::: -
//! = -   ::    --  ==  ++  ***o*  **o**  ++  == --  ::      :: -
//! = -  ::::::   --  ==  +++          +++  ==  -  :::       :: -
//! = - :::::::::  ---  ==   +o++++++++o  ==  --  ::   ....   : -
//! = - :::    :::   --   ===          ===  --  :::  ....... ::
//!  =-  ::      :::   --    o=========  o---  ::   ........ : -
//!  = - ::       :::   --- o           ---o  ::   ........  : -=
//! +  - ::    A   ::::   o---       -----  :o:   ....B.... ::- =
//!   = - ::   oo   ::::o   ------------   :::  o.o.ooo...  : -=
//! *+  -  ::   oooo o:o:     --------    ::::   ........  : - =+
//!   += -  ::       :::::       -       ::::    .......  ::  =
//! #*  = -  :::    ::::::               ::::     ....   :: -  +*
//!   *+ = -  ::::::::::::       x       :::::          :: - =+*#
//!     + = -   ::::::::                  :::::      :::  - =+
//! @%#* + = --                 --         :::::::::::  -- =   #
//! @@%#* + =  ---         ------------        ::::    -  =  *#%@
//! @@  #* + ==  --------------------------         --  = + *#%@@
//! ```

use chainrule::prelude::*;

/// Two wells along a bent valley, the right one deeper.
fn surface<R: Real>(at: &[R]) -> R {
    let (x, y) = (at[0], at[1]);
    (x.square() - 1.0).square() + (y - x.square() / 2.0).square() * 2.0 - x * 0.2
}

/// What the picture shows.
const LOW: [f64; 2] = [-1.5, -0.4];
const HIGH: [f64; 2] = [1.5, 1.6];
const ROWS: usize = 21;
const COLUMNS: usize = 61;

/// Walks down until the ground is level; answers every place on the way.
fn descent(start: [f64; 2]) -> Vec<[f64; 2]> {
    let mut path = vec![start];
    let [mut x, mut y] = start;
    loop {
        let slope = gradient(surface, &[x, y]);
        if slope[0].hypot(slope[1]) < 1e-9 {
            return path;
        }
        (x, y) = (x - 0.05 * slope[0], y - 0.05 * slope[1]);
        path.push([x, y]);
    }
}

/// The eigenvalues of the Hessian, the smaller one first.
fn curvatures(at: [f64; 2]) -> [f64; 2] {
    let h = hessian(surface, &at);
    let (mean, half) = ((h[0][0] + h[1][1]) / 2.0, (h[0][0] - h[1][1]) / 2.0);
    let spread = half.hypot(h[0][1]);
    [mean - spread, mean + spread]
}

/// Newton's method goes to where the gradient vanishes, saddle or not.
fn newton(mut at: [f64; 2]) -> [f64; 2] {
    for _ in 0..20 {
        let (slope, h) = (gradient(surface, &at), hessian(surface, &at));
        let determinant = h[0][0] * h[1][1] - h[0][1] * h[1][0];
        at[0] -= (h[1][1] * slope[0] - h[0][1] * slope[1]) / determinant;
        at[1] -= (h[0][0] * slope[1] - h[1][0] * slope[0]) / determinant;
    }
    at
}

fn main() {
    let (left, right) = (descent([-0.1, 1.4]), descent([0.1, 1.4]));
    let ends = [left[left.len() - 1], right[right.len() - 1]];
    let saddle = newton([0.0, 0.0]);

    println!("              x         y    height   curvatures");
    for (name, at) in [("A", ends[0]), ("B", ends[1]), ("saddle", saddle)] {
        let [low, high] = curvatures(at);
        let height = surface(&at);
        println!(
            "{name:6} {:9.6} {:9.6} {height:9.6}   {low:.3}, {high:.3}",
            at[0], at[1]
        );
        let slope = gradient(surface, &at);
        assert!(slope[0].hypot(slope[1]) < 1e-8, "level ground");
        assert_eq!(low > 0.0, name != "saddle", "minima curve up on all sides");
    }
    assert!(ends[0][0] < 0.0 && ends[1][0] > 0.0, "two valleys");
    assert!(surface(&ends[1]) < surface(&ends[0]), "one is deeper");

    // The picture: a character for each band of heights, and marks on top.
    let [dx, dy] = [
        (HIGH[0] - LOW[0]) / (COLUMNS - 1) as f64,
        (HIGH[1] - LOW[1]) / (ROWS - 1) as f64,
    ];
    let mut picture = [[' '; COLUMNS]; ROWS];
    for (i, row) in picture.iter_mut().enumerate() {
        for (j, place) in row.iter_mut().enumerate() {
            let height = surface(&[LOW[0] + j as f64 * dx, HIGH[1] - i as f64 * dy]);
            let band = ((height + 0.25) * 3.0) as usize;
            *place = b". : - = + * # % @"[band.min(16)] as char;
        }
    }
    let mut mark = |[x, y]: [f64; 2], with| {
        let [i, j] = [(HIGH[1] - y) / dy, (x - LOW[0]) / dx];
        picture[i.round() as usize][j.round() as usize] = with;
    };
    left.iter().chain(&right).for_each(|&at| mark(at, 'o'));
    let places = [left[0], right[0], ends[0], ends[1], saddle];
    places
        .into_iter()
        .zip("abABx".chars())
        .for_each(|(at, with)| mark(at, with));
    println!();
    for row in picture {
        println!("{}", String::from_iter(row).trim_end());
    }
}
