// The outbox of a crew's phone, for the page and for its service worker: acts kept in IndexedDB,
// sent one after another in their order, each under the key it was made with. An act leaves the
// box only when the server said that it is kept; a refused one stays with the server's words.
self.crewOutbox = (() => {
  const NAME = "crew-outbox";
  const REFUSED = new Set([400, 404, 409, 413, 422]);

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
      asked.onsuccess = () => yes(asked.result);
      asked.onerror = () => no(asked.error);
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
  const keep = (act) => within("acts", "readwrite", (store) => done(store.add(act)));
  const drop = (act) => within("acts", "readwrite", (store) => done(store.delete(act.order)));
  const change = (act) => within("acts", "readwrite", (store) => done(store.put(act)));
  const remember = (name, value) => within("words", "readwrite", (store) => done(store.put(value, name)));
  const recall = (name) => within("words", "readonly", (store) => done(store.get(name)));

  function form(act) {
    const body = new FormData();
    body.append("kunci", act.key);
    body.append("perhentian", String(act.stop));
    body.append("laku", act.act);
    body.append("sebab", act.reason ?? "");
    body.append("umur_s", String(Math.max(0, Math.round((Date.now() - act.at) / 1000))));
    if (act.photo) body.append("foto", act.photo, "bukti.jpg");
    return body;
  }

  /** Send one act: {kept, answer} | {refused, words} | {later, why: "network" | "sign-in" | "server"}. */
  async function send(act, url, token) {
    let reply;
    try {
      reply = await fetch(url, { method: "POST", body: form(act), redirect: "manual", signal: AbortSignal.timeout(60000),
        headers: { "X-CSRFToken": token, Accept: "application/json" } });
    } catch {
      return { later: true, why: "network" };
    }
    if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) return { later: true, why: "sign-in" };
    const answer = await reply.json().catch(() => null);
    if (reply.ok && answer?.key === act.key) return { kept: true, answer };
    if (REFUSED.has(reply.status)) return { refused: true, words: answer?.title ?? String(reply.status) };
    return { later: true, why: "server" };
  }

  /** Send what waits, in order, one sender at a time; stops at the first act that must wait.
      `token()` gives the CSRF token, `told(act, outcome)` hears of each. Answers why it stopped, or "". */
  async function flush({ user, url, token, told = () => {} }) {
    const work = async () => {
      for (const act of await acts(user)) {
        if (act.refused) continue;
        const outcome = await send(act, url, await token());
        if (outcome.kept) await drop(act);
        if (outcome.refused) await change({ ...act, refused: outcome.words });
        await told(act, outcome);
        if (outcome.later) return outcome.why;
      }
      return "";
    };
    return self.navigator.locks ? self.navigator.locks.request(NAME, work) : work();
  }

  return { open, acts, keep, drop, remember, recall, flush };
})();
