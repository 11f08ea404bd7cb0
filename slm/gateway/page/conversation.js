// What was said, and how it is shown. Text of the model only ever becomes text nodes.

const turns = []; // oldest first
let running = null; // AbortController of the answer that is being given

const NEAR_END_PX = 48;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

class Turn {
  constructor(asked) {
    this.asked = asked;
    this.answer = "";
    this.thought = "";
    this.pieces = 0;
    this.sentAt = performance.now();
    this.frame = 0;
    this.body = element("div", "answer waiting");
    this.foot = element("div", "foot small");
    this.view = element("article", "turn");
    this.view.append(element("h2", "unseen", "You"), element("p", "asked text", asked));
    this.view.append(element("h2", "who", model?.weights ?? "Model"), this.body, this.foot);
  }

  take(event) {
    const choice = event.choices?.[0];
    const text = choice?.delta?.content ?? "";
    const thought = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning ?? "";
    this.usage = event.usage ?? this.usage;
    this.finish = choice?.finish_reason ?? this.finish;
    if (!text && !thought) return;
    this.answer += text;
    this.thought += thought;
    this.pieces += 1;
    this.lastAt = performance.now();
    this.firstAt ??= this.lastAt;
    if (this.pieces === 1) showStatus("Answering. Esc stops.");
    this.frame ||= requestAnimationFrame(() => this.show());
  }

  show() {
    this.frame = 0;
    keepingEnd(() => {
      if (this.pieces) this.body.classList.remove("waiting");
      if (this.thought) this.showThought();
      showBlocks(this.body, blocksOf(this.answer));
    });
  }

  showThought() {
    if (!this.thinking) {
      this.thinking = element("details", "thinking");
      this.thinking.append(element("summary", "", "Thinking"), element("p", "text"));
      this.body.before(this.thinking);
    }
    this.thinking.lastChild.firstChild.data = this.thought;
  }

  end(failure = null) {
    cancelAnimationFrame(this.frame);
    this.show();
    keepingEnd(() => {
      this.body.classList.remove("waiting");
      if (failure) this.foot.before(problemBox(failure));
      if (this.pieces) this.foot.append(element("span", "", this.figures()));
      if (this.answer) this.foot.append(quietButton("Copy", (node) => copyFrom(node, this.answer)));
      if (failure || !this.answer) this.foot.append(quietButton("Try again", () => askAgain(this)));
    });
  }

  figures() {
    const exact = this.usage?.completion_tokens;
    const tokens = exact ?? this.pieces;
    const spoke = (this.lastAt - this.firstAt) / 1000;
    return [
      `First token after ${seconds(this.firstAt - this.sentAt)}`,
      tokens > 1 && spoke > 0 && `${((tokens - 1) / spoke).toFixed(1)} tokens/s`,
      (exact === undefined ? "about " : "") + count(tokens, "token"),
      this.finish === "length" && "cut off at max_tokens",
    ].filter(Boolean).join(" · ");
  }
}

async function ask(asked) {
  const request = requestFor(asked, turns);
  const turn = new Turn(asked);
  turns.push(turn);
  $("intro").hidden = true;
  $("log").append(turn.view);
  $("log").scrollTop = $("log").scrollHeight;
  await answer(turn, request);
}

async function answer(turn, request) {
  const controller = new AbortController();
  setRunning(controller);
  showStatus("Waiting for the first token. Esc stops.");
  try {
    await stream(request, controller.signal, (event) => turn.take(event));
    turn.end();
    showStatus("Answer complete.");
  } catch (error) {
    if (controller.signal.aborted) {
      turn.end();
      showStatus("Stopped.");
    } else fail(turn, failureFrom(error));
  } finally {
    setRunning(null);
  }
}

function fail(turn, failure) {
  turn.end(failure);
  showStatus(failure.headline);
  if (failure.status === 401) askForKey(failure.message);
  if (failure.status === 503 || !failure.status) checkHealth();
}

function askAgain(turn) {
  if (!mayAsk()) return;
  turns.splice(turns.indexOf(turn), 1);
  turn.view.remove();
  $("prompt").focus();
  ask(turn.asked);
}

function forgetAll() {
  running?.abort();
  turns.splice(0).forEach((turn) => turn.view.remove());
  $("intro").hidden = false;
}

function setRunning(controller) {
  running = controller;
  $("send").textContent = running ? "Stop" : "Send";
  $("log").setAttribute("aria-busy", String(running !== null)); // read out when it is complete
}

/** Follows the text as long as the reader has not scrolled away from its end. */
function keepingEnd(change) {
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  change();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function problemBox(failure) {
  const box = element("p", "problem");
  box.append(element("strong", "", failure.headline), ` ${failure.message}`);
  return box;
}

/** Plain text and fenced code by turns; fences as in CommonMark. */
function blocksOf(text) {
  const blocks = [{ tag: "p", lines: [] }];
  let open = "";
  for (const line of text.split("\n")) {
    const [, mark = "", info = ""] = line.match(FENCE) ?? [];
    const opens = mark && !open && !info.includes("`");
    const closes = open && mark.startsWith(open) && !info.trim();
    if (opens || closes) {
      open = opens ? mark : "";
      blocks.push({ tag: opens ? "pre" : "p", lines: [] });
    } else blocks.at(-1).lines.push(line);
  }
  const joined = blocks.map(({ tag, lines }) => ({ tag, text: lines.join("\n") }));
  return joined.filter(({ tag, text: inside }) => tag === "pre" || inside.trim());
}

function showBlocks(container, blocks) {
  blocks.forEach(({ tag, text }, index) => {
    const shown = blockAt(container, index, tag).firstChild;
    const whole = tag === "p" ? text.replace(/^\n+/, "").trimEnd() : text;
    // Appending keeps a selection, and spares a long answer a new layout for each token.
    if (whole.startsWith(shown.data)) shown.appendData(whole.slice(shown.data.length));
    else shown.data = whole;
  });
  while (container.children.length > blocks.length) container.lastChild.remove();
}

function blockAt(container, index, tag) {
  const found = container.children[index];
  if (found?.localName === tag) return found;
  const made = element(tag, tag === "p" ? "text" : "code");
  if (tag === "pre") made.tabIndex = 0; // so that the keyboard can scroll it
  if (found) found.replaceWith(made);
  else container.append(made);
  return made;
}
