//! # 1. The circuit
//!
//! The smallest example of the chain rule: `f = (x + y) z`. Each node's ledger says where its
//! adjoint comes from, term by term: what arrives from above times the local derivative.
//!
//! ```text
//! f = -12, df/dx = -4, df/dy = -4, df/dz = 3, df/dq = -4
//!
//! f = -12. A node's adjoint is the derivative of f by that node:
//! the sum, over its children, of the child's adjoint * the child's local derivative.
//!
//! f = q * z = -12                             examples/lesson_01_circuit.rs:42
//!     output: 1    df/df = 1
//!     adjoint 1
//!
//! q = x + y = 3                               examples/lesson_01_circuit.rs:41
//!     from f: 1 * -4 = -4    df/dq = z = -4
//!     adjoint -4
//!
//! z = -4 (input)                              examples/lesson_01_circuit.rs:39
//!     from f: 1 * 3 = 3    df/dz = q = 3
//!     adjoint 3
//!
//! y = 5 (input)                               examples/lesson_01_circuit.rs:38
//!     from q: -4 * 1 = -4    dq/dy = 1
//!     adjoint -4
//!
//! x = -2 (input)                              examples/lesson_01_circuit.rs:37
//!     from q: -4 * 1 = -4    dq/dx = 1
//!     adjoint -4
//! ```

use chainrule::prelude::*;

fn main() {
    let tape = Tape::new();
    let x = tape.var("x", -2.0);
    let y = tape.var("y", 5.0);
    let z = tape.var("z", -4.0);

    let q = (x + y).named("q");
    let f = (q * z).named("f");

    let g = f.backward();
    println!(
        "f = {f}, df/dx = {}, df/dy = {}, df/dz = {}, df/dq = {}",
        g[x], g[y], g[z], g[q]
    );
    println!();
    println!("{}", f.explain());
}
