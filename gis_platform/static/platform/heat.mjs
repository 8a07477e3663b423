// The heat pages: raster, tested cells, clusters, and a slider that moves through the period.
import { h, post, readJson } from "./dom.mjs";
import { createMap, linkList, timeSlider } from "./map.mjs";
import { addMore, MORE_LAYERS, moreFacts } from "./heat-more.mjs";
import { facts } from "./popup.mjs";
import { openDetails } from "./shell.mjs";
import { number } from "./words.mjs";

const DAY_MS = 86400000;
const WEEK = 7;
const THIN = ["interpolate", ["linear"], ["zoom"], 10, 0.2, 13, 0.6, 15, 1];
const english = document.documentElement.lang === "en";
const say = (indonesian, other) => (english ? other : indonesian);
const GRADES = {
  hot3: say("sangat padat, p < 0,001", "very dense, p < .001"), hot2: say("padat sekali, p < 0,01", "denser, p < .01"),
  hot1: say("padat, p < 0,05", "dense, p < .05"), cold: say("jarang, p < 0,05", "sparse, p < .05"),
  none: say("tidak nyata", "not significant"), few: say("terlalu sedikit untuk diuji", "too few to say"),
};
const GRADE_COLOURS = ["match", ["get", "grade"], "hot3", "#7f0000", "hot2", "#d7301f", "hot1", "#fdae61", "cold", "#4393c3", "rgba(0,0,0,0)"];
const CHANGE_COLOURS = ["interpolate", ["linear"], ["get", "change"], -10, "#2166ac", -1, "#92c5de", 0, "#f7f7f7", 1, "#f4a582", 10, "#b2182b"];

const config = readJson("heat-config", {});
const drawn = { heat: true, cells: true, change: false, clusters: true, contours: false, histories: false, leaks: true };
const state = { window: null, whole: true };

async function json(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer.json();
}

function addHeat(city, tilejson) {
  const source = { type: "raster", tiles: tilejson.tiles.map((url) => (url.startsWith("/") ? location.origin + url : url)), tileSize: 256,
    minzoom: tilejson.minzoom ?? 0, maxzoom: tilejson.maxzoom ?? 16, bounds: tilejson.bounds, attribution: tilejson.attribution ?? "" };
  city.addStyle({ sources: { heat: source }, layers: [
    { id: "heat", type: "raster", source: "heat", paint: { "raster-opacity": 0.75, "raster-fade-duration": 0 } }] });
}

function rampOf(top) {
  return ["interpolate", ["linear"], ["coalesce", ["feature-state", "rate"], 0], 0, "rgba(255,245,235,0)", 0.0001, "#fee6ce",
    0.3 * top, "#fdae6b", 0.6 * top, "#f16913", top, "#7f2704"];
}

function addCells(city, data) {
  const top = Math.max(config.top ?? 1, 1);
  const source = { type: "geojson", data: { type: "FeatureCollection", features: data.features } };
  city.addStyle({ sources: { cells: source }, layers: [
    { id: "cells-window", type: "fill", source: "cells", layout: { visibility: "none" }, paint: { "fill-color": rampOf(top), "fill-opacity": 0.75 } },
    { id: "cells-change", type: "fill", source: "cells", layout: { visibility: "none" }, paint: { "fill-color": CHANGE_COLOURS, "fill-opacity": 0.65 } },
    { id: "cells-fill", type: "fill", source: "cells", paint: { "fill-color": GRADE_COLOURS, "fill-opacity": 0.55 } },
    { id: "cells-line", type: "line", source: "cells", filter: ["!=", ["get", "grade"], "few"], paint: { "line-color": "#5b6b7a", "line-width": THIN } },
    { id: "cells-dots", type: "line", source: "cells", filter: ["==", ["get", "grade"], "few"],
      paint: { "line-color": "#5b6b7a", "line-width": THIN, "line-dasharray": [1, 2] } },
  ] }, "cells");
}

function addClusters(city, data) {
  const middles = { type: "FeatureCollection", features: data.features.map((feature) => ({ ...feature,
    geometry: { type: "Point", coordinates: [feature.properties.lon, feature.properties.lat] } })) };
  city.addStyle({ sources: { clusters: { type: "geojson", data }, "cluster-middles": { type: "geojson", data: middles } }, layers: [
    { id: "clusters-fill", type: "fill", source: "clusters", paint: { "fill-color": "#5b2a86", "fill-opacity": 0.04 } },
    { id: "clusters-halo", type: "line", source: "clusters", paint: { "line-color": "#ffffff", "line-width": 4, "line-opacity": 0.8 } },
    { id: "clusters-line", type: "line", source: "clusters",
      paint: { "line-color": "#5b2a86", "line-width": 2, "line-opacity": ["case", ["<=", ["get", "p"], 0.05], 1, 0.5] } },
  ] }, "clusters");
  city.addStyle({ sources: {}, layers: [
    { id: "clusters-badge", type: "symbol", source: "cluster-middles", layout: { "text-field": ["get", "badge"], "text-size": 13,
      "text-font": ["system-ui", "sans-serif"], "symbol-sort-key": ["get", "rank"] },
      paint: { "text-color": "#3c1361", "text-halo-color": "#ffffff", "text-halo-width": 2 } }] }, "clusters");
}

function paint(city) {
  const show = { heat: drawn.heat && state.whole, "cells-window": drawn.heat && !state.whole, "cells-change": drawn.change,
    "cells-fill": drawn.cells && state.whole, "cells-line": drawn.cells || drawn.change, "cells-dots": drawn.cells,
    "clusters-fill": drawn.clusters, "clusters-halo": drawn.clusters, "clusters-line": drawn.clusters, "clusters-badge": drawn.clusters };
  for (const [name, ids] of Object.entries(MORE_LAYERS)) for (const id of ids) show[id] = drawn[name];
  for (const [id, yes] of Object.entries(show)) {
    if (city.map.getLayer(id)) city.map.setLayoutProperty(id, "visibility", yes ? "visible" : "none");
  }
}

/** Reports of each cell in the days [from, to), as a rate, on the map. */
function ratesOf(city, data, from, to) {
  const sums = new Map();
  for (const [cell, day, n] of data.counts) if (day >= from && day < to) sums.set(cell, (sums.get(cell) ?? 0) + n);
  const weeks = Math.max((to - from) / WEEK, 1 / WEEK);
  for (const feature of data.features) {
    city.map.setFeatureState({ source: "cells", id: feature.id }, { rate: (sums.get(feature.id) ?? 0) / data.cell_km2 / weeks });
  }
  return [...sums.values()].reduce((total, n) => total + n, 0);
}

function clustersBetween(city, from, to) {
  const inside = ["all", ["<", ["get", "first"], to], [">=", ["get", "last"], from]];
  for (const id of ["clusters-fill", "clusters-halo", "clusters-line", "clusters-badge"]) {
    if (city.map.getLayer(id)) city.map.setFilter(id, inside);
  }
  let shown = 0;
  for (const item of document.querySelectorAll("#clusters > [data-first]")) {
    item.hidden = !(Number(item.dataset.first) * 1000 < to && Number(item.dataset.last) * 1000 >= from);
    shown += item.hidden ? 0 : 1;
  }
  const count = document.getElementById("cluster-count");
  if (count) count.textContent = number(shown);
}

function addSlider(city, data) {
  const zone = document.documentElement.dataset.zone;
  const ahead = zoneOffset(new Date(`${config.histogram[0][0]}T00:00:00Z`), zone);
  const histogram = config.histogram.map(([day, n]) => ({ at: Date.parse(`${day}T00:00:00Z`) - ahead, n }));
  const start = histogram[0].at;
  timeSlider(document.getElementById("timeline"), { histogram, onChange: (from, to) => {
    const first = Math.round((from - start) / DAY_MS);
    const end = Math.round((to - start) / DAY_MS);
    state.whole = first <= 0 && end >= histogram.length;
    if (!state.whole) ratesOf(city, data, first, end);
    clustersBetween(city, from.getTime(), to.getTime());
    paint(city);
  } });
}

/** Milliseconds that the city's clock is ahead of UTC. */
function zoneOffset(moment, zone) {
  if (!zone) return 0;
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-US", { timeZone: zone, hour12: false, year: "numeric", month: "numeric",
    day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour % 24, parts.minute) - moment.getTime();
}

function cellFacts({ properties: cell }) {
  const pairs = [[say("Laporan", "Reports"), number(cell.n)], [say("Periode sebelumnya", "Period before"), number(cell.n_before)],
    [say("Suara di jendela", "Voices in the window"), number(cell.window_n)], [say("Diharapkan", "Expected"), number(cell.expected, 1)]];
  if (typeof cell.p_adjusted === "number") pairs.push([say("p disesuaikan", "p adjusted"), number(cell.p_adjusted, 4)]);
  if (typeof cell.gi_star_z === "number") pairs.push(["Gi* (z)", number(cell.gi_star_z, 2)]);
  pairs.push([say("Tahan geser", "Stability"), `${number(cell.stability * 100)} %`]);
  return [h("h3", {}, GRADES[cell.grade]), facts(pairs)];
}

async function showCluster(pk) {
  const link = document.querySelector(`#clusters [data-id="${pk}"] a`);
  const answer = await fetch(link ? link.href : `/analisis/klaster/${pk}/`);
  if (!answer.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  openDetails(...parsed.body.childNodes);
}

function onSelect(city, features, lngLat) {
  const cluster = features.find((feature) => feature.source === "clusters" || feature.source === "cluster-middles");
  if (cluster) {
    showCluster(cluster.properties.pk);
    city.point([cluster.properties.lon, cluster.properties.lat], { go: false });
    document.querySelectorAll("#clusters .is-selected").forEach((item) => item.classList.remove("is-selected"));
    const item = document.querySelector(`#clusters [data-id="${cluster.properties.pk}"]`);
    item?.classList.add("is-selected");
    item?.scrollIntoView({ block: "nearest" });
    return true;
  }
  const other = features.find((feature) => feature.source in MORE_LAYERS);
  if (other) {
    city.openPopup(lngLat, ...moreFacts(other));
    return true;
  }
  const cell = features.find((feature) => feature.source === "cells");
  if (!cell) return false;
  city.openPopup(lngLat, ...cellFacts(cell));
  return true;
}

/** Draw a layer that the reader picked a row of. */
function show(name) {
  const box = document.querySelector(`[data-draw="${name}"]`);
  if (box && !box.checked) box.click();
}

function watchRuns() {
  const waiting = [...document.querySelectorAll("[data-run-state]")];
  if (!waiting.length) return;
  const ask = async () => {
    const states = await Promise.all(waiting.map((line) => json(line.dataset.runState).catch(() => ({ done: false }))));
    if (states.every((one) => one.done)) location.reload();
    else setTimeout(ask, 1500);
  };
  setTimeout(ask, 1000);
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-order]");
  if (!form) return;
  event.preventDefault();
  const answer = await post(form.action, new FormData(form));
  if (!answer.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  openDetails(...parsed.body.childNodes);
});

watchRuns();
const box = document.getElementById("map");
const corner = document.getElementById("heat-corner");
corner.querySelector("details").open = matchMedia("(min-width: 900px)").matches;
box.append(corner);
let city;
city = await createMap(box, { legend: false, onSelect: (features, lngLat) => onSelect(city, features, lngLat) });
const list = document.getElementById("clusters");
if (list) {
  linkList(city, list, { zoom: 15, onPick: (item) => { showCluster(item.dataset.id); } });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link) return;
    event.preventDefault();
    const item = link.closest("[data-id]");
    showCluster(item.dataset.id);
    city.point([Number(item.dataset.lon), Number(item.dataset.lat)], { zoom: 15 });
  });
}
for (const input of document.querySelectorAll("[data-draw]")) {
  input.addEventListener("change", () => { drawn[input.dataset.draw] = input.checked; paint(city); });
}
for (const name of ["histories", "leaks"]) {
  const rows = document.getElementById(name);
  if (rows) linkList(city, rows, { zoom: 15, onPick: () => show(name) });
}
const names = Object.keys(MORE_LAYERS);
const fetched = await Promise.allSettled([config.raster && json(config.raster), config.cells && json(config.cells), config.clusters && json(config.clusters),
  ...names.map((name) => config[name] && json(config[name]))]);
const [heat, cells, clusters, ...others] = fetched.map((one) => (one.status === "fulfilled" ? one.value : null));
if (fetched.some((one) => one.status === "rejected")) city.notice(say("Sebagian hasil tidak dapat dimuat.", "Part of the answer could not be loaded."));
if (heat) addHeat(city, heat);
if (cells) addCells(city, cells);
if (clusters) addClusters(city, clusters);
names.forEach((name, at) => others[at] && addMore(city, name, others[at]));
if (cells) addSlider(city, cells);
paint(city);
document.getElementById("details")?.addEventListener("closed", () => city.unpoint());
box.dataset.drawn = "true";
