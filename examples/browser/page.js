/* The page: what is drawn goes to the network, and what it says comes back. */
"use strict";

const N_CLASSES = 10;
const MOST = 64; // of a score
const NEAR = 0.015; // points of a stroke are at least so far apart
const DOTS_PER_LINE = 512;
const DOT = 2; // points on a side
const PRACTICE = 200; // lessons for the clock
const $ = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en");
const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;

let network = null; // the functions of learner.c
let strokes = []; // of the pen, points between 0 and 1
let pixels = null; // what is seen, 64 of 0..16; null: nothing
let drawing = false; // the pen is down
let taught = false; // whether there was a lesson on what is seen
let lessons = []; // { pixels, digit, guess, first, before }: the last can be undone
let firstSigns = null;
let exampleIndex = 0;

/** Change a text, if it is another one: what changes is read aloud. */
function say(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

/* ---- The network's memory ---- */

const view = (Type, at, length) => new Type(network.memory.buffer, at, length);
const signs = () => view(Uint32Array, network.signs_at(), network.n_sign_words()).slice();
const state = () => view(Uint8Array, network.state_at(), network.state_size());

function countOnes(word) {
  let ones = 0;
  for (; word; word &= word - 1) ones++;
  return ones;
}

function flipsSince(before) {
  const now = signs();
  return before.reduce((sum, word, k) => sum + countOnes(word ^ now[k]), 0);
}

/* ---- What is seen, and what the network makes of it ---- */

function guess() {
  view(Uint8Array, network.pixels_at(), 64).set(pixels);
  return network.predict();
}

function showGuess() {
  const best = pixels && guess();
  const scores = pixels && view(Int16Array, network.scores_at(), N_CLASSES);
  say("guess", pixels ? `It reads a digit: ${best}` : "Waiting for a digit");
  [...$("classes").children].forEach((item, digit) => {
    const score = scores ? scores[digit] : 0;
    const button = item.firstChild;
    item.className = pixels && digit === best ? "best" : "";
    button.disabled = !pixels;
    button.setAttribute("aria-label", `Teach ${digit}, score ${score}`);
    button.querySelector(".bar").style.width = `${(100 * Math.max(0, score)) / MOST}%`;
    button.querySelector(".score").textContent = scores ? score : "";
  });
}

function showSeen() {
  const pad = $("pad").getContext("2d");
  const seen = $("seen").getContext("2d");
  const size = $("pad").width;
  const style = getComputedStyle(document.body);
  pad.clearRect(0, 0, size, size);
  seen.clearRect(0, 0, 8, 8);
  for (const [context, side] of [[seen, 1], ...(strokes.length ? [] : [[pad, size / 8]])]) {
    context.fillStyle = style.color;
    pixels?.forEach((value, k) => {
      context.globalAlpha = value / 16;
      context.fillRect((k % 8) * side, Math.floor(k / 8) * side, side, side);
    });
    context.globalAlpha = 1;
  }
  pad.strokeStyle = style.color;
  pad.lineWidth = size / 14;
  pad.lineCap = pad.lineJoin = "round";
  for (const stroke of strokes) {
    pad.beginPath();
    stroke.forEach(([x, y]) => pad.lineTo(x * size, y * size));
    pad.lineTo(stroke.at(-1)[0] * size, stroke.at(-1)[1] * size);
    pad.stroke();
  }
}

function see(newStrokes, newPixels) {
  strokes = newStrokes;
  pixels = newPixels;
  taught = false;
  showSeen();
  showGuess();
}

const clear = () => see([], null);

const example = (k) => view(Uint8Array, network.example_at(k), 64).slice();
const showExample = () => see([], example(exampleIndex++));

/* ---- Lessons ---- */

function teach(digit) {
  if (!pixels) return;
  const before = state().slice();
  const signsBefore = signs();
  guess(); // leaves the pixels where the lesson reads them
  lessons.push({ pixels, digit, guess: network.teach(digit), first: !taught, before });
  taught = true;
  const flips = flipsSince(signsBefore);
  const nothing = state().every((byte, k) => byte === before[k]);
  showWeights(signsBefore);
  showGuess();
  showFigures();
  const what = nothing
    ? "it was sure already, and nothing changed"
    : `${number(flips)} of ${number(32 * firstSigns.length)} weights flipped`;
  say("lesson", `Lesson ${lessons.length}, digit ${digit}: ${what}.`);
}

function goBack(lesson, count, text) {
  const signsBefore = signs();
  state().set(lesson.before);
  lessons = lessons.slice(0, count);
  taught = lessons.length > 0 && lessons.at(-1).pixels === pixels;
  showWeights(signsBefore);
  showGuess();
  showFigures();
  say("lesson", text);
}

function undo() {
  if (lessons.length) goBack(lessons.at(-1), lessons.length - 1, `Lesson ${lessons.length} is undone.`);
}

function reset() {
  if (lessons.length) goBack(lessons[0], 0, "All lessons are forgotten.");
}

/* ---- Figures ---- */

function showWeights(before) {
  const now = signs();
  const words = DOTS_PER_LINE / 32;
  const canvas = $("weights");
  canvas.width = DOT * DOTS_PER_LINE;
  canvas.height = DOT * Math.ceil(now.length / words);
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const mark = (color, picture, wider) => {
    context.fillStyle = style.getPropertyValue(color);
    picture.forEach((word, k) => {
      for (let bit = 0; bit < 32; bit++) {
        if (!((word >>> bit) & 1)) continue;
        const [x, y] = [32 * (k % words) + bit, Math.floor(k / words)];
        context.fillRect(DOT * x - wider, DOT * y - wider, DOT + 2 * wider, DOT + 2 * wider);
      }
    });
  };
  mark("--bit", now, 0);
  mark("--accent", now.map((word, k) => word ^ before[k]), 2);
}

function showFigures() {
  const firsts = lessons.filter((lesson) => lesson.first);
  const right = firsts.filter((lesson) => lesson.guess === lesson.digit);
  $("running").textContent = firsts.length
    ? `${right.length} of ${firsts.length}, ${percent(right.length, firsts.length)}`
    : "–";
  $("last").replaceChildren(
    ...firsts.slice(-20).map((lesson) => {
      const dot = document.createElement("span");
      dot.className = lesson.guess === lesson.digit ? "right" : "wrong";
      dot.textContent = lesson.guess === lesson.digit ? "●" : "○";
      return dot;
    }),
  );
  $("unseen").textContent = percent(network.count_right(), network.n_unseen());
  $("flips").textContent = number(flipsSince(firstSigns));
  $("undo").disabled = $("reset").disabled = lessons.length === 0;
}

function measure() {
  see([], example(0));
  const times = Array.from({ length: 20 }, () => {
    const begin = performance.now();
    network.practise(PRACTICE);
    return performance.now() - begin;
  });
  const microseconds = (1000 * Math.min(...times)) / PRACTICE;
  $("time").textContent = microseconds > 0 ? `${microseconds.toFixed(0)} µs` : "–";
}

/* ---- Hands ---- */

function place(event) {
  const box = $("pad").getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

function penDown(event) {
  if (event.button !== 0 || !event.isPrimary) return;
  event.preventDefault();
  drawing = true;
  const others = taught || !strokes.length ? [] : strokes;
  see([...others, [place(event)]], pixelsOf([...others, [place(event)]]));
}

function penMove(event) {
  if (!drawing || !event.isPrimary) return;
  const stroke = strokes.at(-1);
  const [x, y] = place(event);
  if (Math.hypot(x - stroke.at(-1)[0], y - stroke.at(-1)[1]) < NEAR) return;
  stroke.push([x, y]);
  see(strokes, pixelsOf(strokes));
}

function keyDown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  const does = { c: clear, n: showExample, u: undo }[key];
  if (/^\d$/.test(key)) teach(Number(key));
  else does?.();
}

function addClasses() {
  for (let digit = 0; digit < N_CLASSES; digit++) {
    const item = document.createElement("li");
    item.innerHTML = `<button type="button"><b>${digit}</b><span class="track"><span class="bar"></span></span><span class="score"></span></button>`;
    item.firstChild.addEventListener("click", () => teach(digit));
    $("classes").append(item);
  }
}

function start(exports) {
  network = exports;
  network.reset();
  firstSigns = signs();
  $("pad").addEventListener("pointerdown", penDown);
  addEventListener("pointermove", penMove);
  addEventListener("pointerup", () => (drawing = false));
  addEventListener("pointercancel", () => (drawing = false));
  addEventListener("keydown", keyDown);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    showSeen();
    showWeights(signs());
  });
  for (const [id, does] of Object.entries({ clear, undo, reset, example: showExample }))
    $(id).addEventListener("click", does);
  addClasses();
  $("n-unseen").textContent = network.n_unseen();
  $("size").textContent = `${number(4 * firstSigns.length)} bytes; ${number(network.n_bytes())} bytes`;
  showWeights(firstSigns);
  showFigures();
  measure();
  clear();
}

const bytes = Uint8Array.from(atob(WASM), (letter) => letter.charCodeAt(0));
const started = WebAssembly.instantiate(bytes).then(({ instance }) => start(instance.exports));
started.catch((error) => say("guess", `It does not run here: ${error.message}`));
