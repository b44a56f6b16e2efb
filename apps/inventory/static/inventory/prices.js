// The rows of prices of a season: another one, or one less. Without this script the last row is the one to write in.
(() => {
  function prepare(rows) {
    const list = rows.querySelector(".price-rows-list");
    const template = rows.querySelector("template");
    let next = list.children.length;

    function ready(row) {
      const remove = row.querySelector(".price-row-remove");
      remove.hidden = false;
      remove.addEventListener("click", () => {
        const beside = row.nextElementSibling ?? row.previousElementSibling;
        row.remove();
        beside?.querySelector("select").focus();
      });
    }

    function add() {
      const row = template.content.firstElementChild.cloneNode(true);
      for (const field of row.querySelectorAll("[name]")) field.name = field.name.replace("__number__", next);
      next += 1;
      // What the row before says is most often nearly what this one says.
      const before = list.lastElementChild?.querySelectorAll("select") ?? [];
      row.querySelectorAll("select").forEach((select, at) => {
        if (before[at]) select.value = before[at].value;
      });
      list.append(row);
      ready(row);
      row.querySelector("select").focus();
    }

    [...list.children].forEach(ready);
    const button = rows.querySelector(".price-rows-add");
    button.hidden = false;
    button.addEventListener("click", add);
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".price-rows").forEach(prepare));
})();
