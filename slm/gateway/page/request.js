// One request: what it holds, what comes back, and what went wrong, in words.

const HEADLINES = {
  400: "The request was refused.",
  401: "The API key was not accepted.",
  413: "The conversation is too long to send.",
  429: "Too many requests.",
  502: "The model failed.",
  503: "The model is not available.",
  504: "The model took too long.",
  context_length_exceeded: "The conversation no longer fits the model.",
  insufficient_quota: "The quota of this key is used up.",
  model_overloaded: "The model is busy.",
};

class Failure extends Error {
  constructor(headline, message, status = 0) {
    super(message);
    this.headline = headline;
    this.status = status;
  }
}

function parameters() {
  const names = ["max_tokens", "temperature", "top_p", "seed"];
  const given = names.filter((name) => $(name).value !== "");
  const stop = $("stop").value.split("\n").filter((line) => line !== "");
  return {
    ...Object.fromEntries(given.map((name) => [name, $(name).valueAsNumber])),
    ...(stop.length && { stop: stop.map((line) => line.replaceAll("\\n", "\n")) }),
  };
}

function requestFor(asked, before) {
  const system = $("system").value.trim();
  // A question without an answer is left out: many chat templates refuse two in a row.
  const said = before.filter((turn) => turn.answer).flatMap((turn) => [
    { role: "user", content: turn.asked },
    { role: "assistant", content: turn.answer },
  ]);
  return {
    ...(model && { model: model.id }),
    messages: [
      ...(system ? [{ role: "system", content: system }] : []),
      ...said,
      { role: "user", content: asked },
    ],
    ...parameters(),
  };
}

/** Sends the request and gives each event of its stream, as it comes, to `take`. */
async function stream(request, signal, take) {
  const response = await fetch(`${BASE}v1/chat/completions`, {
    method: "POST",
    headers: { ...authorization(), "content-type": "application/json" },
    body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  if (!response.ok) throw await failureOf(response);
  let complete = false;
  for await (const data of dataLines(response.body)) {
    if (data === "[DONE]") complete = true;
    else take(eventIn(data));
  }
  if (!complete) throw new Failure("The answer broke off.", "The stream ended too early.");
}

async function* dataLines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r?\n/);
      rest = lines.pop();
      const dataOnly = lines.filter((line) => line.startsWith("data:"));
      yield* dataOnly.map((line) => line.slice(5).trim());
    }
  } finally {
    reader.cancel().catch(() => {}); // it has failed already, or nobody listens any more
  }
}

function eventIn(data) {
  const event = JSON.parse(data);
  if (!event.error) return event;
  const headline = HEADLINES[event.error.code] ?? "The answer broke off.";
  throw new Failure(headline, event.error.message);
}

async function failureOf(response) {
  const body = await response.json().catch(() => ({}));
  const said = body.message ?? `The server answered with status ${response.status}.`;
  const wait = Number(response.headers.get("retry-after"));
  return new Failure(
    HEADLINES[body.error?.code] ?? HEADLINES[response.status] ?? "That did not work.",
    wait ? `${said} Try again in ${duration(wait)}.` : said,
    response.status,
  );
}

function failureFrom(error) {
  if (error instanceof Failure) return error;
  console.warn(error);
  return new Failure("The connection was lost.", "No complete answer came from the server.");
}
