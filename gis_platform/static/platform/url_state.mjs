// The address of a view: ?lapis=, ?waktu=, ?kategori=, ?pulau= beside #zoom/lat/lon.

/** Change one query parameter in place (empty value: take it out). */
export function setQuery(name, value) {
  const url = new URL(location.href);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  const text = url.href.replaceAll("%2C", ",");
  history.replaceState(history.state, "", text);
}

/** Slugs named in ?lapis=, or null when the address names none. */
export function layersFromAddress() {
  const named = new URLSearchParams(location.search).get("lapis");
  return named === null ? null : named.split(",").filter(Boolean);
}

/** Keep the drawn layers in ?lapis=. */
export function keepLayersInAddress(city) {
  city.onLayers((slugs) => { if (city.container.dataset.ready) setQuery("lapis", slugs.join(",") || "-"); });
}
