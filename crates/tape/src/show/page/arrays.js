// ---- arrays: maps of their numbers, and the story of one element ----------------------------------

function indexOf(flat, shape) {
  const index = [];
  for (const length of [...shape].reverse()) {
    index.unshift(flat % length);
    flat = Math.floor(flat / length);
  }
  return index;
}
const flatOf = (index, shape) => index.reduce((flat, i, axis) => flat * shape[axis] + i, 0);
// A part of an array in the run at hand: its value, its adjoint, a term of it.
const partOf = (node, kind) => run === recorded ? node.array[kind] : node.array[kind] && { numbers: run[`${kind}s`][node.place] };
const addedBy = term => run === recorded ? term.added : { numbers: run.given[term.from][term.slot] };
const localOf = term => run === recorded ? term.local : term.local && { numbers: run.locals[term.from][term.slot] };
const briefOf = node => run === recorded ? node.array.brief : `norm ${show(norm(run.adjoints[node.place]))}`;
// At other inputs the ledger says less: where numbers lie, and whose terms came.
function ledgerOfArray(node) {
  if (run === recorded) return node.array.ledger;
  const span = numbers => `from ${show(least(numbers))} to ${show(largest(numbers))}`;
  const terms = node.array.terms.map(term => `    from ${nodes[term.from].label}: ${term.reads}`);
  const adjoint = run.adjoints[node.place];
  return [headline(node), `    value ${span(run.values[node.place])}`, ...terms, adjoint ? `    adjoint ${span(adjoint)}, ${briefOf(node)}` : '    adjoint none: no path leads to an output'].join('\n');
}
const elementName = (node, flat) => `${node.label}[${indexOf(flat, node.array.shape).join(',')}]`;

// What one element received, from whom, and what was summed on the way.
function storyOfElement(node, flat) {
  const { terms, hooks } = node.array;
  const [value, adjoint] = ['value', 'adjoint'].map(kind => partOf(node, kind));
  const lines = [`${elementName(node, flat)} = ${show(number(value.numbers[flat]))}`];
  if (!adjoint?.numbers) return [...lines, adjoint ? 'its adjoint is too large for this page' : 'no adjoint: no path leads from it to an output'];
  const added = [];
  for (const term of terms) {
    const child = nodes[term.from];
    if (isHidden(child)) { lines.push(`from ${child.label}: ?`); continue; }
    const [all, factors] = [addedBy(term), localOf(term)];
    if (!all.numbers) { lines.push(`from ${child.label}: too large for this page`); continue; }
    const given = number(all.numbers[flat]);
    added.push(given);
    const local = number(factors?.numbers?.[flat]);
    const upstream = number(child.array && partOf(child, 'adjoint')?.numbers?.[flat]);
    const product = local !== undefined && upstream !== undefined ? `${show(upstream)} * ${show(local)} = ${show(given)}` : show(given);
    lines.push(`from ${child.label}: ${product}    ${term.reads}`);
    if (term.summed && partOf(child, 'adjoint')?.numbers) lines.push(`    ${broadcastSum(node, child, flat)}`);
  }
  if (terms.some(term => isHidden(nodes[term.from]))) return [...lines, 'adjoint ?'];
  const sum = added.length > 1 ? `${added.map(show).join(' + ')} = ` : '';
  const made = [];
  for (const [before, after, line] of hooks) {
    if (!before.numbers || !after.numbers) { lines.push('hook: too large for this page'); continue; }
    const change = [before, after].map(side => number(side.numbers[flat]));
    if (Object.is(...change)) continue;
    made.push(change);
    lines.push(`hook: ${change.map(show).join(' -> ')}    ${line}`.trimEnd());
  }
  const result = show(number(adjoint.numbers[flat]));
  if (!made.length) return [...lines, `adjoint ${sum}${result}`];
  return [...lines, `adjoint ${sum}${show(made[0][0])}, made ${result} by ${made.length === 1 ? 'a hook' : `${made.length} hooks`}`];
}

// An element that was repeated receives the sum over its copies.
function broadcastSum(node, child, flat) {
  const [from, to] = [node.array.shape, child.array.shape];
  const own = indexOf(flat, from);
  const lead = to.length - from.length;
  const copies = [];
  for (let place = 0; place < countOf(to); place++) {
    const index = indexOf(place, to);
    if (from.every((length, axis) => length === 1 || index[axis + lead] === own[axis])) copies.push(place);
  }
  const numbers = copies.map(place => show(number(partOf(child, 'adjoint').numbers[place])));
  const shown = numbers.length > 8 ? [...numbers.slice(0, 4), '...', numbers.at(-1)] : numbers;
  return `it was repeated ${copies.length} times: the sum of ${child.label}'s adjoint over its copies, ${shown.join(' + ')}`;
}

// Maps are drawn once, and stay where they are while the same ones are shown: one may have the focus.
const drawnMaps = new WeakMap();
function mapOf(node, kind) {
  if (!drawnMaps.has(run)) drawnMaps.set(run, new Map());
  const maps = drawnMaps.get(run);
  const key = `${node.place} ${kind}`;
  const choose = place => { chooseElement(node, place); announce(at('element-story').innerText); };
  if (!maps.has(key)) maps.set(key, heatMap(kind, partOf(node, kind), node.array.shape, node.label, choose));
  return maps.get(key);
}
function showMaps(maps) {
  const panel = at('maps');
  for (const map of [...panel.children]) if (!maps.includes(map)) map.remove();
  for (const map of maps) if (map.parentNode !== panel) panel.append(map);
}

// The element that is looked at stays the same from step to step.
let chosen = { node: null, place: 0 };
function chooseElement(node, place) {
  chosen = { node, place };
  const { adjoint, shape } = node.array;
  at('element').value = indexOf(place, shape).join(',');
  const all = isWhole(node, Math.max(0, time - seeded)) && !isHidden(node);
  write(at('element-story'), storyOfElement(node, place).slice(0, all || !adjoint ? undefined : 1).join('\n'));
  for (const map of at('maps').children) map.mark(place);
  showElementSlider(node, place);
}
function showArray(node, done) {
  at('array').hidden = !node?.array;
  if (!node?.array) return;
  const { shape, value, adjoint } = node.array;
  if (chosen.node !== node) chosen = { node, place: 0 };
  at('array-title').textContent = `${node.label} [${shape.join(',')}] ${node.array.type}`;
  const shows = Boolean(adjoint) && isWhole(node, done) && !isHidden(node);
  showMaps([mapOf(node, 'value'), ...shows ? [mapOf(node, 'adjoint')] : []]);
  at('element-choice').hidden = !value.numbers?.length;
  at('element-story').textContent = '';
  at('element').onchange = () => {
    const index = at('element').value.split(',').map(Number);
    const fits = index.length === shape.length && index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < shape[axis]);
    if (fits) chooseElement(node, flatOf(index, shape));
    else write(at('element-story'), `no such element: ${shape.length} numbers from 0, below ${shape.join(', ')}`);
    announce(at('element-story').innerText);
  };
  if (value.numbers?.length) chooseElement(node, chosen.place);
}
