// The key, the endpoint's state and the model behind it.

const KEY_NAME = `slm-api-key:${BASE}`;
const HEALTH_AGAIN_MS = 15_000;

const STATES = {
  InService: "Ready",
  Creating: "Starting",
  NotFound: "Stopped",
  OutOfService: "Out of service",
};

let model = null; // the entry of v1/models
let healthTimer = 0;

const key = () => $("key").value.trim();
const authorization = () => ({ authorization: `Bearer ${key()}` });

function keepKey() {
  const kept = $("remember").checked ? localStorage : sessionStorage;
  sessionStorage.removeItem(KEY_NAME);
  localStorage.removeItem(KEY_NAME);
  if (key()) kept.setItem(KEY_NAME, key());
}

function recallKey() {
  const remembered = localStorage.getItem(KEY_NAME);
  $("remember").checked = remembered !== null;
  $("key").value = remembered ?? sessionStorage.getItem(KEY_NAME) ?? "";
}

/** Where the browser forbids storage, the key lives as long as the page. */
function ifStorageAllows(action) {
  try {
    action();
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}

function keyFault() {
  if (!key()) return "Enter your API key first.";
  // Nothing else can stand in a header: fetch would fail as if the network were gone.
  return /^[!-~]+$/.test(key()) ? "" : "This is no API key: it holds spaces or special characters.";
}

function showKeyFault(words) {
  $("key-fault").textContent = words;
  $("key").setAttribute("aria-invalid", String(words !== ""));
}

function askForKey(words) {
  showSettings(true);
  showKeyFault(words);
  $("key").focus();
}

function toggleKey() {
  const hidden = $("key").type === "password";
  $("key").type = hidden ? "text" : "password";
  $("reveal").textContent = hidden ? "Hide" : "Show";
  $("reveal").ariaLabel = hidden ? "Hide the key" : "Show the key";
}

async function checkHealth() {
  clearTimeout(healthTimer);
  const { ready, health } = await askHealth();
  const alarm = health.status === "Creating" ? "" : "bad";
  $("state").textContent = STATES[health.status] ?? health.status ?? "State unknown";
  $("state").className = `state ${ready ? "good" : alarm}`;
  $("notice").textContent = health.message ?? "";
  $("notice").hidden = health.status === "InService";
  if (!ready) healthTimer = setTimeout(checkHealth, HEALTH_AGAIN_MS);
}

async function askHealth() {
  try {
    const response = await fetch(`${BASE}health`);
    return { ready: response.ok, health: await response.json() };
  } catch {
    const message = "The server cannot be reached. Is it running?";
    return { ready: false, health: { status: "Unreachable", message } };
  }
}

async function loadModel() {
  const asked = key();
  model = null;
  showKeyFault(asked && keyFault());
  if (asked && !keyFault()) await fetchModel(asked);
  showModel();
}

async function fetchModel(asked) {
  let response;
  try {
    response = await fetch(`${BASE}v1/models`, { headers: authorization() });
  } catch {
    return; // the state of the server says it already
  }
  if (asked !== key()) return;
  if (response.status === 401) showKeyFault((await failureOf(response)).message);
  else if (response.ok) [model] = (await response.json()).data;
}

function showModel() {
  $("model").replaceChildren();
  if (!model) return;
  const weights = model.weights === model.id ? "" : `, answered by ${model.weights}`;
  $("model").append(element("strong", "", model.id), weights);
  $("model").title = $("model").textContent;
  $("max_tokens").max = model.max_model_len;
}
