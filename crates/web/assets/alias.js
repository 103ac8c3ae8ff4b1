// Searches for phones while the user types. The buttons in the result belong to the form; the server handles them.

const field = document.getElementById("q");
const found = document.getElementById("found");
let turn = 0;
let soon = 0;

const find = async () => {
  const mine = ++turn;
  const sent = new URLSearchParams({ q: field.value });
  for (const member of field.form.querySelectorAll("[name=member]")) sent.append("member", member.value);
  try {
    const reply = await fetch(`${found.dataset.find}?${sent}`);
    // Ignores outdated responses, and redirects to the login page.
    if (mine === turn && reply.ok && !reply.redirected) found.innerHTML = await reply.text();
  } catch {
    // The button “Find” still works.
  }
};

field.addEventListener("input", () => {
  clearTimeout(soon);
  soon = setTimeout(find, 120);
});
