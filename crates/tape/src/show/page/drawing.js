// ---- the drawing ---------------------------------------------------------------------------------
// Things are nodes and blocks. Each block was laid out by itself; where a block within is open, what
// lies behind and below it moves aside.

const svg = at('graph');
const gateHeight = 26;
const frame = { side: 14, top: 26, bottom: 12 };
const opened = new Set([0]);
blocks.forEach((block, index) => {
  block.index = index;
  block.routes = new Map(block.routes.map(([from, to, ...points]) => [`${from},${to}`, points]));
  block.items = block.items.map((item, place) => {
    const thing = item < 0 ? blocks[-item] : nodes[item];
    Object.assign(thing, { home: block, nth: place });
    return thing;
  });
});
const isBlock = thing => 'items' in thing;
const isOpen = thing => isBlock(thing) && opened.has(thing.index);
// The node whose numbers stand behind a thing: of a block the one that is used outside, if there is
// but one.
for (const node of nodes) for (const operand of node.operands) if (isPlace(operand)) nodes[operand].lastUse = node.place;
for (const block of blocks) {
  const used = nodes.slice(block.first, block.end).filter(node => node.lastUse >= block.end || data.outputs.includes(node.place));
  block.result = used.length === 1 ? used[0] : null;
}
const result = thing => isBlock(thing) ? thing.result : thing;
const keyOf = thing => isBlock(thing) ? `b${thing.index}` : `n${thing.id}`;

function closedSize(thing) {
  if (isBlock(thing)) return [thing.folded[0] + thing.folded[1], thing.folded[2]];
  return [thing.gate + thing.wire, gateHeight + (thing.named ? 30 : 8)];
}
function sizeOf(thing) {
  if (!isOpen(thing)) return closedSize(thing);
  const { size } = stretch(thing);
  return [size[0] + 2 * frame.side, size[1] + frame.top + frame.bottom];
}

// How a block's layout gives way to the open blocks within.
function stretch(block) {
  const extra = [new Map(), new Map()];
  block.items.forEach((thing, place) => {
    if (!isOpen(thing)) return;
    const [closed, open] = [closedSize(thing), sizeOf(thing)];
    for (const axis of [0, 1]) {
      const where = block.at[2 * place + axis];
      extra[axis].set(where, Math.max(extra[axis].get(where) ?? 0, open[axis] - closed[axis]));
    }
  });
  const [x, y] = extra.map(extra => where => {
    let moved = where;
    for (const [from, more] of extra) moved += where > from ? more : where === from ? more / 2 : 0;
    return moved;
  });
  return { x, y, size: [x(block.size[0] + 1) - 1, y(block.size[1] + 1) - 1] };
}

const svgNamespace = 'http://www.w3.org/2000/svg';
function element(name, attributes, ...children) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// What is seen: things with their places, and who stands for each node.
let scene = { things: [], shown: [], wires: [], order: [] };

function arrange(block, left, top, things, shown) {
  const { x, y } = stretch(block);
  block.map = { x: where => left + x(where), y: where => top + y(where) };
  block.items.forEach((thing, place) => {
    const [width, height] = sizeOf(thing);
    const centre = [left + x(block.at[2 * place]), top + y(block.at[2 * place + 1])];
    thing.box = { left: centre[0] - width / 2, right: centre[0] + width / 2, y: centre[1], top: centre[1] - height / 2, width, height };
    things.push(thing);
    if (isOpen(thing)) arrange(thing, thing.box.left + frame.side, thing.box.top + frame.top, things, shown);
    else if (isBlock(thing)) shown.fill(thing, thing.first, thing.end);
    else shown[thing.place] = thing;
  });
}

// One path from a thing to another: along its route where the layout has one.
function path(from, to, nth, count) {
  const spread = (gateHeight - 10) * ((nth + 1) / (count + 1) - 0.5);
  const [start, end] = [[from.box.right, from.box.y], [to.box.left, to.box.y + spread]];
  const home = from.home === to.home ? from.home : null;
  const points = home?.routes.get(`${from.nth},${to.nth}`) ?? [];
  const passed = [];
  for (let i = 0; i < points.length; i += 2) passed.push([home.map.x(points[i]), home.map.y(points[i + 1])]);
  let text = `M${start}`;
  let last = start;
  [...passed, end].forEach((point, index) => {
    const middle = (last[0] + point[0]) / 2;
    text += index % 2 ? `H${point[0]}` : `C${middle} ${last[1]} ${middle} ${point[1]} ${point[0]} ${point[1]}`;
    last = point;
  });
  return text;
}

function build() {
  const things = [];
  const shown = new Array(nodes.length);
  arrange(blocks[0], 0, 0, things, shown);
  const layers = ['frames', 'wires', 'gates'].map(name => element('g', { class: name }));
  const wires = [];
  for (const thing of things) {
    if (isOpen(thing)) continue;
    const used = isBlock(thing)
      ? [...new Set(nodes.slice(thing.first, thing.end).flatMap(node => node.operands).filter(isPlace).map(place => shown[place]))]
        .filter(from => from !== thing).map(from => ({ from }))
      : thing.operands.map((operand, slot) => ({ slot, operand })).filter(({ operand }) => isPlace(operand))
        .map(({ slot, operand }) => ({ from: shown[operand], slot }));
    used.forEach(({ from, slot }, nth) => {
      const hand = thing.hands?.[slot];
      const none = !isBlock(thing) && !hand && !nodes[thing.operands[slot]].array?.terms.some(term => nodes[term.from] === thing && term.slot === slot);
      const line = element('path', { class: none ? 'wire none' : 'wire', d: path(from, thing, nth, used.length) });
      layers[1].append(line);
      wires.push({ from, to: thing, slot, line });
    });
  }
  for (const thing of things) {
    thing.drawn = isOpen(thing) ? drawFrame(thing) : drawThing(thing);
    (isOpen(thing) ? layers[0] : layers[2]).append(thing.drawn);
  }
  const [width, height] = stretch(blocks[0]).size;
  const margin = 16;
  svg.setAttribute('viewBox', `${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`);
  const held = svg.contains(document.activeElement);
  svg.replaceChildren(...layers);
  scene = { things: things.filter(thing => !isOpen(thing)), shown, wires, order: reading(blocks[0]) };
  fit();
  if (scene.order.length) stay(current ?? scene.order[0], held);
}

const shorten = (text, longest = 24) => [...text].length > longest ? [...text].slice(0, longest - 1).join('') + '…' : text;

function drawFrame(block) {
  const { left, top, width, height } = block.box;
  const title = element('text', { class: 'name', x: left + 10, y: top + 16 }, `▾ ${shorten(block.name, 60)}`);
  const group = element('g', { id: keyOf(block), class: 'frame', tabindex: -1, role: 'button', 'aria-expanded': 'true', 'aria-label': `${block.name}, ${block.count}, fold` },
    element('rect', { class: 'border', x: left, y: top, width, height, rx: 8 }), title);
  return group;
}

function drawThing(thing) {
  const { left, right, y } = thing.box;
  const gate = isBlock(thing) ? thing.folded[0] : thing.gate;
  const end = left + gate;
  const tall = isBlock(thing) ? thing.folded[2] - 6 : gateHeight;
  const middle = left + gate / 2;
  const texts = isBlock(thing)
    ? [['word', middle, y - 2, `▸ ${shorten(thing.name)}`], ['name', middle, y + 12, thing.count]]
    : [['word', middle, y + 4, thing.word], ...(thing.named ? [['name', middle, y - 17, shorten(thing.label)]] : [])];
  const isOutput = data.outputs.includes(result(thing)?.place);
  const kind = ['gate', thing.leaf && 'input', isBlock(thing) && 'block', isOutput && 'output'].filter(Boolean).join(' ');
  thing.texts = {
    value: element('text', { class: 'value', x: end + 6, y: y - 5 }),
    adjoint: element('text', { class: 'adjoint', x: end + 6, y: y + 14 }),
    mark: element('text', { class: 'mark', x: left + 3, y: y - tall / 2 + 3 }),
    pattern: element('text', { class: 'pattern', x: middle, y: y + tall / 2 + 12 }),
  };
  const group = element('g', { id: keyOf(thing), class: 'node', tabindex: -1, role: 'button' },
    element('path', { class: 'wire', d: `M${end} ${y}H${right}` }),
    element('rect', { class: kind, x: left, y: y - tall / 2, width: gate, height: tall, rx: isBlock(thing) ? 8 : gateHeight / 2 }),
    ...texts.map(([name, x, y, text]) => element('text', { class: name, x, y }, text)),
    ...Object.values(thing.texts));
  if (isBlock(thing)) group.setAttribute('aria-expanded', 'false');
  return group;
}

// A small drawing is drawn larger, up to twice its size; a large one somewhat smaller, then it scrolls.
// It leaves the panels below their part of the window, but on a narrow one, which scrolls as a whole.
function fit() {
  const natural = svg.viewBox.baseVal;
  const [width, height] = [at('drawing').clientWidth - 32, at('drawing').parentNode.clientHeight * 0.62 - at('legend').offsetHeight - 24];
  const isNarrow = getComputedStyle(at('drawing')).maxHeight === 'none';
  const scale = Math.max(0.75, Math.min(2, width / natural.width, isNarrow ? Infinity : height / natural.height));
  svg.setAttribute('width', natural.width * scale);
  svg.setAttribute('height', natural.height * scale);
}

// Opens everything that hides a node.
function uncover(node) {
  let block = node.home;
  let changed = false;
  for (; block; block = block.home) {
    if (!opened.has(block.index)) { opened.add(block.index); changed = true; }
  }
  if (changed) { build(); draw(); }
}
function fold(block) {
  if (opened.has(block.index)) opened.delete(block.index); else opened.add(block.index);
  build();
  draw();
}

