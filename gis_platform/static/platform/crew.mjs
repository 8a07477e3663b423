// The crew's phone: a key for every tap, so that one sent twice counts once; the photo's name.
function key() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

for (const field of document.querySelectorAll("[data-send-key]")) field.value = key().slice(0, 40);

const photo = document.getElementById("foto");
photo?.addEventListener("change", () => {
  const name = document.querySelector("[data-photo-name]");
  name.hidden = !photo.files.length;
  name.textContent = photo.files[0]?.name ?? "";
});

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "yes";
});
