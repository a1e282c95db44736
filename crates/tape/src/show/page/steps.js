// ---- steps: what is seen and said at each ---------------------------------------------------------------
// Times: 0 before all, then a node each, then the seed, then a step each.

const seeded = nodes.length + 1;
const end = seeded + steps.length;
let time = end;

// What did not change is not touched: then a step costs little, however much is shown.
function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
function call(thing, text) {
  if (thing.drawn.ariaLabel !== text) thing.drawn.setAttribute('aria-label', text);
}

function draw() {
  askAgain();
  const done = Math.max(0, time - seeded);
  const forward = time < seeded;
  const active = forward ? nodes[time - 1] : steps[done - 1];
  const step = forward ? null : active;
  for (const thing of scene.things) {
    const node = result(thing);
    const gate = thing.drawn;
    const born = !forward || (isBlock(thing) ? thing.first : thing.place) < time;
    gate.classList.toggle('unborn', !born);
    const isActive = Boolean(active) && scene.shown[active.place] === thing;
    gate.classList.toggle('active', isActive);
    if (isActive) gate.setAttribute('aria-current', 'step'); else gate.removeAttribute('aria-current');
    const computed = node && !(forward && node.place >= time);
    const [shown, adjoint, partial] = computed ? standing(node, done, forward) : ['', '', false];
    const mark = at('predict').checked ? '' : marksOf(thing);
    const { texts } = thing;
    put(texts.value, shorten(shown));
    put(texts.adjoint, shorten(adjoint));
    put(texts.pattern, at('patterns').checked && !isBlock(thing) ? patternOf(thing) : '');
    put(texts.mark, mark);
    texts.adjoint.classList.toggle('partial', partial);
    texts.adjoint.classList.toggle('hidden-number', adjoint === '?');
    const reads = isBlock(thing) ? `${thing.name}, ${thing.count}, unfold` : computed ? headline(node) : node.label;
    const told = [...mark].map(mark => `, ${marks[mark]}`).join('');
    call(thing, `${reads}${told}${adjoint ? `, adjoint ${adjoint === '?' ? 'hidden' : adjoint}` : ''}`);
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
  light(activeNode());
  showFound();
  showTurned();
  showLedger(looked ?? activeNode());
}

// The node that the step is about; at the seed the output; none before all.
const activeNode = () => time < seeded ? nodes[time - 1] : steps[time - seeded - 1] ?? nodes.find(node => node.seeds);

const gives = (node, slot) => Boolean(node.hands?.[slot]) || Boolean(node.gives?.some(({ term }) => term.slot === slot));

// A node's value, what it has received, and whether more is to come.
function standing(node, done, forward) {
  const value = node.array ? `[${node.array.shape.join(',')}]` : show(run.values[node.place]);
  if (forward || !hasAdjoint(node)) return [value, '', false];
  const whole = isWhole(node, done);
  if (node.array) {
    const begun = node.seeds || node.array.terms.some(term => nodes[term.from].step < done);
    return [value, !begun ? '' : isHidden(node) ? '?' : whole ? briefOf(node) : '…', !whole];
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
    say('Forwards each step computes a node; backwards each hands an adjoint to its operands. The right arrow goes on.', 'says');
  } else if (time < seeded) {
    at('phase').textContent = 'Forward: the program computes values';
    say(headline(active));
  } else if (!data.outputs.length) {
    at('phase').textContent = nodes.length ? 'No output was asked for: nothing flows back' : 'Nothing was recorded';
  } else if (!step) {
    const given = nodes.some(node => node.array && node.seeds || node.seeds?.some(seed => seed !== 1));
    at('phase').textContent = given ? 'The seed: what the adjoint of the output starts as'
      : data.outputs.length > 1 ? 'The seeds: the derivative of each output by itself is 1' : 'The seed: the derivative of the output by itself is 1';
    for (const node of nodes) if (node.seeds) say(`${node.label}: adjoint ${node.array ? briefOf(node) : show(sumOf(node, []))}`);
  } else {
    const adjoint = isHidden(step) ? '?' : step.array ? `[${step.array.shape.join(',')}]` : show(run.adjoints[step.place]);
    at('phase').textContent = `Backward: ${step.label} hands its adjoint ${adjoint} to its operands`;
    tellStep(step, done, say);
    if (at('patterns').checked) for (const pattern of patternOf(step).split(', ')) if (pattern) say(patternSays[pattern], 'says');
    if (time === end) say('The sweep is over: each input has its gradient.', 'says');
  }
}

function tellStep(step, done, say) {
  let handed = false;
  if (step.hands?.some(hand => hand && 'local' in hand)) say('upstream * local = contribution', 'says');
  step.hands?.forEach((hand, slot) => {
    if (!hand) return;
    handed = true;
    const to = nodes[step.operands[slot]];
    if (isHidden(to)) { say(`${to.label} receives ?  (choose it in the drawing to see)`); return; }
    const term = { from: step, slot };
    const twice = step.operands.filter(operand => operand === to.place).length > 1;
    say(`${to.label}${twice ? `, as operand ${slot + 1},` : ''} receives ${product(term)}`);
    if (!isHidden(step)) say(formula(to, term), 'says');
    if (isHidden(step)) return;
    const before = to.terms.slice(0, to.terms.findIndex(other => other.from === step && other.slot === slot));
    const [earlier, added] = [sumOf(to, before), contribution(term)];
    const seeds = to.seeds?.length ?? 0;
    const count = to.terms.length + seeds;
    const nth = before.length + seeds + 1;
    if (earlier !== null) say(`sum ${show(earlier)} + ${show(added)} = ${show(earlier + added)}${nth < count ? ', more is to come' : ''}`, 'sum');
    else if (count > 1) say(`the first of ${count} terms that meet here`, 'sum');
  });
  for (const { to, term } of step.gives ?? []) {
    handed = true;
    if (isHidden(to)) { say(`${to.label} receives ?  (choose it in the drawing to see)`); continue; }
    say(`${to.label} [${to.array.shape.join(',')}] receives ${term.reads}`);
    if (to.array.terms.length > 1) say(`term ${to.array.terms.indexOf(term) + 1} of ${to.array.terms.length}`, 'says');
  }
  if (!handed) say('It hands nothing on.');
}

// The node whose ledger is shown: what was looked at; until then, what the step is about.
let looked = null;
function look(node) {
  looked = node;
  showLedger(node);
}
function showLedger(node) {
  const done = Math.max(0, time - seeded);
  write(at('ledger'), !node ? '' : isHidden(node) ? `${headline(node)}\n    adjoint ?` : ledgerOf(node, done).trimEnd());
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
  for (const lit of at('source').querySelectorAll('.lit')) lit.classList.remove('lit');
  if (!node?.line) return;
  at('code').hidden = false;
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
  const lit = source.children[line - 1];
  if (!lit) return;
  lit.classList.add('lit');
  source.scrollTop = lit.offsetTop - source.clientHeight / 2;
}

function go(to) {
  time = Math.max(0, Math.min(end, to));
  draw();
  const active = activeNode();
  if (active) scene.shown[active.place].drawn.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (!playing) announce([at('count'), at('phase'), ...at('story').children].map(part => part.textContent).join('. '));
}
// To those who listen.
function announce(text) {
  at('says').textContent = text;
}

let playing = null;
function play() {
  if (playing) { clearInterval(playing); playing = null; }
  else {
    if (time === end) go(0);
    playing = setInterval(() => { go(time + 1); if (time === end) play(); }, 700);
  }
  at('play').textContent = playing ? 'pause' : 'play';
}
