// The one legend: layers by drawer, each with its marks, its origin and a switch.
import { h } from "./dom.mjs";
import { drawn, markName } from "./icons.mjs";
import { word } from "./words.mjs";

const THEMES = ["reports", "work", "planning", "assets", "base"];

function mark(layer, entry) {
  const canvas = drawn(markName(layer, entry), 18);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

function entries(layer) {
  if (layer.symbol.kind === "hidden" || !layer.symbol.entries.length) return null;
  const list = h("ul", { class: "legend-entries" });
  for (const entry of layer.symbol.entries) list.append(h("li", {}, mark(layer, entry), entry.label));
  return list;
}

/** What the hexagons say that stand for the rows of a layer seen from afar. */
function hexes(layer) {
  if (!layer.hexes?.length) return null;
  const steps = layer.hexes.map(({ colour, label }) => {
    const swatch = h("span", { class: "hex", "aria-hidden": "true" });
    swatch.style.background = colour;
    return h("li", {}, swatch, label);
  });
  return h("div", { class: "legend-hexes" }, h("p", { class: "legend-note" }, word("per_hex")), h("ul", {}, ...steps));
}

/** Badges that say where a layer's rows come from. */
export function originBadges(layer) {
  return (layer.origins ?? []).filter((origin) => origin !== "published")
    .map((origin) => h("span", { class: "badge" }, word(origin)));
}

function layerLine(layer, city) {
  const name = h("span", {}, layer.title);
  const line = h("div", { class: "legend-layer" });
  if (city) {
    const box = h("input", { type: "checkbox", value: layer.slug,
      onchange: () => city.show(layer.slug, box.checked) });
    const follow = () => {
      box.checked = city.visible.has(layer.slug);
      line.classList.toggle("is-off", !box.checked);
    };
    city.onLayers(follow);
    follow();
    line.append(h("label", {}, box, name, ...originBadges(layer)));
  } else {
    line.append(h("p", { class: "legend-title" }, name, ...originBadges(layer)));
  }
  const marks = entries(layer);
  if (marks) line.append(marks);
  const seenFromAfar = hexes(layer);
  if (seenFromAfar) line.append(seenFromAfar);
  if (layer.symbol.note) line.append(h("p", { class: "legend-note" }, layer.symbol.note));
  return line;
}

function body(layers, city) {
  const groups = THEMES.map((theme) => {
    const own = layers.filter((layer) => layer.theme === theme);
    if (!own.length) return null;
    return h("section", { class: "legend-group" }, h("h3", {}, word(theme)),
      ...own.map((layer) => layerLine(layer, city)));
  });
  return h("div", { class: "legend-body", tabindex: "0", role: "group", "aria-label": word("legend") },
    ...groups.filter(Boolean));
}

/**
 * Show a legend. With a CityMap: switches for its layers, in `element` or (null) in the map's corner.
 * With a list of layers: marks and words only, in `element`.
 */
export function legend(element, source) {
  const city = Array.isArray(source) ? null : source;
  const layers = city ? [...city.layers.values()].filter((layer) => layer.symbol.kind !== "hidden") : source;
  if (!layers.length) return null;
  const content = body(layers, city);
  if (element) {
    element.replaceChildren(content);
    return content;
  }
  const box = h("details", { class: "legend" }, h("summary", {}, word("legend")), content);
  box.open = matchMedia("(min-width: 1180px)").matches;
  city.container.append(h("div", { class: "map-corner bottom-left" }, box));
  return box;
}
