// The dispatcher's choice: all, none, and how many are chosen.
const form = document.getElementById("rounds-form");
const boxes = () => [...form.querySelectorAll("input[name=perhentian]")];

function count() {
  form.querySelector("[data-count]").textContent = String(boxes().filter((box) => box.checked).length);
}

form.addEventListener("click", (event) => {
  const all = event.target.closest("[data-all]");
  if (!all) return;
  for (const box of boxes()) box.checked = all.dataset.all === "yes";
  count();
});
form.addEventListener("change", count);
count();
