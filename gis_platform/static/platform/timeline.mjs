// The time slider under a city map: how many rows lie where in time, and the window that the map shows.
import { h, soon } from "./dom.mjs";
import { timeSlider } from "./time_slider.mjs";
import { setQuery } from "./url_state.mjs";
import { iso, onBucket, readWindow } from "./windows.mjs";
import { word } from "./words.mjs";

const HOUR_MS = 3600000;
const LIVE_MS = 4000; // at most so often are counts asked for anew while rows come
// What each preset shows, and how much of the time around it: name -> [name in ?waktu=, hours, hours around].
const SCOPES = { h3: ["3-jam", 3, 24], h24: ["24-jam", 24, 168], d7: ["7-hari", 168, 720],
  d30: ["30-hari", 720, Infinity], all: ["semua", Infinity, Infinity] };

/** Histogram of counts as /tiles/<layer>/waktu.json tells them. */
export async function readCounts(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  const told = await answer.json();
  const start = told.from ? Date.parse(told.from) : 0;
  return told.counts.map((n, index) => ({ at: start + index * told.step_s * 1000, n }));
}

function fromAddress(first) {
  const text = new URLSearchParams(location.search).get("waktu");
  const scope = Object.keys(SCOPES).find((name) => SCOPES[name][0] === text);
  return { scope: scope ?? (text ? "all" : first), window: readWindow(text) };
}

/** The time around a preset, on the hour: [from, to], or null for all. */
function around(scope) {
  const [, , hours] = SCOPES[scope];
  if (!Number.isFinite(hours)) return null;
  const end = onBucket(new Date(), {}, Math.ceil);
  return [new Date(end - hours * HOUR_MS), end];
}

/**
 * A slider in `element` for layer `slug`; it moves the window of every layer of `city` that has a
 * time, and stands in ?waktu=. Presets look closer: 24 hours are shown by the hour; `first` is the one to begin with.
 * Answers {refresh()}: call it when rows of the layer changed.
 */
export async function mapTimeline(city, element, { slug, unit = "", first = "all" }) {
  const counts = `/tiles/${slug}/waktu.json`;
  let { scope, window } = fromAddress(first);
  let open = window === null; // reaches to now: goes on with the clock
  let slider = null;

  // A preset ends with the hour, bins of several hours end later: either reaches to now.
  function told(from, to, preset = false) {
    const [, hours] = SCOPES[scope];
    open = to >= Math.min(slider.last, Date.now());
    window = open && !Number.isFinite(hours) && from <= slider.first ? null : [from, to];
    city.setWindow(window);
    setQuery("waktu", window === null ? (first === "all" ? "" : SCOPES.all[0]) : preset ? SCOPES[scope][0] : window.map(iso).join("/"));
    for (const field of document.querySelectorAll("input[type=hidden][name=waktu]")) {
      field.value = new URLSearchParams(location.search).get("waktu") ?? "";
    }
  }

  async function load(give_way = () => false) {
    const wide = around(scope);
    const histogram = await readCounts(wide ? `${counts}?from=${iso(wide[0])}&to=${iso(wide[1])}` : counts);
    if (give_way()) return undefined;
    slider = null;
    if (histogram.length < 2) return void element.replaceChildren();
    slider = timeSlider(element, { histogram, unit, window: window ?? undefined, preset: scope,
      onChange: told, onPreset: async (name) => {
        await choose(name);
        if (!element.contains(document.activeElement)) element.querySelector(`[data-preset="${name}"]`)?.focus();
      } });
    return undefined;
  }

  async function choose(name) {
    scope = name;
    const [, hours] = SCOPES[name];
    const end = onBucket(new Date(), {}, Math.ceil);
    window = Number.isFinite(hours) ? [new Date(end - hours * HOUR_MS), end] : null;
    await load();
    if (slider) told(...(window ?? [slider.first, slider.last]), true);
  }

  /** Count anew; a window that reaches to now goes on with it. Not while somebody moves it. */
  const refresh = soon(async () => {
    if (slider?.busy()) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.part : "";
    if (open && Number.isFinite(SCOPES[scope][1])) {
      const end = onBucket(new Date(), {}, Math.ceil);
      if (window && end > window[1]) window = [new Date(window[0].getTime() + (end - window[1])), end];
    }
    await load(() => slider?.busy()).catch((fault) => console.warn(fault.message));
    if (slider?.busy()) return; // somebody moved it meanwhile, and is heard next
    city.setWindow(window);
    if (focused) element.querySelector(`[data-part="${focused}"]`)?.focus();
  }, LIVE_MS);

  try {
    if (!window && Number.isFinite(SCOPES[scope][1])) await choose(scope);
    else {
      await load();
      city.setWindow(window);
    }
  } catch (fault) {
    element.replaceChildren(h("p", { class: "muted small" }, word("no_counts")));
    console.warn(fault.message);
  }
  return { refresh };
}
