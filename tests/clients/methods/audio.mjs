import assert from "node:assert/strict";
import { like } from "./house.mjs";

// A tenth of a second of silence.
function recording() {
  const samples = 800;
  const wav = Buffer.alloc(44 + samples, 128);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(8000, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(samples, 40);
  return wav;
}

function isSpeech(base64) {
  assert.equal(Buffer.from(base64, "base64").subarray(0, 3).toString(), "ID3");
}

export default {
  async transcribe(call, { eliza, heard }) {
    const forms = [new Blob([recording()], { type: "audio/wav" }), recording(), recording().toString("base64")];
    for (const audio of forms) like(await call(eliza, { audio, format: "wav", language: "en" }), { text: heard });
  },

  async generateSpeech(call, { eliza }) {
    const { audio, format } = await call(eliza, { text: "Read this aloud.", voice: "alloy" });
    isSpeech(audio);
    assert.equal(format, "mpeg");
  },

  async synthesizeAudioMessage(call, house) {
    const { answer } = await house.talk(house.eliza);
    const { audio, format } = await call(house.eliza, { messageId: answer, format: "mp3" });
    isSpeech(audio);
    assert.equal(format, "mpeg");
  },

  async speechConversation(call, { eliza, reply }) {
    const { text, audio } = await call(eliza, { audio: recording(), format: "wav", language: "en" });
    assert.equal(text, reply);
    isSpeech(audio);
  },

  async processSpeech(call, { eliza, reply }) {
    const { text, audio } = await call(eliza, recording(), { mood: "curious" });
    assert.equal(text, reply);
    isSpeech(audio);
  },
};
