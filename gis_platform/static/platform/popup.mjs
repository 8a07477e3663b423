// Popups made of text nodes: what a mark is, its facts in people's words, where it comes from.
import { h } from "./dom.mjs";
import { originBadges } from "./legend.mjs";
import { number, word } from "./words.mjs";

const MOST = 6;
const QUIET = new Set(["origin", "code", "name", "label", "title"]);

function said(field, value) {
  if (field.values && field.values[value] !== undefined) return field.values[value];
  if (typeof value === "boolean") return value ? "✓" : "–";
  if (typeof value === "number") return number(value, 2) + (field.unit ? ` ${field.unit}` : "");
  return String(value);
}

/** A list of facts: pairs of words. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function heading(layer, properties) {
  return properties.name || properties.title || properties.label || layer?.title || "";
}

function item(city, feature) {
  const layer = city.layers.get(feature.layer.metadata.slug);
  const properties = feature.properties;
  const pairs = (layer?.fields ?? [])
    .filter((field) => !QUIET.has(field.name) && properties[field.name] !== undefined && properties[field.name] !== "")
    .map((field) => [field.label, said(field, properties[field.name])]);
  if (properties.n !== undefined) pairs.push([word("count"), number(properties.n)]);
  const origin = properties.origin ? { origins: [properties.origin] } : layer ?? {};
  const box = h("div", { class: "popup-item" }, h("h3", {}, heading(layer, properties)));
  if (layer && heading(layer, properties) !== layer.title) box.append(h("p", { class: "muted" }, layer.title, " ", ...originBadges(origin)));
  if (pairs.length) box.append(facts(pairs));
  for (const node of city.options.actions?.(feature) ?? []) box.append(node);
  return box;
}

/** The body of a popup for features under a click. */
export function popupFor(city, features) {
  const body = h("div", {}, ...features.slice(0, MOST).map((feature) => item(city, feature)));
  if (features.length > MOST) body.append(h("p", { class: "muted" }, `+ ${features.length - MOST} ${word("more")}`));
  return body;
}
