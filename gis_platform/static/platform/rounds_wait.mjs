// Waits for the rounds of a day: says how far they are, and goes on to the plan when they are there.
const box = document.getElementById("rounds-wait");
const EVERY_MS = 500;

async function look() {
  const reply = await fetch(box.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
  const now = reply?.ok ? await reply.json() : null;
  if (now?.ended) {
    location.reload(); // the plan, or the sentence that says why there is none
    return;
  }
  if (now) {
    const words = box.querySelector("[data-words]");
    if (words.textContent !== now.words) words.textContent = now.words;
    box.querySelector("progress").value = now.pct;
    box.querySelector("[data-seconds]").textContent = String(now.seconds);
    box.querySelector("[data-late]").hidden = !now.late;
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
