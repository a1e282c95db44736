// ---- heat maps: the numbers of an array as cells of colour ------------------------------------------
// Orange above zero, blue below, the stronger the further away; NaN and infinities stand out. Cells
// are drawn on a canvas without a ground, so that they lie on dark paper as on white.

const colours = { above: '212, 113, 27', below: '47, 111, 208', odd: '208, 32, 176' };

// Where the cells are: an array's rows as they are, but rows or columns that would be very long
// are cut into pieces, one below the other.
const wrapped = 64;
function gridOf(part, shape) {
  const numbers = (part.numbers ?? part.means)?.map(number) ?? [];
  const count = numbers.length;
  let columns = part.numbers ? shape.at(-1) ?? 1 : part.columns;
  const isLong = columns > 128 || count / columns > 400;
  if (part.numbers && (isLong || shape.length < 2)) columns = Math.min(count, isLong ? wrapped : 32);
  const rows = Math.ceil(count / columns);
  return { numbers, columns, rows, cut: part.numbers && isLong };
}

function paint(canvas, { numbers, columns, rows }) {
  const side = Math.max(3, Math.min(24, Math.floor(Math.min(176 / columns, 200 / rows))));
  // Two dots a pixel, for fine screens and for paper.
  const dots = 2 * side;
  Object.assign(canvas, { width: columns * dots, height: rows * dots });
  canvas.style.width = `${columns * side}px`;
  const context = canvas.getContext('2d');
  const strongest = Math.max(...numbers.filter(Number.isFinite).map(Math.abs), 0);
  numbers.forEach((x, place) => {
    const colour = !Number.isFinite(x) ? 'odd' : x < 0 ? 'below' : 'above';
    const strength = !Number.isFinite(x) ? 1 : strongest ? Math.abs(x) / strongest : 0;
    context.fillStyle = `rgba(${colours[colour]}, ${strength})`;
    context.fillRect(place % columns * dots, Math.floor(place / columns) * dots, dots, dots);
  });
}

// A figure with `mark(place)`, which frames a cell. `choose` is called with the place of an element
// that was clicked, or moved to by arrows.
function heatMap(title, part, shape, label, choose) {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  figure.append(caption);
  figure.mark = () => {};
  const grid = gridOf(part, shape);
  const { numbers, columns, rows } = grid;
  if (!numbers.length) {
    caption.textContent = part.numbers || part.means ? `${title}: no elements` : `${title}: too large for this page`;
    return figure;
  }
  const finite = numbers.filter(Number.isFinite);
  const range = finite.length ? `${show(least(finite))} to ${show(largest(finite))}` : 'nothing finite';
  const odd = numbers.length - finite.length;
  caption.textContent = `${title}: ${range}${odd ? `, ${odd} not finite` : ''}${part.numbers ? '' : ', means of parts'}${grid.cut ? `, ${columns} to a line` : ''}`;
  const [box, canvas, frame] = ['div', 'canvas', 'div'].map(kind => document.createElement(kind));
  box.className = 'map';
  frame.className = 'chosen';
  frame.hidden = true;
  box.append(canvas, frame);
  figure.append(box);
  paint(canvas, grid);
  const says = `${caption.textContent}; ${label}, ${shape.join(' by ')}`;
  canvas.setAttribute('role', part.numbers ? 'application' : 'img');
  canvas.setAttribute('aria-label', part.numbers ? `${says}; arrows choose an element` : says);

  const placeAt = event => {
    const seen = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - seen.left) / seen.width * columns);
    return Math.min(columns - 1, column) + columns * Math.floor((event.clientY - seen.top) / seen.height * rows);
  };
  canvas.onmousemove = event => {
    const place = placeAt(event);
    const where = part.numbers ? `[${indexOf(place, shape).join(',')}]` : 'mean';
    canvas.title = place in numbers ? `${where} ${show(numbers[place])}` : '';
  };
  if (!part.numbers) return figure;

  let marked = 0;
  figure.mark = place => {
    marked = place;
    frame.hidden = false;
    Object.assign(frame.style, {
      left: `${place % columns / columns * 100}%`, top: `${Math.floor(place / columns) / rows * 100}%`,
      width: `max(5px, ${100 / columns}%)`, height: `max(5px, ${100 / rows}%)`,
    });
  };
  canvas.tabIndex = 0;
  canvas.onclick = event => { if (placeAt(event) in numbers) choose(placeAt(event)); };
  canvas.onkeydown = event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = {
      ArrowLeft: marked - 1, ArrowRight: marked + 1, ArrowUp: marked - columns, ArrowDown: marked + columns,
      Home: 0, End: numbers.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (next in numbers) choose(next);
  };
  return figure;
}
const least = xs => xs.reduce((m, x) => Math.min(m, x), Infinity);
