// SPDX-License-Identifier: MIT
// Draws the panel's pixels: each is a whole number of the screen's own pixels, so that none is blurred.

const WIDTH = 128;
const HEIGHT = 64;
const LIT = [176, 232, 255];
const GLASS = [5, 9, 14];
const FULL_CONTRAST = 207; // what the firmware sets for full brightness
const DIMMEST = 0.3;
const GRID_FROM = 6; // from this scale on, a line between pixels can be seen and takes little light

/** 1,024 bytes from base64. */
export function unpack(bits) {
  return Uint8Array.from(atob(bits), (character) => character.charCodeAt(0));
}

function isLit(bytes, x, y) {
  return (bytes[y * (WIDTH / 8) + (x >> 3)] >> (7 - (x & 7))) & 1;
}

function brightness(contrast) {
  return DIMMEST + (1 - DIMMEST) * Math.min(1, contrast / FULL_CONTRAST);
}

function mix(level) {
  return LIT.map((part, index) => Math.round(GLASS[index] + (part - GLASS[index]) * level));
}

/** Makes the canvas as large as its box allows in whole pixels; the scale in pixels of the screen. */
export function fit(canvas, widthCss) {
  const ratio = window.devicePixelRatio || 1;
  const scale = Math.max(1, Math.floor((widthCss * ratio) / WIDTH));
  canvas.width = WIDTH * scale;
  canvas.height = HEIGHT * scale;
  canvas.style.width = `${(WIDTH * scale) / ratio}px`;
  canvas.style.height = `${(HEIGHT * scale) / ratio}px`;
  return scale;
}

/** Draws what is lit; `canvas.width` tells the scale. Unlit, the glass is bare. */
export function draw(canvas, { bits, is_lit: isOn, contrast }) {
  const context = canvas.getContext("2d");
  canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!isOn || !bits) return;
  const bytes = unpack(bits);
  const scale = canvas.width / WIDTH;
  const side = scale >= GRID_FROM ? scale - 1 : scale;
  context.fillStyle = `rgb(${mix(brightness(contrast)).join(" ")})`;
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      if (isLit(bytes, x, y)) context.fillRect(x * scale, y * scale, side, side);
    }
  }
}
