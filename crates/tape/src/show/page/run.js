// ---- the recording, and runs of it ---------------------------------------------------------------
// A run has the value and the adjoint of each node, and what each node handed to its operands.
// The recorded one was printed by the program; others are computed here, by the same functions.

const { nodes, blocks, guards } = data;
nodes.forEach((node, place) => {
  node.place = place;
  node.value = number(node.value);
  node.adjoint = number(node.adjoint);
  // What an output starts with; of an array, whose seeds are not told one by one, nothing.
  node.seeds = node.seeds?.map(number);
  // What hooks of the sweep made of the sum of its terms: before, after and the hook's line.
  node.hooks = (node.hooks ?? []).map(([before, after, line]) => [number(before), number(after), line]);
  node.hands?.forEach(hand => {
    if (!hand) return;
    for (const key of ['local', 'whole']) if (key in hand) hand[key] = number(hand[key]);
  });
  // Who hands to it, in the order of the sweep.
  node.terms = [];
});
const isPlace = operand => typeof operand === 'number';
const hasAdjoint = node => node.array ? node.array.adjointText !== 'none' : node.adjoint !== null;
const recorded = {
  values: nodes.map(node => node.value),
  adjoints: nodes.map(node => node.adjoint),
  locals: nodes.map(node => node.hands?.map(hand => hand && 'local' in hand ? hand.local : null)),
};
let run = recorded;

// The sweep: a step for each node that has an adjoint and operands, last first.
const steps = nodes.filter(node => !node.leaf && hasAdjoint(node)).reverse();
steps.forEach((node, step) => {
  node.step = step;
  node.hands?.forEach((hand, slot) => {
    if (hand) nodes[node.operands[slot]].terms.push({ from: node, slot });
  });
});
for (const node of nodes) {
  for (const term of node.array?.terms ?? []) {
    nodes[term.from].gives ??= [];
    nodes[term.from].gives.push({ to: node, term });
  }
}

// The chain rule's product: an exact 0 wins.
const chain = (upstream, local) => upstream === 0 || local === 0 ? 0 : upstream * local + 0;
const handOf = term => term.from.hands[term.slot];
function contribution(term, on = run) {
  const hand = handOf(term);
  if ('whole' in hand) return on === recorded ? hand.whole : on.given[term.from.place][term.slot][0];
  return chain(on.adjoints[term.from.place], on.locals[term.from.place][term.slot]);
}

// What a number has received of some of its terms, in the order of the sweep: null, if nothing.
function sumOf(node, terms, on = run) {
  let total = node.seeds?.length ? node.seeds.reduce((sum, seed) => sum + seed) : null;
  for (const term of terms) {
    const added = contribution(term, on);
    total = total === null ? added : total + added;
  }
  return total;
}
const arrived = (node, done) => node.terms.filter(term => term.from.step < done);
// Whether no step to come adds to it.
function isWhole(node, done) {
  const terms = node.array ? node.array.terms.map(term => nodes[term.from]) : node.terms.map(term => term.from);
  return terms.every(from => from.step < done);
}

// Questions that the program asked of values, and would be answered otherwise now.
function turned(values) {
  const valueOf = operand => isPlace(operand) ? values[operand] : number(operand[0]);
  const answers = {
    '==': (x, y) => x === y, '<': (x, y) => x < y, '<=': (x, y) => x <= y, '>': (x, y) => x > y, '>=': (x, y) => x >= y,
    '<=>': (x, y) => x < y ? 0 : x === y ? 1 : x > y ? 2 : 3,
    is_nan: x => Number.isNaN(x), is_finite: x => Number.isFinite(x), is_infinite: x => Math.abs(x) === Infinity,
    is_sign_negative: x => x < 0 || Object.is(x, -0), read: x => x,
  };
  return guards.filter(([test, left, right, answer]) => !Object.is(Number(answers[test](valueOf(left), valueOf(right))), number(answer)));
}

