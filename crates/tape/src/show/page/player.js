// ---- playing: times, steps, controls ---------------------------------------------------------------
// Times: 0 before all, then a node each, then the seed, then a step each.

const seeded = nodes.length + 1;
const end = seeded + steps.length;
let time = end;

function draw() {
  const done = Math.max(0, time - seeded);
  const forward = time < seeded;
  const active = forward ? nodes[time - 1] : steps[done - 1];
  const step = forward ? null : active;
  for (const thing of scene.things) {
    const node = result(thing);
    const gate = thing.drawn;
    const born = !forward || (isBlock(thing) ? thing.first : thing.place) < time;
    gate.classList.toggle('unborn', !born);
    gate.classList.toggle('active', Boolean(active) && scene.shown[active.place] === thing);
    const computed = node && !(forward && node.place >= time);
    const [shown, adjoint, partial] = computed ? standing(node, done, forward) : ['', '', false];
    gate.querySelector('.value').textContent = shorten(shown);
    const text = gate.querySelector('.adjoint');
    text.textContent = shorten(adjoint);
    text.classList.toggle('partial', partial);
    text.classList.toggle('hidden-number', adjoint === '?');
    gate.querySelector('.pattern').textContent = at('patterns').checked && !isBlock(thing) ? patternOf(thing) : '';
    const mark = run === recorded && !at('predict').checked ? marksOf(thing) : '';
    gate.querySelector('.mark').textContent = mark;
    const reads = isBlock(thing) ? `${thing.name}, ${thing.count}, unfold` : computed ? headline(node) : node.label;
    const told = [...mark].map(mark => `, ${marks[mark]}`).join('');
    gate.setAttribute('aria-label', `${reads}${told}${adjoint ? `, adjoint ${adjoint === '?' ? 'hidden' : adjoint}` : ''}`);
  }
  for (const { from, to, slot, line } of scene.wires) {
    const takes = step?.operands.some((operand, nth) => isPlace(operand) && scene.shown[operand] === from && (slot === undefined || nth === slot) && gives(step, nth));
    line.classList.toggle('carries', Boolean(takes) && scene.shown[step.place] === to);
    line.classList.toggle('feeds', forward && Boolean(active) && scene.shown[active.place] === to && active.operands.some(operand => scene.shown[operand] === from));
    line.classList.toggle('unborn', to.drawn.classList.contains('unborn'));
    const thrown = !isBlock(to) && to.hands?.[slot];
    line.classList.toggle('hides', Boolean(thrown) && 'local' in thrown && to.step < done && !at('predict').checked && hides(run.adjoints[to.place], run.locals[to.place][slot]));
  }
  at('scrubber').value = time;
  const count = forward ? `forward ${time} of ${nodes.length}` : step ? `backward ${done} of ${steps.length}` : 'the seed';
  at('count').textContent = count;
  at('scrubber').setAttribute('aria-valuetext', count);
  at('notes').hidden = !data.notes.length || at('predict').checked || run !== recorded;
  tell(active, step, done);
  if (active) light(active);
  showFound();
  showTurned();
}

const gives = (node, slot) => Boolean(node.hands?.[slot]) || Boolean(node.gives?.some(({ term }) => term.slot === slot));

// A node's value, what it has received, and whether more is to come.
function standing(node, done, forward) {
  const value = node.array ? `[${node.array.shape.join(',')}]` : show(run.values[node.place]);
  if (forward || !hasAdjoint(node)) return [value, '', false];
  const whole = isWhole(node, done);
  if (node.array) {
    const begun = node.array.terms.some(term => nodes[term.from].step < done);
    return [value, !begun ? '' : isHidden(node) ? '?' : whole ? node.array.brief : '…', !whole];
  }
  const sum = sumOf(node, arrived(node, done));
  if (sum === null) return [value, '', false];
  return [value, isHidden(node) ? '?' : show(whole ? run.adjoints[node.place] : sum), !whole];
}

function patternOf(node) {
  const sums = node.terms.length + (node.array?.terms.length ?? 0) > 1 ? 'sums' : '';
  return [node.pattern, sums].filter(Boolean).join(', ');
}
const patternSays = {
  distributes: 'A sum hands its adjoint on alike to all operands.',
  swaps: 'A product hands to each operand its adjoint times the other operand: they swap.',
  routes: 'A choice routes its adjoint to the operand that it took; what it did not take receives 0, and a tie shares.',
  gates: 'It passes its adjoint on, or stops it.',
  sums: 'What is used several times receives the sum of what comes back.',
};

function tell(active, step, done) {
  const story = at('story');
  story.replaceChildren();
  const say = (text, kind) => {
    const line = document.createElement('p');
    line.textContent = text;
    if (kind) line.className = kind;
    story.append(line);
  };
  if (time === 0) {
    at('phase').textContent = 'Before the program runs';
  } else if (time < seeded) {
    at('phase').textContent = 'Forward: the program computes values';
    say(headline(active));
  } else if (!step) {
    at('phase').textContent = 'The seed: the derivative of the output by itself is 1';
    for (const node of nodes) if (node.seeds) say(`${node.label}: adjoint ${show(node.seeds)}`);
  } else {
    const adjoint = isHidden(step) ? '?' : step.array ? `[${step.array.shape.join(',')}]` : show(run.adjoints[step.place]);
    at('phase').textContent = `Backward: ${step.label} hands its adjoint ${adjoint} to its operands`;
    tellStep(step, done, say);
    if (at('patterns').checked) for (const pattern of patternOf(step).split(', ')) if (pattern) say(patternSays[pattern], 'says');
    if (time === end) say('The sweep is over.', 'says');
  }
}

function tellStep(step, done, say) {
  let handed = false;
  step.hands?.forEach((hand, slot) => {
    if (!hand) return;
    handed = true;
    const to = nodes[step.operands[slot]];
    if (isHidden(to)) { say(`${to.label} receives ?  (choose it in the drawing to see)`); return; }
    const term = { from: step, slot };
    say(`${to.label} receives ${product(term)}`);
    if (!isHidden(step)) say(formula(to, term), 'says');
    if (isHidden(step)) return;
    const before = to.terms.slice(0, to.terms.findIndex(other => other.from === step && other.slot === slot));
    const [earlier, added] = [sumOf(to, before), contribution(term)];
    say('sum ' + (earlier === null ? show(added) : `${show(earlier)} + ${show(added)} = ${show(earlier + added)}`), 'sum');
  });
  for (const { to, term } of step.gives ?? []) {
    handed = true;
    if (isHidden(to)) { say(`${to.label} receives ?  (choose it in the drawing to see)`); continue; }
    say(`${to.label} [${to.array.shape.join(',')}] receives ${term.reads}`);
    if (to.array.terms.length > 1) say(`term ${to.array.terms.indexOf(term) + 1} of ${to.array.terms.length}`, 'says');
  }
  if (!handed) say('It hands nothing on.');
}

let looked = null;
function look(node) {
  looked = node;
  const done = Math.max(0, time - seeded);
  at('ledger').textContent = isHidden(node) ? `${headline(node)}\n    adjoint ?` : ledgerOf(node, done);
  showArray(node, done);
}

// What is still to come cannot be revealed.
function reveal(node) {
  if (isWhole(node, Math.max(0, time - seeded))) revealed.add(node.place);
  draw();
  look(node);
  light(node);
}

let shownFile = null;
function light(node) {
  at('code').hidden = !node.line;
  if (!node.line) return;
  const [file, line] = node.line;
  at('file').textContent = `${data.files[file]}:${line}`;
  const source = at('source');
  if (shownFile !== file) {
    shownFile = file;
    source.replaceChildren(...data.sources[file].map((text, index) => {
      const shown = document.createElement('span');
      const label = document.createElement('span');
      label.className = 'number';
      label.textContent = `${index + 1}`.padStart(4) + '  ';
      shown.append(label, text || ' ');
      return shown;
    }));
  }
  for (const lit of source.querySelectorAll('.lit')) lit.classList.remove('lit');
  const lit = source.children[line - 1];
  if (!lit) return;
  lit.classList.add('lit');
  source.scrollTop = lit.offsetTop - source.offsetTop - source.clientHeight / 2;
}

function go(to) {
  time = Math.max(0, Math.min(end, to));
  draw();
  if (looked) look(looked);
  const active = time < seeded ? nodes[time - 1] : steps[time - seeded - 1] ?? nodes.find(node => node.seeds);
  if (active) scene.shown[active.place].drawn.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

let playing = null;
function play() {
  if (playing) { clearInterval(playing); playing = null; }
  else {
    if (time === end) go(0);
    playing = setInterval(() => { go(time + 1); if (time === end) play(); }, 700);
  }
  at('play').setAttribute('aria-pressed', String(Boolean(playing)));
}

// ---- marks: who made the first NaN, what stands at a kink, where digits are lost --------------------

const marks = { '!': 'marked: not finite', '∠': 'marked: at a kink', '≈': 'marked: digits are lost' };
const markOf = { blame: '!', kink: '∠', digits: '≈' };
for (const [place, kind, text] of data.notes) {
  for (let thing = nodes[place]; thing; thing = thing.home) (thing.marks ??= new Set()).add(markOf[kind]);
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = `${markOf[kind]} ${text}`;
  button.className = kind;
  button.onclick = () => {
    uncover(nodes[place]);
    nodes[place].drawn.scrollIntoView({ block: 'nearest', inline: 'center' });
    look(nodes[place]);
    light(nodes[place]);
  };
  item.append(button);
  at('note-list').append(item);
}
function marksOf(thing) { return [...thing.marks ?? []].join(''); }

// ---- sliders ---------------------------------------------------------------------------------------

const inputs = nodes.filter(node => node.leaf === 'input' && !node.array);
const moved = new Map();
const slidersShown = 12;

function moveInput(node, value) {
  if (Object.is(value, recorded.values[node.place])) moved.delete(node.place);
  else moved.set(node.place, value);
  run = moved.size ? replay(moved) : recorded;
  draw();
  if (looked) look(looked);
}

function slider(node) {
  const start = recorded.values[node.place];
  const span = Number.isFinite(start) && start !== 0 ? Math.min(2 * Math.abs(start), Number.MAX_VALUE / 4) : 2;
  const middle = Number.isFinite(start) ? start : 0;
  const row = document.createElement('div');
  row.className = 'slider';
  row.dataset.input = node.place;
  const label = document.createElement('label');
  label.textContent = shorten(node.label);
  label.title = node.label;
  const [range, exactly] = ['range', 'number'].map(type => {
    const made = document.createElement('input');
    Object.assign(made, { type, step: 'any' });
    made.setAttribute('aria-label', `${node.label}${type === 'range' ? ', slider' : ', number'}`);
    return made;
  });
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
  label.onclick = () => range.focus();
  row.append(label, range, exactly);
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

function showTurned() {
  const other = run === recorded ? [] : turned(run.values);
  at('live').hidden = run === recorded;
  at('turned').hidden = !other.length;
  const said = other.length
    ? `Here the program would have branched otherwise at ${[...new Set(other.map(guard => guard[4]))].join(', ')}. The numbers follow the branch that was recorded.` : '';
  if (at('turned').textContent !== said) at('turned').textContent = said;
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
    if (looked) look(looked);
  };
}

// ---- controls --------------------------------------------------------------------------------------

const thingAt = target => {
  const group = target.closest?.('.node, .frame');
  if (!group) return null;
  return group.id[0] === 'b' ? blocks[Number(group.id.slice(1))] : scene.things.find(thing => thing.drawn === group);
};
function choose(thing) {
  if (isBlock(thing)) fold(thing); else reveal(thing);
}
const lookAt = event => {
  const thing = thingAt(event.target);
  if (!thing || isBlock(thing) || thing === looked) return;
  look(thing);
  light(thing);
};
svg.addEventListener('focusin', lookAt);
svg.addEventListener('mouseover', lookAt);
svg.addEventListener('click', event => {
  const thing = thingAt(event.target);
  if (thing) choose(thing);
});
svg.addEventListener('keydown', event => {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  const thing = thingAt(event.target);
  if (!thing) return;
  choose(thing);
  event.preventDefault();
  event.stopPropagation();
});

at('first').onclick = () => go(0);
at('back').onclick = () => go(time - 1);
at('next').onclick = () => go(time + 1);
at('last').onclick = () => go(end);
at('play').onclick = play;
at('scrubber').max = end;
at('scrubber').oninput = event => go(Number(event.target.value));
at('predict').onchange = () => { revealed.clear(); go(at('predict').checked ? seeded : time); };
at('patterns').onchange = draw;
at('folding').hidden = blocks.length === 1;
at('unfold').onclick = () => {
  const [all, allowed] = [blocks.filter(block => block.items.length), 3000];
  let room = allowed;
  for (const block of all) if ((room -= block.items.length) > 0) opened.add(block.index);
  build(); draw();
};
at('fold').onclick = () => { opened.clear(); opened.add(0); build(); draw(); };
let wanted = '';
const isFound = node => wanted !== '' && node.label.toLowerCase().includes(wanted);
function showFound() {
  for (const thing of scene.things) {
    const found = isBlock(thing) ? nodes.slice(thing.first, thing.end).some(isFound) : isFound(thing);
    thing.drawn.classList.toggle('found', wanted !== '' && found);
  }
}
// The first that is found is looked at; Enter goes on to the next.
let foundLast = null;
function find(behind) {
  const found = nodes.filter(isFound);
  const next = found.find(node => node.place > behind) ?? found[0];
  at('found').textContent = wanted === '' ? '' : found.length ? `${found.length} found` : 'none';
  foundLast = next?.place ?? -1;
  if (next) {
    uncover(next);
    next.drawn.scrollIntoView({ block: 'nearest', inline: 'center' });
    look(next);
    light(next);
  }
  showFound();
}
at('search').oninput = event => {
  wanted = event.target.value.trim().toLowerCase();
  find(-1);
  if (data.fixed === null && inputs.length > slidersShown) showSliders(wanted);
};
at('search').onkeydown = event => { if (event.key === 'Enter') find(foundLast); };
document.addEventListener('keydown', event => {
  if (event.target.matches('input[type=search], input[type=range], input[type=number], input[type=text]') || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = { ArrowRight: () => go(time + 1), ArrowLeft: () => go(time - 1), Home: () => go(0), End: () => go(end), ' ': play }[event.key];
  if (!move || (event.key === ' ' && event.target.matches('button, input, [role=button]'))) return;
  move();
  event.preventDefault();
});

// What is small opens whole.
const roomy = 160;
if (nodes.length <= roomy) blocks.forEach(block => opened.add(block.index));
addEventListener('resize', fit);
build();
draw();
