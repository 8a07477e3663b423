// The outbox of a crew's phone, for the page and for its service worker: acts kept in IndexedDB,
// sent one after another in their order, each under the key it was made with. An act leaves the
// box only when the server said that it is kept; a refused one stays with the server's words. What was
// kept is remembered until a newer page tells it: an app that opens from an old copy knows it still.
self.crewOutbox = (() => {
  const NAME = "crew-outbox";
  const REFUSED = new Set([400, 404, 409, 413, 422]);
  const TOO_LARGE = 413; // may be said by a machine before the server, in its own words
  const ANSWER_MS = 60000;
  const SLOWEST_BYTES_A_MS = 2;
  const REMEMBERED_MS = 3 * 86400000;
  const silent = { postMessage() {}, addEventListener() {} };
  const heard = self.BroadcastChannel ? new BroadcastChannel(NAME) : silent; // to other pages and the worker

  function done(request) {
    return new Promise((yes, no) => {
      request.onsuccess = () => yes(request.result);
      request.onerror = () => no(request.error);
    });
  }

  let opened = null;
  function open() {
    opened ??= new Promise((yes, no) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("acts", { keyPath: "order", autoIncrement: true });
        asked.result.createObjectStore("words");
      };
      asked.onsuccess = () => {
        const forget = () => { opened = null; };
        asked.result.onclose = forget; // the system took the memory back
        asked.result.onversionchange = () => { asked.result.close(); forget(); };
        yes(asked.result);
      };
      asked.onerror = () => { opened = null; no(asked.error); };
    });
    return opened;
  }

  /** Run `work(store)` in one transaction; resolves after it is on the disk of the phone. */
  async function within(name, mode, work) {
    const base = await open();
    return new Promise((yes, no) => {
      const change = base.transaction(name, mode, { durability: "strict" });
      let result;
      change.oncomplete = () => yes(result);
      change.onabort = () => no(change.error);
      change.onerror = () => no(change.error);
      Promise.resolve(work(change.objectStore(name))).then((value) => { result = value; }, no);
    });
  }

  /** All acts of `user`, the oldest first. */
  async function acts(user) {
    const all = await within("acts", "readonly", (store) => done(store.getAll()));
    return all.filter((act) => act.user === user);
  }

  /** Keep an act; it is on the phone for good when this resolves. */
  async function keep(act) {
    await within("acts", "readwrite", (store) => done(store.add(act)));
    heard.postMessage("changed");
  }
  const drop = (act) => within("acts", "readwrite", (store) => done(store.delete(act.order)));
  const change = (act) => within("acts", "readwrite", (store) => done(store.put(act)));
  const remember = (name, value) => within("words", "readwrite", (store) => done(store.put(value, name)));
  const recall = (name) => within("words", "readonly", (store) => done(store.get(name)));

  const statesName = (user) => `states-${user}`;

  /** What the server kept of `user`'s acts, by stop: {state, at}, `at` by the server's clock. */
  const states = async (user) => (await recall(statesName(user))) ?? {};

  /** The act is the server's now: out of the box, its state remembered, in one transaction. */
  async function settled(act, { state, at }) {
    const base = await open();
    const known = Object.entries(await states(act.user)).filter(([, one]) => at - one.at < REMEMBERED_MS);
    await new Promise((yes, no) => {
      const both = base.transaction(["acts", "words"], "readwrite", { durability: "strict" });
      both.oncomplete = () => yes();
      both.onabort = () => no(both.error);
      both.objectStore("words").put({ ...Object.fromEntries(known), [act.stop]: { state, at } }, statesName(act.user));
      both.objectStore("acts").delete(act.order);
    });
  }

  function form(act, ageMs) {
    const body = new FormData();
    body.append("kunci", act.key);
    body.append("perhentian", String(act.stop));
    body.append("laku", act.act);
    body.append("sebab", act.reason ?? "");
    body.append("umur_s", String(Math.round(ageMs / 1000)));
    if (act.photo) body.append("foto", act.photo, "bukti.jpg");
    return body;
  }

  /** Send one act: {kept, answer} | {refused, words} | {later, why: "network" | "sign-in" | "server"}. */
  async function send(act, ageMs, url, token) {
    let reply;
    const longest = ANSWER_MS + (act.photo?.size ?? 0) / SLOWEST_BYTES_A_MS;
    try {
      reply = await fetch(url, { method: "POST", body: form(act, ageMs), redirect: "manual", signal: AbortSignal.timeout(longest),
        headers: { "X-CSRFToken": token, Accept: "application/json" } });
    } catch {
      return { later: true, why: "network" };
    }
    if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) return { later: true, why: "sign-in" };
    const answer = await reply.json().catch(() => null);
    if (reply.ok && answer?.key === act.key) return { kept: true, answer };
    const meant = answer?.title || reply.status === TOO_LARGE; // else some machine on the way spoke
    if (REFUSED.has(reply.status) && meant) return { refused: true, words: answer?.title ?? String(reply.status) };
    return { later: true, why: "server" };
  }

  /** Send what waits, in order, one sender at a time; stops at the first act that must wait.
      `token()` gives the CSRF token, `told(act, outcome)` hears of each. Answers why it stopped, or "". */
  async function flush({ user, url, token, told = () => {} }) {
    const work = async () => {
      let ageMs = Infinity; // a later act is never the older one, whatever the phone's clock did
      for (const act of await acts(user)) {
        if (act.refused) continue;
        ageMs = Math.min(ageMs, Math.max(0, Date.now() - act.at));
        const outcome = await send(act, ageMs, url, await token());
        if (outcome.kept) await settled(act, outcome.answer);
        if (outcome.refused) await change({ ...act, refused: outcome.words });
        if (!outcome.later) heard.postMessage("changed");
        await told(act, outcome);
        if (outcome.later) return outcome.why;
      }
      return "";
    };
    return self.navigator.locks ? self.navigator.locks.request(NAME, work) : work();
  }

  return { open, acts, states, keep, drop, remember, recall, flush, heard };
})();
