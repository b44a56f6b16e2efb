// The form beside the rate calendar: it takes what is chosen in the grid, asks the server for a preview, and saves.
(() => {
  const root = document.querySelector("[data-rates]");
  if (!root) return;
  root.classList.add("has-script");
  const panel = root.querySelector(".rates-panel");
  const bar = root.querySelector(".rates-bar");
  if (!panel) return;

  const form = () => panel.querySelector("form");
  const field = (name) => form().elements.namedItem(name);
  const all = (selector) => [...panel.querySelectorAll(selector)];
  const tell = (name, detail = null) => root.dispatchEvent(new CustomEvent(name, { detail }));
  const rowBoxes = () => all("input[name=row]");

  // What is chosen, in the form and in words -------------------------------------------------------------------------

  const choice = () => ({
    rows: rowBoxes().filter((box) => box.checked).map((box) => box.value),
    first: field("first").value,
    last: field("last").value,
    weekdays: all("input[name=weekday]:checked").map((box) => box.value),
  });

  const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  const nights = (first, last) => Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1;
  const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  function inWords({ rows, first, last }) {
    const names = rowBoxes().filter((box) => rows.includes(box.value)).map((box) => box.dataset.name);
    const what = names.length > 2 ? `${names[0]} and ${names.length - 1} more rows` : names.join(" and ");
    const dates = first === last ? day.format(new Date(first)) : `${day.format(new Date(first))} to ${day.format(new Date(last))}`;
    return `${what}: ${dates}, ${counted(nights(first, last), "night")}`;
  }

  function fill({ rows, first, last }) {
    field("first").value = first;
    field("last").value = last;
    for (const box of rowBoxes()) box.checked = rows.includes(box.value);
    follow();
    forgetPreview();
  }

  // Prices belong to rate plans, limits to room types: what the rows cannot take is not asked.
  function follow() {
    const rows = choice().rows;
    const plans = rows.some((row) => row.includes("/"));
    const types = rows.some((row) => !row.includes("/"));
    for (const part of all("[data-for]")) {
      const fits = !rows.length || (part.dataset.for === "plans" ? plans : types);
      part.hidden = !fits;
      part.disabled = !fits;
    }
    const words = panel.querySelector("[data-words]");
    const { first, last } = choice();
    words.hidden = false;
    words.textContent = rows.length && first && last && first <= last ? inWords(choice()) : "Nothing is chosen yet.";
  }

  function forgetPreview() {
    panel.querySelector(".rates-preview")?.remove();
  }

  // Opening and closing ----------------------------------------------------------------------------------------------

  function open({ focus = false } = {}) {
    panel.hidden = false;
    bar.hidden = true;
    if (focus) panel.querySelector("[data-first]:not([hidden]) select, [data-first]:not([hidden]) input, select")?.focus();
  }

  function close() {
    panel.hidden = true;
    tell("rates:clear");
    tell("rates:back");
  }

  root.addEventListener("rates:chosen", ({ detail }) => {
    if (!detail) {
      bar.hidden = panel.hidden = true;
      return;
    }
    fill(detail);
    bar.querySelector("p").textContent = inWords(detail);
    if (detail.how === "mouse") open();
    else bar.hidden = !panel.hidden;
  });
  root.addEventListener("rates:open", () => open({ focus: true }));
  bar.addEventListener("click", ({ target }) => {
    const { act } = target.closest("button")?.dataset ?? {};
    if (act === "open") open({ focus: true });
    if (act === "clear") tell("rates:clear");
    if (act === "extend") {
      tell("rates:extend");
      bar.querySelector("p").textContent = "Now touch where it shall end.";
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.contains(event.target)) close();
  });

  // Typing -----------------------------------------------------------------------------------------------------------

  const CHOICE = new Set(["row", "first", "last", "weekday"]);
  panel.addEventListener("input", ({ target }) => {
    forgetPreview();
    if (CHOICE.has(target.name)) {
      follow();
      tell("rates:show", choice());
    }
    // Who types a figure means to set it.
    const select = target.dataset.sets && field(target.dataset.sets);
    if (select && target.value && !["set", "percent", "add"].includes(select.value)) select.value = "set";
  });
  panel.addEventListener("click", ({ target }) => {
    if (target.closest("[data-close]")) close();
  });

  // Preview and saving -----------------------------------------------------------------------------------------------

  async function preview(button) {
    const data = new FormData(form(), button);
    button.disabled = true;
    const open_ = all("details[open]").map((part) => part.id);
    try {
      const answer = await fetch(form().action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
      if (!answer.headers.has("X-Rates")) throw new Error(`an answer ${answer.status} that is none of the calendar's`);
      panel.innerHTML = await answer.text();
      for (const part of all("details")) part.open = open_.includes(part.id) || part.querySelector(".rates-error") !== null;
      follow();
      panel.querySelector("[data-answer]")?.focus();
    } catch {
      button.disabled = false;
      const trouble = panel.querySelector("[data-trouble]");
      trouble.textContent = "No preview came. Nothing has changed; try again, or reload the page to sign in.";
      trouble.hidden = false;
    }
  }

  const PLACE = "rates-place";
  const scroller = root.querySelector(".rates-scroll");
  panel.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.value === "preview") {
      event.preventDefault();
      preview(button);
      return;
    }
    sessionStorage.setItem(PLACE, JSON.stringify([location.search, scroller.scrollLeft, scroller.scrollTop]));
    // After the browser has read the form, so that the button's own value is sent.
    setTimeout(() => all("button").forEach((other) => (other.disabled = true)));
  });
  window.addEventListener("pageshow", () => all("button").forEach((button) => (button.disabled = false)));

  // The page as it comes ---------------------------------------------------------------------------------------------

  panel.hidden = !panel.hasAttribute("data-open");
  // Who chooses in the grid needs no list of all rows.
  panel.querySelector("#rows").open = false;
  follow();
  if (!panel.hidden) {
    tell("rates:show", choice());
    panel.querySelector("[data-answer]")?.focus();
  }
  const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  sessionStorage.removeItem(PLACE);
  if (place && scroller) [scroller.scrollLeft, scroller.scrollTop] = place.slice(1);
})();
