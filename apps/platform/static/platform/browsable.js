// Sends the JSON boxes of the browsable API: the method, the key and the revision of a form as they belong into HTTP.
(() => {
  const value = (form, name) => form.querySelector(`[name="${name}"]`)?.value;

  async function send(event) {
    event.preventDefault();
    const form = event.currentTarget;
    if (form.dataset.method === "DELETE" && !window.confirm("Delete this?")) return;
    const button = form.querySelector("button");
    button.disabled = true;
    const headers = { Accept: "text/html", "X-CSRFToken": value(form, "csrfmiddlewaretoken") };
    for (const name of ["Idempotency-Key", "If-Match"]) {
      if (value(form, name)) headers[name] = value(form, name);
    }
    const body = value(form, "_content");
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      const response = await fetch(form.dataset.address, { method: form.dataset.method, headers, body });
      const page = await response.text();
      document.open();
      document.write(page);
      document.close();
      window.scrollTo(0, 0);
    } catch {
      button.disabled = false;
      form.querySelector(".sends").textContent =
        "No answer came. Send it again: the key is the same, so nothing happens twice.";
    }
  }

  for (const form of document.querySelectorAll("form[data-method]")) form.addEventListener("submit", send);
})();
