import assert from "node:assert/strict";
import { like } from "./house.mjs";

// One red pixel.
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

export default {
  async uploadAgentMedia(call, house) {
    const file = new Blob([PIXEL], { type: "image/png" });
    const described = { filename: "pixel.png", contentType: "image/png", metadata: { of: "me" } };
    const uploaded = await call(house.eliza, { file, ...described });
    like(uploaded, { type: "image", originalName: "pixel.png", size: PIXEL.length });
    assert.ok(uploaded.url.startsWith(`/media/uploads/agents/${house.eliza}/`), uploaded.url);
    assert.deepEqual(await house.bytes(uploaded.url), PIXEL);
  },

  async uploadChannelMedia(call, house) {
    const channelId = await house.group();
    const uploaded = await call(channelId, new File([PIXEL], "pixel.png", { type: "image/png" }));
    like(uploaded, { type: "image/png", originalName: "pixel.png", size: PIXEL.length });
    assert.ok(uploaded.url.startsWith(`/media/uploads/channels/${channelId}/`), uploaded.url);
    assert.deepEqual(await house.bytes(uploaded.url), PIXEL);
  },
};
