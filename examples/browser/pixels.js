/* From strokes to 8 x 8 pixels of 0..16, in the way in which NIST made those of the data set:
 * upright, 20 x 32 points, about 310 of them ink, and then the ink of each 4 x 4 points. */
"use strict";

const SIDE = 32;
const BOX = { width: 20, height: 32 };
const INK = 310;
const EDGE = 4; // rows at the top and at the bottom whose left ends say how much a digit leans
const MOST_LEAN = 0.7;

/** The strokes with their left ends at the top and at the bottom above each other. */
function upright(strokes) {
  const points = strokes.flat();
  const top = Math.min(...points.map(([, y]) => y));
  const height = Math.max(...points.map(([, y]) => y)) - top;
  if (height === 0) return strokes;
  const edge = (height * EDGE) / SIDE;
  const leftmost = (inside) => {
    const [first, ...others] = points.filter(([, y]) => inside(y - top));
    return others.reduce((best, point) => (point[0] < best[0] ? point : best), first);
  };
  const above = leftmost((y) => y <= edge);
  const below = leftmost((y) => y >= height - edge);
  const slope = (below[0] - above[0]) / (below[1] - above[1]);
  const lean = Math.max(-MOST_LEAN, Math.min(MOST_LEAN, slope));
  return strokes.map((stroke) => stroke.map(([x, y]) => [x - lean * (y - top), y]));
}

/** The strokes in the middle of the points, as large as a pen of this width lets them be. */
function fitted(strokes, pen) {
  const span = (axis) => {
    const values = strokes.flat().map((point) => point[axis]);
    const low = Math.min(...values);
    const high = Math.max(...values);
    return { middle: (low + high) / 2, size: Math.max(high - low, 1e-3) };
  };
  const [x, y] = [span(0), span(1)];
  const wide = (BOX.width - pen) / x.size;
  const high = (BOX.height - pen) / y.size;
  const scale = [Math.min(wide, 2 * high), Math.min(high, 2 * wide)];
  return strokes.map((stroke) =>
    stroke.map((point) => [
      SIDE / 2 + (point[0] - x.middle) * scale[0],
      SIDE / 2 + (point[1] - y.middle) * scale[1],
    ]),
  );
}

/** How far each of the points is from the strokes, squared. */
function distances(strokes) {
  const all = new Float64Array(SIDE * SIDE).fill(Infinity);
  for (const stroke of strokes)
    stroke.forEach(([x1, y1], k) => {
      const [x0, y0] = stroke[Math.max(k - 1, 0)];
      const [dx, dy] = [x1 - x0, y1 - y0];
      const scale = 1 / (dx * dx + dy * dy || 1);
      for (let n = 0; n < all.length; n++) {
        const x = (n % SIDE) + 0.5 - x0;
        const y = (n - (n % SIDE)) / SIDE + 0.5 - y0;
        const along = Math.min(1, Math.max(0, (x * dx + y * dy) * scale));
        const [toX, toY] = [x - along * dx, y - along * dy];
        all[n] = Math.min(all[n], toX * toX + toY * toY);
      }
    });
  return all;
}

/** The pixels of strokes, each an array of [x, y]. */
function pixelsOf(strokes) {
  let [pen, far] = [5, null];
  const straight = upright(strokes);
  for (let round = 0; round < 3; round++) {
    far = distances(fitted(straight, pen));
    pen = Math.min(10, 2 * Math.sqrt(far.slice().sort()[INK]));
  }
  const pixels = new Uint8Array(64);
  far.forEach((square, n) => {
    const cell = 8 * Math.floor(n / (4 * SIDE)) + Math.floor((n % SIDE) / 4);
    pixels[cell] += 4 * square < pen * pen;
  });
  return pixels;
}
