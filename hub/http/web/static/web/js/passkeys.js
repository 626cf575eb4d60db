// Passkeys and security keys: the browser is asked for one, and its answer goes with the page's form.

const forms = document.querySelectorAll("form[data-passkey]");

if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const note of document.querySelectorAll("[data-unable]")) note.hidden = true;
  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
}

async function send(form) {
  const failed = form.querySelector("[data-failed]");
  const button = form.querySelector("button");
  failed.hidden = true;
  button.disabled = true;
  try {
    const credential = await ask(form);
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    failed.hidden = false;
    button.disabled = false;
  }
}

/** Resolve to the credential that the form asks for; it fails when a person or the browser refuses. */
async function ask(form) {
  if (form.dataset.passkey === "create") return create(form);
  const { publicKey } = (await options(form)).request_options;
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

async function create(form) {
  const { publicKey } = (await options(form)).creation_options;
  const passwordless = form.elements.passwordless?.checked;
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: passwordless ? "required" : "discouraged",
    requireResidentKey: passwordless,
    ...(passwordless && { userVerification: "required" }),
  };
  return navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey),
  });
}

/** What the hub asks for: on the page, or fetched where nobody is known yet. */
async function options(form) {
  const known = document.getElementById("passkey-options");
  if (known) return JSON.parse(known.textContent);
  return (await fetch(form.action, { headers: { Accept: "application/json" } })).json();
}
