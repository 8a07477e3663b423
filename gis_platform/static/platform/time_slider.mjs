// A time slider: histogram, a window to drag, presets, play.
import { calmly, h } from "./dom.mjs";
import { absolute, day, number, word } from "./words.mjs";

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;
const PRESETS = [["h3", 3], ["h24", 24], ["d7", 168], ["d30", 720], ["all", Infinity]];

function bars(histogram, most) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", `0 0 ${histogram.length} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const shapes = histogram.map((bin, at) => {
    const bar = document.createElementNS(ns, "rect");
    const height = most ? (bin.n / most) * 96 : 0;
    for (const [name, value] of Object.entries({ x: at + 0.06, y: 100 - height, width: 0.88, height })) bar.setAttribute(name, value);
    svg.append(bar);
    return bar;
  });
  return { svg, shapes };
}

/** How much time a bar holds, in words: an hour, 3 hours, a day, 7 days. */
function span(step) {
  const [amount, name] = step < DAY_MS ? [step / HOUR_MS, "an_hour"] : [step / DAY_MS, "a_day"];
  return amount === 1 ? word(name) : `${number(amount)} ${word(`${name}s`)}`;
}

/**
 * Show a slider in `element`.
 *   histogram  [{at: ISO time or ms of the bin's start, n: count}], equal steps, oldest first
 *   onChange(from, to)  Dates of the window (bin edges; `to` exclusive), told calmly
 *   window     [from, to] to begin with (Dates); all when left out
 *   play       show the play button (hidden where motion is unwanted)
 *   presets    show the chips for 3 hours to all; `preset` is the pressed one
 *   onPreset   told a chip's name (h3, h24, d7, d30, all) in place of the window moving to it
 *   unit       word for what is counted: the number inside the window stands under the bars
 * Answers {set(from, to), get(), first, last, busy()}.
 */
export function timeSlider(element, { histogram, onChange, window: first, play = true, presets = true, preset: pressed = "",
  onPreset, unit = "" }) {
  const starts = histogram.map((bin) => new Date(bin.at).getTime());
  if (starts.length < 2) return null;
  const step = starts[1] - starts[0];
  const edge = (index) => starts[0] + index * step;
  const count = starts.length;
  let range = first ? [indexOf(first[0].getTime(), Math.floor), indexOf(first[1].getTime(), Math.ceil)] : [0, count];
  let timer = 0;

  function indexOf(ms, round) { return Math.min(count, Math.max(0, round((ms - starts[0]) / step))); }
  const { svg, shapes } = bars(histogram, Math.max(...histogram.map((bin) => bin.n)));
  let held = false;
  let exact = !first || first.every((end) => (end.getTime() - starts[0]) % step === 0); // whole bins: their sum is the window's
  const input = (label) => h("input", { type: "range", min: 0, max: count, step: 1, "aria-label": word(label), dataset: { part: label } });
  const low = input("window_start");
  const high = input("window_end");
  const inside = h("span", { class: "inside" });
  const within = h("span", { class: "within" });
  const said = (ms) => (step < DAY_MS ? absolute(new Date(ms)) : day(new Date(ms)));
  const last = (ms) => said(ms - (step < DAY_MS ? 0 : 1)); // the end of a day is told as that day
  const ends = h("div", { class: "ends" }, h("span", {}, said(starts[0])),
    h("span", { class: "chosen" }, within, inside), h("span", {}, last(edge(histogram.length))));
  const most = Math.max(...histogram.map((bin) => bin.n));
  const peak = h("span", { class: "peak", "aria-hidden": "true" }, `${word("peak")} ${number(most)} ${unit} / ${span(step)}`);
  const track = h("div", { class: "track" }, svg, peak);
  let moved = false; // and not told yet
  const tell = calmly(() => {
    moved = false;
    if (element.contains(low)) onChange?.(new Date(edge(range[0])), new Date(edge(range[1])));
  }, 200);

  function draw() {
    shapes.forEach((bar, at) => bar.setAttribute("class", at >= range[0] && at < range[1] ? "bar-in" : "bar-out"));
    [low.value, high.value] = range;
    low.setAttribute("aria-valuetext", absolute(new Date(edge(range[0]))));
    high.setAttribute("aria-valuetext", absolute(new Date(edge(range[1]))));
    const whole = range[0] === 0 && range[1] === count;
    within.textContent = whole ? "" : `${said(edge(range[0]))} – ${last(edge(range[1]))}`;
    inside.textContent = "";
    if (unit && exact) inside.textContent = `${number(histogram.slice(...range).reduce((sum, bin) => sum + bin.n, 0))} ${unit}`;
  }
  function set(from, to, quiet = false) {
    range = [Math.max(0, Math.min(from, count - 1)), Math.min(count, Math.max(to, from + 1))];
    if (!quiet) exact = true; // a hand moves it to whole bins
    draw();
    moved ||= !quiet;
    if (!quiet) tell();
  }
  function preset(name, hours) {
    if (onPreset) return void onPreset(name);
    const bins = Math.max(1, Math.round((hours * HOUR_MS) / step));
    set(Number.isFinite(hours) ? count - bins : 0, count);
    return undefined;
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    playButton.textContent = word("play");
  }
  function toggle() {
    if (timer) return stop();
    let width = range[1] - range[0];
    if (width >= count) width = Math.max(1, Math.round(count / 10));
    let at = range[1] >= count ? 0 : range[0];
    playButton.textContent = word("pause");
    timer = setInterval(() => {
      set(at, at + width);
      at += 1;
      if (at + width > count) stop();
    }, 900);
    return undefined;
  }
  const playButton = h("button", { type: "button", onclick: toggle }, word("play"));
  low.addEventListener("input", () => set(Math.min(Number(low.value), range[1] - 1), range[1]));
  high.addEventListener("input", () => set(range[0], Math.max(Number(high.value), range[0] + 1)));
  dragWindow(track, count, () => range, set, (yes) => { held = yes; });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const row = h("div", { class: "chips presets" }, ...(play && !still ? [playButton] : []),
    ...PRESETS.filter(([, hours]) => presets && (onPreset || !Number.isFinite(hours) || hours * HOUR_MS >= step))
      .map(([name, hours]) => h("button", { type: "button", class: "chip", dataset: { preset: name, part: `preset-${name}` },
        "aria-pressed": pressed ? String(pressed === name) : null, onclick: () => preset(name, hours) }, word(name))));
  element.replaceChildren(h("div", { class: presets ? "timeslider" : "timeslider bare" }, row,
    h("div", { class: "track-column" }, track, h("div", { class: "handles" }, low, high), ends)));
  draw();
  const fit = (from, to) => {
    exact = [from, to].every((end) => (end.getTime() - starts[0]) % step === 0);
    set(indexOf(from.getTime(), Math.floor), indexOf(to.getTime(), Math.ceil), true);
  };
  return { set: fit,
    get: () => range.map((index) => new Date(edge(index))), first: new Date(edge(0)), last: new Date(edge(count)),
    busy: () => held || moved || timer !== 0 };
}

function dragWindow(track, count, get, set, holds) {
  let from = null;
  const bin = (event) => {
    const box = track.getBoundingClientRect();
    return Math.max(0, Math.min(count, Math.floor(((event.clientX - box.left) / box.width) * count)));
  };
  track.addEventListener("pointerdown", (event) => {
    const [low, high] = get();
    const at = bin(event);
    const inside = at >= low && at < high && high - low < count;
    from = { at, low, high, inside };
    holds(true);
    track.setPointerCapture(event.pointerId);
  });
  track.addEventListener("pointermove", (event) => {
    if (!from) return;
    const at = bin(event);
    if (from.inside) {
      const shift = Math.max(-from.low, Math.min(count - from.high, at - from.at));
      set(from.low + shift, from.high + shift);
    } else set(Math.min(from.at, at), Math.max(from.at, at) + 1);
  });
  for (const end of ["pointerup", "pointercancel"]) track.addEventListener(end, () => { from = null; holds(false); });
}
