// Choosing cells of the rate calendar by mouse, finger and keyboard: some rows, and the nights from one to another.
// Tells of it by events of the page's root: "rates:chosen" { rows, first, last } (none: null), and "rates:open".
(() => {
  const root = document.querySelector("[data-rates]");
  const table = root?.querySelector("[role=grid]");
  if (!table) return;

  const scroller = table.closest(".rates-scroll");
  const rows = [...table.querySelectorAll("tr[data-row]")];
  const grid = rows.map((row) => [...row.querySelectorAll("[role=gridcell]")]);
  const places = new Map(grid.flatMap((cells, r) => cells.map((cell, c) => [cell, { r, c }])));
  const mayChoose = root.hasAttribute("data-may-change");
  const isOpen = (cell) => cell.getAttribute("aria-disabled") === "false";
  const at = ({ r, c }) => grid[r][c];

  let anchor = null; // where the choice began
  let head = null; // where it ends
  let extends_ = false; // the next tap ends the choice rather than beginning one

  // What is chosen ---------------------------------------------------------------------------------------------------

  function mark(choice) {
    const days = choice?.weekdays;
    for (const [r, row] of rows.entries()) {
      const inside = choice?.rows.includes(row.dataset.row);
      for (const cell of grid[r]) {
        const { night } = cell.dataset;
        const on = inside && isOpen(cell) && night >= choice.first && night <= choice.last;
        cell.setAttribute("aria-selected", String(Boolean(on && (!days || days.includes(cell.dataset.weekday)))));
      }
    }
  }

  function choiceOf(from, to) {
    const [top, bottom] = [Math.min(from.r, to.r), Math.max(from.r, to.r)];
    const [left, right] = [Math.min(from.c, to.c), Math.max(from.c, to.c)];
    const nights = grid
      .slice(top, bottom + 1)
      .flatMap((cells) => cells.slice(left, right + 1).filter(isOpen))
      .map((cell) => cell.dataset.night)
      .sort();
    if (!nights.length) return null;
    return { rows: rows.slice(top, bottom + 1).map((row) => row.dataset.row), first: nights[0], last: nights.at(-1) };
  }

  function choose(from, to, how) {
    if (!mayChoose) return;
    [anchor, head] = [from, to];
    const choice = choiceOf(from, to);
    mark(choice);
    tell("rates:chosen", choice && { ...choice, how });
  }

  function clear() {
    anchor = head = null;
    extends_ = false;
    mark(null);
    tell("rates:chosen", null);
  }

  const tell = (name, detail) => root.dispatchEvent(new CustomEvent(name, { detail }));

  // Focus: one cell of the grid is in the order of the tab key -------------------------------------------------------

  let tabbed = null;
  function stand(place, { focus = true } = {}) {
    tabbed?.setAttribute("tabindex", "-1");
    tabbed = at(place);
    tabbed.setAttribute("tabindex", "0");
    if (!focus) return;
    tabbed.focus({ preventScroll: true });
    tabbed.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Keyboard ---------------------------------------------------------------------------------------------------------

  const within = (number, length) => Math.max(0, Math.min(length - 1, number));
  const MOVES = {
    ArrowLeft: ({ r, c }) => ({ r, c: c - 1 }),
    ArrowRight: ({ r, c }) => ({ r, c: c + 1 }),
    ArrowUp: ({ r, c }) => ({ r: r - 1, c }),
    ArrowDown: ({ r, c }) => ({ r: r + 1, c }),
    Home: ({ r }) => ({ r, c: 0 }),
    End: ({ r }) => ({ r, c: grid[r].length - 1 }),
    PageUp: ({ c }) => ({ r: 0, c }),
    PageDown: ({ c }) => ({ r: rows.length - 1, c }),
  };

  table.addEventListener("keydown", (event) => {
    const place = places.get(event.target);
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in MOVES) {
      const next = MOVES[event.key](place);
      next.r = within(next.r, rows.length);
      next.c = within(next.c, grid[next.r].length);
      stand(next);
      choose(event.shiftKey && anchor ? anchor : event.shiftKey ? place : next, next, "keyboard");
    } else if (event.key === "Enter" || event.key === " ") {
      if (!anchor) choose(place, place, "keyboard");
      tell("rates:open", null);
    } else if (event.key === "Escape") {
      clear();
    } else return;
    event.preventDefault();
  });

  // Mouse and pen ----------------------------------------------------------------------------------------------------

  const cellAt = (x, y) => document.elementFromPoint(x, y)?.closest?.("[role=gridcell]");
  let drag = null; // the last point, while a choice is drawn
  let drawn = "mouse";

  function begin(how) {
    drawn = how;
    drag = { x: 0, y: 0 };
    requestAnimationFrame(follow);
  }

  function draw(x, y) {
    drag = { x, y };
    const place = places.get(cellAt(x, y));
    if (place && (place.r !== head?.r || place.c !== head?.c)) choose(anchor, place, "drawing");
  }

  // Near an edge of the frame it scrolls on, as long as the choice is being drawn.
  function follow() {
    if (!drag) return;
    const box = scroller.getBoundingClientRect();
    const step = (value, low, high) => (value && value < low ? -9 : value > high ? 9 : 0);
    const left = box.left + table.querySelector("th").offsetWidth;
    scroller.scrollBy(step(drag.x, left, box.right - 28), step(drag.y, box.top + 48, box.bottom - 20));
    if (drag.x) draw(drag.x, drag.y);
    requestAnimationFrame(follow);
  }

  function end() {
    if (!drag) return;
    drag = null;
    root.classList.remove("is-selecting");
    if (head) stand(head, { focus: drawn === "mouse" });
    choose(anchor, head, drawn);
  }

  table.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("[role=gridcell]");
    if (!cell || event.pointerType === "touch" || event.button !== 0 || !isOpen(cell)) return;
    event.preventDefault();
    const place = places.get(cell);
    choose(event.shiftKey && anchor ? anchor : place, place, "drawing");
    if (mayChoose) begin("mouse");
    else stand(place);
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerType === "touch") return;
    // (The button may have been let go outside of the window.)
    if (event.buttons) draw(event.clientX, event.clientY);
    else end();
  });
  document.addEventListener("pointerup", (event) => {
    if (event.pointerType !== "touch") end();
  });

  // Finger: a tap chooses a cell; held for a moment, the finger draws instead of scrolling ---------------------------

  const HOLD = 350;
  let hold = 0;
  let pressed = null;
  const letGo = () => {
    clearTimeout(hold);
    pressed = null;
  };

  table.addEventListener(
    "touchstart",
    (event) => {
      const cell = event.target.closest("[role=gridcell]");
      letGo();
      if (!cell || event.touches.length > 1 || !isOpen(cell)) return;
      const { clientX: x, clientY: y } = event.touches[0];
      pressed = { cell, x, y };
      hold = setTimeout(() => {
        root.classList.add("is-selecting");
        choose(places.get(cell), places.get(cell), "drawing");
        begin("touch");
      }, HOLD);
    },
    { passive: true },
  );
  table.addEventListener(
    "touchmove",
    (event) => {
      const { clientX: x, clientY: y } = event.touches[0];
      if (drag) {
        event.preventDefault();
        draw(x, y);
      } else if (pressed && Math.hypot(x - pressed.x, y - pressed.y) > 8) letGo();
    },
    { passive: false },
  );
  table.addEventListener("touchend", (event) => {
    if (drag) {
      event.preventDefault();
      end();
    } else if (pressed) {
      event.preventDefault();
      const place = places.get(pressed.cell);
      choose(extends_ && anchor ? anchor : place, place, "touch");
      stand(place, { focus: false });
      extends_ = false;
    }
    letGo();
  });
  table.addEventListener("touchcancel", () => {
    letGo();
    end();
  });
  table.addEventListener("contextmenu", (event) => {
    if (pressed || drag) event.preventDefault();
  });

  // What others ask --------------------------------------------------------------------------------------------------

  root.addEventListener("rates:show", ({ detail }) => {
    mark(detail);
    const first = [...places.keys()].find((cell) => cell.getAttribute("aria-selected") === "true");
    if (first && !anchor) {
      anchor = head = places.get(first);
      stand(head, { focus: false });
    }
  });
  root.addEventListener("rates:clear", clear);
  root.addEventListener("rates:extend", () => (extends_ = true));
  root.addEventListener("rates:back", () => tabbed && stand(places.get(tabbed)));

  const today = grid.flat().find(isOpen);
  if (today) {
    stand(places.get(today), { focus: false });
    const heads = table.querySelector("th").getBoundingClientRect();
    scroller.scrollLeft += today.getBoundingClientRect().left - heads.right;
  } else if (grid[0]?.length) stand({ r: 0, c: 0 }, { focus: false });
})();
