// Which tiles of a source a change touched, and drawing just these anew.

const MOST_LEVELS = 3; // tiles this much deeper than the listed ones are named one by one

/**
 * True for each tile {z, x, y} that `tiles` ([z, x, y] of zooms up to a deepest one) touch: the
 * listed ones, and deeper ones with their ancestor.
 */
export function touches(tiles) {
  const deepest = Math.max(...tiles.map(([z]) => z));
  const listed = new Set(tiles.map((tile) => tile.join("/")));
  return ({ z, x, y }) => {
    const up = Math.max(0, z - deepest);
    return listed.has(`${z - up}/${x >> up}/${y >> up}`);
  };
}

/** The listed tiles and all below them down to zoom `last`, as {z, x, y}; null when too many. */
export function named(tiles, last) {
  const deepest = Math.max(...tiles.map(([z]) => z));
  if (last - deepest > MOST_LEVELS) return null;
  const found = tiles.map(([z, x, y]) => ({ z, x, y }));
  for (let down = 1; down <= last - deepest; down += 1) {
    for (const [z, x, y] of tiles) {
      if (z !== deepest) continue;
      for (let dx = 0; dx < 1 << down; dx += 1) {
        for (let dy = 0; dy < 1 << down; dy += 1) found.push({ z: z + down, x: (x << down) + dx, y: (y << down) + dy });
      }
    }
  }
  return found;
}

/** Draw the touched tiles of a vector source anew; `tiles` null: all of them, none: nothing. */
export function refreshTouched(map, source, tiles) {
  const held = map.getSource(source);
  if (held?.type !== "vector" || tiles?.length === 0) return;
  const loading = !map.isSourceLoaded(source);
  refresh(map, source, tiles, held.maxzoom);
  // What was on its way may have been read before the change: ask once more when it is here.
  if (loading) map.once("idle", () => { if (map.getSource(source)) refresh(map, source, tiles, held.maxzoom); });
}

function refresh(map, source, tiles, last) {
  const names = tiles && named(tiles, last);
  // refreshTiles leaves the tiles alone that have been drawn but are out of view; those go too.
  const unseen = map.style?.tileManagers?.[source]?._outOfViewCache;
  if (!names || typeof unseen?.filter !== "function") {
    map.refreshTiles(source);
    return;
  }
  const touched = touches(tiles);
  unseen.filter((tile) => !touched(tile.tileID.canonical));
  map.refreshTiles(source, names);
}
