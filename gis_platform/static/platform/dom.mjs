// Small hands for the document: elements from words and nodes, never from HTML strings.

/** Make an element: h("button", {type: "button", onclick: f, dataset: {id: 3}}, "text", node). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The data that a template left with `json_script`, or `otherwise`. */
export function readJson(id, otherwise = null) {
  const holder = document.getElementById(id);
  return holder ? JSON.parse(holder.textContent) : otherwise;
}

/** Call `act` once `wait_ms` have passed without another call. */
export function calmly(act, wait_ms = 250) {
  let timer = 0;
  return (...words) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...words), wait_ms);
  };
}

/** `act` a moment after the first call; calls until then are one, and a stream of them does not put it off. */
export function soon(act, wait_ms = 250) {
  let timer = 0;
  return () => { timer ||= setTimeout(() => { timer = 0; act(); }, wait_ms); };
}

/** The value of a cookie (for the CSRF token of fetch calls), or "". */
export function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** POST `body` (FormData or plain object as form fields) with the CSRF token; answers the Response. */
export function post(url, body = {}) {
  let form = body;
  if (!(body instanceof FormData)) {
    form = new FormData();
    for (const [name, value] of Object.entries(body)) form.append(name, value);
  }
  const token = cookie("csrftoken") || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  return fetch(url, { method: "POST", body: form, headers: { "X-CSRFToken": token } });
}
