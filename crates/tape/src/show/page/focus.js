// ---- the focus within the drawing ------------------------------------------------------------------
// The drawing is one stop of Tab. In it arrows move: left and right along wires, up and down past
// everything. What has the focus, or had it last, is the current thing.

// Columns from the left, each from above; a frame before what it holds.
function reading(block) {
  const x = thing => block.at[2 * thing.nth];
  const y = thing => block.at[2 * thing.nth + 1];
  const items = [...block.items].sort((a, b) => x(a) - x(b) || y(a) - y(b));
  return items.flatMap(thing => isOpen(thing) ? [thing, ...reading(thing)] : [thing]);
}

// What is seen in place of a thing: the outermost folded block around it, else itself.
function standIn(thing) {
  let seen = thing;
  for (let block = thing.home; block; block = block.home) if (!isOpen(block)) seen = block;
  return seen;
}

let current = null;
function stay(thing, focused) {
  current?.drawn.setAttribute('tabindex', -1);
  current = standIn(thing);
  current.drawn.setAttribute('tabindex', 0);
  if (!focused) return;
  current.drawn.focus({ preventScroll: true });
  current.drawn.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
const enter = () => { if (current) stay(current, true); };

// Back along the wire that one came by, else to the first.
let cameFrom = null;
function along(ends) {
  return ends.includes(cameFrom) ? cameFrom : ends[0];
}
const ways = {
  ArrowLeft: thing => along(scene.wires.filter(wire => wire.to === thing).map(wire => wire.from)),
  ArrowRight: thing => along(scene.wires.filter(wire => wire.from === thing).map(wire => wire.to)),
  ArrowUp: thing => scene.order[scene.order.indexOf(thing) - 1],
  ArrowDown: thing => scene.order[scene.order.indexOf(thing) + 1],
  Home: () => scene.order[0],
  End: () => scene.order.at(-1),
};
const strides = { ',': () => go(time - 1), '.': () => go(time + 1) };
// To the frame around it, from outside all frames to the buttons.
function leave(thing) {
  if (thing.home && thing.home !== blocks[0]) stay(thing.home, true);
  else at('next').focus();
}

svg.addEventListener('keydown', event => {
  if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  if (key in ways) {
    const [here, there] = [current, ways[key](current)];
    if (there) { stay(there, true); cameFrom = here; }
  } else if (key in strides) strides[key]();
  else if (key === 'Enter' || key === ' ') choose(current);
  else if (key === 'Escape') leave(current);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
// Not on the SVG itself: one that listens for the focus becomes a stop of Tab.
at('drawing').addEventListener('focusin', event => {
  const thing = thingAt(event.target);
  if (thing && thing !== current) stay(thing, false);
});
// The mouse points and chooses; it leaves the focus out of the drawing, where arrows step.
svg.addEventListener('mousedown', event => {
  event.preventDefault();
  document.activeElement?.blur();
});

// A list of buttons is one stop of Tab as well: arrows go up and down in it.
function rove(list) {
  const buttons = [...list.querySelectorAll('button')];
  buttons.forEach((button, place) => {
    button.tabIndex = place ? -1 : 0;
    button.addEventListener('keydown', event => {
      const next = buttons[place + ({ ArrowUp: -1, ArrowDown: 1 }[event.key] ?? NaN)];
      if (!next) return;
      button.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      event.preventDefault();
    });
  });
}
