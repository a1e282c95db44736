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
