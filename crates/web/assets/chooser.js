// Hands the value of a clicked row to the field of the page that opened the list, and closes the list.
"use strict";

const table = document.querySelector("table.chooser");
table.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-value]");
  if (!row) return;
  event.preventDefault();
  const opener = window.opener && window.opener.document;
  const field = table.dataset.field;
  const input = opener && (opener.getElementById(field) || opener.getElementsByName(field)[0]);
  if (!input) return;
  input.value = row.dataset.value;
  window.close();
});
