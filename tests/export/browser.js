/* What the test adds to the page: a hand that draws and presses, and reports what it sees. */
"use strict";

/* Strokes of 0, 1, ..., 9, in shares of the drawing area. */
const DIGITS = [
  [[[0.55, 0.12], [0.38, 0.2], [0.28, 0.4], [0.28, 0.65], [0.38, 0.84], [0.55, 0.88], [0.68, 0.75], [0.73, 0.5], [0.68, 0.25], [0.55, 0.12]]],
  [[[0.4, 0.28], [0.52, 0.14], [0.52, 0.5], [0.52, 0.88]]],
  [[[0.3, 0.28], [0.36, 0.16], [0.5, 0.11], [0.64, 0.18], [0.67, 0.32], [0.58, 0.5], [0.42, 0.68], [0.29, 0.86], [0.5, 0.85], [0.72, 0.84]]],
  [[[0.3, 0.2], [0.45, 0.12], [0.62, 0.16], [0.68, 0.28], [0.6, 0.42], [0.45, 0.47], [0.62, 0.52], [0.7, 0.66], [0.62, 0.82], [0.45, 0.88], [0.28, 0.8]]],
  [[[0.5, 0.1], [0.38, 0.32], [0.25, 0.58], [0.5, 0.57], [0.75, 0.55]], [[0.62, 0.38], [0.57, 0.62], [0.52, 0.9]]],
  [[[0.7, 0.13], [0.5, 0.14], [0.36, 0.15], [0.34, 0.3], [0.32, 0.46], [0.5, 0.42], [0.65, 0.5], [0.69, 0.66], [0.6, 0.82], [0.45, 0.88], [0.3, 0.82]]],
  [[[0.6, 0.1], [0.45, 0.25], [0.35, 0.45], [0.31, 0.66], [0.38, 0.83], [0.52, 0.88], [0.65, 0.8], [0.67, 0.65], [0.56, 0.55], [0.42, 0.6], [0.33, 0.7]]],
  [[[0.28, 0.15], [0.5, 0.14], [0.72, 0.15], [0.6, 0.4], [0.5, 0.62], [0.42, 0.9]]],
  [[[0.62, 0.2], [0.5, 0.12], [0.37, 0.2], [0.38, 0.34], [0.52, 0.48], [0.65, 0.62], [0.66, 0.78], [0.5, 0.89], [0.35, 0.8], [0.36, 0.64], [0.5, 0.48], [0.62, 0.34], [0.62, 0.2]]],
  [[[0.66, 0.28], [0.52, 0.14], [0.38, 0.2], [0.34, 0.36], [0.46, 0.48], [0.6, 0.42], [0.67, 0.28], [0.66, 0.55], [0.6, 0.8], [0.45, 0.88], [0.33, 0.82]]],
];
/* A 7 in a mirror. */
const ODD_SEVEN = [DIGITS[7][0].map(([x, y]) => [1 - x, y])];

function point(type, [x, y], pointerType) {
  const box = $("pad").getBoundingClientRect();
  const [clientX, clientY] = [box.left + x * box.width, box.top + y * box.height];
  const where = { clientX, clientY, pointerType, isPrimary: true, bubbles: true, cancelable: true };
  $("pad").dispatchEvent(new PointerEvent(type, { ...where, button: type === "pointermove" ? -1 : 0 }));
}

function draw(strokes, pointerType = "mouse") {
  $("clear").click();
  for (const stroke of strokes) {
    point("pointerdown", stroke[0], pointerType);
    stroke.slice(1).forEach(([x, y], k) => {
      for (let t = 0.2; t < 1.1; t += 0.2)
        point("pointermove", [stroke[k][0] * (1 - t) + x * t, stroke[k][1] * (1 - t) + y * t], pointerType);
    });
    point("pointerup", stroke.at(-1), pointerType);
  }
}

const read = () => Number($("guess").textContent.at(-1));
const press = (digit) => $("classes").children[digit].firstChild.click();
const learned = () =>
  Array.from(view(Uint8Array, network.bytes_at(), network.n_bytes()), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
const figures = () =>
  Object.fromEntries(["running", "unseen", "flips", "lesson"].map((id) => [id, $(id).textContent]));

function report() {
  const result = { begin: learned(), before: figures() };
  result.drawn = DIGITS.map((strokes, digit) => {
    draw(strokes, digit % 2 ? "touch" : "mouse");
    return read();
  });
  draw(ODD_SEVEN);
  result.odd = [read()];
  while (result.odd.at(-1) !== 7 && result.odd.length <= 10) {
    press(7);
    result.odd.push(read());
  }
  DIGITS.forEach((strokes, digit) => {
    draw(strokes);
    dispatchEvent(new KeyboardEvent("keydown", { key: String(digit) }));
  });
  $("example").click();
  press(0);
  result.after = figures();
  result.lessons = lessons.map(({ pixels, digit, guess }) => ({ pixels: [...pixels], digit, guess }));
  result.learned = learned();
  press(1);
  result.another = learned();
  $("undo").click();
  result.undone = learned();
  $("reset").click();
  result.forgotten = learned();
  result.end = figures();
  return result;
}
