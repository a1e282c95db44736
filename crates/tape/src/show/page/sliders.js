// ---- sliders ---------------------------------------------------------------------------------------

const inputs = nodes.filter(node => node.leaf === 'input' && !node.array);
const moved = new Map();
const slidersShown = 12;

// Elements of arrays are moved as numbers are: both are cells.
function moveInput(node, value, nth = 0) {
  const cell = node.first + nth;
  if (Object.is(value, startOf(node, nth))) moved.delete(cell);
  else moved.set(cell, value);
  run = moved.size ? replay(moved) : recorded;
  draw();
}
const startOf = (node, nth) => node.array ? number(node.array.value.numbers[nth]) : recorded.values[node.place];

function slider(node, nth = 0) {
  const start = startOf(node, nth);
  const called = node.array ? elementName(node, nth) : node.label;
  const cell = node.first + nth;
  const span = Number.isFinite(start) && start !== 0 ? Math.min(2 * Math.abs(start), Number.MAX_VALUE / 4) : 2;
  const middle = Number.isFinite(start) ? start : 0;
  const row = document.createElement('div');
  row.className = 'slider';
  const [[name, range], [nameExactly, exactly]] = ['range', 'number'].map(type => {
    const [label, made] = ['label', 'input'].map(kind => document.createElement(kind));
    Object.assign(made, { type, step: 'any', id: `${type}-${cell}` });
    label.htmlFor = made.id;
    return [label, made];
  });
  // The array's name stands above its element.
  Object.assign(name, { textContent: node.array ? called.slice(node.label.length) : shorten(called), title: called });
  Object.assign(nameExactly, { textContent: `${called}, as a number`, className: 'unseen' });
  Object.assign(range, { min: middle - span, max: middle + span, step: span / 200 });
  exactly.placeholder = show(start);
  const put = value => {
    // A number beyond the slider takes its end along.
    range.min = Math.min(range.min, value);
    range.max = Math.max(range.max, value);
    range.value = value;
    exactly.value = value;
  };
  put(start);
  range.addEventListener('input', () => { exactly.value = range.value; moveInput(node, Number(range.value), nth); });
  exactly.addEventListener('change', () => {
    if (exactly.value === '' || !Number.isFinite(Number(exactly.value))) { put(moved.get(cell) ?? start); return; }
    put(Number(exactly.value));
    moveInput(node, Number(exactly.value), nth);
  });
  row.reset = () => put(start);
  row.append(name, range, nameExactly, exactly);
  return row;
}

const sliders = new Map();
function sliderOf(node, nth = 0) {
  const cell = node.first + nth;
  if (!sliders.has(cell)) sliders.set(cell, slider(node, nth));
  return sliders.get(cell);
}
// Beside the maps of an input that is an array: the slider of the chosen element.
function showElementSlider(node, nth) {
  const place = at('element-slider');
  const shown = data.fixed === null && node.leaf === 'input' ? sliderOf(node, nth) : null;
  if (place.firstElementChild !== shown) place.replaceChildren(...shown ? [shown] : []);
}
function showSliders(wanted) {
  const fitting = inputs.filter(node => node.label.toLowerCase().includes(wanted));
  const shown = fitting.slice(0, slidersShown);
  at('sliders').replaceChildren(...shown.map(node => sliderOf(node)));
  const more = fitting.length - slidersShown;
  at('more-inputs').textContent = more > 0 ? `and ${more} more: find them by name above` : '';
}

// Guards that would be answered otherwise at the inputs at hand, and the nodes that they asked.
let otherwise = { guards: [], asked: new Set() };
function askAgain() {
  const guards = run === recorded ? [] : turned(run.values);
  otherwise = { guards, asked: new Set(guards.flatMap(guard => guard.slice(1, 3)).filter(isPlace)) };
}

function showTurned() {
  const other = otherwise.guards;
  at('live').hidden = run === recorded;
  at('legend').hidden = run !== recorded;
  at('turned').hidden = !other.length;
  const said = other.length
    ? `≠ Here the program would have branched otherwise at ${[...new Set(other.map(guard => guard[4]))].join(', ')}. The numbers follow the branch that was recorded.` : '';
  put(at('turned'), said);
  const lines = new Set(other.map(guard => guard[4]));
  [...at('source').children].forEach((line, place) => line.classList.toggle('turned', lines.has(`${data.files[shownFile]}:${place + 1}`)));
}

const arrays = nodes.filter(node => node.leaf === 'input' && node.array);
if (data.fixed !== null || !(inputs.length || arrays.length)) {
  at('reset').hidden = true;
  at('more-inputs').textContent = data.fixed !== null ? `No sliders: ${data.fixed}.` : 'It has no inputs.';
} else {
  showSliders('');
  if (arrays.length) at('more-arrays').textContent = `Elements of ${arrays.map(node => shorten(node.label)).slice(0, 6).join(', ')}${arrays.length > 6 ? ', ..' : ''}: choose one in its map, and its slider stands there.`;
  at('reset').onclick = () => {
    moved.clear();
    run = recorded;
    for (const row of sliders.values()) row.reset();
    draw();
  };
}

