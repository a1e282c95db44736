// ---- arrays: maps of their numbers, and the story of one element ----------------------------------

const countOf = shape => shape.reduce((count, length) => count * length, 1);
function indexOf(flat, shape) {
  const index = [];
  for (const length of [...shape].reverse()) {
    index.unshift(flat % length);
    flat = Math.floor(flat / length);
  }
  return index;
}
const flatOf = (index, shape) => index.reduce((flat, i, axis) => flat * shape[axis] + i, 0);
const elementName = (node, flat) => `${node.label}[${indexOf(flat, node.array.shape).join(',')}]`;

// Orange above zero, blue below, the stronger the further away; NaN and infinities stand out.
function heatMap(title, part, shape, label, choose) {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  figure.append(caption);
  const numbers = (part.numbers ?? part.means)?.map(number);
  if (!numbers?.length) {
    caption.textContent = numbers ? `${title}: no elements` : `${title}: too large for this page`;
    return figure;
  }
  let columns = part.numbers ? shape.at(-1) ?? 1 : part.columns;
  if (part.numbers && shape.length < 2 && columns > 32) columns = 32;
  const rows = Math.ceil(numbers.length / columns);
  const finite = numbers.filter(Number.isFinite);
  const strongest = Math.max(...finite.map(Math.abs), 0);
  const side = Math.max(3, Math.min(24, 320 / columns, 480 / rows));
  const map = element('svg', { viewBox: `0 0 ${columns * side} ${rows * side}`, width: columns * side, height: rows * side, role: 'img', class: 'map' });
  map.setAttribute('aria-label', `${title} of ${label}, ${shape.join(' by ')}`);
  numbers.forEach((x, place) => {
    const kind = !Number.isFinite(x) ? 'odd' : x < 0 ? 'below' : 'above';
    const cell = element('rect', {
      class: kind, x: (place % columns) * side, y: Math.floor(place / columns) * side, width: side, height: side,
      'fill-opacity': Number.isFinite(x) ? (strongest ? Math.abs(x) / strongest : 0) : 1,
    });
    const where = part.numbers ? `[${indexOf(place, shape).join(',')}]` : 'mean';
    cell.append(element('title', {}, `${where} ${show(x)}`));
    if (part.numbers) cell.addEventListener('click', () => choose(place));
    map.append(cell);
  });
  const range = finite.length ? `${show(Math.min(...finite))} to ${show(Math.max(...finite))}` : 'nothing finite';
  const odd = numbers.length - finite.length;
  caption.textContent = `${title}: ${range}${odd ? `, ${odd} not finite` : ''}${part.numbers ? '' : ', means of parts'}`;
  figure.append(map);
  return figure;
}

// What one element received, from whom, and what was summed on the way.
function storyOfElement(node, flat) {
  const { shape, value, adjoint, terms, hooks } = node.array;
  const lines = [`${elementName(node, flat)} = ${show(number(value.numbers[flat]))}`];
  if (!adjoint?.numbers) return [...lines, adjoint ? 'its adjoint is too large for this page' : 'no adjoint: no path leads from it to an output'];
  const added = [];
  for (const term of terms) {
    const child = nodes[term.from];
    if (isHidden(child)) { lines.push(`from ${child.label}: ?`); continue; }
    if (!term.added.numbers) { lines.push(`from ${child.label}: too large for this page`); continue; }
    const given = number(term.added.numbers[flat]);
    added.push(given);
    const local = number(term.local?.numbers?.[flat]);
    const upstream = number(child.array?.adjoint?.numbers?.[flat]);
    const product = local !== undefined && upstream !== undefined ? `${show(upstream)} * ${show(local)} = ${show(given)}` : show(given);
    lines.push(`from ${child.label}: ${product}    ${term.reads}`);
    if (term.summed && child.array?.adjoint?.numbers) lines.push(`    ${broadcastSum(node, child, flat)}`);
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
  const numbers = copies.map(place => show(number(child.array.adjoint.numbers[place])));
  const shown = numbers.length > 8 ? [...numbers.slice(0, 4), '...', numbers.at(-1)] : numbers;
  return `it was repeated ${copies.length} times: the sum of ${child.label}'s adjoint over its copies, ${shown.join(' + ')}`;
}

// Maps are drawn once: a large one has thousands of cells.
const drawnMaps = new Map();
function mapsOf(node, withAdjoint, choose) {
  const key = `${node.place} ${withAdjoint}`;
  if (!drawnMaps.has(key)) {
    const { shape, value, adjoint } = node.array;
    const maps = [heatMap('value', value, shape, node.label, choose)];
    if (withAdjoint) maps.push(heatMap('adjoint', adjoint, shape, node.label, choose));
    drawnMaps.set(key, maps);
  }
  return drawnMaps.get(key);
}

// The element that is looked at stays the same from step to step.
let chosen = { node: null, place: 0 };
function showArray(node, done) {
  const panel = at('array');
  panel.hidden = !node.array;
  if (!node.array) return;
  const { shape, value, adjoint } = node.array;
  if (chosen.node !== node) chosen = { node, place: 0 };
  at('array-title').textContent = `${node.label} [${shape.join(',')}] ${node.array.type}`;
  const shows = Boolean(adjoint) && isWhole(node, done) && !isHidden(node);
  const choose = place => {
    chosen = { node, place };
    at('element').value = indexOf(place, shape).join(',');
    const all = isWhole(node, Math.max(0, time - seeded)) && !isHidden(node);
    at('element-story').textContent = storyOfElement(node, place).slice(0, all || !adjoint ? undefined : 1).join('\n');
  };
  at('maps').replaceChildren(...mapsOf(node, shows, choose));
  at('element-choice').hidden = !value.numbers?.length;
  at('element-story').textContent = '';
  at('element').onchange = () => {
    const index = at('element').value.split(',').map(Number);
    const fits = index.length === shape.length && index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < shape[axis]);
    if (fits) choose(flatOf(index, shape));
    else at('element-story').textContent = `no such element: ${shape.length} numbers from 0, below ${shape.join(', ')}`;
  };
  if (value.numbers?.length) choose(chosen.place);
}

