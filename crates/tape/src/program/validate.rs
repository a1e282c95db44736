//! What must hold of a program's rows, whoever made them.

use super::Program;
use crate::error::{Error, ErrorKind};
use crate::graph::{Form, Operand, Row};
use crate::op::{Arity, Attribute, Op};

impl Program {
    /// Checks every row: operands come before their row, their number fits the operation, and
    /// guards, outputs and names speak of rows that exist.
    ///
    /// A program that was recorded or read back always passes; this is for tests, and for
    /// whoever adds a way to make programs.
    ///
    /// # Errors
    /// Naming the first row that is wrong.
    pub fn validate(&self) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::new(ErrorKind::Record, what));
        for (index, row) in self.rows.iter().enumerate() {
            if let Err(problem) = self.validate_row(index, row) {
                return wrong(format!("row %{index}, `{}`: {problem}", row.op.info().name));
            }
        }
        let inputs = self.rows.iter().filter(|row| row.op == Op::Input).count();
        if inputs != self.inputs {
            return wrong(format!(
                "{inputs} input rows, and {} inputs wanted",
                self.inputs
            ));
        }
        let guarded = self
            .guards
            .iter()
            .flat_map(|guard| [guard.left, guard.right]);
        let outputs = self.outputs.iter().map(|output| output.operand());
        for operand in guarded.chain(outputs) {
            if let Operand::Node(row) = operand
                && row as usize >= self.rows.len()
            {
                return wrong(format!(
                    "a guard or an output speaks of %{row}, which is no row"
                ));
            }
        }
        if let Some((row, name)) = self.names.range(self.rows.len() as u32..).next() {
            return wrong(format!("`{name}` names %{row}, which is no row"));
        }
        if !self.lines.is_empty() && self.lines.len() != self.rows.len() {
            return wrong(format!(
                "{} lines for {} rows",
                self.lines.len(),
                self.rows.len()
            ));
        }
        Ok(())
    }

    fn validate_row(&self, index: usize, row: &Row) -> Result<(), String> {
        let fits = match row.op.info().arity {
            Arity::Leaf => row.form == Form::Leaf,
            Arity::One | Arity::OneAndAttribute { .. } => row.form == Form::One,
            Arity::Two => matches!(row.form, Form::Two | Form::LiteralRight | Form::LiteralLeft),
            Arity::Three | Arity::Any => row.form == Form::List,
        };
        if !fits {
            return Err(format!("operands stored as {:?}", row.form));
        }
        if row.form == Form::List {
            let start = row.slot as u32 as usize;
            let end = self.lists.get(start).map(|&length| start + length as usize);
            if end.is_none_or(|end| end >= self.lists.len()) {
                return Err("its operand list is cut off".to_string());
            }
        }
        let points_at_itself = matches!(row.form, Form::Leaf | Form::List);
        if points_at_itself && row.first as usize != index {
            return Err(format!(
                "it should point at itself, and points at %{}",
                row.first
            ));
        }
        let operands = row.operands(&self.lists);
        check_count(row.op, row.op_name(), operands.len(), || {
            row.function().arity()
        })
        .map_err(|wanted| format!("{} operands, and wanted {wanted}", operands.len()))?;
        for operand in operands {
            if let Operand::Node(operand) = operand
                && operand as usize >= index
            {
                return Err(format!("its operand %{operand} does not come before it"));
            }
        }
        match row.attribute() {
            Attribute::Integer(_) if row.slot > u64::from(u32::MAX) => {
                Err("its attribute is cut off".to_string())
            }
            Attribute::None | Attribute::Integer(_) | Attribute::Number(_) => Ok(()),
        }
    }
}

/// Whether an operation takes so many operands; what it takes instead, if not.
pub(super) fn check_count(
    op: Op,
    name: &str,
    count: usize,
    arity_of_call: impl FnOnce() -> usize,
) -> Result<(), String> {
    let takes = match op.info().arity {
        Arity::Leaf => 0,
        Arity::One | Arity::OneAndAttribute { .. } => 1,
        Arity::Two => 2,
        Arity::Three => 3,
        Arity::Any if op == Op::Call => arity_of_call(),
        Arity::Any if op == Op::Dot && count % 2 == 1 => {
            return Err(format!("an even number of operands for `{name}`"));
        }
        Arity::Any => count,
    };
    if takes == count {
        return Ok(());
    }
    let plural = if takes == 1 { "" } else { "s" };
    Err(format!("{takes} operand{plural} for `{name}`"))
}

#[cfg(test)]
mod tests {
    use crate::graph::{Form, Operand};
    use crate::op::Op;
    use crate::program::{Output, Program};
    use crate::var::Var;

    #[test]
    fn a_program_with_one_thing_wrong_is_refused() {
        let record = |x: &[Var]| {
            let sum = Var::sum(&[x[0], x[1] * 2.0, x[0] * x[1]]);
            if sum > 0.0 { sum.powi(2) } else { sum }
        };
        let sound = Program::record(record, &[1.0, 2.0]).unwrap();
        sound.validate().unwrap();
        let check = |spoil: &dyn Fn(&mut Program), message: &str| {
            let mut program = sound.clone();
            spoil(&mut program);
            assert_eq!(program.validate().unwrap_err().to_string(), message);
        };
        // The rows: input, input, mul by a literal, mul, sum, powi.
        check(
            &|p| p.rows[3].first = 3,
            "row %3, `mul`: its operand %3 does not come before it",
        );
        check(
            &|p| p.rows[3].slot = 4,
            "row %3, `mul`: its operand %4 does not come before it",
        );
        check(
            &|p| p.rows[3].form = Form::One,
            "row %3, `mul`: operands stored as One",
        );
        check(
            &|p| p.rows[1].first = 0,
            "row %1, `input`: it should point at itself, and points at %0",
        );
        check(
            &|p| p.rows[5].slot |= 1 << 40,
            "row %5, `powi`: its attribute is cut off",
        );
        check(
            &|p| p.rows[4].slot = 99,
            "row %4, `sum`: its operand list is cut off",
        );
        check(
            &|p| p.lists[0] = u32::MAX,
            "row %4, `sum`: its operand list is cut off",
        );
        check(
            &|p| p.lists[2] = 4,
            "row %4, `sum`: its operand %4 does not come before it",
        );
        check(
            &|p| p.rows[4].op = Op::Dot,
            "row %4, `dot`: 3 operands, and wanted an even number of operands for `dot`",
        );
    }

    #[test]
    fn what_is_said_of_rows_must_be_said_of_rows_that_exist() {
        let sound = Program::record(
            |x: &[Var]| if x[0] < 1.0 { x[0].named("x") } else { x[0] },
            &[0.5],
        )
        .unwrap();
        let check = |spoil: &dyn Fn(&mut Program), message: &str| {
            let mut program = sound.clone();
            spoil(&mut program);
            assert_eq!(program.validate().unwrap_err().to_string(), message);
        };
        check(&|p| p.inputs = 2, "1 input rows, and 2 inputs wanted");
        check(
            &|p| p.outputs[0] = Output::Node(1),
            "a guard or an output speaks of %1, which is no row",
        );
        check(
            &|p| p.guards[0].left = Operand::Node(7),
            "a guard or an output speaks of %7, which is no row",
        );
        check(
            &|p| drop(p.names.insert(1, "y".to_string())),
            "`y` names %1, which is no row",
        );
        check(&|p| p.lines.push(0), "2 lines for 1 rows");
    }
}
