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
    visit(nodes[place]);
  };
  item.append(button);
  at('note-list').append(item);
}
rove(at('note-list'));
function marksOf(thing) { return [...thing.marks ?? []].join(''); }

