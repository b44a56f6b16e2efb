// The tape chart: bars reached by keys, dragged by the mouse, and opened as a dialog. What it sends, the page of a stay
// sends without it too: a preview is a GET, the command a POST.
(() => {
  const root = document.querySelector("[data-chart]");
  const dialog = root?.querySelector("dialog");
  if (!dialog) return;

  const mayChange = root.hasAttribute("data-may-change");
  const nights = Number(root.dataset.nights);
  const scroller = root.querySelector(".chart-scroll");
  const lanes = [...root.querySelectorAll("[data-lane]")];
  const rows = lanes
    .map((lane) => [...lane.querySelectorAll("[data-bar]")].sort((one, other) => startOf(one) - startOf(other)))
    .filter((bars) => bars.length);
  const bars = rows.flat();
  const told = root.querySelector("[data-told]");

  function startOf(bar) {
    return Number(bar.style.getPropertyValue("--start"));
  }
  const middleOf = (bar) => startOf(bar) + Number(bar.style.getPropertyValue("--width")) / 2;

  // Focus: one bar is in the order of the tab key --------------------------------------------------------------------

  let tabbed = null;
  function stand(bar, { focus = true } = {}) {
    if (!bar) return;
    tabbed?.setAttribute("tabindex", "-1");
    tabbed = bar;
    bar.setAttribute("tabindex", "0");
    if (!focus) return;
    bar.focus({ preventScroll: true });
    bar.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function nearest(row, middle) {
    return row?.reduce((best, bar) => (Math.abs(middleOf(bar) - middle) < Math.abs(middleOf(best) - middle) ? bar : best));
  }

  const STEPS = {
    ArrowLeft: (r, c) => rows[r][c - 1] ?? rows[r - 1]?.at(-1),
    ArrowRight: (r, c) => rows[r][c + 1] ?? rows[r + 1]?.[0],
    ArrowUp: (r, c) => nearest(rows[r - 1], middleOf(rows[r][c])),
    ArrowDown: (r, c) => nearest(rows[r + 1], middleOf(rows[r][c])),
    Home: (r) => rows[r][0],
    End: (r) => rows[r].at(-1),
    PageUp: () => bars[0],
    PageDown: () => bars.at(-1),
  };

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) {
      event.preventDefault();
      letGo();
      return;
    }
    const bar = event.target.closest("[data-bar]");
    if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
    const r = rows.findIndex((row) => row.includes(bar));
    const deed = { m: "move", a: "amend" }[event.key.toLowerCase()];
    if (event.key in STEPS) stand(STEPS[event.key](r, rows[r].indexOf(bar)));
    else if (event.key === " ") open(bar.href);
    else if (deed && mayChange) open(bar.href, deed);
    else return;
    event.preventDefault();
  });

  // The dialog -------------------------------------------------------------------------------------------------------

  async function ask(address, options = {}) {
    const answer = await fetch(address, { ...options, headers: { "X-Requested-With": "fetch" } });
    const kind = answer.headers.get("X-Chart");
    if (kind === "done") {
      leaveFor(answer.headers.get("X-Chart-Next"));
      return;
    }
    if (kind !== "panel") throw new Error(`an answer ${answer.status} that is none of the chart's`);
    dialog.innerHTML = await answer.text();
    if (!dialog.open) dialog.showModal();
  }

  const PLACE = "chart-place";
  function leaveFor(address) {
    const next = new URL(address, location);
    sessionStorage.setItem(PLACE, JSON.stringify([scroller.scrollLeft, scroller.scrollTop, tabbed?.dataset.bar]));
    if (next.pathname + next.search === location.pathname + location.search) location.reload();
    else location.assign(next);
  }

  async function open(href, deed) {
    if (deed) href += `${href.includes("?") ? "&" : "?"}do=${deed}`;
    try {
      await ask(href);
    } catch {
      location.assign(href); // whatever it is, the page says it
      return;
    }
    const form = deed && dialog.querySelector(`[data-deed=${deed}]`);
    const at = form?.querySelector("select, input:not([type=hidden]):not([readonly])");
    (at ?? dialog.querySelector("[data-answer]") ?? dialog.querySelector("[data-head]"))?.focus();
  }

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.innerHTML = "";
    if (tabbed) stand(tabbed);
  });
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    const isPost = form.method === "post";
    const buttons = [...dialog.querySelectorAll("button")];
    buttons.forEach((button) => (button.disabled = true));
    try {
      if (isPost) await ask(form.action, { method: "POST", body: data });
      else await ask(`${form.action}?${new URLSearchParams(data)}`);
      (dialog.querySelector("[data-trouble]:not([hidden])") ?? dialog.querySelector("[data-answer]"))?.focus();
    } catch {
      buttons.forEach((button) => (button.disabled = false));
      const trouble = dialog.querySelector("[data-trouble]");
      trouble.textContent = isPost
        ? "No answer came. Press the button again: nothing is done twice."
        : "No preview came. Nothing has changed; try again, or reload the page to sign in.";
      trouble.hidden = false;
    }
  });

  root.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-bar]");
    if (!bar || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (dropped) return;
    stand(bar, { focus: false });
    open(bar.href);
  });

  // Dragging: to another row is another room, along the row other dates; by an end it is longer or shorter ------------

  const EDGE = 8;
  const SLACK = 5;
  let drag = null;
  let dropped = false; // the click that follows is none

  const plus = (day, days) => new Date(Date.parse(`${day}T00:00Z`) + days * 864e5).toISOString().slice(0, 10);

  function grip(bar, x) {
    const box = bar.getBoundingClientRect();
    if (box.width < 4 * EDGE) return "whole";
    if (bar.classList.contains("ends") && box.right - x < EDGE) return "end";
    const mayArriveOtherwise = bar.classList.contains("starts") && !bar.classList.contains("is-checked_in");
    return mayArriveOtherwise && x - box.left < EDGE ? "start" : "whole";
  }

  root.addEventListener("pointerdown", (event) => {
    dropped = false;
    const bar = event.target.closest("[data-bar][data-moves]");
    if (!bar || !mayChange || event.pointerType === "touch" || event.button !== 0) return;
    const { clientX: x, clientY: y } = event;
    drag = { bar, x, y, lane: bar.closest("[data-lane]"), grip: grip(bar, x), ghost: null, target: null, days: 0 };
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerType === "touch") return;
    if (!event.buttons) {
      letGo();
      return;
    }
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLACK) return;
    event.preventDefault();
    follow(event.clientX, event.clientY);
  });

  function follow(x, y) {
    const { bar, lane } = drag;
    if (!drag.ghost) {
      drag.ghost = bar.cloneNode(true);
      drag.ghost.classList.add("is-ghost");
      for (const name of ["href", "data-bar", "tabindex"]) drag.ghost.removeAttribute(name);
      bar.classList.add("is-dragged");
      root.classList.add("is-dragging");
    }
    const under = document.elementFromPoint(x, y)?.closest?.("[data-lane]");
    const target = drag.grip === "whole" && under ? under : lane;
    const column = lane.offsetWidth / nights;
    const length = (Date.parse(bar.dataset.departure) - Date.parse(bar.dataset.arrival)) / 864e5;
    const days = Math.round((x - drag.x) / column);
    drag.target = target;
    // Another room keeps the dates. At least a night is left.
    drag.days = target !== lane ? 0 : drag.grip === "end" ? Math.max(days, 1 - length) : drag.grip === "start" ? Math.min(days, length - 1) : days;
    const width = Number(bar.style.getPropertyValue("--width"));
    const starts = startOf(bar) + (drag.grip === "end" ? 0 : drag.days);
    const wide = width + (drag.grip === "end" ? drag.days : drag.grip === "start" ? -drag.days : 0);
    drag.ghost.style.setProperty("--start", starts);
    drag.ghost.style.setProperty("--width", Math.max(wide, 0.5));
    if (target !== lane) drag.ghost.style.setProperty("--lane", 0);
    else drag.ghost.style.setProperty("--lane", bar.style.getPropertyValue("--lane"));
    if (drag.ghost.parentElement !== target) target.append(drag.ghost);
    scrollAt(x, y);
  }

  // Near an edge of the frame it scrolls on with each move.
  function scrollAt(x, y) {
    const box = scroller.getBoundingClientRect();
    const step = (value, low, high) => (value < low ? -14 : value > high ? 14 : 0);
    scroller.scrollBy(0, step(y, box.top + 80, box.bottom - 30));
    if (x > box.right - 24) scroller.scrollBy(14, 0);
  }

  function letGo() {
    drag?.ghost?.remove();
    drag?.bar.classList.remove("is-dragged");
    root.classList.remove("is-dragging");
    drag = null;
  }

  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerType === "touch") return;
    const { bar, ghost, target, lane, days, grip: held } = drag;
    letGo();
    if (!ghost) return;
    dropped = true;
    stand(bar, { focus: false });
    const address = new URL(bar.href);
    const { arrival, departure, night } = bar.dataset;
    if (target !== lane) {
      address.searchParams.set("do", "move");
      address.searchParams.set("room", target.dataset.room || "none");
      if (night > arrival) address.searchParams.set("since", night);
    } else if (days) {
      address.searchParams.set("do", "amend");
      address.searchParams.set("arrival", held === "end" ? arrival : plus(arrival, days));
      address.searchParams.set("departure", held === "start" ? departure : plus(departure, days));
    } else return;
    told.textContent = "";
    open(address.href);
  });
  root.addEventListener("dragstart", (event) => event.preventDefault());

  // The page as it comes ---------------------------------------------------------------------------------------------

  for (const bar of bars) bar.setAttribute("tabindex", "-1");
  const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  sessionStorage.removeItem(PLACE);
  if (place) [scroller.scrollLeft, scroller.scrollTop] = place;
  const again = place && bars.find((bar) => bar.dataset.bar === place[2]);
  stand(again ?? bars[0], { focus: Boolean(again) });
})();
