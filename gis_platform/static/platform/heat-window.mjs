// A part of an answer's period on the heat pages: the server smooths, tests and scores it, map and list follow.
import { h } from "./dom.mjs";
import { number } from "./words.mjs";

const DAY_MS = 86400000;
const MOST_LISTED = 500;
const english = document.documentElement.lang === "en";
const say = (indonesian, other) => (english ? other : indonesian);
const RANK = { hot3: 0, hot2: 1, hot1: 2, cold: 3 };

/** Call of a cell: that of the window when there is one, else that of the whole period. */
export const GRADE = ["coalesce", ["feature-state", "grade"], ["get", "grade"]];
const Z = ["coalesce", ["feature-state", "z"], ["get", "gi_star_z"], 0];
const CLEAR = "rgba(0,0,0,0)";
export const GRADE_COLOURS = ["match", GRADE, "hot3", "#7f0000", "hot2", "#d7301f", "hot1", "#fdae61", "cold", "#4393c3", CLEAR];
export const GI_COLOURS = ["step", Z, "#4393c3", -1.96, CLEAR, 1.96, "#fdae61", 2.58, "#d7301f", 3.29, "#7f0000"];
const CLUSTER_LAYERS = ["clusters-fill", "clusters-halo", "clusters-line", "clusters-badge"];

/** What is seen of the days [first, end): `move` tells the map and the list twin. */
export class SlidingWindow {
  constructor(city, config, data) {
    Object.assign(this, { city, config, data, asked: 0, told: null });
    this.byName = new Map(data.features.map((feature) => [feature.properties.cell, feature]));
    this.wholeRows = [...(document.getElementById("cells")?.childNodes ?? [])];
    this.wholeSaid = document.getElementById("cells-said")?.textContent ?? "";
    this.wholeCount = document.getElementById("cell-count")?.textContent ?? "";
  }

  /** Show the days [first, end) of the period; `whole`: everything as it was worked out. */
  move(first, end, whole) {
    this.asked += 1;
    clearTimeout(this.timer);
    if (whole) return this.showWhole();
    const turn = this.asked;
    this.timer = setTimeout(() => this.fetchWindow(first, end, turn), 150);
    return undefined;
  }

  day(number) {
    return new Date(Date.parse(`${this.data.first}T00:00:00Z`) + number * DAY_MS).toISOString().slice(0, 10);
  }

  async fetchWindow(first, end, turn) {
    const query = new URLSearchParams({ dari: this.day(first), sampai: this.day(end) });
    if (this.config.clusters_run) query.set("klaster", this.config.clusters_run);
    try {
      const answer = await fetch(`${this.config.window}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      if (turn === this.asked) this.show(told);
    } catch {
      if (turn === this.asked) this.city.notice(say("Jendela ini tidak dapat diuji; coba lagi.", "This window could not be tested; try again."));
    }
  }

  show(told) {
    this.told = new Map(told.cells.map((row) => [row[0], row]));
    for (const [name, feature] of this.byName) {
      const row = this.told.get(name);
      this.city.map.setFeatureState({ source: "cells", id: feature.id }, { grade: row?.[2] ?? "few", z: row?.[3] ?? 0, rate: told.rates[name] ?? 0 });
    }
    this.clusters(told.clusters);
    this.list(told);
    this.legend(told.n);
  }

  /** Only clusters with reports in the window stay, in map and list. */
  clusters(counts) {
    const keys = Object.keys(counts).map(Number);
    for (const id of CLUSTER_LAYERS) {
      if (this.city.map.getLayer(id)) this.city.map.setFilter(id, ["in", ["get", "pk"], ["literal", keys]]);
    }
    for (const item of document.querySelectorAll("#clusters > [data-id]")) {
      const n = counts[item.dataset.id];
      item.hidden = !n;
      const here = item.querySelector(".in-window");
      here.hidden = !n;
      here.textContent = n ? say(`${number(n)} di jendela ini`, `${number(n)} in this window`) : "";
    }
    this.count("cluster-count", keys.length);
  }

  /** The list twin of the cells that stand out in the window. */
  list(told) {
    const list = document.getElementById("cells");
    if (!list) return;
    const rows = told.cells.filter((row) => row[2] in RANK && this.byName.has(row[0]));
    rows.sort((a, b) => (a[5] ?? 1) - (b[5] ?? 1) || (a[0] < b[0] ? -1 : 1));
    list.replaceChildren(...rows.slice(0, MOST_LISTED).map((row) => this.item(row)));
    this.count("cell-count", rows.length);
    document.getElementById("cells-said").textContent = say(
      `Jendela ini diuji sendiri: ${number(told.n)} laporan, ${number(told.m_tests)} sel, Benjamini-Hochberg 5 %.`,
      `This window is tested by itself: ${number(told.n)} reports, ${number(told.m_tests)} cells, Benjamini-Hochberg 5 %.`);
  }

  item([name, n, grade, z, expected, p, inWindow]) {
    const feature = this.byName.get(name);
    const [lon, lat] = middle(feature.geometry.coordinates[0]);
    return h("li", { "data-lon": lon, "data-lat": lat, "data-layer": "cells", "data-cell": name },
      h("a", { href: "#map" }, h("span", { class: `swatch ${grade}` }), " ", h("strong", {}, feature.properties.area || feature.properties.island)), " ",
      h("span", { class: "line" }, say(`${number(n)} laporan; ${number(inWindow)} suara di jendela, diharapkan ${number(expected, 1)}`,
        `${number(n)} reports; ${number(inWindow)} voices in the window, expected ${number(expected, 1)}`)),
      h("span", { class: "line muted" }, `${p < 0.0001 ? `p < ${number(0.0001, 4)}` : `p = ${number(p ?? 1, 4)}`} · Gi* z = ${number(z ?? 0, 1)}`));
  }

  showWhole() {
    this.told = null;
    this.city.map.removeFeatureState({ source: "cells" });
    for (const id of CLUSTER_LAYERS) if (this.city.map.getLayer(id)) this.city.map.setFilter(id, null);
    const items = document.querySelectorAll("#clusters > [data-id]");
    for (const item of items) {
      item.hidden = false;
      item.querySelector(".in-window").hidden = true;
    }
    this.count("cluster-count", items.length);
    document.getElementById("cells")?.replaceChildren(...this.wholeRows);
    if (this.wholeSaid) document.getElementById("cells-said").textContent = this.wholeSaid;
    const count = document.getElementById("cell-count");
    if (count) count.textContent = this.wholeCount;
    this.legend(this.config.histogram.reduce((total, [, n]) => total + n, 0));
  }

  /** Figures of a cell as they are shown now. */
  factsOf(feature) {
    const row = this.told?.get(feature.properties.cell);
    if (!this.told) return feature.properties;
    const { area, island } = feature.properties;
    if (!row) return { area, island, grade: "few", n: 0, window_n: 0, expected: 0 };
    const [, n, grade, z, expected, p, inWindow] = row;
    return { area, island, grade, n, window_n: inWindow, expected: expected ?? 0, p_adjusted: p, gi_star_z: z };
  }

  count(id, n) {
    const count = document.getElementById(id);
    if (count) count.textContent = number(n);
  }

  legend(n) {
    const shown = document.getElementById("legend-n");
    if (shown) shown.textContent = number(n);
  }
}

function middle(ring) {
  const corners = ring.slice(0, -1);
  return [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
}
