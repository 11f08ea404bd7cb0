// What the user does.

function showStatus(words) {
  $("status").textContent = words;
}

/** On a narrow screen the settings take the place of the conversation. */
function showSettings(open) {
  $("app").classList.toggle("set", open);
  $("toggle").textContent = open ? "Back" : "Settings";
}

function mayAsk() {
  const invalid = $("settings").querySelector("input:invalid");
  if (running) return false;
  if (keyFault()) askForKey(keyFault());
  else if (invalid) {
    showSettings(true);
    invalid.reportValidity();
  } else return true;
  return false;
}

function submit() {
  const asked = $("prompt").value.trim();
  if (!asked || !mayAsk()) return;
  $("prompt").value = "";
  ask(asked);
}

function startAfresh() {
  forgetAll();
  showStatus("Enter sends, Shift+Enter starts a new line.");
  showSettings(false);
  (key() ? $("prompt") : $("key")).focus();
}

function onSendClick(event) {
  if (!running) return; // the form is submitted
  event.preventDefault();
  if (event.detail < 2) running.abort(); // the second half of a double click is no Stop
}

function onPromptKey(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
}

function onKeyKey(event) {
  if (event.key !== "Enter") return;
  event.preventDefault(); // or the message would get a line break
  showSettings(false);
  $("prompt").focus();
}

function onAnyKey(event) {
  if (event.key === "Escape" && !event.isComposing) running?.abort();
}

function suggest(node) {
  $("prompt").value = node.textContent;
  $("prompt").focus();
}

function onEach(selector, onClick) {
  document.querySelectorAll(selector).forEach((node) => {
    node.addEventListener("click", () => onClick(node));
  });
}

function listen() {
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  $("send").addEventListener("click", onSendClick);
  $("prompt").addEventListener("keydown", onPromptKey);
  document.addEventListener("keydown", onAnyKey);
  $("fresh").addEventListener("click", startAfresh);
  $("toggle").addEventListener("click", () => showSettings(!$("app").classList.contains("set")));
  $("key").addEventListener("input", () => {
    showKeyFault("");
    ifStorageAllows(keepKey);
  });
  $("key").addEventListener("change", loadModel);
  $("key").addEventListener("keydown", onKeyKey);
  $("remember").addEventListener("change", () => ifStorageAllows(keepKey));
  $("reveal").addEventListener("click", toggleKey);
  onEach("#code button", copyCode);
  onEach("#intro button", suggest);
}

ifStorageAllows(recallKey);
listen();
$("openapi").href = `${BASE}openapi.json`;
$("bare").hidden = true;
$("app").hidden = false;
startAfresh();
checkHealth();
loadModel();
