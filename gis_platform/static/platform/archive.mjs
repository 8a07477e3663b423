// A PMTiles archive (version 3) read in the browser: the whole file from the phone, or its parts by
// range requests. Tiles reach MapLibre under a scheme of their own.
//
//   const archive = await openArchive("/data/peta-dasar.pmtiles");   // null when it cannot be had
//   archive.source   a MapLibre source: its tiles, zooms and box
//   archive.held     whether the file lies on this phone
//   await keepArchive("/data/peta-dasar.pmtiles", 15e6)              // keep it, if it is no larger
//
// Format: PMTiles version 3, of the Protomaps project.
import * as maplibregl from "../vendor/maplibre-gl/maplibre-gl.mjs";

const CACHE = "map-archives";
const SCHEME = "arsip";
const HEAD_BYTES = 127;
const GZIP = 2;
const MOST_LEAVES = 64; // directories kept open
const opened = new Map(); // address -> Promise of an archive

/** The number of a tile along the curve that archives are ordered by. */
export function tileId(z, x, y) {
  let id = (4 ** z - 1) / 3;
  for (let a = z - 1; a >= 0; a -= 1) {
    const side = 2 ** a;
    const [right, down] = [x & side ? 1 : 0, y & side ? 1 : 0];
    id += ((3 * right) ^ down) * side * side;
    if (!down) {
      if (right) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
  }
  return id;
}

async function unpacked(data, compression) {
  if (compression !== GZIP) return data;
  return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function numbers(buffer) {
  const bytes = new Uint8Array(buffer);
  let at = 0;
  return () => {
    let [value, scale, byte] = [0, 1, 128];
    while (byte >= 128) {
      byte = bytes[at];
      at += 1;
      value += (byte & 127) * scale;
      scale *= 128;
    }
    return value;
  };
}

/** Entries of a directory: id, run (0: a directory below it), size and offset. */
function entriesOf(buffer) {
  const next = numbers(buffer);
  const entries = Array.from({ length: next() }, () => ({}));
  let id = 0;
  for (const entry of entries) entry.id = id += next();
  for (const entry of entries) entry.run = next();
  for (const entry of entries) entry.size = next();
  entries.forEach((entry, n) => {
    const told = next();
    entry.offset = told ? told - 1 : entries[n - 1].offset + entries[n - 1].size;
  });
  return entries;
}

/** The last entry that begins at `id` or before it. */
function entryAt(entries, id) {
  let [low, high] = [0, entries.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (entries[middle].id > id) high = middle - 1;
    else low = middle + 1;
  }
  return entries[high];
}

class Archive {
  constructor(address, take, held, head) {
    const view = new DataView(head);
    const whole = (at) => Number(view.getBigUint64(at, true));
    const degrees = (at) => view.getInt32(at, true) / 1e7;
    this.take = take;
    this.held = held;
    this.root = [whole(8), whole(16)];
    [this.leavesAt, this.tilesAt] = [whole(40), whole(56)];
    [this.inner, this.packing] = [view.getUint8(97), view.getUint8(98)];
    this.leaves = new Map();
    this.source = { type: "vector", tiles: [`${SCHEME}://{z}/{x}/{y}${address}`], minzoom: view.getUint8(100),
      maxzoom: view.getUint8(101), bounds: [102, 106, 110, 114].map(degrees) };
  }

  async directory(offset, size) {
    if (!this.leaves.has(offset)) {
      if (this.leaves.size >= MOST_LEAVES) this.leaves.clear();
      this.leaves.set(offset, this.take(offset, size).then((data) => unpacked(data, this.inner)).then(entriesOf));
    }
    return this.leaves.get(offset).catch((fault) => { this.leaves.delete(offset); throw fault; });
  }

  /** Bytes of a tile; none where the archive has nothing. */
  async tile(z, x, y) {
    const id = tileId(z, x, y);
    let [offset, size] = this.root;
    for (let depth = 0; depth < 4; depth += 1) {
      const entry = entryAt(await this.directory(offset, size), id);
      if (!entry) break;
      if (entry.run) {
        if (id >= entry.id + entry.run) break;
        return unpacked(await this.take(this.tilesAt + entry.offset, entry.size), this.packing);
      }
      [offset, size] = [this.leavesAt + entry.offset, entry.size];
    }
    return new ArrayBuffer(0);
  }
}

async function fromPhone(address) {
  const found = await globalThis.caches?.open(CACHE).then((cache) => cache.match(address));
  const file = await found?.blob();
  return file && ((offset, size) => file.slice(offset, offset + size).arrayBuffer());
}

function overNetwork(address) {
  return async (offset, size) => {
    const answer = await fetch(address, { headers: { Range: `bytes=${offset}-${offset + size - 1}` } });
    if (answer.status !== 206) throw new Error(`${answer.status} ${address}`);
    return answer.arrayBuffer();
  };
}

async function reading(address) {
  const held = await fromPhone(address).catch(() => undefined);
  const take = held ?? overNetwork(address);
  const head = await take(0, HEAD_BYTES);
  const magic = new TextDecoder().decode(head.slice(0, 7));
  if (magic !== "PMTiles" || new Uint8Array(head)[7] !== 3) throw new Error(`no PMTiles 3: ${address}`);
  return new Archive(address, take, Boolean(held), head);
}

/** The archive at `address`; null when it cannot be had or this browser cannot unpack it. */
export async function openArchive(address) {
  if (!("DecompressionStream" in globalThis)) return null;
  if (!opened.has(address)) opened.set(address, reading(address));
  return opened.get(address).catch((fault) => {
    opened.delete(address);
    console.warn(fault.message);
    return null;
  });
}

/** Keep the archive on this phone, unless it is larger than `mostBytes`; true when it lies there. */
export async function keepArchive(address, mostBytes) {
  const cache = await caches.open(CACHE);
  const held = await cache.match(address);
  const tag = held?.headers.get("ETag");
  const asked = fetch(address, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
  const answer = await asked.catch((fault) => { if (held) return held; throw fault; });
  if (answer === held || answer.status === 304) return true;
  if (!answer.ok || Number(answer.headers.get("Content-Length") ?? mostBytes) > mostBytes) {
    await answer.body?.cancel();
    if (answer.ok || answer.status === 404) await cache.delete(address);
    return false;
  }
  await cache.put(address, answer);
  return true;
}

maplibregl.addProtocol(SCHEME, async ({ url }) => {
  const [, z, x, y, address] = /^\w+:\/\/(\d+)\/(\d+)\/(\d+)(\/.+)$/.exec(url);
  const archive = await openArchive(address);
  if (!archive) throw new Error(`no archive: ${address}`);
  return { data: await archive.tile(Number(z), Number(x), Number(y)) };
});
