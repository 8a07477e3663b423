// Island chips: far islands are one tap away, never "zoom out to sea".
import { h } from "./dom.mjs";
import { word } from "./words.mjs";

/** Chips over the map, one for each of `islands` ({code, name, bounds}). */
export function islandChips(city, islands = []) {
  if (islands.length < 2) return null;
  const row = h("div", { class: "map-corner top-left island-chips", role: "group", "aria-label": word("all_islands") });
  for (const island of islands) {
    row.append(h("button", { type: "button", class: "chip", dataset: { island: island.code },
      onclick: () => city.fit(island.bounds, { padding: city.room() }) }, island.name));
  }
  city.container.append(row);
  return row;
}
