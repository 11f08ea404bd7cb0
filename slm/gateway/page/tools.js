"use strict";

// Under a stage the page may stand at "/prod" without a closing slash; a plain relative URL
// would then lose the stage.
const BASE = location.origin + location.pathname.replace(/\/*$/, "/");

const FLASH_MS = 1500;

const $ = (id) => document.getElementById(id);

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.append(text);
  return node;
}

function quietButton(label, onClick) {
  const node = element("button", "quiet", label);
  node.type = "button";
  node.addEventListener("click", () => onClick(node));
  return node;
}

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const duration = (s) => (s < 120 ? `${s} s` : `${Math.round(s / 60)} min`);
const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** Copies the text and says so on the button for a moment. */
async function copyFrom(node, text) {
  await copy(text);
  node.dataset.label ??= node.textContent;
  node.textContent = "Copied";
  setTimeout(() => { node.textContent = node.dataset.label; }, FLASH_MS);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyOldWay(text);
  }
}

/** Over plain HTTP from another machine there is no navigator.clipboard. */
function copyOldWay(text) {
  const focused = document.activeElement;
  const area = document.body.appendChild(element("textarea", "unseen"));
  area.value = text;
  area.select();
  document.execCommand("copy");
  area.remove();
  focused.focus();
}
