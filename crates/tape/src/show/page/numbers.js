const data = JSON.parse(document.getElementById('data').textContent);
const at = id => document.getElementById(id);

// ---- numbers, as the program prints them --------------------------------------------------------

const number = text => ({ nan: NaN, inf: Infinity, '-inf': -Infinity })[text] ?? text;

// Digits that read back as the same number.
function exact(x) {
  if (Number.isNaN(x)) return 'NaN';
  if (Math.abs(x) === Infinity) return x > 0 ? 'inf' : '-inf';
  if (Object.is(x, -0)) return '-0';
  const size = Math.abs(x);
  const far = size !== 0 && (size < 1e-4 || size >= 1e16);
  const text = far ? x.toExponential() : String(x);
  // Where two numbers as short are as near, JavaScript takes the even one, the program the larger.
  const decimals = text.split('e')[0].split('.')[1]?.length ?? 0;
  const write = digits => far ? x.toExponential(digits) : x.toFixed(digits);
  const isTie = decimals > 0 && decimals < 70 && /50{24}(e|$)/.test(write(decimals + 25));
  return (isTie ? write(decimals) : text).replace('e+', 'e');
}

// JavaScript rounds a half away from zero; the program rounds it to the even digit.
function toEven(x, digits, write) {
  const away = write(x, digits);
  if (digits > 70) return away;
  const [long, exponent] = write(x, digits + 25).split('e');
  const down = long.slice(0, -25).replace(/\.$/, '');
  if (!/50{24}$/.test(long) || !'02468'.includes(down.at(-1))) return away;
  return exponent === undefined ? down : `${down}e${exponent}`;
}
const fixed = (x, decimals) => toEven(x, Math.min(decimals, 100), (x, d) => x.toFixed(d));
const scientific = (x, decimals) => toEven(x, Math.min(decimals, 100), (x, d) => x.toExponential(d)).replace('e+', 'e');
const trimmed = text => text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;

const significant = 6;
function readable(x) {
  const all = exact(x);
  const digits = all.split('e')[0].replace(/\D/g, '').replace(/^0+/, '').length;
  if (!Number.isFinite(x) || (Number.isInteger(x) && Math.abs(x) < 1e15) || digits <= significant) return all;
  const [mantissa, exponent] = scientific(x, significant - 1).split('e');
  if (exponent < -5 || exponent >= 15) return `${trimmed(mantissa)}e${exponent}`;
  return trimmed(fixed(x, Math.max(significant - 1 - exponent, 0)));
}

function show(x) {
  if (data.numbers === 'exact') return exact(x);
  if (data.numbers === 'readable' || !Number.isFinite(x)) return readable(x);
  if (Math.abs(x) >= 1e15) return scientific(x, data.numbers);
  const text = (Object.is(x, -0) ? '-' : '') + fixed(x, data.numbers);
  return x !== 0 && !/[1-9]/.test(text) ? text.replace('-', '') : text;
}

