// The present request as a program. Texts, numbers and lists are written alike in JSON,
// Python and JavaScript.

const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const CODE = {
  curl(request, secret) {
    const header = secret ? shellQuoted(`Authorization: Bearer ${secret}`)
      : '"Authorization: Bearer $SLM_API_KEY"';
    return `curl -N ${shellQuoted(`${BASE}v1/chat/completions`)} \\
  -H ${header} \\
  -H 'Content-Type: application/json' \\
  -d ${shellQuoted(JSON.stringify({ ...request, stream: true }, null, 2))}
`;
  },

  python(request, secret) {
    return `import os

from openai import OpenAI  # pip install openai

client = OpenAI(
    base_url=${JSON.stringify(`${BASE}v1`)},
    api_key=${secret ? JSON.stringify(secret) : 'os.environ["SLM_API_KEY"]'},
)
stream = client.chat.completions.create(
${argumentLines(request, "=", "    ")}
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
`;
  },

  node(request, secret) {
    return `// npm install openai; save this as chat.mjs; node chat.mjs
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: ${JSON.stringify(`${BASE}v1`)},
  apiKey: ${secret ? JSON.stringify(secret) : "process.env.SLM_API_KEY"},
});
const stream = await client.chat.completions.create({
${argumentLines(request, ": ", "  ")}
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}
console.log();
`;
  },
};

function argumentLines(request, separator, indent) {
  // The clients demand a name; which one is known only once there is a key.
  const all = { model: "MODEL", ...request };
  return Object.entries(all)
    .map(([name, value]) => `${indent}${name}${separator}${literal(value, indent)},`)
    .join("\n");
}

function literal(value, indent) {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const items = value.map((item) => `\n${indent}${indent}${JSON.stringify(item)},`);
  return `[${items.join("")}\n${indent}]`;
}

/** What would be sent now; before anything is typed, what was sent last. */
function presentRequest() {
  const draft = $("prompt").value.trim();
  const last = turns.at(-1);
  if (draft || !last) return requestFor(draft || "Hello", turns);
  return requestFor(last.asked, turns.slice(0, -1));
}

async function copyCode(node) {
  const secret = $("with-key").checked ? key() : "";
  await copyFrom(node, CODE[node.value](presentRequest(), secret));
  $("copied").textContent = secret
    ? "Copied. It holds your key: take care where you paste it."
    : "Copied. Set the variable SLM_API_KEY before you run it.";
}
