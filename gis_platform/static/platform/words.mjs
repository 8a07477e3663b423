// Words that scripts show, in each language of the pages.

const WORDS = {
  id: {
    zoom_in: "Perbesar", zoom_out: "Perkecil", north: "Utara ke atas", locate: "Tempat saya",
    no_place: "Tempat Anda tidak terbaca", map: "Peta", close: "Tutup", legend: "Lapisan dan legenda",
    all_islands: "Semua pulau", schematic: "skematis", synthetic: "sintetis", estimated: "taksiran",
    base: "Dasar", reports: "Laporan", assets: "Sarana", planning: "Perencanaan", work: "Pekerjaan",
    metres: "m", kilometres: "km", play: "Putar", pause: "Berhenti", measure: "Ukur jarak",
    measure_hint: "Ketuk titik-titik di peta; ketuk tombol lagi untuk selesai.",
    h3: "3 jam", h24: "24 jam", d7: "7 hari", d30: "30 hari", all: "Sejak awal",
    in_queue: "laporan dalam antrean di samping", per_hex: "banyaknya per segi enam",
    peak: "puncak", an_hour: "jam", an_hours: "jam", a_day: "hari", a_days: "hari",
    window_start: "Awal jendela waktu", window_end: "Akhir jendela waktu",
    no_counts: "Hitungan menurut waktu tidak dapat dimuat; peta menampilkan semua waktu.", reports_unit: "laporan",
    now: "baru saja", minute: "menit lalu", minutes: "menit lalu", hour: "jam lalu", hours: "jam lalu",
    live: "tersambung", cut: "terputus sejak", data: "Data",
    no_map: "Peramban ini tidak dapat menggambar peta. Daftar memuat isi yang sama.",
    no_base: "Peta dasar tidak dapat dimuat. Daftar tetap lengkap; coba lagi sebentar lagi.",
    no_layer: "Lapisan tidak dapat dimuat:", copied: "Tersalin", more: "lagi di sini",
    full: "penuh", people: "orang", count: "banyaknya",
    search_wifi: "Mencari tempat Anda…", from_centre: "dari tengah peta", from_you: "dari tempat Anda",
    straight_line: "Jarak garis lurus", across_water: "di pulau lain, harus menyeberang", distance: "jarak",
    status: "status", copy: "Salin", qr: "Kode QR untuk tampilan ini",
    hint_point: "Ketuk peta untuk menaruh titik, atau geser titiknya.",
    hint_corners: "Geser titik sudut; ketuk satu untuk memilihnya.",
    hint_many: "Terlalu banyak sudut untuk digeser di sini; ubah lewat impor atau GeoJSON.",
    attribution: "Sumber data", share: "Bagikan",
    outbox_unsent: "belum terkirim, tersimpan di ponsel ini", outbox_refused: "tidak diterima", outbox_here: "di ponsel",
    outbox_network: "menunggu jaringan", outbox_no_room: "Ponsel penuh: ini belum tersimpan. Hapus beberapa berkas, lalu tekan lagi.", outbox_server: "server belum menjawab, dicoba lagi", outbox_sign_in: "perlu masuk lagi:",
    streets_shut: "ruas jalan tertutup", until: "sampai", until_lifted: "sampai dibuka", open_again: "Buka lagi",
    closed_now: "Ditutup", opened_now: "Jalan terbuka lagi.", free_in: "selesai dalam",
    to_vehicle: "Ke", one_up: "Naik satu", one_down: "Turun satu", take_out: "Keluarkan dari rute",
    outbox_sign_in_link: "Masuk", outbox_forget: "Singkirkan", act_start: "Mulai", act_finish: "Selesai", act_skip: "Dilewati",
  },
  en: {
    zoom_in: "Zoom in", zoom_out: "Zoom out", north: "North up", locate: "My place",
    no_place: "Your place could not be read", map: "Map", close: "Close", legend: "Layers and legend",
    all_islands: "All islands", schematic: "schematic", synthetic: "synthetic", estimated: "estimated",
    base: "Base", reports: "Reports", assets: "Assets", planning: "Planning", work: "Work",
    metres: "m", kilometres: "km", play: "Play", pause: "Pause", measure: "Measure a distance",
    measure_hint: "Tap points on the map; tap the button again to finish.",
    h3: "3 hours", h24: "24 hours", d7: "7 days", d30: "30 days", all: "From the start",
    in_queue: "reports of the queue beside", per_hex: "number in a hexagon",
    peak: "peak", an_hour: "hour", an_hours: "hours", a_day: "day", a_days: "days",
    window_start: "Start of the time window", window_end: "End of the time window",
    no_counts: "Counts over time could not be loaded; the map shows all times.", reports_unit: "reports",
    now: "just now", minute: "minute ago", minutes: "minutes ago", hour: "hour ago", hours: "hours ago",
    live: "connected", cut: "cut off since", data: "Data",
    no_map: "This browser cannot draw the map. The list holds the same content.",
    no_base: "The base map could not be loaded. The list is complete; try again in a moment.",
    no_layer: "This layer could not be loaded:", copied: "Copied", more: "more here",
    full: "full", people: "people", count: "count",
    search_wifi: "Looking for your place…", from_centre: "from the map's centre", from_you: "from your place",
    straight_line: "Straight distance", across_water: "on another island, across water", distance: "distance",
    status: "status", copy: "Copy", qr: "QR code of this view",
    hint_point: "Tap the map to set the point, or drag it.",
    hint_corners: "Drag a corner; tap one to choose it.",
    hint_many: "Too many corners to drag here; change it by import or GeoJSON.",
    attribution: "Data sources", share: "Share",
    outbox_unsent: "not sent yet, kept on this phone", outbox_refused: "not accepted", outbox_here: "on the phone",
    outbox_network: "waiting for the network", outbox_no_room: "The phone is full: this is not kept yet. Delete some files, then press again.", outbox_server: "no answer from the server, trying again", outbox_sign_in: "sign in again:",
    streets_shut: "streets closed", until: "until", until_lifted: "until it is opened", open_again: "Open again",
    closed_now: "Closed", opened_now: "The streets are open again.", free_in: "done in",
    to_vehicle: "To", one_up: "One up", one_down: "One down", take_out: "Take off the rounds",
    outbox_sign_in_link: "Sign in", outbox_forget: "Remove", act_start: "Begin", act_finish: "Done", act_skip: "Skipped",
  },
};

/** The page's language as far as scripts speak it. */
export const language = WORDS[document.documentElement.lang] ? document.documentElement.lang : "id";

/** The word for `key` in the page's language. */
export function word(key) {
  return WORDS[language][key] ?? key;
}

const LOCALE = language === "id" ? "id-ID" : "en-GB";

/** A number in the page's language: 1.234,5 or 1,234.5. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(value);
}

/** Metres as people say them: 84 m, 1,2 km. */
export function distance(metres) {
  if (metres < 1000) return `${number(Math.round(metres))} ${word("metres")}`;
  return `${number(metres / 1000, metres < 10000 ? 1 : 0)} ${word("kilometres")}`;
}

/** A moment as people say it: relative up to a day, absolute after. */
export function ago(moment) {
  const minutes = Math.round((Date.now() - moment.getTime()) / 60000);
  if (minutes >= 0 && minutes < 1) return word("now");
  const told = (n, one, many) => `${n} ${word(n === 1 ? one : many)}`;
  if (minutes > 0 && minutes < 60) return told(minutes, "minute", "minutes");
  if (minutes > 0 && minutes < 1440) return told(Math.round(minutes / 60), "hour", "hours");
  return absolute(moment);
}

function inCityTime(moment, style) {
  const zone = document.documentElement.dataset.zone || undefined;
  return new Intl.DateTimeFormat(LOCALE, { ...style, timeZone: zone }).format(moment);
}

/** A moment with its date, in the city's time. */
export const absolute = (moment) => inCityTime(moment, { dateStyle: "medium", timeStyle: "short" });

/** The date of a moment. */
export const day = (moment) => inCityTime(moment, { dateStyle: "medium" });

/** The hour of a moment: 08.30 or 08:30. */
export const hour = (moment) => inCityTime(moment, { hour: "2-digit", minute: "2-digit" });
