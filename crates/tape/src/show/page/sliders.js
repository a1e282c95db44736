// ---- sliders ---------------------------------------------------------------------------------------

const inputs = nodes.filter(node => node.leaf === 'input' && !node.array);
const moved = new Map();
const slidersShown = 12;

function moveInput(node, value) {
  if (Object.is(value, recorded.values[node.place])) moved.delete(node.place);
  else moved.set(node.place, value);
  run = moved.size ? replay(moved) : recorded;
  draw();
}

function slider(node) {
  const start = recorded.values[node.place];
  const span = Number.isFinite(start) && start !== 0 ? Math.min(2 * Math.abs(start), Number.MAX_VALUE / 4) : 2;
  const middle = Number.isFinite(start) ? start : 0;
  const row = document.createElement('div');
  row.className = 'slider';
  row.dataset.input = node.place;
  const [[name, range], [nameExactly, exactly]] = ['range', 'number'].map(type => {
    const [label, made] = ['label', 'input'].map(kind => document.createElement(kind));
    Object.assign(made, { type, step: 'any', id: `${type}-${node.place}` });
    label.htmlFor = made.id;
    return [label, made];
  });
  Object.assign(name, { textContent: shorten(node.label), title: node.label });
  Object.assign(nameExactly, { textContent: `${node.label}, as a number`, className: 'unseen' });
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
  range.addEventListener('input', () => { exactly.value = range.value; moveInput(node, Number(range.value)); });
  exactly.addEventListener('change', () => {
    if (exactly.value === '' || !Number.isFinite(Number(exactly.value))) { put(run.values[node.place]); return; }
    put(Number(exactly.value));
    moveInput(node, Number(exactly.value));
  });
  row.reset = () => put(start);
  row.append(name, range, nameExactly, exactly);
  return row;
}

const sliders = new Map();
function showSliders(wanted) {
  const fitting = inputs.filter(node => node.label.toLowerCase().includes(wanted));
  const shown = fitting.slice(0, slidersShown);
  for (const node of shown) if (!sliders.has(node)) sliders.set(node, slider(node));
  at('sliders').replaceChildren(...shown.map(node => sliders.get(node)));
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

if (data.fixed !== null || !inputs.length) {
  at('reset').hidden = true;
  at('more-inputs').textContent = data.fixed !== null ? `No sliders: ${data.fixed}, which only the program itself can compute again.` : 'It has no inputs.';
} else {
  showSliders('');
  at('reset').onclick = () => {
    moved.clear();
    run = recorded;
    for (const row of sliders.values()) row.reset();
    draw();
  };
}

