'use strict';
// Plays a recorded ledger: first the values appear, node by node, then the sweep hands adjoints
// back. Nothing is computed here: every number was printed by the program.
const { nodes, steps, sources } = JSON.parse(document.getElementById('data').textContent);
const at = id => document.getElementById(id);
const byId = new Map(nodes.map(node => [node.id, node]));
const gates = new Map(nodes.map(node => [node.id, at('n' + node.id)]));
const wires = [...document.querySelectorAll('path[data-to]')];

// Times: 0 before all, then a node each, then the seed, then a step each.
const seeded = nodes.length + 1;
const end = seeded + steps.length;
let time = end;
const revealed = new Set();

const computed = nodes.filter(node => node.adjoint !== null);
for (const [id, gate] of gates) {
  const node = byId.get(id);
  gate.setAttribute('tabindex', '0');
  gate.setAttribute('role', 'button');
  gate.addEventListener('focus', () => look(node));
  gate.addEventListener('mouseenter', () => look(node));
  gate.addEventListener('click', () => reveal(node));
  gate.addEventListener('keydown', event => {
    if (event.key === 'Enter') { reveal(node); event.preventDefault(); }
  });
}

// What each node has received, a while into the sweep.
function received(time) {
  const sums = new Map();
  if (time < seeded) return sums;
  for (const node of nodes) if (node.seed) sums.set(node.id, { sum: '1', whole: false });
  steps.slice(0, time - seeded).forEach(step => {
    for (const receipt of step.receipts) sums.set(receipt.to, { sum: receipt.after, whole: false });
    const own = sums.get(step.node);
    if (own) own.whole = true;
  });
  // A sum is whole when no step to come adds to it.
  const later = new Set();
  steps.slice(time - seeded).forEach(step => step.receipts.forEach(receipt => later.add(receipt.to)));
  for (const [id, own] of sums) {
    if (later.has(id)) continue;
    own.whole = true;
    own.sum = byId.get(id).adjoint;
  }
  return sums;
}

function draw() {
  const sums = received(time);
  const predicting = at('predict').checked;
  const forward = time <= nodes.length;
  const active = forward ? nodes[time - 1] : time > seeded ? byId.get(steps[time - seeded - 1].node) : null;
  nodes.forEach((node, place) => {
    const gate = gates.get(node.id);
    const born = !forward || place < time;
    gate.classList.toggle('unborn', !born);
    gate.classList.toggle('active', node === active);
    const text = gate.querySelector('.adjoint');
    const own = sums.get(node.id);
    let shown = '';
    if (text) {
      shown = own ? own.sum : '';
      const hide = predicting && own && !node.seed && !revealed.has(node.id);
      text.textContent = hide ? '?' : shorten(shown);
      text.classList.toggle('partial', Boolean(own) && !own.whole);
      text.classList.toggle('hidden-number', Boolean(hide));
      if (hide) shown = 'hidden';
    }
    gate.setAttribute('aria-label', `${node.reads}${shown ? ', adjoint ' + shown : ''}`);
  });
  const step = time > seeded ? steps[time - seeded - 1] : null;
  for (const wire of wires) {
    const [from, to, slot] = [Number(wire.dataset.from), Number(wire.dataset.to), Number(wire.dataset.slot)];
    const carries = step && to === step.node && step.receipts.some(r => r.to === from && r.slot === slot);
    wire.classList.toggle('carries', Boolean(carries));
    wire.classList.toggle('feeds', forward && Boolean(active) && to === active.id);
    wire.classList.toggle('unborn', forward && gates.get(to).classList.contains('unborn'));
  }
  at('scrubber').value = time;
  at('count').textContent = forward ? `forward ${time} of ${nodes.length}`
    : step ? `backward ${time - seeded} of ${steps.length}` : 'the seed';
  tell(active, step, sums, predicting);
  if (active) light(active);
}

function tell(active, step, sums, predicting) {
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
  } else if (time <= nodes.length) {
    at('phase').textContent = 'Forward: the program computes values';
    say(active.reads.includes(' = ') ? active.reads : `${active.label} = ${active.value}`);
  } else if (!step) {
    at('phase').textContent = 'The seed: the derivative of the output by itself is 1';
    for (const node of nodes) if (node.seed) say(`${node.label}: adjoint 1`);
  } else {
    at('phase').textContent = `Backward: ${active.label} hands its adjoint ${active.adjoint} to its operands`;
    if (!step.receipts.length) say('It hands nothing on.');
    for (const receipt of step.receipts) {
      const hide = predicting && !revealed.has(receipt.to);
      say(hide ? `${byId.get(receipt.to).label} receives ?  (choose it in the drawing to see)` : receipt.text);
      if (hide) continue;
      say('    ' + receipt.says, 'says');
      say('    sum ' + receipt.sum, 'sum');
    }
    if (time === end) say('The sweep is over.', 'says');
  }
}

const longest = 24;
const shorten = text => [...text].length > longest ? [...text].slice(0, longest - 1).join('') + '…' : text;

function look(node) {
  const hide = at('predict').checked && !node.seed && !revealed.has(node.id);
  at('ledger').textContent = hide ? `${node.reads}\n    adjoint ?` : node.ledger;
  light(node);
}

function reveal(node) {
  revealed.add(node.id);
  draw();
  look(node);
}

let shownFile = null;
function light(node) {
  at('code').hidden = !node.line;
  if (!node.line) return;
  const [file, number] = node.line;
  at('file').textContent = `${file}:${number}`;
  const source = at('source');
  if (shownFile !== file) {
    shownFile = file;
    source.replaceChildren();
    (sources[file] || []).forEach((text, index) => {
      const line = document.createElement('span');
      const label = document.createElement('span');
      label.className = 'number';
      label.textContent = String(index + 1).padStart(4) + '  ';
      line.append(label, text + '\n');
      source.append(line);
    });
  }
  for (const line of source.querySelectorAll('.lit')) line.classList.remove('lit');
  const line = source.children[number - 1];
  if (!line) return;
  line.classList.add('lit');
  source.scrollTop = line.offsetTop - source.offsetTop - source.clientHeight / 2;
}

function go(to) {
  time = Math.max(0, Math.min(end, to));
  draw();
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

at('first').onclick = () => go(0);
at('back').onclick = () => go(time - 1);
at('next').onclick = () => go(time + 1);
at('last').onclick = () => go(end);
at('play').onclick = play;
at('scrubber').max = end;
at('scrubber').oninput = event => go(Number(event.target.value));
at('predict').onchange = () => { revealed.clear(); go(at('predict').checked ? seeded : time); };
at('search').oninput = event => {
  const wanted = event.target.value.trim().toLowerCase();
  let first = null;
  for (const node of nodes) {
    const found = wanted !== '' && node.label.toLowerCase().includes(wanted);
    gates.get(node.id).classList.toggle('found', found);
    if (found && !first) first = node;
  }
  if (first) { gates.get(first.id).scrollIntoView({ block: 'nearest', inline: 'center' }); look(first); }
};
document.addEventListener('keydown', event => {
  if (event.target.matches('input[type=search], input[type=range]') || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = { ArrowRight: () => go(time + 1), ArrowLeft: () => go(time - 1), Home: () => go(0), End: () => go(end), ' ': play }[event.key];
  if (!move || (event.key === ' ' && event.target.matches('button, input'))) return;
  move();
  event.preventDefault();
});

// A small drawing is drawn larger, up to twice its size; a large one somewhat smaller, then it scrolls.
const drawing = document.querySelector('#drawing svg');
const natural = drawing.viewBox.baseVal;
function fit() {
  const scale = Math.max(0.6, Math.min(2, (at('drawing').clientWidth - 32) / natural.width));
  drawing.setAttribute('width', natural.width * scale);
  drawing.setAttribute('height', natural.height * scale);
}
addEventListener('resize', fit);
fit();
draw();
