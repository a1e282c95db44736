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
    const [shown, adjoint, partial] = standing(node, done, forward);
    gate.querySelector('.value').textContent = shorten(shown);
    const text = gate.querySelector('.adjoint');
    text.textContent = shorten(adjoint);
    text.classList.toggle('partial', partial);
    text.classList.toggle('hidden-number', adjoint === '?');
    gate.querySelector('.pattern').textContent = at('patterns').checked && !isBlock(thing) ? patternOf(thing) : '';
    gate.querySelector('.mark').textContent = run === recorded ? marksIn(thing) : '';
    const reads = isBlock(thing) ? `${thing.name}, ${thing.count}, unfold` : headline(node);
    gate.setAttribute('aria-label', `${reads}${adjoint ? `, adjoint ${adjoint === '?' ? 'hidden' : adjoint}` : ''}`);
  }
  for (const { from, to, slot, line } of scene.wires) {
    const takes = step?.operands.some((operand, at) => isPlace(operand) && scene.shown[operand] === from && (slot === undefined || at === slot) && gives(step, at));
    line.classList.toggle('carries', Boolean(takes) && scene.shown[step.place] === to);
    line.classList.toggle('feeds', forward && Boolean(active) && scene.shown[active.place] === to && active.operands.some(operand => scene.shown[operand] === from));
    line.classList.toggle('unborn', to.drawn.classList.contains('unborn'));
    const thrown = !isBlock(to) && to.hands?.[slot];
    line.classList.toggle('hides', Boolean(thrown) && 'local' in thrown && hides(run.adjoints[to.place], run.locals[to.place][slot]));
  }
  at('scrubber').value = time;
  at('count').textContent = forward ? `forward ${time} of ${nodes.length}` : step ? `backward ${done} of ${steps.length}` : 'the seed';
  tell(active, step, done);
  if (active) light(active);
  showTurned();
}

const gives = (node, slot) => Boolean(node.hands?.[slot]) || Boolean(node.gives?.some(({ term }) => term.slot === slot));

// The marks of a node, or of those in a block, each kind once.
function marksIn(thing) {
  const inside = isBlock(thing) ? [...marksOf].filter(([place]) => place >= thing.first && place < thing.end).map(([, own]) => own).join('') : marksOf.get(thing.place) ?? '';
  return [...new Set(inside)].join('');
}

// A node's value, what it has received, and whether more is to come.
function standing(node, done, forward) {
  if (!node) return ['', '', false];
  const value = node.array ? `[${node.array.shape.join(',')}]` : show(run.values[node.place]);
  if (forward || !hasAdjoint(node)) return [value, '', false];
  const whole = isWhole(node, done);
  if (node.array) {
    const begun = node.array.terms.some(term => nodes[term.from].step < done);
    return [value, !begun ? '' : isHidden(node) ? '?' : whole ? node.array.brief : '…', !whole];
  }
  const sum = received(node, done);
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
  routes: 'A choice routes its adjoint to the operand that it took; the other receives 0.',
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
    const adjoint = step.array ? `[${step.array.shape.join(',')}]` : show(run.adjoints[step.place]);
    at('phase').textContent = `Backward: ${step.label} hands its adjoint ${adjoint} to its operands`;
    tellStep(step, done, say);
    if (at('patterns').checked && patternSays[step.pattern]) say(patternSays[step.pattern], 'says');
    if (time === end) say('The sweep is over.', 'says');
  }
}

function tellStep(step, done, say) {
  let handed = false;
  const once = new Set();
  step.hands?.forEach((hand, slot) => {
    if (!hand) return;
    handed = true;
    const to = nodes[step.operands[slot]];
    if (isHidden(to)) { say(`${to.label} receives ?  (choose it in the drawing to see)`); return; }
    const term = { from: step, slot };
    say(`${to.label} receives ${product(term)}`);
    say('    ' + formula(to, term), 'says');
    // The sum with this term, and those of this step before it.
    const place = to.terms.findIndex(other => other.from === step && other.slot === slot);
    const before = [...Array(to.seeds ?? 0).fill(1), ...to.terms.slice(0, place).map(other => contribution(other))];
    const sum = numbers => numbers.length ? numbers.reduce((a, b) => a + b) : null;
    const added = contribution(term);
    const earlier = sum(before);
    say('    sum ' + (earlier === null ? show(added) : `${show(earlier)} + ${show(added)} = ${show(earlier + added)}`), 'sum');
    once.add(to);
  });
  for (const { to, term } of step.gives ?? []) {
    handed = true;
    if (isHidden(to)) { say(`${to.label} receives ?  (choose it in the drawing to see)`); continue; }
    say(`${to.label} [${to.array.shape.join(',')}] receives ${term.reads}`);
    if (to.array.terms.length > 1) say(`    term ${to.array.terms.indexOf(term) + 1} of ${to.array.terms.length}`, 'says');
  }
  if (!handed) say('It hands nothing on.');
}

let looked = null;
function look(node) {
  looked = node;
  at('ledger').textContent = isHidden(node) ? `${headline(node)}\n    adjoint ?` : ledgerOf(node);
  showArray(node);
  light(node);
}

function reveal(node) {
  hidden.add(node.place);
  draw();
  look(node);
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

const marks = { blame: '!', kink: '∠', digits: '≈' };
const marksOf = new Map();
for (const [place, kind, text] of data.notes) {
  marksOf.set(place, (marksOf.get(place) ?? '') + marks[kind]);
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = `${marks[kind]} ${text}`;
  button.className = kind;
  button.onclick = () => {
    uncover(nodes[place]);
    nodes[place].drawn.scrollIntoView({ block: 'nearest', inline: 'center' });
    look(nodes[place]);
  };
  item.append(button);
  at('note-list').append(item);
}
at('notes').hidden = !data.notes.length;

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
  const span = Number.isFinite(start) && start !== 0 ? 2 * Math.abs(start) : 2;
  const middle = Number.isFinite(start) ? start : 0;
  const row = document.createElement('div');
  row.className = 'slider';
  row.dataset.input = node.place;
  const label = document.createElement('label');
  label.textContent = shorten(node.label);
  const [range, exactly] = ['range', 'number'].map(type => {
    const made = document.createElement('input');
    Object.assign(made, { type, step: 'any' });
    made.setAttribute('aria-label', `${node.label}${type === 'range' ? ', slider' : ', number'}`);
    return made;
  });
  Object.assign(range, { min: middle - span, max: middle + span, step: span / 200 });
  const put = value => { range.value = value; exactly.value = value; };
  put(start);
  range.addEventListener('input', () => { exactly.value = range.value; moveInput(node, Number(range.value)); });
  exactly.addEventListener('change', () => {
    if (exactly.value === '' || !Number.isFinite(Number(exactly.value))) { put(run.values[node.place]); return; }
    range.value = exactly.value;
    moveInput(node, Number(exactly.value));
  });
  row.reset = () => put(start);
  row.append(label, range, exactly);
  return row;
}

function showSliders(wanted) {
  const fitting = inputs.filter(node => node.label.toLowerCase().includes(wanted));
  at('sliders').replaceChildren(...fitting.slice(0, slidersShown).map(slider));
  const more = fitting.length - slidersShown;
  at('more-inputs').textContent = more > 0 ? `and ${more} more: find them by name above` : '';
}

function showTurned() {
  const other = run === recorded ? [] : turned(run.values);
  at('live').hidden = run === recorded;
  at('live').textContent = 'Inputs are moved: values and adjoints are computed in this page, by the recorded operations.';
  at('turned').hidden = !other.length;
  at('turned').textContent = other.length
    ? `Here the program would have branched otherwise at ${[...new Set(other.map(guard => guard[4]))].join(', ')}. The numbers follow the branch that was recorded.` : '';
}

if (data.fixed !== null || !inputs.length) {
  at('reset').hidden = true;
  at('more-inputs').textContent = data.fixed !== null ? `No sliders: ${data.fixed}, which only the program itself can compute again.` : 'It has no inputs.';
} else {
  showSliders('');
  at('reset').onclick = () => {
    moved.clear();
    run = recorded;
    for (const row of at('sliders').children) row.reset();
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
  if (thing && !isBlock(thing)) look(thing);
};
svg.addEventListener('focusin', lookAt);
svg.addEventListener('mouseover', lookAt);
svg.addEventListener('click', event => {
  const thing = thingAt(event.target);
  if (thing) choose(thing);
});
svg.addEventListener('keydown', event => {
  if (event.key !== 'Enter') return;
  const thing = thingAt(event.target);
  if (thing) { choose(thing); event.preventDefault(); }
});

at('first').onclick = () => go(0);
at('back').onclick = () => go(time - 1);
at('next').onclick = () => go(time + 1);
at('last').onclick = () => go(end);
at('play').onclick = play;
at('scrubber').max = end;
at('scrubber').oninput = event => go(Number(event.target.value));
at('predict').onchange = () => { hidden.clear(); go(at('predict').checked ? seeded : time); };
at('patterns').onchange = draw;
at('folding').hidden = blocks.length === 1;
at('unfold').onclick = () => {
  const [all, allowed] = [blocks.filter(block => block.items.length), 3000];
  let room = allowed;
  for (const block of all) if ((room -= block.items.length) > 0) opened.add(block.index);
  build(); draw();
};
at('fold').onclick = () => { opened.clear(); opened.add(0); build(); draw(); };
at('search').oninput = event => {
  const wanted = event.target.value.trim().toLowerCase();
  const found = node => wanted !== '' && node.label.toLowerCase().includes(wanted);
  const first = nodes.find(found);
  if (first) uncover(first);
  for (const thing of scene.things) thing.drawn.classList.toggle('found', !isBlock(thing) && found(thing));
  if (first) {
    first.drawn.scrollIntoView({ block: 'nearest', inline: 'center' });
    look(first);
  }
  if (data.fixed === null && inputs.length > slidersShown) showSliders(wanted);
};
document.addEventListener('keydown', event => {
  if (event.target.matches('input[type=search], input[type=range], input[type=number], input[type=text]') || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = { ArrowRight: () => go(time + 1), ArrowLeft: () => go(time - 1), Home: () => go(0), End: () => go(end), ' ': play }[event.key];
  if (!move || (event.key === ' ' && event.target.matches('button, input'))) return;
  move();
  event.preventDefault();
});

// What is small opens whole.
const roomy = 160;
if (nodes.length <= roomy) blocks.forEach(block => opened.add(block.index));
addEventListener('resize', fit);
build();
draw();
