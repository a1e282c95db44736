// ---- marks: the first NaN, kinks, digits that are lost, branches not taken ------------------------------

const marks = { '!': 'marked: not finite', '∠': 'marked: at a kink', '≈': 'marked: digits are lost', '≠': 'marked: the program would have branched otherwise' };
const markOf = { blame: '!', kink: '∠', digits: '≈' };
for (const [place, kind, text] of data.notes) {
  for (let thing = nodes[place]; thing; thing = thing.home) (thing.marks ??= new Set()).add(markOf[kind]);
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = `${markOf[kind]} ${text}`;
  button.className = kind;
  button.onclick = () => {
    visit(nodes[place]);
  };
  item.append(button);
  at('note-list').append(item);
}
rove(at('note-list'));
// Of the recorded run what was found in it; at other inputs what the program asked of a node, if the
// answer would be another.
function marksOf(thing) {
  if (run === recorded) return [...thing.marks ?? []].join('');
  return [...otherwise.asked].some(place => scene.shown[place] === thing) ? '≠' : '';
}

