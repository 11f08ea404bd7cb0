// What an application does with `openai` for Node; prints one JSON object for the test to read.
// OPENAI_BASE_URL and OPENAI_API_KEY say where and with what key.

import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from "openai";

const client = new OpenAI({ maxRetries: 0 });
const models = await client.models.list();
const model = models.data[0].id;
const messages = [{ role: "user", content: "What is the capital of France?" }];
const request = { model, messages, temperature: 0, max_tokens: 20 };

async function streamed() {
  const stream = await client.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  const pieces = [];
  let usage = null;
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) pieces.push(chunk.choices[0].delta.content);
    usage = chunk.usage ?? usage;
  }
  return { pieces, usage };
}

async function abandoned() {
  const stream = await client.chat.completions.create({
    ...request,
    messages: [{ role: "user", content: "Write a long story about a ship." }],
    max_tokens: 3000,
    stream: true,
  });
  let chunks = 0;
  for await (const chunk of stream) {
    if (++chunks === 3) break; // ends the request
  }
  return chunks;
}

async function schema() {
  const answer = await client.chat.completions.create({
    ...request,
    max_tokens: 40,
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "city",
        strict: true,
        schema: {
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
          additionalProperties: false,
        },
      },
    },
  });
  return JSON.parse(answer.choices[0].message.content);
}

async function failure(kind, call) {
  try {
    await call();
  } catch (error) {
    return {
      raised: error instanceof kind,
      status: error.status,
      code: error.code,
      param: error.param,
      message: error.message,
    };
  }
  return null;
}

async function completed() {
  const answer = await client.completions.create({
    model,
    prompt: "1, 2, 3, 4,",
    temperature: 0,
    max_tokens: 4,
  });
  return answer.choices[0].text;
}

async function whole() {
  const { data, request_id } = await client.chat.completions.create(request).withResponse();
  const [choice] = data.choices;
  return { content: choice.message.content, finish: choice.finish_reason, request_id };
}

const stranger = new OpenAI({ apiKey: "wrong".repeat(8), maxRetries: 0 });

console.log(
  JSON.stringify({
    models: models.data.map((listed) => listed.id),
    retrieved: (await client.models.retrieve(model)).id,
    whole: await whole(),
    streamed: await streamed(),
    completed: await completed(),
    schema: await schema(),
    abandoned: await abandoned(),
    wrongKey: await failure(AuthenticationError, () => stranger.chat.completions.create(request)),
    wrongModel: await failure(NotFoundError, () =>
      client.chat.completions.create({ ...request, model: "gpt-4o" }),
    ),
    badField: await failure(BadRequestError, () =>
      client.chat.completions.create({ ...request, temperature: 3, stream: true }),
    ),
  }),
);
