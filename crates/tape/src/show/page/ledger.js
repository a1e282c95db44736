// ---- the ledger of a node, in words and numbers as the program prints it --------------------------

const revealed = new Set();
const isHidden = node => at('predict').checked && hasAdjoint(node) && !node.seeds && !revealed.has(node.place);
const hides = (upstream, local) => (upstream === 0 && !Number.isFinite(local)) || (local === 0 && !Number.isFinite(upstream));
const hiding = '  ! an exact zero hides an infinity or NaN here';

function headline(node) {
  if (node.array) return `${node.label} [${node.array.shape.join(',')}] = ${node.reads ?? node.leaf}`;
  const value = show(run.values[node.place]);
  return node.leaf === 'input' ? `${node.label} = ${value} (input)` : `${node.label} = ${node.reads} = ${value}`;
}

function product(term) {
  const hand = handOf(term);
  if (isHidden(term.from)) return '? * ? = ?';
  if ('whole' in hand) return show(hand.whole);
  const { place } = term.from;
  return `${show(run.adjoints[place])} * ${show(run.locals[place][term.slot])} = ${show(contribution(term))}`;
}

function formula(node, term) {
  const hand = handOf(term);
  if ('whole' in hand) return hand.reads;
  const local = show(run.locals[term.from.place][term.slot]);
  const rule = hand.rule === null ? '' : ` = ${hand.rule}`;
  return `d${term.from.label}/d${node.label}${rule} = ${local}`;
}

function row(node, place) {
  const term = node.terms[place];
  if (isHidden(term.from)) return [`from ${term.from.label}:`, '?', 'its adjoint is not revealed yet'];
  const alike = [place - 1, place + 1].some(other => node.terms[other]?.from === term.from);
  const { from, slot } = term;
  const marks = (alike ? ` (operand ${slot + 1})` : '')
    + ('local' in handOf(term) && hides(run.adjoints[from.place], run.locals[from.place][slot]) ? hiding : '');
  return [`from ${from.label}:`, product(term), formula(node, term) + marks];
}

function lengthOf(text) { return [...text].length; }
const padded = (text, width) => text + ' '.repeat(Math.max(0, width - lengthOf(text)));

// As it stands when so many steps are done.
function ledgerOf(node, done = steps.length) {
  if (node.array) return isWhole(node, done) || !hasAdjoint(node) ? ledgerOfArray(node) : `${headline(node)}\n    its adjoint is still to come`;
  let out = headline(node);
  if (node.line) {
    const [file, line, ofOperand] = node.line;
    out = `${padded(out, 42)}  ${ofOperand ? '~' : ''}${data.files[file]}:${line}`;
  }
  const seeds = (node.seeds ?? []).map(seed => ['output:', show(seed), `d${node.label}/d${node.label} = ${show(1)}`]);
  const hooks = isWhole(node, done) ? node.hooks.map(([before, after, line]) => ['hook:', `${show(before)} -> ${show(after)}`, line]) : [];
  const rows = [...seeds, ...arrived(node, done).map((_, place) => row(node, place)), ...hooks];
  const widths = [0, 1].map(column => Math.max(0, ...rows.map(row => lengthOf(row[column]))));
  const lines = rows.map(([from, product, formula]) => `    ${padded(from, widths[0])} ${padded(product, widths[1])}    ${formula}`.trimEnd());
  return [out, ...lines, `    ${total(node, done)}`, ''].join('\n');
}

function total(node, done) {
  if (node.adjoint === null) return 'adjoint none: no path leads to an output';
  const came = arrived(node, done);
  if (came.some(term => isHidden(term.from))) return 'adjoint ?';
  const terms = [...(node.seeds ?? []), ...came.map(term => contribution(term))];
  if (!isWhole(node, done)) return terms.length ? `so far ${show(sumOf(node, came))}, more is to come` : 'its adjoint is still to come';
  const { hooks } = node;
  const by = hooks.length === 1 ? 'a hook' : `${hooks.length} hooks`;
  const made = hooks.length ? `, made ${show(hooks.at(-1)[1])} by ${by}` : '';
  const adjoint = show(hooks.length ? hooks[0][0] : run.adjoints[node.place]);
  if (terms.length <= 1) return `adjoint ${adjoint}${made}`;
  if (terms.length <= 8) return `adjoint ${terms.map(show).join(' + ')} = ${adjoint}${made}`;
  return `adjoint ${adjoint}, the sum of ${terms.length} terms${made}`;
}

// A line each, which may be wrapped.
function write(place, text) {
  place.replaceChildren(...text.split('\n').map(line => {
    const written = document.createElement('span');
    written.textContent = line;
    return written;
  }));
}
