// ---- the recording at other inputs -----------------------------------------------------------------
// Each number and each element of an array is a cell: those of a node behind each other, in the order
// of the nodes, then some that only steps use. A node is computed by steps, a cell each: of elementwise
// operations the same one for every element, of others as the program wrote them down. A step is
// [kind, cell, operands..]; an operand is a cell, or a number in brackets; the kind -1 copies.

function countOf(shape) { return shape.reduce((count, length) => count * length, 1); }
let cellCount = 0;
for (const node of nodes) {
  node.first = cellCount;
  node.size = node.array ? countOf(node.array.shape) : 1;
  cellCount += node.size;
}
function stepsOf(node) {
  if (node.steps || node.kind === undefined) return node.steps ?? [];
  const cellOf = (operand, nth) => isPlace(operand) ? nodes[operand].first + (nodes[operand].array ? nth : 0) : operand;
  const step = (_, nth) => [node.kind, node.first + nth, ...node.operands.map(operand => cellOf(operand, nth))];
  return node.steps = Array.from({ length: node.size }, step);
}

const copy = [([x]) => x, undefined, () => [1]];
const kindOf = step => step[0] < 0 ? copy : kinds[step[0]];

function replay(inputs) {
  const cells = [];
  for (const node of nodes) {
    const known = node.array ? node.array.value.numbers.map(number) : [node.value];
    known.forEach((x, nth) => { cells[node.first + nth] = x; });
  }
  inputs.forEach((x, cell) => { cells[cell] = x; });
  const valueOf = operand => isPlace(operand) ? cells[operand] : number(operand[0]);
  const slopes = new Map();
  for (const node of nodes) for (const step of stepsOf(node)) {
    const [value, attribute, derivatives] = kindOf(step);
    const operands = step.slice(2).map(valueOf);
    cells[step[1]] = value(operands, attribute ?? undefined);
    slopes.set(step, derivatives(operands, cells[step[1]]));
  }
  const sums = sweepBack(slopes);
  const part = (node, from) => node.array ? Array.from({ length: node.size }, (_, nth) => from[node.first + nth] ?? 0) : from[node.first];
  const local = (node, slot) => node.array ? node.steps.map(step => slopes.get(step)[slot]) : slopes.get(node.steps[0])[slot];
  return {
    values: nodes.map(node => part(node, cells)),
    adjoints: nodes.map(node => hasAdjoint(node) ? part(node, sums.adjoints) : null),
    locals: nodes.map(node => node.kind === undefined ? undefined : node.operands.map((_, slot) => local(node, slot))),
    given: sums.given,
  };
}

// The adjoints of all cells, and what each node gave to each of its operands.
function sweepBack(slopes) {
  const adjoints = [];
  for (const node of nodes) if (node.seeds) adjoints[node.first] = sumOf(node, []);
  const given = nodes.map(node => node.operands.map(operand => isPlace(operand) ? Array(nodes[operand].size).fill(0) : null));
  for (const node of [...nodes].reverse()) {
    if (node.leaf || !hasAdjoint(node)) continue;
    // Elementwise, an operand's slot is its place in the step; else the operand that has the cell.
    const slotOf = (cell, nth) => node.kind !== undefined ? nth : node.operands.findIndex(operand => isPlace(operand) && cell >= nodes[operand].first && cell < nodes[operand].first + nodes[operand].size);
    for (const step of [...stepsOf(node)].reverse()) {
      const upstream = adjoints[step[1]] ?? 0;
      step.slice(2).forEach((cell, nth) => {
        const slope = slopes.get(step)[nth];
        if (!isPlace(cell) || slope === null) return;
        const added = chain(upstream, slope);
        adjoints[cell] = cell in adjoints ? adjoints[cell] + added : added;
        const slot = slotOf(cell, nth);
        if (slot >= 0) given[node.place][slot][cell - nodes[node.operands[slot]].first] += added;
      });
    }
  }
  return { adjoints, given };
}
