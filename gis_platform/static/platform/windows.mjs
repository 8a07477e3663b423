// A window of time as tiles and addresses write it.

const MS = 1000;

/** A Date as 2026-11-02T06:00:00Z. */
export function iso(date) { return `${new Date(date).toISOString().slice(0, 19)}Z`; }

/** `date` moved down (or up: Math.ceil) to a bucket of `bucket_s` seconds in the city's own time. */
export function onBucket(date, { bucket_s: bucket = 3600, offset_s: offset = 0 }, round = Math.floor) {
  return new Date((round((date.getTime() / MS + offset) / bucket) * bucket - offset) * MS);
}

/** Addresses of tiles of [from, to), widened to the layer's buckets; as they are when there is no window. */
export function withWindow(tiles, time, window) {
  if (!window) return tiles;
  const from = encodeURIComponent(iso(onBucket(window[0], time)));
  const to = encodeURIComponent(iso(onBucket(window[1], time, Math.ceil)));
  return tiles.map((address) => `${address}?from=${from}&to=${to}`);
}

/** [from, to] of "2026-10-01T15:00:00Z/2026-10-08T15:00:00Z"; null for anything else. */
export function readWindow(text) {
  const parts = (text ?? "").split("/").map((part) => new Date(part));
  return parts.length === 2 && parts.every((at) => !Number.isNaN(at.getTime())) && parts[0] < parts[1] ? parts : null;
}
