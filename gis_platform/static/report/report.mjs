// The citizen's form with a script: the phone's position, a smaller photo, one sending.

const form = document.getElementById("report");
const LONG_SIDE_PX = 1600;

function locate() {
  const told = form.querySelector(".told");
  const say = (sentence) => { told.hidden = false; told.textContent = sentence; };
  say("…");
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const [west, south, east, north] = form.dataset.box.split(" ").map(Number);
    const inside = coords.longitude >= west && coords.longitude <= east
      && coords.latitude >= south && coords.latitude <= north;
    if (!inside) return say(form.dataset.outside);
    form.elements.lon.value = coords.longitude.toFixed(6);
    form.elements.lat.value = coords.latitude.toFixed(6);
    form.elements.accuracy_m.value = Math.round(coords.accuracy);
    form.querySelector(".by-words").hidden = true;
    form.querySelector(".elsewhere").hidden = false;
    return say(`✓ ${form.dataset.got} ${Math.round(coords.accuracy)} m`);
  }, () => say(form.dataset.failed), { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
}

/** It happened elsewhere: forget the phone's position, choose from the list. */
function elsewhere() {
  for (const name of ["lon", "lat", "accuracy_m"]) form.elements[name].value = "";
  form.querySelector(".told").hidden = true;
  form.querySelector(".elsewhere").hidden = true;
  form.querySelector(".by-words").hidden = false;
  form.elements.kelurahan.focus();
}

/** A photo no longer than 1,600 px, as JPEG; the one chosen if it cannot be drawn. */
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONG_SIDE_PX / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 400000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    return new File([blob], "foto.jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

async function choosePhoto(event) {
  const input = event.target;
  if (!input.files.length) return;
  const file = await smaller(input.files[0]);
  const kept = new DataTransfer();
  kept.items.add(file);
  input.files = kept.files;
  const preview = form.querySelector(".preview");
  preview.src = URL.createObjectURL(file);
  preview.hidden = false;
}

const button = form.querySelector(".locate"); // not there when the place is known already
if (button && "geolocation" in navigator && window.isSecureContext) {
  button.hidden = false;
  button.addEventListener("click", locate);
  form.querySelector(".elsewhere").addEventListener("click", elsewhere);
}
form.elements.photo.addEventListener("change", choosePhoto);
form.addEventListener("submit", () => {
  const send = form.querySelector(".send");
  send.textContent = form.dataset.sending;
  setTimeout(() => { send.disabled = true; });
});
const sendWords = form.querySelector(".send").textContent;
addEventListener("pageshow", () => { // back from the next page: to be sent again
  form.querySelector(".send").disabled = false;
  form.querySelector(".send").textContent = sendWords;
});
