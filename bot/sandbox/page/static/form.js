// A form (modal): shown in a dialog, sent with its files, kept open while something is wrong with it.
export function showForm(dialog, html, person) {
  dialog.innerHTML = html;
  const form = dialog.querySelector("form");
  form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(dialog, form, person);
  });
  dialog.showModal();
}

async function send(dialog, form, person) {
  const refusal = form.querySelector("#refusal");
  const data = new FormData();
  data.append("$person", person);
  data.append("$interaction", form.dataset.interaction);
  for (const field of form.querySelectorAll("[name]")) {
    if (field.type === "file") for (const file of field.files) data.append(field.name, file);
    else data.append(field.name, JSON.stringify(answerOf(field)));
  }
  const answer = await (await fetch("/page/form", { method: "POST", body: data })).json();
  if (answer.refused) {
    refusal.textContent = answer.refused;
    refusal.hidden = false;
  } else if (answer.form) showForm(dialog, answer.form, person);
  else dialog.close();
}

function answerOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.tagName === "SELECT") return [...field.selectedOptions].map((o) => o.value).filter(Boolean);
  return field.value;
}
