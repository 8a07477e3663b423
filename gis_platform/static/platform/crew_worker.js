// The crew's service worker (its head, VERSION and SHELL, comes from the server; the outbox is above).
// The app's files come from the phone, pages and data from the network while there is one, else from
// the phone. Nothing outside the crew's pages passes through here.
const SHELL_CACHE = `crew-shell-${VERSION}`;
const PAGE_CACHE = "crew-pages";
const PATIENCE_MS = 4000;
const PAGE = /^\/kru\/(\d+\/((peta|bekal)\.json|rute\.(gpx|geojson|kml)|shift\.ics|cetak\/)?)?$/;

self.addEventListener("install", (event) => {
  const fetchAll = async () => {
    const cache = await caches.open(SHELL_CACHE);
    await cache.addAll(SHELL.map((url) => new Request(url, { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(fetchAll());
});

self.addEventListener("activate", (event) => {
  const takeOver = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("crew-shell-") && name !== SHELL_CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

self.addEventListener("message", (event) => {
  if (event.data === "claim") event.waitUntil(self.clients.claim());
});

async function fromShell(request) {
  return (await caches.match(request, { cacheName: SHELL_CACHE, ignoreSearch: true, ignoreVary: true })) ?? fetch(request);
}

/** Keep a good answer and hand it on; read whole first, so that half an answer is never kept. */
async function kept(request, reply) {
  if (!reply.ok || reply.redirected) return reply;
  const body = await reply.arrayBuffer();
  const again = () => new Response(body.slice(0), { status: reply.status, headers: reply.headers });
  const cache = await caches.open(PAGE_CACHE);
  await cache.put(request.url.split("#")[0], again());
  const page = request.mode === "navigate" || request.headers.get("X-Crew-Page");
  if (page && !request.url.endsWith("/cetak/")) await cache.put("/kru/", again());
  return again();
}

async function fromPhone(request) {
  const cache = await caches.open(PAGE_CACHE);
  const found = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  return found ?? (request.mode === "navigate" ? cache.match("/kru/", { ignoreVary: true }) : undefined);
}

/** The network's answer; a slow or broken network gives way to the phone's copy. */
async function fromNetwork(event) {
  const { request } = event;
  const asked = fetch(request).then((reply) => kept(request, reply));
  event.waitUntil(asked.catch(() => {}));
  const late = new Promise((yes) => { setTimeout(yes, PATIENCE_MS, null); });
  const first = await Promise.race([asked.catch(() => null), late]);
  if (first && first.status < 500) return first;
  return (await fromPhone(request)) ?? first ?? asked;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (SHELL.includes(url.pathname)) event.respondWith(fromShell(request));
  else if (PAGE.test(url.pathname)) event.respondWith(fromNetwork(event));
});

// Where the browser knows it: what waits is sent when the network is back, with the page closed too.
self.addEventListener("sync", (event) => {
  if (event.tag !== "crew-outbox") return;
  const sendAll = async () => {
    const pages = await self.clients.matchAll({ type: "window" });
    if (pages.length) return pages.forEach((page) => page.postMessage("send"));
    const [user, url, token] = await Promise.all(["user", "url", "token"].map(self.crewOutbox.recall));
    const why = user ? await self.crewOutbox.flush({ user, url, token: () => token }) : "";
    if (why === "network" || why === "server") throw new Error(why); // the browser tries again
    return undefined;
  };
  event.waitUntil(sendAll());
});
