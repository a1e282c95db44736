// ---- what operations need beyond Math ------------------------------------------------------------

// x times a factor; an exact 0 wins over an infinity.
const damped = (x, factor) => factor === 0 && !Number.isNaN(x) ? 0 : x * factor;
const hypot = (x, y) => Number.isNaN(x + y) && !(Math.abs(x) === Infinity && Math.abs(y) === Infinity) ? NaN : Math.hypot(x, y);
function hypotSlope(x, y) {
  const h = hypot(x, y);
  if (h === 0) return 0;
  return Math.abs(x) === Infinity && Number.isFinite(y) ? Math.sign(x) : x / h;
}

// Pairwise, in the program's order.
function sum(xs, term = x => x) {
  if (xs.length <= 32) return xs.reduce((total, x) => total + term(x), 0);
  const half = Math.floor(xs.length / 2);
  return sum(xs.slice(0, half), term) + sum(xs.slice(half), term);
}
const dot = xs => sum(xs.slice(0, xs.length / 2).map((x, i) => x * xs[xs.length / 2 + i]));
const largest = xs => xs.reduce((m, x) => Math.max(m, x), -Infinity);
function norm(xs) {
  const m = largest(xs.map(Math.abs));
  return m > 0 && m < Infinity ? m * Math.sqrt(sum(xs, x => (x / m) * (x / m))) : xs.length ? m : 0;
}
function logsumexp(xs) {
  const m = largest(xs);
  if (!Number.isFinite(m)) return m;
  const place = xs.indexOf(m);
  const term = x => Math.exp(x - m);
  return m + Math.log1p(sum(xs.slice(0, place), term) + sum(xs.slice(place + 1), term));
}

// erf by its series, of alternating terms made positive; erfc by its continued fraction.
function erf(x) {
  if (Math.abs(x) > 2.5) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) total += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * total;
}
function erfc(x) {
  if (x < 0.5) return 1 - erf(x);
  if (x < 2.5) return taylorErfc(x);
  if (x === Infinity) return 0;
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}
// Between the two, from the nearest of 0.5, 1, .. on: the derivatives of erfc are Hermite polynomials.
function taylorErfc(x) {
  const start = { 1: 0.4795001221869535, 2: 0.15729920705028513, 3: 0.033894853524689274, 4: 0.004677734981047266, 5: 0.0004069520174449589 };
  const nearest = Math.round(x * 2);
  const a = nearest / 2;
  const h = x - a;
  // d^(n+1) erfc / dx^(n+1) = -2/sqrt(pi) exp(-x^2) (-1)^n H_n(x)
  let [before, hermite, power, total] = [0, 1, h, start[nearest]];
  const slope = -2 / Math.sqrt(Math.PI) * Math.exp(-a * a);
  for (let n = 0; n < 40; n++) {
    total += slope * hermite * power;
    [before, hermite] = [hermite, -(2 * a * hermite + 2 * n * before)];
    power *= h / (n + 2);
  }
  return total;
}

// Lanczos' approximation (g = 7), and reflection. Next to its roots 1 and 2 the terms would cancel:
// there it is the integral of digamma from the root on, by Gauss's rule with five points.
const gauss = [[0, 128 / 225], ...[-1, 1].flatMap(side => [[side * 0.5384693101056831, 0.47862867049936647], [side * 0.906179845938664, 0.23692688505618908]])];
function lgamma(x) {
  if (x <= 0 && Number.isInteger(x)) return Infinity;
  if (Math.abs(x) < 1e-8) return -Math.log(Math.abs(x)) - 0.5772156649015329 * x;
  for (const root of [1, 2]) {
    const half = (x - root) / 2;
    if (Math.abs(half) < 0.02) return half * sum(gauss.map(([at, weight]) => weight * polygamma(0, root + half * (1 + at))));
  }
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  if (x === Infinity) return x;
  const c = [676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
  const t = x + 6.5;
  const series = c.reduce((total, c, i) => total + c / (x + i), 0.99999999999980993);
  return (x - 0.5) * Math.log(t) - t + Math.log(2.5066282746310005 * series);
}

// The n-th derivative of digamma, by recurrence up to where the asymptotic series holds.
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330];
function polygamma(n, x) {
  if (x <= 0) return reflected(n, x);
  let total = 0;
  let factorial = 1;
  for (let k = 1; k <= n; k++) factorial *= k;
  const sign = n % 2 ? 1 : -1;
  for (; x < n + 12; x++) total += sign * factorial / x ** (n + 1);
  let series = n ? factorial / n / x ** n + factorial / 2 / x ** (n + 1) : 0;
  let coefficient = n ? factorial / n / x ** n : 1;
  bernoulli.forEach((b, k) => {
    coefficient *= (n + 2 * k || 1) * (n + 2 * k + 1) / ((2 * k + 1) * (2 * k + 2)) / (x * x);
    series += b * coefficient;
  });
  return n ? total + sign * series : total + Math.log(x) - 0.5 / x - series;
}
// psi_n(1 - x) (-1)^n - psi_n(x) = the n-th derivative of pi cot(pi x), a polynomial in the cotangent.
function reflected(n, x) {
  if (Number.isInteger(x)) return NaN;
  const offset = x - Math.round(x);
  const cot = 1 / Math.tan(Math.PI * offset);
  let polynomial = [0, 1];
  for (let k = 0; k < n; k++) {
    const slope = polynomial.slice(1).map((c, i) => c * (i + 1));
    polynomial = Array.from({ length: slope.length + 2 }, (_, i) => -(slope[i] ?? 0) - (slope[i - 2] ?? 0));
  }
  const derivative = Math.PI ** (n + 1) * polynomial.reduceRight((total, c) => total * cot + c, 0);
  return (n % 2 ? -1 : 1) * polygamma(n, 1 - x) - derivative;
}

