// List and map as twins: the same things, linked both ways.

/**
 * Link the list `element` to a CityMap. Items carry data-lon, data-lat and, to be found from the map,
 * data-layer and data-id (the feature's id). Pointing or focusing rings the place; a click goes there
 * and calls `onPick(item)` if given (answer true to keep the map still).
 */
export function linkList(city, element, { onPick, zoom = 16 } = {}) {
  const itemOf = (event) => event.target.closest("[data-lon]");
  const place = (item) => [Number(item.dataset.lon), Number(item.dataset.lat)];
  const pick = (item) => {
    select(element, item);
    if (onPick?.(item) === true) return;
    city.point(place(item), { zoom });
  };
  element.addEventListener("pointerover", (event) => {
    const item = itemOf(event);
    if (item && event.pointerType === "mouse") city.point(place(item), { go: false });
  });
  element.addEventListener("focusin", (event) => {
    const item = itemOf(event);
    if (item) city.point(place(item), { go: false });
  });
  element.addEventListener("click", (event) => {
    const item = itemOf(event);
    if (!item || event.target.closest("a[href]:not([href^='#']), form")) return;
    event.preventDefault();
    pick(item);
    document.querySelector("[data-pane-button=map]")?.click();
  });
  element.addEventListener("keydown", (event) => {
    if (!event.target.matches("[role=button]") || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.target.click();
  });
  city.container.addEventListener("features", (event) => {
    for (const feature of event.detail) {
      const key = `[data-layer="${CSS.escape(feature.source)}"][data-id="${CSS.escape(String(feature.id))}"]`;
      const item = element.querySelector(key);
      if (item) return select(element, item, true);
    }
    return undefined;
  });
}

function select(element, item, scroll = false) {
  element.querySelectorAll(".is-selected").forEach((other) => other.classList.remove("is-selected"));
  item.classList.add("is-selected");
  if (scroll) item.scrollIntoView({ block: "nearest" });
}
