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
  // Of what is folded, the node whose numbers stand behind it.
  const node = thing && !isOpen(thing) && result(thing);
  if (!node || node === looked) return;
  look(node);
  light(node);
};
at('drawing').addEventListener('focusin', lookAt);
svg.addEventListener('mouseover', lookAt);
svg.addEventListener('click', event => {
  const thing = thingAt(event.target);
  if (!thing) return;
  stay(thing, false);
  choose(thing);
});
// Shows a node that is named elsewhere, and makes it the current one.
function visit(node) {
  uncover(node);
  node.drawn.scrollIntoView({ block: 'nearest', inline: 'center' });
  stay(node, false);
  look(node);
  light(node);
}

for (const link of document.querySelectorAll('#skip a')) link.onclick = event => {
  event.preventDefault();
  const target = document.querySelector(link.hash);
  if (target.id === 'drawing' && current) enter();
  else target.focus();
};
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
at('ledger-more').hidden = nodes.length < 2;
if (data.outputs.length > 1) at('of').textContent = 'the sum of the outputs';
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
    const found = wanted !== '' && (isBlock(thing) ? nodes.slice(thing.first, thing.end).some(isFound) : isFound(thing));
    thing.drawn.classList.toggle('found', found);
  }
}
// The first that is found is looked at; Enter goes on to the next.
let foundLast = null;
function find(behind) {
  const found = nodes.filter(isFound);
  const next = found.find(node => node.place > behind) ?? found[0];
  at('found').textContent = wanted === '' ? '' : found.length > 1 ? `${found.length} found, Enter: the next` : found.length ? '1 found' : 'none';
  foundLast = next?.place ?? -1;
  if (next) visit(next);
  showFound();
}
at('search').oninput = event => {
  wanted = event.target.value.trim().toLowerCase();
  find(-1);
  if (data.fixed === null && inputs.length > slidersShown) showSliders(wanted);
};
at('search').onkeydown = event => { if (event.key === 'Enter') find(foundLast); };
// Keys outside the drawing. Those who write or move a slider keep theirs.
document.addEventListener('keydown', event => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === 'Escape') {
    // What is written in the search goes first.
    if (target.value && target === at('search')) return;
    if (at('keys').open) { at('keys').open = false; at('keys').querySelector('summary').focus(); } else enter();
    return;
  }
  if (target.matches('input:not([type=checkbox])')) return;
  const move = { ArrowRight: () => go(time + 1), ArrowLeft: () => go(time - 1), Home: () => go(0), End: () => go(end), ' ': play }[key];
  if (!move || (key === ' ' && target.matches('button, input, summary'))) return;
  move();
  event.preventDefault();
});

// What is small opens whole.
const roomy = 160;
if (nodes.length <= roomy) blocks.forEach(block => opened.add(block.index));
addEventListener('resize', fit);
build();
draw();

// Paper has no steps: it gets the ledger of every node, and only the lines that were recorded.
addEventListener('beforeprint', () => {
  const most = 400;
  at('paper').hidden = !nodes.length || at('predict').checked;
  write(at('all'), [...nodes].reverse().slice(0, most).map(node => ledgerOf(node).trimEnd()).join('\n\n'));
  if (nodes.length > most) at('paper-title').textContent = `The last ${most} of ${nodes.length} nodes, the output first`;
  const lines = nodes.filter(node => node.line?.[0] === shownFile).map(node => node.line[1]);
  [...at('source').children].forEach((line, place) => line.classList.toggle('far', !lines.some(used => Math.abs(used - place - 1) <= 2)));
});
addEventListener('afterprint', () => { at('paper').hidden = true; });
