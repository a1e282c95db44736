//! The gradient of a program, as a program.

use super::{NO_LINE, Program, ProgramGuard, Session};
use crate::derive::gradient_of;
use crate::error::Error;
use crate::graph::Operand;
use crate::recording::Settings;
use crate::run::evaluate;
use crate::var::Var;

impl Program {
    /// The gradient as a program of its own: the same inputs in, the derivative of the one
    /// output by each of them out.
    ///
    /// It is the reverse sweep written down, row by row, behind the rows of this program;
    /// names, lines and guards are carried over. So it can be printed, replayed and
    /// differentiated again: its [`jacobian`](Program::jacobian) is the Hessian.
    ///
    /// ```
    /// use tape::Program;
    ///
    /// let cube = Program::record(|x| x[0].powi(3), &[1.0])?;
    /// let slope = cube.gradient_program()?; // 3 x^2
    /// assert_eq!(slope.eval(&[2.0])?, [12.0]);
    /// assert_eq!(slope.gradient_program()?.eval(&[2.0])?, [12.0]); // 6 x
    /// # Ok::<(), tape::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the program has several outputs.
    pub fn gradient_program(&self) -> Result<Program, Error> {
        self.expect_one_output("gradient_program")?;
        let session = Session::open("a gradient being written down", Settings::BARE);
        // Which rows a rule records depends on no value, so any point will do.
        let inputs = session.inputs(&vec![1.0; self.inputs]);
        let mut vars: Vec<Var> = Vec::with_capacity(self.rows.len());
        evaluate(&self.rows, &self.lists, &inputs, &mut vars);
        let slopes = gradient_of(self.outputs[0].value(&vars), Var::constant(1.0), &inputs);
        let mut program = Program::from_recording(&session.0, &slopes)?;

        // Constants may have folded, so rows have moved; what is said of them moves along.
        let moved = |row: u32| session.0.index(vars[row as usize]);
        program.names = self
            .names
            .iter()
            .filter_map(|(&row, name)| Some((moved(row)?, name.clone())))
            .collect();
        program.places.clone_from(&self.places);
        program.lines = vec![NO_LINE; program.rows.len()];
        for (row, &line) in self.lines.iter().enumerate() {
            if let Some(row) = moved(row as u32) {
                program.lines[row as usize] = line;
            }
        }
        let operand = |operand: Operand| match operand {
            Operand::Node(row) => moved(row).map_or_else(
                || Operand::Literal(vars[row as usize].peek()),
                Operand::Node,
            ),
            Operand::Literal(_) => operand,
        };
        program.guards = self
            .guards
            .iter()
            .map(|guard| ProgramGuard {
                left: operand(guard.left),
                right: operand(guard.right),
                ..guard.clone()
            })
            .collect();
        Ok(program)
    }
}
