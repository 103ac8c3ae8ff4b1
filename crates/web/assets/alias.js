// Looks for phones while somebody types. The buttons of what is found are the form's own, so everything else is the server's.

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
    // What was typed meanwhile is being looked for already; who is led to the login gets no phones.
    if (mine === turn && reply.ok && !reply.redirected) found.innerHTML = await reply.text();
  } catch {
    // The button is still there.
  }
};

field.addEventListener("input", () => {
  clearTimeout(soon);
  soon = setTimeout(find, 120);
});
