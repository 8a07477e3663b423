// Every page: theme, ages of moments, copy buttons, panes and filters of map pages.
import { absolute, ago, word } from "./words.mjs";

function switchTheme() {
  const root = document.documentElement;
  const night = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = (root.dataset.theme || night) === "dark" ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
}

/** Write how long ago each `<time data-ago>` was; the full date stays on hover and in print. */
export function tellAges(root = document) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.textContent = ago(moment);
    time.title = absolute(moment);
  }
}

/** Show the "map" or the "list" of a map page on a phone. */
export function showPane(name) {
  const page = document.querySelector(".mappage");
  if (!page) return;
  page.dataset.pane = name;
  for (const button of page.querySelectorAll("[data-pane-button]")) {
    button.setAttribute("aria-selected", String(button.dataset.paneButton === name));
  }
  page.dispatchEvent(new CustomEvent("pane", { detail: name }));
}

// What Escape closes before it closes the details.
const OVER_ALL = CSS.supports("selector(:popover-open)") ? "dialog[open], :popover-open" : "dialog[open]";
let opener = null; // what had the focus before the details took it

/** Remember what has the focus now: it comes back there when the details close. */
export function rememberOpener() {
  const here = document.activeElement;
  if (here && here !== document.body && !here.closest("#details")) opener = here;
}

/** Put `nodes` into the details pane and open it; focus goes there. */
export function openDetails(...nodes) {
  const pane = document.getElementById("details");
  rememberOpener();
  if (nodes.length) document.getElementById("details-body").replaceChildren(...nodes);
  pane.hidden = false;
  document.querySelector(".mappage").classList.add("has-details");
  pane.focus({ preventScroll: true });
  tellAges(pane);
}

/** Close the details pane; a focus inside it goes back to what opened it. */
export function closeDetails() {
  const pane = document.getElementById("details");
  if (!pane || pane.hidden) return;
  if (pane.contains(document.activeElement) && opener?.isConnected) opener.focus({ preventScroll: true });
  opener = null;
  pane.hidden = true;
  document.querySelector(".mappage").classList.remove("has-details");
  pane.dispatchEvent(new CustomEvent("closed", { bubbles: true }));
}

async function copyBeside(button) {
  const text = button.dataset.copy || button.parentElement.querySelector("pre, code, input")?.textContent || "";
  await navigator.clipboard.writeText(text.trim());
  const before = button.textContent;
  button.textContent = word("copied");
  setTimeout(() => { button.textContent = before; }, 1500);
}

function onClick(event) {
  const on = (selector) => event.target.closest(selector);
  const pane = on("[data-pane-button]");
  if (pane) showPane(pane.dataset.paneButton);
  if (on("[data-to-map]")) {
    event.preventDefault(); // the address keeps the place on the map
    showPane("map");
    document.querySelector(".mappage canvas")?.focus();
  }
  if (on("[data-theme-switch]")) switchTheme();
  if (on("[data-close-details]")) closeDetails();
  if (on("[data-print]")) print();
  const copy = on("[data-copy-button]");
  if (copy) copyBeside(copy);
  const toggle = on("[data-filters-toggle]");
  if (toggle) toggle.setAttribute("aria-expanded", String(toggle.closest(".filterbar").classList.toggle("is-open")));
}

/** Boxes that scroll sideways can be reached and scrolled by keyboard. */
function openScrollers(root = document) {
  for (const box of root.querySelectorAll(".table-wrap:not([tabindex])")) box.tabIndex = 0;
}

document.addEventListener("click", onClick);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector(OVER_ALL)) closeDetails();
  if (event.target.matches?.("[role=tab]") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    const tabs = [...event.target.parentElement.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    next.focus();
    next.click();
  }
});
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-autosubmit]")) event.target.form?.requestSubmit();
});
document.addEventListener("htmx:afterSwap", (event) => {
  tellAges(event.target);
  openScrollers(event.target);
});
for (const pane of document.querySelectorAll("#details:not([hidden])")) pane.parentElement.classList.add("has-details");
tellAges();
openScrollers();
setInterval(tellAges, 20000);
